"""Tensors as they cross the bridge: dtype, shape, raw little-endian bytes. numpy and torch are imported only when used."""

import array
import functools
import sys

SIZES = {"f16": 2, "bf16": 2, "f32": 4, "f64": 8, "i32": 4, "i64": 8, "u8": 1, "bool": 1}
NUMPY = {"f16": "<f2", "f32": "<f4", "f64": "<f8", "i32": "<i4", "i64": "<i8", "u8": "u1", "bool": "?"}


class Tensor:
    """Elements in C order. `data` is bytes or a memoryview."""

    __slots__ = ("dtype", "shape", "data")

    def __init__(self, dtype, shape, data):
        self.dtype = dtype
        self.shape = shape
        self.data = data

    @classmethod
    def at(cls, dtype, shape, payload, offset):
        count = 1
        for length in shape:
            if not isinstance(length, int) or length < 0:
                raise ValueError("bad shape %r" % (shape,))
            count *= length
        size = count * SIZES[dtype]
        if offset < 0 or offset + size > len(payload):
            raise ValueError("tensor outside the payload")
        return cls(dtype, shape, payload[offset : offset + size])

    def tolist(self):
        """Elements as a flat list of Python numbers, without numpy."""
        codes = {"f32": "f", "f64": "d", "i32": "i", "i64": "q", "u8": "B"}
        if self.dtype not in codes:
            return as_numpy(self).ravel().tolist()
        values = array.array(codes[self.dtype])
        values.frombytes(bytes(self.data))
        if sys.byteorder == "big":
            values.byteswap()
        return values.tolist()


def to_tensor(value):
    """A Tensor from a Tensor, a numpy array or scalar, a torch tensor, or a list of floats; else None."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (list, tuple)):
        if not value or not all(isinstance(item, float) for item in value):
            return None
        values = array.array("d", value)
        if sys.byteorder == "big":
            values.byteswap()
        return Tensor("f64", (len(values),), values.tobytes())
    if hasattr(value, "detach"):
        return _from_torch(value)
    if hasattr(value, "__array_interface__") or hasattr(value, "__array__"):
        return _from_numpy(value)
    return None


def _from_torch(value):
    import torch

    value = value.detach().cpu().contiguous()
    if value.dtype in (torch.bfloat16, torch.float16):
        name = "bf16" if value.dtype is torch.bfloat16 else "f16"
        return Tensor(name, tuple(value.shape), value.view(torch.int16).numpy().astype("<i2", copy=False).tobytes())
    return _from_numpy(value.numpy())


@functools.lru_cache(maxsize=None)
def _names():
    import numpy

    return {numpy.dtype(code): name for name, code in NUMPY.items()}


def _from_numpy(value):
    import numpy

    value = numpy.asarray(value)
    name = _names().get(value.dtype.newbyteorder("<") if value.dtype.itemsize > 1 else value.dtype)
    if name is None:
        raise TypeError("cannot send a numpy array of dtype %s" % value.dtype)
    return Tensor(name, value.shape, value.astype(NUMPY[name], copy=False).tobytes())


def as_numpy(value):
    """A writable numpy array of a Tensor's elements; bfloat16 as float32."""
    import numpy

    if value.dtype == "bf16":
        return (numpy.frombuffer(value.data, "<u2").astype("<u4") << 16).view("<f4").reshape(value.shape).copy()
    return numpy.frombuffer(value.data, NUMPY[value.dtype]).reshape(value.shape).copy()


def as_torch(value, dtype=None):
    """A torch tensor of a Tensor's elements, of the given dtype if one is given."""
    import torch

    made = torch.from_numpy(as_numpy(value))
    if value.dtype == "bf16":
        made = made.to(torch.bfloat16)
    return made if dtype is None else made.to(dtype)
