"""When are people willing to report? Countries with their clocks, and the dice of the simulation.

Everything here is a function of its arguments: the same seed, service, country and day give the
same numbers, whatever else was simulated before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from uproar.errors import ScenarioInvalid
from uproar.model.place import place
from uproar.model.service import Service
from uproar.model.tick import DAY_MS, MINUTE_MS
from uproar.wire.scenariotable import Rhythm

MINUTES = 1_440
QUARTER = 15  # minutes; every offset in use changes at a quarter of an hour
DAYS_CACHED = 512  # rhythms kept, one a country and day: about 6 MB
PLACES_MAX = 12  # countries of a service whose shares the scenario does not give
WORLDWIDE = ("US", "IN", "BR", "ID", "JP", "MX", "GB", "DE", "FR", "TR", "KR", "ZA")

Minutes = NDArray[np.float64]


def dice(seed: int, *labels: str | int) -> np.random.Generator:
    """Return the generator that belongs to a seed and labels, independent of all others."""
    text = "\x1f".join(map(str, labels)).encode()
    digest = hashlib.blake2b(text, digest_size=16).digest()
    key = (seed, int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big"))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))


def willingness(rhythm: Rhythm, code: str, day: int) -> Minutes:
    """Return how willing people of a place are to report, by minute of a UTC day.

    The mean over an ordinary week is one. `day` counts days since the epoch. Local clocks are those
    of the IANA database, so a change to summer time shifts the rhythm on the right day.
    """
    return _willingness(rhythm.weekday, rhythm.weekend, code, day)


def willingness_at(rhythm: Rhythm, code: str, at_ms: int) -> float:
    """Return how willing people of a place are to report at an instant."""
    minute = at_ms % DAY_MS // MINUTE_MS
    return float(willingness(rhythm, code, at_ms // DAY_MS)[minute])


def mood(seed: int, service: str, day: int, dispersion: float, day_spread: float) -> Minutes:
    """Return what the usual of a service is multiplied by, by minute: chance that people share.

    Gamma variates of mean one and shape `dispersion` make the counts of a minute negative binomial;
    the day as a whole is log-normal.
    """
    own = dice(seed, "mood", service, day)
    factor = np.exp(own.normal(-(day_spread**2) / 2, day_spread)) if day_spread > 0 else 1.0
    if dispersion > 0:
        return own.gamma(dispersion, 1 / dispersion, MINUTES) * factor
    return np.full(MINUTES, factor)


def shares(service: Service, given: Mapping[str, float]) -> dict[str, float]:
    """Return the share of a service's usual reports that comes from each place; they sum to one.

    Without given weights those of the countries that the catalog names are the square roots of
    their populations: large countries report more, but not in proportion.
    """
    weights = dict(given)
    if not weights:
        codes = (service.countries or WORLDWIDE)[:PLACES_MAX]
        weights = {code: max(place(code).population, 0.01) ** 0.5 for code in codes}
    total = sum(weights.values())
    return {code: weight / total for code, weight in sorted(weights.items())}


@lru_cache(maxsize=DAYS_CACHED)
def _willingness(
    weekday: tuple[float, ...], weekend: tuple[float, ...], code: str, day: int
) -> Minutes:
    by_minute = _by_local_minute(weekday, weekend)
    total = np.zeros(MINUTES)
    for zone, share in place(code).zones:
        total += share * by_minute[_local_minutes(zone, day)]
    total.flags.writeable = False
    return total


@lru_cache(maxsize=8)
def _by_local_minute(weekday: tuple[float, ...], weekend: tuple[float, ...]) -> Minutes:
    """Return the rhythm by minute of the local week from Monday 00:00, with mean one.

    An hour's weight stands in its middle; between the middles it runs straight.
    """
    hours = np.array([*weekday * 5, *weekend * 2])
    middles = np.arange(-1, hours.size + 1) * 60.0 + 30.0
    around = np.concatenate([hours[-1:], hours, hours[:1]])
    minutes = np.interp(np.arange(hours.size * 60) + 0.5, middles, around)
    return np.asarray(minutes / minutes.mean(), np.float64)


def _local_minutes(zone: str, day: int) -> NDArray[np.int64]:
    """Return the minute of the local week for each minute of a UTC day."""
    try:
        clock = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, OSError):
        raise ScenarioInvalid(
            f"the time zone {zone} is not known here; install `tzdata` (Debian or PyPI)"
        ) from None
    begins = []
    for quarter in range(MINUTES // QUARTER):
        local = datetime.fromtimestamp(day * 86_400 + quarter * QUARTER * 60, UTC).astimezone(clock)
        begins.append((local.weekday() * 24 + local.hour) * 60 + local.minute)
    spread = np.array(begins)[:, None] + np.arange(QUARTER)
    return spread.ravel() % (7 * MINUTES)
