"""What was judged of traffic reaches the journal in order, or is counted; nobody waits for it."""

from __future__ import annotations

import asyncio
from typing import Any

from uproar.app.clock import SystemClock
from uproar.errors import JournalFull, JournalUnwritable
from uproar.inlets.flows import keeping
from uproar.inlets.flows.keeping import Keeper
from uproar.journal.memory import MemoryJournal
from uproar.model.signal import Traffic


def signal(number: int, group: str = "") -> Traffic:
    target = f"192.0.2.{number % 256}"
    return Traffic(at=number, target=target, group=group, state="going", attack="a")


class Busy(MemoryJournal):
    """A journal that refuses the first few appends, or takes one and does not come to say so."""

    def __init__(self, *refusals: Exception | None) -> None:
        super().__init__(SystemClock())
        self.refusals = list(refusals)

    async def append(self, signal: Any, once: bytes | None = None) -> Any:
        if self.refusals:
            refusal = self.refusals.pop(0)
            if refusal is None:
                await super().append(signal, once)
                await asyncio.Event().wait()
            else:
                raise refusal
        return await super().append(signal, once)


def targets(journal: MemoryJournal) -> list[str]:
    return [each.target for _, each in journal.read(0, 1000) if isinstance(each, Traffic)]


def test_a_journal_that_is_busy_is_asked_again_and_the_order_stays() -> None:
    async def story() -> None:
        journal, pauses = Busy(JournalFull(7), JournalUnwritable("disk full")), []

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)
            assert keeper.trouble

        keeper = Keeper(journal, sleep=sleep)
        keeper.offer([signal(number) for number in range(1, 6)])
        await keeper.flush(60)
        assert targets(journal) == [f"192.0.2.{number}" for number in range(1, 6)]
        assert pauses == [7, keeping.AGAIN_S]
        assert (keeper.kept, keeper.lost, keeper.waiting, keeper.trouble) == (5, 0, 0, "")

    asyncio.run(story())


def test_what_finds_no_room_pushes_out_the_oldest_and_is_counted() -> None:
    keeper = Keeper(MemoryJournal(SystemClock()))
    keeper.offer([signal(number) for number in range(keeping.WAITING_MAX + 3)])
    assert (keeper.waiting, keeper.lost) == (keeping.WAITING_MAX, 3)


def test_one_that_was_cut_off_while_it_was_kept_is_kept_once() -> None:
    async def story() -> None:
        journal = Busy(None)
        keeper = Keeper(journal)
        keeper.offer([signal(1), signal(2)])
        running = asyncio.create_task(keeper.run())
        while journal.refusals:  # noqa: ASYNC110 - it happens within the task
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait({running})
        await keeper.flush(60)
        assert targets(journal) == ["192.0.2.1", "192.0.2.2"]

    asyncio.run(story())


def test_one_that_is_no_signal_is_left_out_and_the_others_are_kept() -> None:
    async def story() -> None:
        journal = MemoryJournal(SystemClock())
        keeper = Keeper(journal)
        keeper.offer([signal(1, group="\ud800"), signal(2)])
        await keeper.flush(60)
        assert (keeper.refused, keeper.kept, targets(journal)) == (1, 1, ["192.0.2.2"])

    asyncio.run(story())
