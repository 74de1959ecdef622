"""Whatever a worker hands over, and however slowly it is taken: what went in whole comes out whole, in order."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.errors import WorkerLost
from uproar.inlets.flows.delivery import WAITING_MAX, Delivery, Pipe, deliveries
from uproar.inlets.flows.exporters import Heard

HEARD = st.builds(Heard, st.text(max_size=40), *[st.integers(-(2**31), 2**53)] * 6)
PATIENCE_S = 60.0


def delivery(size: int, number: int, heard: list[Heard]) -> Delivery:
    return Delivery(
        at=number, bundle=bytes([number % 251]) * size, datagrams=1, octets=2, flows=3, clock_off=4,
        aside={"version": 5}, ignored=6, failed=7, stalled=8, kept=9, unkept=10, cpu_ms=11, exporters=heard,
    )  # fmt: skip


async def read(chunks: Sequence[bytes]) -> list[Delivery]:
    stream = asyncio.StreamReader()
    for chunk in chunks:
        stream.feed_data(chunk)
    stream.feed_eof()
    return [each async for each in deliveries(stream, PATIENCE_S)]


@settings(max_examples=40)
@given(
    sizes=st.lists(st.integers(0, 1_000_000), max_size=WAITING_MAX + 6),
    take_after=st.lists(st.integers(0, 2_000_000), min_size=1, max_size=8),
    heard=st.lists(HEARD, max_size=3),
)
def test_a_full_pipe_refuses_deliveries_and_breaks_none(
    sizes: list[int], take_after: list[int], heard: list[Heard]
) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    chunks: list[bytes] = []

    def take(most: int) -> None:
        while most > 0:
            try:
                chunk = os.read(reading, most)
            except BlockingIOError:
                return
            chunks.append(chunk)
            most -= len(chunk)

    try:
        pipe, went = Pipe(writing), []
        for number, size in enumerate(sizes):
            given = delivery(size, number, heard)
            had_room = pipe.has_room
            if pipe.put(given):
                went.append(given)
            else:
                assert not had_room
            take(take_after[number % len(take_after)])
            pipe.push()
        for _ in range(2 * len(sizes) * 1_000_000 // 65_536 + 2):
            pipe.push()
            take(1 << 30)
        assert asyncio.run(read(chunks)) == went
    finally:
        os.close(reading)
        os.close(writing)


@given(st.binary(max_size=200))
def test_what_is_no_delivery_is_refused_or_the_end(octets: bytes) -> None:
    found, told = [], "no delivery"
    try:
        found = asyncio.run(read([octets]))
    except WorkerLost as problem:
        told = str(problem)
    assert found == []
    assert "announced" in told or "no delivery" in told


def test_nobody_who_reads_is_told_to_the_worker() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    pipe = Pipe(writing)
    with pytest.raises(BrokenPipeError):
        pipe.put(delivery(10, 1, []))
    os.close(writing)
