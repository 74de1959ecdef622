"""Files of Wireshark, "pcapng": octets in, frames with their times out (draft-ietf-opsawg-pcapng).

Sections in either order of octets, any number of interfaces with link types and clocks of their own, packet
blocks enhanced, simple and obsolete. Other blocks (names, statistics, secrets) are stepped over, unread.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from uproar.errors import CaptureInvalid
from uproar.wire.packets import ngtime
from uproar.wire.packets.captured import (
    ABSURD_LENGTH,
    BLOCK_MAX,
    CAPTURED_MAX,
    CUT_OFF,
    INTERFACES_MAX,
    NO_TIME,
    SECTIONS_MAX,
    UNKNOWN_INTERFACE,
    WITHOUT_TIME,
    Batch,
    Pieces,
    Tally,
    batches,
    gathered,
)
from uproar.wire.packets.frames import I64, U8, Flag

SECTION, INTERFACE, OBSOLETE, SIMPLE, ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6
MAGIC = b"\x0a\x0d\x0d\x0a"
BLOCK_MIN, _SECTION_MIN, _INTERFACE_MIN = 12, 28, 20
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_RESOLUTION, _OFFSET, _END_OF_OPTIONS = 9, 14, 0
# Octets before the frame itself, by type of block, from the block's first octet.
_AHEAD = {ENHANCED: 28, OBSOLETE: 28, SIMPLE: 12}


@dataclass(frozen=True, slots=True)
class _Interface:
    link: int
    snaplen: int
    clock: ngtime.Clock


class PcapngReader:
    """Reads one file in pieces: `feed` each, then `end`. What was set aside is in `tally`.

    Frames of different link types come in batches of their own, so that only within a batch they are in order.
    """

    def __init__(self) -> None:
        self.tally = Tally()
        self._pieces = Pieces()
        self._sections = 0
        self._order = ""
        self._head_at = struct.Struct("<II").unpack_from
        self._interfaces: list[_Interface] = []
        self._since: list[int] = []  # Where in what is held each was described, -1 if before that.
        self._places: dict[int, list[int]] = {kind: [] for kind in _AHEAD}

    def feed(self, octets: bytes) -> list[Batch]:
        """Return the frames that became whole; raise CaptureInvalid where this is no pcapng file."""
        self.tally.octets += len(octets)
        if self.tally.damage:
            return []
        held = self._pieces.join(octets)
        return [] if held is None else self._blocks(held)

    def end(self) -> list[Batch]:
        """Count what the end of the file cuts off. No frames are left."""
        if not self._order:
            raise CaptureInvalid("the capture ends before its first section is whole")
        if self._pieces:
            self.tally.reject(CUT_OFF)
            self._pieces.keep(b"", 0)
        return []

    def _blocks(self, held: bytes) -> list[Batch]:
        if not self._order and not MAGIC.startswith(held[: len(MAGIC)]):
            raise CaptureInvalid(f"no pcapng file: it begins with {held[:4].hex()}")
        made: list[Batch] = []
        at, wanted, size = 0, BLOCK_MIN, len(held)
        note, enhanced, least, most = self._places[ENHANCED].append, ENHANCED, BLOCK_MIN, BLOCK_MAX
        while at + least <= size:
            kind, length = self._head_at(held, at)
            # Nearly all blocks are such, so they take the short way.
            if kind == enhanced and not length & 3 and least <= length <= most:
                following = at + length
                if following <= size:
                    note(at)
                    at = following
                    continue
            kind, length = self._head(held, at)
            refused = self._refused(kind, length)
            if refused:
                self.tally.give_up(self.tally.octets - size + at, refused)
                at = size
                break
            if at + length > size:
                wanted = length
                break
            if kind in self._places:
                self._places[kind].append(at)
            elif kind == SECTION:
                made += self._drain(held)
                self._begin_section(held, at)
            elif kind == INTERFACE:
                self._describe(held[at : at + length], at)
            at += length
        made += self._drain(held)
        self._since = [-1] * len(self._since)
        self._pieces.keep(held[at:], wanted)
        return made

    def _refused(self, kind: int, length: int) -> str:
        """Return why nothing from this block on can be read, or nothing."""
        if not BLOCK_MIN <= length <= BLOCK_MAX or length % 4:
            return (
                f"a block of {length:,} octets; it must be a multiple of 4, from {BLOCK_MIN} to"
                f" {BLOCK_MAX:,}"
            )
        if kind == SECTION and self._sections == SECTIONS_MAX:
            return f"more than {SECTIONS_MAX:,} sections"
        return ""

    def _head(self, held: bytes, at: int) -> tuple[int, int]:
        """Return type and length of the block, a length of 0 for a section that says neither order.

        A section says itself in which order its octets are, so it may be read before it is begun.
        """
        if not held.startswith(MAGIC, at):
            kind, length = self._head_at(held, at)
            return int(kind), int(length)
        order = _ORDERS.get(held[at + 8 : at + 12])
        if order is None:
            return SECTION, 0
        (length,) = struct.unpack_from(f"{order}I", held, at + 4)
        return SECTION, int(length) if length >= _SECTION_MIN else 0

    def _begin_section(self, held: bytes, at: int) -> None:
        self._sections += 1
        self._order = _ORDERS[held[at + 8 : at + 12]]
        self._head_at = struct.Struct(f"{self._order}II").unpack_from
        self._interfaces, self._since = [], []

    def _describe(self, block: bytes, at: int) -> None:
        if len(self._interfaces) >= INTERFACES_MAX:
            self.tally.reject(UNKNOWN_INTERFACE)
            return
        self._since.append(at)
        if len(block) < _INTERFACE_MIN:
            # It keeps its number, so that those behind it keep theirs.
            self._interfaces.append(_Interface(-1, 0, ngtime.Clock()))
            return
        link, snaplen = struct.unpack_from(f"{self._order}HxxI", block, 8)
        resolution, offset = ngtime.MICROSECONDS, 0
        for code, value in self._options(block[16:-4]):
            if code == _RESOLUTION and len(value) >= 1:
                resolution = value[0]
            elif code == _OFFSET and len(value) >= 8:
                (offset,) = struct.unpack_from(f"{self._order}q", value)
        self._interfaces.append(_Interface(link, snaplen, ngtime.Clock(resolution, offset)))

    def _options(self, octets: bytes) -> list[tuple[int, bytes]]:
        found = []
        at = 0
        while at + 4 <= len(octets):
            code, length = struct.unpack_from(f"{self._order}HH", octets, at)
            if code == _END_OF_OPTIONS:
                break
            found.append((code, octets[at + 4 : at + 4 + length]))
            at += 4 + (length + 3 & ~3)
        return found

    def _drain(self, held: bytes) -> list[Batch]:
        """Return the frames of the blocks noted so far, and forget these."""
        made: list[Batch] = []
        data = np.frombuffer(held, np.uint8)
        for kind, places in self._places.items():
            if places:
                made += self._batches(data, kind, np.array(places, np.int64))
                places.clear()
        return made

    def _batches(self, data: U8, kind: int, at: I64) -> list[Batch]:
        o = self._order
        length = gathered(data, at + 4, np.dtype([("n", f"{o}u4")]))["n"].astype(np.int64)
        ahead = _AHEAD[kind]
        roomy = length >= ahead + 4
        self.tally.reject(ABSURD_LENGTH, int((~roomy).sum()))
        at, length = at[roomy], length[roomy]
        room = length - ahead - 4
        if kind == SIMPLE:
            original = gathered(data, at + 8, np.dtype([("n", f"{o}u4")]))["n"].astype(np.int64)
            snaplen = self._interfaces[0].snaplen if self._interfaces else 0
            captured = np.minimum(original, room)
            captured = np.minimum(captured, snaplen) if snaplen else captured
            units = None
            interface = np.zeros(len(at), np.int64)
        else:
            number = f"{o}u4" if kind == ENHANCED else f"{o}u2"
            fields = np.dtype(
                {
                    "names": ["interface", "high", "low", "captured", "original"],
                    "formats": [number, f"{o}u4", f"{o}u4", f"{o}u4", f"{o}u4"],
                    "offsets": [0, 4, 8, 12, 16],
                }
            )
            head = gathered(data, at + 8, fields)
            interface = head["interface"].astype(np.int64)
            captured = head["captured"].astype(np.int64)
            original = head["original"].astype(np.int64)
            units = head["high"].astype(np.uint64) << np.uint64(32) | head["low"]
        sound = (captured <= room) & (captured <= CAPTURED_MAX)
        self.tally.reject(ABSURD_LENGTH, int((~sound).sum()))
        known = self._known(interface, at)
        self.tally.reject(UNKNOWN_INTERFACE, int((sound & ~known).sum()))
        rows = np.flatnonzero(sound & known)
        if not len(rows):
            return []
        interface = interface[rows]
        at_ns = np.full(len(rows), NO_TIME, np.int64)
        link = np.full(len(rows), -1, np.int64)
        for number_of in np.flatnonzero(np.bincount(interface)):
            of_it = interface == number_of
            described = self._interfaces[number_of]
            link[of_it] = described.link
            if units is not None:
                at_ns[of_it] = described.clock.nanoseconds(units[rows][of_it])
        self.tally.reject(WITHOUT_TIME, int((at_ns == NO_TIME).sum()))
        made: list[Batch] = []
        for one in [int(link[0])] if (link == link[0]).all() else np.unique(link).tolist():
            of_link = link == one
            of_it = rows[of_link]
            made += batches(
                data,
                one,
                at[of_it] + ahead,
                captured[of_it],
                np.maximum(original[of_it], captured[of_it]),
                at_ns=at_ns[of_link],
                interface=interface[of_link],
            )
        return made

    def _known(self, interface: I64, at: I64) -> Flag:
        """Return whether each block's interface was described before the block."""
        if not self._interfaces:
            return np.zeros(len(at), np.bool_)
        since = np.array(self._since, np.int64)
        last = len(since) - 1
        return (interface <= last) & (since[np.minimum(interface, last)] < at)
