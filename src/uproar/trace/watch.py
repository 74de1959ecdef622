"""Are our targets attacked now? Once a second, from the sums and rows of all collectors' workers; pure and deterministic.

Sums say what is hot: above a floor of its hostgroup and far above what is usual there. Whether that is an attack is for
the rules of `tracing` on the rows that are looked at. What is hot and no attack is told as unusual.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from uproar.model.signal import Traffic
from uproar.trace import sums as s
from uproar.trace import traffic as t
from uproar.trace import watch_attacks as a
from uproar.trace.bundle import Bundle
from uproar.trace.ours import Design, Floors
from uproar.trace.thinning import Sample
from uproar.trace.tracing import Known as About
from uproar.trace.traffic import SECOND_MS
from uproar.trace.watch_baseline import TICK_S, teach, usual
from uproar.trace.watch_judge import JUDGED_S, Verdict, judge, of_place, recent, sampled
from uproar.trace.watch_places import add, advance, settle
from uproar.trace.watch_state import (
    ANSWERED,
    GROUP,
    NET,
    NOWHERE,
    OCTETS,
    ONE,
    OPENED,
    PACKETS,
    SECONDS,
    WIDER,
    State,
)
from uproar.trace.watch_told import KnownShare, told
from uproar.wire.packets.frames import I64

TIMES_USUAL: Final = 3.0  # Above what is usual, beside the floor.
PREFIX_TIMES: Final = 2.0  # The floors of a prefix or hostgroup, in floors of an address.
JUDGED_MAX: Final = 24  # Places whose rows are judged in one step, those the most above first.
TOLD_MAX: Final = (
    20  # Targets without an attack that are told each tick, those with the most traffic.
)
CARPET_ADDRESSES: Final = 8  # Addresses of a prefix that are hit ...
CARPET_SHARE: Final = 0.5  # ... none of them (nor one of its /24) by more of it than this.
PATIENT_S: Final = (
    6  # What is hot is judged each second for so long, then once a tick and when it rises.
)
RISEN: Final = 1.25


class Hot(NamedTuple):
    """A place above its thresholds: by how much, in which measure, and its rates (mean of two seconds)."""

    place: int
    level: int
    ratio: float
    measure: int
    rate: t.F64


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
    settle(state, design)
    advance(state, now_ms // SECOND_MS)
    state.now_ms, before_ms = now_ms, state.now_ms
    sums = s.merged(s.joined([bundle.sums for bundle in bundles]))
    touched, begin_s = add(state, sums, design, now_ms)
    if any(bundle.counted.flows for bundle in bundles):
        since = max(before_ms // SECOND_MS, now_ms // SECOND_MS - SECONDS + 1)
        state.heard_s[np.arange(since, now_ms // SECOND_MS + 1) % SECONDS] += 1
    _keep(state, sampled(bundles, design.salt), now_ms)
    tick = now_ms // SECOND_MS // TICK_S
    ends = tick > state.told_tick and state.told_tick > 0
    state.told_tick = tick
    found = hot(state, touched, begin_s, design)
    signals = _Telling(state, design, about, known_share).all(found, ends)
    teach(state, now_ms)
    return state, signals


def _keep(state: State, sample: Sample, now_ms: int) -> None:
    state.rows = [(at, rows) for at, rows in state.rows if at > now_ms - TICK_S * SECOND_MS]
    if len(sample):
        state.rows.append((now_ms, sample))


def floors_of(floors: Floors) -> list[float]:
    """Return the floors by measure."""
    found = [0.0] * 4
    found[PACKETS], found[OCTETS] = floors.packets_s, floors.bits_s / 8
    found[OPENED], found[ANSWERED] = floors.opening_s, floors.answers_bits_s / 8
    return found


def thresholds(state: State, rows: I64, design: Design) -> t.F64:
    """Return the rates above which those places are hot, (k, measures)."""
    p = state.places
    by_group = np.array([floors_of(group.floors) for group in design.ours.groups])
    least = by_group[p.group[rows]] * np.where(p.level[rows] == ONE, 1.0, PREFIX_TIMES)[:, None]
    high, _ = usual(state, rows, state.now_ms)
    return np.maximum(least, TIMES_USUAL * high)


def hot(state: State, touched: I64, begin_s: int, design: Design) -> list[Hot]:
    """Return the places that are above a threshold in two seconds that follow each other, among those that changed."""
    if not len(touched):
        return []
    p, now_s = state.places, state.now_ms // SECOND_MS
    slots = np.arange(max(begin_s - 1, now_s - SECONDS + 2), now_s + 1) % SECONDS
    series = p.ring[touched][:, slots]
    rate = ((series[:, 1:] + series[:, :-1]) / 2).max(axis=1)
    ratio = rate / thresholds(state, touched, design)
    best = ratio.argmax(axis=1)
    top = ratio[np.arange(len(touched)), best]
    rows = np.flatnonzero(top >= 1.0)
    found = [
        Hot(
            int(touched[row]),
            int(p.level[touched[row]]),
            float(top[row]),
            int(best[row]),
            rate[row],
        )
        for row in rows.tolist()
    ]
    found = [each for each in found if each.level == ONE or _carpet(state, each, touched, rate)]
    return sorted(found, key=lambda each: (-each.level, -each.ratio, each.place))


def _carpet(state: State, found: Hot, touched: I64, rate: t.F64) -> bool:
    """Tell whether a prefix is hit as a whole: many of its addresses, none much more than the others."""
    p = state.places
    column = {NET: 0, WIDER: 1, GROUP: 2}[found.level]
    below = p.above[touched, column] == found.place
    counts = rate[below, found.measure]
    level = p.level[touched[below]]
    whole = found.rate[found.measure]
    for part in range(found.level):
        if counts[level == part].max(initial=0.0) > CARPET_SHARE * whole:
            return False
    ones = counts[level == ONE]
    return int((ones > whole / max(len(ones), 1) / 4).sum()) >= CARPET_ADDRESSES or not len(ones)


class _Telling:
    """What one step judges and tells."""

    def __init__(
        self, state: State, design: Design, about: About, known_share: KnownShare | None
    ) -> None:
        self._state, self._design, self._about = state, design, about
        self._known_share = known_share
        self._sample = recent(state, JUDGED_S)
        self._judged: dict[int, Verdict] = {}

    def all(self, found: list[Hot], ends: bool) -> list[Traffic]:
        """Return all signals of this step."""
        state, signals = self._state, []
        live = {known.place for known in state.attacks if known.live}
        for each in found:
            above = set(state.places.above[each.place].tolist())
            if each.place in live:
                self._note(each, ends)
            elif not above & live and self._due(each, ends):
                verdict = self._verdict(each.place)
                self._noted(each, verdict)
                if verdict is not None and verdict.attacks:
                    known = a.raised(state, self._design.ours, each.place, each.measure, verdict)
                    live.add(each.place)
                    signals.append(self._told(each.place, 2, verdict, "raised", known))
        for known in a.cleared(state):
            signals.append(self._told(known.place, TICK_S, None, "cleared", known))
        if ends:
            signals += self._tick(found, {signal.target for signal in signals})
        a.forgotten(state)
        return signals

    def _due(self, each: Hot, ends: bool) -> bool:
        """Tell whether a hot place is judged now; what rules found harmless waits, unless it rises."""
        until, rate, since = self._state.looked.get(each.place, (0, 0.0, self._state.now_ms))
        young = self._state.now_ms - since < PATIENT_S * SECOND_MS
        return young or ends or each.ratio > RISEN * rate or self._state.now_ms > until

    def _noted(self, each: Hot, verdict: Verdict | None) -> None:
        now = self._state.now_ms
        until, _, since = self._state.looked.get(each.place, (now, 0.0, now))
        if now > until + TICK_S * SECOND_MS:
            since = now
        if verdict is not None:
            self._state.looked[each.place] = (now + TICK_S * SECOND_MS, each.ratio, since)

    def _verdict(self, place: int) -> Verdict | None:
        """Return what the rules say of a place, None where there is no more room for judging in this step."""
        if place not in self._judged:
            if len(self._judged) >= JUDGED_MAX:
                return None
            p, ours = self._state.places, self._design.ours
            rows = of_place(self._state, place, self._sample, ours)
            times = 1.0 if p.level[place] == ONE else PREFIX_TIMES
            floors = ours.groups[int(p.group[place])].floors
            self._judged[place] = judge(rows, self._about, floors, times)
        return self._judged[place]

    def _note(self, each: Hot, ends: bool) -> None:
        """Take in that an attack goes on: by its rate, and once a tick by the rules."""
        known = next(k for k in self._state.attacks if k.live and k.place == each.place)
        verdict = self._verdict(each.place) if ends else None
        if verdict is None or verdict.attacks:
            known.last_ms = self._state.now_ms
        if verdict is not None and verdict.attacks:
            a.widened(known, verdict)

    def _tick(self, found: list[Hot], told_already: set[str]) -> list[Traffic]:
        state = self._state
        p = state.places
        signals = []
        for known in state.attacks:
            if known.live and known.place != NOWHERE:
                signals.append(
                    self._told(known.place, TICK_S, self._judged.get(known.place), "going", known)
                )
        live = {known.place for known in state.attacks if known.live}
        now_s = state.now_ms // SECOND_MS
        slots = np.arange(now_s - TICK_S, now_s) % SECONDS
        ones = np.flatnonzero(p.level[: p.count] == ONE)
        size = p.ring[ones][:, slots, OCTETS].sum(axis=1)
        order = ones[np.lexsort((ones, -size))][:TOLD_MAX][: int((size > 0).sum())]
        unusual = {each.place: each for each in found}
        most = [each.place for each in found if each.level == ONE][:TOLD_MAX]
        for place in dict.fromkeys([*most, *order.tolist()]):
            above = set(p.above[place].tolist())
            if place in live or above & live:
                continue
            verdict = self._judged.get(place)
            more = {}
            if place in unusual:
                more = {"measured": {"times-threshold": round(unusual[place].ratio, 2)}}
            if verdict is not None and verdict.attacks:
                continue
            signals.append(self._told(place, TICK_S, verdict, "usual", None, **more))
        return [
            each for each in signals if each.target not in told_already or each.state == "usual"
        ]

    def _told(
        self,
        place: int,
        seconds: int,
        verdict: Verdict | None,
        state: str,
        known: a.Known | None,
        **more: Any,
    ) -> Traffic:
        fields: dict[str, Any] = {"state": state}
        if known is not None:
            fields |= {"attack": known.attack, "vectors": dict(known.vectors)}
        sample = recent(self._state, TICK_S)
        rows = (
            verdict.rows
            if verdict
            else of_place(self._state, place, sample, self._design.ours)
        )
        return told(
            self._state,
            place,
            self._design.ours,
            self._about,
            seconds=seconds,
            verdict=verdict,
            rows=rows,
            salt=self._design.salt,
            known_share=self._known_share,
            more=fields | more,
        )
