"""Exact laws of what a torch subject draws, without drawing: the interception modes `enumerate` and `peephole`.

`enumerate`: a draw with finitely many outcomes (`multinomial`, `randint`, `bernoulli`, a uniform that is compared with a number)
branches over them, each with the weight that the subject itself gives it. The subject's code runs once for each node of the tree.

`peephole`: uniform numbers are e^-1, for which Gumbel noise is 0 and exponential noise 1, and the argument of the next `argmax` over
them is the law: of logits under Gumbel noise, of weights in an exponential race. Which of the two it is, and how much noise there is,
a second run tells, with e^(-1/e), for which Gumbel noise is 1 and exponential noise 1/e. The argmax then branches as well.

Rows are independent of one another: every row of a batch takes the same branch, with a weight of its own. Several draws in one row,
as of a sequence of tokens, branch jointly.
"""

import math

import numpy
import torch

from .adapter import Absent
from .interception import Controlled, Intercept
from .racing import raced

#: Nodes of a tree, each of which costs one run of the subject's code.
CAP = 4096
#: More outcomes than these are not tried one by one where a draw is returned as it is.
WIDE = 64
#: Uniform numbers without and with noise.
STILL, NOISY = math.exp(-1), math.exp(-math.exp(-1))

#: Functions whose result is the same uniform number in another shape or type.
_SAME = {"to", "float", "double", "view", "reshape", "unsqueeze", "squeeze", "expand", "expand_as", "view_as", "contiguous", "clone", "clamp_", "clip"}
#: Comparisons: whether they hold for small numbers.
_BELOW = {"lt": True, "__lt__": True, "le": True, "__le__": True, "gt": False, "__gt__": False, "ge": False, "__ge__": False}
_UNIFORM = {"rand", "rand_like", "uniform_", "exponential_"}
_FINITE = {"multinomial", "bernoulli", "bernoulli_", "randint"}
_REFUSED = {"randn", "randn_like", "randint_like", "normal", "normal_", "poisson", "binomial", "randperm", "cauchy_", "geometric_", "log_normal_", "random_"}
_KNOWN = {*_SAME, *_BELOW, *_UNIFORM, *_FINITE, *_REFUSED, "argmax"}
#: Function -> its name, empty where nothing is to be done about it.
_names = {}


def _named(func):
    name = getattr(func, "__name__", "")
    return name if name in _KNOWN else ""


class Node(BaseException):
    """A draw that no choice has been made for. Passes through the subject's code; not an Exception, so that nobody holds it up.

    `weights` has shape (outcomes of one draw, rows, draws of a row)."""

    def __init__(self, weights, race):
        self.weights = weights
        self.race = race


class _Uniform:
    def __init__(self, made):
        self.tensors = [made]
        self.count = made.numel()


class Unbranchable(Absent):
    """A random draw whose law cannot be had this way."""


