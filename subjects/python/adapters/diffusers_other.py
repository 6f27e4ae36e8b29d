"""Classes that stand alone: consistency models, TrigFlow, IPNDM, Würstchen, score SDEs, Karras-VE, Proteina, block refinement."""

import numpy
import torch

from ..adapter import Absent, inside
from ..options import Option
from ..tensors import as_numpy
from .diffusers_family import Family, _data, _flat, _prev
from .diffusers_flows import Flow
from .diffusers_sigmas import SigmaGrid
from .diffusers_tables import Table


class ConsistencyModel(SigmaGrid):
    """Consistency model steps in σ: data, then noise up to the next σ. Ends at σ_min."""

    steps = [3, 1, 2, 5]
    methods = ("facts", "levels", "sample", "grid", "run", "precondition", "boundary")
    grids = ("timesteps",)

    def output(self, handle):
        return None

    def facts(self, handle):
        facts = super().facts(handle)
        facts["form"] = None
        facts["clip"] = 1.0 if self.value(handle, "clip_denoised", True) else None
        return facts

    def trained(self, handle):
        return int(self.value(handle, "num_train_timesteps", 40))

    def clock(self, handle):
        return "none"

    def sampler(self, handle):
        return {"noise": "other", "exactOnConstants": False, "renoises": True, "endsClean": False}

    def state_levels(self, handle):
        return {"level": self.sigmas(handle.s)[: len(self.times(handle.s)) + 1]}

    def precondition(self, handle, sigma):
        values = torch.from_numpy(as_numpy(sigma).astype(float)).to(handle.dtype)
        with handle.controlled(), inside("call"):
            cskip, cout = handle.s.get_scalings(values)
        return {"cskip": _flat(cskip), "cout": _flat(cout)}

    def boundary(self, handle):
        """The least noise level is the last of the grid, which the documentation says is sigma_min."""
        with handle.controlled(), inside("call"):
            cskip, cout = handle.s.get_scalings_for_boundary_condition(handle.s.sigmas[-1])
        return {"cskip": float(cskip), "cout": float(cout)}


class ConsistencyDecoder(Table):
    """Two fixed steps with EDM-like boundary coefficients in ᾱ."""

    steps = [2]
    methods = ("facts", "levels", "grid", "run")

    def abar(self, s):
        return s.sqrt_alphas_cumprod.detach().double().numpy() ** 2

    def trained(self, handle):
        return int(self.value(handle, "num_train_timesteps", 1024))

    def options(self, cls, introspect):
        found, left = super().options(cls, introspect)
        return [option for option in found if option.name != "num_train_timesteps"], left + ["num_train_timesteps"]

    def facts(self, handle):
        facts = super().facts(handle)
        facts.update(output=None, clip=None, form=None)
        return facts

    def sampler(self, handle, value):
        return {"noise": "marginal", "exactOnConstants": False, "renoises": True, "endsClean": True}

    def ends_clean(self, handle):
        return True


class TrigFlow(Family):
    """x = cos t·x₀ + sin t·z with z of standard deviation σ_data; the model predicts cos t·z − sin t·x₀."""

    steps = [10, 1, 2, 3, 7]
    methods = ("facts", "levels", "grid", "run")
    grids = ("timesteps",)

    def setup(self, handle, s):
        n = self.count(handle)
        if handle.config.get("grid", "count") == "timesteps":
            times = [1.5 * (1 - (k / n) ** 1.3) for k in range(n)] + [0.0]
            s.set_timesteps(n, timesteps=times, max_timesteps=None, intermediate_timesteps=None)
        else:
            s.set_timesteps(n, intermediate_timesteps=1.3 if n == 2 else None)

    def scale(self, handle):
        return float(self.value(handle, "sigma_data", 0.5))

    def facts(self, handle):
        return {
            "time": {"kind": "interval", "first": 0.0, "last": 1.5708, "clean": "first"},
            "level": "alpha-sigma",
            "output": "trigflow",
            "sigmaData": self.scale(handle),
            "sampler": {"noise": "marginal", "renoises": True, "endsClean": True},
        }

    def options(self, cls, introspect):
        found, left = super().options(cls, introspect)
        return [option for option in found if option.name != "num_train_timesteps"], left

    def numeric_levels(self, handle, t):
        return {"alpha": numpy.cos(t), "sigma": self.scale(handle) * numpy.sin(t)}

    def levels(self, handle, t):
        return self.numeric_levels(handle, as_numpy(t).astype(float).ravel())

    def state_levels(self, handle):
        return self.numeric_levels(handle, numpy.asarray(handle.s.timesteps, dtype=float))

    def grid(self, handle):
        answer = super().grid(handle)
        answer["times"] = answer["times"][:-1]
        return answer

    def run(self, handle, count=None, first=0, **rest):
        count = len(handle.s.timesteps) - 1 - first if count is None else count
        return super().run(handle, first=first, count=count, **rest)


