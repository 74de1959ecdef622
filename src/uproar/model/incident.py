"""Incidents and alarms: what the pipeline decides, and what it says about them.

All instants are milliseconds UTC. Brackets are (earliest, latest): we never know a point.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from uproar.model.series import SeriesKey

Phase = Literal["onset", "growth", "peak", "decline", "recovery", "over"]
Turn = Literal["opened", "phase", "wave", "recovering", "over", "reopened", "culprit"]


class Alarm(msgspec.Struct, frozen=True, tag_field="kind", tag="alarm"):
    """The state of one series, raised or cleared (RFC 8632).

    `observed` and `expected` are counts of the 15 minutes before `at` where an observatory or a replay
    says so, and of all bins since the onset where `uproar detect` does. `score` is the largest
    log-likelihood ratio of the bank, in nats; where `uproar detect` says so that is `evidence` (of daily
    bins a residual in standard deviations), and `score` is how surprising the alarm is for its own
    series (`detect.novelty`). `again` marks an alarm that stands and has become more surprising.
    """

    series: SeriesKey
    state: Literal["raised", "cleared"]
    at: int
    onset: tuple[int, int]
    observed: float
    expected: float
    score: float
    evidence: float | None = None
    again: bool = False


class Wave(msgspec.Struct, frozen=True):
    """One rise and fall within an incident.

    `peak_count` is the highest count of reports within any 15 minutes in the place that reported
    most (`peak_place`): public trackers print counts per country, so this is the figure that can be
    compared. `peak_total` is the same over all places. `peak_at` is the middle of those 15 minutes.
    """

    number: int
    from_at: int
    until_at: int | None
    peak_at: int
    peak_count: int
    peak_place: str
    peak_total: int


class Incident(msgspec.Struct, frozen=True, tag_field="kind", tag="incident"):
    """Our record of an outage, whole, as it stood at `at`; `turn` says what was new.

    `reports` counts each reporter once; `set_aside` counts the rest by reason ("repeat",
    "network-cap"); `independent` is how many independent reporters they are worth, None where it was
    not asked, and `discounted` counts those that weigh nothing as evidence, by reason ("network");
    `mix_nats` is how far the mix of networks is from the usual one (Kullback-Leibler);
    `works` counts votes that the service works. `ended` brackets the end of the fault
    itself: reports lag, so it lies before they are usual again. `severity`, `where` and `reach` are
    plain values (`detect.severity`, `detect.where`, `detect.reach`). `culprit` is whose fault it
    seems to be, with probabilities (`app.fold_culprit`), empty until asked. `diagnosis` is empty until there
    is something to say. `ledger` is what was said publicly and what the evidence makes of it
    (`ledger.entries.Ledger` as plain values), empty while nothing was said.
    """

    id: str
    service: str
    at: int
    turn: Turn
    phase: Phase
    onset: tuple[int, int]
    recovery: tuple[int, int] | None
    waves: tuple[Wave, ...]
    reports: int
    works: int
    places: dict[str, int]
    symptoms: dict[str, int]
    networks: dict[str, int]
    set_aside: dict[str, int]
    reach: dict[str, Any] = {}
    diagnosis: dict[str, Any] = {}
    ended: tuple[int, int] | None = None
    severity: dict[str, Any] = {}
    where: dict[str, Any] = {}
    culprit: dict[str, Any] = {}
    independent: int | None = None
    discounted: dict[str, int] = {}
    mix_nats: float | None = None
    ledger: dict[str, Any] = {}


Decision = Alarm | Incident
