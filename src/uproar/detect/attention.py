"""How much attention does a service get just now? A slow wave on top of the season, followed closely.

People look, talk and report in waves that last minutes to hours and mean nothing. Where a series has
them, its log-rate is the season plus an AR(1) level of variance `wave` and memory `memory`, filtered
by the same conjugate step as the season (West, Harrison and Migon, 1985). What is expected follows
that level, so that the tests see only what is new. It is bounded by three of its own standard
deviations, never follows while an alarm stands, and is left out where waves are too small to matter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

WAVE_MIN = 1e-3  # Variances below this, three per cent of a rate, are no waves worth following.
REACH = 3.0  # Standard deviations of its own waves within which attention is followed.
MEMORY_HOURS_MAX = 6.0
ALPHA_MIN = 1e-5


class Waves(NamedTuple):
    """What waves a series has: clumping of a unit without them, their variance, memory in units."""

    alpha: F64
    wave: F64
    memory: F64


def waves(variance: F64, scales: tuple[int, int, int]) -> Waves:
    """Return the waves that explain variances of the log-rate over units, slots and hours: (3, row).

    The mean of an AR(1) over n units has variance wave * g(n / memory) with
    g(u) = 2 (u - 1 + exp(-u)) / u**2, and independent clumping adds alpha / n.
    """
    near = 1 if scales[1] > 1 else 2
    units, hour = max(scales[near], 2), max(scales[2], 2)
    alpha = (variance[0] - variance[near]) * (units / (units - 1.0))
    alpha = np.clip(alpha, np.minimum(ALPHA_MIN, variance[0]), variance[0])
    wave = np.maximum(variance[near] - alpha / units, 0.0)
    kept = np.clip((variance[2] - alpha / hour) / np.maximum(wave, 1e-12), 0.02, 0.98)
    # Inverts g: exact to first order at either end, and within a tenth between.
    memory = hour / ((1.0 / kept - 1.0) * (2.0 + kept))
    memory = np.clip(memory, 1.0, MEMORY_HOURS_MAX * hour)
    # A series whose hours are its units shows no waves within them.
    wave = np.where((wave < WAVE_MIN) | (scales[2] < 4), 0.0, wave)
    return Waves(alpha, wave, memory)


def follow(level: F64, doubt: F64, own: Waves, *, count: F64, expected: F64, still: Bool) -> None:
    """Take in a unit of every row and look ahead to the next, in place.

    `level` is the log of what attention multiplies the season by, `doubt` its variance; `expected`
    is by the season alone. Rows in `still` only forget.
    """
    has = own.wave > 0.0
    usual = expected * np.exp(level)
    temper = np.where(still | ~has, 0.0, 1.0 / (1.0 + usual * own.alpha))
    spread = np.maximum(doubt, 1e-9)
    shape = 1.0 / spread
    level += np.log((shape + temper * count) / (shape + temper * usual))
    sure = 1.0 / (shape + temper * usual)
    keep = np.exp(-1.0 / own.memory)
    level *= keep
    reach = REACH * np.sqrt(own.wave)
    np.clip(level, -reach, reach, out=level)
    doubt[:] = np.where(has, keep * keep * sure + (1.0 - keep * keep) * own.wave, 0.0)
