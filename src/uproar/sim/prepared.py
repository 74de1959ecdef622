"""A scenario's tables of traffic made ready: what each kind looks like, what comes together, and when that is an attack.

What the rules of `trace` say of kinds that come together is worked out once for each company that they keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from uproar.errors import ScenarioInvalid
from uproar.sim import days, samples
from uproar.sim.samples import Kind, Verdict
from uproar.sim.world import dice
from uproar.trace.traffic import SECOND_MS
from uproar.trace.watch_attacks import CLEARED_MS, WAVES_MS
from uproar.trace.watch_telling import RAISED_S
from uproar.wire.scenariotraffic import Blow, Crowd, Incoming

RAISED_MS: Final = RAISED_S * SECOND_MS  # So much of a blow is looked at before an attack is told.


@dataclass(frozen=True, slots=True)
class Episode:
    """While one target is told to be attacked: raised, and cleared; `name` is that of the first of its waves."""

    begin: int
    raised: int
    cleared: int
    name: str


class Prepared:
    """One table of traffic made ready: what each kind looks like, and what the rules say of those that come together.

    Raises ScenarioInvalid where a vector cannot be played.
    """

    def __init__(self, ready: days.Stage, number: int) -> None:
        self.ready, self.number = ready, number
        self.entry: Incoming = ready.plan.traffic[number]
        seed = ready.plan.seed
        self.usual = samples.of_people("usual", dice(seed, "sample", number, "usual"))
        self.crowds = [
            samples.of_people(crowd.kind, dice(seed, "sample", number, "crowd", place))
            for place, crowd in enumerate(self.entry.crowd)
        ]
        self.blows = [self._blow(place, blow) for place, blow in enumerate(self.entry.blow)]
        self._verdicts: dict[tuple[tuple[int, ...], tuple[int, ...]], Verdict] = {}

    def _blow(self, place: int, blow: Blow) -> Kind:
        roll = dice(self.ready.plan.seed, "sample", self.number, "blow", place)
        try:
            return samples.of_blow(blow.vector, roll, forged=blow.assumed.forged)
        except ScenarioInvalid as problem:
            raise ScenarioInvalid(f"traffic[{self.number}].blow[{place}]: {problem}") from None

    @cached_property
    def places(self) -> dict[str, float]:
        """The countries that the usual comes from: those of the service's usual reports."""
        level = next(each for each in self.ready.levels if each.service == self.entry.service)
        return shares(level.per_minute)

    def hits(self, part: Blow | Crowd, target: str) -> bool:
        """Tell whether a part comes to a target."""
        return not part.assumed.targets or target in part.assumed.targets

    def verdict(self, blows: tuple[int, ...], crowds: tuple[int, ...] = ()) -> Verdict:
        """Return what the rules say where these come together, beside the usual."""
        if (blows, crowds) not in self._verdicts:
            kinds = [(self.usual, self.entry.assumed.packets_s)]
            kinds += [(self.crowds[at], self.entry.crowd[at].assumed.packets_s) for at in crowds]
            kinds += [(self.blows[at], self.entry.blow[at].assumed.packets_s) for at in blows]
            labels = ",".join(map(str, blows)), ",".join(map(str, crowds))
            roll = dice(self.ready.plan.seed, "verdict", self.number, *labels)
            self._verdicts[blows, crowds] = samples.verdict(kinds, roll)
        return self._verdicts[blows, crowds]

    def coming(self, target: str, begin: int, end: int) -> tuple[int, ...]:
        """Return the blows that come to a target within a stretch, by number."""
        return tuple(
            at
            for at, blow in enumerate(self.entry.blow)
            if self.hits(blow, target) and blow.assumed.since < end and blow.assumed.until > begin
        )

    def episodes(self, target: str) -> list[Episode]:
        """Return when a target is told to be attacked."""
        turns = sorted(
            {
                at
                for blow in self.entry.blow
                if self.hits(blow, target)
                for at in (blow.assumed.since, blow.assumed.until)
            }
        )
        hostile: list[list[int]] = []
        for begin, end in pairwise(turns):
            if not self.verdict(self.coming(target, begin, end)).vectors:
                continue
            if hostile and begin - hostile[-1][1] < CLEARED_MS:
                hostile[-1][1] = end
            else:
                hostile.append([begin, end])
        found: list[Episode] = []
        group = self.entry.group or self.entry.service
        for begin, end in hostile:
            raised = begin + RAISED_MS
            again = found and begin - (found[-1].cleared - CLEARED_MS) <= WAVES_MS
            first = target if not self.entry.group else self.entry.targets[0]
            name = found[-1].name if again else f"{group}/{first}/{raised}"
            found.append(Episode(begin, raised, end + CLEARED_MS, name))
        return found


def prepared(ready: days.Stage) -> list[Prepared]:
    """Make all tables of traffic ready."""
    return [Prepared(ready, number) for number in range(len(ready.plan.traffic))]


def shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Return weights as shares of their sum."""
    whole = sum(weights.values())
    return {name: round(weight / whole, 4) for name, weight in weights.items()}
