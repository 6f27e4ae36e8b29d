"""Frames of the bridge: u32 header length, u32 payload length, JSON header, raw payload; all little-endian.

The header is a JSON-RPC 2.0 message, or an array of them. A tensor in it reads {"$t": [dtype, shape, offset]} and its
elements lie at that offset of the payload in C order. Numbers JSON lacks read {"$n": "NaN" | "Infinity" | "-Infinity" | "-0"}.
"""

import json
import math
import struct

from .tensors import Tensor, to_tensor

LENGTHS = struct.Struct("<II")
#: Larger frames are refused on both sides: a subject that sends gigabytes has gone wrong.
LIMIT = 256 * 1024 * 1024
TOO_LARGE = "an answer of %d bytes, more than the limit of %d"
NAMES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": -0.0}


class Broken(Exception):
    """The stream is no longer in step: corrupt, truncated or too large."""


def read(stream):
    """The next message, or None at the end of the stream."""
    start = _exactly(stream, LENGTHS.size, may_end=True)
    if start is None:
        return None
    header_length, payload_length = LENGTHS.unpack(start)
    if header_length > LIMIT or payload_length > LIMIT:
        raise Broken("frame of %d + %d bytes, limit %d" % (header_length, payload_length, LIMIT))
    header = _exactly(stream, header_length)
    payload = memoryview(_exactly(stream, payload_length))
    try:
        # Only objects can be more than they seem, and the parser calls for each of them when it ends.
        return json.loads(header, object_hook=lambda value: _decoded(value, payload))
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as cause:
        raise Broken("header is no message: %s" % cause) from cause


def write(stream, message):
    """Writes one message. Raises ValueError, and writes nothing, if it is larger than a frame may be."""
    payload = []
    header = json.dumps(_encode(message, payload, [0]), separators=(",", ":"), allow_nan=False).encode()
    size = sum(len(part) for part in payload)
    if len(header) > LIMIT or size > LIMIT:
        raise ValueError(TOO_LARGE % (len(header) + size, LIMIT))
    rest = memoryview(b"".join([LENGTHS.pack(len(header), size), header, *payload]))
    # A signal may cut a write to a pipe short.
    while rest:
        rest = rest[stream.write(rest) :]
    stream.flush()


def _exactly(stream, count, may_end=False):
    parts = []
    missing = count
    while missing:
        part = stream.read(missing)
        if not part:
            if may_end and missing == count:
                return None
            raise Broken("stream ended %d bytes early" % missing)
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _decoded(value, payload):
    if "$t" in value:
        dtype, shape, offset = value["$t"]
        return Tensor.at(dtype, tuple(shape), payload, offset)
    return NAMES[value["$n"]] if "$n" in value else value


def _encode(value, payload, end):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        return {str(key): _encode(item, payload, end) for key, item in value.items()}
    # Before gigabytes are copied only to be refused.
    if getattr(value, "nbytes", 0) > LIMIT:
        raise ValueError(TOO_LARGE % (value.nbytes, LIMIT))
    tensor = None if isinstance(value, (list, tuple)) else to_tensor(value)
    if tensor is not None:
        data = tensor.data
        offset = end[0]
        # Aligned to eight bytes, so that a reader can view float64 in place.
        padding = -len(data) % 8
        payload.append(bytes(data) + b"\0" * padding)
        end[0] += len(data) + padding
        return {"$t": [tensor.dtype, list(tensor.shape), offset]}
    if isinstance(value, (list, tuple)):
        return [_encode(item, payload, end) for item in value]
    raise TypeError("cannot send a %s" % type(value).__name__)


def _number(value):
    if math.isnan(value):
        return {"$n": "NaN"}
    if math.isinf(value):
        return {"$n": "Infinity" if value > 0 else "-Infinity"}
    if value == 0 and math.copysign(1, value) < 0:
        return {"$n": "-0"}
    return value
