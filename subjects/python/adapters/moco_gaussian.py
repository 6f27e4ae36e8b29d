"""bionemo-moco's diffusion of real numbers, DDPM and VDM, and what its flow matching shares with them.

A state is (samples, 1, coordinates). One call of a run is one step of the method chosen; models are asked at the levels given.
"""

import math

import numpy
import torch

from bionemo.moco.schedules.inference_time_schedules import LinearInferenceSchedule

from ..adapter import Absent, inside
from ..interception import Draws
from ..options import Option
from ..oracles import oracle as build_oracle
from ..tensors import as_numpy
from .moco_common import CHAINS, RATIOS, STEPS, Family, GaussianPrior, flat, foreign, interpolants, made_schedule, schedule_options, times

OUTPUTS = {"data": "x0", "noise": "eps", "velocity": "v"}
PREDICTIONS = Option("prediction_type", list(OUTPUTS), "data", source="annotation")
ETA = Option("eta", [0.0, 0.5, 1.0], 0.0, kind="number", stage="step")
GRID = Option("steps", [10, 1, 2, 3, 7, 64], 10, kind="integer", stage="setup")


def ddim_claims(eta):
    return {
        "noise": "none" if eta == 0 else "marginal",
        "eta": eta,
        "posterior": eta == 1.0,
        "order": 1.0 if eta == 0 else None,
        "exactOn": {"prediction": "x0", "variable": "log-snr", "degree": 0.0} if eta == 0 else None,
    }


class Gaussian(Family):
    """An interpolant with one of its ways to step. Whatever is not a step is asked of the unit with the plain one."""

    def __init__(self, method="step"):
        self.method = method
        self.options = self.options + ((ETA,) if method == "step_ddim" else ())
        self.methods = self.methods if method == "step" else ("facts", "levels", "grid", "run")

    def output(self, handle):
        return OUTPUTS[handle.option("prediction_type")]

    def shaped(self, handle, values, count=1):
        return handle.tensor(as_numpy(values), count, 1, -1)

    def sample(self, handle, x0, noise, t, state=None):
        own = self.as_times(handle, as_numpy(t).ravel())
        data, source = (self.shaped(handle, v, len(own)) for v in (x0, noise))
        kept = data.clone(), source.clone()
        with handle.controlled(), inside("call"):
            made = handle.made.interpolate(data, own, source)
        return {"xt": made.reshape(-1), "unchanged": bool(torch.equal(kept[0], data) and torch.equal(kept[1], source))}

    def as_times(self, handle, values):
        return handle.tensor(values)

    def convert(self, handle, source, target, value, xt, t):
        kind = self.output(handle)
        if source != kind or target == kind:
            raise Absent("no conversion from %s to %s" % (source, target))
        converted = self.conversion(handle, target)
        time = self.as_times(handle, as_numpy(t).ravel()[:1])
        with handle.controlled(), inside("call"):
            return {"value": flat(converted(self.shaped(handle, value), self.shaped(handle, xt), time))}

    def conversion(self, handle, target):
        if target == "x0":
            return handle.made.process_data_prediction
        if target == "eps":
            return handle.made.process_noise_prediction
        if target == "score" and self.output(handle) == "x0":
            return lambda value, x, t: handle.made.score(value, x, t)
        raise Absent("no conversion to %s" % target)

    def run(self, handle, start, oracle, alpha, sigma, p, q, first=0, count=None, draws=None, state="fresh", variance=None):
        model = build_oracle(oracle)
        draws = Draws(**(draws or {"mode": "none"}))
        alpha, sigma, p, q = (as_numpy(v).ravel() for v in (alpha, sigma, p, q))
        grid = self.ends(handle)
        x = self.shaped(handle, start)
        states, outputs, drawn = [flat(x)], [], []
        for k in range(len(grid) - 1 - first if count is None else count):
            seen = states[-1]
            out = numpy.asarray(model(seen, alpha[k], sigma[k], p[k], q[k], k), dtype=float)
            before = len(draws.log)
            with handle.controlled(draws), inside("call"):
                x = self.step(handle, handle.tensor(out).reshape(x.shape), x, grid[first + k], grid[first + k + 1])
            states.append(flat(x))
            outputs.append(out)
            drawn.append(float(len(draws.log) - before))
        none = numpy.zeros(0)
        return {
            "states": numpy.concatenate(states),
            "inputs": numpy.concatenate(states[:-1]) if outputs else none,
            "outputs": numpy.concatenate(outputs) if outputs else none,
            "data": None,
            "drawn": numpy.asarray(drawn),
        }


