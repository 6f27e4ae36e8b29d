"""Families on a grid of noise levels σ: Euler, Heun, KDPM2, LMS, the DPM-Solver family, DEIS, UniPC, SA, EDM.

`sigmas` is published beside `timesteps`; states are x₀ + σε (variance exploding) or αx₀ + σ′ε with σ = σ′/α.
"""

import numpy
import torch

from ..adapter import Absent, inside
from ..tensors import as_numpy
from .diffusers_family import Family, _data, _flat, _prev, parameters_of, reads
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

    def target(self, handle, kind, x0, noise, t):
        s = handle.s
        if kind != "v" or not hasattr(s, "get_velocity"):
            raise Absent("no target of kind %s" % kind)
        times = as_numpy(t).ravel()
        x0, noise = self.tensor(handle, as_numpy(x0), len(times)), self.tensor(handle, as_numpy(noise), len(times))
        with handle.controlled(), inside("call"):
            return {"value": s.get_velocity(x0, noise, self.as_times(s, times))}


class EulerAncestral(SigmaGrid):
    def sampler(self, handle):
        return {"noise": "marginal", "eta": 1.0, "posterior": True, "endsClean": True}


class Heun(SigmaGrid):
    """Two model calls per interval; both leave the state at the next σ, so sigmas after the first are published twice."""

    def sampler(self, handle):
        return {"noise": "none", "order": 2.0, "stages": 2.0, "endsClean": True}

    def state_levels(self, handle):
        return {"level": self.sigmas(handle.s)[: len(self.times(handle.s)) + 1] if self.repeated(handle) else self.interleaved(handle)}

    def repeated(self, handle):
        return True

    def interleaved(self, handle):
        raise NotImplementedError

    def levels(self, handle, t):
        s = handle.s
        levels = self.state_levels(handle)["level"]
        return {"level": numpy.array([levels[self.place(s, value)] for value in as_numpy(t).ravel()])}


class Kdpm2(Heun):
    """The first call of a pair lands at the geometric mean of two σ, the second at the next σ."""

    #: Where the state after the first call lies in `sigmas_interpol`.
    def repeated(self, handle):
        return False

    def interleaved(self, handle):
        s = handle.s
        sigmas = self.sigmas(s)
        middle = numpy.asarray(s.sigmas_interpol, dtype=float).ravel()
        levels = [sigmas[0]]
        for k in range(len(self.times(s))):
            levels.append(self.after(k, sigmas, middle))
        return numpy.array(levels)

    def after(self, k, sigmas, middle):
        # Even calls are first stages: they go to the interpolated σ, except the last, which goes to 0.
        if k % 2 == 0:
            return middle[k + 1] if k + 1 < len(sigmas) - 1 else sigmas[k + 1]
        return sigmas[k]

    def rounds_times(self, handle):
        return bool(self.value(handle, "use_karras_sigmas", False))


class Kdpm2Ancestral(Kdpm2):
    def sampler(self, handle):
        return {"noise": "marginal", "stages": 2.0, "endsClean": True, "order": None}

    def after(self, k, sigmas, middle):
        if k % 2 == 0:
            return middle[k] if k + 1 < len(sigmas) - 1 else sigmas[k + 1]
        return sigmas[k]


class DpmSde(Heun):
    """Two-stage SDE solver with Brownian noise, which torchsde draws in modules of its own; the first stage lands at the
    geometric mean, with noise of that level."""

    borrows = BROWNIAN

    def sampler(self, handle):
        return {"noise": "marginal", "stages": 2.0, "endsClean": True, "order": None}

    def repeated(self, handle):
        return False

    def interleaved(self, handle):
        s = handle.s
        sigmas = self.sigmas(s)
        levels = [sigmas[0]]
        for k in range(len(self.times(s))):
            if k % 2 == 0 and sigmas[k + 1] > 0:
                levels.append(float(numpy.sqrt(sigmas[k] * sigmas[k + 1])))
            else:
                levels.append(sigmas[k + 1] if k % 2 == 0 else sigmas[k])
        return numpy.array(levels)


class Lms(SigmaGrid):
    """Linear multistep in σ, order 4 after warm-up."""

    def sampler(self, handle):
        # The first step is of order one, so no more than two can be claimed without exact history.
        return {"noise": "none", "order": 2.0, "endsClean": True}

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

    def sampler(self, handle):
        stochastic = str(self.value(handle, "algorithm_type", "")).startswith("sde")
        order = int(self.value(handle, "solver_order", 1))
        return {
            "noise": "marginal" if stochastic else "none",
            "eta": 1.0 if stochastic and order == 1 else None,
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
    from ..options import Option as _Option

    call_options = (_Option("noise", ["internal", "argument"], "internal", stage="step"),)

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
        return {"noise": "none" if still else "marginal", "order": None, "endsClean": self.ends_clean(handle)}


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
