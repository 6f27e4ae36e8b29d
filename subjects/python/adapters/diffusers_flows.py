"""Families on the straight path x = (1 − σ)x₀ + σε: flow matching and its relatives."""

import numpy
import torch

from ..adapter import Absent, inside
from ..options import Option
from ..tensors import as_numpy
from .diffusers_dpm import UniPc
from .diffusers_heun import Heun
from .diffusers_results import _prev
from .diffusers_sigmas import SigmaGrid
from .diffusers_source import reads


class Scaled:
    """Published times are T·σ."""

    def clock(self, handle):
        return "scaled"

    def grid(self, handle):
        return {**super().grid(handle), "scale": float(self.trained(handle))}


class Flow(Scaled, SigmaGrid):
    level = "sigma-flow"
    methods = ("facts", "levels", "sample", "grid", "run", "shift")
    steps = [10, 1, 2, 3, 7]

    sigmas_end = False

    def output(self, handle):
        return "noise-minus-data"

    def training_sigmas(self, s):
        return None

    def facts(self, handle):
        facts = super().facts(handle)
        facts["form"] = None
        facts["gridForm"] = None
        return facts

    def ends_clean(self, handle):
        return True

    def noised(self, s, x0, noise, t):
        if not hasattr(type(s), "scale_noise"):
            raise Absent("no scale_noise")
        return s.scale_noise(x0, t, noise)

    def setup_arguments(self, handle):
        return {"mu": 0.8} if self.value(handle, "use_dynamic_shifting", False) else {}

    def sampler(self, handle):
        if self.value(handle, "stochastic_sampling", False):
            return {"noise": "marginal", "renoises": True, "endsClean": True}
        return {"noise": "none", "order": 1.0, "endsClean": True, "exactOn": {"prediction": "x0", "variable": "log-snr", "degree": 0.0}}

    def explicit(self, handle, s, kind):
        n = max(2, min(self.count(handle), 12))
        sigmas = [1 - (k / n) ** 1.3 for k in range(n)]
        return sigmas if kind == "sigmas" else [sigma * self.trained(handle) for sigma in sigmas]

    def shift(self, handle, strength, values):
        """The class's own shift of noise levels, by an explicit grid: σ ↦ shift·σ/(1 + (shift − 1)σ)."""
        if self.value(handle, "use_dynamic_shifting", False) or not hasattr(handle.s, "set_shift"):
            raise Absent("no fixed shift")
        names = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "invert_sigmas", "shift_terminal")
        if any(self.value(handle, name, False) for name in names):
            raise Absent("the shifted levels are transformed further")
        s = handle.s
        with handle.controlled(), inside("call"):
            s.set_shift(float(strength))
            s.set_timesteps(sigmas=[float(v) for v in as_numpy(values).ravel()])
        return {"value": self.sigmas(s)[:-1]}


class Inverted:
    """`invert_sigmas` publishes 1 − σ: the level of a state is still that of the noise."""


class FlowEuler(Flow):
    def clock(self, handle):
        # Where times are given without levels, some releases say that the two may tell of different points.
        given = handle.config.get("grid", "count") == "timesteps"
        return "none" if given and reads(type(handle.s).set_timesteps, "may not be consistent") else super().clock(handle)

    def state_levels(self, handle):
        sigmas = self.sigmas(handle.s)
        return {"level": sigmas}

    def sampler(self, handle):
        facts = super().sampler(handle)
        if self.value(handle, "invert_sigmas", False):
            facts.update(inverse=True, endsClean=False)
        return facts


class FlowLcm(FlowEuler):
    def sampler(self, handle):
        upwards = bool(self.value(handle, "invert_sigmas", False))
        return {"noise": "marginal", "renoises": True, "endsClean": not upwards, "inverse": upwards}


class FlowHeun(Flow, Heun):
    methods = ("facts", "levels", "sample", "grid", "run")

    def sampler(self, handle):
        return {"noise": "none", "order": 2.0, "stages": 2.0, "endsClean": True}

    def state_levels(self, handle):
        return {"level": self.sigmas(handle.s)}


class FlowMap(Flow):
    methods = ("facts", "levels", "sample", "grid", "run")


class LtxAncestral(Flow):
    """Ancestral steps on the straight path; made by `from_config` of the Euler class."""

    sigmas_end = True
    borrows = ("diffusers.schedulers.scheduling_flow_match_euler_discrete",)

    methods = ("facts", "levels", "grid", "run")

    def clock(self, handle):
        return "scaled" if handle.config.get("grid", "count") == "count" else "none"

    def asked(self, handle):
        # Times are given with the final 0, as sigmas are.
        return super().asked(handle) - (1 if handle.config.get("grid") == "timesteps" else 0)

    def explicit(self, handle, s, kind):
        n = max(2, min(self.count(handle), 12))
        return [1 - (k / n) ** 1.3 for k in range(n)] + [0.0]

    def times(self, s):
        # Explicit grids publish a time for the final 0 as well, at which no model is called.
        times = super().times(s)
        return times[:-1] if len(times) == len(self.sigmas(s)) else times

    def sampler(self, handle):
        still = float(self.value(handle, "eta", 1.0)) == 0.0
        return {"noise": "none" if still else "marginal", "order": 1.0 if still else None, "endsClean": True}


