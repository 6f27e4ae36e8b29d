"""Families on a grid of noise levels σ, one model call a step: Euler, LMS.

`sigmas` is published beside `timesteps`; states are x₀ + σε (variance exploding) or αx₀ + σ′ε with σ = σ′/α.
"""

import numpy
import torch

from ..adapter import Absent, inside
from ..tensors import as_numpy
from .diffusers_family import Family
from .diffusers_results import _data, _prev
from .diffusers_source import reads
from .diffusers_tables import OUTPUTS, beta_form


INSIDE = ("sigma_min", "sigma_max")


def grid_form(family, handle):
    """The textbook form of the σ grid, where an option chooses one."""
    s = handle.s
    value = lambda name, fallback=None: family.value(handle, name, fallback)
    if handle.config.get("grid", "count") != "count":
        return None
    names = (("use_karras_sigmas", "karras"), ("use_exponential_sigmas", "exponential"))
    family_name = next((name for option, name in names if value(option, False)), None)
    if family_name is None or value("use_flow_sigmas", False):
        return None
    training = family.training_sigmas(s)
    if training is None:
        return None
    low, high = family.grid_ends(handle, training)
    form = {"family": family_name, "low": low, "high": high}
    if family_name == "karras":
        form["rho"] = 7.0
    return form


#: Where Brownian noise is drawn.
BROWNIAN = tuple("torchsde._brownian." + name for name in ("brownian_base", "brownian_interval", "derived"))


