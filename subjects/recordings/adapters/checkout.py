"""What adapters of checkouts share: a library that is no package is imported from its folder, which an environment variable names.

Modules that the mathematics does not need (networks, trackers, data) may be absent: each adapter names those it stands in for, and a
stand-in has no numbers of its own.
"""

import importlib
import os
import sys
import types

import numpy
import torch
from torch.overrides import TorchFunctionMode

from lawbook.adapter import Families, Unit, inside
from lawbook.interception import DTYPES, Controlled, Draws
from lawbook.tensors import Tensor, as_numpy


def numbers(values):
    """What came over the wire, or a number or list, as a flat array of doubles."""
    return numpy.asarray(as_numpy(values) if isinstance(values, Tensor) else values, dtype=float).ravel()


class Nothing:
    """Stands for a class or function that is only named: a base class, a decorator, an annotation."""

    def __init__(self, *args, **kwargs):
        pass



class Standin(types.ModuleType):
    """A module of which every attribute is a stand-in, too."""

    __path__ = ()
    __version__ = "stand-in"

    def __init__(self, name, given=()):
        super().__init__(name)
        self.__dict__.update(given)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        found = type(name, (Nothing,), {"__module__": self.__name__})
        setattr(self, name, found)
        return found


def folder(variable):
    """The checkout's root."""
    found = os.environ.get(variable)
    if not found or not os.path.isdir(found):
        raise FileNotFoundError("set %s to the folder of the checkout" % variable)
    return os.path.abspath(found)


def stand_in(*names, **given):
    """Stand-ins for modules that a checkout imports and its mathematics does not use."""
    for name in names:
        made = sys.modules[name] = Standin(name, given.get(name.replace(".", "_"), {}))
        owner, _, last = name.rpartition(".")
        if owner in sys.modules:
            setattr(sys.modules[owner], last, made)


def load(root, *names):
    """Modules of the checkout by their own names."""
    if root not in sys.path:
        sys.path.insert(0, root)
    return [importlib.import_module(name) for name in names]


class Race(TorchFunctionMode):
    """Sees what a race of exponential or Gumbel clocks runs on: uniforms are e⁻¹, for which both clocks are neutral, and the argument of
    `argmax` is kept."""

    def __init__(self, uniform=float(numpy.exp(-1))):
        super().__init__()
        self.uniform = uniform
        self.seen = None

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func in (torch.rand_like, torch.rand):
            made = func(*args, **kwargs)
            return torch.full_like(made, self.uniform)
        if func in (torch.argmax, torch.Tensor.argmax):
            self.seen = args[0].clone()
        return func(*args, **kwargs)


class Handle:
    """One configuration of a unit: what it was made of, and in which arithmetic."""

    def __init__(self, family, unit, config, arithmetic, modules):
        self.family = family
        self.unit = unit
        self.arithmetic = arithmetic
        self.dtype = DTYPES[arithmetic]
        self.modules = modules
        self.config = {option.name: option.default for option in unit.options}
        self.config.update(config)

    def controlled(self, draws=None):
        return Controlled(self.arithmetic, draws if draws is not None else Draws(mode="none"), self.modules)

    def tensor(self, values, *shape):
        """Numbers as the arithmetic's tensors; a bare number has no axes."""
        made = torch.from_numpy(numbers(values).copy()).to(self.dtype)
        return made.reshape(shape) if shape else made.reshape(())

    def tokens(self, values, *shape):
        """States as whole numbers."""
        return torch.from_numpy(numbers(values).astype(numpy.int64)).reshape(shape or (-1,))


def states_of(states, classes):
    """The states whose rows are asked for."""
    return numpy.arange(classes) if states is None else numbers(states).astype(int)


def flat(x):
    return x.detach().reshape(-1).to(torch.float64).numpy()


class Checkout(Families):
    """The adapter of a checkout: units are given as (name, family, target, options)."""

    arithmetics = ("promoted", "f32", "f64")

    def offered(self):
        raise NotImplementedError

    def units(self):
        made = []
        for name, family, target, options in self.offered():
            self.families[name] = family
            unit = Unit(name, target, options)
            unit.deviates = list(family.deviates)
            made.append(unit)
        return made

    def copy(self, handle):
        # Nothing is kept between calls.
        return handle


class Family:
    """What units of a kind answer; `build` makes what a handle needs."""

    methods = ("facts",)
    loaded = ()
    #: Laws that the documentation says it does not follow.
    deviates = ()

    def make(self, unit, config, arithmetic):
        handle = Handle(self, unit, config, arithmetic, self.loaded)
        with handle.controlled(), inside("construct"):
            self.build(handle)
        return handle
