"""score_sde_pytorch: three SDEs, their reverses, predictors and discretisations, from a checkout in the folder SCORE_SDE.

Time runs from data at 0 to noise at 1; tensors have four axes. The model's output is the score.
"""

import types

import numpy
import torch

from checkout import Checkout, Family, flat, folder, load, numbers, stand_in
from lawbook.adapter import Absent, inside
from lawbook.interception import Draws
from lawbook.options import Option
from lawbook.oracles import oracle as build_oracle

# Networks; SciPy's integrators, which stay unused.
stand_in("models", "models.utils")
stand_in("scipy", "scipy.integrate")
sde_lib, sampling = load(folder("SCORE_SDE"), "sde_lib", "sampling")

#: Where samplers stop (sampling eps): configs/vp and configs/ve.
LEAST = {"VPSDE": 1e-3, "subVPSDE": 1e-3, "VESDE": 1e-5}
FORMS = {"VPSDE": "vp-sde", "subVPSDE": "subvp-sde", "VESDE": "ve-sde"}
SCALES = {"VPSDE": "vp", "subVPSDE": "free", "VESDE": "ve"}


class Sde(Family):
    methods = ("facts", "levels", "sde", "sample", "drift")
    loaded = (sde_lib, sampling)

    def build(self, handle):
        handle.name = handle.unit.target.__name__
        given = {key: value for key, value in handle.config.items() if key in ("beta_min", "beta_max", "sigma_min", "sigma_max", "N")}
        handle.made = handle.unit.target(**given)

    def bounds(self, handle):
        names = ("sigma_min", "sigma_max") if handle.name == "VESDE" else ("beta_min", "beta_max")
        return [float(handle.config[name]) for name in names]

    def facts(self, handle):
        low, high = self.bounds(handle)
        return {
            "time": {"kind": "interval", "first": LEAST[handle.name], "last": 1.0},
            "level": "alpha-sigma",
            "scale": SCALES[handle.name],
            "output": "score",
            "form": {"family": FORMS[handle.name], "low": low, "high": high},
        }

    def levels(self, handle, t):
        times = handle.tensor(t, -1)
        with handle.controlled(), inside("call"):
            mean, std = handle.made.marginal_prob(torch.ones(len(times), 1, 1, 1, dtype=handle.dtype), times)
        return {"alpha": flat(mean), "sigma": flat(std)}

    def sde(self, handle, t):
        times = handle.tensor(t, -1)
        with handle.controlled(), inside("call"):
            drift, diffusion = handle.made.sde(torch.ones(len(times), 1, 1, 1, dtype=handle.dtype), times)
        return {"drift": flat(drift), "diffusion2": flat(diffusion) ** 2}

    def sample(self, handle, x0, noise, t, state=None):
        times = handle.tensor(t, -1)
        data, given = (handle.tensor(v, len(times), 1, 1, -1) for v in (x0, noise))
        kept = data.clone(), given.clone()
        with handle.controlled(), inside("call"):
            # As in the training loss.
            mean, std = handle.made.marginal_prob(data, times)
            made = mean + std[:, None, None, None] * given
        return {"xt": made.reshape(-1), "unchanged": bool(torch.equal(kept[0], data) and torch.equal(kept[1], given))}

    def drift(self, handle, oracle, x, t, **rest):
        """The reverse process runs against time: its drift as written, and the ODE's for λ = 0."""
        strength = rest.get("lambda", 0)
        if strength not in (0, 1):
            raise Absent("the reverse SDE or its ODE")
        state = numbers(x)
        level = self.levels(handle, [t])
        score = build_oracle(oracle)(state, level["alpha"][0], level["sigma"][0], 0.0, -1.0 / level["sigma"][0], 0)
        answer, given, time = handle.tensor(score, 1, 1, 1, -1), handle.tensor(state, 1, 1, 1, -1), handle.tensor([t], 1)
        with handle.controlled(), inside("call"):
            reverse = handle.made.reverse(lambda *_: answer, probability_flow=strength == 0)
            drift, diffusion = reverse.sde(given, time)
        return {"drift": flat(drift), "diffusion2": float(diffusion) ** 2 if strength else 0.0}


