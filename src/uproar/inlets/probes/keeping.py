"""Results into the journal: each once, with the place that the settings give its probe."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from uproar.errors import IdempotencyConflict, SignalInvalid
from uproar.model.probe import CLOCK_OFF, CONTROL, NOTES_MAX, Origin, Result, Taken, Task
from uproar.model.signal import Probed
from uproar.model.tick import DAY_MS, MINUTE_MS
from uproar.ports import Journal

CLOCK_MS_MAX = 5_000  # A clock that is off by more is put right, and the result says so.
# Results that one probe may bring at once, after it was cut off for long; and what it may bring all the
# time, for each address that it is asked to look at. More is no probe that does as it is told.
BACKLOG_MAX = 12_000
A_MINUTE_MAX = 6
OLD_MS_MAX = DAY_MS  # The journal knows a result that comes twice for so long.


class Keeper:
    """Keeps results of all probes. `noted(origin, result)` is told of each that is new.

    `tasks` are those that are asked for, by id, `controls` the addresses of the controls; results of
    anything else are rejected. `rejected` counts by reason since the start.
    """

    def __init__(
        self,
        journal: Journal,
        tasks: Mapping[str, Task],
        controls: Sequence[str],
        *,
        wall_ms: Callable[[], int],
        noted: Callable[[Origin, Result], None],
    ) -> None:
        self._journal = journal
        self._tasks = tasks
        self._controls = frozenset(controls)
        self._wall_ms = wall_ms
        self._noted = noted
        self._room: dict[str, tuple[float, int]] = {}
        self.rejected: Counter[str] = Counter()

    async def keep(self, origin: Origin, results: Sequence[Result], ahead_ms: int = 0) -> Taken:
        """Append results; return when all are on disk. `ahead_ms` is how far the probe's clock is ahead.

        Raises JournalError; what is on disk by then is known when it is sent again.
        """
        now = self._wall_ms()
        wanted = [one for one in results if self._is_wanted(one, now, ahead_ms)]
        wanted = self._within_bounds(origin.name, wanted, now)
        repeated = await asyncio.gather(
            *(self._append(origin, one, now, ahead_ms) for one in wanted)
        )
        kept = [known for known in repeated if known is not None]
        return Taken(
            accepted=kept.count(False),
            repeated=kept.count(True),
            rejected=len(results) - len(kept),
        )

    def _is_wanted(self, result: Result, now: int, ahead_ms: int) -> bool:
        at = result.measured_at - (ahead_ms if abs(ahead_ms) > CLOCK_MS_MAX else 0)
        why = ""
        if result.control and result.control not in self._controls:
            why = "unknown-control"
        elif not result.control and result.task not in self._tasks:
            why = "unknown-task"  # The settings have changed since it was handed out.
        elif at < now - OLD_MS_MAX:
            why = "too-old"
        elif at > now + CLOCK_MS_MAX:
            why = "from-the-future"
        if why:
            self.rejected[why] += 1
        return not why

    def _within_bounds(self, name: str, wanted: list[Result], now: int) -> list[Result]:
        """Return as many results as a probe may bring by now; the others are rejected."""
        room, at = self._room.get(name, (float(BACKLOG_MAX), now))
        addresses = len(self._tasks) + len(self._controls)
        room += max(0, now - at) * addresses * A_MINUTE_MAX / MINUTE_MS
        taken = wanted[: int(min(room, BACKLOG_MAX))]
        self._room[name] = (min(room, BACKLOG_MAX) - len(taken), now)
        if len(taken) < len(wanted):
            self.rejected["too-many"] += len(wanted) - len(taken)
        return taken

    async def _append(self, origin: Origin, result: Result, now: int, ahead_ms: int) -> bool | None:
        """Append one result; return whether it was known, None where it cannot be kept."""
        key = f"probe\0{origin.name}\0{result.task}\0{result.control}\0{result.measured_at}"
        once = hashlib.blake2b(key.encode(), digest_size=16).digest()
        try:
            receipt = await self._journal.append(self._signal(origin, result, now, ahead_ms), once)
        except IdempotencyConflict:
            return True  # Sent again, its clock put right by a little more or less than before.
        except SignalInvalid:
            self.rejected["invalid"] += 1
            return None
        if not receipt.repeated:
            self._noted(origin, result)
        return receipt.repeated

    def _signal(self, origin: Origin, result: Result, now: int, ahead_ms: int) -> Probed:
        is_off = abs(ahead_ms) > CLOCK_MS_MAX
        task = self._tasks.get(result.task)
        notes = (*result.notes[: NOTES_MAX - 1], CLOCK_OFF) if is_off else result.notes
        return Probed(
            at=0,
            service=CONTROL if task is None else task.service,
            check=result.control if task is None else task.url,
            probe=origin.name,
            state=result.state,
            step=result.step,
            layer=result.layer,
            side=result.side,
            failure=result.failure,
            status=result.status,
            answered=result.answered,
            fingerprint=result.fingerprint,
            place=origin.place,
            network=origin.network,
            resolver=origin.resolver,
            family=result.family,
            took_ms=result.took_ms,
            control=bool(result.control),
            again=result.again,
            measured_at=min(result.measured_at - (ahead_ms if is_off else 0), now),
            notes=notes,
        )
