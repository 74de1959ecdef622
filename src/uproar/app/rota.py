"""Which probe is to look at what, live: the schedule with its memory, and what probes saw last.

The schedule itself is `detect.schedule`; here is what it remembers, for the loop that serves alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from uproar.app.fold_state import State
from uproar.detect import schedule
from uproar.detect.schedule import Look
from uproar.model.probe import ORDERS_MAX, PAUSE_MS_MAX, Order, Origin, Result, Task, Work

PAUSE_MS_MIN = 200


class Rota:
    """Hands out work. `now` times are milliseconds UTC of the observatory's clock."""

    def __init__(
        self, tasks: Sequence[Task], origins: Iterable[Origin], controls: Sequence[str]
    ) -> None:
        self._tasks = {task.id: task for task in tasks}
        self._origins = {origin.name: origin for origin in origins}
        self._controls = tuple(controls)
        self._looks: dict[str, dict[str, Look]] = {name: {} for name in self._origins}

    def remember(self, state: State) -> None:
        """Take over when each probe last looked, so that a restart does not make it look twice."""
        for task in self._tasks.values():
            checked = state.lookout.checks.get(task.service, {}).get(task.url)
            for name, latest in {} if checked is None else checked.latest.items():
                if name in self._looks:
                    self._looks[name][task.id] = Look(latest.at, asked_at=latest.at)

    def hand_out(self, name: str, now: int) -> Work:
        """Return what a probe is to do now, and note that it was asked to."""
        looks = self._looks[name]
        for task in self._tasks:
            if task not in looks:
                looks[task] = Look(now)
        tasks = list(self._tasks.values())
        ready, next_at = schedule.due(tasks, name, looks, now, ORDERS_MAX)
        orders = tuple(
            Order(task.id, task.url, task.expect, again=schedule.asked(looks[task.id], now))
            for task in ready
        )
        pause_ms = min(max(next_at - now, PAUSE_MS_MIN), PAUSE_MS_MAX)
        return Work(orders, self._controls if orders else (), pause_ms)

    def noted(self, origin: Origin, result: Result, now: int) -> None:
        """Note what a look came to, and ask for confirmations elsewhere where it calls for them."""
        task = self._tasks.get(result.task)
        look = self._looks.get(origin.name, {}).get(result.task)
        if task is None or look is None:
            return
        if not schedule.told(look, result, now, task.every_ms):
            return
        for name in schedule.elsewhere(task.id, origin, self._origins.values()):
            other = self._looks[name].setdefault(task.id, Look(now))
            other.wanted_at = other.wanted_at or now
