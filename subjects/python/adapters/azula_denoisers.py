"""azula's denoisers: the analytic one for Gaussian data, and preconditioned networks whose backbone is an exact model."""

import functools
import inspect

import azula.denoise as denoise
import azula.noise as noise
import numpy
import torch

from ..adapter import Absent, inside
from ..options import Option
from ..oracles import oracle as build_oracle
from ..tensors import as_numpy
from .azula_schedules import Family, Given, Handle, concrete, flat, schedule_classes

try:
    import azula.linalg.covariance as covariance
except ImportError:  # releases without an analytic denoiser
    covariance = None


def schedule_option():
    """Schedules at their defaults; variance preserving first."""
    names = sorted(schedule_classes(), key=lambda name: (name != "VPSchedule", name))
    return Option("schedule", names, names[0])


def families():
    """(family, name, class) of every denoiser whose constructor arguments are known."""
    found = []
    base = "Denoiser" if hasattr(denoise, "Denoiser") else "GaussianDenoiser"
    for name, cls in sorted(concrete(denoise, base).items()):
        accepted = inspect.signature(cls.__init__).parameters
        if "backbone" in accepted:
            found.append((Preconditioned(), name, cls))
        elif covariance is not None and {"mean", "cov", "schedule"} <= set(accepted):
            found.append((Analytic(), name, cls))
    return found


class Denoisers(Family):
    def make(self, unit, config, arithmetic):
        handle = Handle(self, unit, config, arithmetic)
        with handle.controlled(), inside("construct"):
            handle.schedule = schedule_classes()[handle.option("schedule")]()
        return handle


# --- the analytic denoiser ----------------------------------------------------------------------------------------------------


#: Coordinates that a covariance mixes.
SPREAD = 3


def repeated(handle, x):
    """Each number as a sample of its own, in every coordinate: covariances mix coordinates, and none may bring in what is larger."""
    return handle.tensor(as_numpy(x), -1, 1).expand(-1, SPREAD).clone()


def chosen(answers):
    """One coordinate of each sample, all of them in turn."""
    samples = torch.arange(len(answers))
    return answers[samples, samples % SPREAD]


def rotation(d, dtype):
    """An orthogonal matrix without zeros: a reflection."""
    u = torch.arange(1, d + 1, dtype=dtype)
    return torch.eye(d, dtype=dtype) - 2 * torch.outer(u, u) / (u @ u)


def spread(kind, variance, d, dtype):
    """The covariance variance·I of d coordinates, as one of the library's kinds. Argument names tell the forms of releases apart."""
    cls = getattr(covariance, kind)
    accepted = inspect.signature(cls.__init__).parameters
    v = torch.full((d,), variance, dtype=dtype)
    if kind == "IsotropicCovariance":
        return cls(v[0])
    if kind == "DiagonalCovariance":
        return cls(v)
    q = rotation(d, dtype)
    if kind == "FullCovariance":
        return cls(Q=q, L=v) if "Q" in accepted else cls(C=torch.diag(v))
    if kind == "DPLRCovariance":
        # Half of the first coordinate's variance comes from the low-rank part.
        low = torch.zeros(d, dtype=dtype)
        low[0] = (variance / 2) ** 0.5
        rest = v - low**2
        return cls(D=rest, V=low[None, :]) if "S" in accepted else cls(D=rest, V=low[:, None])
    diagonal = covariance.DiagonalCovariance(v)
    return cls(C=diagonal, Qs=[q]) if "C" in accepted else cls(Qs=[q], L=diagonal)


KINDS = ("IsotropicCovariance", "DiagonalCovariance", "FullCovariance", "DPLRCovariance", "KroneckerCovariance", "PreconditionedCovariance")


class Analytic(Denoisers):
    """Mean and covariance of the data are given, and the schedule; nothing is learned."""

    skip = ("mean", "cov", "schedule")

    def methods(self, target):
        return ("facts", "levels", "denoise")

    def options(self, target):
        kinds = [kind for kind in KINDS if hasattr(covariance, kind)]
        return (schedule_option(), Option("covariance", kinds, kinds[0]))

    def denoise(self, handle, oracle, x, t):
        if oracle["name"] != "gaussian":
            raise Absent("the data of this denoiser are Gaussian")
        mean, variance = (float(as_numpy(oracle[name]).ravel()[0]) for name in ("mean", "variance"))
        with handle.controlled(), torch.no_grad():
            with inside("construct"):
                cov = spread(handle.option("covariance"), variance, SPREAD, handle.dtype)
                made = handle.unit.target(mean=torch.full((SPREAD,), mean, dtype=handle.dtype), cov=cov, schedule=handle.schedule)
            with inside("call"):
                found = made(repeated(handle, x), handle.tensor(as_numpy(t).ravel()[0])).mean
        return {"value": flat(chosen(found))}


# --- networks with preconditioning --------------------------------------------------------------------------------------------


class Backbone(torch.nn.Module):
    """A network given as a function of its input and c_time = log(sigma/alpha), both numpy arrays."""

    def __init__(self, function, dtype):
        super().__init__()
        self.function = function
        # The library reads a network's element type off its parameters and buffers.
        self.register_buffer("element", torch.zeros((), dtype=dtype))

    def forward(self, x, time, **_):
        made = self.function(x.detach().double().numpy(), time.detach().double().numpy())
        return torch.from_numpy(numpy.ascontiguousarray(made)).to(x.dtype)


