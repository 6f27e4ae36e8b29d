"""What the families of bionemo-moco share: handles, noise schedules by name, options of constructors.

Import order matters to the library: its interpolants come first.
"""

import functools
import inspect
import sys

import torch

import bionemo.moco.interpolants as interpolants
from bionemo.moco.distributions.prior.continuous.gaussian import GaussianPrior
from bionemo.moco.distributions.prior.discrete.custom import DiscreteCustomPrior
from bionemo.moco.distributions.prior.discrete.mask import DiscreteMaskedPrior
from bionemo.moco.distributions.prior.discrete.uniform import DiscreteUniformPrior
from bionemo.moco.distributions.time.uniform import UniformTimeDistribution
from bionemo.moco.schedules.noise import continuous_noise_transforms, continuous_snr_transforms, discrete_noise_schedules
from bionemo.moco.schedules.noise.continuous_noise_transforms import ContinuousExpNoiseTransform

from ..adapter import inside
from ..branching import law_of
from ..options import Option, introspect
from .tensor_handle import TensorHandle, flat

#: Domains of the schedules' arguments.
NUMERIC = {
    "nu": [1.0, 2.0, 0.5],
    "s": (0.004, 0.016, "log"),
    "eps": (1e-4, 1e-2, "log"),
    "beta_start": (1e-4, 1e-2, "log"),
    "beta_end": (0.02, 0.2, "log"),
}

STEPS = Option("nsteps", [100, 10, 1000], 100, kind="integer")


def made_prior(kind, classes, dtype):
    if kind == "uniform":
        return DiscreteUniformPrior(num_classes=classes)
    if kind == "custom":
        weights = torch.arange(1, classes + 1, dtype=dtype)
        return DiscreteCustomPrior(prior_dist=weights / weights.sum(), num_classes=classes)
    return DiscreteMaskedPrior(num_classes=classes, mask_dim=1 if kind == "mask inside" else None)


def made_of(module, base):
    """Classes of a module that can be made, by name."""
    return {
        name: value
        for name, value in sorted(vars(module).items())
        if inspect.isclass(value) and issubclass(value, base) and not inspect.isabstract(value)
    }


CHAINS = made_of(discrete_noise_schedules, discrete_noise_schedules.DiscreteNoiseSchedule)
RATES = made_of(continuous_noise_transforms, ContinuousExpNoiseTransform)
RATIOS = made_of(continuous_snr_transforms, continuous_snr_transforms.ContinuousSNRTransform)


class GivenRates(ContinuousExpNoiseTransform):
    """A schedule of given numbers, one per batch entry, whatever the time."""

    def __init__(self, sigma, rate):
        super().__init__("diffusion")
        self.sigma, self.rate = sigma, rate

    def _calculate_sigma(self, t, device="cpu"):
        return self.sigma

    def d_dt_sigma(self, t, device="cpu"):
        return self.rate


def schedule_options(schedules):
    """The choice of a schedule, and the arguments that the schedules take; an argument that one lacks is not given to it."""
    options = {}
    for cls in schedules.values():
        for option in introspect(cls, numeric=NUMERIC, skip=("nsteps",))[0]:
            options.setdefault(option.name, option)
    return (Option("noise_schedule", list(schedules), next(iter(schedules))), *options.values())


def made_schedule(handle, schedules, **given):
    cls = schedules[handle.option("noise_schedule")]
    known = inspect.signature(cls.__init__).parameters
    return cls(**given, **{name: value for name, value in handle.config.items() if name in known and name not in given})


def foreign(schedules, options):
    """Combinations in which an argument goes to a schedule that has none of that name."""
    found = []
    for name, cls in schedules.items():
        known = inspect.signature(cls.__init__).parameters
        for option in options:
            if option.name not in known and option.name != "noise_schedule":
                found += [({"noise_schedule": name, option.name: value}, "%s has no %s" % (name, option.name)) for value in option.values[1:]]
    return found


def times(discrete, **given):
    return UniformTimeDistribution(discrete_time=discrete, **given)


@functools.lru_cache(maxsize=None)
def modules():
    """The library's modules, whose arithmetic is promoted."""
    return [module for name, module in sys.modules.items() if name.startswith("bionemo.moco") and "torch" in vars(module)]


class Handle(TensorHandle):
    modules = staticmethod(modules)

    def law(self, run, rows, classes, **more):
        """The law of what `run` draws. Shape (rows, classes)."""
        with inside("call"):
            return law_of(run, rows, classes, self.arithmetic, modules=modules(), **more)


class Family:
    """An interpolant and what it is made of; `build` makes it."""

    excluded = ()

    def make(self, unit, config, arithmetic):
        handle = Handle(self, unit, config, arithmetic)
        with handle.controlled(), inside("construct"):
            handle.made = self.build(handle)
        return handle
