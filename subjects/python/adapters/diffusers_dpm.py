"""Solvers in log SNR, on σ/α of a variance-preserving process or on the straight path: DPM-Solver, UniPC, DEIS, SA."""

import numpy

from ..adapter import Absent, inside
from ..options import Option
from ..tensors import as_numpy
from .diffusers_sigmas import INSIDE, SigmaGrid
from .diffusers_source import parameters_of, reads


class VpSigma(SigmaGrid):
    """σ/α of a variance-preserving process; with flow σ, the straight path."""

    level = "sigma-vp"

    def sigmas(self, s):
        if reads(type(s), "self.sigmas["):
            return super().sigmas(s)
        # Early releases look α and σ up by time; the last step goes to the first index.
        ratio = (s.sigma_t.double() / s.alpha_t.double()).numpy()
        return ratio[numpy.append(self.times(s).astype(int), self.last_index(s))]

    def last_index(self, s):
        return 0

    def level_kind(self, handle):
        return "sigma-flow" if self.value(handle, "use_flow_sigmas", False) else "sigma-vp"

    def output(self, handle):
        kind = super().output(handle)
        flow = self.level_kind(handle) == "sigma-flow"
        # v-prediction on the straight path, and flow prediction off it, have no documented meaning.
        if (kind == "v" and flow) or (kind == "noise-minus-data" and not flow):
            return None
        return kind

    def ends_clean(self, handle):
        if self.has("final_sigmas_type", handle):
            return self.value(handle, "final_sigmas_type") == "zero"
        # Where no option says otherwise, a grid called Karras' is Karras': σ_N = 0 follows σ_min.
        return bool(self.value(handle, "use_karras_sigmas", False)) and handle.config.get("grid", "count") == "count"

    def has(self, name, handle):
        return name in parameters_of(handle.unit.target.__init__)

    def grid_ends(self, handle, training):
        low, high = self.value(handle, "sigma_min"), self.value(handle, "sigma_max")
        return float(low if low is not None else training[0]), float(high if high is not None else training[-1])

    def rounds_times(self, handle):
        """Published times are integers; the levels of interpolated grids lie between them."""
        names = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas")
        return any(self.value(handle, name, False) for name in names)

    def stochastic(self, keeps_data):
        """What steps that add noise claim. With the noise prediction held constant they solve the reverse SDE of that prediction, whose
        noise is more than that of the next level."""
        return "marginal" if keeps_data else "other"

    def sampler(self, handle):
        algorithm = str(self.value(handle, "algorithm_type", ""))
        stochastic, keeps_data = algorithm.startswith("sde"), algorithm.endswith("++")
        order = int(self.value(handle, "solver_order", 1))
        return {
            "noise": self.stochastic(keeps_data) if stochastic else "none",
            "eta": 1.0 if stochastic and keeps_data and order == 1 else None,
            "order": None if stochastic else float(min(order, 2)),
            "exactOn": None if stochastic else self.exact(handle, order),
            "endsClean": self.ends_clean(handle),
        }

    def exact(self, handle, order):
        """Degree of the polynomial predictions in λ that the solver integrates exactly, and which prediction it keeps."""
        kept = "eps" if self.value(handle, "algorithm_type", "dpmsolver++") == "dpmsolver" else "x0"
        midpoint = self.value(handle, "solver_type", "midpoint") == "midpoint"
        degree = 0 if order == 1 or (order == 2 and midpoint) else order - 1
        return {"prediction": kept, "variable": "log-snr", "degree": float(degree)}

    def convert(self, handle, source, target, value, xt, t):
        s = handle.s
        kept = "eps" if str(self.value(handle, "algorithm_type", "dpmsolver++")).endswith("dpmsolver") else "x0"
        if self.value(handle, "algorithm_type") == "noise_prediction" or self.value(handle, "predict_x0", True) is False:
            kept = "eps"
        if self.value(handle, "algorithm_type") == "deis":
            kept = "eps"
        if source != self.output(handle) or target != kept or not hasattr(s, "convert_model_output"):
            raise Absent("no conversion from %s to %s" % (source, target))
        k = self.place(s, float(as_numpy(t).ravel()[0]))
        with handle.controlled(), inside("call"):
            given = {"sample": self.tensor(handle, as_numpy(xt))}
            if "timestep" in parameters_of(type(s).convert_model_output):
                given["timestep"] = s.timesteps[k]
            else:
                s._step_index = k
            made = s.convert_model_output(self.tensor(handle, as_numpy(value)), **given)
        return {"value": made}

    def advance(self, handle, s, x, k, model, levels, call, variance, memory):
        learned = self.value(handle, "variance_type") in ("learned", "learned_range")
        if learned and x.shape[1] != 3:
            # The classes cut the output after three channels.
            raise Absent("a learned variance takes samples of three channels")
        return super().advance(handle, s, x, k, model, levels, call, 0.25 if learned else variance, memory)


