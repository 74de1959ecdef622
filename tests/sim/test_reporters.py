"""People who report: when, again, in which words, through which network."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from uproar.errors import ScenarioInvalid
from uproar.model.tick import DAY_MS, MINUTE_MS, TICK_MS
from uproar.sim import reporters, world
from uproar.sim.reporters import Choice, Columns, Crowd, Texts

DAY = 20_157


def crowd(texts: Texts, **changes: object) -> Crowd:
    usual: dict[str, object] = {
        "service": texts.code("x"),
        "place": texts.code("US"),
        "prefix": reporters.first_prefix("US", DAY),
        "symptoms": Choice(texts, {"login": 3.0, "app": 1.0}),
        "channels": Choice(texts, {"api": 1.0}),
        "agents": Choice(texts, {"chrome": 3.0, "none": 1.0}),
        "networks": Choice(texts, {"AS1": 0.5, "AS2": 0.25}),
        "small_share": 0.25,
        "words": {},
        "words_share": 0.0,
        "silent": texts.code(""),
    }
    return Crowd(**(usual | changes))  # type: ignore[arg-type]


def some(texts: Texts, count: int, **changes: object) -> Columns:
    at = np.sort(world.dice(1, "at").integers(DAY * DAY_MS, (DAY + 1) * DAY_MS, count))
    return reporters.reports(world.dice(1, "some"), crowd(texts, **changes), at)


def test_arrivals_follow_their_means() -> None:
    means = np.zeros(1_440)
    means[600:610] = 50.0
    at = reporters.arrivals(world.dice(7, "a"), means, DAY)
    assert (np.diff(at) >= 0).all()
    assert at[0] >= DAY * DAY_MS + 600 * MINUTE_MS
    assert at[-1] < DAY * DAY_MS + 610 * MINUTE_MS
    assert at.size == pytest.approx(500, abs=5 * 500**0.5)


def test_nothing_expected_is_nothing_sent() -> None:
    assert reporters.arrivals(world.dice(7, "a"), np.zeros(8_640), DAY).size == 0


def test_more_than_a_day_can_hold_is_refused() -> None:
    with pytest.raises(ScenarioInvalid, match="lower the counts"):
        reporters.arrivals(world.dice(7, "a"), np.full(1_440, 1e5), DAY)


def test_people_of_one_moment_are_different_people() -> None:
    columns = some(Texts(), 20_000)
    assert np.unique(columns.reporter).size == 20_000


def test_symptoms_and_networks_have_their_shares() -> None:
    texts = Texts()
    columns = some(texts, 20_000)
    login = np.mean(columns.symptom == texts.code("login"))
    assert login == pytest.approx(0.75, abs=0.02)
    assert np.mean(columns.network == texts.code("AS1")) == pytest.approx(0.5, abs=0.02)
    small = columns.prefix[columns.network < 0]
    assert small.size / 20_000 == pytest.approx(0.25, abs=0.02)
    assert np.unique(small).size == reporters.SMALL_NETWORKS


def test_words_go_with_the_symptom_they_belong_to() -> None:
    texts = Texts()
    words = {texts.code("login"): Choice(texts, {"it logged me out": 1.0})}
    columns = some(texts, 20_000, words=words, words_share=0.1)
    talking = columns.words == texts.code("it logged me out")
    assert (columns.symptom[talking] == texts.code("login")).all()
    assert talking.mean() == pytest.approx(0.075, abs=0.01)


def test_who_reports_again_is_the_same_person_later_on_the_same_day() -> None:
    texts = Texts()
    firsts = some(texts, 20_000)
    later = reporters.again(world.dice(1, "again"), firsts, 0.125, 30.0, texts.code(""))
    when = dict(zip(firsts.reporter.tolist(), firsts.at.tolist(), strict=True))
    assert 0.1 < np.unique(later.reporter).size / 20_000 < 0.14
    for reporter, at in zip(later.reporter.tolist(), later.at.tolist(), strict=True):
        assert at > when[reporter]
        assert at // DAY_MS == DAY
    assert later.at.size < reporters.REPEATS_MAX * 20_000 * 0.14


def test_nobody_repeats_where_nobody_reported() -> None:
    texts = Texts()
    none = reporters.again(world.dice(1, "again"), some(texts, 0), 0.5, 30.0, texts.code(""))
    assert none.at.size == 0


def test_parts_are_joined_in_the_order_of_arrival() -> None:
    texts = Texts()
    whole = reporters.joined([some(texts, 500), some(texts, 300)])
    assert whole.at.size == 800
    assert (np.diff(whole.at) >= 0).all()
    bounds = reporters.tick_bounds(whole, DAY)
    assert bounds[0] == 0
    assert bounds[-1] == 800
    for number in (0, 4_000, 8_639):
        inside = whole.at[bounds[number] : bounds[number + 1]] - DAY * DAY_MS
        assert (inside // TICK_MS == number).all()


def test_reports_are_those_that_the_intake_would_have_written() -> None:
    texts = Texts()
    for report in reporters.values(some(texts, 200), texts):
        assert msgspec.json.decode(msgspec.json.encode(report), type=type(report)) == report
        assert len(report.reporter) == 16
        int(report.reporter, 16)
        assert report.network in {"AS1", "AS2"} or (
            report.network.startswith("p:") and len(report.network) == 18
        )


def test_people_say_what_they_use_and_programs_do_not() -> None:
    texts = Texts()
    columns = some(texts, 4_000, channels=Choice(texts, {"form": 1.0, "api": 1.0}))
    sent = reporters.values(columns, texts)
    assert {report.agent for report in sent if report.channel == "api"} == {"none"}
    by_form = [report.agent for report in sent if report.channel == "form"]
    assert by_form.count("chrome") == pytest.approx(0.75 * len(by_form), rel=0.1)


def test_a_prefix_stands_beside_a_numbered_network_only() -> None:
    texts = Texts()
    sent = reporters.values(some(texts, 2_000), texts)
    assert all((report.prefix == "") == report.network.startswith("p:") for report in sent)
    assert len({report.prefix for report in sent}) > 100
