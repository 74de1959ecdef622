"""Are our targets attacked now? Once a second, from the sums and rows of all collectors' workers; pure and deterministic.

Sums say what is hot: above a floor of its hostgroup and far above what is usual there. Whether that is an attack is for
the rules of `tracing` on the rows that are looked at. What is hot and no attack is told as unusual.
"""

from __future__ import annotations

import numpy as np

from uproar.model.signal import Traffic
from uproar.trace import sums as s
from uproar.trace.bundle import Bundle
from uproar.trace.origins import Known as About
from uproar.trace.ours import Design
from uproar.trace.thinning import Sample
from uproar.trace.traffic import SECOND_MS
from uproar.trace.watch_baseline import TICK_S, teach
from uproar.trace.watch_hot import hot
from uproar.trace.watch_judge import sampled
from uproar.trace.watch_ours import settle
from uproar.trace.watch_spots import add, advance
from uproar.trace.watch_state import SECONDS, State
from uproar.trace.watch_telling import Telling
from uproar.trace.watch_told import KnownShare


def step(
    state: State,
    bundles: list[Bundle],
    now_ms: int,
    design: Design,
    about: About,
    known_share: KnownShare | None = None,
) -> tuple[State, list[Traffic]]:
    """Return the state after this second and what is to be told: attacks at once, and at the end of a tick its summary.

    `state` is used up. `bundles` are those that were closed since the last step, of all workers, in any order. Time that does not
    go forward is taken as the last one.
    """
    now_ms = max(now_ms, state.now_ms)
    settle(state, design.ours)
    advance(state, now_ms // SECOND_MS)
    state.now_ms, before_ms = now_ms, state.now_ms
    sums = s.merged(s.joined([bundle.sums for bundle in bundles]))
    touched, begin_s = add(state, sums, design, now_ms)
    if any(bundle.counted.flows for bundle in bundles):
        since = max(before_ms // SECOND_MS, now_ms // SECOND_MS - SECONDS + 1)
        state.heard_s[np.arange(since, now_ms // SECOND_MS + 1) % SECONDS] += 1
    _keep(state, sampled(bundles, sums, design.salt), now_ms)
    tick = now_ms // SECOND_MS // TICK_S
    ends = tick > state.told_tick and state.told_tick > 0
    state.told_tick = tick
    found = hot(state, touched, begin_s, design)
    signals = Telling(state, design, about, known_share).all(found, ends)
    teach(state, now_ms)
    return state, signals


def _keep(state: State, sample: Sample, now_ms: int) -> None:
    state.rows = [(at, rows) for at, rows in state.rows if at > now_ms - TICK_S * SECOND_MS]
    if len(sample):
        state.rows.append((now_ms, sample))
