"""The dead letters of a data folder, for whoever runs an observatory: looked at, tried again, dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from uproar import __version__
from uproar.app import compose, replay_letters
from uproar.app.clock import SystemClock
from uproar.app.replay_letters import Tried
from uproar.app.settings import Settings
from uproar.errors import BadInput
from uproar.model.seeing import Letter
from uproar.store.letters import READ_MAX, SqliteLetters


def each(settings: Settings) -> Iterator[Letter]:
    """Return every letter, in order; none where there is no file. The observatory may be running."""
    with _opened(settings) as letters:
        after = 0
        while letters is not None and (batch := letters.read(after, READ_MAX)):
            yield from batch
            after = batch[-1].number


def one(settings: Settings, number: int) -> Letter:
    """Return one letter. Raises BadInput where there is none of that number."""
    with _opened(settings) as letters:
        found = letters.read(number - 1, 1) if letters is not None else []
    if not found or found[0].number != number:
        raise BadInput(f"there is no letter {number}; `uproar letters list` shows those there are")
    return found[0]


def drop(settings: Settings, wanted: Callable[[Letter], bool]) -> int:
    """Forget the letters that are wanted; return how many. The observatory may be running."""
    numbers = [letter.number for letter in each(settings) if wanted(letter)]
    with _opened(settings) as letters:
        return letters.drop(numbers) if letters is not None else 0


def replay(settings: Settings, wanted: Callable[[Letter], bool]) -> list[Tried]:
    """Try letters again, and keep in the journal what is understood. The observatory must be down."""
    parts = compose.open_parts(settings, SystemClock())
    try:
        parts.pipeline.resume()
        parts.pipeline.catch_up()
        return replay_letters.replay(
            parts.letters,
            parts.journal,
            parts.catalog,
            parts.pipeline.state,
            wanted=wanted,
            readers=replay_letters.readers(settings),
        )
    finally:
        parts.close()


@contextmanager
def _opened(settings: Settings) -> Iterator[SqliteLetters | None]:
    path = Path(settings.journal.folder) / compose.LETTERS_FILE
    if not path.is_file():
        yield None
        return
    with SqliteLetters.open(path, SystemClock().wall_ms, __version__) as letters:
        yield letters
