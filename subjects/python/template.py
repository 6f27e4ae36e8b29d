"""An adapter: what your diffusion code's numbers mean, and how to call it. Try it with `lawbook verify ./NAME.py`.

As it stands it verifies the straight path below. Put your own code in its place, one method at a time; what you leave out is reported
as unsupported, never as failed. subjects/PROTOCOL.md of lawbook lists every method, with its arguments and answers.
"""

from lawbook import Adapter


# Your code, or an import of it. This one: x = (1 - t) * data + t * noise, t from 0 (clean) to 1.
def noise_level(t):
    return t


class Mine(Adapter):
    name = "mine"

    def facts(self, handle):
        """What the numbers mean: the time axis and which end is clean, what `levels` returns, what a model is trained to predict."""
        return {
            "time": {"kind": "interval", "first": 0.0, "last": 1.0, "clean": "first"},
            "level": "sigma-flow",
            "output": "noise-minus-data",
        }

    def levels(self, handle, t):
        """The noise level at each time."""
        return {"level": [noise_level(time) for time in t.tolist()]}

    def sample(self, handle, x0, noise, t):
        """Noised data. Samples follow one another: as many as times, all of one length."""
        x0, noise, times = x0.tolist(), noise.tolist(), t.tolist()
        size = len(x0) // len(times)
        levels = [noise_level(times[k // size]) for k in range(len(x0))]
        return {"xt": [(1 - s) * x + s * e for x, e, s in zip(x0, noise, levels)]}