class Table(Family):
    """The chain that VPSDE tabulates beside the SDE, index 0 cleanest."""

    methods = ("facts", "levels", "tables")
    loaded = (sde_lib, sampling)

    def build(self, handle):
        handle.made = sde_lib.VPSDE(**handle.config)

    def facts(self, handle):
        N, low, high = (float(handle.config[name]) for name in ("N", "beta_min", "beta_max"))
        return {
            "time": {"kind": "index", "first": 0, "last": N - 1},
            "level": "abar",
            "form": {"family": "beta-linear", "T": N, "first": low / N, "last": high / N},
        }

    def levels(self, handle, t):
        return {"level": flat(handle.made.alphas_cumprod)[numbers(t).astype(int)]}

    def tables(self, handle):
        names = {"beta": "discrete_betas", "alpha": "alphas", "abar": "alphas_cumprod"}
        amplitudes = {"alpha_amplitude": "sqrt_alphas_cumprod", "sigma_amplitude": "sqrt_1m_alphas_cumprod"}
        return {name: flat(getattr(handle.made, own)) for name, own in {**names, **amplitudes}.items()}


class Predictor(Sde):
    """A predictor's loop as get_pc_sampler walks it, without corrector: times from 1 to eps, and the mean of the last step."""

    methods = ("facts", "levels", "grid", "run")
    predictor = "euler_maruyama"

    def __init__(self, sde):
        self.sde_class = sde

    def build(self, handle):
        handle.name = self.sde_class.__name__
        given = {key: value for key, value in handle.config.items() if key.endswith(("_min", "_max"))}
        handle.made = self.sde_class(N=int(handle.config["steps"]), **given)
        handle.flow = bool(handle.config.get("probability_flow", False))

    def claims(self, handle):
        # Steps of length 1/N between times that lie (1 − eps)/(N − 1) apart: no state has a level that is claimed.
        return {"noise": "none" if handle.flow else "other", "endsClean": False, "endsOnPrediction": False, "exactOnConstants": False}

    def facts(self, handle):
        return {**super().facts(handle), "form": None, "sampler": self.claims(handle)}

    def times(self, handle):
        with handle.controlled(), inside("call"):
            return torch.linspace(handle.made.T, LEAST[handle.name], handle.made.N)

    def state_levels(self, handle, times):
        level = self.levels(handle, times.double().numpy())
        last = self.levels(handle, [max(float(times[-1]) - 1.0 / handle.made.N, 0.0)])
        return {key: numpy.append(level[key], last[key]) for key in level}

    def grid(self, handle):
        times = self.times(handle)
        return {"times": times.double().numpy(), **self.state_levels(handle, times), "asked": float(handle.config["steps"])}

    def stepper(self, handle, score):
        return sampling.get_predictor(self.predictor)(handle.made, score, handle.flow)

    def run(self, handle, start, oracle, alpha, sigma, p, q, first=0, count=None, draws=None, state="fresh", variance=None):
        model = build_oracle(oracle)
        levels = [numbers(v) for v in (alpha, sigma, p, q)]
        draws = Draws(**(draws or {"mode": "none"}))
        kept = types.SimpleNamespace(states=[numbers(start)], inputs=[], outputs=[], drawn=[])
        x = handle.tensor(start, 1, 1, 1, -1)

        def score(seen, _):
            call = len(kept.outputs)
            kept.inputs.append(flat(seen))
            kept.outputs.append(numpy.asarray(model(flat(seen), *(v[call] for v in levels), call), dtype=float))
            return handle.tensor(kept.outputs[-1], 1, 1, 1, -1)

        every = self.times(handle)
        times = every[first:] if count is None else every[first : first + count]
        with handle.controlled(draws), torch.no_grad(), inside("call"):
            made = self.stepper(handle, score)
            for k, t in enumerate(times, first):
                before = len(draws.log)
                x, mean = made.update_fn(x, t.expand(1))
                kept.states.append(flat(mean if k == len(every) - 1 else x))
                kept.drawn.append(float(len(draws.log) - before))
        joined = {name: numpy.concatenate(getattr(kept, name)) for name in ("states", "inputs", "outputs")}
        return {**joined, "data": None, "drawn": numpy.array(kept.drawn)}


