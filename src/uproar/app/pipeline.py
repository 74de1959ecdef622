"""From the journal to decisions: reads on from where it was, folds, keeps checkpoints.

The pipeline waits for nobody and judges nothing; it hands ticks to the fold in the journal's order.
A crash between two checkpoints costs a refold of at most `CHECKPOINT_TICKS` ticks.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

import structlog

from uproar.app import checkpoint, fold
from uproar.errors import StoreError
from uproar.model.catalog import Catalog
from uproar.model.incident import Decision
from uproar.model.signal import Beat, Signal
from uproar.ports import Journal, Store
from uproar.wire import decisions as wire_decisions

CHECKPOINT_TICKS = 30  # Five minutes.
READ_MAX = 10_000  # Signals read from the journal at once.
UNKEPT_MAX = 10_000  # Ticks whose decisions wait for a store that refuses; then folding waits too.

_log = structlog.get_logger("uproar.pipeline")


def by_tick(signals: Iterable[Signal]) -> Iterator[tuple[int, list[Signal]]]:
    """Group signals by the beats between them; what follows the last beat is left out."""
    pending: list[Signal] = []
    for signal in signals:
        if isinstance(signal, Beat):
            yield signal.tick, pending
            pending = []
        else:
            pending.append(signal)


class Pipeline:
    """The state of one observatory, and how far into the journal it has come."""

    def __init__(
        self,
        journal: Journal,
        store: Store,
        catalog: Catalog,
        design: fold.Design,
        *,
        checkpoint_ticks: int = CHECKPOINT_TICKS,
    ) -> None:
        self._journal = journal
        self._store = store
        self._catalog = catalog
        self._design = design
        self.lock = threading.RLock()  # Held while the state changes, and while it is read.
        self._pending: list[Signal] = []
        self._folded_seq = 0
        self._read_seq = 0
        self._unkept: deque[tuple[int, list[bytes]]] = deque()
        self._checkpoint_ticks = checkpoint_ticks
        self.refusal = ""  # Why the store does not take what was decided, or empty.
        self.checkpoint_tick = -1
        self.checkpoint_seq = 0
        self._half_done = False  # A fold that failed within a tick left a state not to go on from.
        self.state = fold.start(catalog, design)

    def resume(self) -> None:
        """Take up the newest checkpoint that fits; without one the journal is folded anew."""
        kept = self._store.checkpoint()
        if kept is not None and kept[1] <= self._journal.last_seq():
            tick, seq, blob = kept
            try:
                self.state = checkpoint.decode(blob, self._catalog, self._design)
            except checkpoint.NotUsable:
                _log.info("checkpoint does not fit this version, catalog or settings; folding anew")
            else:
                self._folded_seq = self._read_seq = seq
                self.checkpoint_tick = tick
                self.checkpoint_seq = seq
        self._store.forget_after(self.state.tick)

    def catch_up(self, on_tick: Callable[[int], None] | None = None) -> list[Decision]:
        """Fold everything that the journal holds by now; return what was decided.

        A store that refuses (no room on its disk) is told in `refusal` and asked again at every tick.
        Raises StoreError when it has refused for too long.
        """
        if self._half_done:
            self._begin_again()
        if len(self._unkept) > UNKEPT_MAX:
            self._settle()
        decided: list[Decision] = []
        while batch := self._journal.read(self._read_seq, READ_MAX):
            with self.lock:
                decided.extend(self._fold(batch, on_tick))
        return decided

    def _fold(
        self, batch: Sequence[tuple[int, Signal]], on_tick: Callable[[int], None] | None
    ) -> list[Decision]:
        decided: list[Decision] = []
        for seq, signal in batch:
            self._read_seq = seq
            if not isinstance(signal, Beat):
                self._pending.append(signal)
                continue
            decided.extend(self._step(signal.tick, seq))
            if on_tick is not None:
                on_tick(signal.tick)
        return decided

    def keep(self) -> None:
        """Write a checkpoint of the state as it is, after all that was decided up to it."""
        if self._half_done:
            raise StoreError("the last tick was not folded to its end; no checkpoint is kept of it")
        self._settle()
        blob = checkpoint.encode(self.state, self._catalog, self._design)
        self._store.save(tick=self.state.tick, seq=self._folded_seq, state=blob)
        self.checkpoint_tick = self.state.tick
        self.checkpoint_seq = self._folded_seq

    def _begin_again(self) -> None:
        """Go back to the newest checkpoint, or the beginning: what failed is tried once more."""
        with self.lock:
            self.state = fold.start(self._catalog, self._design)
            self._pending = []
            self._unkept.clear()
            self._folded_seq = self._read_seq = 0
            self.checkpoint_tick, self.checkpoint_seq = -1, 0
            self.resume()
            self._half_done = False

    def _step(self, tick: int, seq: int) -> tuple[Decision, ...]:
        self._half_done = True
        self.state, decided = fold.step(self.state, self._pending, tick, self._design)
        self._half_done = False
        self._pending = []
        self._folded_seq = seq
        if decided:
            self._unkept.append((tick, [wire_decisions.encode(decision) for decision in decided]))
        try:
            self._settle()
            if tick - self.checkpoint_tick >= self._checkpoint_ticks:
                self.keep()
        except StoreError as problem:
            if not self.refusal:
                _log.warning("what was decided is not kept yet", problem=str(problem))
            self.refusal = str(problem)
        else:
            self.refusal = ""
        return decided

    def _settle(self) -> None:
        """Hand the store, in order, what it has not taken yet."""
        while self._unkept:
            self._store.decide(*self._unkept[0])
            self._unkept.popleft()
