"""guided-diffusion: a chain's tables and closed forms, and its samplers, from a checkout in the folder GUIDED_DIFFUSION.

Indices 0 … T − 1, of which 0 is already noisy; a spaced chain keeps some of them. Clipping is off. Where a variance is learned the
network answers its logarithm, or twice a share less 1.
"""

import math
import os
import types

import numpy
import torch

from checkout import Checkout, Family, flat, folder, load, numbers, stand_in
from lawbook.adapter import Absent, inside
from lawbook.interception import Draws
from lawbook.options import Option
from lawbook.oracles import oracle as build_oracle

# The package itself, whose first lines import networks.
root = folder("GUIDED_DIFFUSION")
stand_in("guided_diffusion", guided_diffusion={"__path__": [os.path.join(root, "guided_diffusion")]})
diffusion, respace, losses, nn = load(
    root, "guided_diffusion.gaussian_diffusion", "guided_diffusion.respace", "guided_diffusion.losses", "guided_diffusion.nn"
)

MEANS = {"EPSILON": "eps", "START_X": "x0"}
#: The linear schedule has a β above 1 where T < 20, which the chain refuses.
LENGTH = Option("T", [100, 20, 1000], 100, kind="integer")
BETAS = Option("betas", ["linear", "cosine"], "linear")
NOISES = {"FIXED_SMALL": "marginal", "FIXED_LARGE": "large", "LEARNED_RANGE": "log-range", "LEARNED": "learned"}


class Chain(Family):
    """All indices: the forward process, its posterior, conversions, terms of the bound."""

    methods = ("facts", "levels", "tables", "sample", "kernel", "posterior", "convert", "term")
    loaded = (diffusion, respace, losses, nn)
    deviates = [
        {
            "law": "gaussian.decoder.discretized",
            "because": "discretized_gaussian_log_likelihood calls approx_standard_normal_cdf, by its docstring a fast approximation",
        }
    ]

    def build(self, handle):
        handle.betas = diffusion.get_named_beta_schedule(handle.config["betas"], int(handle.config["T"]))
        handle.made = diffusion.GaussianDiffusion(**self.arguments(handle))

    def arguments(self, handle):
        return {
            "betas": handle.betas,
            "model_mean_type": diffusion.ModelMeanType[handle.config.get("mean", "EPSILON")],
            "model_var_type": diffusion.ModelVarType[handle.config.get("variance", "FIXED_SMALL")],
            "loss_type": diffusion.LossType.MSE,
        }

    def facts(self, handle):
        T = float(handle.config["T"])
        # Scaled so that a chain of any length is that of a thousand steps.
        linear = {"family": "beta-linear", "T": T, "first": 0.1 / T, "last": 20.0 / T}
        return {
            "time": {"kind": "index", "first": 0, "last": len(handle.made.betas) - 1},
            "level": "abar",
            "output": MEANS[handle.config.get("mean", "EPSILON")],
            "form": linear if handle.config["betas"] == "linear" else {"family": "beta-cosine", "T": T},
        }

    def levels(self, handle, t):
        return {"level": handle.made.alphas_cumprod[numbers(t).astype(int)]}

    def tables(self, handle):
        made = handle.made
        return {
            "beta": made.betas,
            "abar": made.alphas_cumprod,
            "alpha_amplitude": made.sqrt_alphas_cumprod,
            "sigma_amplitude": made.sqrt_one_minus_alphas_cumprod,
        }

    def batch(self, handle, values, t):
        """n samples of d coordinates, and n times."""
        times = handle.tokens(t)
        return handle.tensor(values, len(times), 1, 1, -1), times

    def sample(self, handle, x0, noise, t, state=None):
        data, times = self.batch(handle, x0, t)
        given = self.batch(handle, noise, t)[0]
        kept = data.clone(), given.clone()
        with handle.controlled(), inside("call"):
            made = handle.made.q_sample(data, times, noise=given)
        return {"xt": made.reshape(-1), "unchanged": bool(torch.equal(kept[0], data) and torch.equal(kept[1], given))}

    def kernel(self, handle, s, t):
        """One step is that of β; further apart there is no table."""
        if int(t) != int(s) + 1:
            raise Absent("tables are of single steps")
        return {"scale": math.sqrt(1 - handle.made.betas[int(t)]), "variance": float(handle.made.betas[int(t)])}

    def posterior(self, handle, x0, xt, s, t):
        if int(t) != int(s) + 1:
            raise Absent("tables are of single steps")
        (data, times), noisy = self.batch(handle, x0, [t]), handle.tensor(xt, 1, 1, 1, -1)
        with handle.controlled(), inside("call"):
            mean, variance, _ = handle.made.q_posterior_mean_variance(data, noisy, times)
        return {"mean": flat(mean), "variance": flat(variance)}

    def convert(self, handle, source, target, value, xt, t):
        names = {("eps", "x0"): ("_predict_xstart_from_eps", "eps"), ("x0", "eps"): ("_predict_eps_from_xstart", "pred_xstart")}
        if (source, target) not in names:
            raise Absent("no conversion from %s to %s" % (source, target))
        name, argument = names[source, target]
        (given, times), noisy = self.batch(handle, value, t), self.batch(handle, xt, t)[0]
        with handle.controlled(), inside("call"):
            return {"value": flat(getattr(handle.made, name)(x_t=noisy, t=times, **{argument: given}))}

    def term(self, handle, name, inputs):
        if name == "prior-kl":
            abar, data = handle.tensor(inputs["abar"]), handle.tensor(inputs["x0"], -1)
            with handle.controlled(), inside("call"):
                # The call of _prior_bpd, with the moments that q_mean_variance gives.
                return {"value": flat(losses.normal_kl(abar.sqrt() * data, torch.log(1 - abar).expand_as(data), 0.0, 0.0))}
        if name == "decoder" and int(numbers(inputs["K"])[0]) == 256:
            levels = handle.tensor(2 * numpy.arange(256) / 255 - 1, -1)
            mean, std = (handle.tensor(inputs[key]).expand_as(levels) for key in ("mean", "std"))
            with handle.controlled(), inside("call"):
                return {"value": flat(losses.discretized_gaussian_log_likelihood(levels, means=mean, log_scales=std.log()).exp())}
        raise Absent("no term %s" % name)


