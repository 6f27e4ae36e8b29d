"""What the recomputations share: a finding's line, the sampling loop, where a mistake stands. Nothing of lawbook."""

import inspect
import warnings

import numpy
import torch

warnings.filterwarnings("ignore")
X = torch.tensor([[[[0.5, -0.25, 1.0]]]], dtype=torch.float64)


class Findings:
    """Prints findings one by one and counts those that reproduce."""

    def __init__(self):
        self.found = []

    def report(self, name, where, expected, got, wrong, because=None):
        """`because`: why this is no matter of convention."""
        self.found.append(bool(wrong))
        print("%-4s %s\n     expected %s, got %s\n     %s" % ("yes" if wrong else "no", name, expected, got, where))
        if because is not None:
            print("     %s" % because)

    def close(self):
        print("%d of %d findings reproduce" % (sum(self.found), len(self.found)))
        raise SystemExit(0 if all(self.found) else 1)


def line_of(function, text):
    """The module, number and words of the first line of a function or class that has this text."""
    source, first = inspect.getsourcelines(function)
    module = function.__module__.replace(".", "/") + ".py"
    for offset, line in enumerate(source):
        if text in line:
            return "%s:%d  %s" % (module, first + offset, line.strip())
    return module


def raised(call):
    try:
        call()
    except Exception as error:  # noqa: BLE001: whatever comes is what is shown
        return type(error).__name__
    return "nothing"


def outcome(call):
    """What a call answers, in a word: the type of what it raises, NaN, or numbers."""
    try:
        made = call()
    except Exception as error:  # noqa: BLE001: whatever comes is what is shown
        return type(error).__name__
    return "numbers" if torch.isfinite(made).all() else "NaN"


def tenth(x, t):
    """A model that answers a tenth of what it sees: small and smooth."""
    return x * 0.1


def same(x, t):
    """The exact noise prediction where the state is all noise."""
    return x


def walk(scheduler, output=tenth, dtype=torch.float64, first=0, start=X, **step):
    """The sampling loop; the last state. A model that predicts its variance answers twice the channels."""
    x = start.to(dtype)
    learned = str(getattr(scheduler.config, "variance_type", None)) in ("learned", "learned_range")
    for t in scheduler.timesteps[first:]:
        seen = scheduler.scale_model_input(x, t) if hasattr(scheduler, "scale_model_input") else x
        made = output(seen, t)
        x = scheduler.step(torch.cat([made, 0 * made], dim=1) if learned else made, t, x, **step)[0]
    return x


def abar(count=1000, low=1e-4, high=0.02, spacing="linear"):
    """ᾱ by definition, in double."""
    if spacing == "scaled_linear":
        betas = numpy.linspace(low**0.5, high**0.5, count) ** 2
    else:
        betas = numpy.linspace(low, high, count)
    return numpy.cumprod(1 - betas)


def noised(scheduler, data, noise, t, dtype=torch.float64):
    """One number, noised in this element type."""
    one = torch.ones(1, 1, 1, 1, dtype=dtype)
    return float(scheduler.add_noise(one * data, one * noise, torch.as_tensor(t).reshape(1)))
