"""Counter-based noise, the same numbers as spec/stream.ts: Philox 4x32-10; normals are sums of twelve 16-bit uniforms."""

import functools

M0, M1 = 0xD2511F53, 0xCD9E8D57
W0, W1 = 0x9E3779B9, 0xBB67AE85
MASK = 0xFFFFFFFF


def _philox(counter, stream):
    """Four uint64 arrays of 32-bit words for broadcast counters (c0, c1, c2, c3) and key (stream, 0)."""
    import numpy

    c0, c1, c2, c3 = (numpy.asarray(c, dtype=numpy.uint64) for c in counter)
    k0, k1 = stream & MASK, 0
    shift, mask = numpy.uint64(32), numpy.uint64(MASK)
    for _ in range(10):
        p0 = c0 * numpy.uint64(M0)
        p1 = c2 * numpy.uint64(M1)
        c0, c1, c2, c3 = (
            (p1 >> shift) ^ c1 ^ numpy.uint64(k0),
            p1 & mask,
            (p0 >> shift) ^ c3 ^ numpy.uint64(k1),
            p0 & mask,
        )
        k0 = (k0 + W0) & MASK
        k1 = (k1 + W1) & MASK
    return c0, c1, c2, c3


@functools.lru_cache(maxsize=256)
def _block(stream, first, count, n):
    """Draws first … first+count−1 at once: numpy's cost per call is shared by all of them. Shape (count, n)."""
    import numpy

    draws = numpy.arange(first, first + count, dtype=numpy.uint64)[:, None]
    index = numpy.arange(n, dtype=numpy.uint64)[None, :]
    # Both halves at once, for the same reason.
    halves = numpy.arange(2, dtype=numpy.uint64)[:, None, None]
    words = _philox((index + 0 * (draws + halves), draws + 0 * (index + halves), halves, numpy.uint64(1)), stream)
    low = numpy.uint64(0xFFFF)
    total = sum((word & low) + (word >> numpy.uint64(16)) for word in words[:3]).sum(axis=0).astype(numpy.int64)
    return (total - 393210) / 65536.0


def normals(stream, draw, n, alone=False):
    """Standard normal stand-ins for draw number `draw` of `stream`. float64 array of n. `alone` where its neighbours will not be asked for."""
    if alone or n > 64:
        return _block(stream, draw, 1, n)[0]
    return _block(stream, draw & ~31, 32, n)[draw & 31]


def uniforms(stream, draw, n):
    """Multiples of 2^-24 in [0, 1). float64 array of n."""
    import numpy

    index = numpy.arange(n, dtype=numpy.uint64)
    zero = 0 * index
    word = _philox((index, zero + numpy.uint64(draw), zero, zero + numpy.uint64(2)), stream)[0]
    return (word >> numpy.uint64(8)) / 2.0**24
