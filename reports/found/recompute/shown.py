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
    """The file, number and words of the first line of a function that has this text."""
    source, first = inspect.getsourcelines(function)
    for offset, line in enumerate(source):
        if text in line:
            return "%s:%d  %s" % (inspect.getsourcefile(function).split("schedulers/")[-1], first + offset, line.strip())
    return inspect.getsourcefile(function)


def raised(call):
    try:
        call()
    except Exception as error:  # noqa: BLE001: whatever comes is what is shown
        return type(error).__name__
    return "nothing"


def walk(scheduler, output=lambda x, t: x * 0.1, dtype=torch.float64, **step):
    """The sampling loop; the last state."""
    x = X.to(dtype)
    for t in scheduler.timesteps:
        seen = scheduler.scale_model_input(x, t) if hasattr(scheduler, "scale_model_input") else x
        x = scheduler.step(output(seen, t), t, x, **step)[0]
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
