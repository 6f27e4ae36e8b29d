"""The finding in azula 0.11.1, recomputed without lawbook: by the closed form of the probability flow of Gaussian data, and by the step as the
docstring has it, in numpy.

Run it with a Python that has azula 0.11.1: `python azula_0_11_1.py`. The last line counts what still reproduces.
"""

import numpy
import torch
from azula.denoise import Denoiser, DiracPosterior
from azula.noise import VPSchedule
from azula.sample import REABSampler
from shown import Findings, line_of

findings = Findings()
MEAN, VARIANCE = 0.3, 0.25
STARTS = numpy.linspace(-2, 2, 17)


class Exact(Denoiser):
    """E[x₀ | xₜ] of data with this mean and variance."""

    def __init__(self, schedule):
        super().__init__()
        self.schedule = schedule

    def forward(self, x_t, t, **_):
        return DiracPosterior(mean=posterior_mean(x_t, *self.schedule(t)))


def posterior_mean(x, alpha, sigma):
    return MEAN + alpha * VARIANCE * (x - alpha * MEAN) / (alpha**2 * VARIANCE + sigma**2)


def levels(steps, stop):
    alpha, sigma = VPSchedule()(torch.linspace(1.0, stop, steps + 1, dtype=torch.float64))
    return alpha.numpy(), sigma.numpy()


def carried(alpha, sigma):
    """The probability flow keeps how many standard deviations a state is off its mean."""
    spread = numpy.sqrt(alpha**2 * VARIANCE + sigma**2)
    return alpha[-1] * MEAN + (STARTS - alpha[0] * MEAN) * spread[-1] / spread[0]


def documented(alpha, sigma, order=2):
    """The docstring's step: √(1 + e²ˢ) before the integral, hence √(α_s² + σ_s²) for any α. Weights as in the class, by quadrature."""
    u = numpy.log(sigma / alpha)
    x, remembered = STARTS, []
    for i in range(len(u) - 1):
        total = alpha[i] ** 2 + sigma[i] ** 2
        noise, data = sigma[i] / numpy.sqrt(total), posterior_mean(x, alpha[i], sigma[i])
        remembered = [*remembered, (1 - sigma[i] ** 2 / total) / noise / alpha[i] * x - data / noise][-order:]
        n = len(remembered)
        power = numpy.arange(n)[:, None]
        grid = numpy.linspace(u[i], u[i + 1], 4097)
        integrals = numpy.trapezoid(numpy.exp(grid) / (1 + numpy.exp(2 * grid)) * grid**power, grid, axis=-1)
        weights = numpy.linalg.solve(u[i + 1 - n : i + 1] ** power, integrals)
        after = alpha[i + 1] ** 2 + sigma[i + 1] ** 2
        x = numpy.sqrt(after / total) * x + numpy.sqrt(after) * sum(w * f for w, f in zip(weights, remembered))
    return x


def slope(stop, answer):
    """How the largest error over the starts falls from 160 steps to 320, as a power of their number."""
    errors = []
    for steps in (160, 320):
        alpha, sigma = levels(steps, stop)
        errors.append(numpy.abs(answer(alpha, sigma, steps) - carried(alpha, sigma)).max())
    return numpy.log2(errors[0] / errors[1])


def sampled(stop):
    def answer(alpha, sigma, steps):
        sampler = REABSampler(Exact(VPSchedule()), order=2, stop=stop, steps=steps, silent=True, dtype=torch.float64)
        return sampler(torch.from_numpy(STARTS.copy())).numpy()

    return answer


for stop in (0.1, 0.3):
    right = slope(stop, lambda alpha, sigma, steps: documented(alpha, sigma))
    got = slope(stop, sampled(stop))
    findings.report(
        "REABSampler(order=2, stop=%s) converges at first order: the integral is weighed by σ of the level that the step leaves" % stop,
        line_of(REABSampler, "torch.sqrt(alpha_s**2 + sigma_t**2) * integral"),
        "order %.2f, as the docstring's step has" % right,
        "order %.2f" % got,
        right > 1.5 > got,
    )

findings.close()
