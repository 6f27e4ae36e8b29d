"""Gaussian steps, kernels, posteriors and reverse steps of the bench's peer; kernels_torch.py runs them."""

import math
import os
import sys

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit("bench: Python lacks torch; the peer needs: pip install torch")

torch.set_num_threads(int(os.environ.get("BENCH_THREADS", "2")))
torch.manual_seed(0)

eps = 1e-6
a_s, a_t = 0.6, 0.5  # survivals from data
a_step = a_t / a_s
alpha, sigma = 0.6, 0.8  # levels of Gaussian rows, t then s
alpha_s, sigma_s = 0.8, 0.6


def per_sample(values, like):
    while values.dim() < like.dim():
        values = values.unsqueeze(-1)
    return values


def forward(n, K):
    x0, noise = torch.randn(n, K), torch.randn(n, K)
    return lambda: alpha * x0 + sigma * noise


def forward_each(n, K):
    x0, noise = torch.randn(n, K), torch.randn(n, K)
    abar = torch.linspace(0.01, 0.99, n)
    return lambda: per_sample(abar**0.5, x0) * x0 + per_sample((1 - abar) ** 0.5, x0) * noise


def posterior(n, K):
    x0, xt = torch.randn(n, K), torch.randn(n, K)
    return lambda: 0.7 * x0 + 0.2 * xt


def v_to_noise(n, K):
    v, xt = torch.randn(n, K), torch.randn(n, K)
    return lambda: alpha * v + sigma * xt


def noise_to_data(n, K):
    noise, xt = torch.randn(n, K), torch.randn(n, K)
    return lambda: (xt - sigma * noise) / alpha


def ddim(n, K):
    xt, noise = torch.randn(n, K), torch.randn(n, K)

    def step():
        x0 = (xt - sigma * noise) / alpha
        direction = sigma_s * noise
        return alpha_s * x0 + direction

    return step


def solver(n, K):
    x, noise, before = torch.randn(n, K), torch.randn(n, K), torch.randn(n, K)
    ratio, weight, r0 = sigma_s / sigma, alpha_s * math.expm1(-0.5), 0.7

    def step():
        data = (x - sigma * noise) / alpha
        d0, d1 = data, (1.0 / r0) * (data - before)
        return ratio * x - weight * d0 - 0.5 * weight * d1, data

    return step


def matrices(K, kind):
    """Dense kernels: from data to s, from s to t."""

    def one(a):
        if kind == "uniform":
            return a * torch.eye(K) + (1 - a) / K
        q = a * torch.eye(K)
        q[:, -1] += 1 - a
        return q

    return one(a_s), one(a_step)


def tokens(n, K, kind):
    if kind == "uniform":
        return torch.randint(0, K, (n,)), torch.randint(0, K, (n,))
    x0 = torch.arange(n) % (K - 1)
    return x0, torch.where(torch.arange(n) % 2 == 0, torch.full((n,), K - 1), x0)


def rows(kind):
    def make(n, K):
        q, _ = matrices(K, kind)
        x = torch.randint(0, K, (n,))
        return lambda: q[x]

    return make


def cumulative(kind):
    def make(n, K):
        q, _ = matrices(K, kind)
        p = torch.randn(n, K).softmax(-1)
        return lambda: p @ q

    return make


def dense_posterior(kind):
    def make(n, K):
        q, step = matrices(K, kind)
        back = step.T.contiguous()
        x0, xt = tokens(n, K, kind)
        return lambda: (torch.log(back[xt] + eps) + torch.log(q[x0] + eps)).softmax(-1)

    return make


def dense_reverse(kind):
    def make(n, K):
        q, step = matrices(K, kind)
        back = step.T.contiguous()
        _, xt = tokens(n, K, kind)
        logits = torch.randn(n, K)
        return lambda: (torch.log(back[xt] + eps) + torch.log(logits.softmax(-1) @ q + eps)).softmax(-1)

    return make


def uniform_law(p, xt, K):
    here = F.one_hot(xt, K).to(p.dtype)
    numerator = a_t * K * p * here + (a_step - a_t) * here + (a_s - a_t) * p + (1 - a_step) * (1 - a_s) / K
    denominator = a_t * K * torch.gather(p, -1, xt[:, None]) + (1 - a_t)
    return numerator / denominator


def masked_log_laws(logits, xt, mask):
    """No share for the mask; certainty where a token is not masked."""
    logits = logits.clone()
    logits[:, mask] += -1e6
    logits = logits - torch.logsumexp(logits, dim=-1, keepdim=True)
    seen = xt != mask
    logits[seen] = -1e6
    logits[seen, xt[seen]] = 0
    return logits


def masked_law(logits, xt, K):
    p = masked_log_laws(logits, xt, K - 1).exp()
    q = p * (a_s - a_t)
    q[:, K - 1] = 1 - a_s
    return q / (1 - a_t)


def sampled(p):
    gumbel = 1e-10 - (torch.rand_like(p) + 1e-10).log()
    return (p / gumbel).argmax(dim=-1)


def reverse(kind, draw):
    def make(n, K):
        logits = torch.randn(n, K)
        _, xt = tokens(n, K, kind)

        def step():
            law = uniform_law(logits.softmax(-1), xt, K) if kind == "uniform" else masked_law(logits, xt, K)
            if not draw:
                return law
            found = sampled(law)
            return found if kind == "uniform" else torch.where(xt != K - 1, xt, found)

        return step

    return make


def gaussian_matrix(K, beta=1e-5, band=16):
    d = torch.arange(K, dtype=torch.float32)
    d = d[:, None] - d[None, :]
    bell = torch.exp(-4 * d**2 / ((K - 1) ** 2 * beta))
    total = torch.exp(-4 * torch.arange(-band, band + 1, dtype=torch.float32) ** 2 / ((K - 1) ** 2 * beta)).sum()
    q = torch.where(d.abs() <= band, bell / total, torch.zeros_like(bell))
    q.fill_diagonal_(0)
    return q + torch.diag(1 - q.sum(1))


def banded(n, K):
    q, p = gaussian_matrix(K), torch.randn(n, K).softmax(-1)
    return lambda: p @ q


def banded_posterior(n, K):
    q, before, xt = gaussian_matrix(K), torch.randn(n, K).softmax(-1), torch.randint(0, K, (n,))

    def law():
        joint = before * q[xt]
        return joint / joint.sum(-1, keepdim=True)

    return law
