"""What handles of libraries on torch have in common: the arithmetic they are asked in, and numbers as its tensors."""

import contextlib

import numpy
import torch

from ..adapter import inside
from ..interception import DTYPES, Controlled, Draws


def flat(x):
    return x.detach().reshape(-1).to(torch.float64).numpy()


class TensorHandle:
    """One configuration of one unit. `made` is the library's object, where a family makes one."""

    #: A function that lists the library's modules, whose arithmetic is promoted.
    modules = None

    def __init__(self, family, unit, config, arithmetic):
        self.family = family
        self.unit = unit
        self.config = config
        self.arithmetic = arithmetic
        self.dtype = DTYPES[arithmetic]
        self.made = None

    def controlled(self, draws=None):
        return Controlled(self.arithmetic, draws if draws is not None else Draws(mode="none"), self.modules(), quick=True)

    @contextlib.contextmanager
    def drawing(self, draws):
        """Around calls that draw by themselves: torch's generator is seeded with the stream's number, and is put back afterwards."""
        with torch.random.fork_rng(devices=[]), Controlled(self.arithmetic, None, self.modules(), quick=True), inside("call"):
            torch.manual_seed(int(draws["number"]))
            yield

    def tensor(self, values, *shape):
        made = torch.from_numpy(numpy.array(values, dtype=float)).to(self.dtype)
        return made.reshape(shape) if shape else made

    def option(self, name):
        """The value of an option of the family, or its default."""
        return self.config.get(name, next((option.default for option in self.family.options if option.name == name), None))
