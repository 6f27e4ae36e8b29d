"""DDIM, there and back, and what CogVideoX makes of it."""

import numpy

from ..options import Option
from .diffusers_source import parameters_of, reads
from .diffusers_tables import Table


class Ddim(Table):
    """DDIM: η and an optional noise argument."""

    call_options = (
        Option("eta", [0.0, 0.5, 1.0], 0.0, kind="number", stage="step"),
        Option("use_clipped_model_output", [False, True], False, stage="step"),
        Option("noise", ["internal", "argument"], "internal", stage="step"),
    )

    def sampler(self, handle, value):
        eta = float(handle.config.get("eta", 0.0))
        return {
            "noise": "none" if eta == 0 else "marginal",
            "eta": eta,
            "posterior": eta == 1.0,
            "order": 1.0 if eta == 0 else None,
            "exactOn": {"prediction": "x0", "variable": "log-snr", "degree": 0.0} if eta == 0 else None,
            "endsClean": self.ends_clean(handle),
        }

    def draws(self, handle):
        return float(handle.config.get("eta", 0.0)) != 0.0

    def step_arguments(self, handle, s, x):
        accepted = parameters_of(type(s).step)
        given = super().step_arguments(handle, s, x)
        return {name: value for name, value in given.items() if name in accepted}


class CogVideoXDdim(Table):
    """DDIM in ᾱ shifted by the SNR scale."""

    def facts(self, handle):
        facts = super().facts(handle)
        facts["form"] = None
        facts["clip"] = None
        return facts

    def tables(self, handle):
        return {"abar": self.abar(handle.s)}


class CogVideoXDpm(CogVideoXDdim):
    """Second-order SDE multistep; keeps the last data prediction outside the object."""

    def sampler(self, handle, value):
        return {"noise": "marginal", "order": None, "endsClean": self.ends_clean(handle)}

    def stepped(self, handle, s, output, t, x, k, memory):
        back = s.timesteps[k - 1] if k > 0 and "data" in memory else None
        result = s.step(output, memory.get("data"), t, back, x, return_dict=False)
        memory["data"] = result[1]
        return result[0], result[1]


class DdimInverse(Table):
    """DDIM backwards, from clean to noisy: its states are those of DDIM, clean data first."""

    methods = ("facts", "levels", "tables", "grid", "run")

    def sampler(self, handle, value):
        return {"noise": "none", "order": 1.0, "inverse": True, "endsClean": False}

    def clock(self, handle):
        """A published time is that of the state a step leads to, not of the one it starts from."""
        return "none"

    def state_levels(self, handle):
        s = handle.s
        abar = self.abar(s)
        times = self.times(s)
        if reads(type(s).set_timesteps, "np.roll("):
            # Published times are those at which steps begin; the last state lies beyond them.
            last = times[-1] + self.trained(handle) // len(times)
            times = numpy.append(times[1:], self.trained(handle) - 1 if self.value(handle, "timestep_spacing") == "trailing" else last)
        first = 1.0 if self.value(handle, "set_alpha_to_one", self.value(handle, "set_alpha_to_zero", True)) else float(abar[0])
        return {"level": numpy.concatenate([[first], self.at(handle, abar, times)])}
