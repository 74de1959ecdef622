"""Which networks came here in the last four weeks? A Bloom filter a day, of keyed hashes: no address is kept, and none can be read out.

Networks are /24s and /48s, and autonomous systems. Hashes are SipHash-2-4 (Aumasson and Bernstein, 2012) with a key of the
observatory's own: without it nobody can ask. A filter (Bloom, 1970) never forgets a network of its day; it takes
one for known that did not come with a probability of `false_share`, below one in a thousand up to `NETWORKS_A_DAY`.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from uproar.errors import BadInput
from uproar.trace.addresses import prefixes
from uproar.trace.traffic import F64
from uproar.wire.packets.frames import I64, U64

DAYS = 28
DAYS_LEAST = 2  # A network is known that came on so many of the days: once is chance, or an attack.
LEARNED_LEAST = 3  # Days that hold anything; of fewer nothing is said.
NETWORKS_A_DAY = 500_000  # More are not taken in: the filter would say yes to everything.
BITS = 1 << 23  # A day, one MiB; 28 of them are what a service or an observatory takes.
PROBES = 10  # Bits set for each network.
KEY_BYTES = 16
_SYSTEM = (1 << 64) - 1  # No prefix ends with these bits: so hashes of systems are no prefix's.
_WORDS = BITS // 64

Hashes = U64
Words = NDArray[np.uint64]


def of_addresses(hi: U64, lo: U64, key: bytes) -> Hashes:
    """Return a hash for the /24 or /48 of each address."""
    return siphash(*prefixes(hi, lo), key)


def of_systems(numbers: I64, key: bytes) -> Hashes:
    """Return a hash for each autonomous system."""
    return siphash(numbers.astype(np.uint64), np.full(len(numbers), _SYSTEM, np.uint64), key)


def siphash(first: U64, second: U64, key: bytes) -> Hashes:
    """Return SipHash-2-4 of 16 octets each: two words, as they lie in memory in little-endian order. The key has 16 octets."""
    if len(key) != KEY_BYTES:
        raise BadInput(f"a key has {KEY_BYTES} octets, not {len(key)}")
    k0, k1 = (np.uint64(int.from_bytes(key[at : at + 8], "little")) for at in (0, 8))
    v = [
        np.full(len(first), k0 ^ np.uint64(0x736F6D6570736575)),
        np.full(len(first), k1 ^ np.uint64(0x646F72616E646F6D)),
        np.full(len(first), k0 ^ np.uint64(0x6C7967656E657261)),
        np.full(len(first), k1 ^ np.uint64(0x7465646279746573)),
    ]
    length = np.full(len(first), np.uint64(16) << np.uint64(56))
    for word in (first.astype(np.uint64), second.astype(np.uint64), length):
        v[3] = v[3] ^ word
        _rounds(v, 2)
        v[0] = v[0] ^ word
    v[2] = v[2] ^ np.uint64(0xFF)
    _rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _rounds(v: list[U64], count: int) -> None:
    for _ in range(count):
        v[0] = v[0] + v[1]
        v[2] = v[2] + v[3]
        v[1] = _left(v[1], 13) ^ v[0]
        v[3] = _left(v[3], 16) ^ v[2]
        v[0] = _left(v[0], 32)
        v[2] = v[2] + v[1]
        v[0] = v[0] + v[3]
        v[1] = _left(v[1], 17) ^ v[2]
        v[3] = _left(v[3], 21) ^ v[0]
        v[2] = _left(v[2], 32)


def _left(value: U64, by: int) -> U64:
    return value << np.uint64(by) | value >> np.uint64(64 - by)


class Familiar:
    """The filters of the last `DAYS` days, by day since the epoch (UTC)."""

    def __init__(self) -> None:
        self._days: dict[int, Words] = {}

    @property
    def days(self) -> tuple[int, ...]:
        """The days that hold anything, the oldest first."""
        return tuple(sorted(self._days))

    def add(self, day: int, hashes: Hashes) -> int:
        """Take in networks that came on a day, and forget days that are too old by it; return how many there was no room for."""
        newest = max([day, *self._days])
        for old in [each for each in self._days if each <= newest - DAYS]:
            del self._days[old]
        if day <= newest - DAYS or not len(hashes):
            return 0
        words = self._days.setdefault(day, np.zeros(_WORDS, np.uint64))
        room = NETWORKS_A_DAY - int(_held(words))
        fresh = np.unique(hashes)
        fresh = fresh[~_has(words, fresh)]
        taken = fresh[: max(room, 0)]
        places = _places(taken).ravel()
        np.bitwise_or.at(words, places >> np.uint64(6), np.uint64(1) << (places & np.uint64(63)))
        return len(fresh) - len(taken)

    def share(
        self, hashes: Hashes, weights: F64, day: int, days_least: int = DAYS_LEAST
    ) -> float | None:
        """Return how much of the weight is of networks that came on so many of the `DAYS` before `day`; None where too few days are known."""
        before = [words for each, words in self._days.items() if day - DAYS <= each < day]
        total = float(weights.sum())
        if len(before) < max(LEARNED_LEAST, days_least) or total <= 0:
            return None
        names, place = np.unique(hashes, return_inverse=True)
        places = _places(names)
        came = np.zeros(len(names), np.int64)
        for words in before:
            came += _set(words, places)
        known = (came >= days_least)[place]
        return float(weights[known].sum() / total)

    def networks(self, day: int) -> int:
        """Return about how many networks came on a day."""
        return round(_held(self._days[day])) if day in self._days else 0

    def false_share(self, day: int) -> float:
        """Return how probable it is that a network that did not come on that day is taken for one that did."""
        words = self._days.get(day)
        return 0.0 if words is None else float(_filled(words) ** PROBES)

    def merge(self, other: Self) -> None:
        """Take in what another knows, day by day; both have to have the same key."""
        for day, words in other._days.items():
            mine = self._days.setdefault(day, np.zeros(_WORDS, np.uint64))
            mine |= words
        newest = max(self._days, default=0)
        for old in [each for each in self._days if each <= newest - DAYS]:
            del self._days[old]

    def day_bytes(self, day: int) -> bytes:
        """Return the filter of a day as octets, in little-endian order."""
        return self._days[day].astype("<u8").tobytes()

    def take(self, day: int, octets: bytes) -> None:
        """Take up a day as `day_bytes` gave it; raise BadInput where the octets are no filter."""
        if len(octets) != _WORDS * 8:
            raise BadInput(f"a day of networks has {_WORDS * 8} octets, not {len(octets)}")
        self._days[day] = np.frombuffer(octets, "<u8").astype(np.uint64)


def _places(hashes: Hashes) -> U64:
    """Return the bits of each, shape (n, PROBES): double hashing (Kirsch and Mitzenmacher, 2006) with both halves of the hash."""
    step = (hashes >> np.uint64(32)) | np.uint64(1)
    times = np.arange(PROBES, dtype=np.uint64)
    return (hashes[:, None] + times * step[:, None]) & np.uint64(BITS - 1)


def _set(words: Words, places: U64) -> NDArray[np.bool_]:
    bits = words[places >> np.uint64(6)] >> (places & np.uint64(63)) & np.uint64(1)
    found: NDArray[np.bool_] = bits.astype(np.bool_).all(axis=1)
    return found


def _has(words: Words, hashes: Hashes) -> NDArray[np.bool_]:
    return _set(words, _places(hashes))


def _filled(words: Words) -> float:
    return float(np.unpackbits(words.view(np.uint8)).mean())


def _held(words: Words) -> float:
    """Return how many networks make a filter so full (Swamidass and Baldi, 2007)."""
    return -BITS / PROBES * float(np.log(max(1 - _filled(words), 1e-9)))
