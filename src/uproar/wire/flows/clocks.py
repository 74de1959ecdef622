"""When a flow began and ended, by clocks that we do not trust.

An exporter tells times by its own clock: as uptime (which wraps after 49.7 days) or absolute. Every one
is turned into an *age*: how long before the sending of its datagram, by the same clock. The age is then
subtracted from the anchor, which is when the datagram was sent:

*   the exporter's own time of sending, where it lies within CLOCK_OFF_MAX_MS of the arrival;
*   otherwise the arrival, for then its clock is wrong (a replayed file, no time server).

An uptime is compared modulo 2^32, so that a flow that began before the wrap has its true age. An age of
more than AGE_MAX_MS, or of a packet yet to come, is nonsense: such an end is taken as the time of sending,
such a beginning as the end. A beginning after the end is the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

CLOCK_OFF_MAX_MS = 600_000
AGE_MAX_MS = 86_400_000  # Long flows are cut by active time-outs of minutes, at most hours.
AHEAD_MAX_MS = (
    1_000  # NetFlow v9 and IPFIX tell the time of sending in whole seconds, rounded down.
)
_UNSIGNED: dict[int, type[np.unsignedinteger[Any]]] = {4: np.uint32, 8: np.uint64}
INSTANT_MAX = 1 << 53  # ms; beyond it is no date, and sums of such must not wrap.

Ms = NDArray[np.int64]
Ages = NDArray[np.signedinteger[Any]]  # ms, of 64 bits, or of 32 where they come from uptimes.


def anchors(exported_ms: Ms, received_ms: Ms) -> tuple[Ms, NDArray[np.bool_]]:
    """Return when each datagram was sent, and whose clock was too wrong to say so."""
    off = np.abs(exported_ms - received_ms) > CLOCK_OFF_MAX_MS
    return np.where(off, received_ms, exported_ms), off


def anchor(exported_ms: int, received_ms: int) -> tuple[int, bool]:
    """Return the same for one datagram."""
    off = abs(exported_ms - received_ms) > CLOCK_OFF_MAX_MS
    return (received_ms if off else exported_ms), off


def uptime_age(uptime_ms: NDArray[np.uint32], at_ms: NDArray[np.uint32]) -> Ages:
    """Return the age in ms of instants told as uptime, over the wrap at 2^32."""
    return (uptime_ms - at_ms).view(np.int32)


def settle(anchor_ms: Ms, start_age: Ages, end_age: Ages) -> tuple[Ms, Ms]:
    """Return start and end in ms UTC from ages by the exporter's clock, nonsense set right."""
    end = _sensible(end_age, 0)
    start = _sensible(start_age, end)
    return anchor_ms - np.maximum(start, end), anchor_ms - end


def _sensible(age: Ages, otherwise: Ages | int) -> Ages:
    """Return ages, and the others where they are too high or too low: as unsigned numbers, the low ones are the highest."""
    shifted = (age + age.dtype.type(AHEAD_MAX_MS)).view(_UNSIGNED[age.itemsize])
    if not shifted.size or int(shifted.max()) <= AGE_MAX_MS + AHEAD_MAX_MS:
        return age
    return np.where(shifted > AGE_MAX_MS + AHEAD_MAX_MS, otherwise, age)
