"""flow_matching (Meta): schedulers, probability paths, ODE solvers and the change of scheduler; mixture paths on tokens.

Time runs from noise at 0 to data at 1; alpha multiplies the data and sigma the noise. Both are declared.
"""

from ..adapter import Families, Unit
from ..options import Option

import flow_matching.path as paths
from flow_matching.path import scheduler as schedulers

from .flow_matching_discrete import Mixture, MixtureDiscreteEulerSolver, MixtureDiscreteProbPath, MixtureSolver
from .flow_matching_manifold import FlatSolver, GeodesicPath, GeodesicProbPath, RiemannianODESolver
from .flow_matching_ode import ODESolver, Solver, Transformed
from .flow_matching_path import NUMERIC, CondOtPath, Path, scheduler_classes


class FlowMatching(Families):
    name = "flow_matching"
    module = "flow_matching"
    arithmetics = ("promoted", "intercepted", "f32", "f64")
    numeric = NUMERIC

    def units(self):
        made = [self.unit(Path(), name, cls, self.constructor(cls)) for name, cls in sorted(scheduler_classes().items())]
        for family, name, target in (
            (CondOtPath(), "CondOTProbPath", getattr(paths, "CondOTProbPath", None)),
            (GeodesicPath(), "GeodesicProbPath", GeodesicProbPath),
            (Solver(), "ODESolver", ODESolver),
            (FlatSolver(), "RiemannianODESolver", RiemannianODESolver),
            (Transformed(), "ScheduleTransformedModel", getattr(schedulers, "ScheduleTransformedModel", None) if ODESolver else None),
            (Mixture(), "MixtureDiscreteProbPath", MixtureDiscreteProbPath),
            (MixtureSolver(), "MixtureDiscreteEulerSolver", MixtureDiscreteEulerSolver),
        ):
            if target is not None:
                made.append(self.unit(family, name, target, []))
        return made

    def unit(self, family, name, target, options):
        self.families[name] = family
        unit = Unit(name, target, list(options) + list(family.options))
        unit.excluded = list(family.excluded)
        return unit

    def constructor(self, cls):
        """Options of a constructor; a required number starts at the first of its values."""
        found, _ = self.introspect(cls)
        return [option if option.default is not None else Option(option.name, option.values[1:], option.values[1], kind=option.kind) for option in found]

    def copy(self, handle):
        # Schedulers, paths and solvers keep nothing between calls.
        return handle
