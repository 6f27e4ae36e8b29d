"""Classes that stand alone: IPNDM, Würstchen, Proteina, block refinement, tokens by entropy."""

import numpy
import torch

from ..adapter import Absent, inside
from ..options import Option
from ..tensors import as_numpy
from .diffusers_family import Family
from .diffusers_flows import Flow
from .diffusers_results import _flat, _prev


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
    spare = 1

    def facts(self, handle):
        return {
            "time": {"kind": "interval", "first": 0.0, "last": 1.0, "clean": "first"},
            "level": "abar",
            "output": "eps",
            "form": {"family": "abar-cosine-clamped", "s": float(self.value(handle, "s", 0.008)), "power": float(self.value(handle, "scaler", 1.0))},
            # The last step leaves its noise out, though the least level is not 0.
            "sampler": {"noise": "marginal", "posterior": True, "endsClean": False, "endsOnMean": True},
        }

    def abar(self, handle, t):
        times = self.as_times(handle.s, numpy.asarray(t, dtype=float))
        with handle.controlled(), inside("call"):
            return _flat(handle.s._alpha_cumprod(times, times.device))

    def levels(self, handle, t):
        return {"level": self.abar(handle, as_numpy(t).ravel())}

    def state_levels(self, handle):
        return {"level": self.abar(handle, self.published(handle.s))}

    def stepped(self, handle, s, output, t, x, k, memory):
        return _prev(s.step(output, t[None], x)), None


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


class EntropyBound(Family):
    """Tokens by entropy: which of them a step accepts. The first step's laws are those of the logits over `t_max`."""

    methods = ("facts", "accepted")
    grids = ()

    def options(self, cls, introspect):
        return [Option("t_max", [0.8, 1.0], 0.8, kind="number")], ["entropy_bound", "t_min", "num_inference_steps"]

    def setup(self, handle, s):
        pass

    def facts(self, handle):
        return {"time": {"kind": "index", "first": 0.0, "last": 1.0, "clean": "first"}, "level": "alpha-sigma"}

    def accepted(self, handle, laws, bound):
        logits = torch.from_numpy(float(handle.s.config.t_max) * numpy.log(as_numpy(laws).astype(float)))[None]
        # What is drawn is not looked at.
        with self.control(handle.arithmetic, None, handle.s), inside("call"):
            step = handle.s.step(logits, 0, torch.zeros(logits.shape[:2], dtype=torch.int64), entropy_bound=float(bound))
        return {"accepted": step.accepted_index[0].double().numpy()}
