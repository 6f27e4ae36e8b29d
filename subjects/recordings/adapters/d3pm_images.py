"""google-research d3pm/images: uniform, absorbing and Gaussian processes on grey levels, from a checkout in the folder D3PM_IMAGES, which
is the root of google-research. Needs a JAX whose `clip` still takes `a_min`.

Indices 0 … T − 1 are noisy, matrices go by rows, the absorbing state is the level in the middle. Probabilities have 1e-6 added inside
logarithms. The network's logits are the logarithms of a law of clean levels, −1e6 where it is 0; `logistic_pars` and `xprev` are not asked
for: the first cannot say every law, of the second the class says that it is not implemented. Losses are in bits.

Of the class's numbers two are not its own words: the chance that a level has not been drawn anew is the product of 1 − `betas`, from which
its matrices are made, and one-step matrices are turned back from those it keeps for the posterior.
"""

import copy
import math
import os
import types

import jax
import jax.numpy as jnp
import numpy

from checkout import Checkout, Family, folder, load, numbers, stand_in, states_of
from jax_checkout import JaxHandle, flat, race, replaced, whole
from lawbook.adapter import Absent, inside
from lawbook.chains import clean_laws, product, sequences
from lawbook.options import Option

# Networks, records and pictures of the training loop.
stand_in("absl", "flax", "ml_collections", "PIL", "tensorflow", "tensorflow.compat", "tensorflow.compat.v2")
diffusion, utils = load(os.path.join(folder("D3PM_IMAGES"), "d3pm"), "images.diffusion_categorical", "images.utils")

#: Where linear betas begin and end, as comments in config.py have it.
LINEAR = {"gaussian": (1e-4, 0.02), "uniform": (0.02, 1.0), "absorbing": (0.02, 1.0)}


def logits_of(laws):
    """Logarithms of laws, in numbers that a network could answer."""
    with numpy.errstate(divide="ignore"):
        return numpy.maximum(numpy.log(laws), -1e6)


