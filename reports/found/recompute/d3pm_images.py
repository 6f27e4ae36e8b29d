"""A finding in d3pm/images of google-research at commit 53f52d1c04aeda87919a4b7e6dcbed2e441bda76, recomputed without lawbook: the method that
makes the Gaussian process's matrices alone, beside Eq. 8 of the paper, written out level by level.

Run it with D3PM_IMAGES set to the folder of a checkout of google-research: `D3PM_IMAGES=… python d3pm_images.py`. It needs numpy and scipy.
The last line counts what still reproduces.
"""

import math
import types

import numpy
import scipy.special

from checkouts import Checkout
from shown import Findings

findings = Findings()
FILE, NAME = "d3pm/images/diffusion_categorical.py", "_get_gaussian_transition_mat"
images = Checkout("D3PM_IMAGES")
matrix = images.made(FILE, NAME, {"onp": numpy, "scipy": scipy})


def theirs(K, beta):
    return matrix(types.SimpleNamespace(num_pixel_vals=K, transition_bands=None, betas=[beta]), 0)


def ours(K, beta):
    """exp(−4d²/((K − 1)²β)) over its sum for −(K − 1) ≤ d ≤ K − 1; what is left over stays."""
    bell = [math.exp(-4 * d * d / ((K - 1) ** 2 * beta)) for d in range(K)]
    whole = bell[0] + 2 * sum(bell[1:])
    made = [[bell[abs(i - j)] / whole if i != j else 0.0 for j in range(K)] for i in range(K)]
    for i in range(K):
        made[i][i] = 1 - sum(made[i])
    return numpy.array(made)


def end(step, K):
    """From data to the last of the 1000 steps of config.py."""
    product = numpy.eye(K)
    for beta in numpy.linspace(1e-4, 0.02, 1000):
        product = product @ step(K, beta)
    return product


K, beta = 16, 0.02
right, got = ours(K, beta)[0, 1], theirs(K, beta)[0, 1]
same = abs(theirs(256, beta) - ours(256, beta)).max()
findings.report(
    "of 16 levels none is left for a neighbour: bells are as if there were 256",
    images.line(FILE, NAME, "stop=255."),
    "%.4g from level 0 to 1 at β = %g" % (right, beta),
    "%.4g" % got,
    got < 1e-6 * right and same < 1e-12,
    "levels are laid out to 255 whatever num_bits is, and then divided by K − 1: with 8 bits, which main.py has, the largest difference is %.1g"
    % same,
)

right, got = end(ours, K)[0, 0], end(theirs, K)[0, 0]
findings.report(
    "and so the process with 4 bits never comes near the law that sampling starts from",
    images.line(FILE, NAME, "stop=255."),
    "%.4g of level 0 still there after the 1000 steps of config.py, %.4g at the uniform law" % (right, 1 / K),
    "%.4g" % got,
    got > 0.99 and right < 0.2,
    "p_sample_loop draws its first levels evenly, and prior_bpd takes them to be so",
)

findings.close()
