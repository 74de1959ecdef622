"""Signals as rows: the body that is kept, its checksum, and statements for many rows at once.

A body is the signal as compact JSON with integer milliseconds. The checksum is CRC-32 of the body,
begun with the row's number, so that a flipped bit is found and a row that moved is found as well.

SQLite's driver gives up the interpreter's lock at every step of a statement. A statement that takes
or returns many rows in one step is therefore what keeps a busy event loop and the writer thread from
handing the lock to and fro for every row.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence
from functools import cache
from typing import Any, get_args

import msgspec

from uproar.errors import SignalInvalid
from uproar.model.signal import Signal

Row = tuple[int, int, str, bytes, int]  # seq, at, kind, body, crc

BODY_BYTES_MAX = 65_536  # Many times what the bounds of a signal's fields allow.
ROWS_A_STATEMENT = 4_096  # Five values a row stay below SQLite's 32,766 parameters.
INTO_SIGNAL = "INSERT INTO signal (seq, at, kind, body, crc)"
SIGNAL_COLUMNS = 5

CONFLICT = "this idempotency key was used for another report; use a new key for a new report"

_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Signal] = msgspec.json.Decoder(Signal)
_INTEGERS = msgspec.json.Decoder(list[int])
_KINDS: dict[type, str] = {kind: kind.__struct_config__.tag for kind in get_args(Signal)}

READ_SQL = """
    SELECT group_concat(seq), group_concat(crc), group_concat(CAST(body AS TEXT), x'0a')
    FROM (SELECT seq, crc, body FROM signal WHERE seq > ? ORDER BY seq LIMIT ?)
"""


def encode(signal: Signal) -> bytes:
    """Return the body of a signal. Raises ValueError where a text cannot be written as UTF-8."""
    return _ENCODER.encode(signal)


def encode_checked(signal: Signal) -> bytes:
    """Return the body of a signal that may hold anything. Raises SignalInvalid for what cannot be."""
    try:
        body = encode(signal)
    except (ValueError, TypeError, OverflowError) as problem:
        raise SignalInvalid(f"a {kind_of(signal)} cannot be kept: {problem}") from None
    if len(body) > BODY_BYTES_MAX:
        raise SignalInvalid(
            f"a {kind_of(signal)} of {len(body)} bytes is too long; at most {BODY_BYTES_MAX} are kept"
        )
    return body


def stamped(body: bytes, at: int) -> bytes:
    """Return the body of a signal that was encoded with `at` 0 with its arrival instead.

    `at` follows the kind, before any text that came from outside, so its first mention is the one.
    """
    return body.replace(b'"at":0', b'"at":%d' % at, 1)


def decode(body: bytes) -> Signal:
    """Return the signal of a body. Raises msgspec.DecodeError where it is none."""
    return _DECODER.decode(body)


def kind_of(signal: Signal) -> str:
    """Return the word for a signal's kind: report, claim, notice, beat, reference."""
    return _KINDS[type(signal)]


def checksum(seq: int, body: bytes) -> int:
    """Return the CRC-32 of a body, begun with its number."""
    return zlib.crc32(body, seq & 0xFFFFFFFF)


def insert(
    connection: sqlite3.Connection, into: str, columns: int, lines: Sequence[Sequence[Any]]
) -> None:
    """Insert rows with as few steps as possible: statements of 4,096, 2,048, ... 1 row.

    `into` is one of the constants below: "INSERT INTO table (columns)" without the values.
    """
    done = 0
    while done < len(lines):
        size = min(ROWS_A_STATEMENT, 1 << (len(lines) - done).bit_length() - 1)
        values = [value for line in lines[done : done + size] for value in line]
        connection.execute(_insert_sql(into, columns, size), values)
        done += size


@cache
def _insert_sql(into: str, columns: int, size: int) -> str:
    line = f"({','.join('?' * columns)})"
    return f"{into} VALUES {','.join([line] * size)}"


def joined(seqs: bytes, crcs: bytes | None, bodies: bytes | None) -> list[tuple[int, int, bytes]]:
    """Return (seq, crc, body) of what READ_SQL returned; JSON bodies hold no bare line feed.

    Raises ValueError where the parts do not fit together, as in a damaged file.
    """
    if crcs is None or bodies is None:
        raise ValueError("rows without a body")
    numbers = _INTEGERS.decode(b"[" + seqs + b"]")
    sums = _INTEGERS.decode(b"[" + crcs + b"]")
    return list(zip(numbers, sums, bodies.split(b"\n"), strict=True))