class Drawing(Family):
    """Levels drawn with uniform numbers of JAX, whose key is the number of the stream."""

    methods = ("facts", "draw")
    #: Uniform numbers that are made at a time.
    batch = 2**22

    def make(self, unit, config, arithmetic):
        handle = JaxHandle(self, unit, config, arithmetic)
        with handle.running(), inside("construct"):
            self.build(handle)
        return handle

    def build(self, handle):
        pass

    def facts(self, handle):
        classes = 2 ** int(handle.config["num_bits"])
        return {"time": {"kind": "index", "first": 0, "last": 1}, "discrete": {"classes": classes}}

    def draw(self, handle, law, count, draws):
        law = numbers(law)
        size, key = max(1, self.batch // len(law)), jax.random.PRNGKey(int(draws["number"]))
        made = []
        with handle.running(), inside("call"):
            logits = handle.array(logits_of(law), 1, -1)
            for first in range(0, int(count), size):
                noise = jax.random.uniform(jax.random.fold_in(key, first), (min(size, int(count) - first), len(law)))
                made.append(whole(jnp.argmax(utils.sample_categorical(logits, noise), axis=-1)))
        return {"states": numpy.concatenate(made)}


class Chain(Drawing):
    """A pixel of its own for every level; sequences are the pixels of a row."""

    methods = ("facts", "survival", "stepnoise", "transition", "bayes", "stationary", "steplaw", "paths", "runlaw", "runs", "term")

    def build(self, handle):
        kind = handle.config["transition_mat_type"]
        first, last = LINEAR[kind]
        steps = int(handle.config["num_timesteps"])
        spec = types.SimpleNamespace(type=handle.config["diffusion_betas"], num_timesteps=steps, start=first, stop=last)
        handle.made = handle.unit.target(
            betas=diffusion.get_diffusion_betas(spec),
            model_prediction="x_start",
            model_output="logits",
            transition_mat_type=kind,
            transition_bands=handle.config["transition_bands"],
            loss_type="hybrid",
            hybrid_coeff=0.001,
            num_bits=int(handle.config["num_bits"]),
            jax_dtype=handle.dtype,
        )

    def facts(self, handle):
        made, bands = handle.made, handle.config["transition_bands"]
        kind, T, K = made.transition_mat_type, made.num_timesteps, made.num_pixel_vals
        family = {"uniform": "uniform" if bands is None else "general", "gaussian": "discretized-gaussian"}.get(kind, kind)
        discrete = {
            "classes": K,
            "orientation": "row",
            "level": "survival",
            "family": family,
            "predicts": "posterior",
            "reverse": "plug-in",
            "floor": made.eps,
        }
        if kind == "absorbing":
            discrete["mask"] = K // 2
            if handle.config["diffusion_betas"] == "jsd":
                discrete["parameters"] = {"linear-information": T}
        elif kind == "gaussian" and bands is not None:
            discrete["parameters"] = {"band": bands}
        return {"time": {"kind": "index", "first": 0, "last": T - 1}, "discrete": discrete}

    def survival(self, handle, t):
        if handle.made.transition_mat_type == "gaussian" or self.facts(handle)["discrete"]["family"] == "general":
            raise Absent("levels are not drawn anew")
        return {"level": numpy.cumprod(1 - handle.made.betas)[numbers(t).astype(int)]}

    def stepnoise(self, handle, t):
        return {"beta": handle.made.betas[numbers(t).astype(int)]}

    def single(self, s, t):
        """Steps go one index down, from index 0 to data."""
        if int(t) != (-1 if s is None else int(s)) + 1:
            raise Absent("steps go one index down")

    def transition(self, handle, s, t, states):
        made = handle.made
        every = numpy.arange(made.num_pixel_vals)
        with handle.running(), inside("call"):
            times = handle.tokens(numpy.full(len(every), int(t)))
            if s is None:
                matrix = made.q_probs(handle.tokens(every), times)
            elif int(t) == int(s) + 1:
                matrix = made._at(made.transpose_q_onestep_mats, times, handle.tokens(every)).T
            else:
                raise Absent("matrices are of single steps, or from data")
        return {"matrix": flat(numpy.asarray(matrix)[states_of(states, len(every))])}

    def bayes(self, handle, x0, xt, s, t):
        self.single(s, t)
        with handle.running(), inside("call"):
            clean, noisy = (handle.tokens(v, -1, 1, 1, 1) for v in (x0, xt))
            logits = handle.made.q_posterior_logits(clean, noisy, jnp.full(len(clean), int(t)), x_start_logits=False)
            return {"law": flat(jax.nn.softmax(logits, axis=-1))}

    def begun(self, handle, **given):
        """What p_sample_loop starts from, and what it returns. Its pixels are int32, which only JAX's default of 32 bits carries on."""
        with jax.experimental.enable_x64(False), inside("call"):
            return handle.made.p_sample_loop(**{"num_timesteps": 0, "return_x_init": True, **given})

    def stationary(self, handle):
        """What a run starts from: drawn evenly, or one level."""
        K, bounds, randint = handle.made.num_pixel_vals, [], jax.random.randint

        def seen(*args, minval, maxval, **kwargs):
            bounds.append((minval, maxval))
            return randint(*args, minval=minval, maxval=maxval, **kwargs)

        with replaced(jax.random, randint=seen):
            start, _ = self.begun(handle, model_fn=lambda x, _: jnp.zeros((*x.shape, K)), shape=(1, 1, 1, 1), rng=jax.random.PRNGKey(0))
        low, high = bounds[0] if bounds else (int(start.item()), int(start.item()) + 1)
        return {"law": [1.0 / (high - low) if low <= k < high else 0.0 for k in range(K)]}

    def stepped(self, handle, x, laws, t):
        """Laws of what a step draws for pixels of shape (rows, 1, pixels, 1)."""
        with handle.running():
            pixels, logits = handle.tokens(x, *x.shape), handle.array(logits_of(laws), *x.shape, -1)
            noise = jnp.zeros(logits.shape, handle.dtype)
            times = jnp.full(len(pixels), t)
            return race(lambda u: handle.made.p_sample(lambda *_: logits, x=pixels, t=times, noise=noise + u))

    def steplaw(self, handle, xt, clean, s, t):
        self.single(s, t)
        if s is None:
            raise Absent("the last step takes the most likely level")
        x = numbers(xt).astype(int).reshape(-1, 1, 1, 1)
        laws = numbers(clean).reshape(*x.shape, -1)
        return {"law": flat(self.stepped(handle, x, laws, int(t)))}

    def paths(self, handle, x, s, t, count, draws):
        """`noise` is drawn as training_losses draws it."""
        if s is not None:
            raise Absent("the class noises data, and nothing that is noisy already")
        made, shape = handle.made, (int(count), 1, 1, 1)
        with handle.running(), inside("call"):
            noise = jax.random.uniform(jax.random.PRNGKey(int(draws["number"])), (*shape, made.num_pixel_vals))
            return {"states": whole(made.q_sample(jnp.full(shape, int(x)), jnp.full(shape[0], int(t)), noise))}

    def models(self, handle, table, length):
        """The exact law of each clean level given noisy sequences, index by index. Shape (T, K**length, length, K)."""
        K = handle.made.num_pixel_vals
        return numpy.stack([clean_laws(numbers(table), noised, K, length) for noised in handle.made.q_mats])

    def refined(self, handle, steps):
        return self.make(handle.unit, {**handle.config, "num_timesteps": int(steps)}, handle.arithmetic)

    def runlaw(self, handle, table, length, steps):
        handle, length = self.refined(handle, steps), int(length)
        K = handle.made.num_pixel_vals
        every = sequences(K, length)
        law = product(numpy.array(self.stationary(handle)["law"]), length)
        for t, laws in reversed(list(enumerate(self.models(handle, table, length)))):
            each = self.stepped(handle, every[:, None, :, None], laws[:, None, :, None], t).reshape(len(every), length, K)
            law = law @ numpy.stack([product_of(one) for one in each])
        return {"law": law}

    def runs(self, handle, table, length, steps, count, draws):
        handle, length = self.refined(handle, steps), int(length)
        K = handle.made.num_pixel_vals
        with jax.experimental.enable_x64(False):
            logits = jnp.asarray(logits_of(self.models(handle, table, length)), jnp.float32)
            place = jnp.asarray(K ** numpy.arange(length - 1, -1, -1))
            model = lambda x, t: logits[t, (x[:, 0, :, 0] * place).sum(axis=-1)].reshape(*x.shape, K)
            rng = jax.random.PRNGKey(int(draws["number"]))
        _, states = self.begun(handle, model_fn=model, shape=(int(count), 1, length, 1), rng=rng, num_timesteps=None)
        return {"states": whole(numpy.asarray(states).reshape(-1, length) @ K ** numpy.arange(length - 1, -1, -1))}

    def term(self, handle, name, inputs):
        """`hybrid-loss`: training_losses with its noisy pixels and times answered, in nats."""
        if name != "hybrid-loss" or inputs["bound"] != 1:
            raise Absent("no term %s" % name if name != "hybrid-loss" else "the bound counts once")
        self.single(inputs["s"], inputs["t"])
        made = copy.copy(handle.made)
        made.hybrid_coeff = float(inputs["cross"])
        with handle.running(), inside("call"):
            clean, noisy = (handle.tokens(inputs[key], -1, 1, 1, 1) for key in ("x0", "xt"))
            logits = handle.array(logits_of(numbers(inputs["law"])), *clean.shape, -1)
            made.q_sample = lambda **_: noisy
            times = jnp.full(len(clean), int(inputs["t"]))
            with replaced(jax.random, randint=lambda *_, **__: times):
                bits = made.training_losses(lambda *_: logits, x_start=clean, rng=jax.random.PRNGKey(0))
        return {"value": flat(bits) * math.log(2)}


def product_of(laws):
    """The law of a sequence whose tokens are drawn apart. Shape (K**length,)."""
    out = numpy.ones(1)
    for law in laws:
        out = numpy.outer(out, law).ravel()
    return out


class Images(Checkout):
    name = "google-research-d3pm-images"
    arithmetics = ("f64", "f32")

    def offered(self):
        bits = Option("num_bits", [2, 1, 3, 4], 2)
        options = [
            Option("transition_mat_type", ["uniform", "absorbing", "gaussian"], "uniform"),
            Option("diffusion_betas", ["linear", "cosine", "jsd"], "linear"),
            Option("transition_bands", [None, 1], None),
            Option("num_timesteps", [100, 10, 1000], 100, kind="integer"),
            bits,
        ]
        return [
            ("CategoricalDiffusion", Chain(), diffusion.CategoricalDiffusion, options),
            ("sample_categorical", Drawing(), utils.sample_categorical, [bits]),
        ]
