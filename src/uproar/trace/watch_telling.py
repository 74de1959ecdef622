"""What one step tells: attacks that begin, go on and end, and once a tick those of ours to whom the most comes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from uproar.model.signal import Traffic
from uproar.trace import watch_attacks as a
from uproar.trace.origins import Known as About
from uproar.trace.ours import Design
from uproar.trace.thinning import Sample, fewer
from uproar.trace.traffic import SECOND_MS
from uproar.trace.watch_baseline import TICK_S
from uproar.trace.watch_hot import PREFIX_TIMES, STAYS, Hot
from uproar.trace.watch_judge import JUDGED_S, Verdict, judge, of_spot, recent
from uproar.trace.watch_judge import held as held_open
from uproar.trace.watch_state import CONNECTIONS, NOWHERE, OCTETS, ONE, SECONDS, Known, State
from uproar.trace.watch_told import KnownShare, told

ROWS_JUDGED: Final = 16_384  # Of one spot; some 50 ms.
JUDGED_MAX: Final = 24  # Spots whose rows are judged in one step, those the most above first.
# Targets without an attack that are told each tick, those with the most traffic.
TOLD_MAX: Final = 20
# What is hot is judged each second for so long, then once a tick and when it rises.
PATIENT_S: Final = 6
RISEN: Final = 1.25
RAISED_S: Final = 2  # What is told when an attack is raised is of so many seconds.
LOOKED_MS: Final = 60_000


class Telling:
    """What one step judges and tells."""

    def __init__(
        self, state: State, design: Design, about: About, known_share: KnownShare | None
    ) -> None:
        self._state, self._design, self._about = state, design, about
        self._known_share = known_share
        self._judged: dict[int, Verdict] = {}
        self._samples: dict[int, Sample] = {}

    def _recent(self, seconds: int) -> Sample:
        """Return the rows of the last seconds, put together once."""
        if seconds not in self._samples:
            self._samples[seconds] = recent(self._state, seconds)
        return self._samples[seconds]

    def all(self, found: list[Hot], ends: bool) -> list[Traffic]:
        """Return all signals of this step."""
        state, signals = self._state, []
        live = {known.spot for known in state.attacks if known.live}
        for each in found:
            above = set(state.spots.above[each.spot].tolist())
            if each.spot in live:
                self._note(each, ends)
            elif not above & live and self._due(each, ends):
                verdict = self._verdict(each)
                self._noted(each, verdict)
                if verdict is not None and verdict.vectors:
                    known = a.raised(state, self._design.ours, each.spot, verdict)
                    live.add(each.spot)
                    signals.append(self._told(each.spot, RAISED_S, verdict, "raised", known))
                    parts = a.absorbed(state, known)
                    live -= {part.spot for part in parts}
                    signals += [
                        self._told(part.spot, TICK_S, None, "cleared", part) for part in parts
                    ]
        signals += [
            self._told(known.spot, TICK_S, None, "cleared", known) for known in a.cleared(state)
        ]
        if ends:
            signals += self._tick(found, {signal.target for signal in signals})
        a.forgotten(state)
        now = state.now_ms
        state.looked = {spot: at for spot, at in state.looked.items() if at[0] >= now - LOOKED_MS}
        return signals

    def _due(self, each: Hot, ends: bool) -> bool:
        """Tell whether a hot spot is judged now; what rules found harmless waits, unless it rises."""
        until, rate, since = self._state.looked.get(each.spot, (0, 0.0, self._state.now_ms))
        young = self._state.now_ms - since < PATIENT_S * SECOND_MS
        return young or ends or each.ratio > RISEN * rate or self._state.now_ms > until

    def _noted(self, each: Hot, verdict: Verdict | None) -> None:
        now = self._state.now_ms
        until, _, since = self._state.looked.get(each.spot, (now, 0.0, now))
        if now > until + TICK_S * SECOND_MS:
            since = now
        if verdict is not None:
            self._state.looked[each.spot] = (now + TICK_S * SECOND_MS, each.ratio, since)

    def _verdict(self, each: Hot) -> Verdict | None:
        """Return what the rules say of a spot, None where there is no more room for judging in this step."""
        spot = each.spot
        if spot not in self._judged:
            if len(self._judged) >= JUDGED_MAX:
                return None
            self._judged[spot] = self._judge(each)
        return self._judged[spot]

    def _judge(self, each: Hot) -> Verdict:
        ours = self._design.ours
        times = 1.0 if each.level == ONE else PREFIX_TIMES
        floors = ours.groups[int(self._state.spots.group[each.spot])].floors
        verdicts = []
        for seconds in JUDGED_S:
            rows = of_spot(self._state, each.spot, self._recent(seconds), ours)
            rows = fewer(rows, ROWS_JUDGED, self._design.salt)
            verdicts.append(judge(rows, self._about, floors, times))
            if verdicts[-1].vectors:
                return verdicts[-1]
        return self._held(each, floors.connections * times, verdicts[-1])

    def _held(self, each: Hot, least: float, verdict: Verdict) -> Verdict:
        held = float(each.rate[CONNECTIONS])
        if held < STAYS * least:
            return verdict
        salt = self._design.salt
        rows = of_spot(self._state, each.spot, self._recent(TICK_S), self._design.ours)
        return held_open(rows, held, salt, verdict)

    def _note(self, each: Hot, ends: bool) -> None:
        """Take in that an attack goes on: once a tick the rules say so, or its rate where there is no room for judging."""
        known = next(k for k in self._state.attacks if k.live and k.spot == each.spot)
        if not ends:
            return
        verdict = self._verdict(each)
        if verdict is None or verdict.vectors:
            known.last_ms = self._state.now_ms
        if verdict is not None and verdict.vectors:
            a.widened(known, verdict)

    def _tick(self, found: list[Hot], told_already: set[str]) -> list[Traffic]:
        state = self._state
        p = state.spots
        signals = [
            self._told(known.spot, TICK_S, self._judged.get(known.spot), "going", known)
            for known in state.attacks
            if known.live and known.spot != NOWHERE
        ]
        live = {known.spot for known in state.attacks if known.live}
        now_s = state.now_ms // SECOND_MS
        slots = np.arange(now_s - TICK_S, now_s) % SECONDS
        ones = np.flatnonzero(p.level[: p.count] == ONE)
        size = p.ring[ones][:, slots, OCTETS].sum(axis=1)
        order = ones[np.lexsort((ones, -size))][:TOLD_MAX][: int((size > 0).sum())]
        unusual = {each.spot: each for each in found}
        most = [each.spot for each in found if each.level == ONE][:TOLD_MAX]
        for spot in dict.fromkeys([*most, *order.tolist()]):
            above = set(p.above[spot].tolist())
            if spot in live or above & live:
                continue
            verdict = self._judged.get(spot)
            more: dict[str, Any] = {}
            if spot in unusual:
                more = {"measured": {"times-threshold": round(unusual[spot].ratio, 2)}}
            if verdict is not None and verdict.vectors:
                continue
            signals.append(self._told(spot, TICK_S, verdict, "usual", None, **more))
        return [
            each for each in signals if each.target not in told_already or each.state == "usual"
        ]

    def _told(
        self,
        spot: int,
        seconds: int,
        verdict: Verdict | None,
        state: str,
        known: Known | None,
        **more: Any,
    ) -> Traffic:
        fields: dict[str, Any] = {"state": state}
        if known is not None:
            fields |= {"attack": known.attack, "vectors": dict(known.vectors)}
        rows = (
            verdict.rows
            if verdict
            else of_spot(self._state, spot, self._recent(TICK_S), self._design.ours)
        )
        return told(
            self._state,
            spot,
            self._design.ours,
            self._about,
            seconds=seconds,
            verdict=verdict,
            rows=rows,
            salt=self._design.salt,
            known_share=self._known_share,
            more=fields | more,
        )
