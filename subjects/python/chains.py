"""What adapters of discrete processes share: tokens and laws as tensors, exact models of enumerated data, laws of whole runs.

Laws are rows over K states; sequences of L tokens are counted with the last token fastest.
"""

import numpy
import torch

from .tensors import as_numpy


def tokens(values, *shape):
    """Whole numbers as the library takes them: int64."""
    made = torch.from_numpy(numpy.asarray(values if isinstance(values, numpy.ndarray) else as_numpy(values)).astype(numpy.int64))
    return made.reshape(shape) if shape else made.reshape(-1)


def laws(values, classes):
    """n laws over K states, float64. Shape (n, K)."""
    return as_numpy(values).astype(float).reshape(-1, classes)


def logs(law):
    """Logarithms, minus infinity where the law is 0."""
    with numpy.errstate(divide="ignore"):
        return numpy.log(law)


def some_rows(matrix, states):
    """The rows of some states; all of them where none are named."""
    return matrix if states is None else matrix[as_numpy(states).astype(int).ravel()]


def sequences(classes, length):
    """All sequences, in order. Shape (K**L, L)."""
    return numpy.stack(numpy.meshgrid(*[numpy.arange(classes)] * length, indexing="ij"), axis=-1).reshape(-1, length)


def clean_laws(table, likelihood, classes, length, leave_one_out=False):
    """The exact model: laws of each clean token given each noisy sequence. Shape (K**L, L, K).

    `likelihood[k, x]` is the probability that a clean k is seen as x. Sequences that cannot be seen get the data's own laws."""
    clean = sequences(classes, length)
    seen = numpy.stack([likelihood[clean[:, i]][:, clean[:, i]] for i in range(length)])
    out = numpy.zeros((len(clean), length, classes))
    for i in range(length):
        weights = numpy.prod(seen[[j for j in range(length) if j != i or not leave_one_out]], axis=0) * table[:, None]
        weights = numpy.where(weights.sum(axis=0) > 0, weights, table[:, None])
        for k in range(classes):
            out[:, i, k] = weights[clean[:, i] == k].sum(axis=0)
    return out / out.sum(axis=-1, keepdims=True)


def product(law, length):
    """The law of independent tokens. Shape (K**L,)."""
    out = numpy.ones(1)
    for _ in range(length):
        out = numpy.outer(out, law).ravel()
    return out


def numbers(states, classes):
    """The numbers of sequences, the last token fastest, as int64. Shapes (n, L) and (n,)."""
    return (states * classes ** torch.arange(states.shape[-1] - 1, -1, -1)).sum(dim=-1)


#: Numbers that draws are made of at a time.
BATCH = 2**18


def drawn_by_batches(one, count, classes):
    """What `one(rows)` draws, in batches of rows over K states: float64. Shape (count,)."""
    size = max(1, BATCH // classes)
    parts = [one(min(size, count - first)) for first in range(0, count, size)]
    return torch.cat([part.reshape(-1) for part in parts]).double().numpy()
