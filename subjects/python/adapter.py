"""The base of every adapter. A subclass declares conventions as data and maps role methods onto the subject's calls.

Role methods take a handle (what `open` returned) and plain arguments; see PROTOCOL.md for each. A method that is not
defined is absent, and laws that need it are unsupported, not failed.

    class Mine(Adapter):
        name = "mine"
        def facts(self, handle): return {"time": {"kind": "interval", "first": 0, "last": 1}, "level": "alpha-sigma"}
        def levels(self, handle, t): return {"alpha": ..., "sigma": ...}
        def sample(self, handle, x0, noise, t): return {"xt": ...}
"""

import ast
import functools
import hashlib
import inspect
import time
import tokenize

from .options import introspect


class Absent(Exception):
    """This configuration has no such method."""


class Refused(Exception):
    """The subject refuses this configuration, with a reason that its documentation or its own error gives."""


class SubjectRaised(Exception):
    """An exception of the subject's own code, with the stage in which it came."""

    def __init__(self, cause, stage):
        super().__init__(str(cause))
        self.cause = cause
        self.stage = stage


class Clock:
    """Seconds spent inside the subject's code."""

    inside = 0.0
    calls = 0


class Unit:
    """One thing to verify: a class or function of the subject."""

    def __init__(self, name, target=None, options=(), left_out=(), notes=(), deviates=(), excluded=(), place=None):
        self.name = name
        self.target = target
        #: (file, name) of what is verified, where it is not loaded yet.
        self.place = place
        self.options = list(options)
        self.left_out = list(left_out)
        self.notes = list(notes)
        self.deviates = list(deviates)
        #: Combinations of option values that are not run, with the reason.
        self.excluded = list(excluded)


class Adapter:
    #: How the report calls the subject, and the import name whose version it gives.
    name = "subject"
    module = None
    #: Arithmetics the subject's code can be run in; the first is the one laws are judged in.
    arithmetics = ("f64",)
    #: Numeric options: name -> (low, high, "linear" | "log") or a list of values.
    numeric = {}
    skip = ()

    def units(self):
        """The units; by default one, built by `open`, whose keyword arguments are its options."""
        opener = getattr(self, "open")
        options = []
        for parameter in inspect.signature(opener).parameters.values():
            default = parameter.default
            if parameter.name in ("self", "unit", "config") or default is inspect.Parameter.empty:
                continue
            options.append(self._option(parameter.name, default))
        return [Unit(self.name, type(self), [option for option in options if option is not None])]

    def _option(self, name, default):
        from .options import Option, _numeric

        if name in self.numeric:
            return _numeric(name, default, self.numeric[name])
        if isinstance(default, bool):
            return Option(name, [default, not default], default, source="signature")
        return None

    def open(self):
        """What the methods get as their first argument."""
        return None

    def make(self, unit, config, arithmetic):
        """A handle for one configuration. Adapters for libraries override this; users override `open`."""
        if arithmetic not in self.arithmetics:
            raise Absent("not run in %s" % arithmetic)
        return self.open(**config)

    def copy(self, handle):
        """An untouched copy of a freshly made handle; None if it has to be made anew."""
        return None

    def construction(self, unit, config, arithmetic):
        """What this configuration has in common with all that are constructed alike, hashable; None where each is made by itself.
        Where there is one, `construct` answers an object and `prepare` a handle on a copy of it, set up as the configuration says."""
        return None

    def introspect(self, cls, **extra):
        return introspect(cls, **{"numeric": self.numeric, "skip": self.skip, **extra})

    def methods(self, unit):
        """Names of the role methods this unit has."""
        return [name for name in ROLE_METHODS if callable(getattr(self, name, None))]

    def source(self, unit, method=None):
        """Where the unit's code is: file, first and last line, SHA-256 of its text."""
        target = unit.target
        try:
            if isinstance(target, type) and target.__qualname__ == target.__name__:
                return _found(inspect.getsourcefile(target), *definitions(inspect.getsourcefile(target))[target.__name__])
            if target is not None:
                return _found(inspect.getsourcefile(target), *inspect.getsourcelines(target))
            return None if unit.place is None else _found(unit.place[0], *definitions(unit.place[0])[unit.place[1]])
        except (OSError, TypeError, KeyError, SyntaxError):
            return None

    def script(self, unit, config, method, args):
        """About ten lines of Python that repeat a call without lawbook; None where there is no recipe."""
        return None


def _found(file, lines, first):
    text = "".join(lines)
    return {"file": file or "", "lines": [first, first + len(lines) - 1], "sha256": hashlib.sha256(text.encode()).hexdigest()}


@functools.lru_cache(maxsize=None)
def definitions(file):
    """Name -> (lines, number of the first) of what a file defines at its top. `inspect` reads the tokens of each class anew."""
    with tokenize.open(file) as opened:
        text = opened.read()
    lines = text.splitlines(keepends=True)
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[node.name] = lines[first - 1 : node.end_lineno], first
    return found


class Families(Adapter):
    """An adapter of a library with several kinds of units: what a unit is asked, its family answers. `units` fills `families`."""

    def __init__(self):
        self.families = {}

    def methods(self, unit):
        return list(self.families[unit.name].methods)

    def make(self, unit, config, arithmetic):
        if arithmetic not in self.arithmetics:
            raise Absent("not run in %s" % arithmetic)
        return self.families[unit.name].make(unit, config, arithmetic)

    def __getattr__(self, name):
        if name not in ROLE_METHODS:
            raise AttributeError(name)
        return lambda handle, **args: getattr(handle.family, name)(handle, **args)


class inside:
    """Around every call of the subject: counts its time and marks its exceptions as the subject's."""

    __slots__ = ("stage", "started")

    def __init__(self, stage):
        self.stage = stage

    def __enter__(self):
        Clock.calls += 1
        self.started = time.perf_counter()

    def __exit__(self, kind, cause, _):
        Clock.inside += time.perf_counter() - self.started
        if cause is None or not isinstance(cause, Exception):
            return False
        if isinstance(cause, (Absent, Refused, SubjectRaised, MemoryError)):
            return False
        raise SubjectRaised(cause, self.stage) from cause


#: Every method a law can ask for; PROTOCOL.md gives arguments and answers.
ROLE_METHODS = (
    "facts",
    "levels",
    "rates",
    "sde",
    "tables",
    "snr",
    "inverse",
    "shift",
    "sample",
    "kernel",
    "posterior",
    "velocity",
    "convert",
    "target",
    "precondition",
    "boundary",
    "denoise",
    "grid",
    "run",
    "drift",
    "correct",
    "loglik",
    "term",
    "weight",
    "guided",
    "classified",
    "finished",
    "survival",
    "transition",
    "bayes",
    "stationary",
    "stepnoise",
    "rate",
    "reverserate",
    "jumpvelocity",
    "ratio",
    "steplaw",
    "temperedlaw",
    "convertclean",
    "guidedlaw",
    "conditionedlaw",
    "runlaw",
    "runs",
    "paths",
    "jumps",
    "hittingtime",
    "hittings",
    "draw",
    "accepted",
    "apply",
    "adjoint",
    "reversed",
    "tilted",
    "superposed",
    "integrand",
    "encode",
    "decode",
)
