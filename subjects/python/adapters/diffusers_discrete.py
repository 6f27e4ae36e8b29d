"""diffusers' schedulers of tokens: VQDiffusion, DiscreteDDIM, aMUSEd.

Each token is a batch entry of its own, a sequence of one token; in `runlaw` a batch entry is a sequence. Laws of draws come by
branching over the scheduler's own draws where it has no method for them.
"""

import numpy
import torch

from ..adapter import Absent, inside
from ..branching import law_of
from ..chains import clean_laws, laws, logs, product, sequences, some_rows, tokens
from ..options import Option
from ..tensors import as_numpy
from .diffusers_family import Family
from .diffusers_source import parameters_of

#: VQDiffusion's probabilities below this stand for 0: 1e-30, over the likelihood of a state, some 1e-7. Its smallest others are about 1e-14.
ZERO = 1e-20


class Tokens(Family):
    """What schedulers of tokens share. Nothing of a Gaussian state is asked of them."""

    grids = ()
    quick = False
    #: What the adapter's classes are called in the constructor; None where there is no such argument.
    class_argument = None

    def options(self, cls, introspect):
        found, left = super().options(cls, introspect)
        return [*found, Option("classes", [5, 2, 16], 5, kind="integer")], [name for name in left if name != self.class_argument]

    def arguments(self, cls, config):
        made = super().arguments(cls, config)
        # A class of a user may fix their number for itself.
        if self.class_argument in parameters_of(cls.__init__):
            made[self.class_argument] = self.argument(int(config.get("classes", 5)))
        return made

    def argument(self, classes):
        return classes

    def classes(self, handle):
        return int(handle.config.get("classes", 5))

    def law(self, handle, run, rows, **more):
        with inside("call"):
            return law_of(run, rows, self.classes(handle), handle.arithmetic, modules=self.modules(type(handle.s)), **more)

    def steplaw(self, handle, xt, clean, s, t, **given):
        x, p = tokens(xt, -1, 1), laws(clean, self.classes(handle))[:, None]
        return {"law": self.stepped_law(handle, x, p, s, t, **given)}

    def stepped_law(self, handle, x, p, s, t, **given):
        """Laws of what a step draws; x has shape (rows, tokens), p one more axis."""
        self.require_step(handle, s, t)
        return self.law(handle, lambda: self.drawn(self.copy(handle).s, handle, p, x, t, **given).numpy(), len(x), length=x.shape[1])

    def runlaw(self, handle, table, length, steps):
        """Step after step from the stationary law, with the exact model at each."""
        length, steps, table = int(length), int(steps), as_numpy(table).astype(float).ravel()
        handle = self.shortened(handle, steps)
        classes = self.classes(handle)
        every = torch.from_numpy(sequences(classes, length))
        law = product(self.start(handle), length)
        for t, s in self.pairs(steps):
            clean = clean_laws(table, self.likelihood(handle, t), classes, length)
            law = law @ self.stepped_law(handle, every, clean, s, t)
        return {"law": law}


class VqDiffusion(Tokens):
    """Masking and uniform noise at once: a token is kept with probability a, masked with c, else drawn anew. Index 0 is noisy already.

    The scheduler has matrices by their columns for a known x_t; the model gives no probability to the mask."""

    methods = ("facts", "transition", "bayes", "steplaw", "runlaw")
    class_argument = "num_vec_classes"
    steps = [100]

    def more_options(self, cls):
        return []

    def trained(self, handle):
        return int(self.value(handle, "num_train_timesteps", 100))

    def setup(self, handle, s):
        # The constructor sets the times of the whole chain; fewer steps are not another chain.
        pass

    def facts(self, handle):
        classes = self.classes(handle)
        discrete = {
            "classes": classes,
            "mask": classes - 1,
            "family": "mask-uniform",
            "predicts": "posterior",
            "reverse": "mixture",
        }
        return {"time": {"kind": "index", "first": 0.0, "last": float(self.trained(handle) - 1)}, "discrete": discrete}

    def column(self, handle, t, cumulative):
        """P(x_t = y | x = ·) for every y; rows of the answer belong to x, the mask last where there is a row for it."""
        classes = self.classes(handle)
        y = torch.arange(classes)[:, None]
        onehot = torch.log(torch.nn.functional.one_hot(y, classes).permute(0, 2, 1).to(handle.dtype).clamp(min=1e-30))
        with handle.controlled(), inside("call"):
            logq = handle.s.log_Q_t_transitioning_to_known_class(t=int(round(t)), x_t=y, log_onehot_x_t=onehot, cumulative=cumulative)
        return self.read(logq[:, :, 0].exp().double().numpy().T)

    def read(self, p):
        """Probabilities as the scheduler writes them: its logarithm of 0 is that of 1e-30, times what it is multiplied with."""
        return numpy.where(p < ZERO, 0, p)

    def stepped_law(self, handle, x, p, s, t):
        return self.read(super().stepped_law(handle, x, p, s, t))

    def transition(self, handle, s, t, states):
        """From data, the cumulative matrix, whose row for the mask is that of one step: data have no masks. Between times, the product
        of one-step matrices."""
        if s is None:
            return {"matrix": some_rows(self.likelihood(handle, t), states)}
        matrix = numpy.eye(self.classes(handle))
        for k in range(int(round(s)) + 1, int(round(t)) + 1):
            matrix = matrix @ self.column(handle, k, False)
        return {"matrix": some_rows(matrix, states)}

    def likelihood(self, handle, t):
        return numpy.concatenate([self.column(handle, t, True), self.column(handle, t, False)[-1:]])

    def require_step(self, handle, s, t):
        if round(t) - (-1 if s is None else round(s)) != 1:
            raise Absent("steps go from one index to the one before")

    def bayes(self, handle, x0, xt, s, t):
        """q_posterior of a sure prediction."""
        self.require_step(handle, s, t)
        classes = self.classes(handle)
        sure = numpy.eye(classes)[as_numpy(x0).astype(int).ravel()]
        x = tokens(xt, -1, 1)
        with handle.controlled(), inside("call"):
            logq = handle.s.q_posterior(self.prediction(handle, sure[:, None]), x, int(round(t)))
        return {"law": self.read(logq[:, :, 0].exp().double().numpy().ravel())}

    def prediction(self, handle, p):
        """Log-probabilities of the classes but the mask, classes in the middle."""
        return torch.from_numpy(logs(p[..., :-1])).to(handle.dtype).permute(0, 2, 1).contiguous()

    def drawn(self, s, handle, p, x, t):
        return s.step(self.prediction(handle, p), int(round(t)), x).prev_sample

    def shortened(self, handle, steps):
        return self.make(handle.unit, {**handle.config, "num_train_timesteps": steps}, handle.arithmetic)

    def start(self, handle):
        return numpy.eye(self.classes(handle))[-1]

    def pairs(self, steps):
        return [(k, k - 1 if k > 0 else None) for k in range(steps - 1, -1, -1)]


