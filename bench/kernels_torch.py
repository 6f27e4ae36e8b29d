"""The rows of the kernel bench in PyTorch on the CPU, in binary32, as popular libraries write them.

Reads requests, one JSON object a line: {"name", "n", "K", "calls"}; answers a list of milliseconds per call. Inputs are made once per row and
size, outputs are dropped. See kernel-rows.ts for what the names mean.
"""

import json
import math
import os
import sys
import time

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
    total = torch.exp(-4 * torch.arange(-(K - 1), K, dtype=torch.float32) ** 2 / ((K - 1) ** 2 * beta)).sum()
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


def entropy_uniform(n, K):
    score, x, x0 = torch.randn(n, K), torch.randint(0, K, (n,)), torch.randint(0, K, (n,))
    moved = torch.expm1(torch.full((n,), 0.7))

    def loss():
        at = lambda values, where: torch.gather(values, -1, where[:, None]).squeeze(-1)
        ratio = 1 - K / (moved + K)
        negative = score.mean(dim=-1) - at(score, x) / K
        negative = torch.where(x == x0, ratio * negative, at(score, x0) / moved + negative)
        constant = torch.where(x == x0, (K - 1) / K * ratio * (ratio.log() - 1), ((-ratio.log() - 1) / ratio - (K - 2)) / K)
        exponential = score.exp()
        positive = exponential.mean(dim=-1) - at(exponential, x) / K
        return 1.5 * (positive - negative + constant)

    return loss


def entropy_absorbing(n, K):
    score = torch.randn(n, K)
    x0, x = tokens(n, K, "absorbing")
    moved = torch.expm1(torch.full((n,), 0.7))

    def loss():
        masked = x == K - 1
        ratio = 1 / moved[masked]
        negative = ratio * torch.gather(score[masked], -1, x0[masked][:, None]).squeeze(-1)
        positive = score[masked][:, :-1].exp().sum(dim=-1)
        entropy = torch.zeros(n)
        entropy[masked] += positive - negative + ratio * (ratio.log() - 1)
        return 1.5 * entropy

    return loss


def categorical_kl(one, other):
    return (F.softmax(one + eps, dim=-1) * (F.log_softmax(one + eps, dim=-1) - F.log_softmax(other + eps, dim=-1))).sum(-1)


def cross_entropy(logits, x0):
    return -torch.gather(F.log_softmax(logits, dim=-1), -1, x0[:, None]).squeeze(-1)


def bound_dense(n, K):
    q, step = matrices(K, "uniform")
    back = step.T.contiguous()
    x0, xt = tokens(n, K, "uniform")
    logits = torch.randn(n, K)

    def loss():
        likelihood = torch.log(back[xt] + eps)
        truth = likelihood + torch.log(q[x0] + eps)
        model = likelihood + torch.log(F.softmax(logits, dim=-1) @ q + eps)
        return categorical_kl(truth, model) + 0.001 * cross_entropy(logits, x0)

    return loss


def bound_words(n, K):
    x0, xt = tokens(n, K, "uniform")
    logits = torch.randn(n, K)

    def loss():
        truth = uniform_law(F.one_hot(x0, K).float(), xt, K)
        model = uniform_law(logits.softmax(-1), xt, K)
        return (truth * (truth.log() - model.log())).sum(-1) + 0.001 * cross_entropy(logits, x0)

    return loss


def udlm(n, K):
    x0, xt = tokens(n, K, "uniform")
    logits = torch.randn(n, K)
    a, slope = 0.5, -1.0

    def loss():
        model = K * a * F.log_softmax(logits, dim=-1).exp() + 1 - a
        token = K * a * F.one_hot(x0, K) + 1 - a
        model_t, token_t = torch.gather(model, -1, xt[:, None]), torch.gather(token, -1, xt[:, None])
        first = K / token_t - K / model_t
        second = (token / token_t) * (model_t.log() - model.log() + token.log() - token_t.log())
        return slope / (K * a) * (first.squeeze(-1) - second.sum(-1))

    return loss


