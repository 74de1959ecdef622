"""A table of networks as the bytes of its own file, and back. docs/reference/networks-format.md describes every octet.

The file is mapped into memory and used as it lies there: columns of numbers, no objects, nothing that can be run.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import numpy as np

from uproar.errors import NetworksInvalid
from uproar.model.place import CODES
from uproar.wire.networks.flat import Flat
from uproar.wire.networks.spans import ROWS_MAX, country_code
from uproar.wire.networks.table import Four, Names, Table, Told

MAGIC = b"\x89UPRNET\n"
VERSION = 1
FILE_BYTES_MAX = 2_147_483_648
HEAD_BYTES_MAX = 1_048_576
TEXT_BYTES_MAX = 268_435_456  # All names together.
_DIGEST_AT, _HEAD_AT, _ALIGNED = 16, 32, 64
# Name, type (little-endian) and the longest of each column, in the order of the file.
_COLUMNS: tuple[tuple[str, str, int], ...] = (
    ("four.starts", "<u4", 4 * ROWS_MAX),
    ("four.systems", "<u4", 4 * ROWS_MAX),
    ("four.countries", "<u2", 4 * ROWS_MAX),
    ("six.hi", "<u8", 4 * ROWS_MAX),
    ("six.lo", "<u8", 4 * ROWS_MAX),
    ("six.systems", "<u4", 4 * ROWS_MAX),
    ("six.countries", "<u2", 4 * ROWS_MAX),
    ("names.numbers", "<u4", ROWS_MAX),
    ("names.ends", "<u4", ROWS_MAX),
    ("names.text", "|u1", TEXT_BYTES_MAX),
)
# Columns of one length: these many, then these many, and so on; the last is text.
_ALIKE = (3, 4, 2, 1)


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the table was made of, and how long each column is."""

    sources: tuple[Told, ...]
    lengths: tuple[int, ...]


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(_Head)


def is_kept(begin: bytes) -> bool:
    """Tell by its first octets whether a file is a table of ours."""
    return begin.startswith(MAGIC)


def to_bytes(table: Table) -> bytes:
    """Return a table as the bytes of its file: the same table, the same bytes."""
    four, six, names = table.four, table.six, table.names
    columns: tuple[Any, ...] = (
        four.starts, four.systems, four.countries, six.hi, six.lo, six.systems, six.countries,
        names.numbers, names.ends, np.frombuffer(names.text, np.uint8),
    )  # fmt: skip
    head = _ENCODER.encode(_Head(table.told, tuple(len(each) for each in columns)))
    begin = MAGIC + VERSION.to_bytes(4, "little") + len(head).to_bytes(4, "little")
    body = bytearray(head)
    for (_, kind, _), column in zip(_COLUMNS, columns, strict=True):
        body += bytes(-(_HEAD_AT + len(body)) % _ALIGNED)
        body += np.asarray(column).astype(kind).tobytes()
    return begin + _digest(begin, body) + bytes(body)


def from_bytes(data: bytes | memoryview) -> Table:
    """Return the table that a file's bytes hold, its columns lying in these very bytes.

    Raises NetworksInvalid where they are no such file, of another version, cut or changed.
    """
    view = memoryview(data)
    if len(view) < _HEAD_AT or not is_kept(bytes(view[: len(MAGIC)])):
        raise NetworksInvalid("is no table of networks; `uproar geo build` makes one")
    version = int.from_bytes(view[8:12], "little")
    if version != VERSION:
        raise NetworksInvalid(
            f"is a table of networks of version {version}, and version {VERSION} is read; build it again"
        )
    head_bytes = int.from_bytes(view[12:16], "little")
    if len(view) > FILE_BYTES_MAX or head_bytes > HEAD_BYTES_MAX:
        raise NetworksInvalid("is larger than a table of networks can be; build it again")
    digest = bytes(view[_DIGEST_AT:_HEAD_AT])
    if digest != _digest(bytes(view[:_DIGEST_AT]), view[_HEAD_AT:]):
        raise NetworksInvalid("is cut or was changed: its digest does not fit; build it again")
    try:
        head = _DECODER.decode(view[_HEAD_AT : _HEAD_AT + head_bytes])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NetworksInvalid("has a head that cannot be read; build it again") from None
    return _checked(_laid_out(view, head, head_bytes), head.sources, digest.hex())


def _digest(begin: bytes, body: bytes | bytearray | memoryview) -> bytes:
    found = hashlib.blake2b(begin, digest_size=_HEAD_AT - _DIGEST_AT)
    found.update(body)
    return found.digest()


def _laid_out(view: memoryview, head: _Head, head_bytes: int) -> list[Any]:
    if len(head.lengths) != len(_COLUMNS):
        raise NetworksInvalid("has another number of columns than it should; build it again")
    at, columns = _HEAD_AT + head_bytes, []
    for (name, kind, most), length in zip(_COLUMNS, head.lengths, strict=True):
        at += -at % _ALIGNED
        end = at + length * np.dtype(kind).itemsize
        if not 0 <= length <= most or end > len(view):
            raise NetworksInvalid(f"has a column {name} longer than it can be; build it again")
        columns.append(np.frombuffer(view[at:end], kind))
        at = end
    return columns


def _checked(columns: list[Any], told: tuple[Told, ...], digest: str) -> Table:
    """Return the table, after what look-ups rely on was checked: who has the digest may still have written nonsense."""
    begin = 0
    for alike in _ALIKE:
        if len({len(each) for each in columns[begin : begin + alike]}) != 1:
            raise NetworksInvalid("has columns that should be of one length; build it again")
        begin += alike
    starts, systems, countries, hi, lo, six_systems, six_countries, numbers, ends, text = columns
    rising = len(starts) > 0 and starts[0] == 0 and bool((starts[1:] > starts[:-1]).all())
    rising &= len(hi) > 0 and hi[0] == 0 and lo[0] == 0
    after = (hi[1:] > hi[:-1]) | ((hi[1:] == hi[:-1]) & (lo[1:] > lo[:-1]))
    rising &= bool(after.all()) and bool((numbers[1:] > numbers[:-1]).all())
    rising &= bool((ends[1:] >= ends[:-1]).all())
    rising &= len(ends) == 0 or int(ends[-1]) <= len(text)
    if not rising:
        raise NetworksInvalid("has rows that are not in order; build it again")
    codes = np.union1d(countries, six_countries).tolist()
    if any(code and country_code(code) not in CODES for code in codes):
        raise NetworksInvalid("has a country that is none; build it again")
    return Table(
        told,
        Four(starts, systems, countries),
        Flat(hi, lo, six_systems, six_countries),
        Names(numbers, ends, memoryview(text)),
        digest,
    )
