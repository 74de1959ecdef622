"""What is judged of an incident, as plain values: its size, where it is, whom it hits, whose fault it is.

Instants are milliseconds UTC.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Size(msgspec.Struct, frozen=True):
    """How severe an incident is, and what that rests on (`detect.severity`)."""

    level: Literal["minor", "moderate", "major"]
    times_usual: float
    excess: int
    share: float


class Extent(msgspec.Struct, frozen=True):
    """What one axis says of where an incident is (`detect.where`); `names` are ready to be shown."""

    axis: Literal["place", "network", "symptom"]
    extent: Literal["everywhere", "only", "mostly", "several", "unknown"]
    among: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    continents: tuple[str, ...] = ()
    times_usual: float = 0.0
    share_usual: float = 0.0
    share_excess: float = 0.0


class People(msgspec.Struct, frozen=True):
    """How many people use the service, as somebody published it."""

    count: int
    what: str
    as_of: str
    source: str


class Reach(msgspec.Struct, frozen=True):
    """People affected (`detect.reach`): `people` is (low, mid, high) at `level`, or None and `why_not`."""

    people: tuple[int, int, int] | None
    level: float
    method: tuple[str, ...]
    why_not: str
    reports: int
    works: int
    service_people: People | None


class Answer(msgspec.Struct, frozen=True):
    """One explanation of an incident and its probability (`detect.culprit`), with the counts it rests on.

    `reports` of `of` came from the network, site or place; `failing` of `listed` services depend on
    the provider; `excess` is that of the incident that is echoed.
    """

    kind: Literal["service", "provider", "access", "home", "place", "echo", "unknown"]
    name: str
    label: str
    probability: float
    reports: int = 0
    of: int = 0
    listed: int = 0
    failing: int = 0
    excess: int = 0


class Whose(msgspec.Struct, frozen=True):
    """Whose fault an incident seems to be, as found at `at` from the last `minutes` of `services`."""

    answers: tuple[Answer, ...]
    at: int
    minutes: int
    services: int
    excess: float
