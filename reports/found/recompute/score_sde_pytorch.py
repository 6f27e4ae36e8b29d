"""Two findings in score_sde_pytorch at commit cb1f359f4aadf0ff9a5e122fe8fffc9451fd6e44, recomputed without lawbook: the classes alone, beside
the step of the probability-flow ODE written out, and what the other SDEs have.

Run it with SCORE_SDE set to the folder of a checkout: `SCORE_SDE=… python score_sde_pytorch.py`. The last line counts what still reproduces.
"""

import abc

import numpy
import torch

from checkouts import Checkout
from shown import Findings, raised

findings = Findings()
score_sde = Checkout("SCORE_SDE")
given = {"abc": abc, "np": numpy, "torch": torch}
base = score_sde.made("sde_lib.py", "SDE", given)
VPSDE, subVPSDE, VESDE = (score_sde.made("sde_lib.py", name, {**given, "SDE": base}) for name in ("VPSDE", "subVPSDE", "VESDE"))
library = type("sde_lib", (), {"VPSDE": VPSDE, "subVPSDE": subVPSDE, "VESDE": VESDE})
predictor = score_sde.made("sampling.py", "Predictor", given)
euler = score_sde.made("sampling.py", "EulerMaruyamaPredictor", {**given, "Predictor": predictor})
corrector = score_sde.made("sampling.py", "Corrector", given)
langevin = score_sde.made("sampling.py", "LangevinCorrector", {**given, "Corrector": corrector, "sde_lib": library})

X, TIME = torch.full((1, 1, 1, 2), 0.5), torch.tensor([0.5])


def score(x, t):
    return -x


# dx = (f − ½g²·score)dt over −1/N, with β(½) = 10.05.
beta = 0.1 + 0.5 * 19.9
expected = 0.5 - (-0.5 * beta * 0.5 + 0.5 * beta * 0.5) / 1000
failed = raised(lambda: euler(VPSDE(), score, probability_flow=True).update_fn(X, TIME))
findings.report(
    "the Euler–Maruyama predictor cannot step the probability-flow ODE",
    score_sde.line("sampling.py", "EulerMaruyamaPredictor", "diffusion[:, None"),
    "%.6g" % expected,
    failed,
    failed != "nothing",
    "RSDE.sde answers the number 0. for the diffusion of the ODE (%s), which has no axes"
    % score_sde.line("sde_lib.py", "SDE", "diffusion = 0. if"),
)

works = [raised(lambda: langevin(sde(), score, 0.16, 1).update_fn(X, TIME)) for sde in (VPSDE, VESDE)]
failed = raised(lambda: langevin(subVPSDE(), score, 0.16, 1).update_fn(X, TIME))
findings.report(
    "the Langevin corrector takes subVPSDE and cannot step it",
    score_sde.line("sampling.py", "LangevinCorrector", "alpha = sde.alphas"),
    "a step, as for VPSDE and VESDE: %s raised" % " and ".join(works),
    failed,
    failed != "nothing" and works == ["nothing", "nothing"],
    "its branch names subVPSDE, which has no table of alphas; so has that of AnnealedLangevinDynamics",
)

findings.close()
