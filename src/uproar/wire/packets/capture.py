"""Which kind of capture is this? Told by its first four octets, never by the name of the file."""

from __future__ import annotations

from typing import Protocol

from uproar.errors import CaptureInvalid
from uproar.wire.packets import pcap, pcapng
from uproar.wire.packets.captured import Batch, Tally

SNIFFED = 4  # Octets that are needed to tell.


class CaptureReader(Protocol):
    """Takes a file in pieces of any size and gives the frames that became whole."""

    tally: Tally

    def feed(self, octets: bytes) -> list[Batch]:
        """Return the frames that became whole; raise CaptureInvalid where the file is not what it seemed."""
        ...

    def end(self) -> list[Batch]:
        """Count what the end of the file cuts off."""
        ...


def is_capture(octets: bytes) -> bool:
    """Return whether a file that begins so is a capture that can be read."""
    return octets[:SNIFFED] == pcapng.MAGIC or octets[:SNIFFED] in pcap.MAGICS


def reader(octets: bytes) -> CaptureReader:
    """Return who reads a file that begins so; nothing is read yet. Raise CaptureInvalid where nobody does."""
    begun = octets[:SNIFFED]
    if begun == pcapng.MAGIC:
        return pcapng.PcapngReader()
    if begun in pcap.MAGICS:
        return pcap.PcapReader()
    if begun[:2] == b"\x1f\x8b":
        raise CaptureInvalid("the capture is packed with gzip; unpack it first")
    raise CaptureInvalid(
        f"neither pcap nor pcapng: it begins with {begun.hex() or 'nothing'};"
        " convert it with editcap -F pcapng"
    )
