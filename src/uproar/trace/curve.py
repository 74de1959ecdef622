"""How much came second by second, the attack and all of it: what a picture of an attack is drawn from."""

from __future__ import annotations

import dataclasses

import numpy as np

from uproar.trace.attack import Curve
from uproar.trace.tally import rate
from uproar.trace.traffic import F64, SECOND_MS, Traffic
from uproar.wire.packets.frames import Flag

STEPS_MAX = 480  # More would be finer than a picture can show.


def curve(traffic: Traffic, rows: Flag) -> Curve:
    """Return packets a second of all that came to a target, and of those rows of it, in the same steps."""
    whole = rate(traffic)
    part = rate(dataclasses.replace(traffic, packets=traffic.packets * rows))
    wide = -(-len(whole.packets) // STEPS_MAX)
    step_ms = whole.bin_ms * wide
    return Curve(
        whole.begin_ms,
        step_ms,
        _means(part.packets, wide, step_ms),
        _means(whole.packets, wide, step_ms),
    )


def _means(packets: F64, wide: int, step_ms: int) -> tuple[float, ...]:
    """Return packets a second of so many bins together; the last ones may be fewer, and count as if they were all."""
    sums = np.add.reduceat(packets, np.arange(0, len(packets), wide))
    return tuple((sums * (SECOND_MS / step_ms)).round(1).tolist())
