"""azula's samplers with exact denoisers.

One call of a run is one step of the sampler, which is what it returns; a step may ask the denoiser more than once. Each question is
answered at the level of the time that the sampler gives, with the output of that step.
"""

import inspect

import azula.denoise as denoise
import numpy
import torch

from ..adapter import Absent, inside
from ..interception import Draws
from ..options import Option
from ..oracles import oracle as build_oracle
from ..tensors import as_numpy
from .azula_claims import CLAIMS
from .azula_denoisers import schedule_option
from .azula_schedules import Family, Given, Handle, concrete, flat, schedule_classes

try:
    import azula.sample as sample
except ImportError:  # a release whose samplers need a package that is not there
    sample = None

try:
    from azula.guidance.repaint import RePaintSampler
except ImportError:
    RePaintSampler = None


def families():
    """(family, name, class) of every sampler that takes a denoiser and nothing else without a default; and of what draws their start."""
    if sample is None:
        return []
    found = [(Sampler(), name, cls) for name, cls in sorted(concrete(sample, "Sampler").items()) if "denoiser" in inspect.signature(cls.__init__).parameters]
    if RePaintSampler is not None:
        found.append((Inpainting(), "RePaintSampler", RePaintSampler))
    if "start" in inspect.signature(sample.Sampler.__init__).parameters:
        found.append((Start(), "Sampler", sample.Sampler))
    return found


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


# --- the start of a run --------------------------------------------------------------------------------------------------------


class Start(Family):
    """`init` draws the first state of a run; for one-point data that is noising at the time at which the sampler starts."""

    skip = ("start", "stop", "steps", "silent", "dtype", "device")

    def methods(self, target):
        return ("facts", "levels", "sample")

    def options(self, target):
        return (schedule_option(),)

    def make(self, unit, config, arithmetic):
        handle = Handle(self, unit, config, arithmetic)
        with handle.controlled(), inside("construct"):
            handle.schedule = schedule_classes()[handle.option("schedule")]()
        return handle

    def sample(self, handle, x0, noise, t, state=None):
        times = as_numpy(t).ravel()
        data = handle.tensor(as_numpy(x0), len(times), -1)
        kept = data.clone()
        accepted = inspect.signature(sample.Sampler.__init__).parameters
        named = {"dtype": handle.dtype} if "dtype" in accepted else {}
        made = []
        with handle.controlled(Given(as_numpy(noise))), torch.no_grad(), inside("call"):
            for time, mean in zip(times, data):
                sampler = sample.Sampler(start=float(time), steps=1, **named)
                sampler.denoiser = Exact(handle.schedule, handle.dtype)
                made.append(sampler.init(mean.shape, mean=mean, var=0 * mean[0], dtype=handle.dtype))
        return {"xt": torch.stack(made).reshape(-1), "unchanged": bool(torch.equal(kept, data))}


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
        """Constructor arguments of the sampler and of its bases."""
        bases = [base for base in handle.unit.target.__mro__ if issubclass(base, sample.Sampler)]
        accepted = {name for base in bases for name in inspect.signature(base.__init__).parameters}
        given = {name: value for name, value in handle.config.items() if name in accepted}
        given["steps"] = int(handle.option("steps"))
        if "silent" in accepted:
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


class Inpainting(Sampler):
    """Nothing is known of the data: the mask is empty."""

    skip = Sampler.skip + ("y", "mask")

    def options(self, target):
        return super().options(target) + (Option("eta", [0.0, 0.5, 1.0], 0.0, kind="number"),)

    def arguments(self, handle):
        return {**super().arguments(handle), "y": None, "mask": None}

    def walk(self, handle, x, *rest):
        handle.made.y = torch.zeros_like(x)
        handle.made.mask = torch.zeros_like(x, dtype=torch.bool)
        return super().walk(handle, x, *rest)
