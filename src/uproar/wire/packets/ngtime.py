"""Times of pcapng: units since 1970 that each interface defines for itself (if_tsresol, if_tsoffset)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from uproar.wire.packets.captured import NO_TIME, SECOND_NS, SECONDS_MAX
from uproar.wire.packets.frames import I64, U64

MICROSECONDS = 6  # if_tsresol where the option is absent.
_BINARY = 0x80  # Its highest bit: a power of two, not of ten.
_POWER_OF_TEN_MAX, _POWER_OF_TWO_MAX = 19, 63  # More units a second than 64 bits hold say nothing.
_PRODUCT_BITS = 34  # A fraction of so many bits times SECOND_NS fits into 64.


@dataclass(frozen=True, slots=True)
class Clock:
    """How an interface counts: `resolution` as the option has it, `offset_s` seconds to be added."""

    resolution: int = MICROSECONDS
    offset_s: int = 0

    def nanoseconds(self, units: U64) -> I64:
        """Return nanoseconds since 1970; `NO_TIME` before it, after `SECONDS_MAX`, and in units that say nothing."""
        power = self.resolution & ~_BINARY
        binary = bool(self.resolution & _BINARY)
        if power > (_POWER_OF_TWO_MAX if binary else _POWER_OF_TEN_MAX):
            return np.full(len(units), NO_TIME, np.int64)
        if binary:
            shift = np.uint64(power)
            seconds = units >> shift
            part = units - (seconds << shift)
            spare = max(power - _PRODUCT_BITS, 0)
            nanos = (part >> np.uint64(spare)) * np.uint64(SECOND_NS) >> np.uint64(power - spare)
        else:
            a_second = np.uint64(10**power)
            seconds = units // a_second
            part = units - seconds * a_second
            nanos = (
                part * np.uint64(SECOND_NS // 10**power)
                if power <= 9
                else part // np.uint64(10 ** (power - 9))
            )
        # Bounded before they are added: both come from outside.
        offset = max(-SECONDS_MAX, min(SECONDS_MAX, self.offset_s))
        whole = np.minimum(seconds, np.uint64(4 * SECONDS_MAX)).astype(np.int64) + offset
        told = (whole >= 0) & (whole < SECONDS_MAX)
        return np.where(
            told, np.where(told, whole, 0) * SECOND_NS + nanos.astype(np.int64), NO_TIME
        )
