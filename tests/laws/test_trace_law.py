from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.present.tracing import report
from uproar.present.tracingvalues import encode
from uproar.trace import tracing
from uproar.trace.addresses import Space
from uproar.trace.tally import Tally, rate
from uproar.trace.traffic import KINDS, Traffic

KNOWN = tracing.Known(
    lambda found: ["GB" if each[0] % 2 else "FR" for each in found],
    None,
    Space({"GB": 0.5, "FR": 0.5}, 56_000),
    "none",
)
FEW = st.sampled_from([0, 1, 2, 3, 17, 53, 80, 123, 255])


@st.composite
def traffic(draw: st.DrawFn) -> Traffic:
    """Rows of any kind, in blocks of the same kind, so that some are enough for an attack."""
    blocks = draw(st.integers(1, 4))
    parts: dict[str, list[np.ndarray]] = {name: [] for name in KINDS}
    for _ in range(blocks):
        count = draw(st.integers(1, 1_200))
        dice = np.random.default_rng(draw(st.integers(0, 1 << 30)))
        begin = draw(st.integers(0, 10**12))
        start = begin + dice.integers(0, draw(st.sampled_from([1, 900, 5_000])), count)
        hosts = draw(st.sampled_from([1, 30, 5_000]))
        made = {
            "start_ms": start,
            "end_ms": start + draw(st.sampled_from([0, 0, 20_000])),
            "src_hi": np.full(count, draw(st.sampled_from([0, 0, 1 << 61]))),
            "src_lo": dice.integers(0, hosts, count) * 70_001 + (0xFFFF << 32),
            "dst_hi": np.zeros(count),
            "dst_lo": dice.integers(0, draw(st.sampled_from([1, 2, 200])), count) + (0xFFFF << 32),
            "src_port": dice.integers(1, 60_000, count)
            if draw(st.booleans())
            else np.full(count, draw(FEW)),
            "dst_port": dice.integers(1, 60_000, count)
            if draw(st.booleans())
            else np.full(count, draw(FEW)),
            "protocol": np.full(count, draw(st.sampled_from([0, 1, 6, 6, 17, 17, 47, 58, 99]))),
            "flags": np.full(count, draw(st.integers(0, 0xFFF))),
            "ttl": dice.integers(0, 256, count),
            "size": np.full(count, 500),
            "payload": np.full(count, draw(st.sampled_from([0, 100, 1400]))),
            "fragment": np.full(count, False),
            "later": np.full(count, draw(st.booleans())),
            "content": dice.integers(0, 1 << 62, count),
            "question": dice.integers(0, draw(st.sampled_from([1, 1 << 40])), count),
            "packets": np.full(count, float(draw(st.integers(0, 100)))),
            "octets": np.full(count, 1000.0),
            "looked": np.full(count, 1.0),
            "told": np.full(count, draw(st.booleans())),
        }
        for name, column in made.items():
            parts[name].append(column.astype(KINDS[name]))
    return Traffic(**{name: np.concatenate(columns) for name, columns in parts.items()})


def traced(*parts: Traffic):
    tally = Tally()
    for part in parts:
        tally.add(part)
    return tracing.trace(tally, KNOWN)


@settings(max_examples=60, deadline=None)
@given(traffic())
def test_no_traffic_raises_and_every_probability_lies_between(rows):
    found = traced(rows)
    for attack in found.attacks:
        assert 0 < attack.sources.spoofed < 1
        assert 0 < attack.flash_crowd < 1
        assert attack.from_ms <= attack.to_ms
        assert 0 < sum(each.share for each in attack.vectors) <= 1.001
        assert encode(attack, "x")
    if found.quiet is not None:
        assert 0 < found.quiet.flash_crowd < 1
    assert report(found)


@settings(max_examples=40, deadline=None)
@given(traffic(), st.integers(0, 1 << 30))
def test_the_order_of_packets_and_the_pieces_they_come_in_do_not_matter(rows, seed):
    order = np.random.default_rng(seed).permutation(len(rows))
    half = len(rows) // 2
    mixed = traced(rows.take(order[:half]), rows.take(order[half:]))
    assert [encode(each, "x") for each in mixed.attacks] == [
        encode(each, "x") for each in traced(rows).attacks
    ]


@settings(max_examples=60, deadline=None)
@given(traffic())
def test_spreading_neither_loses_nor_makes_packets(rows):
    assert rate(rows).packets.sum() == pytest.approx(float(rows.packets.sum()), rel=1e-6, abs=1e-3)
