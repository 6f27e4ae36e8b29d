"""flow_matching on finitely many states: mixture paths, their rates, the generalised KL, the Euler solver.

Noise at t = 0, data at t = 1; a token of the source law is replaced by the clean one with probability alpha. The posterior of the
clean token is what models predict. Each token is a batch entry of its own; in `runlaw` a batch entry is a sequence.
"""

import numpy
import torch

from flow_matching.path.scheduler import ConvexScheduler
from flow_matching.path.scheduler.scheduler import SchedulerOutput

from ..adapter import Absent, inside
from ..branching import law_of
from ..chains import clean_laws, laws, logs, numbers, product, sequences, tokens
from ..options import Option
from ..tensors import as_numpy
from .flow_matching_path import Handle, flat, made_scheduler, modules, scheduler_classes

try:
    from flow_matching.path import MixtureDiscreteProbPath
except ImportError:
    MixtureDiscreteProbPath = None
try:
    from flow_matching.loss import MixturePathGeneralizedKL
except ImportError:
    MixturePathGeneralizedKL = None
try:
    from flow_matching.solver import MixtureDiscreteEulerSolver
except ImportError:  # without torchdiffeq
    MixtureDiscreteEulerSolver = None

#: Schedulers whose sigma is 1 − alpha. The straight one first.
CONVEX = sorted((name for name, cls in scheduler_classes().items() if issubclass(cls, ConvexScheduler)), key=lambda name: name != "CondOTScheduler")

OPTIONS = (
    Option("scheduler", CONVEX, CONVEX[0]),
    Option("n", [2.0, 1.0, 3.0], 2.0, kind="number"),
    Option("vocabulary_size", [5, 2, 16], 5, kind="integer"),
    # The law of x_0: all states alike, the last one as a mask, or any law.
    Option("source", ["uniform", "mask", "general"], "uniform"),
)
EXCLUDED = [({"scheduler": name, "n": n}, "%s has no exponent" % name) for name in CONVEX if name != "PolynomialConvexScheduler" for n in (1.0, 3.0)]


class Mixture:
    """MixtureDiscreteProbPath and the loss made on it."""

    methods = ("facts", "survival", "transition", "stationary", "paths", "jumpvelocity", "term")
    options = OPTIONS
    excluded = EXCLUDED

    def make(self, unit, config, arithmetic):
        handle = Handle(self, unit, config, arithmetic)
        cls = scheduler_classes()[handle.option("scheduler")]
        given = {"n": handle.option("n")} if handle.option("scheduler") == "PolynomialConvexScheduler" else {}
        with handle.controlled(), inside("construct"):
            handle.path = MixtureDiscreteProbPath(made_scheduler(cls, given))
        handle.classes = int(handle.option("vocabulary_size"))
        return handle

    def facts(self, handle):
        source = handle.option("source")
        family = {"uniform": "uniform", "mask": "absorbing"}.get(source, "general")
        return {
            "time": {"kind": "interval", "first": 0.0, "last": 1.0, "clean": "last"},
            "discrete": {
                "classes": handle.classes,
                "mask": handle.classes - 1 if source == "mask" else None,
                "family": family,
                "level": "survival",
                "predicts": "posterior",
                # Jumps go to the posterior, which no rule for reverse steps of chains is.
                "reverse": None,
            },
        }

    def source(self, handle):
        """The law of x_0. Shape (K,)."""
        kind, classes = handle.option("source"), handle.classes
        if kind == "uniform":
            return numpy.full(classes, 1 / classes)
        if kind == "mask":
            return numpy.eye(classes)[-1]
        return numpy.arange(1, classes + 1) / numpy.arange(1, classes + 1).sum()

    def law(self, handle, run, rows, **more):
        with inside("call"):
            return law_of(run, rows, handle.classes, handle.arithmetic, modules=modules(), **more)

    def survival(self, handle, t):
        return {"level": handle.scheduled(as_numpy(t).ravel())[0]}

    def stationary(self, handle):
        return {"law": self.source(handle)}

    def transition(self, handle, s, t, states):
        """From data: x_0 is drawn from the source law, and the path's own draw branches."""
        if s is not None:
            raise Absent("a mixture path joins two tokens, and has no kernel between times")
        x1 = torch.arange(handle.classes) if states is None else tokens(states)
        return {"matrix": self.noised(handle, x1, t)}

    def noised(self, handle, x1, t):
        return self.law(handle, lambda: self.sampled(handle, x1, t).numpy(), len(x1))

    def sampled(self, handle, x1, t):
        """Draws from the path, with x_0 drawn from the source law."""
        x0 = torch.multinomial(handle.tensor(numpy.tile(self.source(handle), (len(x1), 1))), 1)
        return handle.path.sample(x_0=x0, x_1=x1[:, None], t=handle.tensor(numpy.full(len(x1), t))).x_t

    def paths(self, handle, x, s, t, count, draws):
        if s is not None:
            raise Absent("a mixture path joins two tokens, and noises nothing that is noisy already")
        with handle.drawing(draws):
            return {"states": self.sampled(handle, torch.full((int(count),), int(x)), t).reshape(-1).double().numpy()}

    def jumpvelocity(self, handle, direction, xt, values, t):
        """posterior_to_velocity: jumps to data, per unit of the library's time."""
        if direction != "forward":
            raise Absent("no velocity away from the source")
        x, p = tokens(xt), handle.tensor(logs(laws(values, handle.classes)))
        with handle.controlled(), inside("call"):
            rates = handle.path.posterior_to_velocity(p[:, None], x[:, None], handle.tensor(numpy.full(len(x), t)))
        return {"law": flat(rates)}

    def term(self, handle, name, inputs):
        """`mixture-path-kl`: MixturePathGeneralizedKL of single tokens, on a scheduler whose alpha and its rate are the numbers given."""
        if name != "mixture-path-kl" or MixturePathGeneralizedKL is None:
            raise Absent("no term %s" % name)
        p = handle.tensor(logs(laws(inputs["law"], handle.classes)))
        clean, noisy = tokens(inputs["x0"], -1, 1), tokens(inputs["xt"], -1, 1)
        given = [handle.tensor(numpy.broadcast_to(as_numpy(inputs[one]).astype(float).ravel(), len(clean))) for one in ("kappa", "slope")]
        with handle.controlled(), inside("call"):
            loss = MixturePathGeneralizedKL(MixtureDiscreteProbPath(GivenLevels(*given)), reduction="none")
            return {"value": flat(loss(p[:, None], clean, noisy, torch.zeros(len(clean), dtype=handle.dtype)))}