class DpmMultistep(VpSigma):
    call_options = (Option("noise", ["internal", "argument"], "internal", stage="step"),)

    def step_arguments(self, handle, s, x):
        given = super().step_arguments(handle, s, x)
        accepted = parameters_of(type(s).step)
        if not str(self.value(handle, "algorithm_type", "")).startswith("sde"):
            given.pop("variance_noise", None)
        return {name: value for name, value in given.items() if name in accepted}


class DpmInverse(DpmMultistep):
    """Runs from clean to noisy."""

    call_options = ()

    def last_index(self, s):
        return int(s.noisiest_timestep)

    def sampler(self, handle):
        facts = super().sampler(handle)
        facts.update(inverse=True, endsClean=False)
        return facts


class Singlestep(VpSigma):
    """Each block of `solver_order` calls starts from the same state; inner states lie at the σ of the grid."""

    def sampler(self, handle):
        facts = super().sampler(handle)
        if int(self.value(handle, "solver_order", 2)) > 1 and facts["noise"] == "marginal":
            facts["noise"] = "marginal"
        return facts


class UniPc(VpSigma):
    #: The class appends the last level itself.
    sigmas_end = False

    def explicit(self, handle, s, kind):
        """Levels are taken on the straight path only: from 1 downwards."""
        n = max(2, min(self.count(handle), 12))
        return [1 - (k / n) ** 1.3 for k in range(n)]

    def excluded(self, options):
        names = {option.name: option for option in options}
        both = [end for end in INSIDE if end in names and "sigmas" in getattr(names.get("grid"), "values", ())]
        why = "explicit levels end where they end: what another end means beside them is not documented"
        return super().excluded(options) + [({"grid": "sigmas", end: "inside"}, why) for end in both]

    def sampler(self, handle):
        order = int(self.value(handle, "solver_order", 2))
        return {"noise": "none", "order": float(min(order, 2)), "endsClean": self.ends_clean(handle)}

    def setup_arguments(self, handle):
        return {"mu": 0.8} if self.value(handle, "use_dynamic_shifting", False) else {}


class Deis(VpSigma):
    def sampler(self, handle):
        order = int(self.value(handle, "solver_order", 2))
        return {
            "noise": "none",
            "order": float(min(order, 2)),
            "exactOn": None,
            "endsClean": self.ends_clean(handle),
        }


class Sa(VpSigma):
    """Stochastic Adams; τ = 0 makes it deterministic."""

    def sampler(self, handle):
        still = self.value(handle, "tau_func") == "zero"
        noise = "none" if still else self.stochastic(self.value(handle, "algorithm_type") == "data_prediction")
        return {"noise": noise, "order": None, "endsClean": self.ends_clean(handle)}

    def sample(self, handle, *args, **rest):
        if self.rounds_times(handle) and self.level_kind(handle) != "sigma-flow":
            raise Absent("noising looks a rounded time up in the training table; the grid's level lies beside it")
        return super().sample(handle, *args, **rest)
