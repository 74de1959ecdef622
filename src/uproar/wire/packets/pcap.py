"""Files of tcpdump, "pcap": octets in, frames with their times out (draft-ietf-opsawg-pcap).

Both orders of octets, microseconds and nanoseconds. Nothing is read beyond what was fed, and no more is
held than one record that has not come in whole.
"""

from __future__ import annotations

import struct

import numpy as np

from uproar.errors import CaptureInvalid
from uproar.wire.packets.captured import (
    CAPTURED_MAX,
    CUT_OFF,
    SECOND_NS,
    Batch,
    Pieces,
    Tally,
    batches,
    gathered,
)

HEADER = 24
RECORD = 16
# The first four octets, by order of octets and how many nanoseconds a fraction counts.
MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_LINK_BITS = 0xFFFF  # Above them it says how long a frame check sequence is.


class PcapReader:
    """Reads one file in pieces: `feed` each, then `end`. What was set aside is in `tally`."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.snaplen = 0
        self._pieces = Pieces()
        self._order = ""
        self._unit_ns = 0
        self._link = 0

    def feed(self, octets: bytes) -> list[Batch]:
        """Return the frames that became whole; raise CaptureInvalid where this is no pcap file."""
        self.tally.octets += len(octets)
        if self.tally.damage:
            return []
        held = self._pieces.join(octets)
        if held is None:
            return []
        begin = 0
        if not self._order:
            if len(held) < HEADER:
                self._pieces.keep(held, HEADER)
                return []
            self._open(held)
            begin = HEADER
        return self._records(held, begin)

    def end(self) -> list[Batch]:
        """Count what the end of the file cuts off. No frames are left."""
        if not self._order:
            raise CaptureInvalid(f"the capture ends within its header of {HEADER} octets")
        if self._pieces:
            self.tally.reject(CUT_OFF)
            self._pieces.keep(b"", 0)
        return []

    def _open(self, held: bytes) -> None:
        found = MAGICS.get(held[:4])
        if found is None:
            raise CaptureInvalid(f"no pcap file: it begins with {held[:4].hex()}")
        self._order, self._unit_ns = found
        major, _, self.snaplen, link = struct.unpack_from(f"{self._order}HH8xII", held, 4)
        if major != 2:
            raise CaptureInvalid(
                f"pcap version {major} is not known, only 2; convert it with editcap"
            )
        self._link = link & _LINK_BITS

    def _records(self, held: bytes, begin: int) -> list[Batch]:
        length_at = struct.Struct(f"{self._order}8xI").unpack_from
        places: list[int] = []
        note = places.append
        at, size = begin, len(held)
        following = at + RECORD
        while following <= size:
            (captured,) = length_at(held, at)
            if captured > CAPTURED_MAX:
                self.tally.give_up(
                    self.tally.octets - size + at,
                    f"a record of {captured:,} octets, more than {CAPTURED_MAX:,}",
                )
                at = size
                break
            following += captured
            if following > size:
                break
            note(at)
            at, following = following, following + RECORD
        self._pieces.keep(held[at:], following - at)
        return self._batches(held, places)

    def _batches(self, held: bytes, places: list[int]) -> list[Batch]:
        if not places:
            return []
        order = self._order
        kind = np.dtype(
            [
                ("s", f"{order}u4"),
                ("part", f"{order}u4"),
                ("got", f"{order}u4"),
                ("was", f"{order}u4"),
            ]
        )
        data = np.frombuffer(held, np.uint8)
        at = np.array(places, np.int64)
        record = gathered(data, at, kind)
        at_ns = (
            record["s"].astype(np.int64) * SECOND_NS
            + record["part"].astype(np.int64) * self._unit_ns
        )
        captured = record["got"].astype(np.int64)
        original = np.maximum(record["was"].astype(np.int64), captured)
        none = np.zeros(len(at), np.int64)
        return batches(
            data, self._link, at + RECORD, captured, original, at_ns=at_ns, interface=none
        )
