"""Where the ticks of an axis go, and what is written beside them."""

from __future__ import annotations

from dataclasses import dataclass

from uproar.model.tick import DAY_MS, MINUTE_MS
from uproar.present import figures
from uproar.present.instants import AXIS_STEPS, clock, short_day

LEAST_TOP = 4  # An axis of counts reaches at least this far, or a single report would fill it.
LINES = 4  # Most grid lines above zero.
TIMES = 9  # Most labels on an axis of time.
EDGE = 0.03  # Labels nearer to an end of the axis than this part of it would be cut off.


@dataclass(frozen=True, slots=True)
class Counts:
    """An axis of counts from zero to `top`, with grid lines at `lines`."""

    top: float
    lines: tuple[int, ...]

    def labels(self) -> tuple[str, ...]:
        """Return what is written at the lines, the unit at the uppermost."""
        return tuple(figures.count(line) for line in self.lines)


@dataclass(frozen=True, slots=True)
class TimeTick:
    """A label on an axis of time. `minor` ones are left out where there is little room."""

    at: int
    text: str
    minor: bool
    midnight: bool


def counts(largest: float) -> Counts:
    """Return the axis for counts up to `largest`: zero is on it, its lines are round numbers."""
    top = max(float(largest), LEAST_TOP)
    power = 1
    while power * 10 <= top:
        power *= 10
    step = next(
        size
        for size in (power // 5, power // 2, power, power * 2, power * 5)
        if size >= 1 and top / size <= LINES
    )
    return Counts(top, tuple(range(step, int(top) + 1, step)))


def times(from_at: int, until_at: int) -> tuple[TimeTick, ...]:
    """Return the labels of an axis of time, at round times UTC; midnight is written as the day."""
    length = max(until_at - from_at, MINUTE_MS)
    step = next((size for size in AXIS_STEPS if length / size <= TIMES), AXIS_STEPS[-1])
    first = -(-from_at // step) * step
    ticks = []
    for at in range(first, until_at + 1, step):
        fraction = (at - from_at) / length
        if EDGE <= fraction <= 1 - EDGE:
            midnight = at % DAY_MS == 0
            text = short_day(at) if midnight else clock(at)
            ticks.append(TimeTick(at, text, at // step % 2 == 1, midnight))
    return tuple(ticks)
