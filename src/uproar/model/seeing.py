"""How well one way in sees, as it says of itself: for /readyz, /metrics and the page on seeing.

Instants are milliseconds UTC, 0 before the first. Counts are since the start of the program.
"""

from __future__ import annotations

import msgspec


class Seeing(msgspec.Struct, frozen=True):
    """What a way in has taken and what it could not use.

    `heard_at` is when anything last came from the source, a sign of life included. `read` counts
    what was read, `signals` what the journal acknowledged, `rejected` what was set aside, by reason
    (a slug). `waiting` of `waiting_max` are in its buffer; `lost` were dropped because that was full. `trouble` says in a
    sentence what is not as it should be, and is empty otherwise.
    """

    heard_at: int = 0
    read: int = 0
    signals: int = 0
    rejected: dict[str, int] = {}
    waiting: int = 0
    waiting_max: int = 0
    lost: int = 0
    trouble: str = ""


class Letter(msgspec.Struct, frozen=True):
    """A dead letter: what came by a way in and could not be used, kept to be looked at or tried again.

    `inlet` is the way in, `source` the sender's kind there, `reason` a slug, `problem` a sentence.
    `tried` is the version of the program that refused it last; a body that is not `whole` was cut.
    """

    number: int
    at: int
    inlet: str
    source: str
    reason: str
    problem: str
    body: bytes
    tried: str = ""
    whole: bool = True


class LettersState(msgspec.Struct, frozen=True):
    """How many letters are `kept`, by way in, and what went since the start of the program.

    `size` is the bytes of all bodies; `pushed_out` went because others came or they were too old,
    `lost` could not be written. `trouble` says why, and is empty when all is well.
    """

    kept: dict[str, int] = {}
    size: int = 0
    pushed_out: int = 0
    lost: int = 0
    trouble: str = ""
