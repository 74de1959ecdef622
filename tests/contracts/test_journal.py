"""What every journal keeps to, on disk or in memory."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from contracts.journal_parts import MORNING, HandClock, append_all, report
from uproar.errors import IdempotencyConflict, JournalUnwritable, SignalInvalid
from uproar.journal.memory import MemoryJournal
from uproar.journal.sqlite import SqliteJournal
from uproar.model.signal import Beat, Claim, Reference, Report
from uproar.model.tick import DAY_MS, HOUR_MS

AnyJournal = MemoryJournal | SqliteJournal


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=["memory", "sqlite"])
def journal(
    request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock
) -> Iterator[AnyJournal]:
    opened: AnyJournal
    if request.param == "memory":
        opened = MemoryJournal(clock)
    else:
        opened = SqliteJournal.open(tmp_path / "journal.sqlite", clock)
    with opened:
        yield opened


def test_a_new_journal_is_empty(journal: AnyJournal) -> None:
    assert journal.read(0, 10) == []
    assert (journal.first_seq(), journal.last_seq(), journal.last_at(), journal.count()) == (
        1,
        0,
        0,
        0,
    )
    assert journal.state().ready


def test_a_signal_gets_its_place_and_arrival_and_is_read_back(
    journal: AnyJournal, clock: HandClock
) -> None:
    first = asyncio.run(journal.append(report(1, at=77)))
    clock.run(10)
    second = asyncio.run(journal.append(report(2)))
    assert (first.seq, first.at, first.repeated) == (1, MORNING, False)
    assert (second.seq, second.at, second.repeated) == (2, MORNING + 10, False)
    assert journal.read(0, 10) == [(1, report(1, MORNING)), (2, report(2, MORNING + 10))]
    assert journal.read(1, 10) == [(2, report(2, MORNING + 10))]
    assert journal.read(0, 1) == [(1, report(1, MORNING))]
    assert journal.read(2, 10) == journal.read(99, 10) == journal.read(0, 0) == []
    assert (journal.last_seq(), journal.last_at(), journal.count()) == (2, MORNING + 10, 2)


@pytest.mark.parametrize(
    "signal",
    [
        Report(0, "x", words='it "says"\\ "at":0 and \u2028 \U0001f600 nothing', works=True),
        Claim(0, "x", by="Somebody", said='"at":0', where="a post", said_at=0),
        Beat(0, 174_160_000),
        Reference(0, "catalog", "sha256:0", note="two\nlines"),
        Report(0, ""),
    ],
    ids=lambda signal: type(signal).__name__,
)
def test_every_kind_of_signal_comes_back_as_it_was(
    journal: AnyJournal, signal: Report | Claim | Beat | Reference
) -> None:
    asyncio.run(journal.append(signal))
    assert journal.read(0, 10) == [(1, msgspec.structs.replace(signal, at=MORNING))]


def test_appends_at_the_same_time_get_places_in_the_order_they_were_asked(
    journal: AnyJournal,
) -> None:
    receipts = append_all(journal, [(report(n), None) for n in range(500)])
    assert [receipt.seq for receipt in receipts] == list(range(1, 501))  # type: ignore[union-attr]
    assert [signal for _, signal in journal.read(0, 1_000)] == [
        report(n, MORNING) for n in range(500)
    ]


def test_threads_without_a_loop_append_in_the_same_order_as_the_others(journal: AnyJournal) -> None:
    receipts: list[int] = []

    def beat() -> None:
        receipts.extend(journal.append_wait(Beat(0, n)).seq for n in range(50))

    threads = [threading.Thread(target=beat) for _ in range(4)]
    for thread in threads:
        thread.start()
    others = append_all(journal, [(report(n), None) for n in range(100)])
    for thread in threads:
        thread.join()
    places = sorted(receipts + [receipt.seq for receipt in others])  # type: ignore[union-attr]
    assert places == list(range(1, 301))
    assert journal.last_seq() == journal.count() == 300


def test_the_same_key_with_the_same_content_returns_the_first_receipt(
    journal: AnyJournal, clock: HandClock
) -> None:
    first = asyncio.run(journal.append(report(1), b"key"))
    clock.run(5_000)
    again = asyncio.run(journal.append(report(1, at=123), b"key"))
    assert (again.seq, again.at, again.repeated) == (first.seq, first.at, True)
    assert journal.count() == 1


def test_the_same_key_with_other_content_is_a_conflict_and_keeps_nothing(
    journal: AnyJournal,
) -> None:
    asyncio.run(journal.append(report(1), b"key"))
    with pytest.raises(IdempotencyConflict, match="new key"):
        asyncio.run(journal.append(report(2), b"key"))
    assert journal.count() == 1


def test_one_key_many_times_at_once_is_kept_once(journal: AnyJournal) -> None:
    asked = [(report(n % 2), b"%d" % (n % 10)) for n in range(100)]
    receipts = append_all(journal, asked)
    assert sorted({receipt.seq for receipt in receipts}) == list(range(1, 11))  # type: ignore[union-attr]
    assert sum(not receipt.repeated for receipt in receipts) == 10  # type: ignore[union-attr]
    assert journal.count() == 10


def test_a_conflict_within_one_batch_touches_nobody_else(journal: AnyJournal) -> None:
    outcomes = append_all(
        journal, [(report(1), b"a"), (report(2), b"a"), (report(3), None), (report(1), b"a")]
    )
    assert [type(outcome) for outcome in outcomes][1] is IdempotencyConflict
    assert [outcome.seq for outcome in outcomes if not isinstance(outcome, BaseException)] == [
        1,
        2,
        1,
    ]


def test_a_key_is_remembered_for_a_day(journal: AnyJournal, clock: HandClock) -> None:
    asyncio.run(journal.append(report(1), b"key"))
    clock.run(DAY_MS - 1)
    assert asyncio.run(journal.append(report(1), b"key")).repeated
    clock.run(1)
    fresh = asyncio.run(journal.append(report(2), b"key"))
    assert (fresh.seq, fresh.repeated) == (2, False)
    assert asyncio.run(journal.append(report(2), b"key")).repeated


@pytest.mark.parametrize("words", ["lone \ud800 surrogate", "x" * 100_000])
def test_what_cannot_be_written_down_is_refused_and_touches_nobody_else(
    journal: AnyJournal, words: str
) -> None:
    outcomes = append_all(
        journal, [(report(1), None), (Report(0, "x", words=words), b"k"), (report(2), None)]
    )
    assert isinstance(outcomes[1], SignalInvalid)
    assert [signal for _, signal in journal.read(0, 9)] == [report(1, MORNING), report(2, MORNING)]


def test_loaded_signals_keep_their_own_arrival_and_what_follows_is_not_before_them(
    journal: AnyJournal,
) -> None:
    later = MORNING + HOUR_MS
    assert journal.load(report(n, later + n) for n in range(3)) == 3
    assert [signal.at for _, signal in journal.read(0, 9)] == [later, later + 1, later + 2]
    receipt = asyncio.run(journal.append(report(9)))
    assert (receipt.seq, receipt.at) == (4, later + 2)


def test_loading_more_than_one_transaction_keeps_order(journal: AnyJournal) -> None:
    assert journal.load(report(n, MORNING + n) for n in range(40_000)) == 40_000
    found = []
    after = 0
    while batch := journal.read(after, 7_000):
        found.extend(batch)
        after = batch[-1][0]
    assert [seq for seq, _ in found] == list(range(1, 40_001))
    assert [signal.at - MORNING for _, signal in found] == list(range(40_000))
    assert journal.load([]) == 0


def test_arrivals_never_decrease_when_the_wall_steps_back_an_hour(
    journal: AnyJournal, clock: HandClock
) -> None:
    before = asyncio.run(journal.append(report(1)))
    clock.step_wall(-HOUR_MS)
    clock.run(100_000)
    after = asyncio.run(journal.append(report(2)))
    clock.run(100_000)
    later = asyncio.run(journal.append(report(3)))
    assert before.at <= after.at < later.at
    assert later.at - after.at == 99_000
    assert journal.state().ahead_ms == later.at - clock.wall_ms() > 0
    assert journal.state().ready


def test_no_signal_is_stamped_before_what_the_journal_calls_now(
    journal: AnyJournal, clock: HandClock
) -> None:
    clock.run(500)
    assert journal.now_ms() == MORNING + 500
    clock.step_wall(-HOUR_MS)
    clock.run(100)
    now = journal.now_ms()
    assert MORNING + 500 <= now == asyncio.run(journal.append(report(1))).at


def test_pruning_forgets_the_oldest_and_never_what_no_checkpoint_has_read(
    journal: AnyJournal,
) -> None:
    journal.load(report(n, MORNING + n) for n in range(12_000))
    assert journal.prune(MORNING + 11_000, until_seq=9_000) == 9_000
    assert (journal.first_seq(), journal.last_seq(), journal.count()) == (9_001, 12_000, 3_000)
    assert journal.read(0, 1)[0][0] == 9_001
    assert journal.prune(MORNING + 11_000, until_seq=9_000) == 0
    assert journal.prune(MORNING + 11_000, until_seq=12_000) == 2_000
    assert journal.read(0, 1) == [(11_001, report(11_000, MORNING + 11_000))]


def test_pruning_stops_at_the_first_signal_that_is_to_stay(journal: AnyJournal) -> None:
    journal.load([report(1, MORNING), report(2, MORNING + 50), report(3, MORNING)])
    assert journal.prune(MORNING + 10, until_seq=3) == 1
    assert [seq for seq, _ in journal.read(0, 9)] == [2, 3]


def test_places_go_on_after_everything_was_forgotten(journal: AnyJournal) -> None:
    journal.load(report(n, MORNING + n) for n in range(10))
    assert journal.prune(MORNING + DAY_MS, until_seq=10) == 10
    assert (journal.first_seq(), journal.last_seq(), journal.count()) == (11, 10, 0)
    assert asyncio.run(journal.append(report(1))).seq == 11


def test_a_closed_journal_refuses_and_may_be_closed_again(journal: AnyJournal) -> None:
    journal.close()
    journal.close()
    with pytest.raises(JournalUnwritable, match="closed"):
        asyncio.run(journal.append(report(1)))
    with pytest.raises(JournalUnwritable, match="closed"):
        journal.append_wait(report(1))
