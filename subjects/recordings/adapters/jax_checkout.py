"""What adapters of checkouts on JAX share: the arithmetic, and what code draws with.

JAX has binary64 behind a switch; code that takes its dtype as an argument is then asked as it is, in `f64`. Draws are functions of keys
or of numbers handed over, so that nothing has to be intercepted but what a law is read from: the argument of `argmax`, the bounds of
`randint`.
"""

import contextlib
import math

import jax
import jax.experimental
import jax.numpy as jnp
import numpy

from checkout import numbers
from lawbook.adapter import inside
from lawbook.racing import raced

DTYPES = {"f64": jnp.float64, "f32": jnp.float32}

#: Uniform numbers for which Gumbel noise is 0 and 1.
STILL, NOISY = math.exp(-1), math.exp(-math.exp(-1))


def flat(x):
    return numpy.asarray(x, dtype=float).ravel()


def whole(x):
    """Many states, in four bytes each."""
    return numpy.asarray(x).astype(numpy.int32).ravel()


@contextlib.contextmanager
def replaced(module, **functions):
    """A module with other functions in it, for as long as one call takes."""
    kept = {name: getattr(module, name) for name in functions}
    for name, function in functions.items():
        setattr(module, name, function)
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(module, name, function)


class JaxHandle:
    """One configuration of a unit, and what it was made of."""

    def __init__(self, family, unit, config, arithmetic):
        self.family = family
        self.unit = unit
        self.arithmetic = arithmetic
        self.dtype = DTYPES[arithmetic]
        self.config = {option.name: option.default for option in unit.options}
        self.config.update(config)

    def running(self):
        return jax.experimental.enable_x64(self.arithmetic == "f64")

    def array(self, values, *shape):
        """Numbers in the arithmetic; inside `running`."""
        return jnp.asarray(numbers(values), dtype=self.dtype).reshape(shape or (-1,))

    def tokens(self, values, *shape):
        """States as whole numbers; inside `running`."""
        return jnp.asarray(numbers(values).astype(int)).reshape(shape or (-1,))


def race(draw):
    """The law of an argmax over noise, from what it runs on: `draw` is called with a uniform number that stands for all. The last axis
    holds the outcomes."""
    found = []
    argmax = jnp.argmax

    def seen(a, *args, **kwargs):
        found.append(numpy.asarray(a, dtype=float))
        return argmax(a, *args, **kwargs)

    for uniform in (STILL, NOISY):
        with replaced(jnp, argmax=seen), inside("call"):
            draw(uniform)
    still, noisy = (numpy.moveaxis(one, -1, 0) for one in found)
    weights = numpy.moveaxis(raced(still, noisy), 0, -1)
    return weights / weights.sum(axis=-1, keepdims=True)
