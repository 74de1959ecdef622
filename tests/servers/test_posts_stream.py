"""Posts over a real WebSocket: whatever breaks, none is counted twice and none is missed."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

import pytest

from servers.network import HOST, Entry, Network, network
from uproar.app.clock import SystemClock
from uproar.errors import FetchFailed, JournalFull
from uproar.inlets.posts.jetstream import Jetstream
from uproar.inlets.posts.keeping import Keeper
from uproar.inlets.posts.websocket import StreamEnded, opener
from uproar.inlets.posts.window import Counting, Judge
from uproar.inlets.targets import Targets
from uproar.journal.memory import MemoryJournal
from uproar.model.mention import Mention
from uproar.model.signal import Post, Signal
from uproar.model.tick import parse_iso
from uproar.ports import Receipt

NOW = parse_iso("2026-08-14T10:00:00Z")
QUICK = 40.0  # Our clock runs so much faster than the real one: windows end without long waits.
PATIENCE_S = 30.0


def mentions(text: str, _languages: Sequence[str]) -> tuple[Mention, ...]:
    """Stand in for the classifier: "x down" fails, "x" is talk."""
    words = text.split()
    if "x" not in words:
        return ()
    return (Mention("x", "failing" if "down" in words else "talk", 1.0, "en"),)


JUDGE = Judge(mentions, lambda tag: "x" if tag == "xdown" else "")


class Reading:
    """A reader of the network that writes into a journal, and can be killed and started again."""

    def __init__(self, net: Network, journal: MemoryJournal | None = None) -> None:
        self.net = net
        self.journal = journal or MemoryJournal(SystemClock())
        resume = None
        for post in self.posts:
            if not post.service and post.cursor and post.until_at is not None:
                resume = (int(post.cursor), post.until_at)
        self.source = Jetstream(
            [net.url],
            opened=opener(Targets([HOST]), "Uproar/test"),
            counting=Counting(JUDGE),
            keeper=Keeper(self.journal, "jetstream", sleep=lambda _: asyncio.sleep(0.01)),
            key=b"k" * 32,
            wall_ms=lambda: NOW + 300_000,
            elapsed_s=lambda: time.monotonic() * QUICK,
            chance=lambda: 0.5,
            resume=resume,
            sleep=lambda _: asyncio.sleep(0.01),
        )

    @property
    def posts(self) -> list[Post]:
        return [s for _, s in self.journal.read(0, 100_000) if isinstance(s, Post)]

    @property
    def of(self) -> int:
        return sum(post.of for post in self.posts)

    @property
    def failing(self) -> float:
        return sum(post.failing for post in self.posts)

    async def until(self, of: int) -> None:
        """Read until so many posts are in the journal, and a little longer: there must not be more."""
        task = asyncio.create_task(self.source.run())
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self.of < of:
                    assert not task.done(), task.result()
                    await asyncio.sleep(0.01)
                signals = len(self.posts)
                while len(self.posts) < signals + 2:  # noqa: ASYNC110 - windows in which nothing came
                    await asyncio.sleep(0.01)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


class Killed(Exception):
    """The program is gone."""


class Mortal(MemoryJournal):
    """A journal whose program dies at the append after so many; -1 is never."""

    left = -1

    async def append(self, signal: Signal, once: bytes | None = None) -> Receipt:
        if self.left == 0:
            raise Killed
        self.left -= 1
        return await super().append(signal, once)


def posted(number: int, text: str = "", every_ms: int = 500) -> Entry:
    at = NOW + number * every_ms
    return Entry(
        at * 1000 + number % 7, f"did:plc:{number}", f"r{number}", text or f"post {number}"
    )


def day(count: int) -> list[Entry]:
    """Return posts of which every fifth says that x is down."""
    return [posted(n, "x down again" if n % 5 == 0 else "") for n in range(count)]


def run(case: object) -> None:
    asyncio.run(case)  # type: ignore[arg-type]


FORMS = pytest.mark.parametrize("second", [False, True], ids=["first-form", "second-form"])


@FORMS
def test_every_post_is_counted_once(second: bool) -> None:
    async def case() -> None:
        async with network(second=second) as net:
            net.add(*day(200))
            reading = Reading(net)
            await reading.until(200)
            assert (reading.of, reading.failing) == (200, 40)

    run(case())


@FORMS
def test_a_stream_that_breaks_off_again_and_again_is_counted_as_if_it_never_had(
    second: bool,
) -> None:
    async def case() -> None:
        async with network(second=second, cut_after=[3, 50, 1, 77, 20, 40], twice=7) as net:
            net.add(*day(300))
            reading = Reading(net)
            await reading.until(300)
            assert (reading.of, reading.failing) == (300, 60)
            assert len(net.asked) == 7
            assert reading.source.seeing().rejected["stream-closed-1006"] == 6

    run(case())


@FORMS
def test_a_program_that_dies_at_any_signal_counts_as_if_it_never_had(second: bool) -> None:
    """The journal takes some signals and then no more; a new program goes on from what it holds."""

    async def case() -> None:
        async with network(second=second) as net:
            net.add(*day(200))
            journal = Mortal(SystemClock())
            for dies_after in (1, 2, 3, 4, 7, 10):
                journal.left = dies_after
                with pytest.raises(Killed):
                    await Reading(net, journal).source.run()
            journal.left = -1
            reading = Reading(net, journal)
            net.add(*day(400)[200:])
            await reading.until(400)
            assert (reading.of, reading.failing) == (400, 80)

    run(case())


def test_what_is_no_post_is_set_aside_by_reason_and_nothing_stalls() -> None:
    async def case() -> None:
        async with network() as net:
            posts = day(100)
            net.add(*posts[:50])
            net.add(
                Entry(0, raw="{"),
                Entry(0, raw=b"\xff\x00"),
                Entry(0, raw="[]"),
                Entry(0, raw='{"did": 5, "time_us": "x"}'),
                Entry(0, raw='{"did": "d", "time_us": -1}'),
                Entry(0, raw="x" * 2_000_000),
                Entry(NOW * 1000 + 7_200_000_000, "did:plc:ahead", "r", "x down"),
                Entry(posts[49].at_us, "did:plc:z", "z", operation="delete"),
            )
            net.add(*posts[50:])
            reading = Reading(net)
            await reading.until(100)
            assert (reading.of, reading.failing) == (100, 20)
            rejected = Counter(reading.source.seeing().rejected)
            assert rejected == {
                "no-json": 2,
                "no-object": 1,
                "no-event": 1,
                "no-time": 1,
                "too-long": 1,
                "time-ahead": 1,
            }

    run(case())


def test_a_network_that_cuts_us_off_is_taken_up_again() -> None:
    async def case() -> None:
        async with network(second=True, errors=["ConsumerTooSlow"]) as net:
            net.add(*day(60))
            reading = Reading(net)
            net.asked.append({})  # It has been asked before: without a cursor, it is from now on.
            task = asyncio.create_task(reading.source.run())
            async with asyncio.timeout(PATIENCE_S):
                while len(net.asked) < 3:  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.01)
            assert reading.source.seeing().rejected == {"stream-ConsumerTooSlow": 1}
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    run(case())


def test_a_cursor_that_is_too_old_is_given_up_and_the_gap_is_told() -> None:
    async def case() -> None:
        async with network(second=True) as net:
            net.add(*day(60))
            reading = Reading(net)
            await reading.until(60)
            net.errors.append("CursorTooOld")
            later = Reading(net, reading.journal)
            task = asyncio.create_task(later.source.run())
            async with asyncio.timeout(PATIENCE_S):
                while len(net.asked) < 3:  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.01)
                net.add(*[posted(n, every_ms=500) for n in range(60, 80)])
                while later.of < 80:  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.01)
            assert "cursor" in net.asked[1]
            assert "cursor" not in net.asked[2]
            assert "no longer has" in later.source.seeing().trouble
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    run(case())


def test_a_frame_beyond_all_bounds_is_stepped_over_and_told() -> None:
    async def case() -> None:
        async with network() as net:
            net.add(*day(20), Entry(0, raw="x" * 5_000_000))
            reading = Reading(net)
            task = asyncio.create_task(reading.source.run())
            async with asyncio.timeout(PATIENCE_S):
                while len(net.asked) < 3:  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.01)
                net.add(*day(40)[20:])
                while "too large" not in reading.source.seeing().trouble:  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.01)
                number = 40
                while reading.of < 25:
                    net.add(posted(number))
                    number += 1
                    await asyncio.sleep(0.02)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    run(case())


def test_a_journal_that_is_full_for_a_while_loses_nothing() -> None:
    class Full(MemoryJournal):
        refusals = 7

        async def append(self, signal: Signal, once: bytes | None = None) -> Receipt:
            if self.refusals:
                self.refusals -= 1
                raise JournalFull(1)
            return await super().append(signal, once)

    async def case() -> None:
        async with network() as net:
            net.add(*day(100))
            reading = Reading(net, Full(SystemClock()))
            await reading.until(100)
            assert (reading.of, reading.failing) == (100, 20)
            assert reading.source.seeing().trouble == ""

    run(case())


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ws://127.0.0.1:{port}/subscribe", "leads away from https"),
        ("wss://127.0.0.1/subscribe", "not public"),
        ("wss://169.254.169.254/subscribe", "not public"),
        ("http://127.0.0.1:{port}/subscribe", "does not begin with wss"),
        ("wss://somebody@example.org/subscribe", "no address"),
    ],
)
def test_what_may_not_be_asked_is_never_connected_to(url: str, why: str) -> None:
    async def case() -> None:
        async with network() as net:
            opened = opener(Targets(), "Uproar/test")
            with pytest.raises((StreamEnded, FetchFailed), match=why):
                async with opened(url.format(port=net.port)):
                    pass
            assert net.asked == []

    run(case())


def test_a_slow_stream_is_kept_by_our_own_clock_and_counted_once_across_breaks() -> None:
    async def case() -> None:
        async with network(pause_s=0.03, cut_after=[20, 35]) as net:
            net.add(*day(60))
            reading = Reading(net)
            await reading.until(60)
            assert (reading.of, reading.failing) == (60, 12)
            again = Reading(net, reading.journal)
            net.add(*day(80)[60:])
            await again.until(80)
            assert (again.of, again.failing) == (80, 16)

    run(case())


def test_a_stream_that_is_silent_is_told_to_be_silent() -> None:
    async def case() -> None:
        async with network() as net:
            net.add(*day(5))
            reading = Reading(net)
            await reading.until(5)
            silent = [post for post in reading.posts if not post.service and not post.of]
            assert len(silent) >= 3  # Where it begins, and two windows in which nothing came.
            assert all(post.until_at is None for post in silent[1:])

    run(case())
