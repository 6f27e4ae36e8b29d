"""azula's samplers with exact denoisers.

One call of a run is one step of the sampler, which is what it returns; a step may ask the denoiser more than once. Each question is
answered at the level of the time that the sampler gives, with the output of that step.
"""

import inspect
import math

import azula.denoise as denoise
import numpy
import torch

from ..adapter import Absent, inside
from ..interception import Draws
from ..options import Option
from ..oracles import oracle as build_oracle
from ..tensors import as_numpy
from .azula_denoisers import schedule_option
from .azula_schedules import Family, Handle, concrete, flat, schedule_classes

try:
    import azula.sample as sample
except ImportError:  # a release whose samplers need a package that is not there
    sample = None

DETERMINISTIC = {"noise": "none", "eta": None, "posterior": False, "endsClean": False}


def log_snr(prediction, degree):
    return {"prediction": prediction, "variable": "log-snr", "degree": float(degree)}


def ddpm(handle):
    return {"noise": "marginal", "eta": 1.0, "posterior": True}


def ddim(handle):
    # What the library calls η multiplies the variance: it is the square of the DDIM paper's, which multiplies the deviation.
    eta = float(handle.option("eta"))
    if eta == 0:
        return {**DETERMINISTIC, "eta": 0.0, "order": 1.0, "exactOn": log_snr("x0", 0)}
    return {"noise": "marginal", "eta": math.sqrt(eta), "posterior": eta == 1}


def euler(handle):
    return {**DETERMINISTIC, "order": 1.0, "exactOn": log_snr("x0", 0)}


def heun(handle):
    return {**DETERMINISTIC, "order": 2.0, "exactOn": {"prediction": "eps", "variable": "sigma", "degree": 1.0}}


def ito(handle):
    """A discretised SDE: noise of the SDE is exact, the drift is frozen over a step, so marginals are kept to first order only. A
    temperature other than 1 changes the distribution on purpose."""
    if float(handle.option("temperature") or 1.0) != 1:
        return {"noise": "other", "exactOnConstants": False}
    if float(handle.option("eta")) == 0:
        return {**DETERMINISTIC, "order": 1.0, "exactOn": log_snr("x0", 0)}
    return {"noise": "other", "exactOnConstants": False}


def multistep(exact):
    """Adams–Bashforth of order n: what it interpolates, with history of its own. The first step is of order one."""

    def claims(handle):
        n = int(handle.option("order"))
        return {**DETERMINISTIC, "order": float(min(n, 2)), "exactOn": exact(n - 1)}

    return claims


def rosenbrock(handle):
    """Interpolates a prediction that is not constant on one-point data, so it is exact on none; the order remains."""
    return {**DETERMINISTIC, "order": float(min(int(handle.option("order")), 2)), "exactOnConstants": False}


def corrected(handle):
    return {"noise": "marginal", "eta": None, "posterior": False, "exactCorrector": True}


CLAIMS = {
    "DDPMSampler": ddpm,
    "DDIMSampler": ddim,
    "EulerSampler": euler,
    "HeunSampler": heun,
    "ItoSampler": ito,
    "ABSampler": multistep(lambda degree: {"prediction": "eps", "variable": "sigma", "degree": float(degree)}),
    "zABSampler": multistep(lambda degree: {"prediction": "eps", "variable": "sigma", "degree": float(degree)}),
    "vABSampler": multistep(lambda degree: None),
    "EABSampler": multistep(lambda degree: log_snr("eps", degree)),
    "zEABSampler": multistep(lambda degree: log_snr("eps", degree)),
    "xEABSampler": multistep(lambda degree: log_snr("x0", degree)),
    "REABSampler": rosenbrock,
    "PCSampler": corrected,
}


def families():
    """(family, name, class) of every sampler that takes a denoiser."""
    found = sorted(concrete(sample, "Sampler").items()) if sample is not None else []
    return [(Sampler(), name, cls) for name, cls in found if "denoiser" in inspect.signature(cls.__init__).parameters]


# --- exact denoisers ----------------------------------------------------------------------------------------------------------

BASE = getattr(denoise, "Denoiser", None) or denoise.GaussianDenoiser


def posterior(mean):
    """What the library's denoisers return, with this mean."""
    if hasattr(denoise, "DiracPosterior"):
        return denoise.DiracPosterior(mean=mean)
    return denoise.Gaussian(mean=mean, var=torch.zeros_like(mean))


class Exact(BASE):
    """A denoiser that answers with an oracle's data prediction and remembers what it was asked first in each step."""

    def __init__(self, schedule, dtype):
        super().__init__()
        self.schedule = schedule
        self.dtype = dtype
        self.begin(None, 1.0, 0.0)

    def begin(self, oracle, p, q):
        self.oracle = oracle
        self.p = p
        self.q = q
        self.step = -1
        self.inputs = []
        self.outputs = []

    def next(self):
        self.step += 1
        self.awaited = True

    def forward(self, x_t, t, **_):
        alpha, sigma = (float(v.reshape(-1)[0]) for v in self.schedule(t))
        out = numpy.asarray(self.oracle(flat(x_t), alpha, sigma, self.p, self.q, max(self.step, 0)), dtype=float)
        if self.awaited:
            self.inputs.append(flat(x_t))
            self.outputs.append(out)
            self.awaited = False
        return posterior(torch.from_numpy(out.copy()).to(x_t.dtype).reshape(x_t.shape))


class MultistepExact(Exact):
    """For samplers that can only be called as a whole: every question is the first of a step."""

    def forward(self, x_t, t, **rest):
        self.next()
        return super().forward(x_t, t, **rest)


# --- samplers -----------------------------------------------------------------------------------------------------------------


