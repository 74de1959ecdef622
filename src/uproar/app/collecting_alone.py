"""`uproar collect`: the collector and its judge without an observatory, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
from collections.abc import Callable, Sequence

from uproar.app.clock import SystemClock
from uproar.app.collecting import WORKER, Collector
from uproar.app.flow_watch import FlowWatch, Judge
from uproar.app.flow_worker import Charge
from uproar.app.settings_traffic import TrafficSettings
from uproar.inlets.flows import sockets as udp
from uproar.model.signal import Traffic

PROGRESS_S = 10.0


def collect(
    traffic: TrafficSettings,
    charge: Charge,
    judge: Callable[[], Judge],
    tell: Callable[[Traffic], None],
    progress: Callable[[str], None],
    *,
    command: Sequence[str] = WORKER,
) -> None:
    """Take telemetry and tell what is judged, until SIGINT or SIGTERM, or until nobody reads what is told.

    `judge` is made once the sockets are open: what comes meanwhile waits in them.
    Raises SettingsInvalid or ListenRefused where it cannot begin.
    """
    shares = udp.opened([udp.endpoint(each) for each in traffic.listen], traffic.workers)
    with contextlib.ExitStack() as opened:
        for share in shares:
            for sock in share:
                opened.enter_context(sock)
        clock = SystemClock()
        collector = Collector(
            shares,
            charge,
            wall_ms=clock.wall_ms,
            elapsed_s=lambda: clock.monotonic_ms() / 1000,
            chance=random.random,
            command=command,
        )
        asyncio.run(_run(collector, judge(), tell, progress, clock))


async def _run(
    collector: Collector,
    judge: Judge,
    tell: Callable[[Traffic], None],
    progress: Callable[[str], None],
    clock: SystemClock,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def told(signals: list[Traffic]) -> None:
        try:
            for each in signals:
                tell(each)
        except BrokenPipeError:  # Nobody reads any more, so there is nothing left to do.
            stop.set()

    watch = FlowWatch(collector, judge, told, wall_ms=clock.wall_ms)
    listening = ", ".join(end.text for end in collector.listening)
    progress(f"listens on {listening}")
    working = asyncio.create_task(watch.run())
    telling = asyncio.create_task(_progress(watch, progress))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({working, telling, stopped}, return_when=asyncio.FIRST_COMPLETED)
    for task in (working, telling, stopped):
        task.cancel()
    await asyncio.wait({working, telling, stopped})
    await watch.second()  # What the workers handed over last.
    progress(whole(watch))
    for task in (working, telling):
        if not task.cancelled():
            task.result()


async def _progress(watch: FlowWatch, progress: Callable[[str], None]) -> None:
    """Say every now and then how much comes, and what is not as it should be."""
    collector, before = watch.collector, 0
    troubles: list[str] = []
    while True:
        await asyncio.sleep(PROGRESS_S)
        flows = collector.counted.figures.flows
        progress(f"{(flows - before) / PROGRESS_S:,.0f} flows/s; {whole(watch)}")
        before = flows
        if (now := collector.troubles()) != troubles:
            troubles = now
            for trouble in troubles:
                progress(trouble)


def whole(watch: FlowWatch) -> str:
    """Return what was taken since the start, and what was not."""
    collector = watch.collector
    figures, exporters = collector.counted.figures, collector.counted.exporters
    rate = figures.flows / max(figures.cpu_ms, 1) / 1000
    parts = [
        f"{figures.flows:,} flows in {figures.datagrams:,} datagrams of {len(exporters):,} exporters",
        f"{figures.overflowed:,} datagrams dropped for want of room",
        f"{figures.lost:,} lost before they came",
        f"{rate:.2f} million flows a second of processor time",
    ]
    parts += [
        f"{count:,} {reason}" for reason, count in sorted(collector.counted.rejected().items())
    ]
    return "; ".join(parts)
