"""Telemetry over real UDP into real workers: all of it is read or counted, whatever dies, stalls or lies."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import struct
import time

import pytest

from servers import exporters
from servers.collected import FLOWS, Sender, collecting, datagram, sum_of, until
from uproar.app.flow_worker import Charge
from uproar.errors import ListenRefused
from uproar.inlets.flows import sockets as udp


def test_a_worker_reads_all_and_its_bundles_sum_to_it() -> None:
    async def story() -> None:
        async with collecting() as collector:
            sender = Sender(collector.listening[0])
            sender.flows(50)
            await until(lambda: collector.counted.figures.flows == 50 * FLOWS)
            bundles = collector.bundles()
            heard = collector.counted.exporters["127.0.0.1"]
            assert sum_of(bundles) == 50 * FLOWS
            assert (heard.datagrams, heard.flows, heard.lost, heard.sampling) == (50, 1500, 0, 100)
            assert collector.counted.rejected() == {}
            assert collector.troubles() == []
            sender.close()

    asyncio.run(story())


def test_two_workers_share_the_exporters_and_lose_nothing() -> None:
    async def story() -> None:
        async with collecting(workers=2) as collector:
            senders = [Sender(collector.listening[0]) for _ in range(32)]
            for sender in senders:
                sender.flows(10)
            await until(lambda: collector.counted.figures.flows == 32 * 10 * FLOWS)
            read = [worker.seeing().read for worker in collector.workers]
            assert sum(read) == 320
            assert min(read) > 0  # All 32 on one side happens once in 10^9.
            for sender in senders:
                sender.close()

    asyncio.run(story())


def test_ipv6_is_listened_on_beside_ipv4() -> None:
    async def story() -> None:
        async with collecting("[::1]:0", "127.0.0.1:0") as collector:
            for end in collector.listening:
                sender = Sender(end)
                sender.flows(3)
                sender.close()
            await until(lambda: collector.counted.figures.datagrams == 6)
            assert set(collector.counted.exporters) == {"::1", "127.0.0.1"}
            assert collector.listening[0].text.startswith("[::1]:")

    asyncio.run(story())


def test_who_is_not_on_the_list_is_counted_and_not_read() -> None:
    async def story() -> None:
        async with collecting(charge=Charge(exporters=["127.0.0.2", "192.0.2.0/24"])) as collector:
            listed = Sender(collector.listening[0], "127.0.0.2")
            stranger = Sender(collector.listening[0], "127.0.0.3")
            stranger.flows(7)
            listed.flows(5)
            figures = collector.counted.figures
            await until(lambda: figures.flows == 5 * FLOWS and figures.ignored == 7)
            assert set(collector.counted.exporters) == {"127.0.0.2"}
            assert collector.counted.rejected() == {"exporter-not-listed": 7}
            listed.close()
            stranger.close()

    asyncio.run(story())


def test_hostile_datagrams_are_counted_by_reason_and_nothing_ends() -> None:
    chance = random.Random(7)
    whole = datagram(20)
    hostile = [b"", b"\0", b"\0\5", whole[:-1], whole + b"\0", b"\xff" * 65_507]
    hostile += [chance.randbytes(chance.randrange(1, 1500)) for _ in range(500)]
    for version in (b"\0\5", b"\0\x09", b"\0\x0a", b"\0\0\0\5"):
        hostile += [version + chance.randbytes(chance.randrange(0, 400)) for _ in range(200)]
    # A template without fields, one of 65,535, a set that is shorter than its own header.
    v9 = struct.pack(">HHIIII", 9, 1, 1, 1, 1, 1)
    hostile += [
        v9 + struct.pack(">HHHH", 0, 8, 256, 0),
        v9 + struct.pack(">HHHH", 0, 8, 256, 65535),
    ]
    hostile += [v9 + struct.pack(">HH", 256, 1)]

    async def story() -> None:
        async with collecting() as collector:
            sender = Sender(collector.listening[0])
            for body in hostile:
                sender.raw(body)
            sender.flows(1)
            figures = collector.counted.figures
            await until(lambda: figures.datagrams == len(hostile) + 1)
            rejected = collector.counted.rejected()
            assert rejected["version"] > 400
            assert rejected["truncated"] > 100
            assert {"count-mismatch", "template-empty", "set-length"} <= set(rejected)
            assert collector.restarts == 0
            sender.close()

    asyncio.run(story())


def test_a_worker_that_is_killed_is_begun_again_and_what_came_meanwhile_is_read() -> None:
    async def story() -> None:
        async with collecting() as collector:
            sender = Sender(collector.listening[0])
            worker = collector.workers[0]
            sender.flows(5)
            await until(lambda: collector.counted.figures.datagrams == 5)
            first = worker.process_id
            assert first is not None
            os.kill(first, signal.SIGKILL)
            await until(lambda: worker.process_id is None)
            sender.flows(6)
            assert any("ended by signal 9" in each for each in collector.troubles())
            await until(lambda: collector.counted.figures.datagrams == 11)
            assert worker.process_id not in {None, first}
            assert collector.restarts == 1
            assert collector.troubles() == []
            sender.close()

    asyncio.run(story())


def test_a_worker_that_hangs_is_ended_and_begun_again() -> None:
    async def story() -> None:
        async with collecting(patience_s=3) as collector:
            sender = Sender(collector.listening[0])
            worker = collector.workers[0]
            sender.flows(5)
            await until(lambda: collector.counted.figures.datagrams == 5)
            first = worker.process_id
            assert first is not None
            os.kill(first, signal.SIGSTOP)
            await until(lambda: collector.restarts)
            sender.flows(6)
            await until(lambda: collector.counted.figures.datagrams == 11)
            assert worker.process_id not in {None, first}
            sender.close()

    asyncio.run(story())


def test_what_overflows_a_socket_is_counted_to_the_datagram() -> None:
    async def story() -> None:
        async with collecting() as collector:
            sender = Sender(collector.listening[0])
            sender.flows(1)
            await until(lambda: collector.counted.figures.datagrams == 1)
            worker = collector.workers[0].process_id
            assert worker is not None
            os.kill(worker, signal.SIGSTOP)
            room = collector.counted.figures.room
            sender.flows(room * 2 // 1_464 + 2_000)
            os.kill(worker, signal.SIGCONT)
            figures = collector.counted.figures
            collector.bundles()
            dropped = figures.overflowed
            assert dropped > 0
            assert any("dropped datagrams" in each for each in collector.troubles())
            await until(lambda: figures.datagrams + dropped >= sender.sent)
            assert figures.datagrams + dropped == sender.sent
            sender.flows(1)  # Its number says how many did not come.
            await until(lambda: figures.lost)
            assert figures.lost == dropped * FLOWS
            sender.close()

    asyncio.run(story())


@pytest.mark.slow
def test_an_observatory_that_stalls_costs_bundles_and_no_datagram() -> None:
    async def story() -> None:
        async with collecting(bundle_bytes=2_000_000) as collector:
            sender = Sender(collector.listening[0])
            sender.flows(1)
            await until(lambda: collector.counted.figures.datagrams == 1)
            for _ in range(13):
                sender.flows(100)
                time.sleep(1)  # noqa: ASYNC251 - the loop is to stall
            figures = collector.counted.figures
            await until(lambda: figures.datagrams == sender.sent)
            assert figures.flows == sender.sent * FLOWS
            assert figures.stalled > 0
            assert collector.counted.rejected()["bundle-stalled"] == figures.stalled
            assert figures.overflowed == 0
            sender.close()

    asyncio.run(story())


def test_the_last_second_is_handed_over_when_it_is_asked_to_end() -> None:
    async def story() -> None:
        async with collecting() as collector:
            sender = Sender(collector.listening[0])
            sender.flows(1)
            await until(lambda: collector.counted.figures.datagrams == 1)
            sender.flows(9)
            sender.close()
        assert collector.counted.figures.datagrams == 10

    asyncio.run(story())


def test_an_address_that_is_taken_is_told_with_what_to_do() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        end = udp.endpoint(f"127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ListenRefused, match="is another collector running"):
            udp.opened([end], 1)


@pytest.mark.slow
@pytest.mark.parametrize(("version", "flows"), [(5, 26), (9, 27), (10, 27)])
def test_flows_of_a_real_exporter_arrive(
    version: int, flows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("softflowd")
    capture = folder / "in.pcap"
    exporters.write_capture(capture, exporters.frames(), time.time() - 20)

    async def story() -> None:
        async with collecting() as collector:
            command = [
                exporters.program("softflowd"), "-r", str(capture), "-n", collector.listening[0].text,
                "-v", str(version), "-6", "-d", "-p", str(folder / "pid"), "-c", "none",
            ]  # fmt: skip
            process = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
            )
            await process.wait()
            await until(lambda: collector.counted.figures.flows >= flows)
            assert collector.counted.figures.flows == flows
            assert collector.counted.rejected() == {}

    asyncio.run(story())
