"""Copies of schedulers; what `step` returns, in whatever form, and the answer that a run makes of it."""

import types

import numpy
import torch


def copied(scheduler):
    """A copy with tensors and lists of its own; None where a scheduler holds what may remember and cannot be copied so."""
    made = {name: _copied(value, name) for name, value in scheduler.__dict__.items()}
    if any(value is _UNKNOWN for value in made.values()):
        return None
    fresh = object.__new__(type(scheduler))
    fresh.__dict__.update(made)
    return fresh


_UNKNOWN = object()
_CONFIGURATION = "_internal_dict"
_IMMUTABLE = (type(None), bool, int, float, str, numpy.generic, torch.device, torch.dtype, types.FunctionType, type)


def _copied(value, name=None):
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, numpy.ndarray):
        return value.copy()
    if isinstance(value, _IMMUTABLE) or name == _CONFIGURATION:
        return value
    if type(value) in (list, tuple):
        items = [_copied(item) for item in value]
        return _UNKNOWN if any(item is _UNKNOWN for item in items) else type(value)(items)
    if type(value) is dict:
        items = {key: _copied(item) for key, item in value.items()}
        return _UNKNOWN if any(item is _UNKNOWN for item in items.values()) else items
    return _UNKNOWN


def _flat(x):
    return x.detach().reshape(-1).to(torch.float64).numpy()


def _prev(result):
    if isinstance(result, dict) and "prev_sample" in result:
        return result["prev_sample"]
    return result.prev_sample if hasattr(result, "prev_sample") else result[0]


def _data(result):
    for name in ("pred_original_sample", "denoised"):
        found = result.get(name) if isinstance(result, dict) else getattr(result, name, None)
        if found is not None:
            return found
    return None


def _run_answer(record):
    data = record["data"]
    known = bool(data) and all(item is not None for item in data)
    return {
        "states": numpy.concatenate(record["states"]),
        "inputs": numpy.concatenate(record["inputs"]) if record["inputs"] else numpy.zeros(0),
        "outputs": numpy.concatenate(record["outputs"]) if record["outputs"] else numpy.zeros(0),
        "data": numpy.concatenate(data) if known else None,
        "drawn": numpy.asarray(record["drawn"], dtype=float),
    }