class GivenLevels(ConvexScheduler):
    """A scheduler of given numbers, one per batch entry, whatever the time."""

    def __init__(self, kappa, slope):
        super().__init__()
        self.kappa, self.slope = kappa, slope

    def __call__(self, t):
        return SchedulerOutput(alpha_t=self.kappa, sigma_t=1 - self.kappa, d_alpha_t=self.slope, d_sigma_t=-self.slope)

    def kappa_inverse(self, kappa):
        raise NotImplementedError


class MixtureSolver(Mixture):
    """MixtureDiscreteEulerSolver: a clean token is drawn, and then perhaps a jump. The last step returns the clean token."""

    methods = ("facts", "survival", "transition", "stationary", "steplaw", "runlaw", "runs", "paths")
    options = (*OPTIONS, Option("div_free", [0.0, 1.0, 0.25], 0.0, kind="number", stage="step"))

    def steplaw(self, handle, xt, clean, s, t):
        """`s` is None for data themselves."""
        x, p = tokens(xt, -1, 1), laws(clean, handle.classes)[:, None]
        return {"law": self.stepped(handle, x, p, t, 1.0 if s is None else s)}

    def stepped(self, handle, x, p, t, s):
        """Laws after one step from t to s; a second step, to 1, is made with a model that is sure, and its state is not looked at."""
        sure = numpy.broadcast_to(numpy.eye(handle.classes)[0], p.shape)
        times = [t, s] if s == 1 else [t, s, 1.0]

        def run():
            models = iter([handle.tensor(p), handle.tensor(sure)])
            return self.solved(handle, lambda x, t: next(models), x, times, return_intermediates=True)[1].numpy()

        return self.law(handle, run, len(x), length=x.shape[1])

    def solved(self, handle, model, x, times, **more):
        solver = MixtureDiscreteEulerSolver(
            model=model, path=handle.path, vocabulary_size=handle.classes, source_distribution_p=handle.tensor(self.source(handle))
        )
        given = {"step_size": None, "div_free": float(handle.option("div_free")), "dtype_categorical": handle.dtype, **more}
        return solver.sample(x_init=x, time_grid=handle.tensor(times), **given)

    def runlaw(self, handle, table, length, steps):
        """A run is a chain of steps; that each is what the solver makes of it in one call is the library's own loop."""
        length, steps, table = int(length), int(steps), as_numpy(table).astype(float).ravel()
        every = torch.from_numpy(sequences(handle.classes, length))
        law = product(self.source(handle), length)
        for k in range(steps):
            t, s = k / steps, (k + 1) / steps
            clean = clean_laws(table, self.noised(handle, torch.arange(handle.classes), t), handle.classes, length)
            law = law @ self.stepped(handle, every, clean, t, s)
        return {"law": law}

    def runs(self, handle, table, length, steps, count, draws):
        """The same runs, drawn: one call of the solver for a batch of sequences, on its own random numbers."""
        length, steps, count, table = int(length), int(steps), int(count), as_numpy(table).astype(float).ravel()
        times, classes = [k / steps for k in range(steps + 1)], handle.classes
        cleans = [clean_laws(table, self.noised(handle, torch.arange(classes), t), classes, length) for t in times[:-1]]
        with handle.drawing(draws):
            models = iter([handle.tensor(clean) for clean in cleans])
            x = torch.multinomial(handle.tensor(self.source(handle)), count * length, replacement=True).reshape(count, length)
            x = self.solved(handle, lambda x, t: next(models)[numbers(x, classes)], x, times)
        return {"states": numbers(x, classes).double().numpy()}
