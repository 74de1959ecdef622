"""Scenarios: what a file says is what the signals show."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest

from uproar import catalog
from uproar.errors import ScenarioInvalid
from uproar.model.catalog import Catalog
from uproar.model.signal import Beat, Claim, Reference, Report, Signal
from uproar.model.tick import MINUTE_MS, end_ms, parse_iso, start_ms, tick_of
from uproar.sim import figures, scenario

X = "x-2025-03-10"
SILENT = (
    "quiet-week",
    "quiet-week-europe",
    "viral-page",
    "viral-joke",
    "probe-site-fault",
    "one-network-flood",
    "three-networks",
    "repeat-reporter",
)
WAVES = [("10:00", 21_000), ("14:00", 41_000), ("15:30", 30_000), ("16:30", 26_000)]


@pytest.fixture(scope="module")
def known() -> Catalog:
    return catalog.load()


@pytest.fixture(scope="module")
def day(known: Catalog) -> list[tuple[int, list[Signal]]]:
    x = scenario.load(X)
    return list(scenario.signals(x, known, since=tick_of(x.start)))


def reports(ticks: list[tuple[int, list[Signal]]], service: str = "x") -> list[Report]:
    return [
        signal
        for _, arrived in ticks
        for signal in arrived
        if isinstance(signal, Report) and signal.service == service
    ]


@pytest.mark.parametrize("name", scenario.names())
def test_every_built_in_scenario_loads_and_fits_the_catalog(name: str, known: Catalog) -> None:
    story = scenario.load(name)
    first = tick_of(story.history_start)
    played = list(scenario.signals(story, known, since=first, until=first + 360))
    assert len(played) == 360
    assert story.title
    assert story.note


def test_a_name_that_is_no_scenario_is_answered_with_those_that_are() -> None:
    with pytest.raises(ScenarioInvalid, match="x-2025-03-10"):
        scenario.load("x-2025-03-11")


def test_a_scenario_can_be_a_file_of_your_own(tmp_path: Path, known: Catalog) -> None:
    own = tmp_path / "my day.toml"
    own.write_text(
        'format = 1\nseed = 1\ntitle = "mine"\nnote = "made up"\n'
        "[span]\nhistory = 2025-04-01T00:00:00Z\nstart = 2025-04-02T00:00:00Z\n"
        'end = 2025-04-03T00:00:00Z\n[[usual]]\nservice = "discord"\n'
        '[usual.assumed]\nwhy = "made up for a test"\nper_minute = 0.5\n',
        encoding="utf-8",
    )
    story = scenario.load(str(own))
    assert (story.name, scenario.truth(story)) == ("my day", ())
    sent = reports(list(scenario.signals(story, known)), "discord")
    assert len(sent) == pytest.approx(2 * 1_440 * 0.5, rel=0.25)


def test_a_cause_is_a_word_of_the_taxonomy(tmp_path: Path) -> None:
    text = (Path(scenario.__file__).parent / "scenarios" / "small-outage.toml").read_text("utf-8")
    own = tmp_path / "own.toml"
    for mechanism, established in (("bad-deploy", "official"), ("gremlins", "unknown")):
        own.write_text(
            f'{text}\n[cause]\nservice = "signal"\nmechanism = "{mechanism}"\n'
            f'established = "{established}"\nassumed = true\nwhy = "made up for a test"\n',
            encoding="utf-8",
        )
        if mechanism == "bad-deploy":
            cause = scenario.load(str(own)).plan.cause
            assert cause is not None
            assert (cause.mechanism, cause.established) == (mechanism, established)
        else:
            with pytest.raises(ScenarioInvalid, match="'gremlins' is no mechanism"):
                scenario.load(str(own))


def test_nothing_of_the_cause_is_played(known: Catalog) -> None:
    """Without its cause, a scenario gives the very same signals."""
    story = scenario.load(X)
    assert story.plan.cause is not None
    bare = replace(story, plan=msgspec.structs.replace(story.plan, cause=None))
    first = tick_of(story.history_start)
    hours = [(first, first + 360), (tick_of(story.start) + 3_384, tick_of(story.start) + 3_744)]
    for since, until in hours:
        played = [
            list(scenario.signals(each, known, since=since, until=until)) for each in (story, bare)
        ]
        assert played[0] == played[1]


def test_a_service_that_the_catalog_lacks_is_named_with_what_was_meant() -> None:
    x = scenario.load(X)
    few = Catalog([service for slug, service in catalog.load().services.items() if slug != "x"])
    with pytest.raises(ScenarioInvalid, match="no service 'x'"):
        next(scenario.signals(x, few))


def test_ticks_are_in_order_and_each_ends_with_its_beat(
    day: list[tuple[int, list[Signal]]],
) -> None:
    x = scenario.load(X)
    assert [tick for tick, _ in day] == list(range(tick_of(x.start), tick_of(x.end)))
    for tick, arrived in day:
        assert arrived[-1] == Beat(end_ms(tick), tick)
        stamps = [signal.at for signal in arrived]
        assert all(a <= b for a, b in pairwise(stamps))
        assert start_ms(tick) <= stamps[0]
        assert sum(isinstance(signal, Beat) for signal in arrived) == 1


def test_the_published_figures_of_10_march_2025_are_met_within_five_percent(
    known: Catalog,
) -> None:
    measured = figures.measure(scenario.load(X), known)
    published = [each for each in measured if each.declared.published]
    assert len(published) == 8
    for each in published:
        assert abs(each.error) <= 0.05, each
        assert abs(each.at - each.declared.at) <= 2 * MINUTE_MS, each


def test_the_truth_of_the_day_has_six_waves_and_an_onset() -> None:
    (outage,) = scenario.truth(scenario.load(X))
    assert outage.service == "x"
    assert outage.onset == parse_iso("2025-03-10T09:25:00Z")
    assert outage.end == parse_iso("2025-03-10T18:00:00Z")
    assert [wave.place for wave in outage.waves] == ["US"] * 6
    found = {wave.at: wave.reports_15min for wave in outage.waves}
    for clock, count in WAVES:
        assert found[parse_iso(f"2025-03-10T{clock}:00Z")] == count
    assert [wave.published for wave in outage.waves] == [True, False, True, True, True, True]


def test_before_the_onset_reports_are_usual_and_from_it_on_they_are_not(
    day: list[tuple[int, list[Signal]]],
) -> None:
    at = np.array([report.at for report in reports(day) if not report.works])
    onset = parse_iso("2025-03-10T09:25:00Z")
    before = np.sum((at >= onset - 30 * MINUTE_MS) & (at < onset)) / 30
    after = np.sum((at >= onset) & (at < onset + 2 * MINUTE_MS)) / 2
    assert before < 5
    assert after > 10 * before


def test_between_the_waves_reports_stay_several_times_above_the_usual(
    day: list[tuple[int, list[Signal]]],
) -> None:
    first_of: dict[str, int] = {}
    for report in reports(day):
        if not report.works:
            first_of.setdefault(report.reporter, report.at)
    at = np.array(list(first_of.values()))

    def rate(begin: str, end: str) -> float:
        first, last = (parse_iso(f"2025-03-10T{clock}:00Z") for clock in (begin, end))
        return float(np.sum((at >= first) & (at < last)) * MINUTE_MS / (last - first))

    usual = rate("08:00", "09:25")
    for begin, end in (("11:30", "12:40"), ("13:20", "13:30")):
        assert 3 < rate(begin, end) / usual < 20
    assert rate("10:17", "10:31") < 0.1 * rate("09:53", "10:07")
    assert rate("23:00", "23:59") < 2 * usual


def test_people_count_once_and_some_report_again(day: list[tuple[int, list[Signal]]]) -> None:
    sent = [report for report in reports(day) if not report.works]
    times = Counter(report.reporter for report in sent)
    assert 450_000 < len(times) < 700_000
    assert 0.08 < sum(count > 1 for count in times.values()) / len(times) < 0.15


def test_votes_that_it_works_come_mostly_after_the_end(
    day: list[tuple[int, list[Signal]]],
) -> None:
    votes = [report for report in reports(day) if report.works]
    end = parse_iso("2025-03-10T18:00:00Z")
    late = sum(vote.at >= end for vote in votes)
    assert late > 1_000
    assert late > len(votes) - late


def test_the_words_of_the_error_page_are_among_the_reports(
    day: list[tuple[int, list[Signal]]],
) -> None:
    words = Counter(report.words for report in reports(day))
    assert words["Web server is returning an unknown error. Error code 520"] > 100
    assert words["Something went wrong. Try reloading."] > 100
    assert words["app does not load #TwitterDown"] > 100
    assert words[""] > 0.9 * words.total()


def test_claims_arrive_and_none_says_a_minute_that_was_not_published(
    day: list[tuple[int, list[Signal]]],
) -> None:
    claims = [signal for _, arrived in day for signal in arrived if isinstance(signal, Claim)]
    assert len(claims) == 4
    assert {claim.said_at for claim in claims} == {None}
    assert any("massive cyberattack" in claim.said.lower() for claim in claims)


def test_the_first_signal_names_the_scenario_by_digest(known: Catalog) -> None:
    x = scenario.load(X)
    first = tick_of(x.history_start)
    ((_, arrived),) = scenario.signals(x, known, since=first, until=first + 1)
    assert arrived[0] == Reference(x.history_start, "scenario x-2025-03-10", x.digest)


def test_the_day_before_is_quiet(known: Catalog) -> None:
    x = scenario.load(X)
    first = tick_of(parse_iso("2025-03-09T00:00:00Z"))
    ticks = list(scenario.signals(x, known, since=first, until=tick_of(x.start)))
    counts = np.zeros(96, np.int64)
    for report in reports(ticks):
        counts[report.at % 86_400_000 // (15 * MINUTE_MS)] += 1
    assert counts.max() < 90
    assert counts.sum() == pytest.approx(2_880, rel=0.25)


def test_during_our_own_blackout_there_are_no_ticks(known: Catalog) -> None:
    story = scenario.load("our-own-blackout")
    dark = story.plan.blackout[0].assumed
    ticks = {tick for tick, _ in scenario.signals(story, known, since=tick_of(story.start))}
    assert ticks == set(range(tick_of(story.start), tick_of(story.end))) - set(
        range(tick_of(dark.since), tick_of(dark.until))
    )


def test_a_flood_is_many_reports_of_few_reporters_in_one_network(known: Catalog) -> None:
    story = scenario.load("one-network-flood")
    flood = story.plan.flood[0].assumed
    ticks = list(scenario.signals(story, known, since=tick_of(story.start)))
    sent = [report for report in reports(ticks, "instagram") if report.network == flood.network]
    assert len(sent) == 300
    assert len({report.reporter for report in sent}) <= 12
    assert {report.words for report in sent} == {"hacked!!!"}
    assert all(flood.since <= report.at < flood.until for report in sent)


def test_attention_brings_four_tenths_more_at_its_height(known: Catalog) -> None:
    story = scenario.load("viral-page")
    plan = msgspec.structs.replace(story.plan, seed=1)
    counts = []
    for attention in (plan.attention, ()):
        played = replace(story, plan=msgspec.structs.replace(plan, attention=attention))
        first = tick_of(parse_iso("2025-04-28T14:00:00Z"))
        ticks = list(scenario.signals(played, known, since=first, until=first + 360))
        counts.append(len(reports(ticks, "instagram")))
    assert counts[0] / counts[1] == pytest.approx(1.4, rel=0.35)
    assert counts[0] > counts[1]


@pytest.mark.parametrize("name", [*SILENT, "our-own-blackout"])
def test_what_must_stay_silent_has_no_outage_in_its_truth(name: str) -> None:
    assert scenario.truth(scenario.load(name)) == ()


def test_a_network_that_fails_is_reported_mostly_from_that_network(known: Catalog) -> None:
    story = scenario.load("isp-outage")
    (outage,) = scenario.truth(story)
    ticks = list(
        scenario.signals(story, known, since=tick_of(outage.onset), until=tick_of(outage.end))
    )
    networks = Counter(report.network for report in reports(ticks, "vodafone-de"))
    assert networks["AS3209"] / networks.total() > 0.55
