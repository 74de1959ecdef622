"""When does more come than usual? The stretch of a log that stands out the most, by a scan over its rate.

Kulldorff's scan statistic for counts in time: of all stretches the one whose rate inside and outside, each its own, is
the most likelier than one rate for all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from uproar.trace.traffic import F64
from uproar.wire.packets.frames import I64

BINS_MAX = 600
WIDTHS_MS = (1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000)
FACTOR_LEAST = 2.0  # Less is the ordinary up and down.
GAIN_LEAST = (
    30.0  # Of the logarithm of the likelihood: far beyond chance, though requests come in bundles.
)
LEAST = 100  # Requests in a stretch; fewer say nothing.
LONGEST = 0.98  # Of the log: beyond it the whole log is alike but for its ends.
OUTSIDE_LEAST = 0.5  # Requests outside are never taken as fewer: log of zero.


class Stretch(NamedTuple):
    """Times in ms UTC, the end not included; how many times the rate outside."""

    from_ms: int
    to_ms: int
    factor: float


def width(span_ms: int) -> int:
    """Return how wide bins are for a log that long."""
    for each in WIDTHS_MS:
        if span_ms <= each * BINS_MAX:
            return each
    return span_ms // BINS_MAX + 1


def stretch(at_ms: I64, first_ms: int, last_ms: int) -> Stretch | None:
    """Return the stretch that stands out; None where none does. Times beyond first and last are not looked at."""
    wide = width(last_ms - first_ms + 1)
    bins = (last_ms - first_ms) // wide + 1
    inside = (at_ms >= first_ms) & (at_ms <= last_ms)
    counts = np.bincount((at_ms[inside] - first_ms) // wide, minlength=bins).astype(np.float64)
    total = counts.sum()
    if total < LEAST or bins < 3:
        return None
    gains, count, length = _gains(counts)
    best = int(np.argmax(gains))
    begin, end = divmod(best, bins + 1)
    within = count.flat[best]
    outside = max(total - within, OUTSIDE_LEAST) / max(bins - length.flat[best], 1)
    factor = float(within / max(length.flat[best], 1) / outside)
    if gains.flat[best] < GAIN_LEAST or factor < FACTOR_LEAST or within < LEAST:
        return None
    return Stretch(first_ms + begin * wide, first_ms + end * wide, factor)


def _gains(counts: F64) -> tuple[F64, F64, F64]:
    """Return for every begin and end the gain in likelihood, the requests within and the length, of shape (n + 1, n + 1)."""
    bins = len(counts)
    sums = np.concatenate([[0.0], np.cumsum(counts)])
    edges = np.arange(bins + 1, dtype=np.float64)
    count = sums[None, :] - sums[:, None]
    length = edges[None, :] - edges[:, None]
    total = sums[-1]
    fits = (length > 0) & (length <= LONGEST * bins)
    rest, room = total - count, bins - length
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = _times_log(count, count / length) + _times_log(rest, rest / room)
        gain -= total * np.log(total / bins)
        higher = fits & (count * room > rest * length)
    return np.where(higher, gain, -np.inf), count, length


def _times_log(number: F64, rate: F64) -> F64:
    return np.where(number > 0, number * np.log(np.where(rate > 0, rate, 1.0)), 0.0)
