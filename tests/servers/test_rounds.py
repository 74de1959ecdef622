"""A probe's rounds against real servers: twice before it fails, controls beside it, and nothing private."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence

import pytest

from servers.peers import HERE, answering, design, free_port, hasty, http, listening, run, silent
from uproar.app.standing_probes import measuring
from uproar.errors import FetchFailed, UproarError
from uproar.inlets.guard import Guard
from uproar.inlets.probes.design import Design
from uproar.inlets.probes.outbox import Outbox
from uproar.inlets.probes.rounds import SECOND_LOOK, Rounds
from uproar.model.probe import Batch, Order, Result, Taken, Work

TASK = "0123456789ab"
GOOD = http(200, b"hello")
BAD = http(500)


def now() -> int:
    return time.time_ns() // 1_000_000


def probing(
    work: Work,
    made: Design | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> tuple[Rounds, list[Result]]:
    """Return a probe that is given work, and what it tells."""
    told: list[Result] = []

    async def ask() -> Work:
        return work

    async def tell(results: Sequence[Result]) -> None:
        told.extend(results)

    rounds = Rounds(
        ask,
        tell,
        measuring(made or design()),
        now=now,
        elapsed_s=time.monotonic,
        retry_s=0.01,
        sleep=sleep,
    )
    return rounds, told


def once(
    raws: Sequence[bytes], control: bytes | None = None, *, made: Design | None = None
) -> list[Result]:
    """Return what one order comes to against a server that answers so, one answer after the other."""
    answers = itertools.chain(raws, itertools.repeat(raws[-1]))

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answering(next(answers))(reader, writer)

    async def main() -> list[Result]:
        async with listening(session) as port, listening(answering(control or GOOD)) as other:
            controls = (f"http://{HERE}:{other}/",) if control is not None else ()
            order = Order(TASK, f"http://{HERE}:{port}/", "hello")
            rounds, told = probing(Work((order,), controls), made)
            assert await rounds.once() == 1
            return told

    return run(main())


def test_what_works_is_told_after_one_look() -> None:
    (result,) = once([GOOD])
    assert (result.state, result.status, result.notes) == ("works", 200, ())


def test_what_fails_once_and_works_a_moment_later_works() -> None:
    before = now()
    (result,) = once([BAD, GOOD])
    assert result.state == "works"
    assert SECOND_LOOK in result.notes
    assert before <= result.measured_at


def test_what_fails_twice_fails_since_the_first_look() -> None:
    starts: list[float] = []

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        starts.append(now())
        await answering(BAD)(reader, writer)

    async def main() -> list[Result]:
        async with listening(session) as port:
            order = Order(TASK, f"http://{HERE}:{port}/")
            rounds, told = probing(Work((order,)))
            await rounds.once()
            return told

    (result,) = run(main())
    assert (result.state, result.status, result.side) == ("fails", 500, "unknown")
    assert len(starts) == 2
    assert result.measured_at <= starts[0]


def test_controls_are_told_before_the_failure_they_go_with_and_only_then() -> None:
    control, result = once([BAD], GOOD)
    assert (control.state, control.task, bool(control.control)) == ("works", "", True)
    assert result.task == TASK
    control, _ = once([BAD], BAD)
    assert control.state == "fails"
    assert [one.control for one in once([GOOD], GOOD)] == [""]


def test_a_control_is_asked_once_for_many_failures() -> None:
    asked = 0

    async def control(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await answering(GOOD)(reader, writer)

    async def main() -> list[Result]:
        async with listening(answering(BAD)) as port, listening(control) as other:
            orders = tuple(Order(f"{n:012x}", f"http://{HERE}:{port}/{n}") for n in range(20))
            rounds, told = probing(Work(orders, (f"http://{HERE}:{other}/",)))
            await rounds.once()
            return told

    told = run(main())
    assert asked == 1
    assert sum(bool(one.control) for one in told) == 20


def test_a_wall_is_told_as_one_and_not_looked_at_twice() -> None:
    seen = 0

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += 1
        await answering(http(429, b"", Retry_After="120"))(reader, writer)

    async def main() -> list[Result]:
        async with listening(session) as port:
            rounds, told = probing(Work((Order(TASK, f"http://{HERE}:{port}/"),)))
            await rounds.once()
            return told

    (result,) = run(main())
    assert (result.state, result.wait_s, seen) == ("blocked", 120, 1)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:80/",
        "http://[::1]/",
        "http://localhost/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:10.0.0.1]/",
        "http://10.1.2.3/",
    ],
)
def test_a_private_address_given_as_work_is_refused(url: str) -> None:
    rounds, told = probing(Work((Order(TASK, url),)), design(guard=Guard()))
    run(rounds.once())
    (result,) = told
    assert (result.state, result.status) == ("unknown", 0)
    assert "private-address" in result.notes
    assert rounds.seeing().rejected == {"private-address": 1}


def test_a_redirect_from_a_host_that_may_be_private_to_one_that_may_not_is_refused() -> None:
    async def main() -> tuple[list[Result], int]:
        seen = 0

        async def inner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal seen
            seen += 1
            await answering(GOOD)(reader, writer)

        async with listening(inner, host="127.0.0.2") as other:
            moved = http(302, b"", Location=f"http://127.0.0.2:{other}/")
            async with listening(answering(moved)) as port:
                guard = Guard(private_hosts=frozenset({HERE}))
                order = Order(TASK, f"http://{HERE}:{port}/")
                rounds, told = probing(Work((order,)), design(guard=guard))
                await rounds.once()
                return told, seen

    (result,), seen = run(main())
    assert (result.state, seen) == ("unknown", 0)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a.example/", "a.example", "https://", ""]
)
def test_work_that_is_not_on_the_web_is_refused(url: str) -> None:
    rounds, told = probing(Work((Order(TASK, url),)))
    run(rounds.once())
    assert [(one.state, one.notes) for one in told] == [("unknown", ("not-on-the-web",))]


def test_slow_targets_do_not_hold_up_the_others() -> None:
    async def main() -> list[Result]:
        async with listening(silent) as slow, listening(answering(GOOD)) as port:
            orders = (
                Order("a" * 12, f"http://{HERE}:{slow}/"),
                Order("b" * 12, f"http://{HERE}:{port}/"),
            )
            rounds, told = probing(Work(orders), design(deadlines=hasty("exchange", 1.0)))
            await rounds.once()
            return told

    told = run(main())
    assert [(one.task[0], one.state) for one in told] == [("b", "works"), ("a", "fails")]
    assert told[1].failure == "generic_timeout_error"


def test_nothing_that_listens_is_refused_as_such() -> None:
    async def main() -> list[Result]:
        rounds, told = probing(Work((Order(TASK, f"http://{HERE}:{free_port()}/"),)))
        await rounds.once()
        return told

    (result,) = run(main())
    assert (result.state, result.step, result.failure) == ("fails", "tcp", "connection_refused")


def test_a_probe_that_cannot_ask_tries_again_more_and_more_seldom() -> None:
    pauses: list[float] = []

    async def main() -> str:
        async def ask() -> Work:
            raise FetchFailed("the observatory cannot be reached", again=True)

        async def tell(_: Sequence[Result]) -> None:
            raise AssertionError

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 8:
                raise asyncio.CancelledError

        rounds = Rounds(
            ask, tell, measuring(design()), now=now, elapsed_s=time.monotonic, sleep=sleep
        )
        with pytest.raises(asyncio.CancelledError):
            await rounds.run()
        return rounds.seeing().trouble

    assert run(main()) == "the observatory cannot be reached"
    assert pauses == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


# ---------------------------------------------------------------- the outbox


def boxed(send: Callable[[Batch], Awaitable[Taken]], most: int = 100) -> Outbox:
    async def sleep(_: float) -> None:
        await asyncio.sleep(0)

    return Outbox(send, now=now, chance=lambda: 0.5, sleep=sleep, waiting_max=most)


def results(count: int) -> list[Result]:
    return [Result(TASK, number, "works") for number in range(count)]


def test_what_waits_while_the_observatory_is_away_is_delivered_in_order_when_it_is_back() -> None:
    got: list[Result] = []
    tries = 0

    async def send(batch: Batch) -> Taken:
        nonlocal tries
        tries += 1
        if tries < 6:
            raise FetchFailed("away", again=True)
        got.extend(batch.results)
        return Taken(accepted=len(batch.results))

    async def main() -> Outbox:
        box = boxed(send)
        await box.put(results(7))
        task = asyncio.create_task(box.run())
        async with asyncio.timeout(30):
            while box.waiting:  # noqa: ASYNC110 - nothing signals this
                await asyncio.sleep(0.001)
        task.cancel()
        return box

    box = run(main())
    assert [one.measured_at for one in got] == list(range(7))
    assert (box.delivered, box.lost, box.trouble) == (7, 0, "")


def test_beyond_its_bound_the_oldest_are_lost_and_counted() -> None:
    sent: list[Batch] = []

    async def send(batch: Batch) -> Taken:
        sent.append(batch)
        return Taken(accepted=len(batch.results))

    async def main() -> Outbox:
        box = boxed(send, most=5)
        await box.put(results(12))
        assert await box.flush()
        return box

    box = run(main())
    assert box.lost == 7
    assert [one.measured_at for one in sent[0].results] == [7, 8, 9, 10, 11]
    assert sent[0].lost == 7


def test_a_batch_that_is_refused_for_good_is_dropped_and_does_not_block_the_rest() -> None:
    async def send(batch: Batch) -> Taken:
        if batch.results[0].measured_at == 0:
            raise FetchFailed("422", again=False)
        return Taken(accepted=len(batch.results))

    async def main() -> Outbox:
        box = boxed(send)
        await box.put(results(3))
        assert not await box.flush()
        await box.put([Result(TASK, 9, "works")])
        assert await box.flush()
        return box

    box = run(main())
    assert (box.refused, box.delivered, box.waiting) == (3, 1, 0)


def test_a_journal_that_is_full_costs_a_look_and_nothing_else() -> None:
    async def main() -> Rounds:
        async with listening(answering(GOOD)) as port:

            async def ask() -> Work:
                return Work((Order(TASK, f"http://{HERE}:{port}/"),))

            async def tell(_: Sequence[Result]) -> None:
                raise UproarError("the journal is busy")

            rounds = Rounds(
                ask, tell, measuring(design()), now=now, elapsed_s=time.monotonic, retry_s=0.0
            )
            await rounds.once()
            return rounds

    seeing = run(main()).seeing()
    assert (seeing.lost, seeing.signals, seeing.trouble) == (1, 0, "the journal is busy")
