"""Live detection: what is raised, as what, when and how often; and what stays silent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core import live_traffic as l
from uproar.model.signal import Traffic
from uproar.trace import watch, watch_state
from uproar.wire.flows.columns import Flows, concat
from uproar.wire.signalbounds import check

BEGINS_S = 5
BESIDE = 2_000  # Packets a second of people, all the time.


def beside(make: Any, rate: int, pulses: Any = lambda second: second >= BEGINS_S) -> l.Maker:
    """An attack beside what people do."""

    def maker(dice: l.Dice, at: int) -> Flows:
        parts = [l.crowd(dice, at, BESIDE)]
        if pulses((at - l.NOON) // 1_000):
            parts.append(make(dice, at, rate))
        return concat(parts)

    return maker


def sampled(make: Any) -> Any:
    """One packet of a thousand is looked at."""

    def maker(dice: l.Dice, at: int, rate: int) -> Flows:
        made = make(dice, at, rate // 1_000)
        made.sampling[:] = 1_000
        return made

    return maker


def told(signals: list[Traffic], state: str) -> list[Traffic]:
    return [signal for signal in signals if signal.state == state]


@pytest.mark.parametrize(
    ("make", "rate", "target", "vector"),
    [
        (l.syn, 60_000, l.TARGET, "flood.syn"),
        (l.syn, 15_000, l.TARGET, "flood.syn"),
        (sampled(l.syn), 200_000, l.TARGET, "flood.syn"),
        (l.udp, 60_000, l.TARGET, "flood.udp"),
        (l.ntp, 90_000, l.TARGET, "amplification.ntp"),
        (l.ack, 60_000, l.TARGET, "flood.ack"),
        (l.syn_ack, 60_000, l.TARGET, "reflection.syn-ack"),
        (l.icmp, 60_000, l.TARGET, "flood.icmp"),
        (l.carpet, 90_000, l.NET, "amplification.ntp"),
        (l.wide_carpet, 66_000, l.WIDE, "amplification.ntp"),
        (sampled(l.carpet), 4_500_000, l.NET, "amplification.ntp"),
    ],
)
def test_an_attack_is_raised_once_within_two_seconds_by_its_right_name(
    make: Any, rate: int, target: str, vector: str
) -> None:
    signals = l.watched(beside(make, rate), 21)
    (raised,) = told(signals, "raised")
    assert raised.target == target
    assert next(iter(raised.vectors)) == vector
    assert raised.at <= l.NOON + (BEGINS_S + 2) * 1_000
    # It is the first that people read, and of an attack that is a second old.
    assert 0.5 * rate <= raised.packets_s <= raised.peak_packets_s <= 1.5 * rate
    going = told(signals, "going")
    assert {signal.attack for signal in going} == {raised.attack} != {""}
    assert {signal.target for signal in going} == {target}
    beside_it = BESIDE if target != l.WIDE else 0
    assert going[-1].packets_s == pytest.approx(rate + beside_it, rel=0.05)
    for signal in signals:
        check(signal)


def test_a_crowd_is_unusual_and_no_attack() -> None:
    signals = l.watched(beside(l.crowd, 72_000), 21)
    assert {signal.state for signal in signals} == {"usual"}
    assert signals[-1].flash_crowd is not None
    assert signals[-1].flash_crowd > 0.5
    assert signals[-1].measured["times-threshold"] > 3


def test_flows_of_a_minute_told_at_once_count_in_the_seconds_of_that_minute() -> None:
    """40 flows of 60 s, exported together, of a host that gets 3,000 packets a second: no more, at no second."""
    state = watch_state.State()
    for now, closed in l.bundles(
        lambda d, at: l.long(d, at) if at == l.NOON + 70_000 else None, 72
    ):
        state, signals = watch.step(state, closed, now, l.DESIGN, l.ABOUT)
        assert not told(signals, "raised")
    spot = int(np.flatnonzero(state.spots.level[: state.spots.count] == watch_state.ONE)[0])
    ring = state.spots.ring[spot, :, watch_state.PACKETS]
    seconds = np.arange(l.NOON // 1_000 + 11, l.NOON // 1_000 + 70) % watch_state.SECONDS
    assert ring[seconds] == pytest.approx(3_000, rel=0.01)
    assert ring.sum() == 40 * 4_500


def test_pulses_with_pauses_are_one_attack() -> None:
    signals = l.watched(beside(l.syn, 60_000, lambda second: second % 60 in range(5, 15)), 140)
    assert len(told(signals, "raised")) == 1
    assert not told(signals, "cleared")
    assert len({signal.attack for signal in signals if signal.attack}) == 1


def test_an_attack_that_ends_is_cleared_once_and_its_next_wave_has_the_same_name() -> None:
    def pulses(second: int) -> bool:
        return 5 <= second < 20 or 200 <= second < 215

    signals = l.watched(beside(l.syn, 30_000, pulses), 216)
    states = [signal.state for signal in signals if signal.state in ("raised", "cleared")]
    assert states == ["raised", "cleared", "raised"]
    assert len({signal.attack for signal in signals if signal.attack}) == 1


def test_several_targets_of_a_hostgroup_hit_alike_are_one_attack() -> None:
    def both(dice: l.Dice, at: int, rate: int) -> Flows:
        return concat([l.syn(dice, at, rate, f"198.51.100.{last}") for last in (7, 9)])

    raised = told(l.watched(beside(both, 40_000), 12), "raised")
    assert {signal.target for signal in raised} == {"198.51.100.7", "198.51.100.9"}
    assert len({signal.attack for signal in raised}) == 1


def test_a_second_vector_joins_the_attack() -> None:
    def both(dice: l.Dice, at: int, rate: int) -> Flows:
        parts = [l.syn(dice, at, rate)]
        if at >= l.NOON + 15_000:
            parts.append(l.ntp(dice, at, rate))
        return concat(parts)

    signals = l.watched(beside(both, 40_000), 31)
    assert len(told(signals, "raised")) == 1
    assert {"flood.syn", "amplification.ntp"} == {*told(signals, "going")[-1].vectors}


def test_ipv6_is_watched_as_ipv4_is() -> None:
    """A flood on one address, and one over a /64."""

    def flood(spread: bool) -> l.Maker:
        def maker(dice: l.Dice, at: int) -> Flows:
            low = dice.integers(0, 250, 40_000) if spread else 7
            return l.flows(
                40_000, l.within(dice, at, 40_000), src_hi=0x2A00 << 48,
                src_lo=dice.integers(1, 1 << 62, 40_000), dst_hi=0x20010DB800010002, dst_lo=low,
                src_port=l.ports(dice, 40_000), dst_port=443, protocol=6, tcp_flags=2,
            )  # fmt: skip

        return maker

    for spread, target in ((False, "2001:db8:1:2::7"), (True, "2001:db8:1:2::/64")):
        raised = told(l.watched(flood(spread), 4), "raised")
        assert [signal.target for signal in raised] == [target]
        assert "flood.syn" in raised[0].vectors


def test_what_is_not_ours_is_counted_and_no_more() -> None:
    closed = [
        b for _, made in l.bundles(lambda d, at: l.syn(d, at, 500, "203.0.113.9"), 1) for b in made
    ]
    assert closed[0].counted.foreign == closed[0].counted.flows == 500
    assert not len(closed[0].sums)


def test_flows_that_come_too_late_are_told_as_late() -> None:
    def late(_: l.Dice, at: int) -> Flows:
        return l.flows(10, at - 600_000, end_ms=at - 500_000, dst_lo=l.number(l.TARGET), packets=7)

    ((_, (bundle,)),) = l.bundles(late, 1)
    assert (bundle.counted.late_flows, bundle.counted.late_packets) == (10, 70.0)
    assert not len(bundle.sums)


@pytest.mark.parametrize(("sources", "vectors"), [(15, {"slow.connections"}), (3_000, set())])
def test_connections_held_open_count_where_few_addresses_hold_them(
    sources: int, vectors: set[str]
) -> None:
    """3,000 sockets that are idle: of 15 addresses they are an attack, of 3,000 they are people."""
    signals = l.watched(_held(sources), 70)
    assert {name for signal in signals for name in signal.vectors} == vectors
    if vectors:
        raised = told(signals, "raised")[0]
        assert raised.measured["connections-per-source"] > 20


def _held(sources: int) -> l.Maker:
    return lambda dice, at: concat([l.crowd(dice, at, BESIDE), l.held(dice, at, 3_000, sources)])
