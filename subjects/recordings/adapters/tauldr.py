"""tauLDR: rates of three processes, their transitions, and the reverse rates of tau-leaping, from a checkout in the folder TAULDR.

Time runs from data at 0 to noise at 1, matrices by rows. `transition` is that from data; the reverse rates are what the sampler hands
to its Poisson draws. The network's logits are the logarithms of a law of clean tokens.
"""

import types

import numpy
import torch

from checkout import Checkout, Family, flat, folder, load, numbers, stand_in, states_of
from lawbook.adapter import Absent, inside
from lawbook.options import Option

# Progress bars, integrators that are imported and not used, and a window toolkit's image class.
stand_in("tkinter", "tqdm", "scipy", "scipy.integrate")
models, sampling = load(folder("TAULDR"), "lib.models.models", "lib.sampling.sampling")
sampling.tqdm = iter


#: Where jumps to far states are rarer than that.
RARE = "transition sets entries below 1e-8 to 0, as its comment says, and sampler.eps_ratio, 1e-9 in config, is added to what is divided by"


class Rate(Family):
    methods = ("facts", "transition", "rate", "reverserate")
    loaded = (models, sampling)

    def __init__(self, family, given, homogeneous=False, rare=False):
        self.family, self.given, self.homogeneous = family, given, homogeneous
        self.deviates = [{"law": law, "because": RARE} for law in ("ctmc.corrector.stationary", "ctmc.reverse.x0-form") if rare]

    def build(self, handle):
        S = int(handle.config["S"])
        given = self.given[handle.config.get("settings", "piano")]
        settings = types.SimpleNamespace(data=types.SimpleNamespace(S=S), model=types.SimpleNamespace(**given))
        handle.S = S
        handle.made = handle.unit.target(settings, torch.device("cpu"))

    def facts(self, handle):
        return {
            # Where losses and samplers begin: min_t.
            "time": {"kind": "interval", "first": 0.01, "last": 1.0},
            "discrete": {"classes": handle.S, "orientation": "row", "family": self.family, "predicts": "posterior"},
        }

    def at(self, handle, method, t):
        time = handle.tensor([t], 1)
        with handle.controlled(), inside("call"):
            return getattr(handle.made, method)(time)[0]

    def transition(self, handle, s, t, states):
        if s is not None and not self.homogeneous:
            raise Absent("transitions are from data")
        matrix = self.at(handle, "transition", t - (s or 0))
        return {"matrix": flat(matrix[states_of(states, handle.S)])}

    def rate(self, handle, t, states):
        return {"matrix": flat(self.at(handle, "rate", t)[states_of(states, handle.S)])}

    def reverserate(self, handle, kind, xt, values, t):
        """What one step of length 1 hands to its Poisson draws. The diagonal is left at 0 there: it is minus the sum of the rest."""
        if kind != "clean":
            raise Absent("the library takes laws of clean tokens")
        x = handle.tokens(xt, -1, 1)
        count, S = len(x), handle.S
        with numpy.errstate(divide="ignore"):
            logits = handle.tensor(numpy.log(numbers(values)), count, 1, -1)
        kept = []

        class Poisson:
            def __init__(self, rates):
                kept.append(rates)

            def sample(self):
                return torch.zeros_like(kept[-1])

        model = types.SimpleNamespace(
            device=torch.device("cpu"),
            transition=lambda times: handle.made.transition(torch.full_like(times, t)),
            rate=lambda times: handle.made.rate(torch.full_like(times, t)),
        )
        network = type("Model", (), {**vars(model), "__call__": lambda *_: logits})
        network.transition, network.rate = staticmethod(model.transition), staticmethod(model.rate)
        made = sampling.TauLeaping(
            types.SimpleNamespace(
                data=types.SimpleNamespace(S=S, shape=(1, 1, 1)),
                sampler=types.SimpleNamespace(num_steps=1, min_t=0.01, eps_ratio=1e-9, initial_dist="uniform"),
            )
        )
        first, poisson = sampling.get_initial_samples, torch.distributions.poisson.Poisson
        sampling.get_initial_samples, torch.distributions.poisson.Poisson = lambda *_: x, Poisson
        try:
            with handle.controlled(), inside("call"):
                made.sample(network(), count, 1)
        finally:
            sampling.get_initial_samples, torch.distributions.poisson.Poisson = first, poisson
        rates = flat(kept[0]).reshape(count, S)
        rates[numpy.arange(count), x.numpy().ravel()] = -rates.sum(axis=1)
        return {"law": rates}


class TauLDR(Checkout):
    name = "tauLDR"

    def offered(self):
        S = Option("S", [6, 2, 16], 6)
        # As in config/train.
        uniform = {"piano": {"rate_const": 0.03}}
        birth = {"piano": {"sigma_min": 1.0, "sigma_max": 100.0}}
        gaussian = {
            "cifar10": {"rate_sigma": 6.0, "Q_sigma": 512.0, "time_exponential": 100.0, "time_base": 3.0},
            "piano": {"rate_sigma": 3.0, "Q_sigma": 20.0, "time_exponential": 1000.0, "time_base": 0.5},
        }
        settings = Option("settings", list(gaussian), "cifar10")
        return [
            ("UniformRate", Rate("uniform", uniform, homogeneous=True), models.UniformRate, [S]),
            ("GaussianTargetRate", Rate("general", gaussian), models.GaussianTargetRate, [S, settings]),
            ("BirthDeathForwardBase", Rate("birth-death", birth, rare=True), models.BirthDeathForwardBase, [S]),
        ]