class Branching(Intercept):
    """Takes the branches chosen, one number per draw, and stops with a Node where the choices end."""

    def __init__(self, promote, rows, choices, races=True, noisy=False):
        super().__init__(promote, None)
        self.rows = rows
        self.choices = choices
        self.races = races
        self.noisy = noisy
        self.taken = 0
        #: Uniform numbers that nothing has been made of yet: for each draw, the tensors that hold it.
        self.uniforms = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = _names.get(func)
        if name is None:
            name = _names[func] = _named(func)
        if name == "":
            return super().__torch_function__(func, types, args, kwargs)
        if name in _REFUSED:
            raise Unbranchable("a draw of %s has no finite law" % name)
        if name in _UNIFORM:
            return self.uniform(name, args, kwargs)
        if name in _FINITE:
            return getattr(self, name)(*args, **kwargs)
        if self.uniforms and name in _BELOW and len(args) == 2:
            for ours, bound, turned in ((args[0], args[1], False), (args[1], args[0], True)):
                draw = self.issued(ours)
                if draw is not None:
                    self.uniforms.remove(draw)
                    return self.compared(ours, bound, _BELOW[name] != turned)
        if self.uniforms and name == "argmax":
            found = self.raced(*args, **kwargs)
            if found is not None:
                return found
        result = super().__torch_function__(func, types, args, kwargs)
        draw = self.issued(args[0]) if self.uniforms and name in _SAME and args else None
        if draw is not None:
            draw.tensors.append(result)
        return result

    # --- uniform numbers ---------------------------------------------------------------------------------------------------

    def uniform(self, name, args, kwargs):
        value = NOISY if self.noisy else STILL
        if name in ("uniform_", "exponential_"):
            if tuple(args[1:3]) not in ((), (0, 1)) and name == "uniform_":
                raise Unbranchable("uniform numbers between other bounds than 0 and 1")
            made = args[0].fill_(-math.log(value) if name == "exponential_" else value)
        elif name == "rand_like":
            made = torch.full_like(args[0], value, dtype=kwargs.get("dtype"))
        else:
            shape = kwargs.get("size", args[0] if args and not isinstance(args[0], int) else args)
            made = torch.full(tuple(shape), value, dtype=kwargs.get("dtype") or torch.get_default_dtype())
        self.uniforms.append(_Uniform(made))
        return made

    def issued(self, value):
        """The uniform draw that a tensor holds, or None."""
        return next((draw for draw in self.uniforms if any(value is one for one in draw.tensors)), None)

    def compared(self, uniform, bound, below):
        """`uniform < bound`, or `>`: true with probability `bound`, or the rest."""
        with torch._C.DisableTorchFunction():
            bound = torch.as_tensor(bound, dtype=torch.float64).broadcast_to(uniform.shape).clamp(0, 1).numpy().ravel()
            # No number is below or above one that is none.
            true = numpy.nan_to_num(bound if below else 1 - bound, nan=0)
            chosen = self.choose(numpy.stack([1 - true, true]))
            return torch.from_numpy(chosen.astype(bool)).reshape(uniform.shape)

    def raced(self, values, dim=None, keepdim=False, **_):
        """The argmax over noise, or None where there is none in it."""
        draw = next((one for one in self.uniforms if values.numel() == one.count), None)
        if draw is None:
            return None
        if not self.races:
            raise Unbranchable("a uniform draw that is not compared with a number has no finite law")
        if dim is None:
            raise Unbranchable("a race over all tokens together")
        self.uniforms.remove(draw)
        with torch._C.DisableTorchFunction():
            moved = values.detach().movedim(dim, -1)
            chosen = self.choose(moved.double().numpy().reshape(-1, moved.shape[-1]).T, race=True)
            found = torch.from_numpy(chosen.astype(numpy.int64)).reshape(moved.shape[:-1])
            return found.unsqueeze(dim) if keepdim else found

    def settled(self):
        """At the end: every uniform number went into a comparison or a race."""
        if self.uniforms:
            raise Unbranchable("a uniform draw went neither into a comparison nor into a race")

    # --- draws with finitely many outcomes ---------------------------------------------------------------------------------

    def multinomial(self, probs, num_samples=1, replacement=False, **_):
        if num_samples != 1 and not (replacement and probs.dim() == 1):
            raise Unbranchable("several draws from one of several laws, or without replacement")
        with torch._C.DisableTorchFunction():
            # Several draws from one law are as many rows of it.
            weights = probs.detach().double().reshape(-1, probs.shape[-1]).expand(-1 if num_samples == 1 else num_samples, -1).numpy().T
            if not numpy.isfinite(weights).all() or (weights < 0).any():
                raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
            chosen = self.choose(weights)
            return torch.from_numpy(chosen.astype(numpy.int64)).reshape(*probs.shape[:-1], num_samples)

    def bernoulli(self, probs, **_):
        with torch._C.DisableTorchFunction():
            true = probs.detach().double().numpy().ravel()
            return torch.from_numpy(self.choose(numpy.stack([1 - true, true]))).to(probs.dtype).reshape(probs.shape)

    def bernoulli_(self, target, p=0.5, **_):
        with torch._C.DisableTorchFunction():
            bound = torch.as_tensor(p, dtype=torch.float64).broadcast_to(target.shape).contiguous()
        return target.copy_(self.bernoulli(bound))

    def randint(self, *args, low=None, high=None, size=None, dtype=None, **_):
        bounds = [a for a in args if isinstance(a, int)]
        low = low if low is not None else bounds[0] if len(bounds) > 1 else 0
        high = high if high is not None else bounds[-1]
        size = tuple(size if size is not None else args[-1])
        with torch._C.DisableTorchFunction():
            chosen = self.choose(numpy.full((high - low, math.prod(size)), 1 / (high - low)))
            return torch.from_numpy(low + chosen.astype(numpy.int64)).to(dtype or torch.int64).reshape(size)

    def choose(self, weights, race=False):
        """The outcome of every draw, from the choices; `weights` has shape (outcomes, draws), unnormalised."""
        outcomes, draws = weights.shape
        if draws % self.rows:
            raise Unbranchable("%d draws for %d rows" % (draws, self.rows))
        if self.taken == len(self.choices):
            raise Node(weights.reshape(outcomes, self.rows, draws // self.rows), race)
        self.taken += 1
        return numpy.broadcast_to(self.choices[self.taken - 1], (self.rows, draws // self.rows)).ravel()


def law_of(run, rows, classes, arithmetic="promoted", length=1, races=True, modules=(), cap=CAP):
    """The law of the whole numbers that `run()` returns, for each of `rows` rows over classes ** length sequences, the last token fastest.

    `run` makes the subject's call on objects that nobody has used, and returns rows * length numbers. `modules` are those whose numpy
    is promoted."""
    law = numpy.zeros((rows, classes**length))
    tree = _Tree(run, rows, arithmetic, races, modules, cap)
    powers = classes ** numpy.arange(length)[::-1]
    for outcome, weight in tree.leaves((), numpy.ones(rows)):
        index = (outcome.reshape(-1, rows, length) * powers).sum(axis=-1).astype(int)
        numpy.add.at(law, (numpy.arange(rows)[None], index), weight)
    return law


class _Tree:
    def __init__(self, run, rows, arithmetic, races, modules, cap):
        self.run, self.rows, self.arithmetic, self.races, self.modules = run, rows, arithmetic, races, modules
        self.left = self.cap = cap

    def once(self, choices, noisy=False):
        """What a run returns, or the node it stops at."""
        if self.left == 0:
            raise Unbranchable("the law has more than %d branches" % self.cap)
        self.left -= 1
        control = Controlled(self.arithmetic, None, self.modules)
        control.mode = Branching(control.promote, self.rows, choices, self.races, noisy)
        try:
            with control:
                found = self.run()
            control.mode.settled()
            return numpy.asarray(found), None
        except Node as node:
            return None, node

    def leaves(self, choices, weight):
        """Pairs of what runs return and its probabilities, one per row and run."""
        found, node = self.once(choices)
        if node is None:
            yield found, weight
            return
        weights = node.weights
        if node.race:
            _, noisy = self.once(choices, noisy=True)
            weights = raced(weights, noisy.weights)
        weights = _normalised(weights, weight)
        if weights.shape[2] == 1 and len(weights) > WIDE:
            drawn = self.drawn_as_it_is(choices, len(weights))
            if drawn is not None:
                yield numpy.where(drawn < 0, numpy.arange(len(weights))[:, None], drawn), weight * weights[:, :, 0]
                return
        for choice, share in _joint(weights):
            if (weight * share > 0).any():
                yield from self.leaves((*choices, choice), weight * share)

    def drawn_as_it_is(self, choices, outcomes):
        """For many outcomes: -1 for each row that returns what is drawn, or what it returns whatever is drawn; None where it is not so
        simple. Two runs instead of one per outcome."""
        seen = []
        for first in (0, 3):
            choice = (7 * numpy.arange(self.rows) + first) % outcomes
            found, node = self.once((*choices, choice[:, None]))
            if node is not None or found.size != self.rows:
                return None
            seen.append((choice, found.ravel()))
        (a, x), (b, y) = seen
        simple = ((x == a) & (y == b)) | (x == y)
        return numpy.where((x == a) & (y == b), -1, x) if simple.all() else None


def _normalised(weights, weight):
    total = weights.sum(axis=0)
    if ((total <= 0) & (weight[:, None] > 0)).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    return weights / numpy.where(total > 0, total, 1)


def _joint(weights):
    """All combinations of the draws of a row: what each draw gives, and the probability in each row."""
    outcomes, rows, draws = weights.shape
    for index in range(outcomes**draws):
        choice = numpy.array([index // outcomes ** (draws - 1 - k) % outcomes for k in range(draws)])
        share = numpy.ones(rows)
        for k in range(draws):
            share = share * weights[choice[k], :, k]
        yield choice, share
