"""Which law an argmax over noise draws from, read off its argument without noise and with a known amount of it."""

import math

import numpy

from .adapter import Absent

#: How far the argument may be off: subjects add up to 1e-10 inside their logarithms.
_SLACK = 1e-6


def raced(still, noisy):
    """Weights of the outcomes, which come first in both arrays.

    `still` is the argument of the argmax where Gumbel noise is 0 and exponential noise 1, `noisy` where they are 1 and 1/e. Of weights
    over exponential noise the second is e times the first; of logits with c times Gumbel noise it is larger by c, and the law is that
    of the logits over c. Without noise the largest wins."""
    with numpy.errstate(invalid="ignore"):
        grown = numpy.abs(noisy - math.e * still) <= _SLACK * numpy.abs(noisy)
    if (still >= 0).all() and grown.all():
        return still
    finite = numpy.isfinite(still)
    with numpy.errstate(invalid="ignore"):
        scales = numpy.where(finite, noisy - still, numpy.nan)
    scale = numpy.nanmean(scales, axis=0)
    spread = numpy.nanmax(numpy.abs(scales - scale), axis=0)
    if not (spread <= _SLACK * (1 + numpy.nanmax(numpy.abs(numpy.where(finite, still, 0)), axis=0))).all() or (scale < -_SLACK).any():
        raise Absent("an argmax over noise that is neither Gumbel's nor an exponential race")
    # The noise is 0, 1 or a temperature; what a rounding left of a whole number goes.
    scale = numpy.where(numpy.abs(scale - numpy.round(scale)) < _SLACK, numpy.round(scale), scale)
    top = still.max(axis=0)
    with numpy.errstate(invalid="ignore", divide="ignore"):
        soft = numpy.exp((still - top) / numpy.where(scale > 0, scale, 1))
    hard = (numpy.arange(len(still)).reshape(-1, *[1] * (still.ndim - 1)) == still.argmax(axis=0)).astype(float)
    return numpy.where(scale > 0, soft, hard)
