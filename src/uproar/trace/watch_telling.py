"""What one step tells: attacks that begin, go on and end, and once a tick those of ours to whom the most comes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from uproar.model.signal import Traffic
from uproar.trace import watch_attacks as a
from uproar.trace.origins import Known as About
from uproar.trace.ours import Design
from uproar.trace.thinning import Sample
from uproar.trace.traffic import SECOND_MS
from uproar.trace.watch_baseline import TICK_S
from uproar.trace.watch_hot import PREFIX_TIMES, Hot
from uproar.trace.watch_judge import JUDGED_S, Verdict, judge, of_place, recent
from uproar.trace.watch_state import NOWHERE, OCTETS, ONE, SECONDS, Known, State
from uproar.trace.watch_told import KnownShare, told

JUDGED_MAX: Final = 24  # Places whose rows are judged in one step, those the most above first.
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
        live = {known.place for known in state.attacks if known.live}
        for each in found:
            above = set(state.places.above[each.place].tolist())
            if each.place in live:
                self._note(each, ends)
            elif not above & live and self._due(each, ends):
                verdict = self._verdict(each.place)
                self._noted(each, verdict)
                if verdict is not None and verdict.attacks:
                    known = a.raised(state, self._design.ours, each.place, verdict)
                    live.add(each.place)
                    signals.append(self._told(each.place, RAISED_S, verdict, "raised", known))
                    signals += [
                        self._told(part.place, TICK_S, None, "cleared", part)
                        for part in a.absorbed(state, known)
                    ]
        signals += [
            self._told(known.place, TICK_S, None, "cleared", known) for known in a.cleared(state)
        ]
        if ends:
            signals += self._tick(found, {signal.target for signal in signals})
        a.forgotten(state)
        now = state.now_ms
        state.looked = {place: at for place, at in state.looked.items() if at[0] >= now - LOOKED_MS}
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
            times = 1.0 if p.level[place] == ONE else PREFIX_TIMES
            floors = ours.groups[int(p.group[place])].floors
            for seconds in JUDGED_S:
                rows = of_place(self._state, place, self._recent(seconds), ours)
                verdict = judge(rows, self._about, floors, times)
                self._judged[place] = verdict
                if verdict.attacks:
                    break
        return self._judged[place]

    def _note(self, each: Hot, ends: bool) -> None:
        """Take in that an attack goes on: once a tick the rules say so, or its rate where there is no room for judging."""
        known = next(k for k in self._state.attacks if k.live and k.place == each.place)
        if not ends:
            return
        verdict = self._verdict(each.place)
        if verdict is None or verdict.attacks:
            known.last_ms = self._state.now_ms
        if verdict is not None and verdict.attacks:
            a.widened(known, verdict)

    def _tick(self, found: list[Hot], told_already: set[str]) -> list[Traffic]:
        state = self._state
        p = state.places
        signals = [
            self._told(known.place, TICK_S, self._judged.get(known.place), "going", known)
            for known in state.attacks
            if known.live and known.place != NOWHERE
        ]
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
            more: dict[str, Any] = {}
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
        known: Known | None,
        **more: Any,
    ) -> Traffic:
        fields: dict[str, Any] = {"state": state}
        if known is not None:
            fields |= {"attack": known.attack, "vectors": dict(known.vectors)}
        rows = (
            verdict.rows
            if verdict
            else of_place(self._state, place, self._recent(TICK_S), self._design.ours)
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
