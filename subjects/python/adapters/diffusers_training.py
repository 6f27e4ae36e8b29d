"""diffusers.training_utils: the signal-to-noise ratio and the loss weights of the training scripts."""

import importlib
import inspect

import numpy
import torch

from ..adapter import Absent, Unit, inside
from ..interception import Draws
from ..options import Option
from ..tensors import as_numpy
from .diffusers_family import Handle
from .diffusers_results import _flat
from .diffusers_tables import Table


class Training(Table):
    """compute_snr on a DDPM chain; SD3 weights on σ of the straight path."""

    methods = ("facts", "levels", "snr", "weight")

    def __init__(self):
        try:
            self.utils = importlib.import_module("diffusers.training_utils")
        except Exception:
            self.utils = None

    def unit(self):
        if self.utils is None or not hasattr(self.utils, "compute_snr"):
            return None
        options = [
            Option("beta_schedule", ["linear", "scaled_linear", "squaredcos_cap_v2"], "linear"),
            Option("num_train_timesteps", [1000, 25, 100], 1000, kind="integer"),
        ]
        unit = Unit("training_utils", self.utils.compute_snr, options, notes=["as Training"])
        unit.excluded = []
        return unit

    def make(self, unit, config, arithmetic):
        from diffusers import DDPMScheduler

        handle = Handle(self, Unit(unit.name, DDPMScheduler), config, arithmetic, None)
        with self.control(arithmetic, Draws(), DDPMScheduler), inside("construct"):
            handle.s = DDPMScheduler(**config)
        return handle

    def modules(self, cls):
        return [*super().modules(cls), self.utils]

    def copy(self, handle):
        return handle

    def facts(self, handle):
        facts = Table.facts(self, handle)
        facts["sampler"] = None
        facts["output"] = "eps"
        return facts

    def snr(self, handle, t):
        times = torch.from_numpy(as_numpy(t).astype(numpy.int64).ravel())
        with handle.controlled(), inside("call"):
            return {"value": _flat(self.utils.compute_snr(handle.s, times))}

    def weight(self, handle, name, kind, t, gamma):
        if name != "sd3-sigma-sqrt" or not hasattr(self.utils, "compute_loss_weighting_for_sd3"):
            raise Absent("no weight %s" % name)
        accepted = inspect.signature(self.utils.compute_loss_weighting_for_sd3).parameters
        if "sigmas" not in accepted:
            raise Absent("weights take no sigmas")
        level = torch.from_numpy(as_numpy(t).astype(float).ravel()).to(handle.dtype)
        with handle.controlled(), inside("call"):
            return {"value": _flat(self.utils.compute_loss_weighting_for_sd3("sigma_sqrt", level))}


__all__ = ["Training"]
