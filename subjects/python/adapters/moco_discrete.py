"""bionemo-moco's interpolants of tokens: D3PM, MDLM, DiscreteFlowMatcher.

Every token is a batch entry of its own, a sequence of one token; in `runlaw` a batch entry is a sequence. Laws of draws come by
branching over the library's own draws, apart from D3PM's matrices and posterior, which it has. What is counted is drawn by the
library's own random numbers; DiscreteFlowMatcher draws with torch.multinomial and has no way of its own to draw from one law.
"""

import numpy
import torch

from ..adapter import Absent, inside
from ..chains import clean_laws, drawn_by_batches, laws, logs, numbers, product, sequences, some_rows, tokens
from ..options import Option
from ..tensors import as_numpy
from .moco_common import CHAINS, RATES, GivenRates, STEPS, Family, flat, foreign, interpolants, made_schedule, schedule_options, times, made_prior

CLASSES = Option("num_classes", [5, 2, 16], 5, kind="integer")
#: `prior`: `mask` is the last class, `mask inside` another one.
PRIORS = Option("prior_distribution", ["uniform", "mask", "mask inside", "custom"], "uniform")


class Tokens(Family):
    #: The time of data.
    clean_end = 0.0

    def prior(self, handle):
        return made_prior(handle.option("prior_distribution"), int(handle.option("num_classes")), handle.dtype)

    def discrete(self, handle, **more):
        prior = handle.made.prior_distribution
        kind = handle.option("prior_distribution")
        family = {"uniform": "uniform", "custom": "general"}.get(kind, "absorbing")
        return {
            "classes": int(prior.num_classes),
            "mask": int(prior.mask_dim) if family == "absorbing" else None,
            "family": family,
            "predicts": "posterior",
            **more,
        }

    def prior_law(self, handle):
        """The law of one token of the prior. Shape (K,)."""
        classes = int(handle.made.num_classes)
        return handle.law(lambda: handle.made.sample_prior((1, 1)).numpy(), 1, classes)[0]

    def stationary(self, handle):
        return {"law": self.prior_law(handle)}

    def noised(self, handle, x0, t):
        """What the library makes of clean tokens at one time."""
        return handle.made.interpolate(x0[:, None], torch.full((len(x0),), t, dtype=handle.dtype))

    def sampled(self, handle, states, t):
        """Rows of the law of xₜ from data, by branching over the library's sampler."""
        classes = int(handle.made.num_classes)
        x0 = torch.arange(classes) if states is None else tokens(states)
        return handle.law(lambda: self.noised(handle, x0, t).numpy(), len(x0), classes)

    def transition(self, handle, s, t, states):
        if s is not None:
            raise Absent("the library noises data, and nothing that is noisy already")
        return {"matrix": self.sampled(handle, states, t)}

    def steplaw(self, handle, xt, clean, s, t, **given):
        """`s` is None for data themselves."""
        x, p = tokens(xt), laws(clean, int(handle.made.num_classes))
        return {"law": self.stepped(handle, x[:, None], logs(p)[:, None], self.clean_end if s is None else s, t, **given)}

    def temperedlaw(self, handle, xt, clean, s, t, temperature):
        return self.steplaw(handle, xt, clean, s, t, temperature=float(temperature))

    def stepped(self, handle, x, logits, s, t, **given):
        """Laws of what a step draws; x has shape (rows, tokens), logits one more axis."""
        classes = int(handle.made.num_classes)
        # The library writes into the logits that it is given.
        run = lambda: self.step(handle, handle.tensor(logits), t, x.clone(), s, **given).numpy()
        return handle.law(run, len(x), classes, length=x.shape[1])

    def runlaw(self, handle, table, length, steps):
        """Step after step from the prior, with the exact model at each."""
        length, steps, table = int(length), int(steps), as_numpy(table).astype(float).ravel()
        handle = self.refined(handle, steps)
        classes = int(handle.made.num_classes)
        every = torch.from_numpy(sequences(classes, length))
        law = product(self.prior_law(handle), length)
        for t, s in self.pairs(handle, steps):
            clean = clean_laws(table, self.likelihood(handle, t), classes, length)
            law = law @ self.stepped(handle, every, logs(clean), s, t)
        return {"law": law}

    def runs(self, handle, table, length, steps, count, draws):
        """The same runs, drawn: a batch of sequences, step after step, by the library's own random numbers."""
        length, steps, count, table = int(length), int(steps), int(count), as_numpy(table).astype(float).ravel()
        handle = self.refined(handle, steps)
        classes = int(handle.made.num_classes)
        models = [(t, s, handle.tensor(logs(clean_laws(table, self.likelihood(handle, t), classes, length)))) for t, s in self.pairs(handle, steps)]
        with handle.drawing(draws):
            x = handle.made.sample_prior((count, length))
            for t, s, model in models:
                x = self.step(handle, model[numbers(x, classes)], t, x, s)
        return {"states": numbers(x, classes).double().numpy()}

    def paths(self, handle, x, s, t, count, draws):
        if s is not None:
            raise Absent("the library noises data, and nothing that is noisy already")
        with handle.drawing(draws):
            return {"states": self.noised(handle, torch.full((int(count),), int(x)), t).reshape(-1).double().numpy()}

    def draw(self, handle, law, count, draws):
        law = as_numpy(law).astype(float).ravel()
        with handle.drawing(draws):
            return {"states": drawn_by_batches(lambda rows: self.drawn(handle, law, rows), int(count), len(law))}

    def refined(self, handle, steps):
        return handle

    def likelihood(self, handle, t):
        return self.sampled(handle, None, t)


