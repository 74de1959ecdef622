"""Which reports were ordinary? Those after which the service stayed calm for an hour at least.

An outage, or a campaign, begins before its alarm: what came just before must not be learned as usual,
or it would bear itself out. So reports wait by the hour, and are dropped when an alarm is raised.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from uproar.model.tick import TICKS_PER_MINUTE

HOUR_TICKS = 60 * TICKS_PER_MINUTE


class Lot(msgspec.Struct):
    """The reports of one hour: how many, by (network, place), and by the way in which they came."""

    hour: int
    count: int = 0
    cells: dict[tuple[str, str], int] = {}
    manners: dict[str, int] = {}


def wait(
    kept: dict[str, list[Lot]],
    service: str,
    tick: int,
    cells: Mapping[tuple[str, str], int],
    manners: Mapping[str, int],
) -> None:
    """Let the reports of a tick wait."""
    hour = tick // HOUR_TICKS
    lots = kept.setdefault(service, [])
    if not lots or lots[-1].hour != hour:
        lots.append(Lot(hour))
    lot = lots[-1]
    for cell, more in cells.items():
        lot.cells[cell] = lot.cells.get(cell, 0) + more
        lot.count += more
    for word, more in manners.items():
        lot.manners[word] = lot.manners.get(word, 0) + more


def release(kept: dict[str, list[Lot]], service: str, tick: int) -> list[Lot]:
    """Return the reports that have waited for a whole hour, and keep them no longer."""
    lots = kept.get(service, [])
    ready = [lot for lot in lots if lot.hour < tick // HOUR_TICKS - 1]
    if ready:
        del lots[: len(ready)]
    return ready
