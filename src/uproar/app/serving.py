"""Serves one observatory: its ways in under a supervisor, and the web front that is given what it answers with."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
from collections.abc import Callable

from uproar.app import answers, noticing, ways_in
from uproar.app.compose import Parts
from uproar.app.seeing import Seer
from uproar.app.seeing_log import SeeingLog
from uproar.app.supervise import Supervisor, running
from uproar.app.ways_in import WaysIn
from uproar.inlets.desk import CLAIMS
from uproar.inlets.desk import PAGE as DESK
from uproar.outlets import server
from uproar.outlets.web import Web
from uproar.present import pages


async def serve(
    parts: Parts,
    *,
    on_ready: Callable[[], None],
    tell: Callable[[str], None],
    failure: Callable[[], str] = lambda: "",
) -> None:
    """Serve pages and take in signals, by every way that the settings name, until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)

    def ready(url: str) -> None:
        on_ready()
        tell(url)

    async with ways_in.opened(parts) as ways:
        supervisor = Supervisor(
            ways.inlets(),
            ways.others(),
            wall_ms=parts.clock.wall_ms,
            elapsed_s=lambda: parts.clock.monotonic_ms() / 1000,
            chance=random.random,
        )
        log = SeeingLog()
        web = _web(parts, failure, ways, supervisor, log)
        noted = log.run(supervisor.standing, parts.journal.now_ms)
        host, port = parts.settings.server.host, parts.settings.server.port
        async with running(supervisor, noted):
            await server.serve(web, host, port, ready, stop)


def _web(
    parts: Parts, failure: Callable[[], str], ways: WaysIn, supervisor: Supervisor, log: SeeingLog
) -> Web:
    seer = Seer(
        pipeline=parts.pipeline,
        journal=parts.journal.state,
        now_ms=parts.journal.now_ms,
        frame=lambda: parts.publisher.frame,
        standing=supervisor.standing,
        log=log,
        letters=parts.letters.state,
        failure=failure,
    )
    given = answers.Answers(
        pipeline=parts.pipeline,
        publisher=parts.publisher,
        catalog=parts.catalog,
        journal=parts.journal,
        counters=ways.intake.counts,
        failure=failure,
        notices=lambda: noticing.standing(
            None if ways.notices is None else ways.notices.counts, parts.clock.wall_ms()
        ),
        ways_in=supervisor.standing,
        measured=ways.measured,
        letters=parts.letters.state,
        seer=seer,
    )
    return Web(
        site=parts.site,
        notice=pages.notice,
        gets={
            **given.exact(),
            **({} if ways.desk is None else {DESK: given.desk, CLAIMS: given.claims}),
        },
        trees=given.trees(),
        posts=ways.handlers(),
        report_form=ways.intake.form,
    )
