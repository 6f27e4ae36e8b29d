"""cloneofsimo/d3pm: uniform D3PM with a cosine schedule, from a checkout in the folder D3PM.

Indices 1 … n_T, matrices by rows: entry t − 1 of `q_mats` leads from data to index t, that of `q_one_step_transposed` from t to t − 1.
Probabilities have 1e-6 added inside logarithms.
"""

import math

import numpy
import torch

from checkout import Checkout, Family, Race, flat, folder, load, numbers, stand_in, states_of
from lawbook.adapter import Absent, inside
from lawbook.options import Option

# Images and progress bars.
stand_in(
    "PIL", "PIL.Image", "torchvision", "torchvision.transforms", "torchvision.datasets", "torchvision.utils", "tqdm"
)
(runner,) = load(folder("D3PM"), "d3pm_runner")


class Uniform(Family):
    methods = ("facts", "transition", "stepnoise", "bayes", "steplaw")
    loaded = (runner,)

    def build(self, handle):
        self_logits = handle.logits = {}
        model = torch.nn.Identity()
        model.forward = lambda *_: self_logits["now"]
        handle.made = runner.D3PM(model, int(handle.config["n_T"]), int(handle.config["num_classes"]))

    def facts(self, handle):
        return {
            "time": {"kind": "index", "first": 1, "last": int(handle.config["n_T"])},
            "discrete": {
                "classes": int(handle.config["num_classes"]),
                "orientation": "row",
                "family": "uniform",
                "reverse": "plug-in",
                "floor": handle.made.eps,
            },
        }

    def stepnoise(self, handle, t):
        return {"beta": flat(handle.made.beta_t[numbers(t).astype(int) - 1])}

    def transition(self, handle, s, t, states):
        index = int(t) - 1
        if s is None:
            matrix = handle.made.q_mats[index]
        elif int(t) == int(s) + 1:
            matrix = handle.made.q_one_step_transposed[index].T
        else:
            raise Absent("matrices are of single steps, or from data")
        return {"matrix": flat(matrix[states_of(states, matrix.shape[0])])}

    def single(self, s, t):
        """Steps go one index down, from index 1 to data."""
        if int(t) != (0 if s is None else int(s)) + 1:
            raise Absent("steps go one index down")

    def bayes(self, handle, x0, xt, s, t):
        self.single(s, t)
        data, noisy = (handle.tokens(v, -1, 1) for v in (x0, xt))
        with handle.controlled(), inside("call"):
            logits = handle.made.q_posterior_logits(data, noisy, torch.full((len(data),), int(t)))
            return {"law": flat(torch.softmax(logits, dim=-1))}

    def steplaw(self, handle, xt, clean, s, t):
        self.single(s, t)
        if s is None:
            raise Absent("the last step takes the most likely token")
        noisy = handle.tokens(xt, -1, 1)
        with numpy.errstate(divide="ignore"):
            handle.logits["now"] = handle.tensor(numpy.log(numbers(clean)), len(noisy), 1, -1)
        race = Race()
        # Gumbel noise of e⁻¹ is 0: what remains are the logits that it is added to.
        noise = torch.full_like(handle.logits["now"], math.exp(-1))
        with handle.controlled(), race, inside("call"):
            handle.made.p_sample(noisy, torch.full((len(noisy),), int(t)), None, noise)
            return {"law": flat(torch.softmax(race.seen, dim=-1))}


class D3PM(Checkout):
    name = "cloneofsimo-d3pm"

    def offered(self):
        options = [Option("num_classes", [10, 2, 5], 10), Option("n_T", [100, 10, 1000], 100, kind="integer")]
        return [("D3PM", Uniform(), runner.D3PM, options)]
