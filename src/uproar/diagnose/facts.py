"""What is known of one incident, in the words of the taxonomy: the input of every item of evidence.

Each fact is a value or None, which is *not known* and says nothing. An empty set is known to be empty:
`changes=()` is a look into the log of changes that found none. Words are those of `vocabulary`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class ChangeFact(msgspec.Struct, frozen=True):
    """Something that was changed: its kind, and minutes before the onset (None: not known when)."""

    kind: str
    minutes_before: float | None = None


class ClaimFact(msgspec.Struct, frozen=True):
    """What somebody said publicly was the cause: the role of who said it (`roles.ROLES`), and a mechanism.

    `cause` is a mechanism, or `attack-unspecified` (some attack), `not-attack`, or a word of no mechanism.
    """

    role: str
    cause: str


class Facts(msgspec.Struct, frozen=True):
    """What is known. `witnesses` names, by field, the signals that a fact rests on, openable.

    `scope`: global, regional, single-dc, single-isp, partial-function. `onset`: sudden, gradual, waves.
    `traffic`: inbound-surge, inbound-drop, usual. `co_failing` counts what fails beside it, None where
    nobody counted. `notice` is the vendor's wording in one line. `attack_seen` is the probability that what
    comes to the service is an attack, by its own traffic (`trace`); `edge` is what stands before
    the service and answered in its place ("cdn", ""), by error pages and probes.
    """

    scope: str | None = None
    onset: str | None = None
    recovery: str | None = None
    time_context: frozenset[str] | None = None
    symptoms: frozenset[str] | None = None
    traffic: str | None = None
    traffic_detail: frozenset[str] | None = None
    co_failing: int | None = None
    co_failing_kinds: frozenset[str] | None = None
    changes: tuple[ChangeFact, ...] | None = None
    notice: str | None = None
    claims: tuple[ClaimFact, ...] = ()
    attack_seen: float | None = None
    witnesses: Mapping[str, tuple[str, ...]] = {}
