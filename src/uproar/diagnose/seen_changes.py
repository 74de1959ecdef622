"""What was changed before it began, by the word of those who change it: deployments, configurations, maintenance.

What came after the onset is an answer to it and left out. A diary that nobody writes in any more does not say that
nothing was changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from uproar.diagnose.facts import ChangeFact

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
CHANGES_MAX = 20  # The nearest to the onset.
ALIVE_MS = 14 * 24 * HOUR_MS  # A diary that was silent for longer before the onset says nothing.
# So long before an onset a change is told of: names, certificates and maintenance show late.
REACH_MS = 6 * HOUR_MS
REACH_LONG_MS = 24 * HOUR_MS
_LONG = frozenset({"maintenance", "dns", "cert"})
_MADE = frozenset({"started", "finished", "failed"})

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "deploy": "deploy",
        "rollback": "rollback",
        "flag": "flag",
        "config": "config-change",
        "maintenance": "maintenance",
        "cert": "cert-rotation",
        "dns": "dns-change",
        "bgp": "bgp-change",
    }
)
# Work that `infra` and `maintenance` stand for, by the beginning of a word of its title.
_TITLES: tuple[tuple[str, str], ...] = (
    ("migrat", "migration"),
    ("failover", "failover"),
    ("switchover", "failover"),
    ("capacity", "capacity-change"),
    ("scal", "capacity-change"),
    ("resiz", "capacity-change"),
)


class Made(msgspec.Struct, frozen=True):
    """One entry of the diary: from when to when (milliseconds UTC), its kind and state as `model.signal` has them."""

    ref: str
    what: str
    state: str
    begins: int
    ends: int
    planned: bool = False
    title: str = ""


def kind(made: Made) -> str:
    """Return the word of the taxonomy for a change."""
    if made.what in {"infra", "maintenance", "other"}:
        for word in made.title.lower().replace("-", " ").split():
            for begins, name in _TITLES:
                if word.startswith(begins):
                    return name
    return _KINDS.get(made.what, "other")


def before(
    entries: Iterable[Made], onset: tuple[int, int], last_told: int | None
) -> tuple[tuple[ChangeFact, str], ...] | None:
    """Return the changes before an onset with their references, nearest first; None where nobody told of any.

    `last_told` is when the diary was last written in before the latest onset, None if it never was.
    """
    if last_told is None or onset[0] - last_told > ALIVE_MS:
        return None
    middle = (onset[0] + onset[1]) // 2
    found = []
    for made in entries:
        minutes = _minutes(made, onset, middle)
        if minutes is not None:
            found.append((ChangeFact(kind(made), minutes), made.ref))
    found.sort(key=lambda pair: (pair[0].minutes_before or 0.0, pair[0].kind, pair[1]))
    return tuple(found[:CHANGES_MAX])


def _minutes(made: Made, onset: tuple[int, int], middle: int) -> float | None:
    """Return how many minutes before the middle of the onset a change ended, None if it does not count."""
    only_planned = made.planned and made.state == "planned"
    if made.begins > onset[1] or not (made.state in _MADE or only_planned):
        return None
    if made.ends >= middle:
        return 0.0
    # Of a window that was over before, and merely planned, nobody said that it was used.
    # One that ended within the bracket of the onset lies before its middle, which counts.
    reach = 0 if only_planned else REACH_LONG_MS if made.what in _LONG else REACH_MS
    if onset[0] - made.ends > reach:
        return None
    return round(max(0.0, (middle - made.ends) / MINUTE_MS), 1)
