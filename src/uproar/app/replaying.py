"""Folding what was written down elsewhere: journal exports and scenarios, tick by tick."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from uproar.app import fold, pipeline
from uproar.errors import SignalInvalid
from uproar.model.catalog import Catalog
from uproar.model.signal import Signal
from uproar.model.tick import end_ms
from uproar.wire import decisions, signals

Tick = tuple[int, list[Signal]]
REJECTS_SHOWN = 20


def read_export(source: str, tell: Callable[[str], None]) -> Iterator[Tick]:
    """Return the ticks of a journal export; lines that are no signals are told and counted.

    An export that was written by hand and holds no beats gets them: one at the end of every tick.
    """
    kept, rejects = signals.decode_lines(_lines(source))
    tell_rejects(source, rejects, tell)
    if not kept:
        raise SignalInvalid(f"{source}: holds no signal; is it a journal export (JSON Lines)?")
    yield from pipeline.by_tick(signals.with_beats(kept))


def tell_rejects(
    source: str, rejects: Sequence[signals.Reject], tell: Callable[[str], None]
) -> None:
    """Tell which lines of an export are no signals: the first of them, and how many there are."""
    for reject in rejects[:REJECTS_SHOWN]:
        tell(f"{source}: {reject}")
    if rejects:
        tell(f"{source}: set aside, for they are no signals: {len(rejects)} of its lines")


def decide(
    ticks: Iterable[Tick], catalog: Catalog, design: fold.Design, until_ms: int | None = None
) -> Iterator[tuple[bytes, int]]:
    """Fold ticks from the start; yield (line, tick) per decision, and (b"", tick) after each tick."""
    state = fold.start(catalog, design)
    for tick, arrived in ticks:
        if until_ms is not None and end_ms(tick) > until_ms:
            return
        state, decided = fold.step(state, arrived, tick, design)
        for decision in decided:
            yield decisions.encode(decision), tick
        yield b"", tick


def _lines(source: str) -> Iterable[bytes]:
    if source == "-":
        return sys.stdin.buffer
    path = Path(source)
    if not path.is_file():
        raise SignalInvalid(
            f"{source}: there is no such file and no such scenario; `uproar replay --help` tells more"
        )
    return path.open("rb")
