"""How do a service's reports usually arrive: by programs, from reporters that are known or new?

Decayed counts of ordinary reports by word, for each service and for all. Shares are shrunk to those
of all services, and these to one: while nothing is known, every report may well come that way, and
no cap is drawn from it.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

POOLED = ""  # The key under which the manners of all services are kept.
KEEP_A_DAY = 0.95  # What a day leaves of a count: half of it is forgotten within two weeks.
WORTH = 100.0  # Reports that the shares of all services are worth to one.
POOL_WORTH = 100.0  # Reports that ignorance is worth to all services.


class Manners(msgspec.Struct):
    """Decayed counts by word, of how many reports, and the day they are of."""

    words: dict[str, float] = {}
    total: float = 0.0
    day: int = 0


def learn(
    kept: dict[str, Manners], service: str, words: Mapping[str, int], count: int, day: int
) -> None:
    """Add ordinary reports of a service."""
    for name in (service, POOLED):
        own = kept.setdefault(name, Manners(day=day))
        if day > own.day:
            keep = KEEP_A_DAY ** min(day - own.day, 365)
            own.words = {word: value * keep for word, value in own.words.items()}
            own.total *= keep
            own.day = day
        for word, more in words.items():
            own.words[word] = own.words.get(word, 0.0) + more
        own.total += count


def share(kept: Mapping[str, Manners], service: str, word: str) -> float:
    """Return the usual share of a service's reports that a word fits, above 0 and at most 1."""
    pool, own = kept.get(POOLED, _NOTHING), kept.get(service, _NOTHING)
    pooled = (pool.words.get(word, 0.0) + POOL_WORTH) / (pool.total + POOL_WORTH)
    return (own.words.get(word, 0.0) + WORTH * pooled) / (own.total + WORTH)


_NOTHING = Manners()
