"""Which reports count? One a reporter, service and incident, and no network more than its share.

A report that does not count is kept in the journal all the same, and the page says how many were
set aside and why. Two rules, both bounded:

*   `repeat`: the reporter has counted for this service since `since_tick` (the onset of the open
    incident, the end of the last one, or six hours ago, whichever is latest).
*   `network-cap`: within a quarter of an hour one network may bring at most half of what counts for
    a service, beyond the first hundred. (Services that are access networks themselves are given a
    share of 1, for there nearly all reports come from one network.)
"""

from __future__ import annotations

import msgspec

from uproar.model.signal import Report
from uproar.model.tick import TICKS_PER_DAY, TICKS_PER_MINUTE

QUIET_WINDOW_TICKS = 6 * 60 * TICKS_PER_MINUTE
CAP_WINDOW_TICKS = 15 * TICKS_PER_MINUTE
NETWORK_FREE = 100
NETWORK_SHARE = 0.5
MEMORY_TICKS = 2 * TICKS_PER_DAY  # A reporter's key lives one day, so older memories match nothing.
NETWORKS_MAX = 100_000  # Networks told apart within a quarter of an hour; the rest are not capped.
REPORTERS_MAX = (
    1_000_000  # Reporters remembered for one service; beyond it the oldest are forgotten.
)


class Design(msgspec.Struct, frozen=True):
    """How many reports of one network count: `network_free` always, then `network_share` of all."""

    network_free: int = NETWORK_FREE
    network_share: float = NETWORK_SHARE


class Memory(msgspec.Struct):
    """What one service remembers of its reporters: the tick at which each last counted or voted.

    Ticks never decrease, so insertion order is age. `by_network` and `total` are counts within the
    window `window` (a number of quarter hours).
    """

    counted: dict[str, int] = {}
    voted: dict[str, int] = {}
    window: int = -1
    total: int = 0
    by_network: dict[str, int] = {}


class Tallies(msgspec.Struct):
    """What one tick brought for one service.

    `cells` counts by (network, place) and `manners` by how reports came (`detect/manners`).
    """

    counted: int = 0
    works: int = 0
    places: dict[str, int] = {}
    symptoms: dict[str, int] = {}
    networks: dict[str, int] = {}
    set_aside: dict[str, int] = {}
    cells: dict[tuple[str, str], int] = {}
    manners: dict[str, int] = {}


def count(
    memory: Memory, report: Report, tick: int, since_tick: int, tallies: Tallies, design: Design
) -> None:
    """Take one report of a service into its tallies, or set it aside. Changes both in place."""
    if report.works:
        if _is_repeat(memory.voted, report.reporter, since_tick):
            _add(tallies.set_aside, "repeat")
            return
        _remember(memory.voted, report.reporter, tick)
        tallies.works += 1
        return

    if _is_repeat(memory.counted, report.reporter, since_tick):
        _add(tallies.set_aside, "repeat")
        return
    if not _has_room(memory, report.network, tick, design):
        _add(tallies.set_aside, "network-cap")
        return
    _remember(memory.counted, report.reporter, tick)
    tallies.counted += 1
    _add(tallies.places, report.place)
    _add(tallies.symptoms, report.symptom)
    if report.network:
        _add(tallies.networks, report.network)


def forget(memory: Memory, tick: int) -> None:
    """Drop what is too old to match anything, and the oldest beyond the bound."""
    for seen in (memory.counted, memory.voted):
        stale = []
        for reporter, at_tick in seen.items():
            if at_tick >= tick - MEMORY_TICKS:
                break
            stale.append(reporter)
        for reporter in stale:
            del seen[reporter]
    if tick // CAP_WINDOW_TICKS != memory.window:
        memory.by_network.clear()


def _is_repeat(seen: dict[str, int], reporter: str, since_tick: int) -> bool:
    return reporter != "" and seen.get(reporter, -1) >= since_tick


def _remember(seen: dict[str, int], reporter: str, tick: int) -> None:
    if not reporter:
        return
    seen.pop(reporter, None)
    seen[reporter] = tick
    if len(seen) > REPORTERS_MAX:
        del seen[next(iter(seen))]


def _has_room(memory: Memory, network: str, tick: int, design: Design) -> bool:
    window = tick // CAP_WINDOW_TICKS
    if window != memory.window:
        memory.window = window
        memory.total = 0
        memory.by_network.clear()
    if network and (network in memory.by_network or len(memory.by_network) < NETWORKS_MAX):
        so_far = memory.by_network.get(network, 0)
        if so_far >= max(design.network_free, design.network_share * (memory.total + 1)):
            return False
        memory.by_network[network] = so_far + 1
    memory.total += 1
    return True


def _add(tallies: dict[str, int], key: str) -> None:
    tallies[key] = tallies.get(key, 0) + 1
