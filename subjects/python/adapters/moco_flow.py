"""bionemo-moco's ContinuousFlowMatcher: noise at 0, data at 1, joined by a straight line."""

import torch

from ..adapter import Absent, inside
from ..options import Option
from ..tensors import as_numpy
from .moco_common import GaussianPrior, flat, interpolants, times
from .moco_gaussian import GRID, Continuous


class Cfm(Continuous):
    methods = ("facts", "levels", "sample", "velocity", "convert", "grid", "run")
    direction = "unified"
    options = (
        Option("prediction_type", ["data", "velocity"], "data", source="annotation"),
        # Added to 1 − t where a data prediction becomes a vector field.
        Option("eps", [1e-5, 0.0], 1e-5, kind="number"),
        GRID,
    )

    def build(self, handle):
        return interpolants.ContinuousFlowMatcher(
            times(False), GaussianPrior(), prediction_type=handle.option("prediction_type"), eps=float(handle.option("eps"))
        )

    def output(self, handle):
        return {"data": "x0", "velocity": "data-minus-noise"}[handle.option("prediction_type")]

    def facts(self, handle):
        euler = self.method == "step"
        exact = handle.option("eps") == 0 or handle.option("prediction_type") == "velocity"
        return {
            "time": {"kind": "interval", "first": 0.0, "last": 1.0, "clean": "last"},
            "level": "alpha-sigma",
            "scale": "flow",
            "output": self.output(handle),
            "sampler": {
                "noise": "none" if euler else "other",
                "order": 1.0 if euler and exact else None,
                "exactOnConstants": euler and exact,
                "endsClean": euler and exact,
                "endsOnPrediction": euler and exact,
            },
        }

    def at(self, handle, t):
        own = handle.tensor(t)
        one, nil = torch.ones(len(own), 1, 1, dtype=handle.dtype), torch.zeros(len(own), 1, 1, dtype=handle.dtype)
        with handle.controlled(), inside("call"):
            alpha, sigma = handle.made.interpolate(one, own, nil), handle.made.interpolate(nil, own, one)
        return {"alpha": flat(alpha), "sigma": flat(sigma)}

    def velocity(self, handle, x0, noise, t):
        if self.output(handle) == "x0":
            raise Absent("the target is the data")
        count = len(as_numpy(t).ravel())
        with handle.controlled(), inside("call"):
            return {"value": flat(handle.made.calculate_target(self.shaped(handle, x0, count), self.shaped(handle, noise, count)))}

    def conversion(self, handle, target):
        if target == "x0":
            return handle.made.process_data_prediction
        if target == "data-minus-noise":
            return handle.made.process_vector_field_prediction
        if target == "score" and self.output(handle) == "data-minus-noise":
            return lambda value, x, t: handle.made.vf_to_score(x, value, t)
        raise Absent("no conversion to %s" % target)

    def step(self, handle, output, x, t, s):
        return getattr(handle.made, self.method)(output, x, handle.tensor([s - t]), handle.tensor([t]))
