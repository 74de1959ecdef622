"""How severe is an incident? An ordered scale of three, by how much and how widely it is reported.

*   **major**: at its peak at least twenty times the usual, fifty reports or more beyond it within a
    quarter of an hour, and the places hit make up at least half of the service; or a million people or
    more are affected, even at the low end of the estimate.
*   **moderate**: at least five times the usual and ten reports beyond it; or what would be major, but in places
    that make up less than half.
*   **minor**: any other incident.

The cut-offs are reasoned from published multiples: on the CrowdStrike day (19 July 2024) Downdetector
showed Microsoft at 42, Uber at 57 and Azure at 21 times their daily average, which everybody called
major; DHL stood at 6 and FedEx at 4, troubled at second hand. A million people is where EU
Implementing Regulation 2024/2690 calls an incident significant. Counts of ten and fifty are known
to within about a half and a quarter (90 %, Poisson).
"""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["minor", "moderate", "major"]
LEVELS: tuple[Level, ...] = ("minor", "moderate", "major")

MAJOR_TIMES, MODERATE_TIMES = 20.0, 5.0
MAJOR_EXCESS, MODERATE_EXCESS = 50, 10
MAJOR_SHARE = 0.5  # Share of the usual reports that come from the places hit.
MAJOR_PEOPLE = 1_000_000


class Severity(msgspec.Struct, frozen=True):
    """The level, and what it rests on.

    `times_usual` is the highest quarter of an hour against the usual of that time, in the places hit (one
    report at the least, so that a service nobody reports is not infinitely severe); `excess` is reports beyond it;
    `share` is that of the service's usual reports which come from the places hit.
    """

    level: Level
    times_usual: float
    excess: int
    share: float


def judge(peak: int, usual: float, share: float, people_low: float | None) -> Severity:
    """Return the severity of an incident whose highest quarter of an hour held `peak` reports.

    Where only a share of the service is hit, all of the excess is held against the usual of that share.
    """
    own = usual * share
    times = max(0.0, peak - usual + own) / max(own, 1.0)
    excess = max(0, round(peak - usual))
    level: Level = "minor"
    if times >= MODERATE_TIMES and excess >= MODERATE_EXCESS:
        level = "moderate"
        if times >= MAJOR_TIMES and excess >= MAJOR_EXCESS and share >= MAJOR_SHARE:
            level = "major"
    if people_low is not None and people_low >= MAJOR_PEOPLE:
        level = "major"
    return Severity(level, round(times, 2), excess, round(share, 4))
