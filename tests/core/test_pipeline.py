"""The pipeline after a tick that failed in the middle: nothing half-done is kept or gone on from."""

from __future__ import annotations

from pathlib import Path

import pytest

from uproar.app import fold, pipeline
from uproar.errors import StoreError
from uproar.journal.memory import MemoryJournal
from uproar.model.catalog import Catalog
from uproar.model.service import Service
from uproar.model.signal import Beat, Report
from uproar.store.sqlite import SqliteStore

CATALOG = Catalog([Service("alpha", "Alpha")])
FIRST = 174_150_000


class StillClock:
    def wall_ms(self) -> int:
        return FIRST * 10_000

    def monotonic_ms(self) -> int:
        return 0


def test_a_tick_that_fails_is_folded_again_from_the_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = MemoryJournal(StillClock())
    for tick in range(FIRST, FIRST + 40):
        at = tick * 10_000
        journal.load([Report(at, "alpha", reporter=f"{tick}"), Beat(at + 9_999, tick)])
    with SqliteStore.open(tmp_path / "store.sqlite") as store:
        line = pipeline.Pipeline(journal, store, CATALOG, fold.Design())
        real = fold.step

        def fails_once(state, signals, tick, design):
            done = real(state, signals, tick, design)
            if tick == FIRST + 35:
                monkeypatch.setattr(fold, "step", real)
                raise RuntimeError("half a tick")
            return done

        monkeypatch.setattr(fold, "step", fails_once)
        with pytest.raises(RuntimeError):
            line.catch_up()
        with pytest.raises(StoreError, match="not folded"):
            line.keep()
        line.catch_up()
        assert line.state.tick == FIRST + 39
        assert line.state.reports_total == 40
        line.keep()
