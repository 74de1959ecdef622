"""An access log, watched while it is written: what is told each tick, and when an attack is raised and cleared."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from core import log_writer as w
from core.test_trace_logs import ABOUT
from uproar.model.signal import Traffic
from uproar.model.tick import TICK_MS, tick_of
from uproar.trace.loglive import AGAIN, CLEAR_MS, FUTURE_MS, LOOK_MS, RECENT_MS, Live, Remembered
from uproar.trace.logusual import Profile, learn, rate
from uproar.trace.requests import Rows, joined, rows_of
from uproar.wire.accesslog import reading

BEGIN_MS = w.BEGIN_S * 1_000
ATTACK_MS = BEGIN_MS + 900_000
OVER_MS = ATTACK_MS + 30_000


def rows(some: list[w.Row]) -> Rows:
    lines = w.lines(some)
    return rows_of(reading.read(lines, reading.sniff(lines)))


def live(remembered: Remembered | None = None) -> Live:
    return Live("shop", "log:shop", ABOUT, remembered or Remembered())


def run(watching: Live, given: Rows, until_ms: int, each_ms: int = 2_000) -> list[Traffic]:
    told: list[Traffic] = []
    at = int(given.at_ms.min())
    while at < until_ms:
        mine = (given.at_ms >= at) & (given.at_ms < at + each_ms)
        watching.take(given.take(mine), at + each_ms)
        at += each_ms
        told += watching.step(at).told
    return told


@pytest.fixture(scope="module")
def attacked() -> tuple[Live, list[Traffic], Rows]:
    begun, over = ATTACK_MS / 1_000, OVER_MS / 1_000
    after = over + (CLEAR_MS + 3 * RECENT_MS) / 1_000
    some = [row for row in w.flood(1, sources=300) if row[0] < over]
    some += [row for row in w.day(1) if over <= row[0] < after]
    some = [row for row in some if row[0] >= begun - 700]
    watching, given = live(), rows(some)
    return watching, run(watching, given, int(after * 1_000)), given


def test_an_attack_is_raised_within_seconds_and_cleared_after_it(
    attacked: tuple[Live, list[Traffic], Rows],
) -> None:
    watching, told, _ = attacked
    states = [each.state for each in told]
    assert states.count("raised") == states.count("cleared") == 1
    raised = told[states.index("raised")]
    assert raised.to_at is not None
    assert 0 < raised.to_at - ATTACK_MS <= (AGAIN + 2) * LOOK_MS
    assert raised.vectors == {"http.flood": 1.0}
    assert raised.measured
    assert raised.attack.startswith("shop@2025-03-10T10:1")
    cleared = told[states.index("cleared")]
    assert cleared.to_at is not None
    assert OVER_MS < cleared.to_at <= OVER_MS + CLEAR_MS + 3 * TICK_MS
    assert cleared.attack == raised.attack
    between = states[states.index("raised") + 1 : states.index("cleared")]
    assert set(between) == {"going"}
    assert not watching.attack


def test_every_request_is_told_once_whatever_goes_on(
    attacked: tuple[Live, list[Traffic], Rows],
) -> None:
    watching, told, given = attacked
    ticks = [each for each in told if each.state != "raised"]
    numbers = [tick_of(each.from_at or 0) for each in ticks]
    assert numbers == list(range(numbers[0], watching.tick))
    whole = int((given.at_ms < watching.tick * TICK_MS).sum())
    assert sum(each.packets_s * TICK_MS / 1_000 for each in ticks) == pytest.approx(whole)


def test_what_is_told_has_no_address_in_it(attacked: tuple[Live, list[Traffic], Rows]) -> None:
    text = msgspec.json.encode(attacked[1]).decode()
    given = attacked[2]
    dotted = {".".join(str(int(lo) >> by & 255) for by in (24, 16, 8, 0)) for lo in given.lo[:500]}
    assert not [each for each in dotted if each in text]


def test_an_attack_is_not_learned_as_usual(attacked: tuple[Live, list[Traffic], Rows]) -> None:
    watching, told, _ = attacked
    later = run(watching, rows([w.line(OVER_MS / 1_000 + 700, "81.2.3.4", "/")]), OVER_MS + 702_000)
    assert later
    usual = rate(watching.remembered.profile, OVER_MS)
    ordinary = [each.packets_s for each in told if each.to_at and each.to_at <= ATTACK_MS]
    assert usual is not None
    assert usual < 1.3 * float(np.mean(ordinary))


def test_a_crowd_raises_nothing_and_neither_does_an_ordinary_day() -> None:
    given = rows([row for row in w.flash_crowd(2) if row[0] < w.BEGIN_S + 1_300])
    told = run(live(), given, BEGIN_MS + 1_300_000, each_ms=10_000)
    assert {each.state for each in told} == {"usual"}
    assert {each.attack for each in told} == {""}


def test_it_goes_on_after_a_restart_where_it_was() -> None:
    given = rows([row for row in w.day(3) if row[0] < w.BEGIN_S + 120])
    first = live()
    told = run(first, given.take(given.at_ms < BEGIN_MS + 65_000), BEGIN_MS + 65_000)
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(first.remembered), type=Remembered)
    # The open tick is read again, and more than that: what was told is known.
    told += run(live(kept), given.take(given.at_ms >= BEGIN_MS + 40_000), BEGIN_MS + 120_000)
    numbers = [each.from_at for each in told]
    assert numbers == sorted({*numbers})
    whole = int((given.at_ms < BEGIN_MS + 120_000).sum())
    assert sum(each.packets_s * TICK_MS / 1_000 for each in told) == pytest.approx(whole)


def test_an_attack_that_went_on_before_a_restart_is_cleared_by_quiet() -> None:
    given = rows([row for row in w.day(4) if row[0] < w.BEGIN_S + 150])
    watching = live(Remembered(attack="shop@then", tick=tick_of(BEGIN_MS)))
    states = [each.state for each in run(watching, given, BEGIN_MS + 150_000)]
    assert states[0] == "going"
    assert states.count("cleared") == 1
    assert states[-1] == "usual"


def test_the_future_is_not_believed_and_the_distant_past_is_late() -> None:
    watching = live()
    given = rows([w.line(w.BEGIN_S + at, "81.2.3.4", "/") for at in (0, 1, 2)])
    assert watching.take(given, BEGIN_MS + 2_000) == (3, 0, 0)
    ahead = rows([w.line(w.BEGIN_S + 2 + FUTURE_MS / 1_000 + 1, "81.2.3.4", "/")])
    assert watching.take(ahead, BEGIN_MS + 2_000) == (0, 0, 1)
    watching.step(BEGIN_MS + 900_000)
    assert watching.take(given, BEGIN_MS + 900_000) == (0, 3, 0)


def test_a_long_silence_is_not_told_tick_by_tick() -> None:
    watching = live()
    watching.take(rows([w.line(w.BEGIN_S, "81.2.3.4", "/")]), BEGIN_MS)
    told = watching.step(BEGIN_MS + 30 * 86_400_000).told
    assert told[0].packets_s == 0.1
    assert len(told) < 80


def test_networks_that_are_known_of_the_last_weeks_are_told() -> None:
    watching = Live("shop", "log:shop", ABOUT, Remembered(), lambda _: 0.75)
    told = run(watching, rows(w.day(5)[:200]), BEGIN_MS + 30_000)
    assert told[0].known == 0.75


def test_ordinary_requests_are_handed_on_when_they_are_known_to_be() -> None:
    watching, given = live(), rows([row for row in w.day(6) if row[0] < w.BEGIN_S + 40])
    watching.take(given, BEGIN_MS + 40_000)
    assert not len(watching.step(BEGIN_MS + 60_000).ordinary)
    handed = watching.step(BEGIN_MS + 660_000).ordinary
    assert len(handed) == len(joined([given]))


def test_what_is_usual_fades_and_an_unknown_hour_is_like_the_others() -> None:
    profile = Profile()
    day = 86_400_000
    for back in range(30):
        learn(profile, 6_000, back * day, back * day + 600_000)
    assert rate(profile, 30 * day) == pytest.approx(10)
    assert rate(profile, 30 * day + 5 * 3_600_000) == pytest.approx(10)
    for back in range(30, 60):
        learn(profile, 60_000, back * day, back * day + 600_000)
    assert rate(profile, 60 * day) == pytest.approx(100, rel=0.05)
    assert rate(Profile(), 0) is None
