"""Slow and silent clients get an end, and nobody else notices them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from servers.desk import PATIENCE_S, REPORTS, desk, head_of, read_reply
from uproar.inlets.bodies import Bodies

START = head_of("POST", REPORTS, {"content-type": "application/json", "content-length": "15"})
BODY = b'{"service":"x"}'


def test_a_body_that_does_not_come_is_answered_with_408(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, bodies=Bodies(seconds=0.2, sweep_s=0.05)) as front:
            reader, writer = await front.connect()
            writer.write(START + BODY[:7])
            reply = await read_reply(reader)
            assert (reply.status, reply.error["slug"]) == (408, "too-slow")
            assert front.intake.bodies.waiting == 0
            assert await reader.read() == b""
            assert front.reports() == []
            assert (await front.report()).status == 202

    asyncio.run(story())


def test_a_body_in_many_small_pieces_is_taken_while_there_is_time(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            reader, writer = await front.connect()
            writer.write(START)
            for byte in BODY:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.001)
            assert (await read_reply(reader)).status == 202

    asyncio.run(story())


def test_a_header_that_does_not_end_closes_the_connection(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, header_ms=300) as front:
            for start in (b"", b"GET / HTTP/1.1\r\nHo"):
                reader, writer = await front.connect()
                writer.write(start)
                async with asyncio.timeout(PATIENCE_S):
                    await reader.read()

    asyncio.run(story())


def test_a_connection_that_is_half_closed_within_a_body_stores_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            reader, writer = await front.connect()
            writer.write(START + BODY[:7])
            writer.write_eof()
            async with asyncio.timeout(PATIENCE_S):
                await reader.read()
            assert front.reports() == []
            assert (await front.report()).status == 202

    asyncio.run(story())


@pytest.mark.parametrize("start", [b"", b"POST /api/v1/re", START, START + BODY[:7]])
def test_two_hundred_readers_are_served_while_slow_ones_hang(tmp_path: Path, start: bytes) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            hanging = []
            for _ in range(300):
                reader, writer = await front.connect()
                writer.write(start)
                hanging.append(reader)
            both = [front.report(user_agent=f"a{n}") for n in range(100)]
            both += [front.get("/") for _ in range(100)]
            replies = await asyncio.gather(*both)
            assert sorted(reply.status for reply in replies) == [200] * 100 + [202] * 100
            # The slow ones are hanging still: it was not their end that let the others through.
            assert not any(reader.at_eof() for reader in hanging)
            assert len(front.reports()) == 100

    asyncio.run(story())


def test_where_too_many_bodies_are_waited_for_the_oldest_gives_way(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, bodies=Bodies(at_once=10)) as front:
            readers = []
            for waiting in range(1, 11):
                reader, writer = await front.connect()
                writer.write(START)
                readers.append(reader)
                await front.until_waiting(waiting)
            assert (await front.report()).status == 202
            assert (await read_reply(readers[0])).status == 408
            assert front.intake.bodies.waiting == 9

    asyncio.run(story())


def test_connections_beyond_the_bound_wait_and_are_served(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, connections_max=20, header_ms=500) as front:
            for _ in range(20):
                await front.connect()
            assert (await front.report()).status == 202

    asyncio.run(story())


def test_a_stop_lets_what_is_under_way_finish_and_frees_the_port(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, header_ms=500) as front:
            port = front.port
            reader, writer = await front.connect()
            await front.connect()
            writer.write(START + BODY[:7])
            await front.until_waiting(1)
            late = asyncio.get_running_loop().call_later(0.2, writer.write, BODY[7:])
            answer = asyncio.create_task(read_reply(reader))
            await asyncio.sleep(0.3)
            assert late.when() > 0
            assert (await answer).status == 202
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(story())
