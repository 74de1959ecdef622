"""Hours of an observatory in seconds: its real parts and files, and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from contracts.journal_parts import HandClock
from uproar import catalog
from uproar.app import compose, pipeline, replaying, settings
from uproar.model.incident import Decision, Incident
from uproar.model.signal import Beat, Report, Signal
from uproar.model.tick import HOUR_MS, MINUTE_MS, TICK_MS, tick_of

MORNING = 1_741_597_200_000  # 10 March 2025, 09:00 UTC
MINUTE = 6  # Ticks.


class Hours:
    """An observatory whose ticks end when a test says so."""

    def __init__(self, folder: Path) -> None:
        self.settings = settings.override(settings.Settings(), host="", port=-1, folder=str(folder))
        self.clock = HandClock(MORNING)
        self.people = 0
        self.decided: list[Decision] = []
        self.open()

    def open(self) -> None:
        self.parts = compose.open_parts(self.settings, self.clock)
        self.parts.pipeline.resume()
        self.parts.pipeline.catch_up()

    def run(self, ticks: int, *, reports: int = 0, votes: int = 0) -> None:
        """Let so many ticks go by; in each, so many people report, and so many say it works."""
        batch: list[Signal] = []
        for _ in range(ticks):
            batch += self._people(reports, votes, self.clock.wall_ms())
            self.clock.run(TICK_MS)
            batch.append(Beat(self.clock.wall_ms(), tick_of(self.clock.wall_ms()) - 1))
        self.parts.journal.load(batch)
        self.decided += self.parts.pipeline.catch_up()

    def live(self, ticks: int, *, reports: int) -> None:
        """Do the same as the watch does it: one by one, stamped by the arrival clock."""
        ended = tick_of(self.parts.journal.now_ms()) - 1
        for _ in range(ticks):
            for report in self._people(reports, 0, 0):
                self.parts.journal.append_wait(report)
            self.clock.run(TICK_MS)
            last = tick_of(self.parts.journal.now_ms()) - 1
            for tick in range(ended + 1, last + 1):
                self.parts.journal.append_wait(Beat(0, tick))
            ended = last
            self.decided += self.parts.pipeline.catch_up()

    def _people(self, reports: int, votes: int, at: int) -> list[Report]:
        self.people += reports + votes
        return [
            Report(at, "x", "login", n >= reports, "US", reporter=f"{self.people - n:016x}")
            for n in range(reports + votes)
        ]

    def page(self, path: str) -> str:
        publisher, state = self.parts.publisher, self.parts.pipeline.state
        publisher.publish(state, self.parts.journal.now_ms(), home_only=True)
        made = publisher.on_demand(path)
        return (self.parts.site.pages[path].source if made is None else made).body.decode()

    @property
    def turns(self) -> list[Incident]:
        return [decision for decision in self.decided if isinstance(decision, Incident)]


@pytest.fixture
def hours(tmp_path: Path) -> Iterator[Hours]:
    opened = Hours(tmp_path / "with a space")
    yield opened
    opened.parts.close()


def fail(hours: Hours) -> Incident:
    """Half an hour of calm, then a quarter of an hour in which twelve people a minute report."""
    hours.run(30 * MINUTE)
    assert hours.turns == []
    hours.run(15 * MINUTE, reports=2)
    opened = hours.turns[0]
    assert (opened.service, opened.turn) == ("x", "opened")
    assert opened.onset[0] <= MORNING + 30 * MINUTE_MS <= opened.onset[1]
    assert "Problems" in hours.page("/s/x")
    return opened


def minutes_until_over(hours: Hours, opened: Incident, *, votes: int) -> int:
    """Wait in silence, after five minutes with votes or without; return how long until it is over."""
    quiet_since = hours.clock.wall_ms()
    for minute in range(1, 181):
        hours.run(1, votes=votes if minute > 5 else 0)
        hours.run(MINUTE - 1)
        if hours.turns[-1].phase == "over":
            assert hours.turns[-1].id == opened.id
            assert hours.turns[-1].recovery is not None
            assert hours.turns[-1].recovery[0] <= quiet_since + 10 * MINUTE_MS
            assert "Over" in hours.page(f"/i/{opened.id}")
            assert '"phase":"over"' in hours.page(f"/i/{opened.id}.json")
            return minute
    raise AssertionError("it is still open")


@pytest.mark.slow
def test_silence_closes_an_incident_after_an_hour_and_the_alarm_s_own_time(hours: Hours) -> None:
    opened = fail(hours)
    assert 60 <= minutes_until_over(hours, opened, votes=0) <= 120


@pytest.mark.slow
def test_votes_that_it_works_close_an_incident_within_half_an_hour(hours: Hours) -> None:
    opened = fail(hours)
    assert 15 <= minutes_until_over(hours, opened, votes=2) <= 30
    assert hours.turns[-1].works > 0


@pytest.mark.slow
def test_a_clock_that_steps_back_an_hour_loses_nothing_and_stops_no_tick(hours: Hours) -> None:
    opened = fail(hours)
    before, signals = hours.parts.pipeline.state.tick, hours.parts.journal.count()
    hours.clock.step_wall(-HOUR_MS)
    hours.live(5 * MINUTE, reports=2)
    state = hours.parts.pipeline.state
    # The arrival clock runs a little slower until the wall has caught up: a tick of 30 may be out.
    assert before + 5 * MINUTE - 1 <= state.tick <= before + 5 * MINUTE
    assert state.late_beats == 0
    assert hours.parts.journal.count() == signals + 5 * MINUTE * 2 + state.tick - before
    kept = hours.parts.journal.read(0, 100_000)
    assert all(one.at <= other.at for (_, one), (_, other) in pairwise(kept))
    case = state.trackers["x"].case
    assert case is not None
    assert case.id == opened.id
    assert case.reports >= 15 * MINUTE * 2 + 5 * MINUTE * 2 - 2


@pytest.mark.slow
def test_what_a_restart_without_a_checkpoint_takes_up_is_what_was_there(hours: Hours) -> None:
    opened = fail(hours)
    page = hours.page(f"/i/{opened.id}")
    kept = list(hours.parts.store.decisions())
    hours.parts.close()  # As a kill would: without keeping a checkpoint of the last ticks.
    hours.open()
    assert list(hours.parts.store.decisions()) == kept
    assert hours.page(f"/i/{opened.id}") == page
    signals = [signal for _, signal in hours.parts.journal.read(0, 100_000)]
    ticks = pipeline.by_tick(signals)
    lines = [line for line, _ in replaying.decide(ticks, catalog.load(), hours.parts.design)]
    assert list(filter(None, lines)) == kept