class DiscreteDdim(Tokens):
    """Uniform noise; times count up from noise at 0 to data at N. A clean token is drawn from the model's law and then Bayes' rule is
    drawn from by three routes: the mixture of posteriors, at temperature 1."""

    methods = ("facts", "survival", "steplaw", "temperedlaw", "convertclean", "runlaw")
    skip = (*Family.skip, "corrector_steps", "corrector_k", "corrector_selection", "corrector_selection_tau", "num_inference_steps")
    steps = [32, 4, 1]
    call_options = (Option("temperature", [1.0, 0.0], 1.0, kind="number", stage="step"),)

    def facts(self, handle):
        greedy = handle.config.get("temperature", 1.0) == 0
        discrete = {
            "classes": self.classes(handle),
            "family": "uniform",
            "level": "survival",
            "predicts": "posterior",
            "reverse": None if greedy else "mixture",
            "tempers": None if greedy else "clean",
        }
        return {"time": {"kind": "index", "first": 0.0, "last": float(handle.s.num_inference_steps), "clean": "last"}, "discrete": discrete}

    def survival(self, handle, t):
        with handle.controlled(), inside("call"):
            return {"level": [float(handle.s._alpha(int(round(k)))) for k in as_numpy(t).ravel()]}

    def require_step(self, handle, s, t):
        if (handle.s.num_inference_steps if s is None else round(s)) - round(t) != 1:
            raise Absent("steps go from one index to the next")

    def temperedlaw(self, handle, xt, clean, s, t, temperature):
        return self.steplaw(handle, xt, clean, s, t, temperature=float(temperature))

    def drawn(self, s, handle, p, x, t, temperature=None):
        logits = torch.from_numpy(logs(p)).to(handle.dtype)
        given = float(handle.config.get("temperature", 1.0)) if temperature is None else temperature
        return s.step(logits, int(round(t)), x, temperature=given).prev_sample

    def convertclean(self, handle, source, target, xt, clean, t):
        if (source, target) != ("posterior", "leave-one-out"):
            raise Absent("no conversion from %s to %s" % (source, target))
        logits = torch.from_numpy(logs(laws(clean, self.classes(handle)))).to(handle.dtype)
        with handle.controlled(), inside("call"):
            shifted = handle.s._to_loo_logits(logits[:, None], tokens(xt, -1, 1), handle.s._alpha(int(round(t))))
        return {"law": torch.softmax(shifted.double(), dim=-1).reshape(-1)}

    def shortened(self, handle, steps):
        return self.make(handle.unit, {**handle.config, "steps": steps}, handle.arithmetic)

    def start(self, handle):
        return numpy.full(self.classes(handle), 1 / self.classes(handle))

    def likelihood(self, handle, t):
        """Of the process that the class documents: it has no forward process of its own."""
        classes, alpha = self.classes(handle), handle.s._alpha(int(round(t)))
        return alpha * numpy.eye(classes) + (1 - alpha) / classes

    def pairs(self, steps):
        return [(k, k + 1) for k in range(steps)]


class Amused(Tokens):
    """Masking by confidence: the tokens of a sequence are ranked together, so that a step has no law token by token. What noises data
    is a kernel."""

    methods = ("facts", "transition", "stationary")
    class_argument = "mask_token_id"
    steps = [12, 3]

    def argument(self, classes):
        return classes - 1

    def facts(self, handle):
        classes = self.classes(handle)
        discrete = {"classes": classes, "mask": classes - 1, "family": "absorbing", "predicts": "posterior"}
        return {"time": {"kind": "index", "first": 0.0, "last": float(len(handle.s.timesteps) - 1)}, "discrete": discrete}

    def transition(self, handle, s, t, states):
        if s is not None:
            raise Absent("the class noises data, and nothing that is noisy already")
        if not hasattr(handle.s, "add_noise"):
            raise Absent("no add_noise")
        x0 = torch.arange(self.classes(handle)) if states is None else tokens(states)
        return {"matrix": self.law(handle, lambda: handle.s.add_noise(x0[:, None], int(round(t))).numpy(), len(x0))}

    def stationary(self, handle):
        return {"law": numpy.eye(self.classes(handle))[-1]}