class D3pm(Tokens):
    """Index 0 is noisy already; matrices are read by rows. A step is the product of what x_t says and what the prediction says."""

    methods = ("facts", "survival", "stepnoise", "transition", "bayes", "stationary", "steplaw", "temperedlaw", "runlaw", "runs", "paths", "draw", "term")
    schedules = schedule_options(CHAINS)
    options = (CLASSES, PRIORS, STEPS, Option("last_time_idx", [0, 1], 0, kind="integer"), Option("kernel", ["matrices", "interpolate"], "matrices"), *schedules)
    excluded = foreign(CHAINS, schedules)

    def build(self, handle):
        steps = int(handle.option("nsteps"))
        schedule = made_schedule(handle, CHAINS, nsteps=steps)
        return interpolants.D3PM(times(True, nsteps=steps), self.prior(handle), schedule, last_time_idx=int(handle.option("last_time_idx")))

    def facts(self, handle):
        first = float(handle.made.last_time_idx)
        # log(p + 1e-6) of both factors of the posterior, whose logits a temperature divides.
        discrete = self.discrete(handle, level="survival", reverse="plug-in", floor=1e-6, tempers="step")
        return {"time": {"kind": "index", "first": first, "last": first + handle.made.timesteps - 1}, "discrete": discrete}

    def index(self, handle, t):
        return int(round(t)) - handle.made.last_time_idx

    def survival(self, handle, t):
        return {"level": flat(handle.made._alpha_bar)[[self.index(handle, u) for u in as_numpy(t).ravel()]]}

    def stepnoise(self, handle, t):
        with handle.controlled(), inside("call"):
            beta = flat(1 - handle.made.noise_schedule.generate_schedule())
        return {"beta": beta[[self.index(handle, u) for u in as_numpy(t).ravel()]]}

    def noised(self, handle, x0, t):
        return handle.made.interpolate(x0[:, None], torch.full((len(x0),), int(round(t))))

    def transition(self, handle, s, t, states):
        """Between two indices, the product of the library's one-step matrices."""
        if s is None and handle.option("kernel") == "interpolate":
            return {"matrix": self.sampled(handle, states, t)}
        if s is None:
            return {"matrix": some_rows(self.likelihood(handle, t), states)}
        matrix = numpy.eye(int(handle.made.num_classes))
        for k in range(self.index(handle, s) + 1, self.index(handle, t) + 1):
            matrix = matrix @ handle.made._Qt[k].double().numpy()
        return {"matrix": some_rows(matrix, states)}

    def likelihood(self, handle, t):
        return handle.made._Qt_bar[self.index(handle, t)].double().numpy()

    def bayes(self, handle, x0, xt, s, t):
        self.require_neighbours(handle, s, t)
        clean, noisy = tokens(x0, -1, 1), tokens(xt, -1, 1)
        time = torch.full((len(clean),), int(round(t)))
        with handle.controlled(), inside("call"):
            logits = handle.made._q_posterior_logits(clean, time, noisy, model_out_is_logits=False)
        return {"law": torch.softmax(logits.double(), dim=-1).reshape(-1).numpy()}

    def term(self, handle, name, inputs):
        """`hybrid-loss`: the library's loss of single tokens, whose cross-entropy counts once and whose bound `vb_scale` times."""
        if name != "hybrid-loss" or inputs["cross"] != 1:
            raise Absent("no term %s" % name if name != "hybrid-loss" else "the cross-entropy counts once")
        self.require_neighbours(handle, inputs["s"], inputs["t"])
        clean, noisy = tokens(inputs["x0"], -1, 1, 1), tokens(inputs["xt"], -1, 1, 1)
        logits = logs(laws(inputs["law"], int(handle.made.num_classes)))[:, None, None]
        time = torch.tensor([int(round(inputs["t"]))])
        with handle.controlled(), inside("call"):
            # The bound is a mean over the batch: every token is a batch of its own.
            rows = [handle.made.loss(handle.tensor(p), x0, xt, time, vb_scale=float(inputs["bound"])) for p, x0, xt in zip(logits, clean, noisy)]
        return {"value": numpy.concatenate([flat(row) for row in rows])}

    def require_neighbours(self, handle, s, t):
        if self.index(handle, t) - (-1 if s is None else self.index(handle, s)) != 1:
            raise Absent("steps go from one index to the one before")

    def steplaw(self, handle, xt, clean, s, t, **given):
        self.require_neighbours(handle, s, t)
        if s is None:
            raise Absent("the last step draws nothing: it returns the likeliest token")
        return super().steplaw(handle, xt, clean, s, t, **given)

    def step(self, handle, logits, t, x, s, **given):
        return handle.made.step(logits, torch.full((len(x),), int(round(t))), x, **given)

    def drawn(self, handle, law, rows):
        """What interpolate() and step() draw with."""
        return handle.made._sample_categorical(handle.tensor(logs(law)).expand(rows, 1, -1))

    def refined(self, handle, steps):
        config = {**handle.config, "nsteps": steps}
        return self.make(handle.unit, config, handle.arithmetic)

    def pairs(self, handle, steps):
        first = handle.made.last_time_idx
        return [(first + k, first + k - 1) for k in range(steps - 1, -1, -1)]