class Discretised(Predictor):
    """Steps of the tabulated chain, from the entry that a time names to the one below, and from the first to data."""

    predictor = "reverse_diffusion"

    def claims(self, handle):
        # The chain itself is stepped, not a solver's approximation of a given order.
        return {"noise": "none" if handle.flow else "other", "endsOnPrediction": False, "exactOnConstants": False}

    def state_levels(self, handle, times):
        made = handle.made
        index = (times.double().numpy() * (made.N - 1)).astype(int)
        if handle.name == "VESDE":
            return {"alpha": numpy.ones(len(index) + 1), "sigma": numpy.append(flat(made.discrete_sigmas)[index], 0.0)}
        table = (made.sqrt_alphas_cumprod, made.sqrt_1m_alphas_cumprod)
        return {key: numpy.append(flat(own)[index], end) for key, own, end in zip(("alpha", "sigma"), table, (1.0, 0.0))}


class Ancestral(Discretised):
    """Steps that are claimed to be those of ancestral sampling: the posterior's mean, with β of the step for VP, β̃ for VE."""

    predictor = "ancestral_sampling"

    def claims(self, handle):
        return {"noise": "marginal" if handle.name == "VESDE" else "large", "posterior": True, "endsOnMean": True}


class Corrector(Predictor):
    """Corrector steps alone, one at each time: the loop with the predictor `none`."""

    def claims(self, handle):
        return {"noise": "other", "endsClean": False, "endsOnPrediction": False, "exactOnConstants": False, "linear": False}

    def stepper(self, handle, score):
        return sampling.get_corrector(handle.config["corrector"])(handle.made, score, 0.16, 1)


class ScoreSde(Checkout):
    name = "score_sde_pytorch"

    def offered(self):
        betas = [
            Option("beta_min", [0.1, 0.5], 0.1, kind="number", drawn=(0.05, 1.0, "linear")),
            Option("beta_max", [20.0, 8.0], 20.0, kind="number", drawn=(5.0, 20.0, "linear")),
        ]
        sigmas = [
            Option("sigma_min", [0.01, 0.1], 0.01, kind="number", drawn=(0.01, 0.1, "log")),
            Option("sigma_max", [50.0, 5.0], 50.0, kind="number", drawn=(5.0, 50.0, "log")),
        ]
        # Fewer steps than beta_max have a β above 1.
        many = Option("steps", [50, 32, 100], 50, kind="integer", stage="setup")
        few = Option("steps", [10, 2, 64], 10, kind="integer", stage="setup")
        flow = Option("probability_flow", [False, True], False, stage="step")
        made = [
            ("VPSDE", Sde(), sde_lib.VPSDE, betas),
            ("subVPSDE", Sde(), sde_lib.subVPSDE, betas),
            ("VESDE", Sde(), sde_lib.VESDE, sigmas),
            ("VPSDE.tables", Table(), sde_lib.VPSDE, [*betas, Option("N", [1000, 100], 1000, kind="integer")]),
        ]
        for sde, own, steps in ((sde_lib.VPSDE, betas, many), (sde_lib.VESDE, sigmas, few)):
            for family in (Predictor(sde), Discretised(sde), Ancestral(sde)):
                options = [*own, steps] + ([] if isinstance(family, Ancestral) else [flow])
                name = family.predictor
                made.append(("%s.%s" % (sde.__name__, name), family, sampling.get_predictor(name), options))
        corrector = Option("corrector", ["langevin", "ald"], "langevin", stage="step")
        made.append(("subVPSDE.corrector", Corrector(sde_lib.subVPSDE), sampling.get_corrector("langevin"), [*betas, many, corrector]))
        return made
