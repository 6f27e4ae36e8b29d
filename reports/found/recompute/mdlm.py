"""Two findings in MDLM at commit c112c526d193436838c98d81455ee51f90309470, recomputed without lawbook: `_d3pm_loss` alone, in the
binary32 that training uses, beside the divergence of the two laws of xₛ that it stands for, written out over all states.

Run it with MDLM set to the folder of a checkout: `MDLM=… python mdlm.py`. The last line counts what still reproduces.
"""

import types

import numpy
import torch

from checkouts import Checkout
from shown import Findings

findings = Findings()
mdlm = Checkout("MDLM")
loss = mdlm.made("diffusion.py", "_d3pm_loss", {"torch": torch})
MASK, LAW = 2, numpy.array([0.25, 0.75, 0.0])


def theirs(T, t):
    """The library's T·KL at a masked token whose clean token is 0, and what training adds up."""
    logits = torch.tensor([[[*numpy.log(LAW[:2]), -1e6]]], dtype=torch.float32)
    made = loss(types.SimpleNamespace(T=T, mask_index=MASK), logits, torch.tensor([[MASK]]), torch.tensor([[0]]), t)
    return float(made)


def ours(T, t):
    """T·Σ q log(q/p) with q(xₛ | xₜ = mask, x₀) and p(xₛ | xₜ = mask), for survival 1 − t."""
    s = t - 1 / T
    q, p = numpy.array([(t - s) / t, 0, s / t]), numpy.array([*(LAW[:2] * (t - s) / t), s / t])
    some = q > 0
    return T * float((q[some] * numpy.log(q[some] / p[some])).sum())


def drawn(T, k):
    """The k-th of the times that _forward_pass_diffusion draws from when T > 0, by its own operations."""
    return (torch.tensor([(k + 0.5) / T]) * T).to(torch.int) / T + 1 / T


T = 1000
first = theirs(T, drawn(T, 0))
findings.report(
    "the loss of T steps is NaN at the first of them",
    mdlm.line("diffusion.py", "_d3pm_loss", "alpha_s * x_theta_at_m"),
    "%.6g" % ours(T, 1 / T),
    "%.6g" % first,
    numpy.isnan(first),
    "t = 1/T is one of T times drawn alike; there t - dt = 0 is divided by, and 0 · NaN is NaN. At t = 2/T the loss is %.6g, the "
    "divergence %.6g" % (theirs(T, drawn(T, 1)), ours(T, 2 / T)),
)

last, right = theirs(T, drawn(T, T - 1)), ours(T, 1.0)
findings.report(
    "at t = 1 the loss is that of another time",
    mdlm.line("diffusion.py", "_d3pm_loss", "t.clamp("),
    "%.8g" % right,
    "%.8g" % last,
    abs(last / right - 1) > 5e-5,
    "t is cut to 1 − 1e-4, and divided by: 1e-4 of the term's size",
)

findings.close()
