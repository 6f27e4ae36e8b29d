"""diffusers.training_utils: the signal-to-noise ratio and the loss weights of the training scripts.

The module imports models and pipelines, which takes as long as everything else together: it is imported by whoever asks it.
"""

import functools
import importlib
import importlib.util
import inspect

import numpy
import torch

from ..adapter import Absent, Unit, definitions, inside
from ..interception import Draws
from ..options import Option
from ..tensors import as_numpy
from . import diffusers_shims
from .diffusers_family import Handle
from .diffusers_results import _flat
from .diffusers_tables import Table

MODULE = "diffusers.training_utils"


class Training(Table):
    """compute_snr on a DDPM chain; SD3 weights on σ of the straight path."""

    methods = ("facts", "levels", "snr", "weight")

    @functools.cached_property
    def utils(self):
        with diffusers_shims.light(compiler=True):
            return importlib.import_module(MODULE)

    def unit(self):
        found = importlib.util.find_spec(MODULE)
        if found is None or "compute_snr" not in definitions(found.origin):
            return None
        options = [
            Option("beta_schedule", ["linear", "scaled_linear", "squaredcos_cap_v2"], "linear"),
            Option("num_train_timesteps", [1000, 25, 100], 1000, kind="integer"),
        ]
        return Unit("training_utils", options=options, notes=["as Training"], place=(found.origin, "compute_snr"))

    def make(self, unit, config, arithmetic):
        from diffusers import DDPMScheduler

        try:
            self.utils  # noqa: B018
        except Exception as error:
            raise Absent("%s does not import: %s" % (MODULE, error)) from error
        handle = Handle(self, Unit(unit.name, DDPMScheduler), config, arithmetic, None)
        with self.control(arithmetic, Draws(), DDPMScheduler), inside("construct"):
            handle.s = DDPMScheduler(**config)
        return handle

    def modules(self, cls):
        return [*super().modules(cls), self.utils]

    def construction(self, config, arithmetic):
        return None

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
