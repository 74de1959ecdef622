"""The journal in and out: export, import, verify, backup, restore; for whoever runs an observatory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from uproar.app.clock import SystemClock
from uproar.app.compose import JOURNAL_FILE, STORE_FILE
from uproar.app.replaying import nothing_in, tell_rejects
from uproar.app.settings import Settings
from uproar.errors import BadInput
from uproar.journal import copies
from uproar.journal.sqlite import SqliteJournal
from uproar.wire import signals

LOST_SHOWN = 20


def journal_file(settings: Settings) -> Path:
    """Return where the journal of these settings lies; raise BadInput where there is none."""
    path = Path(settings.journal.folder) / JOURNAL_FILE
    if not path.is_file():
        raise BadInput(f"{path}: there is no journal; name its folder with --folder")
    return path


def lines(settings: Settings, tell: Callable[[str], None]) -> Iterator[bytes]:
    """Return every signal of the journal as a line, in order; what is lost is told and counted.

    The observatory may be running: what it appends meanwhile may or may not be among the lines.
    """
    lost = 0
    for seq, signal in copies.salvage(journal_file(settings)):
        if signal is None:
            lost += 1
            if lost <= LOST_SHOWN:
                tell(f"signal number {seq} cannot be read and was left out")
            continue
        yield signals.encode(signal, seq)
    if lost:
        tell(f"the journal is damaged: numbers that cannot be read: {lost}")


def take_in(
    settings: Settings, source: str, export: Iterable[bytes], tell: Callable[[str], None]
) -> int:
    """Append the signals of an export to the journal; return how many. The observatory must be down.

    `source` is the name that is told of the export.
    """
    kept, rejects = signals.decode_lines(export)
    if rejects and not kept:
        raise nothing_in(source, rejects)
    tell_rejects(source, rejects, tell)
    path = Path(settings.journal.folder) / JOURNAL_FILE
    with SqliteJournal.open(path, SystemClock()) as journal:
        return journal.load(kept)


def verify(settings: Settings) -> dict[str, object]:
    """Check the journal, signal by signal; return what it holds, or that there is none."""
    with contextlib.suppress(BadInput):
        whole = copies.verify(journal_file(settings))
        return {
            "state": "whole",
            "signals": whole.signals,
            "first_seq": whole.first_seq,
            "last_seq": whole.last_seq,
            "bytes": whole.file_bytes,
        }
    return {"state": "none yet"}


def backup(settings: Settings, destination: Path, *, overwrite: bool) -> copies.Whole:
    """Copy the journal as it is at this moment; the observatory may be running."""
    return copies.backup(journal_file(settings), destination, overwrite=overwrite)


def restore(settings: Settings, source: Path, *, overwrite: bool) -> copies.Whole:
    """Put a backup in the journal's place, after verifying it; the observatory must be down."""
    path = Path(settings.journal.folder) / JOURNAL_FILE
    whole = copies.restore(source, path, overwrite=overwrite)
    # What the store holds was computed from the old journal; it is computed anew.
    for store in path.parent.glob(f"{STORE_FILE}*"):
        store.unlink()
    return whole
