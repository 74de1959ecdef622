"""Dead letters, tried again: what a reader understands by now goes to the journal, the rest stays.

At the start of an observatory all that an older version refused is tried; `uproar letters replay` tries
what it is told, while the observatory is stopped. A way in whose letters can be tried has a line in
`readers`; its reader says which signals a letter gives, or raises an UproarError that says why none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal

import msgspec

from uproar.app import changing, noticing
from uproar.app.fold_state import State
from uproar.app.settings import Settings
from uproar.errors import IdempotencyConflict, JournalError, UproarError
from uproar.model.catalog import Catalog
from uproar.model.seeing import Letter
from uproar.model.signal import Signal
from uproar.ports import DeadLetters, Journal
from uproar.present.legible import one_line
from uproar.store.letters import READ_MAX, SqliteLetters

AT_START_MAX = 1_000  # Letters that a start tries: it has to end, and the next goes on.

Reader = Callable[[Letter, Catalog, State], Sequence[Signal]]


def readers(settings: Settings) -> Mapping[str, Reader]:
    """Return the reader of every way in whose letters can be tried again.

    What agents brought is not among them: a measurement that is taken late would pass for a new one.
    """
    return {"notices": noticing.read_letter, "changes": changing.letter_reader(settings)}


class Tried(msgspec.Struct, frozen=True):
    """What became of a letter that was tried again; `problem` says why it stays, or is empty."""

    number: int
    inlet: str
    became: Literal["taken", "refused", "no-reader", "cut"]
    signals: int = 0
    problem: str = ""


def replay(
    letters: SqliteLetters,
    journal: Journal,
    catalog: Catalog,
    state: State,
    *,
    wanted: Callable[[Letter], bool],
    readers: Mapping[str, Reader],
    most: int | None = None,
) -> list[Tried]:
    """Try the letters that are wanted, in order; drop those whose signals are in the journal.

    Not for an event loop. Raises JournalError where the journal refuses; what was taken before that
    stays taken, and a letter that was half taken is completed the next time, each signal once.
    """
    made: list[Tried] = []
    after = 0
    while batch := letters.read(after, READ_MAX):
        after = batch[-1].number
        for letter in batch:
            if most is not None and len(made) >= most:
                return made
            if wanted(letter):
                tried = _try(letter, letters, journal, catalog, state, readers)
                if tried.became != "taken":
                    letters.tried([letter.number])
                made.append(tried)
    return made


def at_start(
    letters: SqliteLetters,
    journal: Journal,
    catalog: Catalog,
    state: State,
    version: str,
    readers: Mapping[str, Reader],
) -> list[Tried]:
    """Try what another version of the program refused last."""
    return replay(
        letters,
        journal,
        catalog,
        state,
        wanted=lambda letter: letter.tried != version,
        readers=readers,
        most=AT_START_MAX,
    )


def is_among(numbers: Collection[int], inlet: str) -> Callable[[Letter], bool]:
    """Return whether a letter is one of those asked for; no numbers or no way in means any."""
    return lambda letter: (
        (not numbers or letter.number in numbers) and (not inlet or letter.inlet == inlet)
    )


def _try(
    letter: Letter,
    letters: DeadLetters,
    journal: Journal,
    catalog: Catalog,
    state: State,
    readers: Mapping[str, Reader],
) -> Tried:
    reader = readers.get(letter.inlet)
    if reader is None:
        return _stays(letter, "no-reader", "nothing here reads letters of this way in")
    if not letter.whole:
        return _stays(letter, "cut", "only its beginning was kept")
    try:
        signals = reader(letter, catalog, state)
        for place, signal in enumerate(signals):
            _append_once(journal, letter, place, signal)
    except JournalError:
        raise
    except UproarError as problem:
        return _stays(letter, "refused", one_line(str(problem)))
    except Exception as problem:  # noqa: BLE001 - one letter must not keep others from being tried
        return _stays(letter, "refused", f"its reader fails with {type(problem).__name__}")
    letters.drop([letter.number])
    return Tried(letter.number, letter.inlet, "taken", len(signals))


def _append_once(journal: Journal, letter: Letter, place: int, signal: Signal) -> None:
    name = b"%d %d %d" % (letter.number, letter.at, place)
    once = hashlib.blake2b(name, digest_size=16, person=b"letter").digest()
    try:
        journal.append_wait(signal, once)
    except IdempotencyConflict:
        return  # It was taken before, by a version that read it otherwise.


def _stays(letter: Letter, became: Literal["refused", "no-reader", "cut"], why: str) -> Tried:
    return Tried(letter.number, letter.inlet, became, problem=why)