class Ipndm(Family):
    """Linear multistep with α = √(1 − β²), σ = β; the model predicts v."""

    methods = ("facts", "levels", "grid", "run")
    grids = ()
    steps = [10, 1, 2, 3, 7]

    def facts(self, handle):
        return {
            "time": {"kind": "list", "times": numpy.unique(self.times(handle.s)), "clean": "first"},
            "level": "alpha-sigma",
            "output": "v",
            "sampler": {"noise": "none", "order": None, "endsClean": True},
        }

    def options(self, cls, introspect):
        found, left = super().options(cls, introspect)
        return [option for option in found if option.name == "steps"], left + ["num_train_timesteps", "trained_betas"]

    def both(self, s):
        return s.alphas.detach().double().numpy(), s.betas.detach().double().numpy()

    def levels(self, handle, t):
        alphas, betas = self.both(handle.s)
        at = [self.position(handle.s, value) for value in as_numpy(t).ravel()]
        return {"alpha": alphas[at], "sigma": betas[at]}

    def state_levels(self, handle):
        alphas, betas = self.both(handle.s)
        return {"alpha": alphas, "sigma": betas}


class Wuerstchen(Family):
    """DDPM on a continuous clamped cosine; steps may be asked anywhere between the times of the grid."""

    level = "abar"
    methods = ("facts", "levels", "sample", "grid", "run")
    grids = ()

    def facts(self, handle):
        return {
            "time": {"kind": "interval", "first": 0.0, "last": 1.0, "clean": "first"},
            "level": "abar",
            "output": "eps",
            "form": {"family": "abar-cosine-clamped", "s": float(self.value(handle, "s", 0.008)), "power": float(self.value(handle, "scaler", 1.0))},
            "sampler": {"noise": "marginal", "posterior": True, "endsClean": False},
        }

    def abar(self, handle, t):
        times = torch.from_numpy(numpy.asarray(t, dtype=float)).to(handle.dtype)
        with handle.controlled(), inside("call"):
            return _flat(handle.s._alpha_cumprod(times, times.device))

    def levels(self, handle, t):
        return {"level": self.abar(handle, as_numpy(t).ravel())}

    def as_times(self, s, times):
        return torch.as_tensor(numpy.asarray(times, dtype=float)).to(torch.float64)

    def state_levels(self, handle):
        return {"level": self.abar(handle, self.times(handle.s))}

    def grid(self, handle):
        answer = super().grid(handle)
        answer["times"] = answer["times"][:-1]
        return answer

    def run(self, handle, count=None, first=0, **rest):
        count = len(handle.s.timesteps) - 1 - first if count is None else count
        return super().run(handle, first=first, count=count, **rest)

    def stepped(self, handle, s, output, t, x, k, memory):
        return _prev(s.step(output, t[None], x)), None


