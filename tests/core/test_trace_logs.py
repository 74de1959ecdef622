"""What an access log shows: attack, crowd, retries, robot, or the ordinary, with probability."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from core import log_writer as w
from uproar.trace.logged import Surge, trace_log
from uproar.trace.requests import Log
from uproar.trace.tracing import known
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
]
OTHERS: list[tuple[str, Callable[[int], list[w.Row]]]] = [
    ("crowd", w.flash_crowd),
    ("retry-storm", w.retry_storm),
    ("robot", w.crawler),
    ("ordinary", w.day),
]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("vector", "made"), ATTACKS, ids=["few", "many", "cache-busting", "login-flood", "slow"]
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