def mdlm(n, K):
    x0, xt = tokens(n, K, "absorbing")
    logits = torch.randn(n, K)
    weight = 1.5 / math.expm1(0.7)
    return lambda: -torch.gather(masked_log_laws(logits, xt, K - 1), -1, x0[:, None]).squeeze(-1) * weight


def polynomials(n, K):
    x = torch.randn(n, K)
    c = [1, -2, 0.5, 3, -1]

    def horner(coefficients):
        value = torch.full_like(x, coefficients[-1])
        for number in reversed(coefficients[:-1]):
            value = value * x + number
        return value

    first = [k * number for k, number in enumerate(c)][1:]
    second = [k * number for k, number in enumerate(first)][1:]
    return lambda: -0.5 * x * horner(first) + 0.5 * horner(second)


def generator(n, K):
    f, rate = torch.randn(n, K), torch.full((K, K), 1 / K) - torch.eye(K)
    return lambda: f @ rate.T


def leaping(n, K):
    x, rates = torch.randint(0, K, (n,)), torch.randn(n, K).softmax(-1)
    states = torch.arange(K)

    def step():
        reverse_rates = rates.clone()
        reverse_rates[torch.arange(n), x] = 0
        jumps = torch.poisson(reverse_rates * 0.5)
        change = (jumps * (states[None, :] - x[:, None])).sum(-1)
        return torch.clamp(x + change, 0, K - 1).long()

    return step


def decoding(n, K):
    sequences, length = 4, n // 4
    logits, x = torch.randn(sequences, length, K), torch.full((sequences, length), K - 1)

    def step():
        open_ = x == K - 1
        shares = logits.clone()
        shares[..., K - 1] = -torch.inf
        p = F.softmax(shares, dim=-1)
        drawn = torch.multinomial(p.view(-1, K), 1).view(sequences, length)
        confidence = torch.gather(p, -1, drawn.unsqueeze(-1)).squeeze(-1)
        confidence = torch.where(open_, confidence, -torch.inf)
        keep = torch.topk(confidence, max(1, length // 4), dim=-1).indices
        return x.scatter(-1, keep, torch.gather(torch.where(open_, drawn, x), -1, keep))

    return step


makers = {
    "Gaussian forward": forward,
    "Gaussian forward, a level each": forward_each,
    "Gaussian posterior": posterior,
    "conversion, v to noise": v_to_noise,
    "conversion, noise to data": noise_to_data,
    "DDIM step": ddim,
    "DPM-Solver++ 2M step": solver,
    "banded Gaussian on laws": banded,
    "banded Gaussian posterior": banded_posterior,
    "score entropy, uniform": entropy_uniform,
    "score entropy, absorbing": entropy_absorbing,
    "D3PM bound, uniform, grey levels": bound_dense,
    "D3PM bound, uniform, vocabulary": bound_words,
    "UDLM loss": udlm,
    "MDLM loss": mdlm,
    "generator on polynomials": polynomials,
    "generator on states": generator,
    "tau-leaping": leaping,
    "parallel decoding": decoding,
}
for kind in ("uniform", "absorbing"):
    makers[f"{kind} rows"] = rows(kind)
    makers[f"{kind} cumulative kernel on laws"] = cumulative(kind)
    makers[f"{kind} posterior"] = dense_posterior(kind)
    makers[f"{kind} reverse step from logits"] = dense_reverse(kind)
    makers[f"{kind} reverse step, vocabulary"] = reverse(kind, False)
    makers[f"{kind} reverse draw, vocabulary"] = reverse(kind, True)

if __name__ == "__main__":
    made, call = None, None
    with torch.no_grad():
        for line in sys.stdin:
            asked = json.loads(line)
            key = (asked["name"], asked["n"], asked["K"])
            if key != made:
                made, call = key, None
                call = makers[asked["name"]](asked["n"], asked["K"])
            times = []
            for _ in range(asked["calls"]):
                before = time.perf_counter()
                answer = call()
                times.append((time.perf_counter() - before) * 1e3)
                del answer
            print(json.dumps({"times": times, "torch": torch.__version__}), flush=True)
