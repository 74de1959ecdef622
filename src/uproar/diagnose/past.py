"""Past incidents whose cause was published: what was learned from, and what a new one is compared with."""

from __future__ import annotations

import msgspec

from uproar.diagnose.axes import LEAVES
from uproar.diagnose.facts import Facts
from uproar.diagnose.record import read
from uproar.errors import EvidenceInvalid


class Past(msgspec.Struct, frozen=True):
    """One incident: what was seen of it, and the cause from the named service's own view.

    `also` are other mechanisms that can be defended. `verified` says how its source was looked at:
    "read-digest", "read-excerpt" or "not-checked" (widely known; the source was not opened).
    """

    id: str
    service: str
    date: str | None
    event: str
    cause: str
    also: tuple[str, ...]
    source: str
    verified: str
    facts: Facts


class _Line(msgspec.Struct, frozen=True):
    id: str
    service: str
    date: str | None
    event: str
    cause: str
    source: str
    verified: str
    also: tuple[str, ...] = ()


def parse(text: bytes) -> tuple[Past, ...]:
    """Read past incidents, one a line.

    Raises EvidenceInvalid if a line is none, has a word that is not known, or a cause that is no mechanism.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            head = msgspec.json.decode(line, type=_Line)
        except msgspec.DecodeError as error:
            raise EvidenceInvalid(f"past incidents, line {number}: {error}") from None
        if head.cause not in LEAVES:
            raise EvidenceInvalid(
                f"past incidents, line {number}: `{head.cause}` is no mechanism; use one of {', '.join(LEAVES)}"
            )
        facts = read(line, number).facts
        found.append(Past(facts=facts, **msgspec.structs.asdict(head)))
    return tuple(found)
