"""azula's guided denoisers: classifier-free guidance, and denoisers given an observation, which are exact on Gaussian data."""

import inspect

import azula.denoise as denoise
import torch

from ..adapter import Absent, inside
from ..options import Option
from ..tensors import as_numpy
from .azula_denoisers import Denoisers, chosen, covariance, repeated, schedule_option
from .azula_samplers import BASE, posterior
from .azula_schedules import flat

try:
    from azula.guidance.cfg import CFGDenoiser
except ImportError:
    CFGDenoiser = None

try:
    from azula.guidance.mmps import MMPSDenoiser
except ImportError:
    MMPSDenoiser = None

try:
    from azula.guidance.tmpd import TMPDenoiser
except ImportError:
    TMPDenoiser = None


def families():
    """(family, name, class) of the guided denoisers whose arguments are known."""
    found = []
    if takes(CFGDenoiser, "forward", "positive", "negative", "guidance"):
        found.append((ClassifierFree(), "CFGDenoiser", CFGDenoiser))
    if covariance is not None and takes(denoise.GaussianDenoiser, "__init__", "mean", "cov", "schedule"):
        for cls in (MMPSDenoiser, TMPDenoiser):
            if takes(cls, "__init__", "denoiser", "y", "A"):
                found.append((Observed(), cls.__name__, cls))
    return found


def takes(cls, method, *names):
    return cls is not None and set(names) <= set(inspect.signature(getattr(cls, method)).parameters)


class Labelled(BASE):
    """A denoiser that answers with its label."""

    def __init__(self, schedule):
        super().__init__()
        self.schedule = schedule

    def forward(self, x_t, t, label, **_):
        return posterior(label)


class ClassifierFree(Denoisers):
    skip = ("denoiser",)

    def methods(self, target):
        return ("facts", "guided")

    def options(self, target):
        return (schedule_option(),)

    def guided(self, handle, conditional, unconditional, w):
        """The library's guidance counts from the conditional prediction: (1 + g)·c − g·u, so that g = w − 1."""
        c, u = (handle.tensor(as_numpy(v), 1, -1) for v in (conditional, unconditional))
        with handle.controlled(), torch.no_grad():
            with inside("construct"):
                made = handle.unit.target(Labelled(handle.schedule))
            with inside("call"):
                found = made(torch.zeros_like(c), handle.tensor(0.5), positive={"label": c}, negative={"label": u}, guidance=w - 1)
        return {"value": flat(found.mean)}


class Observed(Denoisers):
    """Data N(m, v) are what is left of N(m/2, 2v) once 3m/2 has been seen with variance 2v: the denoiser is told the latter, and its
    answer is held against the former."""

    skip = ("denoiser", "y", "A", "cov_y", "var_y", "solver")

    def methods(self, target):
        return ("facts", "levels", "denoise")

    def options(self, target):
        accepted = inspect.signature(target.__init__).parameters
        solvers = (Option("solver", ["gmres", "cg"], "gmres"),) if "solver" in accepted else ()
        return (schedule_option(), Option("observed", ["data", "twice the data"], "data"), *solvers)

    def denoise(self, handle, oracle, x, t):
        if oracle["name"] != "gaussian":
            raise Absent("the data of this denoiser are Gaussian")
        mean, variance = (float(as_numpy(oracle[name]).ravel()[0]) for name in ("mean", "variance"))
        factor = 1.0 if handle.option("observed") == "data" else 2.0
        state = repeated(handle, x)
        prior = torch.full((state.shape[1],), 0.5 * mean, dtype=handle.dtype)
        seen = torch.full_like(state, factor * 1.5 * mean)
        spread = handle.tensor(2 * variance)
        accepted = inspect.signature(handle.unit.target.__init__).parameters
        known = {name: value for name, value in handle.config.items() if name in accepted and name != "schedule"}
        if "cov_y" in accepted:
            known["cov_y"] = covariance.IsotropicCovariance(factor**2 * spread)
        else:
            known["var_y"] = factor**2 * spread
        with handle.controlled():
            with inside("construct"):
                inner = denoise.GaussianDenoiser(mean=prior, cov=covariance.IsotropicCovariance(spread), schedule=handle.schedule)
                made = handle.unit.target(denoiser=inner, y=seen, A=lambda data: factor * data, **known)
            with inside("call"):
                found = made(state, handle.tensor(as_numpy(t).ravel()[0])).mean
        return {"value": flat(chosen(found))}
