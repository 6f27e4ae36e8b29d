"""Consistency models: those of Song et al., the decoder of DALL·E 3, TrigFlow."""

import numpy
import torch

from ..adapter import inside
from ..tensors import as_numpy
from .diffusers_family import Family
from .diffusers_results import _flat
from .diffusers_sigmas import SigmaGrid
from .diffusers_tables import Table


class ConsistencyModel(SigmaGrid):
    """Consistency model steps in σ: data, then noise up to the next σ. Ends at σ_min."""

    steps = [3, 1, 2, 5]
    methods = ("facts", "levels", "sample", "grid", "run", "precondition", "boundary")
    grids = ("timesteps",)

    def output(self, handle):
        return None

    def facts(self, handle):
        facts = super().facts(handle)
        facts["form"] = None
        facts["clip"] = 1.0 if self.value(handle, "clip_denoised", True) else None
        return facts

    def trained(self, handle):
        return int(self.value(handle, "num_train_timesteps", 40))

    def clock(self, handle):
        return "none"

    def sampler(self, handle):
        return {"noise": "other", "exactOnConstants": False, "renoises": True, "endsClean": False}

    def state_levels(self, handle):
        return {"level": self.sigmas(handle.s)[: len(self.times(handle.s)) + 1]}

    def precondition(self, handle, sigma):
        values = torch.from_numpy(as_numpy(sigma).astype(float)).to(handle.dtype)
        with handle.controlled(), inside("call"):
            cskip, cout = handle.s.get_scalings(values)
        return {"cskip": _flat(cskip), "cout": _flat(cout)}

    def boundary(self, handle):
        """The least noise level is the last of the grid, which the documentation says is sigma_min."""
        with handle.controlled(), inside("call"):
            cskip, cout = handle.s.get_scalings_for_boundary_condition(handle.s.sigmas[-1])
        return {"cskip": float(cskip), "cout": float(cout)}


class ConsistencyDecoder(Table):
    """Two fixed steps with EDM-like boundary coefficients in ᾱ."""

    steps = [2]
    methods = ("facts", "levels", "grid", "run")

    def abar(self, s):
        return s.sqrt_alphas_cumprod.detach().double().numpy() ** 2

    def trained(self, handle):
        return int(self.value(handle, "num_train_timesteps", 1024))

    def options(self, cls, introspect):
        found, left = super().options(cls, introspect)
        return [option for option in found if option.name != "num_train_timesteps"], left + ["num_train_timesteps"]

    def facts(self, handle):
        facts = super().facts(handle)
        facts.update(output=None, clip=None, form=None)
        return facts

    def sampler(self, handle, value):
        return {"noise": "marginal", "exactOnConstants": False, "renoises": True, "endsClean": True}

    def ends_clean(self, handle):
        return True


class TrigFlow(Family):
    """x = cos t·x₀ + sin t·z with z of standard deviation σ_data; the model predicts cos t·z − sin t·x₀."""

    steps = [10, 1, 2, 3, 7]
    methods = ("facts", "levels", "grid", "run")
    grids = ("timesteps",)
    spare = 1

    def asked(self, handle):
        # Explicit times are as many as were asked for, one included.
        return self.count(handle)

    def setup(self, handle, s):
        n = self.count(handle)
        if handle.config.get("grid", "count") == "timesteps":
            times = [1.5 * (1 - (k / n) ** 1.3) for k in range(n)] + [0.0]
            s.set_timesteps(n, timesteps=times, max_timesteps=None, intermediate_timesteps=None)
        else:
            s.set_timesteps(n, intermediate_timesteps=1.3 if n == 2 else None)

    def scale(self, handle):
        return float(self.value(handle, "sigma_data", 0.5))

    def facts(self, handle):
        return {
            "time": {"kind": "interval", "first": 0.0, "last": 1.5708, "clean": "first"},
            "level": "alpha-sigma",
            "output": "trigflow",
            "sigmaData": self.scale(handle),
            "sampler": {"noise": "marginal", "renoises": True, "endsClean": True},
        }

    def options(self, cls, introspect):
        found, left = super().options(cls, introspect)
        return [option for option in found if option.name != "num_train_timesteps"], left

    def numeric_levels(self, handle, t):
        return {"alpha": numpy.cos(t), "sigma": self.scale(handle) * numpy.sin(t)}

    def levels(self, handle, t):
        return self.numeric_levels(handle, as_numpy(t).astype(float).ravel())

    def state_levels(self, handle):
        return self.numeric_levels(handle, self.published(handle.s))