class Ddpm(Gaussian):
    """A chain whose index 0 is noisy already; runs go through all of it."""

    methods = ("facts", "levels", "tables", "sample", "posterior", "target", "convert", "grid", "run")
    schedules = schedule_options(CHAINS)
    options = (
        PREDICTIONS,
        STEPS,
        Option("last_time_idx", [0, 1], 0, kind="integer"),
        *schedules,
    )
    excluded = foreign(CHAINS, schedules)

    def build(self, handle):
        steps = int(handle.option("nsteps"))
        return interpolants.DDPM(
            times(True, nsteps=steps),
            GaussianPrior(),
            made_schedule(handle, CHAINS, nsteps=steps),
            prediction_type=handle.option("prediction_type"),
            last_time_idx=int(handle.option("last_time_idx")),
        )

    def facts(self, handle):
        first = float(handle.made.last_time_idx)
        return {
            "time": {"kind": "index", "first": first, "last": first + len(handle.made._alpha_bar) - 1},
            "level": "abar",
            "output": self.output(handle),
            "form": self.form(handle),
            "sampler": self.sampler(handle),
        }

    def form(self, handle):
        if handle.option("noise_schedule") != "DiscreteLinearNoiseSchedule":
            return None
        first, last = handle.option("beta_start"), handle.option("beta_end")
        return {"family": "beta-linear", "T": float(handle.option("nsteps")), "first": float(first), "last": float(last)}

    def sampler(self, handle):
        if self.method == "step_ddim":
            return ddim_claims(float(handle.option("eta")))
        return {"noise": "marginal", "eta": None, "posterior": True}

    def as_times(self, handle, values):
        return torch.from_numpy(numpy.rint(values).astype(numpy.int64))

    def index(self, handle, t):
        return numpy.rint(as_numpy(t).ravel()).astype(int) - handle.made.last_time_idx

    def levels(self, handle, t):
        return {"level": flat(handle.made._alpha_bar)[self.index(handle, t)]}

    def tables(self, handle):
        made = handle.made
        amplitudes = {"alpha_amplitude": made._forward_data_schedule, "sigma_amplitude": made._forward_noise_schedule}
        return {name: flat(value) for name, value in {"abar": made._alpha_bar, "beta": made._betas, **amplitudes}.items()}

    def posterior(self, handle, x0, xt, s, t):
        """The tables that `step` takes its mean and its noise from."""
        if round(t) - round(s) != 1:
            raise Absent("steps go from one index to the one before")
        k = int(round(t)) - handle.made.last_time_idx
        made = handle.made
        data, noise, log = (float(table[k]) for table in (made._reverse_data_schedule, made._reverse_noise_schedule, made._log_var))
        return {"mean": data * as_numpy(x0).ravel() + noise * as_numpy(xt).ravel(), "variance": math.exp(log)}

    def target(self, handle, kind, x0, noise, t):
        if kind != "v":
            raise Absent("no target of kind %s" % kind)
        own = self.as_times(handle, as_numpy(t).ravel())
        with handle.controlled(), inside("call"):
            return {"value": flat(handle.made.calculate_velocity(self.shaped(handle, x0, len(own)), own, self.shaped(handle, noise, len(own))))}

    def ends(self, handle):
        first = handle.made.last_time_idx
        return list(range(first + len(handle.made._alpha_bar) - 1, first - 2, -1))

    def grid(self, handle):
        abar = flat(handle.made._alpha_bar)
        own = numpy.asarray(self.ends(handle)[:-1], dtype=float)
        return {"times": own, "level": numpy.append(abar[::-1], 1.0), "asked": float(len(abar)), "clock": "exact"}

    def step(self, handle, output, x, t, s):
        extra = {"eta": float(handle.option("eta"))} if self.method == "step_ddim" else {}
        return getattr(handle.made, self.method)(output, torch.tensor([t]), x, **extra)


class Continuous(Gaussian):
    """Runs on the library's linear grid of times."""

    direction = "diffusion"

    def ends(self, handle):
        with handle.controlled(), inside("call"):
            schedule = LinearInferenceSchedule(nsteps=int(handle.option("steps")), direction=self.direction)
            own = schedule.generate_schedule()
        return [*flat(own), 0.0 if self.direction == "diffusion" else 1.0]

    def grid(self, handle):
        ends = self.ends(handle)
        return {"times": numpy.asarray(ends[:-1]), "asked": float(len(ends) - 1), "clock": "exact", **self.at(handle, numpy.asarray(ends))}

    def levels(self, handle, t):
        return self.at(handle, as_numpy(t).ravel())


class Vdm(Continuous):
    """Data at 0, where some noise is left; levels are what the log SNR says."""

    methods = ("facts", "levels", "snr", "sde", "sample", "convert", "grid", "run")
    schedules = schedule_options(RATIOS)
    options = (PREDICTIONS, GRID, *schedules)
    excluded = foreign(RATIOS, schedules)

    def build(self, handle):
        return interpolants.VDM(times(False), GaussianPrior(), made_schedule(handle, RATIOS), prediction_type=handle.option("prediction_type"))

    def facts(self, handle):
        return {
            "time": {"kind": "interval", "first": 0.0, "last": 1.0},
            "level": "alpha-sigma",
            "scale": "vp",
            "output": self.output(handle),
            "sampler": {**self.sampler(handle), "endsClean": False},
        }

    def sampler(self, handle):
        if self.method == "step_ddim":
            return ddim_claims(float(handle.option("eta")))
        if self.method == "step":
            return {"noise": "marginal", "eta": None, "posterior": True}
        # Euler's method in the library's time.
        ode = self.method == "step_ode"
        return {"noise": "none" if ode else "other", "order": 1.0 if ode else None, "exactOnConstants": False}

    def log_snr(self, handle, t):
        return handle.made.noise_schedule.calculate_log_snr(handle.tensor(t))

    def at(self, handle, t):
        with handle.controlled(), inside("call"):
            alpha, sigma = handle.made.noise_schedule.log_snr_to_alphas_sigmas(self.log_snr(handle, t))
        return {"alpha": flat(alpha), "sigma": flat(sigma)}

    def snr(self, handle, t):
        with handle.controlled(), inside("call"):
            return {"value": flat(self.log_snr(handle, as_numpy(t).ravel()).exp())}

    def sde(self, handle, t):
        with handle.controlled(), inside("call"):
            drift, diffusion = handle.made.noise_schedule.calculate_general_sde_terms(handle.tensor(as_numpy(t).ravel()))
        return {"drift": flat(drift), "diffusion2": flat(diffusion)}

    def step(self, handle, output, x, t, s):
        extra = {"eta": float(handle.option("eta"))} if self.method == "step_ddim" else {}
        return getattr(handle.made, self.method)(output, handle.tensor([t]), x, handle.tensor([t - s]), **extra)
