"""Ways in are kept going: what fails comes back, later each time, and touches no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from uproar.app import supervise
from uproar.app.supervise import Supervisor
from uproar.errors import FeedUnreadable, JournalUnwritable
from uproar.model.seeing import Seeing

START = 1_700_000_000_000
RUNS_MAX = 60  # A test that has not ended by then never will.


class World:
    """A clock that only moves when somebody sleeps; `pauses` are the sleeps of the supervisor."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now_s += seconds
        await asyncio.sleep(0)

    def supervisor(self, *inlets: Way, others: tuple[Way, ...] = ()) -> Supervisor:
        return Supervisor(
            inlets,
            others,
            wall_ms=lambda: START + round(self.now_s * 1000),
            elapsed_s=lambda: self.now_s,
            chance=lambda: 0.5,  # In the middle: no jitter.
            sleep=self.sleep,
        )


class Way:
    """A way in that does at its n-th run what `each` does with n, from 1."""

    def __init__(self, name: str, each: Callable[[int], Awaitable[None]]) -> None:
        self.name = name
        self.runs = 0
        self.ended = 0
        self.trouble = ""
        self._each = each

    async def run(self) -> None:
        self.runs += 1
        try:
            await self._each(self.runs)
        finally:
            self.ended += 1

    async def begun(self, runs: int) -> None:
        """Wait until it was begun so often; time passes only as the others run."""
        while self.runs < runs:  # noqa: ASYNC110 - said above
            await asyncio.sleep(0)

    def seeing(self) -> Seeing:
        return Seeing(trouble=self.trouble)


async def for_ever(_: int) -> None:
    await asyncio.Event().wait()


async def never(_: int) -> None:
    raise AssertionError("a way without a task is not run")


def test_an_inlet_that_fails_comes_back_and_tells_what_failed() -> None:
    async def twice(number: int) -> None:
        if number <= 2:
            raise FeedUnreadable(f"no answer\nat look {number}")
        await for_ever(number)

    async def run() -> None:
        world, way = World(), Way("notices", twice)
        watched = world.supervisor(way)
        async with supervise.running(watched):
            await way.begun(3)
            (standing,) = watched.standing()
            assert (standing.state, standing.restarts) == ("running", 2)
            assert standing.why == "no answer at look 2"
            assert standing.since == START + 3_000
            assert standing.is_well
        assert world.pauses == [1.0, 2.0]

    asyncio.run(run())


def test_the_pause_doubles_with_each_failure_and_is_bounded() -> None:
    async def fails(number: int) -> None:
        if number > 12:
            await for_ever(number)
        raise ConnectionResetError

    async def run() -> list[float]:
        world, way = World(), Way("posts", fails)
        async with supervise.running(world.supervisor(way)):
            await way.begun(13)
        return world.pauses

    pauses = asyncio.run(run())
    assert pauses[:9] == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert pauses[9:] == [supervise.AGAIN_S_MAX] * 3


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_the_pause_is_moved_by_chance_within_its_part(chance: float) -> None:
    async def fails(number: int) -> None:
        if number > 1:
            await for_ever(number)
        raise ConnectionResetError

    async def run() -> list[float]:
        world, way = World(), Way("posts", fails)
        watched = world.supervisor(way)
        watched._chance = lambda: chance
        async with supervise.running(watched):
            await way.begun(2)
        return world.pauses

    assert asyncio.run(run()) == [pytest.approx(1 + supervise.JITTER * (2 * chance - 1))]


def test_a_run_that_was_sound_lets_the_pause_begin_anew() -> None:
    world = World()

    async def fails(number: int) -> None:
        if number > 6:
            await for_ever(number)
        if number == 5:
            world.now_s += supervise.SOUND_S
        raise ConnectionResetError

    async def run() -> None:
        way = Way("posts", fails)
        async with supervise.running(world.supervisor(way)):
            await way.begun(7)

    asyncio.run(run())
    assert world.pauses == [1, 2, 4, 8, 1, 2]