class ScoreSdeVe(SigmaGrid):
    """Variance-exploding predictor and Langevin corrector. Times are fractions; the table runs from σ_min to σ_max."""

    methods = ("facts", "levels", "sample", "grid", "run")
    steps = [10, 2, 3, 7]
    grids = ()
    skip = SigmaGrid.skip + ("snr", "correct_steps")

    def options(self, cls, introspect):
        found, left = super().options(cls, introspect)
        return [option for option in found if option.name not in ("num_train_timesteps", "sampling_eps")], left

    def setup(self, handle, s):
        n = self.count(handle)
        s.set_timesteps(n)
        s.set_sigmas(n)

    def table(self, s):
        return numpy.asarray(s.discrete_sigmas, dtype=float)

    def facts(self, handle):
        s = handle.s
        table = self.table(s)
        return {
            "time": {"kind": "index", "first": 0.0, "last": float(len(table) - 1), "clean": "first"},
            "level": "sigma-ve",
            "output": "score",
            "gridForm": None,
            "form": {"family": "sigma-geometric", "low": float(self.value(handle, "sigma_min")), "high": float(self.value(handle, "sigma_max")), "T": float(len(table))},
            "sampler": {"noise": "other", "endsClean": True},
        }

    def levels(self, handle, t):
        return {"level": self.table(handle.s)[as_numpy(t).astype(int).ravel()]}

    def as_times(self, s, times):
        return torch.as_tensor(numpy.asarray(times)).to(torch.int64)

    def state_levels(self, handle):
        """The step at time t looks up index ⌊t(n − 1)⌋ and goes one entry down, from the first to no noise."""
        table = self.table(handle.s)
        index = (self.times(handle.s) * (len(table) - 1)).astype(int)
        return {"level": numpy.append(table[index], 0.0)}

    def clock(self, handle):
        return "none"

    def scaled(self, s, x, t):
        return x

    def stepped(self, handle, s, output, t, x, k, memory):
        return _prev(s.step_pred(output, t, x)), None


class ScoreSdeVp(Family):
    """Euler–Maruyama on the reverse VP SDE. The model's output is scaled to a score by the class."""

    methods = ("facts", "levels", "grid", "run")
    steps = [10, 2, 3, 7]
    grids = ()

    def options(self, cls, introspect):
        found, left = super().options(cls, introspect)
        return [option for option in found if option.name not in ("num_train_timesteps", "sampling_eps")], left

    def facts(self, handle):
        return {
            "time": {"kind": "interval", "first": float(self.value(handle, "sampling_eps", 1e-3)), "last": 1.0, "clean": "first"},
            "level": "alpha-sigma",
            "output": "eps",
            "sampler": {"noise": "other", "endsClean": False, "exactOnConstants": False},
        }

    def amplitudes(self, handle, t):
        low, high = float(self.value(handle, "beta_min")), float(self.value(handle, "beta_max"))
        total = 0.5 * t * t * (high - low) + t * low
        return {"alpha": numpy.exp(-0.5 * total), "sigma": numpy.sqrt(-numpy.expm1(-total))}

    def levels(self, handle, t):
        return self.amplitudes(handle, as_numpy(t).astype(float).ravel())

    def state_levels(self, handle):
        times = self.times(handle.s)
        return self.amplitudes(handle, numpy.append(times, max(times[-1] - 1 / len(times), 0.0)))

    def stepped(self, handle, s, output, t, x, k, memory):
        # One time per sample, as the library's pipeline gives them.
        made, _ = s.step_pred(output, x, t.expand(x.shape[0]))
        return made, None

    def clock(self, handle):
        return "none"


