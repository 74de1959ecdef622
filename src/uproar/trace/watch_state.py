"""What watching remembers of our targets: their last seconds, what is usual for them, and the attacks that are known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from uproar.trace.ours import GROUPS_MAX, I16
from uproar.trace.thinning import Sample
from uproar.trace.traffic import F64, hashed
from uproar.wire.packets.frames import I64, U8, U64

SECONDS: Final = 96  # That are kept of each spot; longer than a flow's packets are counted back.
LEAST_ROOM = 256
FORGOTTEN_MS = 3_600_000  # A spot without traffic for so long makes room for others.
HOURS: Final = 24

# What is measured of each spot in each second.
PACKETS, OCTETS, OPENED, ANSWERED, CONNECTIONS = range(5)
MEASURES: Final = 5
# What a spot is: an address; its /24 or /64; its /20 or /48; a hostgroup.
ONE, NET, WIDER, GROUP = range(4)
NOWHERE: Final = -1
# Room for spots of each level: with all in use they take some 120 MB. What finds none is counted for what is above it.
ROOM: Final = {ONE: 16_384, NET: 4_096, WIDER: 2_048, GROUP: GROUPS_MAX}
SPOTS_MAX: Final = sum(ROOM.values())

I32 = NDArray[np.int32]
F32 = NDArray[np.float32]


@dataclass(slots=True, eq=False)
class Spots:
    """Addresses, prefixes and hostgroups, each column of shape (n, ...), where n is `count` and arrays may have more room.

    hi, lo: the address, or the first of the prefix; of a group, 0 and its number. above: the spots of its /24, /20 and group,
    NOWHERE where it has none. ring: (n, SECONDS, MEASURES), the second s at s % SECONDS. seen_ms: when traffic last came.
    usual, wide: (n, HOURS, MEASURES) mean and variance of log(1 + rate) by hour of day. ticks: (n, HOURS) how many taught it.
    """

    count: int
    level: U8
    hi: U64
    lo: U64
    group: I16
    above: I32
    seen_ms: I64
    ring: F64
    usual: F32
    wide: F32
    ticks: F32


SHAPES: dict[str, tuple[Any, tuple[int, ...]]] = {
    "level": (np.uint8, ()),
    "hi": (np.uint64, ()),
    "lo": (np.uint64, ()),
    "group": (np.int16, ()),
    "above": (np.int32, (3,)),
    "seen_ms": (np.int64, ()),
    "ring": (np.float64, (SECONDS, MEASURES)),
    "usual": (np.float32, (HOURS, MEASURES)),
    "wide": (np.float32, (HOURS, MEASURES)),
    "ticks": (np.float32, (HOURS,)),
}


def no_spots(room: int = LEAST_ROOM) -> Spots:
    """Return room for spots."""
    return Spots(0, **{n: np.zeros((room, *shape), kind) for n, (kind, shape) in SHAPES.items()})


def keys(level: U8, hi: U64, lo: U64) -> U64:
    """Return one number for each spot."""
    return hashed(level, hi, lo)


@dataclass(slots=True, eq=False)
class Known:
    """An attack on one target that has been told: its spot, when it was raised, when last seen, by which vectors."""

    attack: str
    target: str
    of: str  # The hostgroup's name.
    group: int
    spot: int
    raised_ms: int
    from_ms: int
    last_ms: int
    vectors: dict[str, float]
    live: bool


@dataclass(slots=True, eq=False)
class State:
    """All that is remembered. It is used up by `watch.step`, which returns it renewed."""

    now_ms: int = 0
    # The hostgroups that the spots are sorted by: a digest, and their names.
    ours: str = ""
    groups: tuple[str, ...] = ()
    spots: Spots = field(default_factory=no_spots)
    order: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    sorted_keys: U64 = field(default_factory=lambda: np.zeros(0, np.uint64))
    # Rows that are looked at, by the ms at which their second was closed.
    rows: list[tuple[int, Sample]] = field(default_factory=list)
    attacks: list[Known] = field(default_factory=list)
    # Where rules found nothing: until when, and up to which rate, they need not be asked again; when it began to be hot.
    looked: dict[int, tuple[int, float, int]] = field(default_factory=dict)
    taught_tick: int = 0
    told_tick: int = 0
    heard_s: F64 = field(default_factory=lambda: np.zeros(SECONDS))

    def find(self, key: U64) -> I64:
        """Return the spots of those keys, NOWHERE for what is not known."""
        if not len(self.order):
            return np.full(len(key), NOWHERE, np.int64)
        at = np.minimum(np.searchsorted(self.sorted_keys, key), len(self.order) - 1)
        return np.where(self.sorted_keys[at] == key, self.order[at], NOWHERE)

    def index(self) -> None:
        """Make the order anew after spots came or went."""
        p = self.spots
        key = keys(p.level[: p.count], p.hi[: p.count], p.lo[: p.count])
        self.order = np.argsort(key, kind="stable")
        self.sorted_keys = key[self.order]

    def admit(self, level: U8, hi: U64, lo: U64, group: I16, above: I32) -> None:
        """Take new spots, which are not known and differ from each other; the caller has seen to there being room."""
        p = self.spots
        many = p.count + len(hi)
        room = len(p.level)
        if many > room:
            more = max(room, many - room)
            for name, (kind, shape) in SHAPES.items():
                old = getattr(p, name)
                setattr(p, name, np.concatenate([old, np.zeros((more, *shape), kind)]))
        at = slice(p.count, many)
        for name in SHAPES:
            getattr(p, name)[at] = 0
        p.level[at], p.hi[at], p.lo[at], p.group[at], p.above[at] = level, hi, lo, group, above
        p.count = many
        self.index()

    def forget(self, gone: NDArray[np.bool_]) -> None:
        """Let spots go, a mask of shape (n,); the others move up."""
        p = self.spots
        kept = np.flatnonzero(~gone)
        moved = np.full(p.count + 1, NOWHERE, np.int64)
        moved[kept] = np.arange(len(kept))
        for name in SHAPES:
            column = getattr(p, name)
            column[: len(kept)] = column[kept]
        p.count = len(kept)
        p.above[: p.count] = moved[p.above[: p.count]]
        for known in self.attacks:
            known.spot = int(moved[known.spot])
        self.looked = {int(moved[at]): v for at, v in self.looked.items() if moved[at] >= 0}
        self.index()
