"""Runs a torch subject's own code under control: promoted to binary64, its random draws answered from a numbered stream.

Two ways, one meaning. `intercepted` goes through a torch function mode: every float32 dtype among the arguments is replaced by
float64, `.float()` answers `.double()`, a float32 result of any other function becomes float64. It misses nothing and makes
small tensors ten times slower. `promoted` hands the subject's modules a torch and a numpy whose float32 is float64, and costs
next to nothing; what it finds wrong is asked again the first way before anybody hears of it.

Draws: `feed` gives stream values, `none` zeros, `basis` makes draw k the k-th unit vector, `record` passes through.
"""

import types

import numpy
import torch
from torch.overrides import TorchFunctionMode

from . import stream

F32, F64 = torch.float32, torch.float64
_EXPLICIT = {torch.Tensor.to, torch.Tensor.double, torch.Tensor.type, torch.Tensor.half, torch.Tensor.bfloat16}
_LIKE = {torch.randn_like: "normal", torch.rand_like: "uniform"}
_SIZED = {torch.randn: "normal", torch.rand: "uniform"}
_IN_PLACE = {torch.Tensor.normal_: "normal", torch.Tensor.uniform_: "uniform"}
_INTEGERS = {torch.randint}
_UNKNOWN = {
    torch.normal,
    torch.multinomial,
    torch.bernoulli,
    torch.poisson,
    torch.randperm,
    torch.randint_like,
    torch.Tensor.exponential_,
    torch.Tensor.random_,
    torch.Tensor.bernoulli_,
    torch.Tensor.cauchy_,
    torch.Tensor.geometric_,
    torch.Tensor.log_normal_,
}


_normal_, _scratch = torch.Tensor.normal_, torch.empty(1)


class TooFewCoordinates(Exception):
    """Basis draws need as many coordinates as there are draws."""


class Draws:
    """Answers draws and remembers what was asked: `log` holds (name, shape)."""

    def __init__(self, mode="feed", number=0):
        self.mode = mode
        self.number = number
        self.log = []
        #: Draws of generators that the subject seeded: seed -> state before the draw -> its number.
        self.seeded = {}

    def key(self, generator):
        """(stream, draw) of the next draw. A generator that the subject seeded itself names its own stream."""
        if generator is None:
            return self.number, len(self.log)
        # A generator in the same state draws the same again: a Brownian path asked twice is one path. Where the real one would be
        # after a draw, a real draw tells.
        seed, state = generator.initial_seed(), hash(generator.get_state().numpy().tobytes())
        with torch._C.DisableTorchFunction():
            _normal_(_scratch, generator=generator)
        known = self.seeded.setdefault(seed, {})
        if self.mode == "basis":
            return self.number, known.setdefault(state, len(self.log))
        mixed = (seed ^ (seed >> 32) ^ self.number * 0x9E3779B1) & 0x7FFFFFFF
        return mixed, known.setdefault(state, len(known))

    def values(self, kind, shape, generator):
        """float64 numpy array of that shape."""
        count = 1
        for length in shape:
            count *= int(length)
        if self.mode == "none" and kind == "normal":
            # Whichever draw it is.
            self.log.append((kind, tuple(int(length) for length in shape)))
            return numpy.zeros(shape)
        number, draw = self.key(generator)
        if generator is None or draw == len(self.log) or self.mode != "basis":
            self.log.append((kind, tuple(int(length) for length in shape)))
        if kind == "uniform":
            return stream.uniforms(number, draw, count).reshape(shape)
        if self.mode == "basis":
            if draw >= count:
                raise TooFewCoordinates("draw %d of %d coordinates" % (draw, count))
            unit = numpy.zeros(count)
            unit[draw] = 1.0
            return unit.reshape(shape)
        # Generators that a subject seeds itself, it seeds for one draw or two.
        return stream.normals(number, draw, count, alone=generator is not None).reshape(shape)


