"""flow_matching's ODE solver with exact models, alone and behind a change of scheduler; and its likelihood.

One call of a run is one step of the time grid: the solver returns the states of the grid and nothing in between. Its inner model
calls are answered at the level of the time they are made for, with the output of that step.
"""

import math

import numpy
import torch

from flow_matching.path import AffineProbPath
from flow_matching.path import scheduler as schedulers

from ..adapter import Absent, inside
from ..interception import Draws
from ..options import Option
from ..oracles import oracle as build_oracle
from ..tensors import as_numpy
from .flow_matching_path import OUTPUTS, Handle, converted, declared, flat, made_scheduler, scheduler_classes

try:
    from flow_matching.solver import ODESolver
except ImportError:  # without torchdiffeq
    ODESolver = None

#: Fixed-grid methods of torchdiffeq: model calls per step and classical order.
CALLS = {"euler": 1, "midpoint": 2, "heun2": 2, "heun3": 3, "rk4": 4}
ORDERS = {"euler": 1.0, "midpoint": 2.0, "heun2": 2.0, "heun3": 3.0, "rk4": 4.0}
#: Methods with a model call at the end of each step.
REACHING = ("heun2", "rk4")

#: Where a grid that avoids both ends starts and stops.
MARGIN = 1 / 64

NAMES = ["CondOTScheduler"] + [name for name in sorted(scheduler_classes()) if name != "CondOTScheduler"]
CURVED = NAMES[1:]
#: Schedulers whose alpha is positive at t = 0, where a noise prediction gives a velocity.
SIGNAL_AT_START = ("VPScheduler",)


def is_affine(scheduler):
    """Whether alpha and sigma are affine in the library's time."""
    return type(scheduler).__name__ == "CondOTScheduler" or getattr(scheduler, "n", None) == 1


GRIDS = (
    # Not 49: 1/(1/49) exceeds 49 in binary64, and solvers told the size of the step then call the model once more, at the very end.
    Option("steps", [10, 1, 2, 3, 7, 48], 10, kind="integer", stage="setup"),
    Option("grid", ["time_grid", "step_size", "uneven"], "time_grid", stage="setup"),
    Option("span", ["whole", "inner"], "whole", stage="setup"),
)
MODELS = (
    Option("scheduler", NAMES, NAMES[0]),
    # What the model predicts; all but the velocity pass through the path's conversion to a velocity.
    Option("prediction", ["velocity", "target", "epsilon"], "velocity"),
)
#: Models that have no value where they would be asked.
UNDEFINED = (
    [({"scheduler": name, "prediction": "velocity"}, "a velocity that is not data minus noise has no name among the outputs") for name in CURVED]
    + [({"span": "whole", "method": method}, "a model call at t = 1, where the velocity of one-point data has no value") for method in REACHING]
    + [
        ({"span": "whole", "scheduler": name, "prediction": "epsilon"}, "at alpha = 0 a noise prediction gives no velocity")
        for name in NAMES
        if name not in SIGNAL_AT_START
    ]
)