class Sampler(Family):
    skip = ("denoiser", "silent", "dtype", "device", "kwargs")

    def methods(self, target):
        names = ("facts", "levels", "grid", "run")
        return names + ("correct",) if target.__name__ == "PCSampler" else names

    def options(self, target):
        accepted = inspect.signature(sample.Sampler.__init__).parameters
        found = [schedule_option(), Option("steps", [10, 1, 2, 3, 7, 64], 10, kind="integer", stage="setup")]
        for name, values in (("start", [1.0, 0.9]), ("stop", [0.0, 0.1])):
            if name in accepted:
                found.append(Option(name, values, values[0], kind="number"))
        # Times are a property of the class that a subclass may replace.
        found.append(Option("times", ["even", "uneven"], "even", stage="setup"))
        return tuple(found)

    def stepwise(self, cls):
        return cls.step is not sample.Sampler.step

    def make(self, unit, config, arithmetic):
        handle = Handle(self, unit, config, arithmetic)
        with handle.controlled(), inside("construct"):
            handle.schedule = schedule_classes()[handle.option("schedule")]()
            denoiser = (Exact if self.stepwise(unit.target) else MultistepExact)(handle.schedule, handle.dtype)
            handle.made = unit.target(denoiser, **self.arguments(handle))
        return handle

    def arguments(self, handle):
        """Constructor arguments of the sampler and of its base."""
        own = inspect.signature(handle.unit.target.__init__).parameters
        base = inspect.signature(sample.Sampler.__init__).parameters
        given = {name: value for name, value in handle.config.items() if name in own or name in base}
        given["steps"] = int(handle.option("steps"))
        if "silent" in base:
            given["silent"] = True
        return given

    def facts(self, handle):
        claims = CLAIMS.get(handle.unit.target.__name__)
        unknown = {"noise": "other", "exactOnConstants": False, "linear": False}
        return {
            **super().facts(handle),
            "output": "x0",
            # No schedule is without noise at time 0.
            "sampler": {"endsClean": False, **(claims(handle) if claims is not None else unknown)},
        }

    # --- the grid -----------------------------------------------------------------------------------------------------------

    def times(self, handle):
        """The sampler's times, from start to stop."""
        with handle.controlled(), inside("call"):
            times = handle.made.timesteps
        if handle.option("times") == "even":
            return times
        shares = 1 - torch.linspace(0, 1, len(times), dtype=torch.float64) ** 1.3
        moved = times[-1] + (times[0] - times[-1]) * shares.to(times.dtype)
        return torch.cat([times[:1], moved[1:-1], times[-1:]])

    def grid(self, handle):
        times = self.times(handle)
        with handle.controlled(), inside("call"):
            alpha, sigma = handle.schedule(times)
        return {"times": flat(times)[:-1], "alpha": flat(alpha), "sigma": flat(sigma), "asked": float(handle.option("steps")), "clock": "exact"}

    # --- runs ---------------------------------------------------------------------------------------------------------------

    def run(self, handle, start, oracle, alpha, sigma, p, q, first=0, count=None, draws=None, state="fresh", variance=None):
        # The output is the data prediction at every level: its coefficients p and q are the same at all of them.
        p, q = float(as_numpy(p).ravel()[0]), float(as_numpy(q).ravel()[0])
        times = self.times(handle)
        times = times[first:] if count is None else times[first : first + count + 1]
        x = handle.tensor(as_numpy(start), 1, -1)
        model = build_oracle(oracle)
        draws = Draws(**(draws or {"mode": "none"}))
        if state == "reused":
            self.walk(handle, 0.1 * x, times, model, p, q, Draws(mode="none"))
        return self.walk(handle, x, times, model, p, q, draws)

    def walk(self, handle, x, times, model, p, q, draws):
        denoiser = handle.made.denoiser
        denoiser.begin(model, p, q)
        walked = self.step_by_step if self.stepwise(handle.unit.target) else self.as_a_whole
        with handle.controlled(draws), torch.no_grad(), inside("call"):
            last, drawn = walked(handle, x, times, draws)
        return {
            "states": numpy.concatenate([*denoiser.inputs, flat(last)]),
            "inputs": numpy.concatenate(denoiser.inputs),
            "outputs": numpy.concatenate(denoiser.outputs),
            "data": None,
            "drawn": numpy.asarray(drawn, dtype=float),
        }

    def step_by_step(self, handle, x, times, draws):
        drawn = []
        for t, s in times.unfold(0, 2, 1):
            handle.made.denoiser.next()
            before = len(draws.log)
            x = handle.made.step(x, t, s)
            drawn.append(len(draws.log) - before)
        return x, drawn

    def as_a_whole(self, handle, x, times, draws):
        """Called through a subclass with these times: parts of a grid, and uneven ones, cannot be had otherwise."""
        cls = handle.unit.target
        made = object.__new__(type(cls.__name__, (cls,), {"timesteps": property(lambda _: times)}))
        made.__dict__.update(handle.made.__dict__)
        return made(x), [0] * (len(times) - 1)

    # --- corrector ----------------------------------------------------------------------------------------------------------

    def correct(self, handle, oracle, x, t, draws):
        """A step from t to t: the predictor's part of it moves nothing, what remains is the corrector."""
        if handle.unit.target.__name__ != "PCSampler":
            raise Absent("no corrector")
        handle.made.denoiser.begin(build_oracle(oracle), 1.0, 0.0)
        handle.made.denoiser.next()
        time = handle.tensor(t)
        with handle.controlled(Draws(**draws)), torch.no_grad(), inside("call"):
            return {"x": flat(handle.made.step(handle.tensor(as_numpy(x), 1, -1), time, time))}
