"""The rows of the kernel bench in PyTorch on the CPU, in binary32, as popular libraries write them.

Reads requests, one JSON object a line: {"name", "n", "K", "calls"}; answers a list of milliseconds per call. Inputs are made once per row and
size, outputs are dropped. See kernel-rows.ts for what the names mean.
"""

import json
import math
import sys
import time

import torch
import torch.nn.functional as F
from kernels_torch_steps import (
    banded,
    banded_posterior,
    cumulative,
    ddim,
    dense_posterior,
    dense_reverse,
    eps,
    forward,
    forward_each,
    masked_log_laws,
    matrices,
    noise_to_data,
    posterior,
    reverse,
    rows,
    solver,
    tokens,
    uniform_law,
    v_to_noise,
)


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


def integrand(n, K):
    model, truth = torch.randn(n, K), torch.randn(n, K)
    return lambda: 0.5 * (model - truth) ** 2


def chain_integrand(n, K):
    log_ratio, x = torch.randn(n, K), torch.randint(0, K, (n,))

    def price():
        cost = torch.expm1(log_ratio) - log_ratio
        cost.scatter_(1, x[:, None], 0.0)
        return cost.sum(1) / K

    return price


def likelihood(n, K, first=0.0, last=3.0, steps=4):
    x0, h = torch.randn(n, K), (last - first) / steps

    def flow(x, t):
        slope = -0.5 + 1 / (2 * (1 - 0.75 * math.exp(-t)))
        return slope * x, torch.full_like(x, slope)

    def run():
        x, total = x0, torch.zeros_like(x0)
        for k in range(steps):
            v, d = flow(x, first + k * h)
            w, e = flow(x + h * v, first + (k + 1) * h)
            x, total = x + h / 2 * (v + w), total + h / 2 * (d + e)
        return -(x**2) / 2 - math.log(2 * math.pi) / 2 + total

    return run


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
    "bound's integrand, diffusion": integrand,
    "bound's integrand, chain": chain_integrand,
    "probability-flow likelihood": likelihood,
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
