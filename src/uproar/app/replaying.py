"""Folding what was written down elsewhere: journal exports and scenarios, tick by tick."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

from uproar.app import checkpoint, fold, pipeline
from uproar.errors import SignalInvalid
from uproar.model.catalog import Catalog
from uproar.model.signal import Reference, Signal
from uproar.model.tick import end_ms, iso
from uproar.wire import decisions, signals

Tick = tuple[int, list[Signal]]
REJECTS_SHOWN = 20


def read_export(source: str, tell: Callable[[str], None]) -> Iterator[Tick]:
    """Return the ticks of a journal export; lines that are no signals are told and counted.

    An export that was written by hand and holds no beats gets them: one at the end of every tick.
    """
    with _opened(source) as lines:
        kept, rejects = signals.decode_lines(lines)
    if not kept:
        raise nothing_in(source, rejects)
    tell_rejects(source, rejects, tell)
    yield from pipeline.by_tick(signals.with_beats(kept))


def nothing_in(source: str, rejects: Sequence[signals.Reject]) -> SignalInvalid:
    """Return the error for an export without a signal, with the first of its mistakes."""
    first = f" ({rejects[0]})" if rejects else ""
    return SignalInvalid(f"{source}: holds no signal{first}; is it a journal export (JSON Lines)?")


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


def with_warnings(
    ticks: Iterable[Tick], catalog: Catalog, design: fold.Design, tell: Callable[[str], None]
) -> Iterator[Tick]:
    """Yield the ticks; tell, once each, where the journal was made with another catalog or design."""
    ours = {"catalog": catalog.digest(), "design": checkpoint.digest_of(design)}
    for tick, arrived in ticks:
        for signal in arrived:
            if not isinstance(signal, Reference):
                continue
            own = ours.get(signal.name)
            if own is not None and own != signal.digest:
                tell(
                    f"from {iso(signal.at)} on the journal was made with another {signal.name} than "
                    "this replay has, so decisions may differ; give --config what was used"
                )
                del ours[signal.name]
        yield tick, arrived


def _opened(source: str) -> AbstractContextManager[BinaryIO]:
    if source == "-":
        return nullcontext(sys.stdin.buffer)
    path = Path(source)
    if not path.exists() or path.is_dir():
        raise SignalInvalid(
            f"{source}: there is no such file and no such scenario; `uproar replay --help` tells more"
        )
    return path.open("rb")
