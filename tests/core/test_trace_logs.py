"""What an access log shows: attack, crowd, retries, robot, or the ordinary, with probability."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from core import log_writer as w
from uproar.trace.logged import Surge, trace_log
from uproar.trace.origins import known
from uproar.trace.requests import Log
from uproar.wire.accesslog import reading


def country_of(addresses: Sequence[bytes]) -> list[str]:
    return ["DE" if address[0] < 64 else "US" for address in addresses]


ABOUT = known(country_of, None, "a table")


def logged(lines: Sequence[bytes], rows_max: int = 1_000_000) -> Log:
    log = Log(rows_max)
    if lines:
        form = reading.sniff(lines)
        for begin in range(0, len(lines), 5_000):
            log.add(reading.read(lines[begin : begin + 5_000], form))
    return log


def traced(lines: Sequence[bytes], usual: Sequence[bytes] = ()) -> Surge:
    found = trace_log(logged(lines), logged(usual) if usual else None, ABOUT)
    assert found is not None
    return found


ATTACKS: list[tuple[str, Callable[[int], list[bytes]]]] = [
    ("http.flood", lambda seed: w.lines(w.flood(seed, sources=5))),
    ("http.flood", lambda seed: w.lines(w.flood(seed, sources=3_000))),
    ("http.cache-busting", lambda seed: w.lines(w.cache_busting(seed))),
    ("http.login-flood", lambda seed: w.lines(w.login_flood(seed))),
    ("http.slow", w.slow_read),
    ("http.flood", lambda seed: w.lines(w.waves(seed))),
    ("http.rapid-reset", lambda seed: w.lines(w.resets(seed))),
]
OTHERS: list[tuple[str, Callable[[int], list[w.Row]]]] = [
    ("crowd", w.flash_crowd),
    ("retry-storm", w.retry_storm),
    ("robot", w.crawler),
    ("ordinary", w.day),
]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("vector", "made"),
    ATTACKS,
    ids=["few", "many", "cache-busting", "login-flood", "slow", "waves", "reset"],
)
def test_an_attack_by_requests_is_named_with_its_vector(
    vector: str, made: Callable[[int], list[bytes]], seed: int
) -> None:
    found = traced(made(seed))
    assert (found.said, found.vector) == ("attack", vector), found
    assert found.flash_crowd < 0.3
    assert found.evidence


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("said", "made"), OTHERS, ids=[name for name, _ in OTHERS])
def test_what_is_no_attack_is_not_called_one(
    said: str, made: Callable[[int], list[w.Row]], seed: int
) -> None:
    found = traced(w.lines(made(seed)))
    assert found.said in (said, ""), found
    assert found.probability["attack"] < 0.3, found
    assert max(found.probability, key=lambda name: found.probability[name]) == said, found


@pytest.mark.parametrize(
    ("said", "made"),
    [("retry-storm", w.silence), ("ordinary", w.night_and_day), ("robot", w.backup)],
    ids=["outage-without-a-line", "night-and-day", "backup"],
)
def test_what_looks_like_a_surge_is_seen_for_what_it_is(
    said: str, made: Callable[[int], list[w.Row]]
) -> None:
    found = traced(w.lines(made(6)))
    assert found.said in (said, ""), found
    assert found.probability["attack"] < 0.5, found


def test_many_who_open_an_app_at_once_ask_for_what_it_always_asks_for() -> None:
    """A message to all telephones: another mix of agents, of pages none, and nothing that the app does not always do."""
    crowd = traced(w.lines(w.app(3, agent="ShopApp/4.2")))
    flood = traced(w.lines(w.app(3, agent=w.AGENTS[0])))
    assert crowd.probability["attack"] < 0.5, crowd
    assert flood.probability["attack"] > crowd.probability["attack"] + 0.3, flood
    assert "agent-paths" in {each.about for each in crowd.evidence}
    assert "agent-paths" not in {each.about for each in flood.evidence}


def test_people_who_log_in_for_a_sale_are_no_login_flood() -> None:
    assert traced(w.lines(w.sale(3))).probability["attack"] < 0.3


def test_a_service_that_few_clients_always_ask_is_not_called_attacked() -> None:
    found = traced(w.lines(w.service(1)))
    assert found.said != "attack"
    assert not found.usual
    assert not found.risen


def test_a_flood_that_fills_the_log_is_told_by_a_log_of_an_ordinary_time() -> None:
    rows = w.flood(1, sources=50)
    filled = w.lines([row for row in rows if w.BEGIN_S + 900 <= row[0] < w.BEGIN_S + 1_200])
    assert traced(filled).said != "attack"
    found = traced(filled, usual=w.lines(w.day(9)))
    assert (found.said, found.vector) == ("attack", "http.flood")


def test_sources_of_requests_are_genuine_and_have_countries() -> None:
    found = traced(w.lines(w.flood(1, sources=3_000)))
    assert found.sources.meaningful
    assert found.sources.spoofed == 0.01
    assert {each.name for each in found.sources.countries} == {"DE", "US"}
    assert all("/" in each.name for each in found.sources.networks)


def test_a_log_beyond_the_bound_is_judged_by_some_of_its_requests() -> None:
    log = logged(w.lines(w.flood(1, sources=3_000)), rows_max=20_000)
    assert log.one_of == 4
    assert len(log.rows()) <= 20_000
    found = trace_log(log, None, ABOUT)
    assert found is not None
    assert found.said == "attack"
    assert found.rates.requests == pytest.approx(40_225, rel=0.1)


def test_a_log_without_requests_shows_nothing() -> None:
    assert trace_log(logged([]), None, ABOUT) is None