class KarrasVe(SigmaGrid):
    """Stochastic Heun of Karras et al.; the published schedule holds variances. One call is an Euler step without churn."""

    methods = ("facts", "levels", "grid", "run")
    steps = [10, 2, 3, 5]
    grids = ()
    skip = SigmaGrid.skip + ("s_churn", "s_min", "s_max")

    def variances(self, s):
        return numpy.asarray(s.schedule, dtype=float)

    def facts(self, handle):
        facts = super().facts(handle)
        facts["form"] = None
        facts["gridForm"] = {
            "family": "geometric-variance",
            "low": float(self.value(handle, "sigma_min")),
            "high": float(self.value(handle, "sigma_max")),
        }
        facts["output"] = "minus-eps"
        facts["sampler"] = {"noise": "none", "order": 1.0, "endsClean": True}
        return facts

    def levels(self, handle, t):
        sigmas = numpy.sqrt(self.variances(handle.s))
        index = {float(value): k for k, value in enumerate(self.times(handle.s))}
        return {"level": numpy.array([sigmas[index[float(value)]] for value in as_numpy(t).ravel()])}

    def state_levels(self, handle):
        return {"level": numpy.append(numpy.sqrt(self.variances(handle.s)), 0.0)}

    def clock(self, handle):
        return "none"

    def stepped(self, handle, s, output, t, x, k, memory):
        sigmas = numpy.sqrt(self.variances(s))
        following = float(sigmas[k + 1]) if k + 1 < len(sigmas) else 0.0
        made = s.step(output, float(sigmas[k]), following, x)
        return _prev(made), _data(made)


class Proteina(Flow):
    """Data at t = 1; the model predicts data minus noise; a window of the times is stochastic."""

    methods = ("facts", "levels", "sample", "grid", "run")
    steps = [40, 30]
    grids = ()
    skip = Flow.skip + ("tail_steps", "tail_step_multiplier", "t_lim_ode", "t_lim_ode_below")

    def options(self, cls, introspect):
        found, left = super().options(cls, introspect)
        kept = [option for option in found if option.name not in ("schedule_mode", "noise_mode")]
        return kept + [Option("schedule_mode", ["log", "power"], "log"), Option("noise_mode", ["1/t", "tan"], "1/t")], left

    def arguments(self, cls, config):
        return {
            "schedule_mode": config.get("schedule_mode", "log"),
            "noise_mode": config.get("noise_mode", "1/t"),
            "tsr_k": 1.0,
            "tsr_sigma": 1.0,
        }

    def output(self, handle):
        return "data-minus-noise"

    def facts(self, handle):
        facts = super().facts(handle)
        facts["time"] = {"kind": "list", "times": self.times(handle.s), "clean": "last"}
        return facts

    def shape(self, count, d):
        return (count, d, 1)

    def levels(self, handle, t):
        return {"level": 1 - as_numpy(t).astype(float).ravel()}

    def state_levels(self, handle):
        return {"level": 1 - numpy.asarray(handle.s._times, dtype=float)}

    def noised(self, s, x0, noise, t):
        return s.add_noise(x0, noise, t)

    def clock(self, handle):
        return "none"

    def sampler(self, handle):
        return {"noise": "other", "endsClean": True}

    def stepped(self, handle, s, output, t, x, k, memory):
        mask = torch.ones(x.shape[:2], dtype=x.dtype)
        return _prev(s.step(output, t, x, mask)), None


class BlockRefinement(Family):
    """Discrete block decoding; only the end-of-row rule is judged here."""

    methods = ("facts", "finished")
    grids = ()

    def options(self, cls, introspect):
        return [], [name for name in ("block_length", "num_inference_steps", "threshold", "editing_threshold", "minimal_topk")]

    def setup(self, handle, s):
        pass

    def facts(self, handle):
        return {"time": {"kind": "index", "first": 0.0, "last": 1.0, "clean": "first"}, "level": "alpha-sigma"}

    def finished(self, handle, row, sampled, committed, end, mask, prompt):
        integers = lambda value: torch.from_numpy(as_numpy(value).astype(numpy.int64))[None]
        with handle.controlled(), inside("call"):
            if not hasattr(handle.s, "check_eos_finished"):
                raise Absent("no end-of-row rule")
            done = handle.s.check_eos_finished(
                cur_x=integers(row),
                sampled_tokens=integers(sampled),
                final_transfer=integers(committed).bool(),
                finished=torch.zeros(1, dtype=torch.bool),
                eos_token_id=int(end),
                mask_token_id=int(mask),
                prompt_length=int(prompt),
            )
        return {"finished": bool(done[0])}


__all__ = ["Table"]
