"""Somebody's own diffusion code, with no library, and the adapter that lets lawbook verify it: `lawbook verify examples/my_adapter.py`."""

import math

from lawbook import Adapter


class Schedule:
    """The code: a variance-preserving process whose rate of noise grows linearly in time."""

    def __init__(self, slow, fast):
        self.slow, self.fast = slow, fast

    def amplitudes(self, t):
        spent = self.slow * t + (self.fast - self.slow) * t * t / 2
        return math.exp(-spent / 2), math.sqrt(-math.expm1(-spent))

    def noised(self, data, noise, t):
        alpha, sigma = self.amplitudes(t)
        return [alpha * x + sigma * e for x, e in zip(data, noise)]


class Mine(Adapter):
    name = "my schedule"
    numeric = {"slow": (0.05, 0.2, "linear"), "fast": (10.0, 25.0, "linear")}

    def open(self, slow=0.1, fast=20.0):
        return Schedule(slow, fast)

    def facts(self, schedule):
        return {
            "time": {"kind": "interval", "first": 0.0, "last": 1.0, "clean": "first"},
            "level": "alpha-sigma",
            "scale": "vp",
            "form": {"family": "vp-sde", "low": schedule.slow, "high": schedule.fast},
        }

    def levels(self, schedule, t):
        alpha, sigma = zip(*map(schedule.amplitudes, t.tolist()))
        return {"alpha": list(alpha), "sigma": list(sigma)}

    def sample(self, schedule, x0, noise, t):
        x0, noise, times = x0.tolist(), noise.tolist(), t.tolist()
        size = len(x0) // len(times)
        parts = [slice(k * size, (k + 1) * size) for k in range(len(times))]
        return {"xt": [x for part, time in zip(parts, times) for x in schedule.noised(x0[part], noise[part], time)]}
