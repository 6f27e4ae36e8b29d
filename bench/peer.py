"""The bench's three laws under Hypothesis, with numpy float32 as the subject and mpmath at 50 digits as the oracle.

Prints a JSON object: cases per second of processor time by "law|shape". See engine.ts for what is compared.
"""

import json
import sys
import time

try:
    import mpmath
    import numpy as np
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st
except ImportError as missing:
    sys.exit(f"bench: Python lacks {missing.name}; the peer needs: pip install hypothesis mpmath numpy")

mpmath.mp.dps = 50
exact = mpmath.mpf
f32 = np.float32
unit = 2.0**-24
# Below the normal numbers roundings are absolute.
tiny = exact(2) ** -126
long = 4096

# The subject, as in subject.ts: a chain in float32, one rounding per operation.

T = 1000
survived = np.cumprod(1 - (1e-4 + 0.0199 * np.arange(T) / (T - 1)))
alphas = np.sqrt(survived).astype(f32)
sigmas = np.sqrt(1 - survived).astype(f32)
grid = [T - 1 - k * T // 10 for k in range(10)]
levels = [(alphas[k], sigmas[k]) for k in grid] + [(f32(1), f32(0))]


def convert(target, v, x, k):
    a, s = alphas[k], sigmas[k]
    return a * x - s * v if target == "x0" else s * x + a * v


def ddpm(t, s, x, x0, z):
    (at, st_), (as_, ss) = t, s
    ratio = at / as_
    before, after = ss * ss, st_ * st_
    step = after - ratio * ratio * before
    mean = as_ * step / after * x0 + ratio * before / after * x
    return mean if z == 0 else mean + np.sqrt(step) * ss / st_ * f32(z)


def fallen(t):
    return np.cos((f32(t) + f32(0.008)) / f32(1.008) * f32(np.pi / 2))


def cosine_abar(t):
    ratio = fallen(t) / fallen(0)
    return np.clip(ratio * ratio, f32(0.0001), f32(1 - 0.0001))


def cosine_betas(length):
    angle = lambda t: np.cos((t + 0.008) / 1.008 * np.pi / 2)
    k = np.arange(length)
    return np.minimum(1 - (angle((k + 1) / length) / angle(k / length)) ** 2, 0.999).astype(f32)


# The laws. Terms that sum to zero once each is forgiven n roundings; closed forms within their running error.


def balance(terms, roundings):
    nu = exact(roundings * unit)
    return abs(sum(terms)) <= nu / (1 - 2 * nu) * sum(map(abs, terms)) + roundings * len(terms) * unit * tiny


def round_trip(index, x0, eps):
    a, s = exact(float(alphas[index])), exact(float(sigmas[index]))
    af, sf = float(alphas[index]), float(sigmas[index])
    x, v = (af * x0 + sf * eps).astype(f32), (af * eps - sf * x0).astype(f32)
    data, noise = convert("x0", v, x, index), convert("eps", v, x, index)
    determinant = a * a + s * s
    for k in range(len(x)):
        xk, vk = exact(float(x[k])), exact(float(v[k]))
        assert balance([a * xk, -determinant * exact(float(data[k])), -s * vk], 6)
        assert balance([a * vk, s * xk, -determinant * exact(float(noise[k]))], 6)


def ddpm_posterior(w, x0, eps):
    first = min(int(w * 10), 9)
    t, s = levels[first], levels[first + 1]
    x = (float(t[0]) * x0 + float(t[1]) * eps).astype(f32)
    data = x0.astype(f32)
    mean, moved = ddpm(t, s, x, data, 0), ddpm(t, s, x, data, 1)
    at, st_, as_, ss = (exact(float(number)) for number in (*t, *s))
    ratio = at / as_
    kept = ratio * ratio * ss * ss
    variance = st_ * st_ - kept
    # Running errors in units of u: of the variance, and of the two products of the mean.
    error = st_ * st_ + 5 * kept + abs(variance)
    for k in range(len(x)):
        x0k, xk = exact(float(x0[k])), exact(float(x[k]))
        one, other = as_ * variance * x0k, ratio * ss * ss * xk
        expected = (one + other) / (st_ * st_)
        running = (abs(as_ * x0k) * error + 2 * abs(one) + 4 * abs(other) + abs(one + other)) / (st_ * st_) + 2 * abs(expected)
        assert abs(exact(float(mean[k])) - expected) <= unit * (running + 2 * abs(expected) + 8 * tiny)
    std = mpmath.sqrt(variance) * ss / st_
    spread = error / (2 * mpmath.sqrt(variance)) * ss / st_ + 3 * std
    assert abs(exact(float(moved[0])) - exact(float(mean[0])) - std) <= unit * (spread + 4 * (std + as_ + ss))


def cosine_scalar(u):
    answer = exact(float(np.sqrt(cosine_abar(u)))) ** 2
    angle = lambda t: (exact(t) + exact(0.008)) / exact(1.008) * mpmath.pi / 2
    top, bottom = mpmath.cos(angle(u)), mpmath.cos(angle(0))
    expected = min(max((top / bottom) ** 2, exact(0.0001)), 1 - exact(0.0001))
    # The argument's four roundings reach the cosine through its sine.
    relative = 4 * abs(angle(u) * mpmath.tan(angle(u))) + 4 * abs(angle(0) * mpmath.tan(angle(0))) + 3
    assert abs(answer - expected) <= unit * expected * (2 * relative + 1 + 6)


def cosine_table(length):
    betas = cosine_betas(length)
    angle = lambda t: (exact(t) + exact(0.008)) / exact(1.008) * mpmath.pi / 2
    for k in range(length):
        a, b = angle(exact(k) / length), angle(exact(k + 1) / length)
        square = (mpmath.cos(b) / mpmath.cos(a)) ** 2
        expected = min(1 - square, exact(0.999))
        running = square * 2 * (5 * abs(b * mpmath.tan(b)) + 5 * abs(a * mpmath.tan(a)) + 3) + abs(expected)
        assert abs(exact(float(betas[k])) - expected) <= unit * (running + 3 * abs(expected))


# The runs.

one = st.floats(-1, 1, width=32).map(lambda x: np.array([x]))
normal = st.floats(-6, 6, width=32).map(lambda x: np.array([x]))
many = st.integers(0, 2**31 - 1).map(lambda seed: np.random.default_rng(seed).uniform(-1, 1, long))
normals = st.integers(0, 2**31 - 1).map(lambda seed: np.random.default_rng(seed).standard_normal(long))
index = st.integers(0, 1024).map(lambda k: round(k / 1024 * (T - 1)))
share = st.integers(0, 16).map(lambda k: k / 16)
time_of = st.integers(0, 64).map(lambda k: k / 64)


def measured(law, cases, *strategies):
    tried = 0

    @settings(
        max_examples=cases, database=None, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(st.tuples(*strategies))
    def body(case):
        nonlocal tried
        tried += 1
        law(*case)

    before = time.process_time()
    body()
    return tried / (time.process_time() - before)


if __name__ == "__main__":
    figures = {
        "round trip|scalar": measured(round_trip, 3000, index, one, normal),
        "DDPM posterior|scalar": measured(ddpm_posterior, 3000, share, one, normal),
        # There are but 65 times: Hypothesis stops when it has tried them all, so they are drawn beside a number that is not used.
        "cosine schedule|scalar": measured(lambda u, _: cosine_scalar(u), 3000, time_of, st.integers(0, 2**31 - 1)),
        "round trip|4096": measured(round_trip, 10, index, many, normals),
        "DDPM posterior|4096": measured(ddpm_posterior, 10, share, many, normals),
        "cosine schedule|4096": measured(lambda _: cosine_table(long), 10, st.integers(0, 2**31 - 1)),
    }
    print(json.dumps(figures))
