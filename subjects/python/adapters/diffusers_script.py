"""A script of about ten lines that repeats a call with torch and diffusers alone, for an issue.

The adapter's calls on the scheduler are recorded while it answers, and written out with their numbers. The last variable is
`answer`: what the call returned, or every state of a run, flat.
"""

import inspect
import sys

import torch

from ..adapter import SubjectRaised
from ..interception import Draws
from .diffusers_family import Handle

#: Longer scripts are no help in an issue.
MOST_CALLS = 400

class Unwritten(Exception):
    """A value that has no short literal."""


def script(family, unit, config, method, args):
    """The text, or None where the unit is no class or a value has no literal."""
    if not inspect.isclass(unit.target) or not hasattr(family, "arguments"):
        return None
    recorder = Recorder()
    try:
        recorder.run(family, unit, config, method, args)
        return "\n".join(written(recorder, unit.target, family.arguments(unit.target, config), method)) + "\n"
    except Unwritten:
        return None


class Recorder:
    """The outermost calls on a scheduler, in order: name, arguments, and what came back."""

    def __init__(self):
        self.calls = []
        self.noise = []
        self.depth = 0
        self.scheduler = None

    def run(self, family, unit, config, method, args):
        values = Draws.values
        recorder = self

        def remembered(draws, kind, shape, generator):
            made = values(draws, kind, shape, generator)
            if recorder.scheduler is not None:
                recorder.noise.append((kind, made.ravel().tolist()))
            return made

        Draws.values = remembered
        try:
            with family.control("f64", Draws("none"), unit.target):
                scheduler = unit.target(**family.arguments(unit.target, config))
            self.wrap(scheduler)
            handle = Handle(family, unit, config, "f64", scheduler)
            with handle.controlled():
                family.setup(handle, scheduler)
            # Draws from here on are those that the call makes.
            self.scheduler = scheduler
            getattr(family, method)(handle, **args)
        except SubjectRaised:
            # The script raises as well: that is what it is for.
            pass
        finally:
            Draws.values = values

    def wrap(self, scheduler):
        for name, function in inspect.getmembers(type(scheduler), inspect.isfunction):
            if not name.startswith("_"):
                setattr(scheduler, name, self.recorded(name, getattr(scheduler, name)))

    def recorded(self, name, function):
        def call(*args, **kwargs):
            if self.depth > 0:
                return function(*args, **kwargs)
            if len(self.calls) >= MOST_CALLS:
                raise Unwritten("too many calls")
            entry = {"name": name, "args": [kept(a) for a in args], "kwargs": {k: kept(v) for k, v in kwargs.items()}, "result": None}
            self.calls.append(entry)
            self.depth += 1
            try:
                result = function(*args, **kwargs)
            finally:
                self.depth -= 1
            entry["result"] = result
            return result

        return call


def kept(value):
    """As it is now: a subject may write into its arguments."""
    return value.clone() if isinstance(value, torch.Tensor) else value


def written(recorder, cls, arguments, method):
    lines = ["import torch", imported(cls), ""]
    lines += drawing(recorder.noise)
    lines.append("scheduler = %s(%s)" % (cls.__name__, ", ".join("%s=%s" % (k, literal(v)) for k, v in arguments.items())))
    calls = recorder.calls
    at, answered = 0, False
    while at < len(calls):
        steps = loop_from(calls, at, recorder.scheduler)
        if steps is None:
            answered = answered or calls[at]["name"] not in ("set_timesteps", "scale_model_input", "set_begin_index")
            lines += single(calls[at], answered)
            at += 1
        else:
            lines += looped(steps, calls, at)
            answered = True
            at = steps["end"]
    if not answered:
        lines += published(recorder.scheduler, method)
    return lines


def imported(cls):
    """A class of a library by its module, one of a file by its path."""
    module = sys.modules.get(cls.__module__)
    if cls.__module__.startswith("lawbook_file_"):
        return "import runpy; %s = runpy.run_path(%r)[%r]" % (cls.__name__, module.__file__, cls.__name__)
    return "from %s import %s" % (cls.__module__, cls.__name__)


def drawing(noise):
    """Answers the subject's draws with the numbers that it got."""
    if not noise:
        return []
    if all(kind == "normal" and not any(values) for kind, values in noise):
        return ["torch.randn = lambda size, *_, dtype=None, **__: torch.zeros(size, dtype=dtype)  # no noise", ""]
    if any(kind != "normal" for kind, _ in noise):
        raise Unwritten("uniform draws")
    values = ", ".join(listed(one) for _, one in noise)
    return ["noise = iter([%s])" % values, "torch.randn = lambda size, *_, dtype=None, **__: torch.tensor(next(noise), dtype=dtype).reshape(size)", ""]


