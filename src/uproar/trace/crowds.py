"""Did people come instead? How probable a crowd is, of whom some may be trying again after an outage, with what speaks for it.

Odds beforehand are multiplied by one ratio for each measure; all ratios are judgements, see docs/explain/tracing.md.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from uproar.trace.attack import Evidence
from uproar.trace.handshakes import tries
from uproar.trace.seen import MANY, SERVED, VERY_MANY, Seen

P_LEAST = 0.01
PRIOR = 0.3
STORM_PRIOR = 0.2  # Of crowds.
JUDGED = 20  # Connections of which a share is told.

# (up to this value, ratio), the last for all above.
Steps = tuple[tuple[float, float], ...]
WHOLE: Steps = ((0.05, 0.05), (0.3, 0.5), (0.6, 3.0), (math.inf, 20.0))
AGAIN: Steps = ((0.05, 0.3), (0.3, 1.5), (math.inf, 5.0))
SOURCES: Steps = ((MANY, 0.02), (VERY_MANY, 0.2), (math.inf, 3.0))
ANSWERED: Steps = ((SERVED, 0.3), (math.inf, 10.0))
UNEXPLAINED: Steps = ((0.05, 0.3), (0.5, 0.2), (math.inf, 0.1))
NO_CONNECTIONS = 0.1
REFLECTED, FORGED = (
    0.01,
    0.02,
)  # The second to the power of the probability that sources are forged.
# Of a crowd: the share of connections that fail at first, and of those who try again.
FAILED: Steps = ((0.05, 0.05), (0.2, 1.0), (math.inf, 10.0))
STORM_AGAIN: Steps = ((0.3, 0.2), (math.inf, 5.0))


class Crowd(NamedTuple):
    """How probable it is that people came, and that they come because they did not get through before."""

    probability: float
    retry_storm: float
    evidence: tuple[Evidence, ...]


def crowd(seen: Seen, hit: float = 0.0, *, reflected: bool = False, forged: float = 0.0) -> Crowd:
    """Judge what comes to one target. `hit` is the share of packets that are of vectors, of which `reflected` and `forged` speak."""
    found: list[Evidence] = []
    about = tries(seen, np.zeros(len(seen.traffic), np.bool_))
    whole = seen.connections(seen.shapes.whole)
    begun = whole + seen.connections(about.left | about.people)
    sampled = seen.sampled(seen.tcp)
    failed = 1 - whole / begun if begun >= JUDGED and not sampled else 0.0
    if hit > 0:
        # People beside an attack are no sign that it is none: what counts is what the attack itself is like.
        found.append(_evidence("of-all", hit, UNEXPLAINED))
        if reflected:
            found.append(Evidence("reflected", 1.0, REFLECTED))
        found.append(Evidence("forged", forged, FORGED**forged))
    else:
        if sampled:
            answered = seen.share(seen.tcp & (seen.shapes.served >= SERVED), seen.tcp)
            found.append(_evidence("answered", answered, ANSWERED))
        elif begun >= JUDGED:
            # Who tries again would go on as well.
            meant = (whole + seen.connections(about.people)) / begun
            found.append(_evidence("whole", meant, WHOLE))
        elif not begun:
            found.append(Evidence("no-connections", 0.0, NO_CONNECTIONS))
        chosen = seen.tcp if sampled else seen.shapes.whole | about.people
        found.append(_evidence("people", float(seen.count(chosen)), SOURCES))
    if not sampled and failed * begun >= JUDGED:
        found.append(_evidence("tried-again", about.repeated, AGAIN))
    probability = _probability(PRIOR, math.prod(each.ratio for each in found))
    storm = 0.0
    if failed * begun >= JUDGED:
        again = _ratio(about.repeated, STORM_AGAIN)
        storm = probability * _probability(STORM_PRIOR, _ratio(failed, FAILED) * again)
    return Crowd(probability, round(storm, 3), tuple(found))


def _ratio(value: float, steps: Steps) -> float:
    return next(ratio for most, ratio in steps if value < most)


def _evidence(about: str, value: float, steps: Steps) -> Evidence:
    return Evidence(about, value, _ratio(value, steps))


def _probability(prior: float, ratio: float) -> float:
    odds = math.log(prior / (1 - prior)) + math.log(ratio)
    return round(min(max(1 / (1 + math.exp(-odds)), P_LEAST), 1 - P_LEAST), 3)
