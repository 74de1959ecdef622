"""What is learned as usual for a target, and what must not teach it."""

from __future__ import annotations

import numpy as np
import pytest

from core import live_traffic as l
from uproar.trace import watch, watch_kept
from uproar.trace.ours import Design, Hostgroup, Ours
from uproar.trace.watch_baseline import HOUR_MS, TICKS_DEEP, TICKS_KNOWN, middle, teach, usual
from uproar.trace.watch_hot import TIMES_USUAL, thresholds
from uproar.trace.watch_state import GROUP, NET, ONE, PACKETS, WIDER, Known, State

TICKS = int(TICKS_KNOWN) + 10


def begun() -> State:
    """A state with one target and what is above it."""
    state = State()
    for now, closed in l.bundles(lambda d, at: l.crowd(d, at, 240), 1):
        state, _ = watch.step(state, closed, now, l.DESIGN, l.ABOUT)
    return state


def spot(state: State, level: int) -> int:
    return int(
        np.flatnonzero(state.spots.level[: state.spots.count] == level)[-1 if level == ONE else 0]
    )


def passing(state: State, ticks: int, rate: float, *, heard: bool = True) -> State:
    """So many ticks in which so many packets a second come to everything."""
    for _ in range(ticks):
        state.spots.ring[: state.spots.count, :, PACKETS] = rate
        state.heard_s[:] = 1.0 if heard else 0.0
        state.now_ms += 10_000
        teach(state, state.now_ms)
    return state


def known(state: State) -> Known:
    at = state.now_ms
    return Known("a", l.TARGET, "web", 0, spot(state, ONE), at, at - 900_000, at + 10**9, {}, True)


def test_the_usual_rate_is_learned_and_raises_the_threshold() -> None:
    state = begun()
    rows = np.array([spot(state, ONE)])
    floor = thresholds(state, rows, l.DESIGN)[0, PACKETS]
    assert middle(state, int(rows[0]), state.now_ms) is None
    passing(state, TICKS, 15_000.0)
    found = middle(state, int(rows[0]), state.now_ms)
    assert found is not None
    assert found[PACKETS] == pytest.approx(15_000, rel=0.01)
    assert floor == 10_000
    assert thresholds(state, rows, l.DESIGN)[0, PACKETS] > TIMES_USUAL * 15_000


def test_nothing_counts_as_usual_before_enough_was_seen() -> None:
    state = passing(begun(), int(TICKS_KNOWN) - 5, 15_000.0)
    _, enough = usual(state, np.array([spot(state, ONE)]), state.now_ms)
    assert not enough.any()


@pytest.mark.parametrize("level", [ONE, NET, WIDER, GROUP])
def test_an_attack_does_not_teach_its_target_nor_what_is_above_it(level: int) -> None:
    state = passing(begun(), TICKS, 1_000.0)
    before = middle(state, spot(state, level), state.now_ms)
    assert before is not None
    state.attacks.append(known(state))
    passing(state, 60, 90_000.0)
    after = middle(state, spot(state, level), state.now_ms)
    assert after is not None
    assert after == pytest.approx(before)


def test_seconds_without_any_telemetry_do_not_teach() -> None:
    state = passing(begun(), TICKS, 1_000.0)
    before = middle(state, spot(state, ONE), state.now_ms)
    passing(state, 60, 0.0, heard=False)
    assert middle(state, spot(state, ONE), state.now_ms) == pytest.approx(before)


def test_a_hostgroup_that_falls_silent_does_not_teach_its_targets() -> None:
    state = passing(begun(), TICKS, 1_000.0)
    before = middle(state, spot(state, ONE), state.now_ms)
    passing(state, 60, 5.0)
    assert middle(state, spot(state, ONE), state.now_ms) == pytest.approx(before)


def test_an_hour_of_the_day_is_learned_apart_from_the_others() -> None:
    state = passing(begun(), TICKS, 1_000.0)
    state.now_ms += 12 * HOUR_MS
    row = spot(state, ONE)
    assert middle(state, row, state.now_ms) is None
    state.taught_tick = 0
    passing(state, TICKS, 4_000.0)
    state.now_ms -= 12 * HOUR_MS
    noon = middle(state, row, state.now_ms)
    assert noon is not None
    assert noon[PACKETS] == pytest.approx(1_000, rel=0.01)


def test_what_lies_weeks_back_fades() -> None:
    state = begun()
    row, hour = spot(state, ONE), state.now_ms // HOUR_MS % 24
    p = state.spots
    p.ticks[:, hour], p.usual[:, hour, PACKETS] = TICKS_DEEP, np.log1p(1_000)
    passing(state, 180, 2_000.0)
    found = middle(state, row, state.now_ms)
    assert found is not None
    # Half an hour of a week's hours: a tenth of the way, of the logarithm.
    assert 1_020 < found[PACKETS] < 1_100


def test_a_target_that_is_busy_as_always_is_no_longer_unusual() -> None:
    state = passing(begun(), TICKS, 15_000.0)
    state.spots.ring[:] = 0.0
    told: list[watch.Traffic] = []
    for now, closed in l.bundles(lambda d, at: l.crowd(d, at, 20_000), 12, 1, state.now_ms):
        state, signals = watch.step(state, closed, now, l.DESIGN, l.ABOUT)
        told += signals
    assert told
    assert not any("times-threshold" in signal.measured for signal in told)
    assert told[-1].usual_packets_s == pytest.approx(15_000, rel=0.01)


def test_other_hostgroups_in_the_settings_keep_what_was_learned_of_addresses_and_names() -> None:
    state = passing(begun(), TICKS, 1_000.0)
    web = l.OURS.groups[0]
    other = Design(Ours((Hostgroup("new", ("203.0.113.0/24",)), web)), l.DESIGN.salt)
    state = watch_kept.of_bytes(watch_kept.to_bytes(state))
    was = known(state)
    was.last_ms = state.now_ms
    state.attacks.append(was)
    state, _ = watch.step(state, [], state.now_ms + 1_000, other, l.ABOUT)
    p = state.spots
    assert p.level[:2].tolist() == [GROUP, GROUP]
    for row in (1, spot(state, ONE), spot(state, NET), spot(state, WIDER)):
        assert p.group[row] == 1
        found = middle(state, row, state.now_ms)
        assert found is not None
        assert found[PACKETS] == pytest.approx(1_000, rel=0.01)
    assert middle(state, 0, state.now_ms) is None
    assert not state.attacks[0].live
    told: list[watch.Traffic] = []
    for now, closed in l.bundles(lambda d, at: l.syn(d, at, 30_000), 3, 1, state.now_ms):
        state, signals = watch.step(state, closed, now, other, l.ABOUT)
        told += [signal for signal in signals if signal.state == "raised"]
    assert [(each.attack, each.group) for each in told] == [("a", "web")]


def test_hostgroups_that_go_take_their_addresses_with_them() -> None:
    state = begun()
    state, _ = watch.step(state, [], state.now_ms + 1_000, Design(Ours()), l.ABOUT)
    assert state.spots.count == 0
