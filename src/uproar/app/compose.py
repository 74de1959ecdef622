"""The wiring, on one page: which part is given to which."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from uproar import __version__
from uproar import catalog as packaged
from uproar.app import (
    almanac,
    checkpoint,
    fold,
    judging,
    pipeline,
    standing_probes,
)
from uproar.app.publish import ROUNDS, Publisher
from uproar.app.settings import Settings
from uproar.detect import counting, detector, reach
from uproar.inlets import networks
from uproar.journal.sqlite import SqliteJournal
from uproar.model.catalog import Catalog
from uproar.model.signal import Reference
from uproar.outlets.site import Site
from uproar.ports import Clock
from uproar.present.views import Site as Frame
from uproar.store.letters import SqliteLetters
from uproar.store.sqlite import SqliteStore

JOURNAL_FILE = "journal.sqlite"
STORE_FILE = "store.sqlite"
LETTERS_FILE = "letters.sqlite"


@dataclass(frozen=True)
class Parts:
    """Everything one observatory is made of, open and joined."""

    settings: Settings
    clock: Clock
    catalog: Catalog
    design: fold.Design
    journal: SqliteJournal
    store: SqliteStore
    letters: SqliteLetters
    pipeline: pipeline.Pipeline
    site: Site
    publisher: Publisher
    networks: networks.Networks

    def close(self) -> None:
        """Close the files. What was acknowledged is on disk already."""
        self.letters.close()
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
    with contextlib.ExitStack() as opened:
        opened.callback(journal.close)
        store = opened.enter_context(SqliteStore.open(folder / STORE_FILE))
        letters = SqliteLetters.open(folder / LETTERS_FILE, clock.wall_ms, __version__)
        opened.pop_all()
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
        letters=letters,
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
        judge=judging.judge(settings.diagnosis.base_rates),
    )


def references(parts: Parts) -> list[Reference]:
    """Return what the journal should know of the present start: by what was judged, by digest."""
    digests = {
        "catalog": parts.catalog.digest(),
        "design": checkpoint.digest_of(parts.design),
        "networks": parts.networks.digest,  # Empty without a file of networks.
    }
    return [Reference(at=0, name=name, digest=digest) for name, digest in digests.items() if digest]
