"""What a scenario plays besides reports: looks of probes, counts of posts, pages, changes; by seed, and as told."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from uproar import catalog
from uproar.model.catalog import Catalog
from uproar.model.signal import Change, Notice, Post, Probed, Report, Signal
from uproar.model.tick import parse_iso, tick_of
from uproar.sim import scenario

DAY = "2025-04-02T"
HEAD = """
format = 1
seed = 11
title = "a day"
note = "made up"
[span]
history = 2025-04-01T00:00:00Z
start = 2025-04-02T00:00:00Z
end = 2025-04-03T00:00:00Z
[sources]
press = "a page"
[[usual]]
service = "x"
[usual.assumed]
why = "made up for a test"
per_minute = 0.5
[[vantage]]
name = "one"
assumed = { why = "made up for a test", place = "DE", network = "AS64496", resolver = "a" }
[[vantage.fault]]
[vantage.fault.assumed]
why = "made up for a test"
failure = "generic_timeout_error"
during = [{ from = 2025-04-02T20:00:00Z, until = 2025-04-02T21:00:00Z }]
[[vantage]]
name = "two"
assumed = { why = "made up for a test", place = "GB", network = "AS64497", resolver = "b" }
[[check]]
service = "x"
url = "https://x.com/"
[check.assumed]
why = "made up for a test"
from = 2025-04-02T00:00:00Z
until = 2025-04-03T00:00:00Z
control = "https://example.org/"
[[check.shows]]
state = "fails"
layer = "origin_server"
source = "press"
status = 520
[check.shows.assumed]
why = "made up for a test"
share = 0.5
during = [{ from = 2025-04-02T10:00:00Z, until = 2025-04-02T14:00:00Z }]
[[check.shows]]
state = "blocked"
[check.shows.assumed]
why = "made up for a test"
share = 0.5
vantages = ["two"]
during = [{ from = 2025-04-02T10:00:00Z, until = 2025-04-02T14:00:00Z }]
[[stream]]
name = "posts"
[stream.assumed]
why = "made up for a test"
from = 2025-04-02T00:00:00Z
until = 2025-04-03T00:00:00Z
per_second = 3.0
[[stream.about]]
service = "x"
[stream.about.assumed]
why = "made up for a test"
talk_per_hour = 60.0
failing_per_report = 2.0
lag_minutes = 5.0
languages = { en = 1, ja = 1 }
[[stream.about.buzz]]
assumed = { why = "made up for a test", from = 2025-04-02T16:00:00Z, until = 2025-04-02T18:00:00Z, talk = 4000.0 }
[[stream.about.hashtag]]
name = "xdown"
published = { total = 2000, source = "press" }
assumed = { why = "made up for a test", from = 2025-04-02T10:30:00Z, until = 2025-04-02T12:00:00Z, failing_share = 0.75 }
[[notice]]
service = "x"
page = "https://status.example/"
native = "a1"
state = "partial"
phase = "investigating"
title = "Errors"
assumed = { why = "made up for a test", at = 2025-04-02T10:40:00Z }
[[change]]
service = "x"
teller = "github"
what = "deploy"
title = "api 4.2"
assumed = { why = "made up for a test", at = 2025-04-02T09:50:00Z }
[[fault]]
service = "x"
truth = { onset = 2025-04-02T10:00:00Z, end = 2025-04-02T12:00:00Z, source = "press" }
[fault.assumed]
why = "made up for a test"
reference = "US"
symptoms = { login = 1 }
[[fault.wave]]
name = "one"
published = [{ place = "US", at = 2025-04-02T10:30:00Z, reports_15min = 900, source = "press" }]
[fault.wave.assumed]
why = "made up for a test"
onset = 2025-04-02T10:00:00Z
fall_half_minutes = 10
"""


@pytest.fixture(scope="module")
def known() -> Catalog:
    return catalog.load()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> scenario.Scenario:
    return _story(tmp_path_factory.mktemp("scenario"), HEAD)


@pytest.fixture(scope="module")
def played(story: scenario.Scenario, known: Catalog) -> list[Signal]:
    ticks = scenario.signals(story, known, since=tick_of(story.start))
    return [signal for _, arrived in ticks for signal in arrived]


def _story(folder: Path, text: str) -> scenario.Scenario:
    own = folder / "own.toml"
    own.write_text(text, encoding="utf-8")
    return scenario.load(str(own))


def at(clock: str) -> int:
    return parse_iso(f"{DAY}{clock}:00Z")


def _between(posts: list[Post], first: str, last: str) -> list[Post]:
    return [post for post in posts if at(first) <= post.at < at(last)]


def test_every_vantage_looks_once_a_round_and_at_its_control_besides(played: list[Signal]) -> None:
    looks = [each for each in played if isinstance(each, Probed)]
    for name in ("one", "two"):
        for control in (True, False):
            own = [each for each in looks if each.probe == name and each.control is control]
            assert len(own) in {1439, 1440}
            measured = [each.measured_at or 0 for each in own]
            assert {b - a for a, b in pairwise(measured)} == {60_000}
    assert {each.service for each in looks if each.control} == {"control"}


def test_looks_see_what_is_shown_and_share_it_by_chance(played: list[Signal]) -> None:
    looks = [each for each in played if isinstance(each, Probed) and not each.control]
    during = [each for each in looks if at("10:00") <= (each.measured_at or 0) < at("14:00")]
    counts = {
        (name, state): sum(each.probe == name and each.state == state for each in during)
        for name in ("one", "two")
        for state in ("fails", "blocked", "works")
    }
    for name in ("one", "two"):
        assert counts[name, "fails"] == pytest.approx(120, abs=4 * 60**0.5)
    assert counts["one", "blocked"] == 0
    assert counts["two", "works"] == 0
    assert {each.status for each in during if each.state == "fails"} == {520}
    calm = [each for each in looks if (each.measured_at or 0) < at("10:00")]
    assert {each.state for each in calm} == {"works"}


def test_where_a_vantage_cannot_see_its_control_fails_too(played: list[Signal]) -> None:
    looks = [each for each in played if isinstance(each, Probed)]
    dark = [each for each in looks if at("20:00") <= (each.measured_at or 0) < at("20:59")]
    assert {each.state for each in dark if each.probe == "one"} == {"fails"}
    assert {each.state for each in dark if each.probe == "two"} == {"works"}
    assert {each.control for each in dark if each.state == "fails"} == {True, False}


def test_posts_follow_reports_by_a_factor_and_a_lag(played: list[Signal]) -> None:
    reports = [each for each in played if isinstance(each, Report) and not each.works]
    # Who repeats a report posts once, and the usual reports bring no posts at all.
    firsts = len({each.reporter for each in reports if each.at >= at("10:00")})
    posts = [each for each in played if isinstance(each, Post) and each.service == "x"]
    tagged = sum(sum(post.tags.values()) for post in posts)
    failing = sum(post.failing for post in posts) - tagged
    usual = len({each.reporter for each in reports if each.at < at("10:00")}) * 1.4
    assert failing == pytest.approx(2 * (firsts - usual), rel=0.15)
    assert not any(post.failing for post in _between(posts, "00:00", "10:05"))
    assert sum(post.failing for post in _between(posts, "10:05", "10:20")) > 100


def test_a_hashtag_meets_its_total_within_its_time(played: list[Signal]) -> None:
    whole = [each for each in played if isinstance(each, Post) and not each.service]
    own = [each for each in played if isinstance(each, Post) and each.service == "x"]
    total = sum(post.tags.get("xdown", 0) for post in whole)
    assert total == pytest.approx(2000, abs=4 * 2000**0.5)
    assert sum(post.tags.get("xdown", 0) for post in own) == pytest.approx(0.75 * total, rel=0.06)
    assert {bool(post.tags) for post in _between(whole, "00:00", "10:30")} == {False}
    assert {bool(post.tags) for post in _between(whole, "12:01", "23:59")} == {False}


def test_a_buzz_is_talk_and_says_of_no_failure(played: list[Signal]) -> None:
    own = [each for each in played if isinstance(each, Post) and each.service == "x"]
    buzz = _between(own, "16:00", "18:00")
    assert sum(post.talk for post in buzz) == pytest.approx(4000, rel=0.1)
    assert sum(post.failing for post in _between(own, "17:00", "18:00")) < 20


def test_a_source_is_heard_in_every_tick_and_languages_divide_what_fails(
    played: list[Signal],
) -> None:
    whole = [each for each in played if isinstance(each, Post) and not each.service]
    own = [each for each in played if isinstance(each, Post) and each.service == "x"]
    assert len(whole) == 8640
    assert sum(post.of for post in whole) >= 8640 * 30 * 0.98
    for post in own:
        assert sum(post.languages.values()) == pytest.approx(post.failing)
        assert post.failing >= sum(post.tags.values())


def test_pages_and_changes_arrive_when_the_file_says(played: list[Signal]) -> None:
    (notice,) = [each for each in played if isinstance(each, Notice)]
    assert (notice.at, notice.native, notice.title) == (at("10:40"), "a1", "Errors")
    (change,) = [each for each in played if isinstance(each, Change)]
    assert (change.at, change.source, change.title) == (at("09:50"), "github", "api 4.2")


def test_the_same_seed_gives_the_same_and_parts_give_the_whole(
    story: scenario.Scenario, known: Catalog, played: list[Signal]
) -> None:
    middle = tick_of(at("13:37"))
    parts = [
        signal
        for since, until in ((tick_of(story.start), middle), (middle, tick_of(story.end)))
        for _, arrived in scenario.signals(story, known, since=since, until=until)
        for signal in arrived
    ]
    assert parts == played


def test_another_seed_gives_other_signals(
    tmp_path: Path, known: Catalog, played: list[Signal]
) -> None:
    other = _story(tmp_path, HEAD.replace("seed = 11", "seed = 12"))
    ticks = scenario.signals(other, known, since=tick_of(other.start))
    again = [signal for _, arrived in ticks for signal in arrived]
    for kind in (Probed, Post):
        assert [each for each in again if isinstance(each, kind)] != [
            each for each in played if isinstance(each, kind)
        ]


def test_in_a_blackout_nothing_is_heard_of_any_source(tmp_path: Path, known: Catalog) -> None:
    dark = HEAD + (
        '[[blackout]]\nassumed = { why = "made up for a test",'
        " from = 2025-04-02T15:00:00Z, until = 2025-04-02T16:00:00Z }\n"
    )
    story = _story(tmp_path, dark)
    ticks = list(scenario.signals(story, known, since=tick_of(at("14:50"))))
    assert not [tick for tick, _ in ticks if tick_of(at("15:00")) <= tick < tick_of(at("16:00"))]
    assert [tick for tick, _ in ticks if tick >= tick_of(at("16:00"))]


def test_the_day_of_march_meets_the_published_count_of_its_hashtag(known: Catalog) -> None:
    story = scenario.load("x-2025-03-10")
    total = 0
    for _, arrived in scenario.signals(story, known, since=tick_of(story.start)):
        for each in arrived:
            if isinstance(each, Post) and not each.service:
                total += each.tags.get("twitterdown", 0)
    assert total == pytest.approx(11_000, abs=4 * 11_000**0.5)
