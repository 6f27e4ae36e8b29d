"""Two forward samplers as a tutorial lists them, and the adapter that lets lawbook verify them: `lawbook verify examples/tutorial.py`.

The adapter declares what the tutorial's text says: x_t ~ Cat(Q_t x_{t-1}), a matrix times a column. The matrix it prints has rows that
sum to one, and the code reads a row of it. lawbook finds that text and code are of two minds, and says which reading the code keeps to.
"""

import math
import random

from lawbook import Absent, Adapter, Unit

STEPS, STATES, MASK = 20, 5, 4
BETA = [0.02 + 0.28 * k / (STEPS - 1) for k in range(STEPS)]


def normal():
    return random.gauss(0.0, 1.0)


def categorical(probabilities):
    return random.choices(range(len(probabilities)), weights=probabilities)[0]


def matmul(a, b):
    return [[sum(a[i][k] * b[k][j] for k in range(len(b))) for j in range(len(b[0]))] for i in range(len(a))]


def survived(t):
    return math.prod(1.0 - beta for beta in BETA[: t + 1])


def Q(t):
    """The absorbing matrix as it is printed: 1 − β on the diagonal, β in the column of the mask, a one at the mask itself."""
    rows = [[(1.0 - BETA[t]) * (i == j) + BETA[t] * (j == MASK) for j in range(STATES)] for i in range(STATES)]
    rows[MASK] = [float(j == MASK) for j in range(STATES)]
    return rows


def Q_between(s, t):
    product = [[float(i == j) for j in range(STATES)] for i in range(STATES)]
    for k in range(s + 1, t + 1):
        product = matmul(product, Q(k))
    return product


Q_bar = [Q_between(-1, t) for t in range(STEPS)]


def q_sample_continuous(x0, t):
    alpha_bar = survived(t)
    return math.sqrt(alpha_bar) * x0 + math.sqrt(1.0 - alpha_bar) * normal()


def q_sample_discrete(x0, t):
    return categorical(Q_bar[t][x0])


class Tutorial(Adapter):
    name = "tutorial"

    def units(self):
        return [Unit("q_sample_continuous", q_sample_continuous), Unit("q_sample_discrete", q_sample_discrete)]

    def methods(self, unit):
        return ["facts", "levels", "sample"] if unit.target is q_sample_continuous else ["facts", "survival", "transition"]

    def make(self, unit, config, arithmetic):
        if arithmetic in ("f16", "bf16", "f32"):
            raise Absent("Python's floats are binary64")
        return unit.target

    def facts(self, target):
        time = {"kind": "index", "first": 0, "last": STEPS - 1, "clean": "first"}
        if target is q_sample_continuous:
            return {"time": time, "level": "abar"}
        # Cat(Q_t x_{t-1}), says the text: column vectors.
        orientation = "column"
        return {"time": time, "discrete": {"classes": STATES, "mask": MASK, "family": "absorbing", "orientation": orientation}}

    def levels(self, target, t):
        return {"level": [survived(int(k)) for k in t.tolist()]}

    def survival(self, target, t):
        return {"level": [survived(int(k)) for k in t.tolist()]}

    def sample(self, target, x0, noise, t):
        global normal
        x0, noise, times = x0.tolist(), noise.tolist(), [int(k) for k in t.tolist()]
        own, size, out = normal, len(x0) // len(times), []
        try:
            for k, (x, e) in enumerate(zip(x0, noise)):
                normal = lambda: e
                out.append(target(x, times[k // size]))
        finally:
            normal = own
        return {"xt": out}

    def transition(self, target, s, t, states):
        matrix = Q_bar[int(t)] if s is None else Q_between(int(s), int(t))
        rows = matrix if states is None else [matrix[int(x)] for x in states.tolist()]
        return {"matrix": [p for row in rows for p in row]}
