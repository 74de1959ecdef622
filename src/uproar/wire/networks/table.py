"""A table of networks and countries, ready for look-ups over arrays of addresses."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from uproar.wire.networks.flat import Flat, flattened, merged
from uproar.wire.networks.spans import MAPPED_HIGH, U16, U32, U64, Flag, Spans, is_four

I64 = NDArray[np.int64]
_LOW = np.uint64(0xFFFF_FFFF)
_SHIFT = np.uint64(32)
_BLOCKS = 1 << 24  # The /24s of IPv4.


class Told(msgspec.Struct, frozen=True):
    """A source of a table: what it is called, its day (ISO 8601, empty if not known), and on what terms it may be used.

    `rows` were taken; `aside` counts those that were not, by reason; `several` rows name more than one network, of which the
    first was taken.
    """

    name: str
    form: str
    date: str = ""
    licence: str = ""
    attribution: str = ""
    rows: int = 0
    several: int = 0
    aside: dict[str, int] = {}


class Source(msgspec.Struct, frozen=True):
    """What one source says: its stretches of addresses and the names of networks."""

    told: Told
    spans: Spans
    names: dict[int, str]


@dataclass(frozen=True, slots=True, eq=False)
class Four:
    """IPv4: ascending starts of shape (m,), the first of them 0, and what holds from each to the next; 0 is not known.

    `rows` is of shape (2^24,) where there is one: for each /24 the row that holds its first address.
    """

    starts: U32
    systems: U32
    countries: U16
    rows: NDArray[np.int32] | None = None

    def places(self, address: U32) -> I64:
        """Return for each address the row that holds it."""
        if self.rows is None:
            row: I64 = np.searchsorted(self.starts, address, side="right").astype(np.int64) - 1
            return row
        found = self.rows[address >> np.uint32(8)]
        after = np.minimum(found + 1, len(self.starts) - 1)
        # Where a row begins within the /24, at or before the address, the /24's first row is not the answer.
        unsure = np.flatnonzero((self.starts[after] <= address) & (after > found))
        found[unsure] = np.searchsorted(self.starts, address[unsure], side="right") - 1
        rows: I64 = found.astype(np.int64)
        return rows


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """The names of networks: ascending numbers of shape (k,), where in `text` (UTF-8) the name of each ends."""

    numbers: U32
    ends: U32
    text: bytes | memoryview

    def of(self, number: int) -> str:
        """Return a network's name, empty where it has none."""
        at = bisect_left(self.numbers, number)
        if at == len(self.numbers) or self.numbers[at] != number:
            return ""
        begin = int(self.ends[at - 1]) if at else 0
        return bytes(self.text[begin : int(self.ends[at])]).decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Networks and countries of addresses; `digest` is that of its file, 32 hex digits, empty before it is kept."""

    told: tuple[Told, ...]
    four: Four
    six: Flat
    names: Names
    digest: str = ""

    @property
    def has_countries(self) -> bool:
        """Tell whether it says of any address in which country it is."""
        return bool(self.four.countries.any() or self.six.countries.any())

    def systems(self, hi: U64, lo: U64) -> I64:
        """Return the numbers of networks, 0 where not known."""
        return self._column(hi, lo, self.four.systems, self.six.systems)

    def countries(self, hi: U64, lo: U64) -> I64:
        """Return countries as numbers (see `spans.country_code`), 0 where not known."""
        return self._column(hi, lo, self.four.countries, self.six.countries)

    def one(self, address: bytes) -> tuple[int, int]:
        """Return network and country of one packed address."""
        number = int.from_bytes(address, "big")
        if len(address) == 4 or is_four(number):
            row = int(self.four.places(np.array([number & 0xFFFF_FFFF], np.uint32))[0])
            return int(self.four.systems[row]), int(self.four.countries[row])
        hi, lo = divmod(number, 1 << 64)
        row = int(self.six.places(np.array([hi], np.uint64), np.array([lo], np.uint64))[0])
        return int(self.six.systems[row]), int(self.six.countries[row])

    def indexed(self) -> Table:
        """Return the same table with a row for each /24: 64 MB more, and look-ups are several times as fast."""
        blocks = np.arange(_BLOCKS, dtype=np.uint32) << np.uint32(8)
        rows = np.searchsorted(self.four.starts, blocks, side="right") - 1
        return replace(self, four=replace(self.four, rows=rows.astype(np.int32)))

    def _column(
        self,
        hi: U64,
        lo: U64,
        four: NDArray[np.unsignedinteger],
        six: NDArray[np.unsignedinteger],
    ) -> I64:
        mapped: Flag = (hi == 0) & (lo >> _SHIFT == MAPPED_HIGH)
        if mapped.all():
            return four[self.four.places((lo & _LOW).astype(np.uint32))].astype(np.int64)
        found = np.zeros(len(hi), np.int64)
        found[mapped] = four[self.four.places((lo[mapped] & _LOW).astype(np.uint32))]
        others = ~mapped
        found[others] = six[self.six.places(hi[others], lo[others])]
        return found


def table(sources: list[Source]) -> Table:
    """Return what all sources know together; of what several know, the first of them is right."""
    fours, sixes = [], []
    names: dict[int, str] = {}
    for source in sources:
        mapped = (source.spans.first_hi == 0) & (source.spans.first_lo >> _SHIFT == MAPPED_HIGH)
        fours.append(_from_zero(flattened(source.spans.take(mapped))))
        sixes.append(flattened(source.spans.take(~mapped)))
        names = source.names | names
    four, six = merged(fours), merged(sixes)
    starts = four.lo.astype(np.uint32)
    known = np.union1d(four.systems, six.systems)
    return Table(
        tuple(each.told for each in sources),
        Four(starts, four.systems, four.countries),
        six,
        _names({number: names[number] for number in known.tolist() if names.get(number)}),
    )


def _from_zero(mapped: Flat) -> Flat:
    """Return rows of IPv4 by their 32 bits, without what lies before and behind all of IPv4."""
    inside = (mapped.hi == 0) & (mapped.lo >> _SHIFT == MAPPED_HIGH)
    first = np.zeros(1, np.uint64)
    lo = mapped.lo[inside] & _LOW
    if len(lo) and lo[0] == 0:
        return Flat(mapped.hi[inside], lo, mapped.systems[inside], mapped.countries[inside])
    return Flat(
        np.concatenate([first, mapped.hi[inside]]),
        np.concatenate([first, lo]),
        np.concatenate([np.zeros(1, np.uint32), mapped.systems[inside]]),
        np.concatenate([np.zeros(1, np.uint16), mapped.countries[inside]]),
    )


def _names(names: dict[int, str]) -> Names:
    numbers = sorted(names)
    texts = [names[number].encode() for number in numbers]
    lengths = np.array([len(each) for each in texts], np.int64)
    return Names(
        np.array(numbers, np.uint32), np.cumsum(lengths).astype(np.uint32), b"".join(texts)
    )
