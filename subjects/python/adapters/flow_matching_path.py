"""Schedulers of flow_matching seen through an affine path: levels, rates, samples, velocities, conversions, inverse."""

import functools
import inspect
import sys

import numpy
import torch

from flow_matching.path import AffineProbPath
from flow_matching.path import scheduler as schedulers

from ..adapter import Absent, inside
from ..options import Option
from ..oracles import oracle as build_oracle
from ..tensors import as_numpy
from .tensor_handle import TensorHandle, flat

#: Domains of constructor arguments.
NUMERIC = {
    "n": [2, 1, 3, 1.5],
    "beta_min": (0.05, 0.2, "linear"),
    "beta_max": (10.0, 20.0, "linear"),
}

#: What a model predicts, by the library's word for it. The velocity is data minus noise on the straight path only.
OUTPUTS = {"velocity": "data-minus-noise", "target": "x0", "epsilon": "eps"}
PREDICTIONS = {kind: word for word, kind in OUTPUTS.items()}

#: The library's argument for the value that a conversion starts from.
ARGUMENTS = {"velocity": "velocity", "target": "x_1", "epsilon": "epsilon"}

#: Relation between alpha and sigma that a class is named for; convex ones add up to 1.
SCALES = {"VPScheduler": "vp", "LinearVPScheduler": "vp", "CosineScheduler": "vp"}


def scheduler_classes():
    """Every scheduler that can be made, by name."""
    found = {name: getattr(schedulers, name) for name in dir(schedulers)}
    return {
        name: value
        for name, value in found.items()
        if inspect.isclass(value) and issubclass(value, schedulers.Scheduler) and not inspect.isabstract(value)
    }


def made_scheduler(cls, config):
    """A scheduler with the constructor arguments of a configuration; a required number is the first of its values."""
    given = {}
    for name, parameter in list(inspect.signature(cls.__init__).parameters.items())[1:]:
        if name in config:
            given[name] = config[name]
        elif name in NUMERIC and parameter.default is inspect.Parameter.empty:
            given[name] = NUMERIC[name][0]
    return cls(**given)


def scale_of(scheduler):
    return "flow" if isinstance(scheduler, schedulers.ConvexScheduler) else SCALES.get(type(scheduler).__name__, "free")


def declared(scheduler):
    """What the numbers of a path mean: data at t = 1, alpha multiplies them."""
    return {
        "time": {"kind": "interval", "first": 0.0, "last": 1.0, "clean": "last"},
        "level": "alpha-sigma",
        "scale": scale_of(scheduler),
    }


def converted(path, start, end, value, x, t):
    """path.<start>_to_<end>; the value itself where they are the same."""
    if start == end:
        return value
    return getattr(path, "%s_to_%s" % (start, end))(**{ARGUMENTS[start]: value, "x_t": x, "t": t})


@functools.lru_cache(maxsize=None)
def modules():
    """The modules whose arithmetic is promoted: the library's own and those of its ODE methods."""
    return [module for name, module in sys.modules.items() if name.split(".")[0] in ("flow_matching", "torchdiffeq") and "torch" in vars(module)]


class Handle(TensorHandle):
    modules = staticmethod(modules)

    def __init__(self, family, unit, config, arithmetic):
        super().__init__(family, unit, config, arithmetic)
        self.path = None

    def scheduled(self, times, scheduler=None):
        """alpha, sigma and their derivatives as published, float64."""
        with self.controlled(), inside("call"):
            found = (scheduler or self.path.scheduler)(self.tensor(times))
        return tuple(flat(v) for v in (found.alpha_t, found.sigma_t, found.d_alpha_t, found.d_sigma_t))