class Spaced(Chain):
    """A chain of kept indices and one of its samplers."""

    deviates = []
    methods = ("facts", "levels", "tables", "sample", "grid", "run")

    def build(self, handle):
        T, steps = int(handle.config["T"]), int(handle.config["steps"])
        handle.betas = diffusion.get_named_beta_schedule(handle.config["betas"], T)
        kept = respace.space_timesteps(T, "ddim%d" % steps if handle.config["spacing"] == "ddim" else str(steps))
        handle.made = respace.SpacedDiffusion(use_timesteps=kept, **self.arguments(handle))

    def facts(self, handle):
        return {**super().facts(handle), "form": None, "sampler": self.claims(handle)}

    def claims(self, handle):
        return {"noise": NOISES[handle.config["variance"]], "posterior": True}

    def order(self, handle):
        """Indices at which the model is called."""
        return list(range(len(handle.made.betas)))[::-1]

    def grid(self, handle):
        # Times are indices of the kept chain: its levels are what `levels` answers.
        return {
            "times": numpy.array(self.order(handle), dtype=float),
            "level": self.state_levels(handle),
            "asked": float(handle.config["steps"]),
            "clock": "exact",
        }

    def state_levels(self, handle):
        return numpy.append(handle.made.alphas_cumprod[::-1], 1.0)

    def step(self, handle, model, x, t):
        return handle.made.p_sample(model, x, t, clip_denoised=False)

    def run(self, handle, start, oracle, alpha, sigma, p, q, first=0, count=None, draws=None, state="fresh", variance=None):
        model = build_oracle(oracle)
        levels = [numbers(v) for v in (alpha, sigma, p, q)]
        draws = Draws(**(draws or {"mode": "none"}))
        indices = self.order(handle)[first:]
        indices = indices if count is None else indices[:count]
        kept = types.SimpleNamespace(states=[numbers(start)], inputs=[], outputs=[], data=[], drawn=[])
        x = handle.tensor(start, 1, 1, 1, -1)

        def network(seen, _):
            call = len(kept.outputs)
            out = numpy.asarray(model(flat(seen), *(v[call] for v in levels), call), dtype=float)
            kept.inputs.append(flat(seen))
            kept.outputs.append(out)
            answer = handle.tensor(out, 1, 1, 1, -1)
            kind = handle.config.get("variance", "FIXED_SMALL")
            if not kind.startswith("LEARNED"):
                return answer
            given = 0.25 if variance is None else variance
            return torch.cat([answer, torch.full_like(answer, math.log(given) if kind == "LEARNED" else given)], dim=1)

        for index in indices:
            before = len(draws.log)
            with handle.controlled(draws), torch.no_grad(), inside("call"):
                made = self.step(handle, network, x, torch.tensor([index]))
            x = made["sample"]
            kept.states.append(flat(x))
            kept.data.append(flat(made["pred_xstart"]))
            kept.drawn.append(float(len(draws.log) - before))
        joined = {name: numpy.concatenate(getattr(kept, name)) for name in ("states", "inputs", "outputs", "data")}
        return {**joined, "drawn": numpy.array(kept.drawn)}


class Ddim(Spaced):
    def claims(self, handle):
        eta = float(handle.config["eta"])
        exact = {"order": 1.0, "exactOn": {"prediction": "x0", "variable": "log-snr", "degree": 0.0}} if eta == 0 else {}
        return {"noise": "marginal" if eta else "none", "eta": eta, "posterior": eta == 1, **exact}

    def step(self, handle, model, x, t):
        return handle.made.ddim_sample(model, x, t, clip_denoised=False, eta=float(handle.config["eta"]))


class Inverse(Spaced):
    """DDIM from clean to noisy. The step at an index starts from that index, and the last one ends where no signal is left."""

    def claims(self, handle):
        return {"noise": "none", "order": 1.0, "inverse": True, "endsClean": False}

    def order(self, handle):
        return super().order(handle)[::-1]

    def state_levels(self, handle):
        return numpy.append(handle.made.alphas_cumprod, 0.0)

    def step(self, handle, model, x, t):
        return handle.made.ddim_reverse_sample(model, x, t, clip_denoised=False)


class GuidedDiffusion(Checkout):
    name = "guided-diffusion"

    def offered(self):
        mean = Option("mean", list(MEANS), "EPSILON")
        steps = Option("steps", [10, 4, 20], 10, kind="integer", stage="setup")
        spacing = Option("spacing", ["even", "ddim"], "even", stage="setup")
        variance = Option("variance", list(NOISES), "FIXED_SMALL")
        eta = Option("eta", [0.0, 0.5, 1.0], 0.0, kind="number", stage="step")
        spaced = [Option("T", [100, 1000], 100, kind="integer"), BETAS, mean, steps, spacing]
        cls = respace.SpacedDiffusion
        return [
            ("GaussianDiffusion", Chain(), diffusion.GaussianDiffusion, [LENGTH, BETAS]),
            ("p_sample", Spaced(), cls.p_sample, [*spaced, variance]),
            ("ddim_sample", Ddim(), cls.ddim_sample, [*spaced, eta]),
            ("ddim_reverse_sample", Inverse(), cls.ddim_reverse_sample, spaced),
        ]
