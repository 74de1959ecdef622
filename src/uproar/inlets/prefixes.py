"""Networks by prefix: which autonomous system announces an address, by longest match.

A file has a prefix and a number a line, "192.0.2.0/24<TAB>64500", or is a `pfx2as` table as CAIDA's
Routeviews gives them, "192.0.2.0<TAB>24<TAB>64500". Nested prefixes are cut into ranges that do not
overlap, so that a look-up is one bisection.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from uproar.errors import NetworksInvalid
from uproar.inlets.addresses import packed

FILE_BYTES_MAX = 200_000_000
ROWS_MAX = 2_500_000  # twice the table of the whole Internet, both protocols
REJECTS_MAX = 20  # lines that are quoted; all are counted
ASN_MAX = 4_294_967_295  # RFC 6793

_V4_BITS = 32
_V6_BITS = 64  # nothing longer than /64 is announced to the world, so half an address suffices


@dataclass(frozen=True)
class _Ranges:
    """Ascending starts, and the number that holds from each to the next; 0 where none does."""

    starts: array[int]
    numbers: array[int]

    def at(self, point: int) -> int:
        index = bisect_right(self.starts, point) - 1
        return self.numbers[index] if index >= 0 else 0


@dataclass(frozen=True)
class Prefixes:
    """A table of prefixes, ready for look-ups; `digest` is of the file (BLAKE2b, 32 hex digits)."""

    v4: _Ranges
    v6: _Ranges
    rows: int
    digest: str

    def number(self, address: bytes) -> int:
        """Return the autonomous system of a packed address, 0 where the table knows none."""
        if len(address) == 4:
            return self.v4.at(int.from_bytes(address, "big"))
        return self.v6.at(int.from_bytes(address[:8], "big"))


@dataclass(frozen=True)
class Rejects:
    """Lines that could not be used: how many, and the first REJECTS_MAX as "line: reason"."""

    count: int
    first: tuple[str, ...]


def load(path: Path) -> tuple[Prefixes, Rejects]:
    """Read a prefix file; raises NetworksInvalid when it is unreadable, too large or has no row."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise NetworksInvalid(f"{path}: more than {FILE_BYTES_MAX} bytes; is it a prefix file?")
        raw = path.read_bytes()
    except OSError as problem:
        raise NetworksInvalid(
            f"{path}: cannot be read ({problem.strerror}); see reports.network_database"
        ) from None
    table, rejects = parse(raw)
    if not table.rows:
        shown = "; ".join(rejects.first[:3]) or "it is empty"
        raise NetworksInvalid(
            f"{path}: no line is a prefix and a number ({shown}); "
            "write 192.0.2.0/24, a tab and 64500"
        )
    return table, rejects


def parse(raw: bytes) -> tuple[Prefixes, Rejects]:
    """Turn the bytes of a prefix file into a table and what was wrong with it.

    Empty lines and lines that begin with "#" are skipped. Of an origin that several systems share
    ("64500_64501") the first counts; of a prefix that stands twice, the last line.
    """
    v4: dict[tuple[int, int], int] = {}
    v6: dict[tuple[int, int], int] = {}
    first: list[str] = []
    count = 0
    for line_number, line in enumerate(raw.splitlines(), 1):
        if not line.strip() or line.startswith(b"#"):
            continue
        if len(v4) + len(v6) >= ROWS_MAX:
            raise NetworksInvalid(f"more than {ROWS_MAX} prefixes; is it a prefix file?")
        row = _row(line.decode("ascii", "replace").split())
        if isinstance(row, str):
            count += 1
            if len(first) < REJECTS_MAX:
                first.append(f"line {line_number}: {row}")
            continue
        bits, start, length, number = row
        (v4 if bits == _V4_BITS else v6)[start, length] = number
    table = Prefixes(
        _flattened(v4, _V4_BITS),
        _flattened(v6, _V6_BITS),
        len(v4) + len(v6),
        hashlib.blake2b(raw, digest_size=16).hexdigest(),
    )
    return table, Rejects(count, tuple(first))


def _row(words: list[str]) -> tuple[int, int, int, int] | str:
    """Return (width, first address, length, number) of a line, or why it cannot be used."""
    if len(words) == 2 and "/" in words[0]:
        words = [*words[0].split("/", 1), words[1]]
    if len(words) != 3:
        return "not a prefix with its length, and a number"
    address = packed(words[0])
    if address is None:
        return "no address"
    width = _V4_BITS if len(address) == 4 else _V6_BITS
    length = _whole(words[1], width)
    if length is None:
        return f"no prefix length from 0 to {width}"
    number = _whole(words[2].removeprefix("AS").replace(",", "_").partition("_")[0], ASN_MAX)
    if not number:
        return f"no autonomous system from 1 to {ASN_MAX}"
    value = int.from_bytes(address[: width // 8], "big")
    return width, value >> (width - length) << (width - length), length, number


def _whole(text: str, most: int) -> int | None:
    """Return a whole number from 0 to `most`, or None."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        return None
    number = int(text)
    return number if number <= most else None


def _flattened(rows: dict[tuple[int, int], int], width: int) -> _Ranges:
    starts = array("Q")
    numbers = array("Q")
    for start, number in _edges(sorted(rows), rows, width):
        if starts and starts[-1] == start:
            starts.pop()
            numbers.pop()
        if not numbers or numbers[-1] != number:
            starts.append(start)
            numbers.append(number)
    return _Ranges(starts, numbers)


def _edges(
    ordered: Iterable[tuple[int, int]], rows: dict[tuple[int, int], int], width: int
) -> Iterator[tuple[int, int]]:
    """Walk the prefixes from left to right, outer before inner; yield each change of the number."""
    open_ends: list[tuple[int, int]] = []  # (end, number), outermost first
    for start, length in ordered:
        while open_ends and open_ends[-1][0] <= start:
            end, _ = open_ends.pop()
            yield end, open_ends[-1][1] if open_ends else 0
        number = rows[start, length]
        yield start, number
        open_ends.append((start + (1 << (width - length)), number))
    while open_ends:
        end, _ = open_ends.pop()
        if end < 1 << width:
            yield end, open_ends[-1][1] if open_ends else 0