class Mdlm(Tokens):
    """Times from data at 0 to all masks at 1; the level is the integrated rate. Unmasked tokens stay."""

    methods = ("facts", "survival", "transition", "stationary", "ratio", "steplaw", "temperedlaw", "runlaw", "runs", "paths", "draw", "term")
    schedules = schedule_options(RATES)
    options = (CLASSES, Option("prior_distribution", ["mask", "mask inside"], "mask"), *schedules)
    excluded = foreign(RATES, schedules)

    def build(self, handle):
        return interpolants.MDLM(times(False), self.prior(handle), made_schedule(handle, RATES))

    def facts(self, handle):
        discrete = self.discrete(handle, level="integrated-rate", reverse="plug-in", tempers="clean")
        return {"time": {"kind": "interval", "first": 0.0, "last": 1.0}, "discrete": discrete}

    def survival(self, handle, t):
        with handle.controlled(), inside("call"):
            return {"level": flat(handle.made.noise_schedule.calculate_sigma(handle.tensor(as_numpy(t).ravel())))}

    def ratio(self, handle, xt, clean, t):
        x, p = tokens(xt), laws(clean, int(handle.made.num_classes))
        # The library's logarithm of 0 is -1e6, which it multiplies by 0.
        logits = numpy.maximum(logs(p)[:, None], -1e6)
        with handle.controlled(), inside("call"):
            score = handle.made.calculate_score(handle.tensor(logits), x[:, None], handle.tensor(numpy.full(len(x), t)))
        return {"law": flat(score)}

    def term(self, handle, name, inputs):
        """`masked-nelbo`: the weighted loss of single tokens, on a schedule whose sigma and its rate are the numbers given."""
        if name != "masked-nelbo":
            raise Absent("no term %s" % name)
        p = laws(inputs["law"], int(handle.made.num_classes))
        given = [handle.tensor(numpy.broadcast_to(as_numpy(inputs[one]).astype(float).ravel(), len(p))) for one in ("sigma", "rate")]
        x0, xt = tokens(inputs["x0"], -1, 1), tokens(inputs["xt"], -1, 1)
        with handle.controlled(), inside("call"):
            mdlm = interpolants.MDLM(times(False), handle.made.prior_distribution, GivenRates(*given))
            return {"value": flat(mdlm.loss(handle.tensor(logs(p)[:, None]), x0, xt, torch.zeros(len(p), dtype=handle.dtype)))}

    def step(self, handle, logits, t, x, s, **given):
        time = torch.full((len(x),), t, dtype=handle.dtype)
        return handle.made.step(logits, time, x, torch.full_like(time, t - s), **given)

    def drawn(self, handle, law, rows):
        """What step() draws with."""
        return handle.made._sample_categorical(handle.tensor(law).expand(rows, 1, -1))

    def pairs(self, handle, steps):
        return [((steps - k) / steps, (steps - k - 1) / steps) for k in range(steps)]