def test_an_inlet_that_ends_by_itself_is_begun_again() -> None:
    async def ends(number: int) -> None:
        if number > 1:
            await for_ever(number)

    async def run() -> str:
        world, way = World(), Way("posts", ends)
        watched = world.supervisor(way)
        async with supervise.running(watched):
            await way.begun(2)
            return watched.standing()[0].why

    assert asyncio.run(run()) == "it ended by itself"


def test_an_inlet_that_is_cancelled_from_within_is_begun_again() -> None:
    async def gives_up(number: int) -> None:
        if number == 1:
            raise asyncio.CancelledError
        await for_ever(number)

    async def run() -> str:
        world, way = World(), Way("posts", gives_up)
        watched = world.supervisor(way)
        async with supervise.running(watched):
            await way.begun(2)
            return watched.standing()[0].why

    assert asyncio.run(run()) == "it gave up"


def test_a_way_in_that_cannot_tell_how_it_is_is_in_trouble_and_the_others_are_told() -> None:
    class Mute(Way):
        def seeing(self) -> Seeing:
            raise KeyError("no such thing")

    first, second = (
        World().supervisor(others=(Mute("posts", never), Way("changes", never))).standing()
    )
    assert first.seeing.trouble == "it cannot tell how it is: KeyError"
    assert second.is_well


def test_the_failure_of_one_does_not_touch_the_others() -> None:
    async def fails(number: int) -> None:
        if number < RUNS_MAX:
            raise ConnectionResetError
        await for_ever(number)

    async def run() -> None:
        world, bad, good = World(), Way("posts", fails), Way("notices", for_ever)
        told = Way("reports", never)
        told.trouble = "nobody reports"
        watched = world.supervisor(bad, good, others=(told,))
        async with supervise.running(watched):
            await bad.begun(RUNS_MAX)
            first, second, third = watched.standing()
            assert (good.runs, good.ended) == (1, 0)
            assert (first.restarts, second.restarts, third.restarts) == (RUNS_MAX - 1, 0, 0)
            assert [each.name for each in (first, second, third)] == ["posts", "notices", "reports"]
            assert second.is_well
            assert third.state == "running"
            assert not third.is_well

    asyncio.run(run())


def test_all_are_cancelled_when_it_is_left_and_none_is_started_again() -> None:
    async def run() -> None:
        world, one, two = World(), Way("one", for_ever), Way("two", for_ever)
        async with supervise.running(world.supervisor(one, two)):
            await one.begun(1)
            await two.begun(1)
        assert (one.ended, two.ended) == (1, 1)
        assert world.pauses == []
        await asyncio.sleep(0)
        assert (one.runs, two.runs) == (1, 1)

    asyncio.run(run())


def test_while_it_waits_it_is_told_as_waiting_with_the_reason() -> None:
    async def fails(_: int) -> None:
        raise JournalUnwritable("/secret/place/journal.sqlite: the disk is full")

    async def run() -> None:
        way, entered = Way("posts", fails), asyncio.Event()

        async def sleep(_: float) -> None:
            entered.set()
            await asyncio.Event().wait()

        watched = Supervisor(
            [way], wall_ms=lambda: START, elapsed_s=lambda: 0.0, chance=lambda: 0.5, sleep=sleep
        )
        async with supervise.running(watched):
            await entered.wait()
            (standing,) = watched.standing()
            assert standing.state == "waiting"
            assert standing.why == supervise.JOURNAL_REFUSES
            assert not standing.is_well
        assert way.runs == 1  # A journal that refuses is not pressed: it waited.

    asyncio.run(run())


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (ConnectionResetError("https://user:secret@host/"), "ConnectionResetError"),
        (JournalUnwritable("/data/journal.sqlite: full"), supervise.JOURNAL_REFUSES),
        (ExceptionGroup("one", [FeedUnreadable("it is late")]), "it is late"),
        (ExceptionGroup("two", [ValueError("a"), ValueError("b")]), "ExceptionGroup"),
        (FeedUnreadable("turned \u202e around\nand on"), "turned around and on"),
    ],
)
def test_a_failure_is_told_without_what_is_not_for_everybody(problem: Exception, said: str) -> None:
    assert supervise.told(problem) == said


def test_a_long_failure_is_cut() -> None:
    assert len(supervise.told(FeedUnreadable("x" * 5_000))) == supervise.WHY_MAX
