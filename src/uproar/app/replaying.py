"""Folding what was written down elsewhere: journal exports and scenarios, tick by tick."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from uproar import catalog as packaged
from uproar.app import fold, pipeline
from uproar.errors import SignalInvalid
from uproar.model.catalog import Catalog
from uproar.model.signal import Signal
from uproar.model.tick import end_ms
from uproar.wire import decisions, signals

Tick = tuple[int, list[Signal]]
REJECTS_SHOWN = 20


def load_catalog(folder: Path | None) -> Catalog:
    """Return the packaged catalog, with the files of `folder` on top."""
    return packaged.load(folder)


def read_export(source: str, tell: Callable[[str], None]) -> Iterator[Tick]:
    """Return the ticks of a journal export; lines that are no signals are told and counted.

    An export that was written by hand and holds no beats gets them: one at the end of every tick.
    """
    kept, rejects = signals.decode_lines(_lines(source))
    for reject in rejects[:REJECTS_SHOWN]:
        tell(f"{source}: {reject}")
    if rejects:
        tell(f"{source}: {len(rejects)} lines are no signals and were set aside")
    if not kept:
        raise SignalInvalid(f"{source}: holds no signal; is it a journal export (JSON Lines)?")
    yield from pipeline.by_tick(signals.with_beats(kept))


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
