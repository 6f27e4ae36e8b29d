"""Counter-based noise, the same numbers as spec/stream.ts: Philox 4x32-10; normals are sums of twelve 16-bit uniforms."""

import functools

M0, M1 = 0xD2511F53, 0xCD9E8D57
W0, W1 = 0x9E3779B9, 0xBB67AE85
MASK = 0xFFFFFFFF
ROUNDS = 10


@functools.lru_cache(maxsize=1)
def _constants():
    """numpy and what every evaluation needs: multipliers, keys of stream 0, half a product, mask, half a word and its mask."""
    import numpy

    keys = [[k * W0 & MASK, k * W1 & MASK] for k in range(ROUNDS)]
    multipliers, keys = (numpy.array(values, dtype=numpy.uint64) for values in ([M0, M1], keys))
    return numpy, multipliers, keys, *(numpy.uint64(value) for value in (32, MASK, 16, 0xFFFF))


def _philox(even, odd, stream):
    """Words (0, 2) and (1, 3) for counters (0, 2) and (1, 3), pairs in the first axis of uint64 arrays, and key (stream, 0)."""
    numpy, multipliers, keys, shift, mask, _, _ = _constants()
    flat = (2,) + (1,) * (even.ndim - 1)
    multipliers = multipliers.reshape(flat)
    keys = keys.copy()
    keys[:, 0] += numpy.uint64(stream & MASK)
    keys &= mask
    for key in keys.reshape((ROUNDS,) + flat):
        # The product of either word goes to the other pair.
        product = (even * multipliers)[::-1]
        even, odd = (product >> shift) ^ odd ^ key, product & mask
    return even, odd


@functools.lru_cache(maxsize=64)
def _counters(count, n):
    """Counters of `count` draws from the first: words 0 and 2, and words 1 and 3, for both halves of every coordinate. Shape
    (2, half, draw, coordinate)."""
    numpy = _constants()[0]
    index, half = numpy.arange(n), numpy.arange(2)[:, None, None]
    draws = numpy.arange(count)[:, None]
    even = numpy.stack(numpy.broadcast_arrays(index + 0 * (draws + half), half + 0 * (draws + index)))
    odd = numpy.stack(numpy.broadcast_arrays(draws + 0 * (index + half), 1 + 0 * (index + draws + half)))
    return even.astype(numpy.uint64), odd.astype(numpy.uint64)


@functools.lru_cache(maxsize=32768)
def _block(stream, first, count, n):
    """Draws first … first+count−1 at once: numpy's cost per call is shared by all of them. Shape (count, n)."""
    numpy, _, _, _, _, half, low = _constants()
    even, odd = _counters(count, n)
    if first != 0:
        odd = odd.copy()
        odd[0] += numpy.uint64(first)
    even, odd = _philox(even, odd, stream)
    # Words 0, 1 and 2: the last one is left.
    total = ((even & low) + (even >> half)).sum(axis=(0, 1)) + ((odd[0] & low) + (odd[0] >> half)).sum(axis=0)
    return (total.astype(numpy.int64) - 393210) / 65536.0


def normals(stream, draw, n, alone=False):
    """Standard normal stand-ins for draw number `draw` of `stream`. float64 array of n. `alone` where its neighbours will not be asked for."""
    if alone or n > 64:
        return _block(stream, draw, 1, n)[0]
    return _block(stream, draw & ~31, 32, n)[draw & 31]


def uniforms(stream, draw, n):
    """Multiples of 2^-24 in [0, 1). float64 array of n."""
    import numpy

    even = numpy.zeros((2, n), dtype=numpy.uint64)
    odd = numpy.zeros((2, n), dtype=numpy.uint64)
    even[0], odd[0], odd[1] = numpy.arange(n), draw, 2
    return (_philox(even, odd, stream)[0][0] >> numpy.uint64(8)) / 2.0**24
