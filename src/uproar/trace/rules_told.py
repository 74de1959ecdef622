"""What is told of filters of packets: what each stops and costs, on what that was measured, and which are not told."""

from __future__ import annotations

from typing import Literal

import msgspec

from uproar.trace.rules_match import Match

Action = Literal["drop", "limit-packets", "limit-octets", "blackhole"]
Why = Literal[
    "narrow", "broader", "broadest", "fragments", "sources", "prefixes", "limit", "blackhole"
]
NoteOf = Literal["forged", "not-judged", "too-many", "no-limit", "baseline-attacked", "names"]


class Rule(msgspec.Struct, frozen=True):
    """One filter. `attack` and `baseline` are shares of packets (of octets for a limit of octets), `baseline` None where not known.

    `hosts` is the share of the baseline's sources of which it would hit anything, None where not known. `limit` is a second's packets or
    octets that are let through, 0 where none are.
    """

    vector: str
    why: Why
    match: Match
    action: Action
    attack: float
    baseline: float | None
    hosts: float | None
    limit: int = 0


class Measured(msgspec.Struct, frozen=True):
    """On what the cost was measured: so many packets to the target, of a file of an ordinary time, or of the same capture.

    `before` are those of the same capture that came before the attack began. `told`: flow records are among them or in the attack, of
    which lengths and flags are estimates. `known` is false where there are too few.
    """

    source: Literal["file", "same"]
    packets: float
    before: float
    told: bool
    known: bool


class Note(msgspec.Struct, frozen=True):
    """Why a filter that one might expect is not told, or what to beware of."""

    about: NoteOf
    vector: str = ""
    value: float = 0.0


class Advice(msgspec.Struct, frozen=True):
    """The filters for one attack."""

    target: str
    rules: tuple[Rule, ...]
    measured: Measured
    notes: tuple[Note, ...]
