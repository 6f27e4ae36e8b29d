"""Families whose states are variance preserving and whose times index a table of ᾱ: DDPM, PNDM, UnCLIP, RePaint, LCM, TCD."""

import numpy
import torch

from ..adapter import Absent, inside
from ..options import Option
from ..tensors import as_numpy
from .diffusers_family import Family
from .diffusers_results import _data, _flat, _prev
from .diffusers_source import parameters_of

OUTPUTS = {"epsilon": "eps", "sample": "x0", "v_prediction": "v", "flow_prediction": "noise-minus-data"}


def clip_of(config):
    """Largest |x̂₀| that clipping or thresholding leaves alone; None where both are off."""
    if config("thresholding", False):
        return 1.0
    if config("clip_sample", False):
        return float(config("clip_sample_range", 1.0))
    return None


def beta_form(family, handle):
    """The textbook form of the betas, where the class says which it uses."""
    value = lambda name, fallback=None: family.value(handle, name, fallback)
    schedule = value("beta_schedule", None)
    if schedule is None or value("trained_betas") is not None or value("rescale_betas_zero_snr", False):
        return None
    names = {"linear": "beta-linear", "scaled_linear": "beta-scaled-linear", "squaredcos_cap_v2": "beta-cosine", "sigmoid": "beta-sigmoid"}
    if schedule not in names:
        return None
    form = {"family": names[schedule], "T": float(family.trained(handle))}
    if schedule != "squaredcos_cap_v2":
        form.update(first=float(value("beta_start")), last=float(value("beta_end")))
    return form


def refinement(family, handle):
    """The options that make a linear chain longer and its steps smaller; None for other chains."""
    form = beta_form(family, handle)
    if form is None or form["family"] != "beta-linear":
        return None
    names = {"T": "num_train_timesteps", "first": "beta_start", "last": "beta_end"}
    return names if all(name in parameters_of(handle.unit.target.__init__) for name in names.values()) else None


class Table(Family):
    level = "abar"
    methods = ("facts", "levels", "tables", "sample", "grid", "run", "convert", "target")

    def abar(self, s):
        return s.alphas_cumprod.detach().double().numpy()

    def facts(self, handle):
        value = lambda name, fallback=None: self.value(handle, name, fallback)
        return {
            "time": {"kind": "index", "first": 0.0, "last": float(self.trained(handle) - 1), "clean": "first"},
            "level": "abar",
            "output": OUTPUTS.get(value("prediction_type", "epsilon")),
            "clip": clip_of(value),
            "form": beta_form(self, handle),
            "refine": refinement(self, handle),
            "sampler": self.sampler(handle, value),
        }

    def sampler(self, handle, value):
        return {"noise": "none", "eta": 0.0, "order": 1.0, "exactOn": None, "endsClean": self.ends_clean(handle)}

    def ends_clean(self, handle):
        return bool(self.value(handle, "set_alpha_to_one", True))

    def levels(self, handle, t):
        return {"level": self.abar(handle.s)[as_numpy(t).ravel().astype(int)]}

    def tables(self, handle):
        s = handle.s
        found = {"abar": self.abar(s)}
        if hasattr(s, "betas"):
            found["beta"] = s.betas.detach().double().numpy()
        if hasattr(s, "alphas"):
            found["alpha"] = s.alphas.detach().double().numpy()
        if self.value(handle, "rescale_betas_zero_snr", False):
            plain = self.unrescaled(handle)
            if plain is not None:
                found["unrescaled"] = plain
        return found

    def unrescaled(self, handle):
        """ᾱ of the same configuration without zero-terminal rescaling."""
        config = {**handle.config, "rescale_betas_zero_snr": False}
        return self.abar(self.make(handle.unit, config, handle.arithmetic).s)

    def state_levels(self, handle):
        """ᾱ at every published time, then the last: ᾱ of no noise, or of the first index where the class says so."""
        s = handle.s
        abar = self.abar(s)
        last = 1.0 if self.ends_clean(handle) else float(abar[0])
        return {"level": numpy.append(self.at(handle, abar, self.times(s)), last)}

    def at(self, handle, table, times):
        """Entries at published times. Where there is none, `step` says so itself, in its own words and at its own line."""
        index = times.astype(int)
        beyond = numpy.flatnonzero(index >= len(table))
        if len(beyond) > 0:
            k = min(int(beyond[0]), len(handle.s.timesteps) - 1)
            x = self.tensor(handle, numpy.zeros(6))
            with handle.controlled(), inside("call"):
                self.stepped(handle, self.copy(handle).s, x, handle.s.timesteps[k], x, k, {})
        return table[index]

    def as_times(self, s, times):
        return torch.as_tensor(numpy.asarray(times)).to(torch.int64)

    def convert(self, handle, source, target, value, xt, t):
        """The data prediction that `step` reports. Times on the grid only."""
        s = handle.s
        if target != "x0" or source != OUTPUTS.get(self.value(handle, "prediction_type", "epsilon")):
            raise Absent("no conversion from %s to %s" % (source, target))
        k = self.position(s, float(as_numpy(t).ravel()[0]))
        if self.times(s)[k] != as_numpy(t).ravel()[0]:
            raise Absent("step converts at times of its grid only")
        with handle.controlled(), inside("call"):
            _, data = self.stepped(handle, s, self.tensor(handle, as_numpy(value)), s.timesteps[k], self.tensor(handle, as_numpy(xt)), k, {})
        if data is None:
            raise Absent("step reports no data prediction")
        return {"value": data}


