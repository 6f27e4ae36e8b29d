"""What flow_matching has for manifolds, on the one manifold where Gaussian paths live: flat space."""

from flow_matching.path.scheduler import ConvexScheduler

from ..options import Option
from .flow_matching_ode import GRIDS, UNDEFINED, Solver
from .flow_matching_path import Path, declared, made_scheduler, scheduler_classes

try:
    from flow_matching.path import GeodesicProbPath
    from flow_matching.solver import RiemannianODESolver
    from flow_matching.utils.manifolds import Euclidean
except ImportError:  # releases without manifolds, or without what their solvers import
    GeodesicProbPath = RiemannianODESolver = Euclidean = None

#: Schedulers that a geodesic can follow: sigma is 1 − alpha. The straight one first.
CONVEX = sorted((name for name, cls in scheduler_classes().items() if issubclass(cls, ConvexScheduler)), key=lambda name: name != "CondOTScheduler")


class GeodesicPath(Path):
    """GeodesicProbPath: the velocity is differentiated by torch, not written down."""

    methods = ("facts", "levels", "rates", "sample", "velocity")
    options = (Option("scheduler", CONVEX, CONVEX[0]),)

    def path(self, unit, config):
        name = config.get("scheduler", CONVEX[0])
        return GeodesicProbPath(made_scheduler(scheduler_classes()[name], {}), Euclidean())

    def facts(self, handle):
        straight = handle.option("scheduler") == "CondOTScheduler"
        return {**declared(handle.path.scheduler), "output": "data-minus-noise" if straight else None}


class FlatSolver(Solver):
    """RiemannianODESolver, which has integrators of its own and sorts its times. One straight path and one curved: all of them, and
    all predictions, are ODESolver's business."""

    methods = ("facts", "levels", "grid", "run")
    options = (
        Option("scheduler", ["CondOTScheduler", "CosineScheduler"], "CondOTScheduler"),
        Option("prediction", ["velocity", "target"], "velocity"),
        Option("method", ["euler", "midpoint", "rk4"], "euler", stage="setup"),
        *GRIDS,
    )
    excluded = UNDEFINED

    def step_size(self, handle, times):
        """The solver asks for an interval longer than its step: a single one cannot be had by its size."""
        return super().step_size(handle, times) if len(times) > 2 else None

    def solver(self, velocity):
        return RiemannianODESolver(Euclidean(), velocity)