class Dfm(Tokens):
    """Noise at 0, data at 1; a token of the prior is replaced by the clean one with probability t. Steps are Euler's, of rates."""

    methods = ("facts", "survival", "transition", "stationary", "steplaw", "temperedlaw", "runlaw", "runs", "paths")
    clean_end = 1.0
    options = (CLASSES, PRIORS, Option("stochasticity", [1.0, 0.0, 4.0], 1.0, kind="number", stage="step"))

    def build(self, handle):
        return interpolants.DiscreteFlowMatcher(times(False), self.prior(handle))

    def facts(self, handle):
        # Without added noise, Euler's step of a linear schedule unmasks with probability dt/(1 − t), which is exact.
        exact = handle.made.use_mask and handle.option("stochasticity") == 0
        discrete = self.discrete(handle, level="survival", reverse="plug-in" if exact else "euler", tempers="clean")
        return {"time": {"kind": "interval", "first": 0.0, "last": 1.0, "clean": "last"}, "discrete": discrete}

    def survival(self, handle, t):
        """The class has no schedule: what it interpolates with is the time itself."""
        return {"level": as_numpy(t).astype(float).ravel()}

    def noised(self, handle, x0, t):
        noise = handle.made.sample_prior((len(x0), 1))
        return handle.made.interpolate(x0[:, None], torch.full((len(x0),), t, dtype=handle.dtype), noise)

    def step(self, handle, logits, t, x, s, **given):
        time = torch.full((len(x),), t, dtype=handle.dtype)
        return handle.made.step(logits, time, x, torch.full_like(time, s - t), stochasticity=float(handle.option("stochasticity")), **given)

    def pairs(self, handle, steps):
        return [(k / steps, (k + 1) / steps) for k in range(steps)]
