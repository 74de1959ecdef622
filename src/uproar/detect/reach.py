"""How many people are affected? An estimate with its 90 % interval and its method, or a refusal.

Two independent ways lead from what was counted to people; each is a density over log(people) and
what is known twice is multiplied.

*   *By report rate.* `reports / propensity`, where propensity is the share of the affected who report in
    the whole of an incident. Its prior is log-normal over published cases (`CASES`), with the spread of
    a further case (Student's t). It holds for a tracker that everybody knows; an observatory says how
    many report to it for each one who would report there (`Design.awareness`), or has learned its own
    propensity from votes, or this way is closed.
*   *By votes.* People of the service where it fails, times the share who are up at that hour, times the
    share for whom it fails: failing against "it works" votes (Beta, flat prior). Those for whom it
    fails speak up 1 to 1,000 times as often as the others (log-uniform; reasoned, not measured: who
    has no trouble hardly visits), and that is divided out.

Nobody can be affected who does not use the service: both are cut at its people in the places hit.
Where access itself failed, people without a connection cannot report, so counts may stand for up to ten
times as many (log-uniform). Without a published number of people there is no estimate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from uproar.model.service import People

F64 = NDArray[np.float64]

LEVEL = 0.9
GRID_STEPS = 800
PEOPLE_SD = 0.25  # Of the logarithm: a figure of users is of another time and definition.
SPEAK_MOST = 1_000.0  # Those who fail are at most so many times as ready to speak.
SILENT_MOST = 10.0  # Where access failed, reports stand for at most so many times as many.
VOTES_MIN, SPOKEN_MIN = (
    10,
    30,
)  # Votes that it works, and voices in all, below which shares say nothing.
REPORTS_MIN = 20
BETWEEN_SD = (
    0.7  # Of the log propensity between incidents of one service, or services of one category.
)
UP_MIN = 0.15  # Share of people who would notice at the quietest hour, at least.


class Case(NamedTuple):
    """A published outage with a count of reports over its whole length and of people it could hit.

    `fewest` and `most` reports differ where sources do. The people are customers or users of the
    service, not people counted as affected: nobody publishes that.
    """

    name: str
    fewest: float
    most: float
    people: float
    source: str


CASES: tuple[Case, ...] = (
    Case("Facebook 2021", 10.6e6, 10.6e6, 3.0e9, "Downdetector total; about 3 billion users"),
    Case("AT&T 2024", 1.8e6, 3.4e6, 125e6, "Ookla mid-year and year-end; FCC: 125 million devices"),
    Case(
        "Meta 2024", 11.1e6, 11.1e6, 2.11e9, "Ookla; Meta Q4 2023: 2.11 billion daily on Facebook"
    ),
    Case("PlayStation 2025", 3.9e6, 3.9e6, 129e6, "Ookla; Sony Q3 2024: 129 million monthly"),
    Case("Spotify 2022", 2.9e6, 2.9e6, 422e6, "Ookla; Spotify Q1 2022: 422 million monthly"),
    Case("Spotify 2025", 1.1e6, 1.1e6, 678e6, "Ookla; Spotify Q1 2025: 678 million monthly"),
    Case("T-Mobile 2020", 0.1e6, 0.1e6, 98e6, "press, first hours; T-Mobile Q2 2020: 98 million"),
)


class Propensity(msgspec.Struct, frozen=True):
    """Log of the share of the affected who report: its mean, spread, and degrees of freedom.

    `freedom` 0 is a normal distribution. `cases` tells on how many cases it rests.
    """

    mean: float
    sd: float
    freedom: int = 0
    cases: int = 0


class Design(msgspec.Struct, frozen=True):
    """What this observatory knows of itself.

    `awareness` is how many report here for each one who reports to the best-known tracker (1.0: as
    many); None: it is not known, and then counts alone say nothing of people.
    """

    awareness: float | None = None


class Facts(msgspec.Struct, frozen=True):
    """What an estimate is made from.

    `reports` and `works` are counted over the incident; `share_usual` is the share of the service that
    the places hit make up. `up` is the share of people who would notice by day or night: what is usual
    at the busiest minute it lasted against the busiest of the day, for people report when they are up.
    `access` tells that the service is people's connection; `learned` the propensity known from votes here.
    """

    reports: int
    works: int
    people: People | None
    share_usual: float = 1.0
    up: float = 1.0
    access: bool = False
    learned: Propensity | None = None


class Estimate(msgspec.Struct, frozen=True):
    """People affected: (low, mid, high) at 90 %, how, and from what; or None and why not."""

    low: float | None
    mid: float | None
    high: float | None
    method: tuple[str, ...]
    why: str = ""
    people: People | None = None


def fit(cases: Sequence[Case]) -> Propensity:
    """Return the propensity of a further case: log-normal, mean and spread both estimated."""
    logs = np.array(
        [0.5 * (math.log(c.fewest) + math.log(c.most)) - math.log(c.people) for c in cases]
    )
    many = len(logs)
    sd = float(logs.std(ddof=1)) * math.sqrt(1.0 + 1.0 / many)
    return Propensity(float(logs.mean()), sd, many - 1, many)


PRIOR = fit(CASES)


def learn(known: Propensity | None, mean: float, sd: float) -> Propensity:
    """Return the propensity after one more incident that told `mean` give or take `sd` (logs).

    Normal, conjugate; between incidents the propensity itself varies by BETWEEN_SD, which is what
    remains however many there have been.
    """
    noise = sd * sd + BETWEEN_SD**2
    if known is None:
        return Propensity(mean, math.sqrt(noise + BETWEEN_SD**2), 0, 1)
    spread = max(known.sd**2 - BETWEEN_SD**2, 1e-6)
    kept = 1.0 / (1.0 / spread + 1.0 / noise)
    middle = kept * (known.mean / spread + mean / noise)
    return Propensity(middle, math.sqrt(kept + BETWEEN_SD**2), 0, known.cases + 1)


def estimate(facts: Facts, design: Design) -> Estimate:
    """Return how many people are affected, or why that cannot be known."""
    people = facts.people
    if people is None:
        return _refuse(facts, "how many people use the service has no published figure here")
    if facts.reports < REPORTS_MIN:
        return _refuse(facts, f"fewer than {REPORTS_MIN} people have reported")
    most = math.log(max(people.count * facts.share_usual, 1.0))
    at = np.linspace(
        math.log(facts.reports), max(most + 1.0, math.log(facts.reports) + 1.0), GRID_STEPS
    )
    # No more than there are, as far as that is known.
    density = _upper_tail((at - most) / PEOPLE_SD)
    method = []
    by_rate = _by_rate(at, facts, design)
    if by_rate is not None:
        density = density * by_rate
        method.append("rate")
    by_votes = _by_votes(at, facts, most)
    if by_votes is not None:
        density = density * by_votes
        method.append("votes")
    if not method:
        why = "how large a share of those affected report here is not known, and too few people have voted"
        return _refuse(facts, why)
    total = density.sum()
    if total <= 0 or not math.isfinite(float(total)):
        return _refuse(facts, "the count and the size of the service contradict each other")
    spread = np.cumsum(density) / total
    low, mid, high = (
        math.exp(float(np.interp(share, spread, at)))
        for share in ((1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2)
    )
    low, mid, high = (min(value, float(people.count)) for value in (low, mid, high))
    return Estimate(low, mid, high, tuple(method), "", people)


def told(facts: Facts) -> tuple[float, float] | None:
    """Return what the votes of an incident say of the log propensity, and its spread; or None."""
    if facts.people is None or facts.reports < REPORTS_MIN:
        return None
    most = math.log(max(facts.people.count * facts.share_usual, 1.0))
    at = np.linspace(math.log(facts.reports), most + 1.0, GRID_STEPS)
    density = _by_votes(at, facts, most)
    if density is None or most <= math.log(facts.reports) or density.sum() <= 0:
        return None
    weight = density / density.sum()
    mean = float(weight @ at)
    sd = math.sqrt(float(weight @ np.square(at - mean)))
    return math.log(facts.reports) - mean, max(sd, PEOPLE_SD)


def _refuse(facts: Facts, why: str) -> Estimate:
    return Estimate(None, None, None, (), why, facts.people)


def _by_rate(at: F64, facts: Facts, design: Design) -> F64 | None:
    """Return the density of log(people) from the count and the propensity, or None."""
    known = facts.learned
    if known is None:
        if design.awareness is None:
            return None
        known = msgspec.structs.replace(PRIOR, mean=PRIOR.mean + math.log(design.awareness))
    middle = math.log(facts.reports) - known.mean - math.log(max(facts.up, UP_MIN))
    shifts = np.linspace(0.0, math.log(SILENT_MOST), 24) if facts.access else np.zeros(1)
    density = np.zeros_like(at)
    for shift in shifts:
        z = (at - middle - shift) / known.sd
        density += (
            np.power(1.0 + z * z / known.freedom, -(known.freedom + 1) / 2)
            if known.freedom
            else np.exp(-0.5 * z * z)
        )
    return density


def _by_votes(at: F64, facts: Facts, most: float) -> F64 | None:
    """Return the density of log(people) from the share failing among those who spoke, or None."""
    if facts.works < VOTES_MIN or facts.works + facts.reports < SPOKEN_MIN:
        return None
    # The Beta posterior of the share, by quantiles: the logit is nearly normal at these counts.
    fails, works = facts.reports + 1.0, facts.works + 1.0
    logit, sd = math.log(fails / works), math.sqrt(1.0 / fails + 1.0 / works)
    density = np.zeros_like(at)
    for speak in np.linspace(0.0, math.log(SPEAK_MOST), 24):
        for z in np.linspace(-2.0, 2.0, 9):
            share = 1.0 / (1.0 + math.exp(-(logit + z * sd - speak)))
            middle = most + math.log(share) + math.log(max(facts.up, UP_MIN))
            density += math.exp(-0.5 * z * z) * np.exp(-0.5 * np.square((at - middle) / PEOPLE_SD))
    return density


def _upper_tail(z: F64) -> F64:
    """Return the normal probability above z (a logistic curve, good to 0.01)."""
    out: F64 = 1.0 / (1.0 + np.exp(np.clip(1.702 * z, -50.0, 50.0)))
    return out


def as_dict(found: Estimate, facts: Facts) -> dict[str, object]:
    """Return an estimate as plain values for decisions and twins: a stable shape."""
    rounded = [
        None if value is None else rough(value) for value in (found.low, found.mid, found.high)
    ]
    return {
        "people": None
        if found.mid is None
        else dict(zip(("low", "mid", "high"), rounded, strict=True)),
        "level": LEVEL,
        "method": list(found.method),
        "why_not": found.why,
        "reports": facts.reports,
        "works": facts.works,
        "service_people": None if found.people is None else msgspec.to_builtins(found.people),
        "share_of_service": round(facts.share_usual, 4),
        "share_awake": round(facts.up, 3),
    }


def rough(value: float) -> int:
    """Return a number with the two digits that it is worth at most."""
    if value < 10:
        return round(value)
    unit = 10 ** (math.floor(math.log10(value)) - 1)
    return int(round(value / unit) * unit)
