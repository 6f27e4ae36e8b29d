"""Which configurations of a class are tried: its options and their values, and the constructor arguments they stand for."""

import inspect

import numpy

from ..options import Option
from .diffusers_source import parameters_of, reads, takes_lists

#: Domains of numeric options; a value list where only some make sense. Defaults come from the signature.
NUMERIC = {
    "num_train_timesteps": [1000, 25, 100],
    "beta_start": (1e-5, 1e-3, "log"),
    "beta_end": (5e-3, 3e-2, "log"),
    "clip_sample_range": (1.0, 2.0, "linear"),
    "dynamic_thresholding_ratio": (0.9, 1.0, "linear"),
    "sample_max_value": (1.0, 3.0, "linear"),
    "steps_offset": [0, 1],
    "trained_betas": [None, "ramp"],
    "snr_shift_scale": (1.0, 4.0, "linear"),
    "sigma_min": (2e-3, 1e-1, "log"),
    "sigma_max": (20.0, 100.0, "log"),
    "sigma_data": (0.3, 1.2, "linear"),
    "rho": (3.0, 9.0, "linear"),
    "shift": (0.5, 6.0, "log"),
    "flow_shift": (0.5, 6.0, "log"),
    "shift_terminal": [None, 0.1],
    "lambda_min_clipped": [-float("inf"), -3.0],
    "original_inference_steps": [50, 25],
    "scaler": [1.0, 0.5, 2.0],
    "s": (0.004, 0.02, "log"),
    "beta_min": (0.05, 0.2, "linear"),
    "beta_max": (10.0, 20.0, "linear"),
    "eta": [0.0, 0.5, 1.0],
    "noise_sampler_seed": [None, 7],
    "tau_func": [None, "zero", "one"],
    "disable_corrector": [[], [0]],
    "predictor_order": [2, 1, 3],
    "corrector_order": [2, 1, 3],
    "solver_order": [2, 1, 3],
    "variance_type": None,
}

#: Values of options whose docstrings name none in some releases. Those count that the class's own code names.
SPELT = {
    "beta_schedule": ("linear", "scaled_linear", "squaredcos_cap_v2"),
    "timestep_spacing": ("linspace", "leading", "trailing"),
    "timestep_type": ("discrete", "continuous"),
}

#: Numbers that name a method rather than measure something.
ENUMERATED = ("solver_order", "predictor_order", "corrector_order", "steps_offset")

RAMP = (1e-4, 0.03)


def ramp(count):
    """The betas given to `trained_betas`: not a schedule the library knows."""
    return [RAMP[0] + (RAMP[1] - RAMP[0]) * (k / max(count - 1, 1)) ** 1.5 for k in range(count)]


class Configurations:
    """Options of a family's classes; a family says which make sense."""

    #: Options that calls take, beside the constructor's: (name, values or numeric domain, stage).
    call_options = ()
    steps = [10, 1, 2, 3, 7, "T-1", "T"]
    #: Kinds of explicit grids that `explicit` can make.
    grids = ("timesteps", "sigmas")
    #: Constructor parameters that do not touch the mathematics judged here.
    skip = ("base_shift", "max_shift", "base_image_seq_len", "max_image_seq_len", "solver_p", "scale_factors", "upscale_mode", "s_noise", "tensor_format")

    def options(self, cls, introspect):
        numeric = {name: domain for name, domain in NUMERIC.items() if domain is not None}
        found, left = introspect(cls, numeric=numeric, skip=self.skip)
        # What has no value but its default is not tried, and the report says so.
        left += [option.name for option in found if self.useless(option)]
        found = [option for option in found if not self.useless(option)]
        for name in sorted(set(SPELT) & set(parameters_of(cls.__init__)) - {option.name for option in found}):
            used = [value for value in SPELT[name] if reads(cls, '"%s"' % value)]
            if len(used) > 1:
                found.append(Option(name, used, self.default(cls, name, used[0]), source="code"))
                left = [other for other in left if other != name]
        for option in found:
            if option.name in ENUMERATED:
                option.kind = "choice"
        found += self.more_options(cls)
        return found, left

    def useless(self, option):
        return len(option.values) < 2 and option.drawn is None

    def more_options(self, cls):
        # As many steps as the chain is long only where the chain can be made short.
        short = "num_train_timesteps" in parameters_of(cls.__init__)
        steps = [steps for steps in self.steps if short or not isinstance(steps, str)]
        extra = [Option("steps", steps, steps[0], kind="integer", stage="setup")]
        accepted = inspect.signature(cls.set_timesteps).parameters if hasattr(cls, "set_timesteps") else {}
        grids = ["count"] + [name for name in ("timesteps", "sigmas") if name in accepted and name in self.grids]
        if len(grids) > 1:
            extra.append(Option("grid", grids, "count", stage="setup"))
        for option in self.call_options:
            extra.append(option)
        return extra

    def excluded(self, options):
        """Combinations left out because they only cost time: T steps of the longer chains."""
        names = {option.name for option in options}
        if "num_train_timesteps" not in names:
            return []
        return [({"steps": many, "num_train_timesteps": T}, "as many steps on a shorter chain show the same") for many in ("T", "T-1") for T in (1000, 100)]

    def arguments(self, cls, config):
        """Constructor arguments of a configuration."""
        parameters = parameters_of(cls.__init__)
        made = {name: value for name, value in config.items() if name in parameters and name not in self.call_names()}
        if made.get("trained_betas") == "ramp":
            count = int(made.get("num_train_timesteps", self.default(cls, "num_train_timesteps", 1000)))
            made["trained_betas"] = ramp(count) if takes_lists(parameters["trained_betas"]) else numpy.asarray(ramp(count))
        if isinstance(made.get("tau_func"), str):
            made["tau_func"] = {"zero": lambda t: 0, "one": lambda t: 1}[made["tau_func"]]
        return made

    def call_names(self):
        return {option.name for option in self.call_options}

    def default(self, cls, name, fallback):
        parameter = parameters_of(cls.__init__).get(name)
        return fallback if parameter is None or parameter.default is inspect.Parameter.empty else parameter.default