class Ancestral(Table):
    """DDPM: posterior mean, variance by type. Steps from any time of the grid."""

    def sampler(self, handle, value):
        kind = value("variance_type", "fixed_small")
        noise = {"fixed_small": "marginal", "fixed_small_log": "marginal", "fixed_large": "large", "fixed_large_log": "large"}
        return {
            "noise": noise.get(kind, "log-range" if kind == "learned_range" else "learned"),
            "eta": None,
            "posterior": True,
            "endsClean": True,
        }

    def ends_clean(self, handle):
        return True

    def stepped(self, handle, s, output, t, x, k, memory):
        return super().stepped(handle, s, self.widened(handle, output, x), t, x, k, memory)

    def widened(self, handle, output, x):
        """A model whose variance is learned answers twice the channels."""
        if self.value(handle, "variance_type") not in ("learned", "learned_range") or output.shape[1] != x.shape[1]:
            return output
        return torch.cat([output, torch.full_like(output, 0.25)], dim=1)


class Unclip(Ancestral):
    """As DDPM, but `step` is told the next time."""

    steps = [10, 2, 3, 7, "T-1", "T", 1]

    def facts(self, handle):
        facts = super().facts(handle)
        facts["form"] = {"family": "beta-cosine", "T": float(self.trained(handle))}
        return facts

    def stepped(self, handle, s, output, t, x, k, memory):
        following = s.timesteps[k + 1] if k + 1 < len(s.timesteps) else None
        result = s.step(self.widened(handle, output, x), t, x, prev_timestep=following)
        return _prev(result), _data(result)

    def sampler(self, handle, value):
        facts = super().sampler(handle, value)
        facts["noise"] = "log-range" if value("variance_type") == "learned_range" else "marginal"
        return facts


class Pndm(Table):
    """Runge-Kutta warm-up, then linear multistep; every state lies at the time of the model call that follows."""

    steps = [10, 4, 5, 7, "T-1", "T"]
    methods = ("facts", "levels", "tables", "sample", "grid", "run")

    def ends_clean(self, handle):
        return bool(self.value(handle, "set_alpha_to_one", False))

    def sampler(self, handle, value):
        # The last step mixes outputs of earlier ones in.
        return {"noise": "none", "order": None, "endsClean": self.ends_clean(handle), "stages": 2.0, "endsOnPrediction": False}

    def run(self, handle, start, oracle, alpha, sigma, p, q, first=0, **rest):
        if first > 0:
            raise Absent("the Runge-Kutta steps belong to the beginning")
        return super().run(handle, start, oracle, alpha, sigma, p, q, first, **rest)


class RePaint(Table):
    """Inpainting. Where nothing is known the sample moves as by DDIM; what is known is noised anew to each level. Jumps back in
    time are off."""

    methods = ("facts", "levels", "tables", "grid", "run")
    call_options = (Option("known", [False, True], False, stage="step"),)

    def setup_arguments(self, handle):
        return {"jump_length": 1, "jump_n_sample": 1}

    def ends_clean(self, handle):
        return True

    def sampler(self, handle, value):
        if handle.config.get("known", False):
            # The state that comes in does not count, nor does the output.
            return {"noise": "marginal", "renoises": True, "linear": False}
        eta = float(value("eta", 0.0))
        return {"noise": "none" if eta == 0 else "marginal", "eta": eta, "posterior": eta == 1.0}

    def advance(self, handle, s, x, k, model, levels, call, variance, memory):
        # The image is the model's own data prediction: it knows the data where the mask does.
        alpha, sigma, _, _ = levels
        memory["image"] = self.tensor(handle, model(_flat(x), alpha[call], sigma[call], 1.0, 0.0, call))
        return super().advance(handle, s, x, k, model, levels, call, variance, memory)

    def stepped(self, handle, s, output, t, x, k, memory):
        mask = torch.full_like(x, 1.0 if handle.config.get("known", False) else 0.0)
        image = memory.get("image", torch.zeros_like(x))
        result = s.step(output, t if isinstance(t, torch.Tensor) else int(t), x, image, mask)
        return _prev(result), _data(result)


class Lcm(Table):
    """Consistency steps: data prediction through boundary coefficients, then fresh noise at the next level."""

    steps = [4, 1, 2, 3, 8]
    # Not `convert`: what `step` reports is the consistency function, which mixes the state in.
    methods = ("facts", "levels", "tables", "sample", "grid", "run", "target", "boundary")

    def sampler(self, handle, value):
        return {"noise": "marginal", "exactOnConstants": False, "renoises": True, "endsClean": True, "order": None}

    def ends_clean(self, handle):
        return True

    def explicit(self, handle, s, kind):
        return [int(t) for t in [999, 799, 499, 99] if t < self.trained(handle)] or [self.trained(handle) - 1]

    def boundary(self, handle):
        """Scaled time starts at 0, whatever timestep_scaling is: index 0 is the least time."""
        with handle.controlled(), inside("call"):
            cskip, cout = handle.s.get_scalings_for_boundary_condition_discrete(torch.tensor(0))
        return {"cskip": float(cskip), "cout": float(cout)}


class Tcd(Lcm):
    """Trajectory consistency: a deterministic move to an intermediate level, then noise. Ends at index 0, not at clean data."""

    methods = Table.methods
    call_options = (Option("eta", [0.3, 0.0, 1.0], 0.3, kind="number", stage="step"),)

    def sampler(self, handle, value):
        still = float(handle.config.get("eta", 0.3)) == 0.0
        return {"noise": "none" if still else "marginal", "renoises": False, "endsClean": False, "order": None}

    def ends_clean(self, handle):
        return False
