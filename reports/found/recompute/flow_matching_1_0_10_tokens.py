"""What lawbook found in flow_matching 1.0.10 on finitely many states, recomputed without it.

Run it with a Python that has flow_matching 1.0.10 and torchdiffeq: `python flow_matching_1_0_10_tokens.py`. Each finding says what was expected,
what came, where in flow_matching the mistake stands, and why it is no matter of convention. The last line counts those that reproduce.
"""

import torch
from flow_matching.path import MixtureDiscreteProbPath
from flow_matching.path.scheduler import CondOTScheduler
from flow_matching.solver import MixtureDiscreteEulerSolver
from shown import Findings, line_of

findings = Findings()

# The rate away from the source is κ̇/κ, infinite at t = 0, where the default grid begins.
source, torch_says = torch.full((3,), 1 / 3), "numbers"
solver = MixtureDiscreteEulerSolver(lambda x, t: torch.full((*x.shape, 3), 1 / 3), MixtureDiscreteProbPath(CondOTScheduler()), 3, source)
try:
    solver.sample(x_init=torch.zeros(4, 2, dtype=torch.int64), step_size=0.25, div_free=1.0)
except RuntimeError as error:
    torch_says = "RuntimeError: %s" % error
findings.report(
    "MixtureDiscreteEulerSolver.sample(div_free=1.0) on its default time grid",
    line_of(MixtureDiscreteEulerSolver.sample, "div_free_t * d_k_t / (k_t"),
    "tokens: a jump with probability 1 from a rate without bound, to a token of the source law",
    torch_says,
    torch_says.startswith("RuntimeError"),
    "a number for div_free is documented, and the default time grid begins at 0: no run with one can succeed",
)

findings.close()