class Solver:
    """ODESolver on the path of one scheduler."""

    methods = ("facts", "levels", "grid", "run", "loglik")
    options = (*MODELS, Option("method", list(CALLS), "euler", stage="setup"), *GRIDS, Option("direction", ["to data", "to noise"], "to data", stage="setup"))
    excluded = (
        UNDEFINED
        + [
            ({"span": "whole", "direction": "to noise", "prediction": kind}, "a conversion that divides by sigma or alpha, 0 at one end")
            for kind in ("target", "epsilon")
        ]
        + [({"grid": "uneven", "direction": "to noise"}, "only costs time"), ({"grid": "step_size", "direction": "to noise"}, "only costs time")]
    )

    def make(self, unit, config, arithmetic):
        handle = Handle(self, unit, config, arithmetic)
        with handle.controlled(), inside("construct"):
            handle.path = AffineProbPath(made_scheduler(scheduler_classes()[handle.option("scheduler")], {}))
        return handle

    # --- declarations -----------------------------------------------------------------------------------------------------

    def facts(self, handle):
        scheduler = handle.path.scheduler
        return {**declared(scheduler), "output": OUTPUTS[handle.option("prediction")], "sampler": self.sampler(handle, scheduler)}

    def sampler(self, handle, scheduler):
        """A Runge-Kutta method in the library's time is exact on constant data and noise only where the path, alpha·x1 + sigma·x0,
        is a straight line in that time: elsewhere its steps are chords of a curve. All have their classical order."""
        exact = is_affine(scheduler)
        inverse = handle.option("direction") == "to noise"
        return {
            "noise": "none",
            "order": ORDERS[handle.option("method")],
            "exactOnConstants": exact,
            "inverse": inverse,
            "endsClean": self.ends_clean(handle) and not inverse,
            # The last step of a curved path, or of an uneven method, mixes the state in.
            "endsOnPrediction": exact,
        }

    def ends_clean(self, handle):
        # The cosine of a rounded π/2 is not 0, and the class does not say that it is.
        return handle.option("span") == "whole" and type(handle.path.scheduler).__name__ != "CosineScheduler"

    def levels(self, handle, t):
        alpha, sigma, _, _ = handle.scheduled(as_numpy(t).ravel())
        return {"alpha": alpha, "sigma": sigma}

    # --- the grid ---------------------------------------------------------------------------------------------------------

    def time_grid(self, handle):
        n = int(handle.option("steps"))
        low, high = (0.0, 1.0) if handle.option("span") == "whole" else (MARGIN, 1 - MARGIN)
        shares = numpy.linspace(0, 1, n + 1)
        if handle.option("grid") == "uneven":
            shares = 1 - (1 - shares) ** 1.3
        times = low + (high - low) * shares
        times[-1] = high
        return times[::-1].copy() if handle.option("direction") == "to noise" else times

    def grid(self, handle):
        times = self.time_grid(handle)
        alpha, sigma, _, _ = handle.scheduled(times)
        return {"times": times[:-1], "alpha": alpha, "sigma": sigma, "asked": float(len(times) - 1), "clock": self.clock(handle)}

    def clock(self, handle):
        return "complement" if type(handle.path.scheduler).__name__ == "CondOTScheduler" else "exact"

    def step_size(self, handle, times):
        return abs(times[-1] - times[0]) / (len(times) - 1) if handle.option("grid") == "step_size" and len(times) > 1 else None

    # --- runs -------------------------------------------------------------------------------------------------------------

    def run(self, handle, start, oracle, alpha, sigma, p, q, first=0, count=None, draws=None, state="fresh", variance=None):
        # Times of the model calls are those of the solver, so levels are read there; p and q are the same at all of them.
        p, q = float(as_numpy(p).ravel()[0]), float(as_numpy(q).ravel()[0])
        times = self.time_grid(handle)
        times = times[first:] if count is None else times[first : first + count + 1]
        model = Model(handle, self.path_of_model(handle), oracle, p, q, len(times) - 1)
        x = handle.tensor(as_numpy(start), 1, -1)
        options = {"method": handle.option("method"), "step_size": self.step_size(handle, times), "return_intermediates": True}
        with handle.controlled(Draws(**(draws or {"mode": "none"}))), inside("call"):
            solver = self.solver(self.velocity_model(handle, model))
            if state == "reused":
                solver.sample(x_init=0.1 * x, time_grid=handle.tensor(times), **options)
                model.reset()
            states = solver.sample(x_init=x, time_grid=handle.tensor(times), **options)
        inputs, outputs = model.answered()
        return {"states": flat(states), "inputs": inputs, "outputs": outputs, "data": None, "drawn": numpy.zeros(len(times) - 1)}

    def solver(self, velocity):
        return ODESolver(velocity)

    def path_of_model(self, handle):
        """The path whose states the model is asked at."""
        return handle.path

    def velocity_model(self, handle, model):
        return model

    # --- likelihood -------------------------------------------------------------------------------------------------------

    def loglik(self, handle, oracle, x, steps):
        """compute_likelihood with the exact velocity of Gaussian data, one coordinate per sample, from t = 1 to t = 0."""
        if oracle["name"] != "gaussian":
            raise Absent("an exact velocity that torch can differentiate is built for Gaussian data only")
        if not all(numpy.isfinite(v).all() for v in handle.scheduled([0.0, 1.0])[2:]):
            raise Absent("the velocity is infinite at one end of time")
        mean, variance = (float(as_numpy(oracle[name]).ravel()[0]) for name in ("mean", "variance"))
        scheduler = handle.path.scheduler

        def velocity(x, t):
            level = scheduler(t)
            total = level.alpha_t**2 * variance + level.sigma_t**2
            data = mean + level.alpha_t * variance * (x - level.alpha_t * mean) / total
            noise = level.sigma_t * (x - level.alpha_t * mean) / total
            return level.d_alpha_t * data + level.d_sigma_t * noise

        options = {"method": handle.option("method"), "step_size": 1 / steps if handle.option("grid") == "step_size" else None}
        with handle.controlled(), inside("call"):
            _, value = ODESolver(velocity).compute_likelihood(
                x_1=handle.tensor(as_numpy(x), -1, 1),
                log_p0=lambda z: -0.5 * (z**2).sum(dim=1) - 0.5 * math.log(2 * math.pi),
                time_grid=torch.linspace(1, 0, int(steps) + 1, dtype=handle.dtype),
                exact_divergence=True,
                **options,
            )
        return {"value": flat(value)}