class SigmaGrid(Family):
    """Variance exploding: Euler and its relatives."""

    level = "sigma-ve"
    methods = ("facts", "levels", "tables", "sample", "grid", "run", "convert", "target")
    #: Whether the last σ is 0 whatever the options say.
    final_zero = True

    def facts(self, handle):
        return {
            "time": {"kind": "list", "times": numpy.unique(self.times(handle.s)), "clean": "first"},
            "level": self.level_kind(handle),
            "output": self.output(handle),
            "clip": self.clip(handle),
            "form": beta_form(self, handle),
            "gridForm": grid_form(self, handle),
            "sigmaData": self.value(handle, "sigma_data"),
            "sampler": self.sampler(handle),
        }

    def options(self, cls, introspect):
        found, left = super().options(cls, introspect)
        for option in found:
            # Ends of the grid make sense inside the range that was trained, which other options decide.
            if option.name in INSIDE and option.default is None:
                option.values, option.drawn, option.kind = [None, "inside"], None, "choice"
        return found, left

    def arguments(self, cls, config):
        made = super().arguments(cls, config)
        moved = [name for name in INSIDE if made.get(name) == "inside"]
        if moved:
            plain = cls(**{name: value for name, value in made.items() if name not in moved})
            made.update({name: self.inside(plain, name) for name in moved})
        return made

    def inside(self, s, name):
        training = self.training_sigmas(s)
        return float(training.min() * 1.5 if name == "sigma_min" else training.max() * 0.7)

    def value(self, handle, name, fallback=None):
        value = super().value(handle, name, fallback)
        return self.inside(handle.s, name) if value == "inside" else value

    def level_kind(self, handle):
        return self.level

    def output(self, handle):
        return OUTPUTS.get(self.value(handle, "prediction_type", "epsilon"))

    def clip(self, handle):
        if self.value(handle, "thresholding", False):
            return 1.0
        return float(self.value(handle, "clip_sample_range", 1.0)) if self.value(handle, "clip_sample", False) else None

    def sampler(self, handle):
        return {
            "noise": "none",
            "order": 1.0,
            "exactOn": {"prediction": "x0", "variable": "log-snr", "degree": 0.0},
            "endsClean": self.ends_clean(handle),
        }

    def ends_clean(self, handle):
        return self.value(handle, "final_sigmas_type", "zero") == "zero"

    def grid_ends(self, handle, training):
        """σ range of an interpolated grid: that of the spaced grid it replaces, unless the options say otherwise."""
        low, high = self.value(handle, "sigma_min"), self.value(handle, "sigma_max")
        times = self.spaced(handle)
        spaced = numpy.interp(times, numpy.arange(len(training)), training)
        return float(low if low is not None else spaced[-1]), float(high if high is not None else spaced[0])

    def spaced(self, handle):
        """Times of the documented spacing with the asked number of steps, noisiest first."""
        total, n = self.trained(handle), self.count(handle)
        spacing = self.value(handle, "timestep_spacing", "linspace")
        if spacing == "linspace":
            return numpy.linspace(total - 1, 0, n) if n > 1 else numpy.array([0.0])
        if spacing == "leading":
            return numpy.arange(n)[::-1] * float(total // n) + float(self.value(handle, "steps_offset", 0))
        return numpy.round(numpy.arange(total, 0, -total / n)) - 1

    def sigmas(self, s):
        return numpy.asarray(s.sigmas, dtype=float).ravel()

    def levels(self, handle, t):
        """σ at published times."""
        s = handle.s
        sigmas = self.sigmas(s)
        return {"level": numpy.array([sigmas[self.place(s, value)] for value in as_numpy(t).ravel()])}

    def place(self, s, t):
        """Where the grid holds a time; of a repeated one the second place, which is what the library documents."""
        found = numpy.flatnonzero(self.times(s) == t)
        if len(found) == 0:
            raise Absent("time %r is not on the grid" % t)
        return int(found[1] if len(found) > 1 else found[0])

    def run(self, handle, *args, first=0, state="fresh", **rest):
        told = state == "started" and hasattr(handle.s, "set_begin_index")
        if first > 0 and not told and self.place(handle.s, self.times(handle.s)[first]) != first:
            raise Absent("of two equal times an object that is not told where to begin takes the second")
        return super().run(handle, *args, first=first, state=state, **rest)

    def position(self, s, t):
        """The nearest place; of a repeated time the one that `place` names."""
        times = self.times(s)
        return self.place(s, times[super().position(s, t)])

    def tables(self, handle):
        s = handle.s
        found = {}
        if hasattr(s, "alphas_cumprod"):
            found["abar"] = s.alphas_cumprod.detach().double().numpy()
            if hasattr(s, "betas") and not self.value(handle, "rescale_betas_zero_snr", False):
                found["beta"] = s.betas.detach().double().numpy()
        for name, key in (("alpha_t", "alpha_amplitude"), ("sigma_t", "sigma_amplitude"), ("lambda_t", "half_log_snr")):
            if hasattr(s, name):
                found[key] = getattr(s, name).detach().double().numpy()
        return found

    def state_levels(self, handle):
        s = handle.s
        return {"level": self.sigmas(s)[: len(self.times(s)) + 1]}

    def clock(self, handle):
        if self.training_sigmas(handle.s) is None or self.value(handle, "use_flow_sigmas", False):
            return "none"
        if self.value(handle, "timestep_type") == "continuous" and self.value(handle, "prediction_type") == "v_prediction":
            # Times are ¼ log σ.
            return "none"
        return "table"

    def grid(self, handle):
        answer = super().grid(handle)
        answer["rounded"] = self.rounds_times(handle)
        return answer

    def rounds_times(self, handle):
        """Interpolated grids of this class publish times rounded to indices."""
        return False

    def convert(self, handle, source, target, value, xt, t):
        """The data prediction that `step` reports for one output, at a time of the grid."""
        s = handle.s
        if target != "x0" or source != self.output(handle):
            raise Absent("no conversion from %s to %s" % (source, target))
        k = self.position(s, float(as_numpy(t).ravel()[0]))
        x = self.tensor(handle, as_numpy(xt))
        with handle.controlled(), inside("call"):
            self.scaled(s, x, s.timesteps[k])
            _, data = self.stepped(handle, s, self.tensor(handle, as_numpy(value)), s.timesteps[k], x, k, {})
        if data is None:
            raise Absent("step reports no data prediction")
        return {"value": data}


class EulerAncestral(SigmaGrid):
    def sampler(self, handle):
        return {"noise": "marginal", "eta": 1.0, "posterior": True, "endsClean": True}


class Lms(SigmaGrid):
    """Linear multistep in σ, order 4 after warm-up."""

    def sampler(self, handle):
        # The first step is of order one, so no more than two can be claimed without exact history.
        # The last step is a multistep one as well.
        return {"noise": "none", "order": 2.0, "endsClean": True, "endsOnPrediction": False}

    def as_times(self, s, times):
        if reads(type(s).add_noise, "self.sigmas[timesteps]"):
            times = [self.place(s, value) for value in times]
            return torch.as_tensor(times)
        return super().as_times(s, times)

    def stepped(self, handle, s, output, t, x, k, memory):
        if reads(type(s).step, "self.sigmas[timestep]"):
            # Early releases take the index of the step, not the time.
            t = k
        result = s.step(output, t, x)
        return _prev(result), _data(result)

    def scaled(self, s, x, t):
        return s.scale_model_input(x, t) if hasattr(s, "scale_model_input") else x
