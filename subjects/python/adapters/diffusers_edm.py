"""EDM preconditioning in σ: Euler, DPM-Solver, and the cosine one."""

import torch

from ..adapter import inside
from ..tensors import as_numpy
from .diffusers_results import _flat
from .diffusers_sigmas import BROWNIAN, SigmaGrid


class Edm(SigmaGrid):
    """EDM preconditioning in σ; times are ¼ log σ."""

    def output(self, handle):
        return {"epsilon": "edm", "v_prediction": "edm-v"}.get(self.value(handle, "prediction_type", "epsilon"))

    def facts(self, handle):
        facts = super().facts(handle)
        facts["gridForm"] = self.sigma_form(handle)
        return facts

    def sigma_form(self, handle):
        if handle.config.get("grid", "count") != "count":
            return None
        value = lambda name: float(self.value(handle, name))
        form = {"family": self.value(handle, "sigma_schedule"), "low": value("sigma_min"), "high": value("sigma_max")}
        if form["family"] == "karras":
            form["rho"] = value("rho")
        return form

    def clock(self, handle):
        return "none"

    sigmas_end = False

    def explicit(self, handle, s, kind):
        return torch.linspace(0, 1, max(2, self.count(handle)), dtype=torch.float64) ** 1.3

    def sampler(self, handle):
        facts = super().sampler(handle)
        if "solver_order" in handle.unit.target.__init__.__code__.co_varnames or self.value(handle, "solver_order") is not None:
            return self.multistep(handle)
        return facts

    def multistep(self, handle):
        stochastic = str(self.value(handle, "algorithm_type", "")).startswith("sde")
        order = int(self.value(handle, "solver_order", 2))
        midpoint = self.value(handle, "solver_type", "midpoint") == "midpoint"
        degree = 0 if order == 1 or (order == 2 and midpoint) else order - 1
        return {
            "noise": "marginal" if stochastic else "none",
            "order": None if stochastic else float(min(order, 2)),
            "exactOn": None if stochastic else {"prediction": "x0", "variable": "log-snr", "degree": float(degree)},
            "endsClean": self.ends_clean(handle),
        }

    def precondition(self, handle, sigma):
        s = handle.s
        values = self.tensor(handle, as_numpy(sigma))
        with handle.controlled(), inside("call"):
            cin = s.precondition_inputs(torch.ones_like(values), values)
            cskip = s.precondition_outputs(torch.ones_like(values), torch.zeros_like(values), values)
            cout = s.precondition_outputs(torch.zeros_like(values), torch.ones_like(values), values)
        sign = -1.0 if self.output(handle) == "edm-v" else 1.0
        return {"cin": _flat(cin), "cskip": _flat(cskip), "cout": sign * _flat(cout)}

    methods = SigmaGrid.methods + ("precondition",)


class EdmCosine(Edm):
    """Cosine DPM-Solver: always the SDE, Brownian noise, which torchsde draws in modules of its own."""

    borrows = ("diffusers.schedulers.scheduling_dpmsolver_sde", *BROWNIAN)

    def multistep(self, handle):
        return {"noise": "marginal", "order": None, "endsClean": self.ends_clean(handle)}
