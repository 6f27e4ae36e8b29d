"""What every scheduler class has in common: the sampling loop, single calls. Families fill in conventions."""

import sys

import numpy
import torch

from ..adapter import Absent, inside
from ..interception import DTYPES, Controlled, Draws
from ..oracles import oracle as build_oracle
from ..tensors import as_numpy
from .diffusers_configurations import Configurations
from .diffusers_results import _data, _flat, _prev, _run_answer, copied

_modules = {}


class Handle:
    """One configuration of one class, freshly made: nobody has stepped it."""

    def __init__(self, family, unit, config, arithmetic, scheduler):
        self.family = family
        self.unit = unit
        self.config = config
        self.arithmetic = arithmetic
        self.s = scheduler
        self.dtype = DTYPES[arithmetic]

    def controlled(self, draws=None):
        return self.family.control(self.arithmetic, draws if draws is not None else Draws(), self.s)


class Family(Configurations):
    """Conventions of a group of classes. `level` and `output` are declared kinds; methods take a handle."""

    level = "abar"
    #: Whether the class's own modules do all of its arithmetic and all of its draws.
    quick = True
    #: Modules of other classes whose code this one calls.
    borrows = ()
    #: Whether explicit sigmas include the level at which the last step ends.
    sigmas_end = True
    #: Published times after the last at which a step begins.
    spare = 0
    methods = ("facts", "levels", "tables", "sample", "grid", "run", "convert")

    def modules(self, cls):
        """The modules that are handed a promoted torch and numpy: those of the class and of its bases, those they borrow from,
        and the adapter's own, which draw where a step takes noise as an argument."""
        names = [base.__module__ for base in cls.__mro__ if base is not object]
        names += [*self.borrows, "diffusers.utils.torch_utils"]
        names += [base.__module__ for base in type(self).__mro__ if base is not object]
        return [sys.modules[name] for name in dict.fromkeys(names) if name in sys.modules]

    def control(self, arithmetic, draws, subject):
        """The context in which the subject's code runs. `subject` is a scheduler or its class."""
        cls = subject if isinstance(subject, type) else type(subject)
        key = type(self), cls
        if key not in _modules:
            _modules[key] = self.modules(cls)
        return Controlled(arithmetic, draws, _modules[key], quick=self.quick)

    def make(self, unit, config, arithmetic):
        return self.prepare(unit, config, arithmetic, self.construct(unit, config, arithmetic))

    def construction(self, config, arithmetic):
        """Constructors know nothing of set-up and steps, nor of the element types that they will be asked in."""
        later = {"steps", "grid", *(option.name for option in self.call_options if option.stage == "step")}
        code = arithmetic if arithmetic in ("promoted", "intercepted") else "own"
        return code, repr(sorted((name, value) for name, value in config.items() if name not in later))

    def construct(self, unit, config, arithmetic):
        """The scheduler before its set-up."""
        cls = unit.target
        with self.control(arithmetic, Draws(), cls), inside("construct"):
            return cls(**self.arguments(cls, config))

    def prepare(self, unit, config, arithmetic, scheduler):
        """A handle on a constructed scheduler, which becomes the handle's own."""
        handle = Handle(self, unit, config, arithmetic, scheduler)
        with handle.controlled(), inside("setup"):
            self.setup(handle, scheduler)
        return handle

    def copy(self, handle):
        own = copied(handle.s)
        return None if own is None else Handle(self, handle.unit, handle.config, handle.arithmetic, own)

    # --- the grid -------------------------------------------------------------------------------------------------------

    def setup(self, handle, s):
        """Calls set_timesteps as the configuration says."""
        kind = handle.config.get("grid", "count")
        if kind == "count":
            s.set_timesteps(self.count(handle), **self.setup_arguments(handle))
        else:
            s.set_timesteps(**{kind: self.explicit(handle, s, kind)}, **self.setup_arguments(handle))

    def setup_arguments(self, handle):
        return {}

    def trained(self, handle):
        """T, the length of the training chain."""
        return int(self.value(handle, "num_train_timesteps", 1000))

    def value(self, handle, name, fallback=None):
        """An option of this configuration, or its default in the class."""
        if name in handle.config:
            return handle.config[name]
        return self.default(handle.unit.target, name, fallback)

    def count(self, handle):
        steps = handle.config.get("steps", self.steps[0])
        if isinstance(steps, str):
            return self.trained(handle) - (1 if steps == "T-1" else 0)
        return int(steps)

    def explicit(self, handle, s, kind):
        """A decreasing, unevenly spaced grid of about the asked length."""
        last = self.trained(handle) - 1
        n = max(2, min(self.count(handle), last + 1, 12))
        fractions = [1 - (k / n) ** 1.3 for k in range(n)]
        if kind == "timesteps":
            times = []
            for fraction in fractions:
                t = round(fraction * last)
                if not times or t < times[-1]:
                    times.append(t)
            return times
        sigmas = self.training_sigmas(s)
        if sigmas is None:
            raise Absent("no training sigmas")
        low, high = float(sigmas.min()), float(sigmas.max())
        return [high * (low / high) ** (1 - fraction) for fraction in fractions] + [0.0]

    def training_sigmas(self, s):
        if not hasattr(s, "alphas_cumprod"):
            return None
        abar = s.alphas_cumprod.double().numpy()
        return ((1 - abar) / abar) ** 0.5

    def times(self, s):
        """Published times at which steps begin, as float64."""
        return self.published(s)[: len(s.timesteps) - self.spare]

    def published(self, s):
        return numpy.asarray(s.timesteps, dtype=float).ravel()

    # --- shapes ---------------------------------------------------------------------------------------------------------

    def shape(self, count, d):
        """Four axes, three channels where the coordinates allow."""
        return (count, 3, 1, d // 3) if d % 3 == 0 else (count, 1, 1, d)

    def tensor(self, handle, values, count=1):
        values = numpy.array(values, dtype=float, order="C")
        return torch.from_numpy(values).to(handle.dtype).reshape(self.shape(count, values.size // count))

    # --- calls ----------------------------------------------------------------------------------------------------------

    def sample(self, handle, x0, noise, t, state="set-up"):
        """x_t from data and noise at the subject's times t, one for all or one per sample."""
        s = handle.s
        times = as_numpy(t).ravel()
        count = len(times)
        x0, noise = self.tensor(handle, as_numpy(x0), count), self.tensor(handle, as_numpy(noise), count)
        kept = x0.clone(), noise.clone()
        own = self.as_times(s, times)
        with handle.controlled(), inside("call"):
            self.bring(handle, s, state, times)
            made = self.noised(s, x0, noise, own)
        return {"xt": made, "unchanged": bool(torch.equal(kept[0], x0) and torch.equal(kept[1], noise))}

    def target(self, handle, kind, x0, noise, t):
        s = handle.s
        if kind != "v" or not hasattr(s, "get_velocity"):
            raise Absent("no target of kind %s" % kind)
        times = as_numpy(t).ravel()
        x0, noise = self.tensor(handle, as_numpy(x0), len(times)), self.tensor(handle, as_numpy(noise), len(times))
        with handle.controlled(), inside("call"):
            return {"value": s.get_velocity(x0, noise, self.as_times(s, times))}

    def as_times(self, s, times):
        """Times as the subject wants them: same dtype as its own."""
        own = torch.as_tensor(s.timesteps)
        return torch.as_tensor(times).to(own.dtype)

    def noised(self, s, x0, noise, t):
        if not hasattr(type(s), "add_noise"):
            raise Absent("no add_noise")
        return s.add_noise(x0, noise, t)

    def bring(self, handle, s, state, times):
        """Puts the object into a state its interface allows before a call."""
        if state == "again":
            self.setup(handle, s)
        elif state == "begun" and hasattr(s, "set_begin_index"):
            s.set_begin_index(self.position(s, times[0]))

    def position(self, s, t):
        return int(numpy.argmin(numpy.abs(self.times(s) - t)))

    def run(self, handle, start, oracle, alpha, sigma, p, q, first=0, count=None, draws=None, state="fresh", variance=None):
        """The loop: model, step, model, step. Levels and output coefficients per model call come from the client."""
        s = handle.s
        model = build_oracle(oracle)
        draws = Draws(**(draws or {"mode": "none"}))
        alpha, sigma, p, q = (as_numpy(v).ravel() for v in (alpha, sigma, p, q))
        flat = as_numpy(start).astype(float).ravel()
        with handle.controlled(draws):
            if state == "reused":
                with inside("call"):
                    self.use(handle, s, flat)
                    self.setup(handle, s)
            if state == "started" and hasattr(s, "set_begin_index"):
                s.set_begin_index(first)
            count = len(self.times(s)) - first if count is None else count
            x = self.tensor(handle, flat)
            record = {"states": [flat], "inputs": [], "outputs": [], "data": [], "drawn": []}
            memory = {}
            for k in range(first, first + count):
                before = len(draws.log)
                x, data, seen, out = self.advance(handle, s, x, k, model, (alpha, sigma, p, q), k - first, variance, memory)
                record["states"].append(_flat(x))
                record["inputs"].append(seen)
                record["outputs"].append(out)
                record["data"].append(data)
                record["drawn"].append(float(len(draws.log) - before))
        return _run_answer(record)

    def use(self, handle, s, flat):
        """Leaves traces: a few steps with another model."""
        x = self.tensor(handle, flat)
        for k in range(min(3, len(self.times(s)))):
            t = s.timesteps[k]
            x = self.stepped(handle, s, self.scaled(s, x, t) * 0.1, t, x, k, {})[0]

    def advance(self, handle, s, x, k, model, levels, call, variance, memory):
        alpha, sigma, p, q = levels
        t = s.timesteps[k]
        with inside("call"):
            seen = self.scaled(s, x, t)
        out = model(_flat(x), alpha[call], sigma[call], p[call], q[call], call)
        output = self.tensor(handle, out)
        if variance is not None:
            output = torch.cat([output, torch.full_like(output, variance)], dim=1)
        with inside("call"):
            x, data = self.stepped(handle, s, output, t, x, k, memory)
        return x, None if data is None else _flat(data), _flat(seen), numpy.asarray(out, dtype=float)

    def scaled(self, s, x, t):
        return s.scale_model_input(x, t) if hasattr(s, "scale_model_input") else x

    def stepped(self, handle, s, output, t, x, k, memory):
        """One step: the next state, and the subject's own data prediction or None."""
        result = s.step(output, t, x, **self.step_arguments(handle, s, x))
        return _prev(result), _data(result)

    def step_arguments(self, handle, s, x):
        """Arguments of `step` that are options of the configuration."""
        given = {option.name: handle.config[option.name] for option in self.call_options if option.stage == "step" and option.name in handle.config}
        # Whoever hands noise in draws it only for a step that takes some.
        if given.pop("noise", None) == "argument" and self.draws(handle):
            given["variance_noise"] = torch.randn(x.shape, dtype=x.dtype)
        return given

    def asked(self, handle):
        """How many steps the configuration asks for."""
        kind = handle.config.get("grid", "count")
        if kind == "count":
            return self.count(handle)
        given = self.explicit(handle, handle.s, kind)
        # Levels include the one where the last step ends.
        return len(given) - (1 if kind == "sigmas" and self.sigmas_end else 0)

    def draws(self, handle):
        """Whether steps of this configuration take noise."""
        return True

    def grid(self, handle):
        s = handle.s
        return {"times": self.times(s), "asked": float(self.asked(handle)), "clock": self.clock(handle), **self.state_levels(handle)}

    def clock(self, handle):
        return "exact"
