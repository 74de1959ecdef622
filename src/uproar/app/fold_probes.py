"""What probes saw, as the fold keeps it: results in, alarms of checks out. No incident rests on it."""

from __future__ import annotations

from uproar.app.fold_state import Design, State
from uproar.detect import lookout, quorum
from uproar.model.incident import Alarm
from uproar.model.series import SeriesKey
from uproar.model.signal import Probed
from uproar.model.tick import TICKS_PER_MINUTE, end_ms

FORGET_TICKS = 60 * TICKS_PER_MINUTE


def take(state: State, result: Probed) -> None:
    """Keep a result for the end of the tick; of services that are not in the catalog none is."""
    if result.control or SeriesKey(result.service) in state.rows:
        lookout.take(state.lookout, result)


def turn(state: State, tick: int, design: Design) -> list[Alarm]:
    """Return the alarms that were raised or cleared by what the tick brought, in a fixed order."""
    now = end_ms(tick)
    alarms = [
        Alarm(
            series=SeriesKey(service, kind="measurement", item=check),
            state=turned,
            at=now,
            onset=standing.onset or (now, now),
            observed=float(standing.failing),
            expected=round(standing.heard * quorum.FALSE_FAILURE, 3),
            score=quorum.surprise(standing.failing, standing.heard),
        )
        for service, check, turned, standing in lookout.settle(state.lookout, now, design.probes)
    ]
    if tick % FORGET_TICKS == 0:
        alarms += [
            Alarm(SeriesKey(service, kind="measurement", item=check), "cleared", now, (now, now), 0.0, 0.0, 0.0)
            for service, check, _ in lookout.forget(state.lookout, now)
        ]  # fmt: skip
    return sorted(alarms, key=lambda alarm: alarm.series)
