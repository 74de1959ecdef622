"""Reports wait for an hour before they are taken for usual."""

from __future__ import annotations

from uproar.detect import probation
from uproar.detect.probation import HOUR_TICKS, Lot

CELLS = {("AS1", "US"): 2}


def test_reports_are_released_after_a_whole_hour_in_lots_by_the_hour() -> None:
    kept: dict[str, list[Lot]] = {}
    probation.wait(kept, "x", HOUR_TICKS - 1, CELLS, {"new": 2})
    probation.wait(kept, "x", HOUR_TICKS, CELLS, {"new": 1, "met": 1})
    assert probation.release(kept, "x", 2 * HOUR_TICKS - 1) == []
    (lot,) = probation.release(kept, "x", 2 * HOUR_TICKS)
    assert lot == Lot(0, 2, CELLS, {"new": 2})
    assert [lot.hour for lot in kept["x"]] == [1]
    assert probation.release(kept, "x", 2 * HOUR_TICKS) == []


def test_lots_of_one_hour_are_put_together() -> None:
    kept: dict[str, list[Lot]] = {}
    for tick in range(HOUR_TICKS):
        probation.wait(kept, "x", tick, CELLS, {"new": 2})
    assert kept["x"] == [Lot(0, 720, {("AS1", "US"): 720}, {"new": 720})]
    assert probation.release(kept, "y", 9 * HOUR_TICKS) == []
