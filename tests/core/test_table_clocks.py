"""By which clocks a table's series live: those of places, of its own times, or none known."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from uproar.app.table_clocks import clocks_of
from uproar.detect import table
from uproar.model.tick import DAY_MS, HOUR_MS
from uproar.wire import counts

MARCH = datetime(2025, 3, 10, tzinfo=UTC)  # Clocks in Germany were put forward on 30 March.
CHANGE = datetime(2025, 3, 30, 1, tzinfo=UTC)
BIN = timedelta(minutes=5)


def lines(days, write, place=None, rate=400.0):
    """A service whose people live by German time, five minutes a row, as `write` puts instants."""
    dice = np.random.default_rng(7)
    yield "time,count" + (",place" if place else "") + "\n"
    for number in range(int(timedelta(days=days) / BIN)):
        at = MARCH + number * BIN
        local = at + timedelta(hours=2 if at >= CHANGE else 1)
        hour = local.hour + local.minute / 60
        mean = rate * np.exp(0.9 * np.cos(2 * np.pi * (hour - 15) / 24))
        yield f"{write(at)},{dice.poisson(mean)}" + (f",{place}" if place else "") + "\n"


def utc(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def german(at):
    zone = timezone(timedelta(hours=2 if at >= CHANGE else 1))
    return at.astimezone(zone).isoformat()


def raised(text, place=""):
    read = counts.read(text)
    season, calendars = clocks_of(read, place)
    found = table.alarms(
        read, false_alarms_per_week=0.25, warmup=72, season=season, calendars=calendars
    )
    return [alarm.at for alarm in found if alarm.state == "raised"]


def test_the_clock_of_the_times_is_found_where_they_have_one():
    assert counts.read(lines(2, utc)).clock == ((0, 0),)
    winter, summer = counts.read(lines(25, german)).clock
    assert winter[1] == HOUR_MS
    assert summer == (int(CHANGE.timestamp()) * 1000, 2 * HOUR_MS)


def test_zones_that_quarrel_are_told_and_the_day_is_that_of_utc():
    read = counts.read(
        io.StringIO(
            "time,count,place\n2025-03-10T02:00:00+02:00,1,GR\n2025-03-10T01:00:00+01:00,2,DE\n"
            "2025-03-10T02:01:00+02:00,1,GR\n2025-03-10T01:01:00+01:00,2,DE\n"
        )
    )
    assert read.clock == ((0, 0),)
    assert any("different zones" in note for note in read.notes)


def test_series_live_by_their_places_and_the_whole_by_all_of_them():
    read = counts.read(
        io.StringIO(
            "time,count,place\n2025-03-10T02:00:00Z,1,DE\n2025-03-10T02:00:00Z,2,jp\n"
            "2025-03-10T02:00:00Z,2,\n2025-03-10T02:01:00Z,2,nowhere\n"
        )
    )
    season, calendars = clocks_of(read)
    at = int(datetime(2025, 3, 10, 12, tzinfo=UTC).timestamp()) * 1000
    local, _, _ = season.almanac.read(at)
    ahead = (season.shares @ (local - at))[calendars] / HOUR_MS
    assert ahead[0] == pytest.approx(1.0)
    assert ahead[1] == pytest.approx(9.0)
    assert 1.0 < ahead[2] == ahead[3] < 9.0
    only_there, numbers = clocks_of(read, "JP")
    there, _, _ = only_there.almanac.read(at)
    assert ((only_there.shares @ (there - at))[numbers] / HOUR_MS)[2] == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("write", "place", "option"),
    [(german, None, ""), (utc, "DE", ""), (utc, None, "DE")],
    ids=["times with a zone", "a column of places", "the option"],
)
def test_where_the_clock_is_known_summer_time_raises_nothing(write, place, option):
    change = CHANGE.timestamp() * 1000
    alarms = raised(lines(30, write, place), option)
    assert not [at for at in alarms if change <= at < change + 10 * DAY_MS]


def test_a_table_that_says_nothing_of_its_clock_is_out_of_step_for_two_days_at_most():
    change = CHANGE.timestamp() * 1000
    alarms = raised(lines(34, utc))
    late = [at for at in alarms if change + 2 * DAY_MS <= at]
    assert [at for at in alarms if change <= at], "an hour's error is seen at this rate"
    assert len(late) <= 1
