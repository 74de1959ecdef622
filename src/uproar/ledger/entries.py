"""The ledger of one incident: its public statements, each with the histories of its verdicts, within bounds."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

import msgspec

from uproar.ledger import history, reading, verdicts
from uproar.ledger.history import History
from uproar.ledger.record import Record, name_of
from uproar.ledger.verdicts import Evidence, Verdict
from uproar.model.asserted import ASSERTED_MAX, Asserted
from uproar.model.signal import Claim

ENTRIES_MAX = 100  # Statements of one incident.
HISTORIES_MAX = 2 * ASSERTED_MAX  # Of one statement, those included that corrections gave up.


class Entry(msgspec.Struct, frozen=True):
    """One statement: as it stands, in which role it was said, and what became of what it asserts.

    `key` names it within its incident: its reference, or a digest of its words and when they came.
    """

    key: str
    claim: Claim
    role: str
    verdicts: tuple[History, ...]


class Ledger(msgspec.Struct, frozen=True):
    """The statements about one incident, in the order in which they came; `at` is when they were weighed last.

    `set_aside` counts those beyond `ENTRIES_MAX`; `records` are what their authors said of other incidents.
    """

    at: int
    entries: tuple[Entry, ...] = ()
    set_aside: int = 0
    records: tuple[Record, ...] = ()

    @property
    def changed_at(self) -> int:
        """Return when the word of a verdict last changed, 0 if there is none."""
        return max(
            (each.past[-1].at for entry in self.entries for each in entry.verdicts), default=0
        )


def key_of(claim: Claim) -> str:
    """Return the name of a statement within its incident; the same statement keeps it."""
    if claim.native:
        return claim.native
    words = msgspec.json.encode((claim.by, claim.said, claim.where, claim.said_at or claim.at))
    return f"c-{hashlib.blake2b(words, digest_size=6).hexdigest()}"


def weighed(ledger: Ledger | None, claims: Iterable[Claim], evidence: Evidence) -> Ledger:
    """Return the ledger after all statements were held against the evidence.

    A statement that is not among `claims` any more (they are kept within a bound of their own) stays, and is weighed all the same.
    """
    known = {} if ledger is None else {entry.key: entry for entry in ledger.entries}
    current = {entry.key: entry.claim for entry in known.values()}
    current.update((key_of(claim), claim) for claim in claims)
    memo: dict[Asserted, Verdict] = {}
    entries = [_entry(key, claim, known.get(key), evidence, memo) for key, claim in current.items()]
    kept, gone = _within_bounds(entries)
    before = 0 if ledger is None else ledger.set_aside
    return Ledger(evidence.at, tuple(kept), max(before, gone))


def _entry(
    key: str,
    claim: Claim,
    known: Entry | None,
    evidence: Evidence,
    memo: dict[Asserted, Verdict],
) -> Entry:
    """Return a statement weighed again; equal things that many assert are weighed once (`memo`)."""
    told = reading.asserted(claim)
    for each in told:
        if each not in memo:
            memo[each] = verdicts.weighed(each, evidence)
    fresh = [memo[each] for each in told] or [verdicts.nothing(evidence.at)]
    found = history.reweighed(known.verdicts if known is not None else (), fresh)
    if len(found) > HISTORIES_MAX:
        found = tuple(sorted(found, key=_stands)[-HISTORIES_MAX:])
    return Entry(key, claim, reading.role(claim), found)


def _stands(each: History) -> bool:
    return each.stands


def _within_bounds(entries: list[Entry]) -> tuple[list[Entry], int]:
    """Return at most `ENTRIES_MAX` statements, and how many are left out.

    Whoever speaks most gives way first, with what was said last: nobody can talk others out of the ledger.
    """
    over = len(entries) - ENTRIES_MAX
    if over <= 0:
        return entries, 0
    names = [name_of(entry.claim.by) for entry in entries]
    spoken = Counter(names)
    kept = list(range(len(entries)))
    for _ in range(over):
        last = max(kept, key=lambda number: (spoken[names[number]], number))
        kept.remove(last)
        spoken[names[last]] -= 1
    return [entries[number] for number in kept], over
