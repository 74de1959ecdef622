"""Live detection: how flows are dealt out to workers changes nothing; bytes go there and back; bounds hold; sums are kept."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import live_traffic as l
from uproar.errors import BundleDamaged
from uproar.trace import bundle, gather, thinning, watch, watch_kept, watch_state
from uproar.trace.gather import Gather
from uproar.trace.ours import Design, Hostgroup, Ours
from uproar.trace.sums import SENT
from uproar.wire.flows.columns import DTYPES, Flows, concat
from uproar.wire.signalbounds import check


def alone(dice: l.Dice, at: int, rate: int) -> Flows:
    """One host that sends to ever new ports."""
    return l.flows(
        rate, l.within(dice, at, rate), src_lo=l.number("5.6.7.8"), dst_lo=l.number("198.51.100.77"),
        src_port=l.ports(dice, rate), dst_port=l.ports(dice, rate), protocol=17,
    )  # fmt: skip


def mixed(dice: l.Dice, at: int) -> Flows:
    """People, two attacks that come and go, and long flows."""
    parts = [l.crowd(dice, at, 3_000)]
    second = (at - l.NOON) // 1_000
    if second > 3:
        parts.append(l.syn(dice, at, 12_000))
    if second > 6:
        parts.append(l.carpet(dice, at, 25_000))
    if second > 8:
        parts.append(alone(dice, at, 20_000))
    if second % 5 == 4:
        parts.append(l.long(dice, at))
    return concat(parts)


@pytest.mark.parametrize("workers", [2, 5])
def test_how_flows_are_dealt_out_to_workers_changes_no_decision(workers: int) -> None:
    one, many = l.watched(mixed, 22), l.watched(mixed, 22, workers)
    assert one
    assert any(signal.state == "raised" for signal in one)
    assert msgspec.json.encode(one) == msgspec.json.encode(many)


def test_a_state_that_was_kept_goes_on_as_one_that_was_not() -> None:
    plain, kept = watch_state.State(), watch_state.State()
    for now, closed in l.bundles(mixed, 15):
        kept = watch_kept.of_bytes(watch_kept.to_bytes(kept))
        through = [bundle.of_bytes(each.to_bytes()) for each in closed]
        plain, told = watch.step(plain, closed, now, l.DESIGN, l.ABOUT)
        kept, same = watch.step(kept, through, now, l.DESIGN, l.ABOUT)
        assert told == same
    assert watch_kept.to_bytes(plain) == watch_kept.to_bytes(kept)


@pytest.fixture(scope="module")
def closed() -> bundle.Bundle:
    return [made for _, (made,) in l.bundles(mixed, 9)][-1]


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_bundle_is_refused_or_is_one(data: st.DataObject, closed: bundle.Bundle) -> None:
    octets = bytearray(closed.to_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del octets[data.draw(st.integers(0, len(octets) - 1)) :]
    try:
        found = bundle.of_bytes(bytes(octets))
    except BundleDamaged:
        return
    assert len(found.sums) == len(closed.sums)


@given(st.binary(max_size=200))
def test_what_is_no_bundle_and_no_state_is_refused(octets: bytes) -> None:
    for read in (bundle.of_bytes, watch_kept.of_bytes):
        with pytest.raises(BundleDamaged):
            read(octets)


@given(
    st.lists(
        st.tuples(st.integers(0, 89_000), st.integers(0, 200_000), st.integers(0, 10**9)),
        min_size=1,
        max_size=30,
    )
)
@settings(deadline=None)
def test_all_packets_of_a_flow_are_counted_in_its_seconds_or_as_late(
    told: list[tuple[int, int, int]],
) -> None:
    end = np.array([l.NOON - ago for ago, _, _ in told])
    start = end - np.array([lasted for _, lasted, _ in told])
    packets = np.array([packets for _, _, packets in told])
    worker = Gather(l.OURS, l.DESIGN)
    worker.add(
        l.flows(len(told), start, end_ms=end, dst_lo=l.number(l.TARGET), packets=packets), l.NOON
    )
    made = worker.close(l.NOON)
    seconds = np.arange(l.NOON // 1_000 - gather.WINDOW_S - 1, l.NOON // 1_000 + 1)
    counted = np.array([s_packets(made, int(second)) for second in seconds])
    assert counted.sum() + made.counted.late_packets == packets.sum()
    assert (counted > -1e-6 - len(told) * 3).all()


def s_packets(made: bundle.Bundle, second: int) -> float:
    """Packets of that second: what falls into it, and the slopes that have begun and not ended."""
    sums = made.sums
    slopes = sums.packets_slope[sums.second <= second].sum()
    return float(sums.packets[sums.second == second].sum() + slopes)


def floods(rows: int, of: int) -> Iterator[Flows]:
    """Flows to every address of a /8, from anywhere."""
    dice = np.random.default_rng(4)
    for _ in range(rows // of):
        yield l.flows(
            of, l.within(dice, l.NOON, of), src_lo=l.anywhere(dice, of),
            dst_lo=l.number("10.0.0.0") + dice.integers(0, 1 << 24, of),
            src_port=l.ports(dice, of), dst_port=l.ports(dice, of), protocol=17,
        )  # fmt: skip


def test_memory_is_bounded_where_a_whole_eighth_is_hit_from_anywhere() -> None:
    design = Design(Ours((Hostgroup("all", ("10.0.0.0/8",)),)), 7)
    worker = Gather(design.ours, design)
    sent = 0
    for flows in floods(400_000, 40_000):
        worker.add(flows, l.NOON + 999)
        sent += len(flows)
    made = worker.close(l.NOON + 1_000)
    assert len(made.sums) <= bundle.ENTRIES_MAX
    assert len(made.sample) <= thinning.ROWS_MAX
    assert made.sums.packets[made.sums.kind != SENT].sum() == sent
    state, _ = watch.step(watch_state.State(), [made], l.NOON + 1_000, design, l.ABOUT)
    assert state.spots.count <= watch_state.SPOTS_MAX
    group = state.spots.ring[0, l.NOON // 1_000 % watch_state.SECONDS, watch_state.PACKETS]
    assert group == sent


EDGES = [0, 1, 2, 0xFFFF, 0xFFFFFFFF, 1 << 62, (1 << 63) - 1]


@given(seed=st.integers(0, 1 << 30), count=st.integers(1, 400))
@settings(max_examples=25, deadline=None)
def test_whatever_records_claim_they_are_gathered_and_told_within_the_journals_bounds(
    seed: int, count: int
) -> None:
    """Addresses of ours, and everything else at the edges of what a column holds."""
    dice = np.random.default_rng(seed)
    columns = {}
    for name, kind in DTYPES.items():
        most = 1 if kind == np.bool_ else int(np.iinfo(kind).max)
        columns[name] = dice.choice(np.array([min(edge, most) for edge in EDGES], kind), count)
    ours = dice.random(count) < 0.9
    columns["dst_hi"][ours] = 0
    columns["dst_lo"][ours] = l.number("198.51.100.0") + dice.integers(0, 4, int(ours.sum()))
    columns["end_ms"] = l.NOON + dice.choice([-(10**12), -95_000, -3_000, 0, 10**12], count)
    columns["start_ms"] = columns["end_ms"] - dice.choice([0, 1, 999, 60_000, 10**12], count)
    worker, state, told = Gather(l.OURS, l.DESIGN), watch_state.State(), []
    for second in range(1, 12):
        now = l.NOON + second * 1_000
        worker.add(Flows(**columns), now)
        closed = bundle.of_bytes(worker.close(now).to_bytes())
        state, signals = watch.step(state, [closed], now, l.DESIGN, l.ABOUT)
        told += signals
    for signal in told:
        check(signal)
    assert watch_kept.to_bytes(
        watch_kept.of_bytes(watch_kept.to_bytes(state))
    ) == watch_kept.to_bytes(state)
