"""Probes that work by themselves: what they are asked to measure, and what they tell.

A probe is who measures: a process in one place, on one network, with its resolvers. Where it is, the
observatory's settings say and never the probe. A task is a check that is made again and again; an order
is a task that is due for one probe; a round is the orders that a probe measures together.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from uproar.model.measurement import State, Step
from uproar.model.signal import UNKNOWN_PLACE

# What a control is kept under in the journal: it is a check of no service.
CONTROL = "control"
# At most one look a target and probe in so long (the look again in place apart): nobody is pestered.
SPACING_MS = 30_000
ORDERS_MAX = 200  # of one round
CONTROLS_MAX = 8
PAUSE_MS_MAX = 5_000  # A probe asks again after so long, so that a confirmation does not wait.
NOTES_MAX = 12

CLOCK_OFF = (
    "clock-off"  # the probe's clock is wrong; its instants were brought to the observatory's
)


class Origin(msgspec.Struct, frozen=True):
    """Where a probe is: ISO 3166 country, autonomous system ("AS3320"), and whose resolvers it asks.

    What probes share can fail for all who share it. Empty (`ZZ` for the place): not known.
    """

    name: str
    place: str = UNKNOWN_PLACE
    network: str = ""
    resolver: str = ""


class Task(msgspec.Struct, frozen=True):
    """A check of a service, made every `every_ms`; `id` is its short name between us and probes."""

    id: str
    service: str
    url: str
    expect: str = ""
    every_ms: int = 60_000


class Order(msgspec.Struct, frozen=True):
    """A task that is due; with `again` it was asked for to confirm what another probe saw."""

    task: str
    url: str
    expect: str = ""
    again: bool = False


class Work(msgspec.Struct, frozen=True):
    """What a probe is asked to do now: a round, the controls that go with it, when to ask again."""

    orders: tuple[Order, ...] = ()
    controls: tuple[str, ...] = ()
    pause_ms: int = PAUSE_MS_MAX


class Result(msgspec.Struct, frozen=True):
    """What one look came to, as a probe tells it.

    `task` is the task's id, empty for a control, whose address is `control`. `measured_at` is the
    probe's clock, milliseconds UTC, of the first look where one in place followed. `wait_s` is what
    the target asked us to wait (Retry-After, RFC 9110 10.2.3), 0 where it asked nothing.
    """

    task: str
    measured_at: int
    state: State
    step: Step | Literal[""] = ""
    layer: str = ""
    side: str = ""
    failure: str = ""
    status: int = 0
    answered: str = ""
    fingerprint: str = ""
    family: Literal["", "ipv4", "ipv6"] = ""
    notes: tuple[str, ...] = ()
    took_ms: int = 0
    again: bool = False
    wait_s: int = 0
    control: str = ""


class Batch(msgspec.Struct, frozen=True):
    """Results as they travel; `now` is the probe's clock when it sent them, `lost` what it had to drop."""

    now: int
    results: tuple[Result, ...]
    lost: int = 0


class Taken(msgspec.Struct, frozen=True):
    """What became of a batch: each result is accepted, repeated (had been kept before) or rejected."""

    accepted: int = 0
    repeated: int = 0
    rejected: int = 0
