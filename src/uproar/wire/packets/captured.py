"""What is common to files of captured packets: batches of frames with their times, bounds, and what was set aside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from uproar.wire.packets.frames import I64, U8, Frames

FRAMES_MAX = 65_536  # In one batch.
CAPTURED_MAX = 262_144  # Octets captured of one frame, the most that libpcap allows.
BLOCK_MAX = 16_777_216  # Octets of one pcapng block, as Wireshark bounds it.
INTERFACES_MAX = 4_096  # Of one pcapng section.
SECTIONS_MAX = 65_536  # Of one pcapng file: each costs as much as a thousand packets.
SECONDS_MAX = 1 << 33  # Since 1970: the year 2242. A later time is none.
NO_TIME: Final = -1  # In `Batch.at_ns`: the file tells none.
SECOND_NS = 1_000_000_000

# Why records are set aside; `Tally.rejects` counts by these words.
CUT_OFF = "cut-off"  # The file ends within it.
ABSURD_LENGTH = (
    "absurd-length"  # Longer than the bounds above, or than what holds it: the end of reading.
)
UNKNOWN_INTERFACE = "unknown-interface"  # Of an interface that the file does not describe.
WITHOUT_TIME = "without-time"  # Read all the same, with NO_TIME.


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """At most `FRAMES_MAX` frames of one link type, in the order of the file.

    `at_ns` is nanoseconds since 1970 by the clock of who captured, `NO_TIME` where the file tells none;
    `interface` counts from 0 within a section of the file.
    """

    link: int
    frames: Frames
    at_ns: I64
    interface: I64


@dataclass(slots=True)
class Tally:
    """What a reader met: octets seen, records set aside by reason, and where it had to give up, in words."""

    octets: int = 0
    rejects: dict[str, int] = field(default_factory=dict)
    damage: str = ""

    def reject(self, reason: str, count: int = 1) -> None:
        """Count records that were set aside."""
        if count:
            self.rejects[reason] = self.rejects.get(reason, 0) + count

    def give_up(self, at: int, what: str) -> None:
        """Note that nothing behind octet `at` of the file can be read."""
        self.reject(ABSURD_LENGTH)
        self.damage = f"at octet {at:,} of the file: {what}; what follows was not read"


class Pieces:
    """What came in and was not used yet; joined only once there is enough, so that small pieces cost no more."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._wanted = 0

    def join(self, octets: bytes) -> bytes | None:
        """Return all that is there, or None where it is still less than is wanted."""
        self._pieces.append(octets)
        self._size += len(octets)
        if self._size < self._wanted:
            return None
        return octets if self._size == len(octets) else b"".join(self._pieces)

    def keep(self, rest: bytes, wanted: int) -> None:
        """Keep what was not used; `wanted` octets from its beginning on are needed to go on."""
        self._pieces, self._size, self._wanted = ([rest] if rest else []), len(rest), wanted

    def __len__(self) -> int:
        return self._size


def gathered(data: U8, at: I64, kind: np.dtype[np.void]) -> NDArray[Any]:
    """Return the records of `kind` at those places, all of which lie within the buffer."""
    if not len(at):
        return np.zeros(0, kind)
    everywhere = np.ndarray(
        (len(data) - kind.itemsize + 1,), np.dtype((np.void, kind.itemsize)), data, strides=(1,)
    )
    return everywhere[at].view(kind)


def batches(
    data: U8, link: int, begin: I64, captured: I64, original: I64, *, at_ns: I64, interface: I64
) -> list[Batch]:
    """Return the frames, which begin at `begin` in order, in batches that hold their part of the buffer."""
    made = []
    for first in range(0, len(begin), FRAMES_MAX):
        part = slice(first, first + FRAMES_MAX)
        start = int(begin[part][0])
        end = int(begin[part][-1] + captured[part][-1])
        frames = Frames(data[start:end], begin[part] - start, captured[part], original[part])
        made.append(Batch(link, frames, at_ns[part], interface[part]))
    return made
