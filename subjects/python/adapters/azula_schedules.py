"""azula's noise schedules, and what the families of this library share."""

import functools
import inspect
import sys

import azula.noise as noise
import numpy

from ..adapter import inside
from ..interception import Draws
from ..tensors import as_numpy
from .tensor_handle import TensorHandle, flat

#: Domains of constructor arguments. Early releases keep them in buffers; they are given as numbers all the same.
NUMERIC = {
    "sigma_min": (1e-4, 1e-2, "log"),
    "sigma_max": (10.0, 1e3, "log"),
    "alpha_min": (1e-4, 1e-2, "log"),
    "gamma": (0.05, 0.9, "log"),
    "eta": [0.0, 0.5, 1.0],
    "temperature": [1.0, 2.0],
    "order": [2, 1, 3, 4],
    "corrections": [1, 2],
    "iterations": [1, 2],
    "delta": [0.01, 0.3],
}


def concrete(module, base):
    """Classes of a module that can be made, by name."""
    root = getattr(module, base, None)
    return {
        name: value
        for name, value in vars(module).items()
        if root is not None and inspect.isclass(value) and issubclass(value, root) and value is not root and not inspect.isabstract(value)
    }


def schedule_classes():
    return concrete(noise, "Schedule")


@functools.lru_cache(maxsize=None)
def modules():
    """The modules whose arithmetic is promoted and whose draws are answered: all of the library's."""
    return [module for name, module in sys.modules.items() if name.split(".")[0] == "azula" and "torch" in vars(module)]


class Given(Draws):
    """Answers draws with numbers that are handed over, in their order."""

    def __init__(self, numbers):
        super().__init__(mode="none")
        self.numbers = numpy.asarray(numbers, dtype=float).ravel()
        self.taken = 0

    def values(self, kind, shape, generator):
        count = int(numpy.prod(shape))
        found = self.numbers[self.taken : self.taken + count]
        self.taken += count
        self.log.append((kind, tuple(shape)))
        return found.reshape(shape)


class Handle(TensorHandle):
    modules = staticmethod(modules)

    def __init__(self, family, unit, config, arithmetic):
        super().__init__(family, unit, config, arithmetic)
        self.schedule = None

    def option(self, name):
        """The value of an option, or its default."""
        if name in self.config:
            return self.config[name]
        for option in self.family.options(self.unit.target):
            if option.name == name:
                return option.default
        parameter = inspect.signature(self.unit.target.__init__).parameters.get(name)
        return None if parameter is None else parameter.default

    def arguments(self):
        """Constructor arguments that the configuration sets."""
        accepted = inspect.signature(self.unit.target.__init__).parameters
        return {name: value for name, value in self.config.items() if name in accepted}

    def scheduled(self, times):
        with self.controlled(), inside("call"):
            alpha, sigma = self.schedule(self.tensor(times))
        return flat(alpha), flat(sigma)


class Family:
    skip = ()

    def options(self, target):
        return ()

    def facts(self, handle):
        return {
            "time": {"kind": "interval", "first": 0.0, "last": 1.0, "clean": "first"},
            "level": "alpha-sigma",
            "scale": "ve" if type(handle.schedule).__name__ == "VESchedule" else "free",
            "form": self.form(handle),
        }

    def form(self, handle):
        """The textbook form of the amplitudes, where a class has one; the others add noise at 0 and signal at 1 to theirs."""
        s = handle.schedule
        if type(s).__name__ != "VESchedule":
            return None
        # Early releases keep the logarithms.
        low, high = (float(getattr(s, name)) if hasattr(s, name) else float(getattr(s, "log_" + name).exp()) for name in ("sigma_min", "sigma_max"))
        return {"family": "ve-sde", "low": low, "high": high}

    def levels(self, handle, t):
        alpha, sigma = handle.scheduled(as_numpy(t).ravel())
        return {"alpha": alpha, "sigma": sigma}


class Schedule(Family):
    def methods(self, target):
        return ("facts", "levels")

    def make(self, unit, config, arithmetic):
        handle = Handle(self, unit, config, arithmetic)
        with handle.controlled(), inside("construct"):
            handle.schedule = unit.target(**handle.arguments())
        return handle
