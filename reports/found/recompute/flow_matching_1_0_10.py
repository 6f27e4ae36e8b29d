"""The finding in flow_matching 1.0.10, recomputed without lawbook: a velocity that depends on time alone is integrated by hand.

Run it with a Python that has flow_matching 1.0.10: `python flow_matching_1_0_10.py`. The last line counts what still reproduces.
"""

import torch
from flow_matching.solver import ODESolver, RiemannianODESolver
from flow_matching.utils import ModelWrapper
from flow_matching.utils.manifolds import Euclidean
from shown import Findings, line_of


class Rising(ModelWrapper):
    """u_t(x) = t, so that x(1) = x(s) + (1 - s²)/2."""

    def __init__(self):
        super().__init__(None)
        self.asked = []

    def forward(self, x, t, **_):
        self.asked.append(float(t))
        return torch.zeros_like(x) + t


findings = Findings()
start = torch.zeros(1, 1, dtype=torch.float64)
for first, method in ((0.5, "midpoint"), (0.25, "rk4"), (0.5, "euler")):
    grid = torch.tensor([first, 1.0], dtype=torch.float64)
    velocity = Rising()
    got = float(RiemannianODESolver(Euclidean(), velocity).sample(start, step_size=0.1, method=method, time_grid=grid))
    plain = float(ODESolver(Rising()).sample(start, step_size=0.1, method=method, time_grid=grid))
    # Euler's sum of n steps of length h falls short of the integral by h/2 times the rise of u.
    expected = (1 - first**2) / 2 - (0.05 * (1 - first) if method == "euler" else 0)
    findings.report(
        "RiemannianODESolver.sample(step_size=0.1, method=%r, time_grid=[%s, 1]) starts at time 0, whatever the grid says" % (method, first),
        line_of(RiemannianODESolver, "step_size * i for i in range(n_steps)"),
        "%.6f, first asked at t = %s (ODESolver: %.6f)" % (expected, first, plain),
        "%.6f, first asked at t = %s" % (got, velocity.asked[0]),
        abs(got - expected) > 1e-3 and velocity.asked[0] == 0.0 and abs(plain - expected) < 1e-9,
    )

findings.close()
