"""Incidents told minute by minute: opened, waves, closed by quiet or by votes, opened again."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from uproar.detect import incidents
from uproar.detect.incidents import IncidentDesign, Sight

DAY = 1_741_564_800_000 // 10_000  # 10 March 2025, as a tick
DESIGN = IncidentDesign()
USUAL = 1.0 / 6.0


class Story:
    """Feeds reports a minute to a tracker and keeps what it says."""

    def __init__(self, seed=1):
        self.dice = np.random.default_rng(seed)
        self.tracker = None
        self.tick = DAY
        self.said = []
        self.begun = None

    def minutes(self, rates, *, active=True, works=0, masked=False, places=("US", "GB")):
        for rate in rates:
            for _ in range(6):
                count = 0 if masked else int(self.dice.poisson(rate / 6))
                first = int(self.dice.binomial(count, 0.7)) if count else 0
                split = {places[0]: first, places[1]: count - first} if count else {}
                if active and self.begun is None:
                    self.begun = (self.tick * 10_000 - 60_000, self.tick * 10_000)
                self.step(
                    Sight(
                        "x",
                        self.tick,
                        observed=count,
                        expected=USUAL,
                        active=active,
                        onset=self.begun if active else None,
                        places={key: value for key, value in split.items() if value},
                        works=works,
                        masked=masked,
                    )
                )
            if not active:
                self.begun = None

    def step(self, sight):
        self.tracker, turned = incidents.advance(self.tracker, sight, DESIGN)
        self.said += turned
        self.tick += 1

    @property
    def turns(self):
        return [incident.turn for incident in self.said]


def hill(top, rise=10, fall=12.0, tail=90):
    up = [top * (step + 1) / rise for step in range(rise)]
    return up + [1 + top * np.exp(-step / fall) for step in range(tail)]


def test_a_quiet_service_leaves_no_trace():
    story = Story()
    for _ in range(100):
        story.step(Sight("x", story.tick, expected=USUAL))
    assert story.tracker is None
    assert story.said == []


def test_an_alarm_without_reports_opens_nothing():
    story = Story()
    story.minutes([0.0] * 5)
    assert story.said == []


def test_an_incident_opens_grows_falls_and_is_over_after_an_hour_of_calm():
    story = Story()
    story.minutes([1.0] * 90, active=False)
    story.minutes(hill(500))
    story.minutes([1.0] * 14, active=False)
    assert story.turns[0] == "opened"
    assert "over" not in story.turns
    story.minutes([1.0] * 47, active=False)
    assert story.turns[-1] == "over"
    last = story.said[-1]
    assert last.id == "x-2025-03-10-0130"
    assert len(last.waves) == 1
    assert last.recovery is not None
    quiet_from = DAY * 10_000 + (90 + 100) * 60_000
    assert last.recovery[0] <= last.recovery[1]
    assert quiet_from <= last.recovery[1] <= quiet_from + 60_000
    assert sum(last.places.values()) == last.reports
    assert {"growth", "decline", "recovery", "over"} <= {said.phase for said in story.said}
    assert len(story.said) < 12


def test_two_hills_are_two_waves_of_one_incident_with_their_highest_quarter_hours():
    story = Story()
    story.minutes([1.0] * 90, active=False)
    top = [hill(500), hill(900)]
    for rates in top:
        story.minutes(rates)
    waves = story.said[-1].waves
    assert len(waves) == 2
    for wave, rates in zip(waves, top, strict=True):
        sums = [sum(rates[at : at + 15]) for at in range(len(rates) - 15)]
        assert wave.peak_total == pytest.approx(max(sums), rel=0.05)
        assert wave.peak_count == pytest.approx(0.7 * max(sums), rel=0.05)
        assert wave.peak_place == "US"
    assert waves[0].until_at == waves[1].from_at
    assert waves[1].from_at == pytest.approx((DAY + 6 * 190) * 10_000, abs=5 * 60_000)


def test_chance_bumps_on_a_high_plateau_are_no_waves():
    for seed in range(5):
        story = Story(seed)
        story.minutes([1.0] * 90, active=False)
        story.minutes([200.0] * 240)
        assert len(story.said[-1].waves) == 1
        story.minutes([60.0] * 240)
        assert len(story.tracker.case.crests) == 1


def test_chance_bumps_in_a_thin_tail_are_no_waves():
    waves = 0
    for seed in range(10):
        story = Story(seed)
        story.minutes([1.0] * 90, active=False)
        story.minutes(hill(300))
        story.minutes([3.0] * 240)
        waves += len(story.tracker.case.crests) - 1
    assert waves <= 1


def test_votes_that_it_works_close_an_incident_sooner():
    story = Story()
    story.minutes([1.0] * 90, active=False)
    story.minutes(hill(500))
    story.minutes([0.2] * 17, active=False, works=1)
    assert story.turns[-1] == "over"
    assert story.said[-1].works > 0


def test_a_second_alarm_within_three_hours_opens_the_same_incident_again():
    story = Story()
    story.minutes([1.0] * 90, active=False)
    story.minutes(hill(500))
    story.minutes([1.0] * 100, active=False)
    first = story.said[-1]
    assert first.turn == "over"
    story.minutes(hill(500))
    again = next(said for said in story.said if said.turn == "reopened")
    assert again.id == first.id
    assert len(again.waves) == 2
    assert again.reports > first.reports


def test_a_second_alarm_much_later_is_another_incident():
    story = Story()
    story.minutes([1.0] * 90, active=False)
    story.minutes(hill(500))
    story.minutes([1.0] * 300, active=False)
    story.minutes(hill(500))
    assert story.turns.count("opened") == 2
    assert len({said.id for said in story.said}) == 2


def test_a_stretch_in_which_we_were_blind_does_not_count_as_quiet():
    story = Story()
    story.minutes([1.0] * 90, active=False)
    story.minutes(hill(500))
    story.minutes([1.0] * 5, active=False)
    story.minutes([0.0] * 70, active=False, masked=True)
    assert "over" not in story.turns
    assert -1 in story.tracker.case.curve
    story.minutes([1.0] * 56, active=False)
    assert story.turns[-1] == "over"


def test_the_end_of_the_fault_lies_before_the_calm_and_the_bracket_begins_with_it():
    story = Story()
    story.minutes([1.0] * 90, active=False)
    story.minutes([500.0] * 40 + [1 + 500 * 2 ** (-step / 10) for step in range(100)])
    story.minutes([1.0] * 62, active=False)
    last = story.said[-1]
    end = DAY * 10_000 + (90 + 40) * 60_000
    assert last.turn == "over"
    assert last.ended[0] <= end <= last.ended[1] < last.recovery[1]
    assert last.recovery[0] == last.ended[0]
    assert story.tracker.lag.incidents == 1


def test_a_brief_alarm_of_a_small_part_in_a_calm_tail_does_not_revive_an_incident():
    story = Story()
    story.minutes([1.0] * 90, active=False)
    story.minutes(hill(500))
    story.minutes([1.0] * 5, active=False)
    assert story.said[-1].phase == "recovery"
    story.minutes([1.0] * 5)
    story.minutes([1.0] * 5, active=False)
    assert story.said[-1].phase == "recovery"
    story.minutes([2.5] * 16)
    assert story.said[-1].phase != "recovery"


def test_a_brief_alarm_in_the_tail_that_is_loud_counts_at_once():
    story = Story()
    story.minutes([1.0] * 90, active=False)
    story.minutes(hill(500))
    story.minutes([1.0] * 5, active=False)
    story.minutes([40.0] * 3)
    assert story.said[-1].phase in {"growth", "decline"}


def test_an_alarm_that_outlives_its_reason_does_not_keep_an_incident_open_for_ever():
    story = Story()
    story.minutes([1.0] * 90, active=False)
    story.minutes(hill(500))
    story.minutes([1.0] * 200)
    assert story.turns[-1] == "over"


def test_a_trough_does_not_pay_for_the_rise_that_follows_it():
    early = 0
    for seed in range(6):
        story = Story(seed)
        story.minutes([1.0] * 90, active=False)
        story.minutes(hill(60, tail=100))
        story.minutes([0.8 + 0.25 * minute for minute in range(10)])
        before = len(story.said)
        story.minutes([3.4] * 50)
        early += story.turns[before:].count("recovering")
    assert early == 0


def test_an_outage_of_a_day_that_few_report_is_one_wave():
    waves = 0
    for seed in range(4):
        story = Story(seed)
        story.minutes([1.0] * 90, active=False)
        story.minutes(1.0 + 2.0 * (1.0 + 2.0 ** (-np.arange(1_440) / 360.0)))
        waves += story.turns.count("wave")
    assert waves <= 1


def test_what_never_falls_ends_when_it_is_no_more_than_attention_explains():
    for seed in range(3):
        story = Story(seed)
        story.minutes([1.0] * 90, active=False)
        story.minutes([1.6] * 600)
        assert not story.tracker.case.crests[-1].fallen
        assert "over" in story.turns


def test_under_the_alarm_it_was_closed_over_only_a_wave_opens_an_incident_again():
    story = Story()
    story.minutes([1.0] * 90, active=False)
    story.minutes(hill(2_000, tail=200))
    assert story.turns[-1] == "over"
    story.minutes([12.0] * 10)
    assert story.turns[-1] == "over"
    story.minutes([120.0] * 10)
    assert "reopened" in story.turns


def test_what_is_usual_for_a_part_counts_from_the_onset_and_not_while_we_are_blind():
    story = Story()
    parts = {"place": {"US": (USUAL / 2, 0.02)}}
    rates = [(1.0, False, False)] * 90 + [(60.0, True, False)] * 30 + [(0.0, True, True)] * 30
    for rate, active, masked in rates:
        for _ in range(6):
            count = 0 if masked else int(story.dice.poisson(rate / 6))
            if active and story.begun is None:
                story.begun = (story.tick * 10_000, story.tick * 10_000)
            sight = Sight(
                "x",
                story.tick,
                observed=count,
                expected=USUAL,
                active=active,
                onset=story.begun,
                places={"US": count} if count else {},
                masked=masked,
                parts=parts if active and not masked else {},
            )
            story.step(sight)
    case = story.tracker.case
    assert case.usual_total == pytest.approx(30.0, abs=1.5)
    assert case.parts["place"]["US"].usual == pytest.approx(15.0, abs=1.0)


def test_a_tracker_that_was_kept_and_read_back_goes_on_as_if_nothing_had_been():
    straight, stopped = Story(3), Story(3)
    for story in (straight, stopped):
        story.minutes([1.0] * 90, active=False)
    for rate in hill(300) + hill(400):
        straight.minutes([rate])
        stopped.minutes([rate])
        kept = msgspec.msgpack.encode(stopped.tracker)
        stopped.tracker = msgspec.msgpack.decode(kept, type=incidents.Tracker)
    assert straight.said == stopped.said
    assert straight.tracker == stopped.tracker