class Intercept(TorchFunctionMode):
    """`promote` for binary64; `draws` answers random calls, or None to let them pass."""

    def __init__(self, promote, draws):
        super().__init__()
        self.promote = promote
        self.draws = draws

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if self.promote:
            if func is torch.Tensor.float:
                return torch.Tensor.double(*args, **kwargs)
            if any(a is F32 for a in args):
                args = tuple(F64 if a is F32 else a for a in args)
            if kwargs and kwargs.get("dtype") is F32:
                kwargs = {**kwargs, "dtype": F64}
        if self.draws is not None:
            drawn = self._drawn(func, args, kwargs)
            if drawn is not None:
                return drawn
        result = func(*args, **kwargs)
        if self.promote and type(result) is torch.Tensor and result.dtype is F32 and func not in _EXPLICIT:
            return result.double()
        return result

    def _drawn(self, func, args, kwargs):
        if func in _SIZED:
            shape = args[0] if args and not isinstance(args[0], int) else args
            shape = kwargs.get("size", shape)
            dtype = kwargs.get("dtype") or torch.get_default_dtype()
            return self._tensor(_SIZED[func], tuple(shape), dtype, kwargs.get("generator"))
        if func in _LIKE:
            return self._tensor(_LIKE[func], tuple(args[0].shape), kwargs.get("dtype") or args[0].dtype, None)
        if func in _IN_PLACE:
            low = args[1] if len(args) > 1 else kwargs.get("mean", kwargs.get("from", 0.0))
            high = args[2] if len(args) > 2 else kwargs.get("std", kwargs.get("to", 1.0))
            kind = _IN_PLACE[func]
            made = self._tensor(kind, tuple(args[0].shape), F64, kwargs.get("generator"))
            made = low + high * made if kind == "normal" else low + (high - low) * made
            return args[0].copy_(made)
        if func in _INTEGERS:
            return self._integers(args, kwargs)
        if func in _UNKNOWN:
            raise NotImplementedError("lawbook feeds no %s draws yet" % getattr(func, "__name__", func))
        return None

    def _integers(self, args, kwargs):
        # torch.randint(low, high, size) or (high, size).
        size = kwargs.get("size", args[-1] if args else ())
        bounds = [a for a in args if isinstance(a, int)]
        low = kwargs.get("low", bounds[0] if len(bounds) > 1 else 0)
        high = kwargs.get("high", bounds[-1] if bounds else 1)
        unit = self._tensor("uniform", tuple(size), F64, kwargs.get("generator"))
        return (low + (unit * (high - low)).floor()).to(kwargs.get("dtype") or torch.int64)

    def _tensor(self, kind, shape, dtype, generator):
        with torch._C.DisableTorchFunction():
            return torch.from_numpy(numpy.asarray(self.draws.values(kind, shape, generator))).to(dtype)


class _PromotedNumpy(types.ModuleType):
    """numpy, with float32 meaning float64."""

    float32 = numpy.float64

    def __getattr__(self, name):
        found = getattr(numpy, name)
        self.__dict__[name] = found
        return found


class _QuickTorch(types.ModuleType):
    """torch, with float32 meaning float64 where it promotes, and the functions that draw answered by `mode`, which is that of the
    innermost context."""

    def __init__(self, promote):
        super().__init__("torch")
        self.mode = None
        if promote:
            self.float32 = self.float = F64
        for func in _DRAWING:
            setattr(self, func.__name__, self.drawing(func))
        self.methods = [(func.__name__, self.drawing(func)) for func in _METHODS]

    def __getattr__(self, name):
        found = getattr(torch, name)
        # Looked up once: later accesses find it in the instance.
        self.__dict__[name] = found
        return found

    def drawing(self, func):
        def drawn(*args, **kwargs):
            mode = self.mode
            answer = None if mode is None or mode.draws is None else mode._drawn(func, args, kwargs)
            return func(*args, **kwargs) if answer is None else answer

        return drawn


_DRAWING = [func for func in (*_SIZED, *_LIKE, *_INTEGERS, *_UNKNOWN) if getattr(torch, getattr(func, "__name__", ""), None) is func]
_METHODS = [func for func in (*_IN_PLACE, *_UNKNOWN) if getattr(torch.Tensor, getattr(func, "__name__", ""), None) is func]
_promoted_numpy = _PromotedNumpy("numpy")
_quick = {promote: _QuickTorch(promote) for promote in (True, False)}
_double = torch.Tensor.double


class Controlled:
    """Context manager around a subject's code. `modules` are those that `promoted` hands its torch and numpy; without any,
    and in `intercepted` arithmetic, every call is intercepted."""

    def __init__(self, arithmetic, draws, modules=(), quick=False):
        self.promote = arithmetic in ("promoted", "intercepted")
        self.quick = quick and arithmetic != "intercepted" and bool(modules)
        self.mode = Intercept(self.promote, draws)
        self.modules = modules
        self.changed = []
        self.outer = None

    def __enter__(self):
        if self.promote:
            torch.set_default_dtype(F64)
        if self.quick:
            handed = _quick[self.promote]
            self.outer, handed.mode = handed.mode, self.mode
            self._hand(torch, handed, ("torch", "th"))
            if self.promote:
                self._set(torch.Tensor, "float", _double)
            if self.mode.draws is not None:
                for name, drawing in handed.methods:
                    self._set(torch.Tensor, name, drawing)
        else:
            self.mode.__enter__()
        if self.promote:
            self._hand(numpy, _promoted_numpy, ("np", "numpy"))
        return self

    def __exit__(self, *error):
        if self.quick:
            _quick[self.promote].mode = self.outer
        else:
            self.mode.__exit__(*error)
        for owner, name, value in reversed(self.changed):
            if value is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
        self.changed = []
        if self.promote:
            torch.set_default_dtype(F32)
        return False

    def _hand(self, own, other, names):
        for module in self.modules:
            held = module.__dict__
            for name in names:
                if held.get(name) is own:
                    self.changed.append((module, name, own))
                    held[name] = other

    def _set(self, owner, name, value):
        self.changed.append((owner, name, owner.__dict__.get(name, _MISSING)))
        setattr(owner, name, value)


_MISSING = object()


#: Input dtype per arithmetic: promoted code is fed binary64.
DTYPES = {"promoted": F64, "intercepted": F64, "f64": F64, "f32": F32, "f16": torch.float16, "bf16": torch.bfloat16}
