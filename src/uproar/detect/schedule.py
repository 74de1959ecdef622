"""Which checks are due for which probe, at an instant?

A probe looks at a task once in each interval of the task, at a point of the interval that follows from
both names: so a target hears from its probes one after the other, and a probe does not do all at
once. Between two looks lie at least `SPACING_MS`. Who answers 429, or with a wall, is asked more seldom,
twice as long each time; a Retry-After is kept to, beside a failure for some minutes only, for else
an outage could ask us to look away. What fails for one probe is looked at by others, elsewhere, at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from uproar.model.probe import SPACING_MS, Origin, Result, Task
from uproar.model.tick import HOUR_MS, MINUTE_MS

CONFIRMING = 3  # probes elsewhere that are asked about one failure
CONFIRMED_LOOKS = 2  # So many failures in a row ask others; what fails for longer is known.
HOLD_MS_MAX = HOUR_MS
FAILING_HOLD_MS_MAX = 5 * MINUTE_MS
DOUBLINGS_MAX = 6
TOO_MANY = 429  # RFC 6585, 4


class Look(msgspec.Struct):
    """What is remembered of one task at one probe. Instants are milliseconds UTC, 0 for none.

    `since` is when the probe first might look, `asked_at` when it last was asked to; until `hold_until`
    it leaves the target alone, for the `holds`th time in a row; `wanted_at` is when a confirmation was
    asked for, and `bad` counts failures in a row.
    """

    since: int
    asked_at: int = 0
    hold_until: int = 0
    holds: int = 0
    wanted_at: int = 0
    bad: int = 0


def due_at(task: Task, probe: str, look: Look) -> int:
    """Return the instant from which a probe may look at a task again."""
    seen = max(look.asked_at, look.since)
    offset = _share(task.id, probe, task.every_ms)
    regular = seen + 1 + (offset - seen - 1) % task.every_ms
    wanted = regular if not look.wanted_at else min(regular, look.wanted_at)
    rested = look.asked_at + SPACING_MS if look.asked_at else 0
    return max(wanted, rested, look.hold_until)


def due(
    tasks: Sequence[Task], probe: str, looks: Mapping[str, Look], now_ms: int, most: int
) -> tuple[list[Task], int]:
    """Return the tasks that are due, those that have waited longest first, and when the next will be.

    `looks` are by task, and there is one for each. At most `most` are returned; the others are due at once.
    """
    times = sorted((due_at(task, probe, looks[task.id]), task.id, task) for task in tasks)
    ready = [task for at, _, task in times if at <= now_ms]
    later = next((at for at, _, _ in times if at > now_ms), now_ms + HOUR_MS)
    return ready[:most], now_ms if len(ready) > most else later


def asked(look: Look, now_ms: int) -> bool:
    """Note that a probe was asked to look; return whether that is to confirm what another saw."""
    wanted = look.wanted_at != 0
    look.asked_at, look.wanted_at = now_ms, 0
    return wanted


def told(look: Look, result: Result, now_ms: int, every_ms: int) -> bool:
    """Note what a look came to; return whether others should look too."""
    look.bad = look.bad + 1 if result.state == "fails" else 0
    if result.state == "blocked" or result.status == TOO_MANY:
        look.holds = min(look.holds + 1, DOUBLINGS_MAX)
        wait = max(result.wait_s * 1_000, every_ms << look.holds)
        look.hold_until = now_ms + min(wait, HOLD_MS_MAX)
    else:
        look.holds = 0
        look.hold_until = now_ms + min(result.wait_s * 1_000, FAILING_HOLD_MS_MAX)
    return 0 < look.bad <= CONFIRMED_LOOKS


def elsewhere(task: str, reporter: Origin, origins: Iterable[Origin]) -> list[str]:
    """Return the probes to ask about a failure: of other domains, one a domain, in an order by task."""
    mine = domain(reporter)
    chosen: dict[tuple[str, str, str], str] = {}
    others = (one for one in origins if domain(one) != mine)
    for one in sorted(others, key=lambda one: _share(task, one.name, 1 << 30)):
        chosen.setdefault(domain(one), one.name)
    return list(chosen.values())[:CONFIRMING]


def domain(origin: Origin) -> tuple[str, str, str]:
    """Return the failure domain of a probe: what it shares with others that may fail with it."""
    return (origin.network, origin.place, origin.resolver)


def _share(task: str, probe: str, of: int) -> int:
    """Return a number below `of` that follows from both names."""
    digest = hashlib.blake2b(f"{task}\0{probe}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % of
