"""What `step` returns, in whatever form, and the answer that a run makes of it."""

import numpy
import torch


def _copied(value):
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, list):
        return [_copied(item) for item in value]
    if isinstance(value, dict) and type(value) is dict:
        return {key: _copied(item) for key, item in value.items()}
    return value


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
