"""What goes into the decoding of packets, and what comes out: frames in one buffer, packets in columns.

Addresses are two unsigned 64-bit halves in the order of the net; IPv4 is written as `::ffff:a.b.c.d`
(RFC 4291, 2.5.5.2), so that both versions of IP share the columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from uproar.errors import ShapeMismatch

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
Flag = NDArray[np.bool_]
Rows = slice | I64  # Which packets: all of them as a slice, which copies nothing, or by index.

MAPPED = np.uint64(0xFFFF_0000_0000)  # The low half of ::ffff:0.0.0.0.

# What `Packets.tunnel` holds: in which tunnel a packet travelled, the outermost where there are several.
NO_TUNNEL, GRE, VXLAN, IP_IN_IP, GENEVE = range(5)

# Why a frame is no packet. `Packets.rejects` counts by these words.
REASONS = (
    "",
    "truncated",  # The capture ends within what leads to the IP header, or within that header.
    "not-ip",  # ARP, spanning tree, a tunnel of another kind: nothing is wrong with it.
    "bad-version",  # Said to be IPv4 or IPv6, and its first four bits say otherwise.
    "bad-header",  # An IPv4 header shorter than the shortest there is.
    "bad-length",  # An IPv4 datagram shorter than its own header.
    "too-deep",  # More tags and labels than `links.TAGS_MAX`.
    "unknown-link",  # A link type that is not read here.
)
TRUNCATED, NOT_IP, BAD_VERSION, BAD_HEADER, BAD_LENGTH, TOO_DEEP, UNKNOWN_LINK = range(1, 8)


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Frames in one buffer: where each begins, how much of it was captured, how long it was on the wire.

    Raises ShapeMismatch where the columns differ in length or point outside of the buffer.
    """

    data: U8
    offset: I64
    captured: I64
    original: I64

    def __post_init__(self) -> None:
        shapes = self.offset.shape, self.captured.shape, self.original.shape
        if len(set(shapes)) != 1 or self.offset.ndim != 1:
            raise ShapeMismatch(*shapes)
        if len(self.offset) and (
            int(self.offset.min()) < 0
            or int(self.captured.min()) < 0
            or int((self.offset + self.captured).max()) > len(self.data)
        ):
            raise ShapeMismatch(self.data.shape, self.offset.shape)

    def __len__(self) -> int:
        return len(self.offset)

    @classmethod
    def joined(cls, frames: Sequence[bytes], original: Iterable[int] | None = None) -> Self:
        """Return frames laid end to end; where no original lengths are given, all of each is there."""
        captured = np.fromiter(map(len, frames), np.int64, len(frames))
        lengths = captured if original is None else np.fromiter(original, np.int64)
        data = np.frombuffer(b"".join(frames), np.uint8)
        return cls(data, np.cumsum(captured) - captured, captured, lengths)


@dataclass(frozen=True, slots=True, eq=False)
class Packets:
    """One row a frame, in its order. Where `ok` is false all other columns are zero.

    `total_length` is the IP datagram in octets, header and all; where the sender's network card was to
    cut it (a length of zero), it is what the frame's original length leaves. `payload_length` is what
    follows the transport header, by what the headers say; `payload_captured` octets of it are in
    `Frames.data` from `payload_at` on. `ip_id` of IPv6 is that of the fragment header. `ttl` is the hop
    limit. `fragment_offset` is in octets. `tcp_flags` are the twelve bits of RFC 9293 and RFC 3540.

    Ports are of TCP, UDP, UDP-Lite, SCTP and DCCP; of ICMP `dst_port` is type * 256 + code and `src_port`
    zero, as flow exporters have it (RFC 5102, 5.4.14). `transport` says whether the transport header was there to be
    read: it is not for fragments but the first, and where the capture ends before it.
    """

    src_hi: U64
    src_lo: U64
    dst_hi: U64
    dst_lo: U64
    src_port: U16
    dst_port: U16
    protocol: U8
    tcp_flags: U16
    window: U16
    tcp_seq: U32
    ttl: U8
    ip_id: U32
    total_length: U32
    payload_length: U32
    payload_at: I64
    payload_captured: I64
    fragment: Flag
    fragment_offset: U16
    vlan: U16
    tunnel: U8
    transport: Flag
    ok: Flag
    reason: U8  # Index into REASONS.

    @classmethod
    def blank(cls, count: int) -> Self:
        """Return so many rows of zeros."""
        return cls(**{name: np.zeros(count, kind) for name, kind in KINDS.items()})

    def part(self, begin: int, end: int) -> Packets:
        """Return some rows, as a view: what is written there is written here."""
        return Packets(**{name: getattr(self, name)[begin:end] for name in KINDS})

    def put(self, rows: I64, other: Packets, taken: Flag) -> None:
        """Write those rows of `other` that are taken in the place of ours."""
        where = rows[taken]
        for name in KINDS:
            getattr(self, name)[where] = getattr(other, name)[taken]

    def clear(self, rows: I64) -> None:
        """Make all columns zero in some rows, but for the reason."""
        for name in KINDS:
            if name != "reason":
                getattr(self, name)[rows] = 0

    @property
    def rejects(self) -> dict[str, int]:
        """How many frames are no packets, by reason."""
        counts = np.bincount(self.reason, minlength=len(REASONS))
        return {word: int(n) for word, n in zip(REASONS, counts, strict=True) if word and n}

    def __len__(self) -> int:
        return len(self.ok)


_KIND_OF: dict[str, type[np.generic]] = {
    "U8": np.uint8,
    "U16": np.uint16,
    "U32": np.uint32,
    "U64": np.uint64,
    "I64": np.int64,
    "Flag": np.bool_,
}
KINDS: dict[str, Any] = {field.name: _KIND_OF[str(field.type)] for field in fields(Packets)}
