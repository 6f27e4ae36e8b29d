"""MDLM: masking, its schedules, the SUBS parameterisation, updates and losses, from a checkout in the folder MDLM.

Time runs from data at 0 to noise at 1; sigma is minus the log of a token's survival; the mask is the last state. The network's
logits are the logarithms of a law of clean tokens.
"""

import types

import numpy
import torch

from checkout import Checkout, Family, Race, flat, folder, load, numbers, stand_in, states_of
from lawbook.adapter import Absent, inside
from lawbook.options import Option

# Training, networks and data: classes to inherit from, decorators, metrics.
stand_in("hydra", "hydra.utils", "lightning", "torchmetrics", "torchmetrics.aggregation", "transformers", "dataloader", "models", "utils")
noise_schedule, diffusion = load(folder("MDLM"), "noise_schedule", "diffusion")

NOISES = {
    "loglinear": lambda: noise_schedule.LogLinearNoise(),
    "cosine": lambda: noise_schedule.CosineNoise(),
    "cosinesqr": lambda: noise_schedule.CosineSqrNoise(),
    "linear": lambda: noise_schedule.Linear(),
    "geometric": lambda: noise_schedule.GeometricNoise(),
}


class Masked(Family):
    """What is common to all updates: the schedule, the kernel of masking, the score of a law of clean tokens."""

    methods = ("facts", "survival", "transition", "stationary", "ratio", "steplaw")
    loaded = (noise_schedule, diffusion)
    reverse = "plug-in"

    def build(self, handle):
        K = int(handle.config["vocabulary"])
        made = handle.made = object.__new__(diffusion.Diffusion)
        made.vocab_size, made.mask_index, made.neg_infinity = K, K - 1, -1000000.0
        made.parameterization, made.time_conditioning, made.subs_masking = "subs", False, False
        made.change_of_variables = made.importance_sampling = False
        made.T = 0
        made.noise = NOISES[handle.config.get("noise", "loglinear")]()
        made.config = types.SimpleNamespace(noise=types.SimpleNamespace(type=handle.config.get("noise", "loglinear")))

    def facts(self, handle):
        K = handle.made.vocab_size
        return {
            "time": {"kind": "interval", "first": 0.0, "last": 1.0},
            "discrete": {
                "classes": K,
                "mask": K - 1,
                "level": "integrated-rate",
                "orientation": "column",
                "family": "absorbing",
                "predicts": "posterior",
                "reverse": self.reverse,
            },
        }

    def sigma(self, handle, t):
        """Total noise, one row per time."""
        times = handle.tensor(t, -1, 1)
        with handle.controlled(), inside("call"), torch.no_grad():
            return handle.made.noise(times)[0]

    def survival(self, handle, t):
        return {"level": flat(self.sigma(handle, t))}

    def stationary(self, handle):
        with handle.controlled(), inside("call"):
            state = int(handle.made._sample_prior(1, 1))
        return {"law": [1.0 if k == state else 0.0 for k in range(handle.made.vocab_size)]}

    def transition(self, handle, s, t, states):
        K = handle.made.vocab_size
        sigma = self.sigma(handle, [t])
        if s is not None:
            sigma = sigma - self.sigma(handle, [s])
        every = handle.tokens(numpy.arange(K), -1, 1)
        with handle.controlled(), inside("call"):
            found = handle.made._transp_transition(every, sigma.expand(K, 1))
        return {"matrix": flat(found.reshape(K, K)[:, states_of(states, K)])}

    def network(self, handle, clean, count):
        """Hands the network's logits to the object."""
        with numpy.errstate(divide="ignore"):
            logits = handle.tensor(numpy.log(numbers(clean)), count, 1, -1)
        handle.made.backbone = lambda *_: logits.clone()

    def ratio(self, handle, xt, clean, t):
        x = handle.tokens(xt, -1, 1)
        self.network(handle, clean, len(x))
        sigma = self.sigma(handle, [t] * len(x))
        with handle.controlled(), inside("call"):
            return {"law": flat(handle.made.get_score(x, sigma))}

    def update(self, handle, x, t, dt):
        handle.made._ddpm_update(x, t, dt)

    def cleaned(self, handle, x, t):
        raise Absent("the loop ends with the most likely tokens")

    def steplaw(self, handle, xt, clean, s, t):
        x = handle.tokens(xt, -1, 1)
        self.network(handle, clean, len(x))
        times = handle.tensor([t] * len(x), -1, 1)
        # _sample_categorical adds 1e-10 to the uniform and to the clock.
        race = Race(float(numpy.exp(-1)) - 1e-10)
        with handle.controlled(), race, inside("call"), torch.no_grad():
            if s is None:
                self.cleaned(handle, x, times)
            else:
                self.update(handle, x, times, t - s)
        weights = flat(race.seen).reshape(len(x), -1).clip(min=0)
        return {"law": self.copied(handle, x, weights / weights.sum(axis=1, keepdims=True))}

    def copied(self, handle, x, law):
        """The update keeps tokens that are not masked, whatever was drawn."""
        seen = x.numpy().ravel()
        kept = numpy.eye(handle.made.vocab_size)[seen]
        return numpy.where((seen != handle.made.mask_index)[:, None], kept, law)


