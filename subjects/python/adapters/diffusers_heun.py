"""Two model calls per interval of σ: Heun, KDPM2, DPM-Solver as an SDE."""

import numpy

from ..tensors import as_numpy
from .diffusers_sigmas import BROWNIAN, SigmaGrid


class Heun(SigmaGrid):
    """Two model calls per interval; both leave the state at the next σ, so sigmas after the first are published twice."""

    def sampler(self, handle):
        return {"noise": "none", "order": 2.0, "stages": 2.0, "endsClean": True}

    def state_levels(self, handle):
        return {"level": self.sigmas(handle.s)[: len(self.times(handle.s)) + 1] if self.repeated(handle) else self.interleaved(handle)}

    def facts(self, handle):
        facts = super().facts(handle)
        if not self.repeated(handle):
            # Times of inner stages are for the model; noise is added at those of whole steps.
            facts["time"]["times"] = numpy.unique(self.times(handle.s)[::2])
        return facts

    def repeated(self, handle):
        return True

    def interleaved(self, handle):
        raise NotImplementedError

    def levels(self, handle, t):
        s = handle.s
        levels = self.state_levels(handle)["level"]
        return {"level": numpy.array([levels[self.place(s, value)] for value in as_numpy(t).ravel()])}


class Kdpm2(Heun):
    """The first call of a pair lands at the geometric mean of two σ, the second at the next σ."""

    #: Where the state after the first call lies in `sigmas_interpol`.
    def repeated(self, handle):
        return False

    def interleaved(self, handle):
        s = handle.s
        sigmas = self.sigmas(s)
        middle = numpy.asarray(s.sigmas_interpol, dtype=float).ravel()
        levels = [sigmas[0]]
        for k in range(len(self.times(s))):
            levels.append(self.after(k, sigmas, middle))
        return numpy.array(levels)

    def after(self, k, sigmas, middle):
        # Even calls are first stages: they go to the interpolated σ, except the last, which goes to 0.
        if k % 2 == 0:
            return middle[k + 1] if k + 1 < len(sigmas) - 1 else sigmas[k + 1]
        return sigmas[k]

    def rounds_times(self, handle):
        return bool(self.value(handle, "use_karras_sigmas", False))


class Kdpm2Ancestral(Kdpm2):
    def sampler(self, handle):
        return {"noise": "marginal", "stages": 2.0, "endsClean": True, "order": None}

    def after(self, k, sigmas, middle):
        if k % 2 == 0:
            return middle[k] if k + 1 < len(sigmas) - 1 else sigmas[k + 1]
        return sigmas[k]


class DpmSde(Heun):
    """Two-stage SDE solver with Brownian noise, which torchsde draws in modules of its own; the first stage lands at the
    geometric mean, with noise of that level."""

    borrows = BROWNIAN

    def sampler(self, handle):
        return {"noise": "marginal", "stages": 2.0, "endsClean": True, "order": None}

    def repeated(self, handle):
        return False

    def interleaved(self, handle):
        s = handle.s
        sigmas = self.sigmas(s)
        levels = [sigmas[0]]
        for k in range(len(self.times(s))):
            if k % 2 == 0 and sigmas[k + 1] > 0:
                levels.append(float(numpy.sqrt(sigmas[k] * sigmas[k + 1])))
            else:
                levels.append(sigmas[k + 1] if k % 2 == 0 else sigmas[k])
        return numpy.array(levels)