def single(call, answers):
    """One call as it was made; its result is the answer so far."""
    given = [literal(a) for a in call["args"]] + ["%s=%s" % (k, literal(v)) for k, v in call["kwargs"].items()]
    text = "scheduler.%s(%s)" % (call["name"], ", ".join(given))
    if not answers:
        return [text]
    return ["answer = %s%s" % (text, part(call["result"])[0]), "answer = answer.flatten()"]


def part(result):
    """Where in what a call returned the next state is, as text, and the state."""
    if hasattr(result, "prev_sample"):
        return ".prev_sample", result.prev_sample
    if isinstance(result, dict) and "prev_sample" in result:
        return '["prev_sample"]', result["prev_sample"]
    if isinstance(result, tuple):
        return "[0]", result[0]
    return "", result


def loop_from(calls, at, scheduler):
    """A loop that calls `step` at one time of the grid after the other, each from the state before; None where there is none."""
    scaled = calls[at]["name"] == "scale_model_input"
    stride = 2 if scaled else 1
    steps, following, first = [], None, None
    k = at
    while k + stride <= len(calls):
        step = calls[k + stride - 1]
        if step["name"] != "step" or len(step["args"]) != 3 or (scaled and calls[k]["name"] != "scale_model_input"):
            break
        output, t, x = step["args"]
        if any(isinstance(v, torch.Tensor) for v in step["kwargs"].values()) or not isinstance(x, torch.Tensor):
            break
        index = index_of(scheduler, t, None if first is None else first + len(steps))
        if index is None or (following is not None and not same(x, following)):
            break
        if steps and repr(step["kwargs"]) != repr(steps[0]["kwargs"]):
            break
        first = index if first is None else first
        steps.append(step)
        following = part(step["result"])[1]
        k += stride
        if not isinstance(following, torch.Tensor):
            break
    return {"end": k, "steps": steps, "first": first, "scaled": scaled} if steps else None


def index_of(scheduler, t, expected):
    """Where in the grid a time is; `expected` first, because grids repeat times."""
    times = scheduler.timesteps
    candidates = range(len(times)) if expected is None else [expected]
    return next((k for k in candidates if k < len(times) and float(times[k]) == float(t)), None)


def same(a, b):
    return a.shape == b.shape and bool(torch.equal(a, b))


def looped(loop, calls, at):
    steps, first = loop["steps"], loop["first"]
    output, _, x = steps[0]["args"]
    given = "".join(", %s=%s" % (k, literal(v)) for k, v in steps[0]["kwargs"].items())
    outputs = ["%s" % listed(step["args"][0].flatten().tolist()) for step in steps]
    where = "k" if first == 0 else "k + %d" % first
    lines = ["outputs = [  # of the model, step by step"]
    lines += ["    %s," % row for row in outputs] + ["]", "x = %s" % literal(x), "states = [x]", "for k, output in enumerate(outputs):"]
    lines += ["    t = scheduler.timesteps[%s]" % where]
    if loop["scaled"]:
        lines.append("    scheduler.scale_model_input(x, t)")
    lines += [
        "    x = scheduler.step(torch.tensor(output, dtype=x.dtype).reshape(%s), t, x%s)%s" % (tuple(output.shape), given, part(steps[0]["result"])[0]),
        "    states.append(x)",
        "    print(k + 1, x.flatten().tolist())",
        "answer = torch.cat([state.flatten() for state in states])",
    ]
    return lines


def published(scheduler, method):
    """Nothing was called: the grid or the tables are what was read."""
    names = ["timesteps", "sigmas", "alphas_cumprod"] if method == "grid" else ["alphas_cumprod", "sigmas", "betas"]
    found = [name for name in names if isinstance(getattr(scheduler, name, None), torch.Tensor)]
    if not found:
        raise Unwritten("nothing to print")
    return ["print(%r, scheduler.%s)" % (name, name) for name in found]


def literal(value):
    if isinstance(value, torch.Tensor):
        return "torch.tensor(%s, dtype=%s)%s" % (
            listed(value.flatten().tolist()) if value.dim() else number(value.item()),
            value.dtype,
            ".reshape%s" % (tuple(value.shape),) if value.dim() > 1 else "",
        )
    if isinstance(value, (list, tuple)) and len(value) <= 64:
        inner = ", ".join(literal(item) for item in value)
        return "[%s]" % inner if isinstance(value, list) else "(%s,)" % inner
    if isinstance(value, float):
        return number(value)
    if value is None or isinstance(value, (bool, int, str)):
        return repr(value)
    raise Unwritten(type(value).__name__)


def number(value):
    return repr(value) if value == value and abs(value) != float("inf") else 'float("%r")' % value


def listed(values):
    if len(values) > 4096:
        raise Unwritten("a long list")
    return "[%s]" % ", ".join(number(value) for value in values)


__all__ = ["script"]
