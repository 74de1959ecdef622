"""What is to be expected of a service that nobody has reported yet? By its size and its kind.

Nobody publishes what a tracker counts of a service on a quiet day, so this is reasoned and not
measured: reports grow with the square root of the people who use a service, for the largest are
looked after best and fail the least for each of them; and they come sooner where people wait for an
answer at once than where machines do. What is not known of the people is guessed from those who live
where the service is mainly used. All this says no more than which services are likely to be reported
ten times as often as others: the doubt stays large, and minutes of silence or of reports outweigh it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from uproar.model.place import PLACES
from uproar.model.service import Service

F64 = NDArray[np.float64]

PEOPLE_USUAL = 1e8  # Of a service of which neither people nor countries are known.
PART_OF_COUNTRIES = 0.05  # Of the people in its countries, so many are thought to use a service.
WEIGHT_MIN, WEIGHT_MAX = 0.05, 20.0
READINESS: Mapping[str, float] = {
    "social": 2.0,
    "messaging": 2.0,
    "game-platform": 2.0,
    "games": 2.0,
    "telecom": 2.0,
    "isp": 2.0,
    "video": 1.5,
    "mail": 1.5,
    "bank": 1.5,
    "payment": 1.0,
    "developer": 0.5,
    "cloud": 0.5,
    "health": 0.5,
    "government": 0.5,
    "education": 0.5,
}
READINESS_USUAL = 1.0


def weights(services: Sequence[Service]) -> F64:
    """Return how much each service is likely to be reported beside the others; their mean is one."""
    raw = np.array([np.sqrt(_people(one) / PEOPLE_USUAL) * _readiness(one) for one in services])
    if not len(raw):
        return raw
    bounded = np.clip(raw, WEIGHT_MIN, WEIGHT_MAX)
    out: F64 = bounded / bounded.mean()
    return out


def _readiness(service: Service) -> float:
    return READINESS.get(service.category, READINESS_USUAL)


def _people(service: Service) -> float:
    if service.people is not None:
        return float(service.people.count)
    living = sum(PLACES[code].population * 1e6 for code in service.countries if code in PLACES)
    return PART_OF_COUNTRIES * living or PEOPLE_USUAL