class Caching(Masked):
    def update(self, handle, x, t, dt):
        handle.made._ddpm_caching_update(x, t, dt)


class Analytic(Masked):
    reverse = "tweedie"

    def update(self, handle, x, t, dt):
        handle.made._analytic_update(x, t, dt)

    def cleaned(self, handle, x, t):
        handle.made._denoiser_update(x, t)

    def copied(self, handle, x, law):
        return law


class Losses(Masked):
    """Terms of the bounds, one row per token. `rate` and `sigma` are what the schedule answers."""

    methods = ("facts", "survival", "term")

    def term(self, handle, name, inputs):
        terms = {
            "masked-nelbo": self.continuous,
            "score-entropy-absorbing": self.entropy,
            "masked-kl": self.step,
            "masked-kl-leaky": self.step_leaky,
        }
        if name not in terms:
            raise Absent("no term %s" % name)
        x0, xt = (handle.tokens(inputs[key], -1, 1) for key in ("x0", "xt"))
        return {"value": flat(terms[name](handle, inputs, x0, xt))}

    def continuous(self, handle, inputs, x0, xt):
        made = handle.made
        sigma, rate = (handle.tensor(inputs[key], -1) for key in ("sigma", "rate"))
        self.network(handle, inputs["law"], len(x0))
        made.T, made._sample_t, made.q_xt, made.noise = 0, lambda *_: sigma, lambda *_: xt, lambda _: (sigma, rate)
        with handle.controlled(), inside("call"):
            return made._forward_pass_diffusion(x0)

    def entropy(self, handle, inputs, x0, xt):
        sigma, rate = (handle.tensor(inputs[key], -1, 1) for key in ("sigma", "rate"))
        scores = handle.tensor(inputs["logscore"], len(x0), 1, -1)
        with handle.controlled(), inside("call"):
            return rate * handle.made._score_entropy(scores, sigma, xt, x0)

    def step(self, handle, inputs, x0, xt, leaky=False):
        """The loss of T steps is T times the divergence of one; a step from 1 − t to 1 − t + 1/T is one of such a T."""
        made = handle.made
        alpha, alpha_s = (numbers(inputs[key]) for key in ("alpha", "alpha_s"))
        with numpy.errstate(divide="ignore"):
            logits = handle.tensor(numpy.log(numbers(inputs["law"])), len(x0), 1, -1)
        found = torch.zeros(len(x0), 1, dtype=handle.dtype)
        for length in numpy.unique(alpha_s - alpha):
            rows = torch.from_numpy(alpha_s - alpha == length)
            made.T = 1 / length
            times = handle.tensor(1 - alpha, -1)[rows]
            with handle.controlled(), inside("call"):
                given = logits[rows].clone()
                output = made._d3pm_parameterization(given) if leaky else made._subs_parameterization(given, xt[rows])
                found[rows] = made._d3pm_loss(output, xt[rows], x0[rows], times) / made.T
        return found

    def step_leaky(self, *given):
        return self.step(*given, leaky=True)


class MDLM(Checkout):
    name = "MDLM"

    def copy(self, handle):
        # Losses hand the object what it would draw.
        return None

    def offered(self):
        vocabulary = Option("vocabulary", [5, 3, 9], 5)
        noise = Option("noise", list(NOISES), "loglinear")
        loglinear = Option("noise", ["loglinear"], "loglinear")
        cls = diffusion.Diffusion
        return [
            ("_ddpm_update", Masked(), cls._ddpm_update, [vocabulary, noise]),
            ("_ddpm_caching_update", Caching(), cls._ddpm_caching_update, [vocabulary, loglinear]),
            ("_analytic_update", Analytic(), cls._analytic_update, [vocabulary, noise]),
            ("losses", Losses(), cls._forward_pass_diffusion, [vocabulary]),
        ]