class MiniMax(Flow):
    """Times are 1 − σ, data at t = 1; the model predicts data minus noise."""

    methods = ("facts", "levels", "sample", "grid", "run")
    steps = [10, 2, 3, 7]
    grids = ("sigmas",)

    def output(self, handle):
        return "data-minus-noise"

    def facts(self, handle):
        facts = super().facts(handle)
        facts["time"]["clean"] = "last"
        return facts

    def count(self, handle):
        return super().count(handle) - 1

    def setup(self, handle, s):
        if handle.config.get("grid", "count") == "count":
            s.set_timesteps(self.count(handle) + 1)
        else:
            s.set_timesteps(sigmas=self.explicit(handle, s, "sigmas") + [0.0])

    def clock(self, handle):
        return "complement"


class Helios(Scaled, UniPc):
    """One stage of the Helios chain: UniPC or Euler on the straight path."""

    methods = ("facts", "levels", "grid", "run")
    steps = [10, 2, 3, 7]
    grids = ()
    skip = UniPc.skip + ("stages", "stage_range", "gamma", "scheduler_type", "thresholding", "use_flow_sigmas")
    call_options = (Option("scheduler", ["unipc", "euler"], "unipc", stage="setup"),)

    def arguments(self, cls, config):
        made = super().arguments(cls, config)
        made.update(stages=1, stage_range=[0, 1], scheduler_type=config.get("scheduler", "unipc"))
        return made

    def level_kind(self, handle):
        return "sigma-flow"

    def ends_clean(self, handle):
        return True

    def training_sigmas(self, s):
        return None

    def shape(self, count, d):
        return (count, 1, 1, 1, d)

    def output(self, handle):
        kind = super().output(handle)
        euler = handle.config.get("scheduler", "unipc") == "euler"
        return None if euler and kind != "noise-minus-data" else kind

    def sampler(self, handle):
        facts = super().sampler(handle)
        facts["endsClean"] = True
        return facts


class HeliosDmd(Flow):
    """Distilled steps: data prediction, then noise given by the caller at the next level."""

    methods = ("facts", "levels", "sample", "grid", "run")
    steps = [4, 2, 3, 7]
    grids = ()
    skip = Flow.skip + ("stages", "stage_range", "gamma", "use_flow_sigmas")

    def arguments(self, cls, config):
        made = super().arguments(cls, config)
        made.update(stages=1, stage_range=[0, 1])
        return made

    def shape(self, count, d):
        return (count, 1, 1, 1, d)

    def sampler(self, handle):
        return {"noise": "marginal", "renoises": True, "endsClean": True}

    def noised(self, s, x0, noise, t):
        return s.add_noise(x0, noise, t, s.sigmas, s.timesteps)

    def stepped(self, handle, s, output, t, x, k, memory):
        noise = torch.randn(x.shape, dtype=x.dtype)
        result = s.step(
            output, t, x, cur_sampling_step=k, dmd_noisy_tensor=noise, dmd_sigmas=s.sigmas, dmd_timesteps=s.timesteps, all_timesteps=s.timesteps
        )
        return _prev(result), None


class Piflow(Flow):
    """A policy of data predictions on a grid inside each step; here they are all the same."""

    methods = ("facts", "levels", "grid", "run")
    grids = ()
    skip = Flow.skip + ("eps", "num_policy_substeps", "n_grid")

    def shape(self, count, d):
        return (count, 1, d)

    def sampler(self, handle):
        return {"noise": "none", "order": None, "endsClean": False}

    def ends_clean(self, handle):
        return False

    def state_levels(self, handle):
        """The last interval stops at eps, the documented least time before the shift."""
        shift, least = float(self.value(handle, "shift")), handle.s.eps
        return {"level": numpy.append(self.sigmas(handle.s)[:-1], shift * least / (1 + (shift - 1) * least))}

    def advance(self, handle, s, x, k, model, levels, call, variance, memory):
        alpha, sigma, p, q = levels
        t = s.timesteps[k]
        flat = x.detach().reshape(-1).double().numpy()
        out = model(flat, alpha[call], sigma[call], p[call], q[call], call)
        output = self.tensor(handle, numpy.tile(out, int(self.value(handle, "n_grid", 10))))
        with inside("call"):
            x = _prev(s.step(output, t, x))
        return x, None, flat, numpy.asarray(out, dtype=float)


__all__ = ["Absent", "Flow"]