class Itself(noise.Schedule):
    """A user's schedule in which time is the noise level: alpha = 1, sigma = t, in the shape of the library's own."""

    def __call__(self, t):
        alpha, _ = noise.VESchedule()(t)
        return alpha, t.reshape(alpha.shape)

    forward = __call__


@functools.lru_cache(maxsize=None)
def watched(cls):
    """The class, with a memory of the state that it was asked about last."""

    class Watched(cls):
        def forward(self, x_t, t, **rest):
            self.seen = x_t
            return super().forward(x_t, t, **rest)

    return Watched


class Preconditioned(Denoisers):
    """A backbone behind the library's scalings."""

    skip = ("backbone", "schedule", "var_x")

    def methods(self, target):
        return ("facts", "levels", "sample", "convert", "denoise", "precondition")

    def options(self, target):
        return (schedule_option(), Option("times", ["one", "per sample"], "one", stage="step"))

    def predicts_data(self, handle):
        return handle.unit.target.__name__ == "SimpleDenoiser"

    def output(self, handle):
        """The network of EDM preconditioning is declared for alpha = 1; at other alpha its output has no name among the kinds."""
        if self.predicts_data(handle):
            return "x0"
        return "edm" if type(handle.schedule).__name__ == "VESchedule" else None

    def facts(self, handle):
        """The scaled input has alpha'² + sigma'² = 1, so data of unit variance give it unit variance."""
        return {**super().facts(handle), "output": self.output(handle), "sigmaData": 1.0}

    def built(self, handle, function, schedule):
        with inside("construct"):
            return watched(handle.unit.target)(backbone=Backbone(function, handle.dtype), schedule=schedule)

    def sample(self, handle, x0, noise, t, state=None):
        """The noised data that the training loss hands to the denoiser; its one draw is answered with the noise."""
        times = handle.tensor(as_numpy(t).ravel())
        data = handle.tensor(as_numpy(x0), len(times), -1)
        kept = data.clone()
        with handle.controlled(Given(as_numpy(noise))), torch.no_grad():
            made = self.built(handle, lambda z, time: 0 * z, handle.schedule)
            with inside("call"):
                made.loss(data, times)
        return {"xt": made.seen.reshape(-1), "unchanged": bool(torch.equal(kept, data))}

    def convert(self, handle, source, target, value, xt, t):
        """From the network's output to the data prediction."""
        if target != "x0" or source != self.output(handle):
            raise Absent("no conversion from %s to %s" % (source, target))
        given = as_numpy(value).astype(float)
        with handle.controlled(), torch.no_grad():
            made = self.built(handle, lambda z, time: given.reshape(z.shape), handle.schedule)
            with inside("call"):
                return {"value": flat(made(handle.tensor(as_numpy(xt), 1, -1), handle.tensor(as_numpy(t).ravel()[0])).mean)}

    def denoise(self, handle, oracle, x, t):
        """The backbone is the exact network at the level that it is told, in the scaling of its input."""
        exact = build_oracle(oracle)
        data = self.predicts_data(handle)

        def function(z, time):
            ratio = numpy.exp(time).reshape(time.shape + (1,) * (z.ndim - time.ndim))
            alpha, sigma = 1 / numpy.hypot(1, ratio), ratio / numpy.hypot(1, ratio)
            # A network in EDM preconditioning with sigma_data = 1 predicts sigma·x0 − alpha·eps.
            return exact(z, alpha, sigma, 1.0, 0.0, 0) if data else sigma * exact(z, alpha, sigma, 1.0, 0.0, 0) - alpha * exact(z, alpha, sigma, 0.0, 1.0, 0)

        state, time = handle.tensor(as_numpy(x), 1, -1), handle.tensor(as_numpy(t).ravel()[0])
        if handle.option("times") == "per sample":
            state = state.reshape(-1, 1)
            time = time.expand(len(state)).clone()
        with handle.controlled(), torch.no_grad():
            made = self.built(handle, function, handle.schedule)
            with inside("call"):
                return {"value": flat(made(state, time).mean)}

    def precondition(self, handle, sigma):
        """The scalings at alpha = 1, read off networks that answer 0 and 1."""
        levels = handle.tensor(as_numpy(sigma))
        ones, zeros = torch.ones(len(levels), 1, dtype=handle.dtype), torch.zeros(len(levels), 1, dtype=handle.dtype)
        seen = []

        def constant(value):
            return lambda z, time: seen.append(z) or numpy.full(z.shape, value)

        with handle.controlled(), torch.no_grad():
            still, one = (self.built(handle, constant(value), Itself()) for value in (0.0, 1.0))
            with inside("call"):
                skip, out = flat(still(ones, levels).mean), flat(one(zeros, levels).mean)
                found = {"cin": seen[0].reshape(-1)}
                if self.predicts_data(handle):
                    return found
                # Data and noise 0: the squared error is that of the network's answer, c_out, times the weight.
                losses = numpy.array([[float(made.loss(zeros[:1], level[None])) for level in levels] for made in (still, one)])
        found.update(cskip=skip, cout=out)
        # A loss that an exact answer does not bring to 0 is a likelihood, no weighted square.
        return found if losses[0].any() else {**found, "weight": losses[1] / out**2}
