"""On simulated attacks of every kind: what the narrow filters stop together, and what they cost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from uproar.app import tracing
from uproar.sim import traffic
from uproar.trace.rules import advise
from uproar.trace.rules_match import rows

SEED, CASES = 901, 12


@pytest.fixture(scope="module")
def about():
    return tracing.known()


def test_narrow_filters_stop_nearly_all_and_hit_hardly_anything_ordinary(
    tmp_path: Path, about
) -> None:
    """Counted in the truth of the simulation: packets of the vectors, and all others to the target."""
    stopped, hits = [], []
    for number in range(CASES):
        case = traffic.attack(SEED, number)
        file = tmp_path / "case.pcap"
        file.write_bytes(case.capture())
        read = tracing.read(file, about)
        for advice in advise(read.tally, read.found, None):
            assert advice is not None
            chosen = [e for e in advice.rules if e.why in ("narrow", "fragments") and e.action == "drop"]  # fmt: skip
            held = read.tally.traffic()
            hit = np.zeros(len(held), np.bool_)
            for rule in chosen:
                hit |= rows(rule.match, held)
            truth = float((case.packets["vector"] > 0).sum())
            if case.truth.view == "sampled" or read.tally.one_of > 1:
                continue
            # Every packet that a filter hits and that is of no vector is an ordinary one.
            count = float(held.packets[hit].sum())
            stopped.append(min(count / truth, 1.0))
            hits.append(max(count / truth - 1.0, 0.0))
    assert len(stopped) >= CASES // 2
    assert np.median(stopped) >= 0.99
    assert min(stopped) >= 0.8
    assert max(hits) <= 0.05
