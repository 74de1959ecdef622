"""Flow records as NetFlow v9 (RFC 3954) and IPFIX (RFC 7011) datagrams: templates, options that tell the sampling, IPv4 and IPv6."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.sim.telemetry import UPTIME_WRAP, Exporter, Outgoing, Records, cuts, of_four, uptime

PAYLOAD = 1_440  # Octets of a datagram, at most.
AGAIN_US = 5_000_000  # Templates and options are told again after so long.
FOUR, SIX, OPTIONS = 256, 257, 258

_WIDE = (">u8", (2,))
_COMMON = (
    (7, ">u2"), (11, ">u2"), (4, "u1"), (6, "u1"), (52, "u1"), (53, "u1"),
)  # fmt: skip
_V9_COMMON = (
    *_COMMON, (2, ">u4"), (1, ">u4"), (22, ">u4"), (21, ">u4"), (10, ">u2"), (14, ">u2"), (61, "u1"),
)  # fmt: skip
_IPFIX_COMMON = (
    *_COMMON, (2, ">u8"), (1, ">u8"), (152, ">u8"), (153, ">u8"), (10, ">u4"), (14, ">u4"), (61, "u1"), (136, "u1"),
)  # fmt: skip
Fields = tuple[tuple[int, Any], ...]
V9: dict[int, Fields] = {
    FOUR: ((8, ">u4"), (12, ">u4"), *_V9_COMMON, (32, ">u2")),
    SIX: ((27, _WIDE), (28, _WIDE), *_V9_COMMON, (32, ">u2")),
}
IPFIX: dict[int, Fields] = {
    FOUR: ((8, ">u4"), (12, ">u4"), *_IPFIX_COMMON, (32, ">u2")),
    SIX: ((27, _WIDE), (28, _WIDE), *_IPFIX_COMMON, (139, ">u2")),
}
_ENDED = 3  # flowEndReason: the end of the flow was seen (RFC 5102, 5.11.3).
# Sampling interval and algorithm (random) of the whole exporter.
_V9_OPTIONS = struct.pack(">HHHHHHHHH", OPTIONS, 4, 8, 1, 4, 34, 4, 35, 1)
# How many packets are taken and how many then left out (RFC 5477, 8.2.2), of an observation domain.
_IPFIX_OPTIONS = struct.pack(">HHHHHHHHH", OPTIONS, 3, 1, 149, 4, 305, 4, 306, 4)


def _dtype(fields: Fields) -> np.dtype[Any]:
    return np.dtype(
        [
            (f"e{number}", *kind) if isinstance(kind, tuple) else (f"e{number}", kind)
            for number, kind in fields
        ]
    )


def _rows(held: Records, fields: Fields, exporter: Exporter, begin_ms: int) -> NDArray[Any]:
    """Return the records by those fields."""
    clock_ms = begin_ms + exporter.clock_off_ms
    tell: dict[int, Callable[[], Any]] = {
        8: lambda: held["src"][:, 1] & 0xFFFF_FFFF, 12: lambda: held["dst"][:, 1] & 0xFFFF_FFFF,
        27: lambda: held["src"], 28: lambda: held["dst"], 7: lambda: held["sport"], 11: lambda: held["dport"],
        4: lambda: held["protocol"], 6: lambda: held["flags"], 52: lambda: held["ttl_min"], 53: lambda: held["ttl_max"],
        2: lambda: held["packets"], 1: lambda: held["octets"], 22: lambda: uptime(exporter, held["first_us"]),
        21: lambda: uptime(exporter, held["last_us"]), 152: lambda: clock_ms + held["first_us"] // 1_000,
        153: lambda: clock_ms + held["last_us"] // 1_000, 10: lambda: held["input"], 14: lambda: held["output"],
        61: lambda: 0, 136: lambda: _ENDED, 32: lambda: held["icmp"], 139: lambda: held["icmp"],
    }  # fmt: skip
    rows = np.zeros(len(held), _dtype(fields))
    for number, _ in fields:
        rows[f"e{number}"] = tell[number]()
    return rows


def _set(number: int, content: bytes) -> bytes:
    content += bytes(-len(content) % 4)
    return struct.pack(">HH", number, 4 + len(content)) + content


def _templates(forms: dict[int, Fields]) -> bytes:
    """Return the templates without the header of their set; NetFlow v9 and IPFIX write them alike."""
    parts = []
    for number, fields in forms.items():
        kinds = _dtype(fields)
        parts.append(struct.pack(">HH", number, len(fields)))
        parts += [struct.pack(">HH", each, kinds[f"e{each}"].itemsize) for each, _ in fields]
    return b"".join(parts)


Piece = tuple[
    int, int, bytes, bool
]  # When it is due, how many records it has, its sets, whether it tells of harm.


def _data(
    held: Records, forms: dict[int, Fields], exporter: Exporter, begin_ms: int
) -> list[Piece]:
    found: list[Piece] = []
    four = of_four(held)
    for number, mine in ((FOUR, held[four]), (SIX, held[~four])):
        rows = _rows(mine, forms[number], exporter, begin_ms)
        size, octets = rows.dtype.itemsize, rows.tobytes()
        most = (PAYLOAD - 24) // size
        for first, last, at_us in cuts(mine["ready_us"], most):
            body = _set(number, octets[first * size : last * size])
            found.append((at_us, last - first, body, bool(mine["truth"][first:last].any())))
    return found


def _told(found: list[Piece], templates: bytes, options: bytes, counts: int) -> list[Piece]:
    """Return the pieces in order of their times, with templates and options before them and every AGAIN_US."""
    end = max((piece[0] for piece in found), default=0)
    begin = min(0, min((piece[0] for piece in found), default=0))
    again = [(at, counts, templates + options, False) for at in range(begin, end + 1, AGAIN_US)]
    return sorted([*again, *found], key=lambda piece: piece[0])


def netflow9(held: Records, exporter: Exporter, begin_ms: int) -> Iterator[Outgoing]:
    """Yield NetFlow v9 datagrams of records in order of readiness; the sequence counts datagrams."""
    templates = _set(0, _templates(V9)) + _set(1, _V9_OPTIONS)
    options = _set(OPTIONS, struct.pack(">IIB", exporter.number, exporter.sampling, 2))
    sequence = exporter.sequence
    for at_us, count, sets, harm in _told(
        _data(held, V9, exporter, begin_ms), templates, options, 4
    ):
        seconds = (begin_ms + exporter.clock_off_ms + at_us // 1_000) // 1_000
        # The uptime is that of the whole second, so that both clocks of the header name one instant.
        up = uptime(exporter, (seconds * 1_000 - begin_ms - exporter.clock_off_ms) * 1_000)
        head = struct.pack(
            ">HHIIII", 9, count, up, seconds, sequence % UPTIME_WRAP, exporter.number
        )
        sequence += 1
        yield Outgoing(at_us, head + sets, harm)


def ipfix(held: Records, exporter: Exporter, begin_ms: int) -> Iterator[Outgoing]:
    """Yield IPFIX messages of records in order of readiness; the sequence counts data records, options among them."""
    templates = _set(2, _templates(IPFIX)) + _set(3, _IPFIX_OPTIONS)
    rate = exporter.sampling
    options = _set(OPTIONS, struct.pack(">III", exporter.number, 1, rate - 1))
    sequence = exporter.sequence
    for at_us, count, sets, harm in _told(
        _data(held, IPFIX, exporter, begin_ms), templates, options, 1
    ):
        seconds = (begin_ms + exporter.clock_off_ms + at_us // 1_000) // 1_000
        head = struct.pack(
            ">HHIII", 10, 16 + len(sets), seconds, sequence % UPTIME_WRAP, exporter.number
        )
        sequence += count
        yield Outgoing(at_us, head + sets, harm)
