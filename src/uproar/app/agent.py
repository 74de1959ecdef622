"""An agent: a probe elsewhere, that works for an observatory it reaches over HTTPS."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from uproar.app import standing_probes
from uproar.errors import BadInput, UproarError
from uproar.inlets.probes.carrier import Carrier, base_of
from uproar.inlets.probes.outbox import Outbox
from uproar.inlets.probes.rounds import Rounds
from uproar.inlets.tokens import word_in

LAST_S = 5.0  # In which what waits is still delivered when an agent is told to stop.

_log = structlog.get_logger("uproar.agent")


@dataclass(frozen=True)
class Wanted:
    """What somebody wants of an agent. `private_hosts` are its own to allow, whatever work it is given."""

    url: str
    token_file: Path
    name: str = ""
    contact: str = ""
    private_hosts: tuple[str, ...] = ()
    allow_plain: bool = False


async def run(wanted: Wanted, *, once: bool = False) -> int:
    """Probe until told to stop, or with `once` for one round; return how many looks a round had.

    Raises BadInput, and with `once` an UproarError where the observatory cannot be asked.
    """
    base = base_of(wanted.url, allow_plain=wanted.allow_plain)
    token = word_in(wanted.token_file)
    contact = wanted.contact or base
    if not contact.isascii() or not contact.isprintable() or len(contact) > 200:
        raise BadInput("--contact is told in a header: plain signs, at most 200")
    made = standing_probes.design(contact, wanted.private_hosts)
    carrier = Carrier(base, token, made.agent)
    outbox = Outbox(carrier.send, now=_now_ms, chance=random.random)
    rounds = Rounds(
        carrier.ask,
        outbox.put,
        standing_probes.measuring(made),
        now=_now_ms,
        elapsed_s=time.monotonic,
    )
    try:
        if once:
            looks = await rounds.once()
            if not await outbox.flush():
                raise UproarError(f"the results were not taken: {outbox.trouble}")
            return looks
        _log.info("probing", observatory=base, name=wanted.name or "(as its token says)")
        await _until_stopped(rounds, outbox)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(outbox.flush(), LAST_S)
        _log.info("stopped", delivered=outbox.delivered, lost=outbox.lost, waiting=outbox.waiting)
        return 0
    finally:
        await carrier.close()


async def _until_stopped(rounds: Rounds, outbox: Outbox) -> None:
    """Measure and deliver until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    running = [asyncio.create_task(rounds.run()), asyncio.create_task(outbox.run())]
    ending = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([*running, ending], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {ending}:
            task.result()
    finally:
        for task in (*running, ending):
            task.cancel()
        await asyncio.gather(*running, ending, return_exceptions=True)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
