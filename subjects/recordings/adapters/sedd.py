"""Score-Entropy-Discrete-Diffusion: graphs, noise and predictors, from a checkout in the folder SEDD.

Time runs from data at 0 to noise at 1. The library calls the total noise sigma: minus the log of a token's survival. `rate(i)` and
`transition(i)` are what leaves i, `transp_rate(i)` and `transp_transition(i)` what comes to i: stacked, rows and columns.
The model's output is log q(y)/q(x); here it is formed from laws of clean tokens.
"""

import numpy
import torch

from checkout import Checkout, Family, Race, flat, folder, load, numbers, stand_in, states_of
from lawbook.adapter import Absent, inside
from lawbook.options import Option

# Networks, which a graph or a predictor does not need.
stand_in("model", "model.utils")
graph_lib, noise_lib, sampling, catsample = load(folder("SEDD"), "graph_lib", "noise_lib", "sampling", "catsample")

NOISES = {"loglinear": lambda: noise_lib.LogLinearNoise(), "geometric": lambda: noise_lib.GeometricNoise()}


class Graph(Family):
    methods = (
        "facts", "survival", "transition", "stationary", "rate", "reverserate", "steplaw", "term",
    )
    loaded = (graph_lib, noise_lib, sampling, catsample)

    def __init__(self, name, absorbing):
        self.term_name = "score-entropy-" + name
        self.family = name
        self.absorbing = absorbing

    def build(self, handle):
        handle.graph = handle.unit.target(handle.config["dim"])
        handle.noise = NOISES[handle.config["noise"]]()
        handle.columns = self.absorbing or handle.config.get("matrices") == "transposed"
        predictor = sampling.get_predictor(handle.config["predictor"])
        handle.predictor = predictor(handle.graph, handle.noise)
        handle.denoiser = sampling.Denoiser(handle.graph, handle.noise)

    def facts(self, handle):
        return {
            "time": {"kind": "interval", "first": 0.0, "last": 1.0},
            "discrete": {
                "classes": handle.graph.dim,
                "mask": handle.graph.dim - 1 if handle.graph.absorb else None,
                "level": "integrated-rate",
                "orientation": "column" if handle.columns else "row",
                "family": self.family,
                "predicts": "posterior",
                "reverse": "tweedie" if handle.config["predictor"] == "analytic" else "euler",
            },
        }

    def noises(self, handle, t):
        """Total noise and its rate at times, one per row: the shape in which the library calls itself."""
        times = handle.tensor(t, -1, 1)
        with handle.controlled(), inside("call"), torch.no_grad():
            return handle.noise(times)

    def survival(self, handle, t):
        return {"level": flat(self.noises(handle, t)[0])}

    def stationary(self, handle):
        """`sample_limit` draws it: the mask, or any state."""
        if self.absorbing:
            with handle.controlled(), inside("call"):
                state = int(handle.graph.sample_limit(1, 1))
            return {"law": [1.0 if k == state else 0.0 for k in range(handle.graph.dim)]}
        raise Absent("the limit is drawn, not written down")

    def matrix(self, handle, states, method):
        """`method(i)` for all i, of which the states' rows or columns are kept."""
        K = handle.graph.dim
        asked = states_of(states, K)
        every = numpy.arange(K) if handle.columns else asked
        tokens = handle.tokens(every, -1, 1)
        with handle.controlled(), inside("call"):
            found = method(tokens)
        if found is None:
            raise Absent("the library leaves it out")
        rows = found.reshape(len(every), K)
        return {"matrix": flat(rows[:, asked] if handle.columns else rows)}

    def transition(self, handle, s, t, states):
        sigma = self.noises(handle, [t])[0]
        if s is not None:
            sigma = sigma - self.noises(handle, [s])[0]
        name = "transp_transition" if handle.columns else "transition"
        return self.matrix(handle, states, lambda i: getattr(handle.graph, name)(i, sigma.expand(len(i), 1)))

    def rate(self, handle, t, states):
        dsigma = self.noises(handle, [t])[1]
        name = "transp_rate" if handle.columns else "rate"
        return self.matrix(handle, states, lambda i: dsigma[..., None] * getattr(handle.graph, name)(i))

    def reverserate(self, handle, kind, xt, values, t):
        if kind != "ratio":
            raise Absent("the library takes ratios")
        x = handle.tokens(xt, -1, 1)
        ratios = handle.tensor(values, len(x), 1, -1)
        dsigma = self.noises(handle, [t])[1]
        with handle.controlled(), inside("call"):
            return {"law": flat(dsigma[..., None] * handle.graph.reverse_rate(x, ratios))}

    def ratios(self, handle, xt, clean, sigma):
        """q(y)/q(x) of a token from its law of clean tokens: Σ p(x₀ | x)·P(x₀, y)/P(x₀, x), by the closed form of the kernel."""
        K = handle.graph.dim
        stays = numpy.exp(-sigma)
        kernel = stays * numpy.eye(K) - numpy.expm1(-sigma) * (numpy.eye(K)[[K - 1] * K] if self.absorbing else numpy.full((K, K), 1 / K))
        found = numpy.zeros((len(xt), K))
        for row, (x, law) in enumerate(zip(xt, clean)):
            for x0 in numpy.flatnonzero((law > 0) & (kernel[:, x] > 0)):
                found[row] += law[x0] * kernel[x0] / kernel[x0, x]
        return found

    def steplaw(self, handle, xt, clean, s, t):
        """What `update_fn` of the predictor draws from; back to data, what the denoiser draws from."""
        x = numbers(xt).astype(int)
        given = numbers(clean).reshape(len(x), -1)

        def score(tokens, sigma):
            return handle.tensor(self.ratios(handle, x, given, float(sigma.reshape(-1)[0])), len(x), 1, -1)

        tokens, times = handle.tokens(x, -1, 1), handle.tensor([t] * len(x), -1, 1)
        # catsample adds 1e-10 to the uniform and to the clock.
        race = Race(float(numpy.exp(-1)) - 1e-10)
        with handle.controlled(), race, inside("call"), torch.no_grad():
            if s is None:
                handle.denoiser.update_fn(score, tokens, times)
            else:
                handle.predictor.update_fn(score, tokens, times, t - s)
        weights = flat(race.seen).reshape(len(x), -1).clip(min=0)
        weights = numpy.pad(weights, ((0, 0), (0, handle.graph.dim - weights.shape[1])))
        # The race is won in proportion to the weights.
        return {"law": weights / weights.sum(axis=1, keepdims=True)}

    def term(self, handle, name, inputs):
        if name != self.term_name:
            raise Absent("no term %s" % name)
        x, x0 = (handle.tokens(inputs[key], -1, 1) for key in ("xt", "x0"))
        sigma, rate = (handle.tensor(inputs[key], -1, 1) for key in ("sigma", "rate"))
        logscore = handle.tensor(inputs["logscore"], len(x), 1, -1)
        with handle.controlled(), inside("call"):
            return {"value": flat(rate * handle.graph.score_entropy(logscore, sigma, x, x0))}


class SEDD(Checkout):
    name = "SEDD"

    def offered(self):
        noise = Option("noise", ["loglinear", "geometric"], "loglinear")
        predictor = Option("predictor", ["analytic", "euler"], "analytic", stage="step")
        matrices = Option("matrices", ["direct", "transposed"], "direct", stage="step")
        dim = Option("dim", [4, 2, 9], 4)
        return [
            ("Absorbing", Graph("absorbing", True), graph_lib.Absorbing, [dim, noise, predictor]),
            ("Uniform", Graph("uniform", False), graph_lib.Uniform, [dim, noise, predictor, matrices]),
        ]
