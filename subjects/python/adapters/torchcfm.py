"""torchcfm: conditional flow matchers, by their means, deviations and conditional flows.

Time runs from noise at 0 to data at 1. A matcher joins a source x_0 to data x_1; the source is standard normal here, and is the noise
of the path, except in TargetConditionalFlowMatcher, whose noise is the epsilon around its mean. What the others add around a pair,
epsilon times their sigma, is left at 0. The coupling of batches by optimal transport is left out: a pair is given.
"""

import functools
import inspect
import sys

import torch

import torchcfm.conditional_flow_matching as matching

from ..adapter import Families, Unit, inside
from ..options import Option
from ..tensors import as_numpy
from .tensor_handle import TensorHandle, flat

#: Standard deviation of what is added around a pair, or of the path's end.
SIGMA = {"sigma": [0.0, 0.1, 1.0]}
POSITIVE = {"sigma": [1.0, 0.1]}


def matchers():
    """Every matcher, by name."""
    root = matching.ConditionalFlowMatcher
    return {name: value for name, value in sorted(vars(matching).items()) if inspect.isclass(value) and issubclass(value, root)}


@functools.lru_cache(maxsize=None)
def modules():
    return [module for name, module in sys.modules.items() if name.split(".")[0] == "torchcfm" and "torch" in vars(module)]


class Handle(TensorHandle):
    modules = staticmethod(modules)

    def __init__(self, family, unit, config, arithmetic):
        super().__init__(family, unit, config, arithmetic)
        with self.controlled(), inside("construct"):
            accepted = inspect.signature(unit.target.__init__).parameters
            self.made = unit.target(**{name: value for name, value in config.items() if name in accepted})


class Matcher:
    """The source is the noise: the mean of the path is alpha·x_1 + sigma·x_0."""

    methods = ("facts", "levels", "rates", "sample", "velocity")
    numeric = SIGMA
    options = ()

    def make(self, unit, config, arithmetic):
        return Handle(self, unit, config, arithmetic)

    def facts(self, handle):
        trigonometric = hasattr(matching, "VariancePreservingConditionalFlowMatcher") and isinstance(
            handle.made, matching.VariancePreservingConditionalFlowMatcher
        )
        return {
            "time": {"kind": "interval", "first": 0.0, "last": 1.0, "clean": "last"},
            "level": "alpha-sigma",
            "scale": "vp" if trigonometric else "flow",
            "output": None if trigonometric else "data-minus-noise",
        }

    def pair(self, handle, data, noise):
        """x_0, x_1 and epsilon."""
        return noise, data, torch.zeros_like(data)

    def at(self, handle, data, noise, times):
        x0, x1, epsilon = self.pair(handle, data, noise)
        return handle.made.sample_xt(x0, x1, times, epsilon)

    def flow(self, handle, data, noise, times):
        x0, x1, _ = self.pair(handle, data, noise)
        return handle.made.compute_conditional_flow(x0, x1, times, self.at(handle, data, noise, times))

    def both(self, handle, t, quantity):
        """What the quantity is for data 1 and noise 0, and the other way round."""
        times = handle.tensor(as_numpy(t).ravel())
        one, nil = torch.ones_like(times)[:, None], torch.zeros_like(times)[:, None]
        with handle.controlled(), inside("call"):
            return flat(quantity(handle, one, nil, times)), flat(quantity(handle, nil, one, times))

    def levels(self, handle, t):
        alpha, sigma = self.both(handle, t, self.at)
        return {"alpha": alpha, "sigma": sigma}

    def rates(self, handle, t):
        """Conditional flows of a single datum, and of a single noise."""
        alpha, sigma = self.both(handle, t, self.flow)
        return {"alphaRate": alpha, "sigmaRate": sigma}

    def given(self, handle, x0, noise, t):
        times = handle.tensor(as_numpy(t).ravel())
        return (*(handle.tensor(as_numpy(v), len(times), -1) for v in (x0, noise)), times)

    def sample(self, handle, x0, noise, t, state=None):
        data, noise, times = self.given(handle, x0, noise, t)
        kept = data.clone(), noise.clone()
        with handle.controlled(), inside("call"):
            xt = self.at(handle, data, noise, times)
        return {"xt": xt.reshape(-1), "unchanged": bool(torch.equal(kept[0], data) and torch.equal(kept[1], noise))}

    def velocity(self, handle, x0, noise, t):
        with handle.controlled(), inside("call"):
            return {"value": flat(self.flow(handle, *self.given(handle, x0, noise, t)))}


class Target(Matcher):
    """The noise is epsilon: the mean is that of the data alone, and the deviation ends at the matcher's sigma."""

    def facts(self, handle):
        ends_clean = handle.made.sigma == 0
        return {**super().facts(handle), "scale": "flow" if ends_clean else "free", "output": "data-minus-noise" if ends_clean else None}

    def pair(self, handle, data, noise):
        return torch.zeros_like(data), data, noise


class Bridge(Matcher):
    """A deviation of 0 is refused. With `noise` on the bridge the source is a point, and the noise is epsilon: the path is a bridge
    from the point to the datum."""

    numeric = POSITIVE
    options = (Option("noise", ["source", "bridge"], "source", stage="step"),)

    def on_bridge(self, handle):
        return handle.config.get("noise") == "bridge"

    def facts(self, handle):
        facts = super().facts(handle)
        if not self.on_bridge(handle):
            return facts
        # At t = 0 there is neither data nor noise.
        return {**facts, "time": {**facts["time"], "first": 1 / 64}, "scale": "free", "output": None}

    def pair(self, handle, data, noise):
        return (torch.zeros_like(data), data, noise) if self.on_bridge(handle) else super().pair(handle, data, noise)


FAMILIES = {"TargetConditionalFlowMatcher": Target, "SchrodingerBridgeConditionalFlowMatcher": Bridge}


class Torchcfm(Families):
    name = "torchcfm"
    module = "torchcfm"
    arithmetics = ("promoted", "intercepted", "f32", "f64")

    def units(self):
        made = []
        for name, cls in matchers().items():
            family = self.families[name] = FAMILIES.get(name, Matcher)()
            # Methods of optimal transport couple batches.
            found, left = self.introspect(cls, numeric=family.numeric)
            made.append(Unit(name, cls, [*found, *family.options], left))
        return made

    def copy(self, handle):
        # Matchers keep nothing between calls.
        return handle
