"""What one worker gathered within a second, and its bytes: checked when they are read, so that a damaged one is refused whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from uproar.errors import BundleDamaged
from uproar.trace.sums import COLUMNS, KINDS_ALL, REST, VALUE_MAX, Sums
from uproar.trace.thinning import LEVELS, ROWS_MAX, Sample
from uproar.trace.traffic import KINDS, Traffic

VERSION: Final = 1
ENTRIES_MAX = 262_144  # Some 18 MB; beyond, the smallest targets are told by their /20 or /48 only.
TARGETS_MAX = 65_536
BYTES_MAX = 64 << 20
INSTANT_MAX = 1 << 53  # ms


class Counted(msgspec.Struct, frozen=True):
    """What a worker counted beside: flow records, and of them those not of ours, too late, and packets of too late ones."""

    flows: int = 0
    foreign: int = 0
    late_flows: int = 0
    late_packets: float = 0.0

    def __add__(self, other: Counted) -> Counted:
        """Return both together."""
        return Counted(
            self.flows + other.flows,
            self.foreign + other.foreign,
            self.late_flows + other.late_flows,
            self.late_packets + other.late_packets,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """What came within a second: sums of all targets, and the rows that are looked at, which are not yet weighted.

    closed_ms: when it was closed, ms UTC.
    """

    closed_ms: int
    sums: Sums
    sample: Sample
    counted: Counted

    def to_bytes(self) -> bytes:
        """Return the bytes of it, for `of_bytes`."""
        columns = [
            *_packed(self.sums, COLUMNS),
            *_packed(self.sample.rows, KINDS),
            self.sample.hi.tobytes(),
            self.sample.lo.tobytes(),
            self.sample.level.tobytes(),
        ]
        sizes = (len(self.sums), len(self.sample))
        return _ENCODER.encode(_Form(VERSION, self.closed_ms, sizes, self.counted, columns))


class _Form(msgspec.Struct, frozen=True, array_like=True):
    version: int
    closed_ms: int
    sizes: tuple[int, int]
    counted: Counted
    columns: list[bytes]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Form)


def of_bytes(data: bytes) -> Bundle:
    """Return the bundle of these bytes. Raise BundleDamaged for what is none, or does not fit together."""
    if len(data) > BYTES_MAX:
        raise BundleDamaged(f"the bundle has {len(data)} bytes; at most {BYTES_MAX} are read")
    try:
        form = _DECODER.decode(data)
    except msgspec.MsgspecError as error:
        raise BundleDamaged(f"the bundle cannot be read: {error}") from error
    if form.version != VERSION:
        raise BundleDamaged(f"the bundle is of version {form.version}; {VERSION} is read")
    entries, rows = form.sizes
    bounds = ((entries, ENTRIES_MAX), (rows, ROWS_MAX))
    if not all(0 <= many <= most for many, most in bounds) or not 0 <= form.closed_ms < INSTANT_MAX:
        raise BundleDamaged(
            "the bundle tells of more entries or rows, or of a later time, than are kept"
        )
    wanted = [(kind, entries) for kind in COLUMNS.values()]
    wanted += [(kind, rows) for kind in (*KINDS.values(), np.uint64, np.uint64, np.uint8)]
    if [len(each) for each in form.columns] != [np.dtype(k).itemsize * n for k, n in wanted]:
        raise BundleDamaged("the bundle's columns are not as long as it says")
    columns = iter(
        [np.frombuffer(each, kind) for each, (kind, _) in zip(form.columns, wanted, strict=True)]
    )
    sums = Sums(**{name: next(columns) for name in COLUMNS})
    traffic = Traffic(**{name: next(columns) for name in KINDS})
    sample = Sample(traffic, next(columns), next(columns), next(columns))
    _check(sums, sample)
    return Bundle(form.closed_ms, sums, sample, form.counted)


def _packed(table: Any, names: dict[str, Any]) -> list[bytes]:
    return [
        np.ascontiguousarray(getattr(table, name), kind).tobytes() for name, kind in names.items()
    ]


def _check(sums: Sums, sample: Sample) -> None:
    numbers = (sums.packets, sums.octets, sums.packets_slope, sums.octets_slope, sums.flows)
    if not all(_within(each, VALUE_MAX) for each in numbers):
        raise BundleDamaged("the bundle has a sum beyond what can be, or one that is no number")
    if (sums.kind >= KINDS_ALL).any() or (sums.level > REST).any():
        raise BundleDamaged("the bundle has an entry of a kind that there is not")
    if ((sums.second < 0) | (sums.second > INSTANT_MAX // 1000)).any():
        raise BundleDamaged("the bundle has an entry of a time that there is not")
    rows = sample.rows
    counts = (rows.packets, rows.octets, rows.looked)
    if not all(_within(each, VALUE_MAX) and (each >= 0).all() for each in counts):
        raise BundleDamaged("the bundle has a row with a count beyond what can be")
    wrong = (rows.start_ms < 0) | (rows.end_ms < rows.start_ms) | (rows.end_ms > INSTANT_MAX)
    if wrong.any() or (sample.level > LEVELS).any():
        raise BundleDamaged("the bundle has a row of a time or level that there is not")


def _within(values: NDArray[np.float64], most: float) -> bool:
    """Tell whether all are numbers no farther from 0 than that; neither holds for what is no number."""
    return bool((np.abs(values) <= most).all())
