"""Models with known answers, built from numbers. The same mathematics as spec/oracle.ts.

At a state x and level (alpha, sigma) an oracle predicts data and noise; the model output is p·data + q·noise.
"""

import math

import numpy

from .tensors import Tensor, as_numpy


def _values(value):
    return as_numpy(value).astype(float).ravel() if isinstance(value, Tensor) else value


def oracle(spec):
    """A function (x, alpha, sigma, p, q, call) -> output, all numpy float64. `call` counts model calls."""
    named = {key: _values(value) for key, value in spec.items()}
    name = named.pop("name")
    if name in ("outputs", "affine"):
        return _raw(name, named)
    predict = globals()["_" + name](**named)

    def output(x, alpha, sigma, p, q, call):
        data, noise = predict(x, alpha, sigma)
        # 0 · ∞ must not spoil an output that does not use the noise: at σ = 0 the noise is undefined.
        return (p * data if p else 0 * x) + (q * noise if q else 0)

    return output


def _raw(name, named):
    if name == "affine":
        slope, intercept = named["slope"], named["intercept"]
        return lambda x, alpha, sigma, p, q, call: slope * x + intercept
    outputs = named["outputs"]
    return lambda x, alpha, sigma, p, q, call: outputs.reshape(-1, x.size)[call].reshape(x.shape)


def _from_data(data):
    def predict(x, alpha, sigma):
        with numpy.errstate(divide="ignore", invalid="ignore"):
            return data + 0 * x, (x - alpha * data) / sigma

    return predict


def _point(point):
    return _from_data(point)


def _pair(x0, eps):
    return lambda x, alpha, sigma: (x0 + 0 * x, eps + 0 * x)


def _normal(x, alpha, sigma, mean, variance):
    total = alpha * alpha * variance + sigma * sigma
    centred = x - alpha * mean
    return mean + alpha * variance * centred / total, sigma * centred / total


def _gaussian(mean, variance):
    return lambda x, alpha, sigma: _normal(x, alpha, sigma, mean, variance)


def _mixture(weights, means, variances):
    def predict(x, alpha, sigma):
        x = x[..., None]
        total = alpha * alpha * variances + sigma * sigma
        centred = x - alpha * means
        logs = numpy.log(weights) - 0.5 * numpy.log(total) - centred * centred / (2 * total)
        odds = numpy.exp(logs - logs.max(axis=-1, keepdims=True))
        odds /= odds.sum(axis=-1, keepdims=True)
        data, noise = _normal(x, alpha, sigma, means, variances)
        return (odds * data).sum(axis=-1), (odds * noise).sum(axis=-1)

    return predict


def _polynomial(prediction, variable, coefficients):
    def predict(x, alpha, sigma):
        v = sigma / alpha if variable == "sigma" else 2 * math.log(alpha / sigma)
        value = 0.0
        for c in coefficients[::-1]:
            value = value * v + c
        if prediction == "x0":
            return _from_data(value)(x, alpha, sigma)
        return (x - sigma * value) / alpha, value + 0 * x

    return predict
