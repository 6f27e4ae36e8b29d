"""Score SDEs of Song et al., and the stochastic sampler of Karras et al. on a geometric schedule."""

import numpy
import torch

from ..tensors import as_numpy
from .diffusers_family import Family
from .diffusers_results import _data, _prev
from .diffusers_sigmas import SigmaGrid


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
        # A call at time t takes the entry of index t; times fall.
        return numpy.asarray(s.schedule, dtype=float)[self.times(s).astype(int)]

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