class Path:
    """AffineProbPath over one scheduler."""

    methods = ("facts", "levels", "rates", "sample", "velocity", "convert", "inverse", "drift")
    options = (
        Option("prediction", ["target", "epsilon"], "target"),
        # Straight from one prediction to the other, or first to the velocity and from there.
        Option("route", ["direct", "velocity"], "direct"),
    )
    excluded = ()

    def make(self, unit, config, arithmetic):
        handle = Handle(self, unit, config, arithmetic)
        with handle.controlled(), inside("construct"):
            handle.path = self.path(unit, config)
        return handle

    def path(self, unit, config):
        return AffineProbPath(made_scheduler(unit.target, config))

    def facts(self, handle):
        return {**declared(handle.path.scheduler), "output": OUTPUTS[handle.option("prediction")]}

    def levels(self, handle, t):
        alpha, sigma, _, _ = handle.scheduled(as_numpy(t).ravel())
        return {"alpha": alpha, "sigma": sigma}

    def rates(self, handle, t):
        """As published, against the library's time."""
        _, _, alpha, sigma = handle.scheduled(as_numpy(t).ravel())
        return {"alphaRate": alpha, "sigmaRate": sigma}

    def sampled(self, handle, x0, noise, t):
        times = handle.tensor(as_numpy(t).ravel())
        data, source = (handle.tensor(as_numpy(v), len(times), -1) for v in (x0, noise))
        kept = data.clone(), source.clone()
        with handle.controlled(), inside("call"):
            # What the library calls x_0 is the noise, and x_1 the data.
            made = handle.path.sample(x_0=source, x_1=data, t=times)
        return made, bool(torch.equal(kept[0], data) and torch.equal(kept[1], source))

    def sample(self, handle, x0, noise, t, state=None):
        made, unchanged = self.sampled(handle, x0, noise, t)
        return {"xt": made.x_t.reshape(-1), "unchanged": unchanged}

    def velocity(self, handle, x0, noise, t):
        return {"value": flat(self.sampled(handle, x0, noise, t)[0].dx_t)}

    def convert(self, handle, source, target, value, xt, t):
        if source == target or source not in PREDICTIONS or target not in PREDICTIONS:
            raise Absent("no conversion from %s to %s" % (source, target))
        stops = [PREDICTIONS[source], PREDICTIONS[target]]
        if handle.option("route") == "velocity" and "velocity" not in stops:
            self.require_velocity(handle, t)
            stops.insert(1, "velocity")
        time = handle.tensor(as_numpy(t).ravel()[0])
        value, x = handle.tensor(as_numpy(value)), handle.tensor(as_numpy(xt))
        with handle.controlled(), inside("call"):
            for start, end in zip(stops, stops[1:]):
                value = converted(handle.path, start, end, value, x, time)
        return {"value": flat(value)}

    def require_velocity(self, handle, t):
        """Nothing can be read from a velocity that is infinite, or the same whatever data and noise are."""
        alpha, sigma, d_alpha, d_sigma = (float(v[0]) for v in handle.scheduled(as_numpy(t).ravel()))
        determinant = alpha * d_sigma - sigma * d_alpha
        if not numpy.isfinite(determinant) or determinant == 0:
            raise Absent("at alpha = %g, sigma = %g the velocity does not determine data and noise" % (alpha, sigma))

    def inverse(self, handle, kind, values):
        """snr_inverse: what the library calls the signal-to-noise ratio is alpha/sigma."""
        given = as_numpy(values).astype(float).ravel()
        ratio = 1 / given if kind == "sigma" else numpy.exp(given / 2)
        with handle.controlled(), inside("call"):
            return {"t": flat(handle.path.scheduler.snr_inverse(handle.tensor(ratio)))}

    def drift(self, handle, oracle, x, t, **rest):
        """The marginal velocity, from the exact prediction by the library's conversion."""
        if rest.get("lambda", 0) != 0:
            raise Absent("the flow is deterministic")
        state = as_numpy(x).astype(float).ravel()
        alpha, sigma, _, _ = handle.scheduled([t])
        kind = "epsilon" if handle.option("prediction") == "epsilon" else "target"
        p, q = (0.0, 1.0) if kind == "epsilon" else (1.0, 0.0)
        output = build_oracle(oracle)(state, alpha[0], sigma[0], p, q, 0)
        with handle.controlled(), inside("call"):
            value = converted(handle.path, kind, "velocity", handle.tensor(output), handle.tensor(state), handle.tensor(t))
        return {"drift": flat(value), "diffusion2": 0.0}


class CondOtPath(Path):
    """The path class that brings its own scheduler; its velocity is data minus noise."""

    options = (Option("prediction", ["velocity", "target", "epsilon"], "velocity"), Path.options[1])

    def path(self, unit, config):
        return unit.target()
