"""The wiring, on one page: which part is given to which."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from uproar import catalog as packaged
from uproar.app import almanac, answers, checkpoint, fold, noticing, pipeline, standing_probes
from uproar.app.publish import ROUNDS, Publisher
from uproar.app.settings import Settings
from uproar.app.supervise import Supervisor, running
from uproar.detect import counting, detector, reach
from uproar.inlets import networks, proxies
from uproar.inlets.notices import Reader
from uproar.inlets.reporter import ReporterKey
from uproar.inlets.reports import Intake
from uproar.journal.sqlite import SqliteJournal
from uproar.model.catalog import Catalog
from uproar.model.signal import Reference
from uproar.outlets import server
from uproar.outlets.site import Site
from uproar.outlets.web import Web
from uproar.ports import Clock
from uproar.present import pages
from uproar.present.views import Site as Frame
from uproar.store.sqlite import SqliteStore

JOURNAL_FILE = "journal.sqlite"
STORE_FILE = "store.sqlite"


@dataclass(frozen=True)
class Parts:
    """Everything one observatory is made of, open and joined."""

    settings: Settings
    clock: Clock
    catalog: Catalog
    design: fold.Design
    journal: SqliteJournal
    store: SqliteStore
    pipeline: pipeline.Pipeline
    site: Site
    publisher: Publisher
    networks: networks.Networks

    def close(self) -> None:
        """Close the files. What was acknowledged is on disk already."""
        self.store.close()
        self.journal.close()


def open_parts(
    settings: Settings,
    clock: Clock,
    *,
    checkpoint_ticks: int = pipeline.CHECKPOINT_TICKS,
    rounds: int = ROUNDS,
    warmup_ticks: int = 0,
) -> Parts:
    """Open what the settings name. Raises an UproarError that says what to do where one cannot."""
    catalog = catalog_of(settings)
    known_networks = networks_of(settings)
    design = design_of(settings, catalog, warmup_ticks)
    folder = Path(settings.journal.folder)
    journal = SqliteJournal.open(folder / JOURNAL_FILE, clock, queue_max=settings.journal.queue_max)
    try:
        store = SqliteStore.open(folder / STORE_FILE)
    except BaseException:
        journal.close()
        raise
    site = Site()
    frame = Frame(
        title=settings.site.title,
        source_url=settings.site.source_url,
        base_url=settings.site.base_url,
    )
    line = pipeline.Pipeline(journal, store, catalog, design, checkpoint_ticks=checkpoint_ticks)
    return Parts(
        settings=settings,
        clock=clock,
        catalog=catalog,
        design=design,
        journal=journal,
        store=store,
        pipeline=line,
        site=site,
        publisher=Publisher(catalog, site, frame, line.lock, rounds=rounds),
        networks=known_networks,
    )


def catalog_of(settings: Settings) -> Catalog:
    """Return the packaged catalog, with the files of one's own on top. Raises CatalogInvalid."""
    own = settings.catalog.folder
    return packaged.load(Path(own) if own else None, only=settings.catalog.only)


def networks_of(settings: Settings) -> networks.Networks:
    """Return what is known of addresses. Raises NetworksInvalid."""
    database = settings.reports.network_database
    return networks.load(Path(database)) if database else networks.by_country_only()


def design_of(settings: Settings, catalog: Catalog, warmup_ticks: int) -> fold.Design:
    """Return the design that the settings choose."""
    return fold.Design(
        detection=detector.Design(false_alarms_per_week=settings.detection.false_alarms_per_week),
        counting=counting.Design(
            network_free=settings.reports.network_free,
            network_share=settings.reports.network_share,
        ),
        reach=reach.Design(awareness=settings.reach.awareness or None),
        probes=standing_probes.quorum_design(settings.probes),
        almanac=almanac.of(catalog),
        warmup_ticks=warmup_ticks,
    )


def references(parts: Parts) -> list[Reference]:
    """Return what the journal should know of the present start: by what was judged, by digest."""
    digests = {
        "catalog": parts.catalog.digest(),
        "design": checkpoint.digest_of(parts.design),
        "networks": parts.networks.digest,  # Empty without a file of networks.
    }
    return [Reference(at=0, name=name, digest=digest) for name, digest in digests.items() if digest]


async def serve(
    parts: Parts,
    *,
    on_ready: Callable[[], None],
    tell: Callable[[str], None],
    failure: Callable[[], str] = lambda: "",
) -> None:
    """Serve pages, take reports, probe and read vendors' pages until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)

    def ready(url: str) -> None:
        on_ready()
        tell(url)

    host, port = parts.settings.server.host, parts.settings.server.port
    async with contextlib.AsyncExitStack() as stack:
        with parts.pipeline.lock:
            kept = noticing.remembered(parts.pipeline.state)
            probes = standing_probes.open_probes(
                parts.settings.probes,
                parts.catalog,
                parts.journal,
                parts.clock,
                parts.pipeline.state,
            )
        reader = await stack.enter_async_context(
            noticing.reading(
                parts.settings.notices, parts.catalog, parts.journal, parts.clock, kept
            )
        )
        supervisor = Supervisor(
            [inlet for inlet in (reader, probes.rounds) if inlet is not None],
            [way for way in (probes.desk,) if way is not None],
            wall_ms=parts.clock.wall_ms,
            elapsed_s=lambda: parts.clock.monotonic_ms() / 1000,
            chance=random.random,
        )
        web = _web(parts, failure, reader, supervisor, probes)
        await stack.enter_async_context(running(supervisor))
        await server.serve(web, host, port, ready, stop)


def _web(
    parts: Parts,
    failure: Callable[[], str],
    reader: Reader | None,
    supervisor: Supervisor,
    probes: standing_probes.Probes,
) -> Callable[..., Awaitable[None]]:
    intake = Intake(
        journal=parts.journal,
        catalog=parts.catalog,
        key=ReporterKey(Path(parts.settings.journal.folder), parts.clock.wall_ms()),
        networks=parts.networks,
        wall_ms=parts.clock.wall_ms,
        notice=pages.notice,
        proxies=proxies.proxies(
            parts.settings.server.trusted_proxies, parts.settings.server.proxy_header
        ),
    )
    given = answers.Answers(
        pipeline=parts.pipeline,
        publisher=parts.publisher,
        catalog=parts.catalog,
        journal=parts.journal,
        counters=intake.counts,
        failure=failure,
        notices=lambda: noticing.standing(
            None if reader is None else reader.counts, parts.clock.wall_ms()
        ),
        ways_in=supervisor.standing,
        measured=probes.metrics,
    )
    return Web(
        site=parts.site,
        notice=pages.notice,
        gets=given.exact(),
        trees=given.trees(),
        posts={
            "/api/v1/reports": intake.api,
            **(probes.desk.posts() if probes.desk is not None else {}),
        },
        report_form=intake.form,
    )
