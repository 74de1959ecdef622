"""Rows that are looked at count for all: those of one target have one level, whenever they came within the second."""

from __future__ import annotations

import numpy as np
import pytest

from core import live_traffic as l
from uproar.trace.gather import Gather


@pytest.mark.parametrize("thousands", [20, 40, 60, 120])
def test_rows_that_come_after_a_thinning_count_for_as_many_as_those_before(thousands: int) -> None:
    worker, dice = Gather(l.OURS, l.DESIGN), np.random.default_rng(thousands)
    for _ in range(thousands):
        worker.add(l.ack(dice, l.NOON, 1_000), l.NOON + 999)
    sample = worker.close(l.NOON + 1_000).sample
    (level,) = set(sample.level.tolist())
    assert len(sample) * 2**level == pytest.approx(thousands * 1_000, rel=0.1)