class Model:
    """An exact model as the solver sees it: its prediction at (x, t), brought to a velocity by the path's own conversion."""

    def __init__(self, handle, path, oracle, p, q, steps):
        self.handle = handle
        self.path = path
        self.oracle = build_oracle(oracle)
        self.p = p
        self.q = q
        self.steps = steps
        self.per_step = CALLS[handle.option("method")]
        self.kind = handle.option("prediction")
        self.reset()

    def reset(self):
        self.calls = 0
        self.inputs = []
        self.outputs = []

    def __call__(self, x, t):
        level = self.path.scheduler(t)
        step = min(self.calls // self.per_step, self.steps - 1)
        out = self.oracle(flat(x), float(level.alpha_t), float(level.sigma_t), self.p, self.q, step)
        if self.calls % self.per_step == 0:
            self.inputs.append(flat(x))
            self.outputs.append(numpy.asarray(out, dtype=float))
        self.calls += 1
        return converted(self.path, self.kind, "velocity", self.handle.tensor(out).reshape(x.shape), x, t)

    def answered(self):
        """State and output at the first model call of each step. A grid made from a step size may end on one more, of length 0."""
        return tuple(numpy.concatenate(values[: self.steps]) if values else numpy.zeros(0) for values in (self.inputs, self.outputs))


class Transformed(Solver):
    """A model of one scheduler's path, run on that of another."""

    methods = ("facts", "levels", "grid", "run")
    options = (
        Option("original_scheduler", sorted(CURVED, key=lambda name: name != "CosineScheduler") + NAMES[:1], "CosineScheduler"),
        Option("new_scheduler", NAMES, NAMES[0]),
        Option("prediction", ["target", "epsilon"], "target"),
    ) + tuple(option for option in Solver.options if option.stage == "setup" and option.name != "direction")
    excluded = (
        [({"span": "whole", "method": method}, "a model call at t = 1, where the signal-to-noise ratio is infinite") for method in REACHING]
        + [({"span": "whole", "prediction": "epsilon"}, "at alpha = 0 a noise prediction gives no velocity")]
        + [
            ({"span": "whole", "original_scheduler": name}, "a ratio of 0 has no time in the original schedule, or one of infinite derivative")
            for name in ("VPScheduler", "PolynomialConvexScheduler")
        ]
    )

    def make(self, unit, config, arithmetic):
        handle = Handle(self, unit, config, arithmetic)
        known = scheduler_classes()
        with handle.controlled(), inside("construct"):
            handle.path = AffineProbPath(made_scheduler(known[handle.option("new_scheduler")], {}))
            handle.original = AffineProbPath(made_scheduler(known[handle.option("original_scheduler")], {}))
        return handle

    def path_of_model(self, handle):
        return handle.original

    def velocity_model(self, handle, model):
        return schedulers.ScheduleTransformedModel(
            velocity_model=model, original_scheduler=handle.original.scheduler, new_scheduler=handle.path.scheduler
        )
