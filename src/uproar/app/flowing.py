"""Whether flows are taken, as the settings say: the way in, put together, and its figures for Prometheus."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from uproar.app import flow_judge, tracing
from uproar.app.collecting import Collector
from uproar.app.familiar import Networks
from uproar.app.flow_watch import FlowWatch
from uproar.app.settings import Settings
from uproar.app.settings_traffic import TrafficSettings
from uproar.errors import SettingsInvalid
from uproar.inlets.flows import sockets as udp
from uproar.inlets.flows.keeping import Keeper
from uproar.model.catalog import Catalog
from uproar.ports import Clock, Journal
from uproar.store import flowfiles
from uproar.store.snapshots import Snapshot

STATE_FILE = "flows.state"


@contextmanager
def opened(
    settings: Settings,
    catalog: Catalog,
    journal: Journal,
    clock: Clock,
    networks: Networks | None = None,
) -> Iterator[FlowWatch | None]:
    """Give the way in for flows, None where nothing is listened to; its sockets are closed at the end.

    `networks` are those that came in the last weeks, where they are remembered.

    Raises SettingsInvalid or ListenRefused.
    """
    traffic = settings.traffic
    if not traffic.listen:
        yield None
        return
    in_order(traffic, catalog)
    if traffic.keep_flows:  # A folder that cannot be made is told now, not by a worker later.
        flowfiles.made(Path(traffic.keep_flows))
    database = settings.reports.network_database
    about = tracing.known(Path(database) if database else None)
    design = flow_judge.design_of(traffic)
    remembered = Snapshot(Path(settings.journal.folder) / STATE_FILE)
    shares = udp.opened([udp.endpoint(each) for each in traffic.listen], traffic.workers)
    with contextlib.ExitStack() as kept:
        for share in shares:
            for sock in share:
                kept.enter_context(sock)
        collector = Collector(
            shares,
            flow_judge.charge(traffic, design),
            wall_ms=clock.wall_ms,
            elapsed_s=lambda: clock.monotonic_ms() / 1000,
            chance=random.random,
        )
        keeper = Keeper(journal)
        judge = flow_judge.FlowJudge(design, about, remembered, networks)
        yield FlowWatch(
            collector,
            judge,
            keeper.offer,
            wall_ms=clock.wall_ms,
            keeper=keeper,
            named=bool(traffic.exporters),
        )


def in_order(traffic: TrafficSettings, catalog: Catalog) -> None:
    """Raise SettingsInvalid where a hostgroup serves no service of the catalog, or flows cannot be kept."""
    if traffic.keep_flows:
        flowfiles.library()
    for group in traffic.hostgroups:
        if group.service and group.service not in catalog.services:
            near = catalog.did_you_mean(group.service)
            hint = f"; did you mean {near}?" if near else "; add it to your catalog"
            raise SettingsInvalid(
                f"traffic.hostgroups: {group.name}: there is no service {group.service!r}{hint}"
            )


def metrics(watch: FlowWatch | None) -> str:
    """Return the figures of the collector in Prometheus' format, empty where there is none.

    Exporters are counted and not named: /metrics can be read by whoever reads the pages, and who sends
    is nobody's business but the operator's.
    """
    if watch is None:
        return ""
    collector = watch.collector
    figures, exporters = collector.counted.figures, collector.counted.exporters
    registry = CollectorRegistry()
    told: dict[str, tuple[str, float]] = {
        "datagrams_total": ("Datagrams received.", figures.datagrams),
        "octets_total": ("Octets in them.", figures.octets),
        "records_total": ("Flows and samples read from them.", figures.flows),
        "overflowed_total": ("Datagrams that the kernel dropped for want of room.", figures.overflowed),
        "lost_total": ("What exporters' numbers say never arrived, in units of their own.", figures.lost),
        "exporter_dropped_total": ("Samples that exporters say they dropped.", figures.sampled_away),
        "clock_off_total": ("Datagrams of exporters whose clock is wrong.", figures.clock_off),
        "ignored_total": ("Datagrams of senders that are not on the list.", figures.ignored),
        "bundles_total": ("Bundles that workers delivered.", figures.bundles),
        "bundles_stalled_total": ("Bundles that were dropped because nobody took them.", figures.stalled),
        "bundles_unjudged_total": ("Bundles that waited too long to be judged.", collector.unjudged),
        "worker_restarts_total": ("How often workers were started again.", collector.restarts),
        "worker_cpu_seconds_total": ("Processor time of the workers.", figures.cpu_ms / 1000),
        "workers": ("Workers that receive.", len(collector.workers)),
        "exporters": ("Exporters that were heard.", len(exporters)),
        "exporters_silent": ("Of them, those that fell silent.", len(collector.counted.silent(watch.now_ms()))),
        "buffer_bytes": ("Bytes that wait in the sockets.", figures.waiting),
        "buffer_bytes_max": ("Bytes that the sockets hold at most.", figures.room),
        "foreign_total": ("Of the flows, those neither to nor from a hostgroup.", watch.judged.foreign),
        "late_total": ("Of the flows, those told so late that they count no more, or in part.", watch.judged.late_flows),
        "kept_rows_total": ("Raw flows written to files.", figures.kept),
        "unkept_rows_total": ("Raw flows that could not be.", figures.unkept),
    }  # fmt: skip
    for name, (text, value) in told.items():
        Gauge(f"uproar_flows_{name}", text, registry=registry).set(value)
    return generate_latest(registry).decode()
