"""`uproar collect`: flows as they come, and whether they show an attack."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from uproar.app import collecting_alone, flow_judge, settings, tracing
from uproar.app.settings_traffic import HostgroupSettings, wrong
from uproar.errors import SettingsInvalid
from uproar.model.signal import Traffic
from uproar.present import trafficlines

# Where exporters send by default: NetFlow and IPFIX to the first, sFlow to the second; both take all.
LISTEN = ("127.0.0.1:2055", "127.0.0.1:6343")


def collect(
    listen: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST:PORT",
            help=f"Where to listen, again for more; NetFlow, IPFIX and sFlow are told apart. Without it {' and '.join(LISTEN)}.",
        ),
    ] = None,
    ours: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PREFIX", help="Addresses of ours, again for more; without it all destinations."
        ),
    ] = None,
    exporter: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PREFIX", help="Whom to hear, again for more; without it all who send."
        ),
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes that receive; 0 as in the settings.")] = 0,
    config: Annotated[
        Path | None, typer.Option(help="A settings file, of which [traffic] is used.")
    ] = None,
    networks: Annotated[
        Path | None,
        typer.Option(help="Who owns addresses: an MMDB file or a prefix file, for systems."),
    ] = None,
    *,
    addresses: Annotated[
        bool, typer.Option("--addresses", help="Show the target's address, not its /24 or /48.")
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="A line of JSON whenever an attack is raised, goes on or is over."
        ),
    ] = False,
) -> None:
    """Take flows from routers and say at once when they show an attack, how it goes on, and when it is over.

    Nothing is kept unless the settings name a folder for flows. How much comes and what is lost is told on stderr.
    """
    given = settings.load(config).traffic
    chosen = msgspec.structs.replace(
        given,
        listen=tuple(listen or given.listen or LISTEN),
        exporters=tuple(exporter or given.exporters),
        workers=workers or given.workers,
        hostgroups=(HostgroupSettings("ours", tuple(ours)),) if ours else given.hostgroups,
    )
    if mistakes := list(wrong(chosen)):
        raise SettingsInvalid("\n".join(f"{key} {complaint}" for key, complaint in mistakes))
    design = flow_judge.design_of(chosen)

    def judge() -> flow_judge.FlowJudge:
        return flow_judge.FlowJudge(design, tracing.known(networks))

    def tell(traffic: Traffic) -> None:
        if traffic.state == "usual":
            return
        if as_json:
            print(trafficlines.encode(traffic).decode(), flush=True)
        else:
            print(trafficlines.line(traffic, addresses=addresses), flush=True)

    def progress(line: str) -> None:
        print(f"uproar collect: {line}", file=sys.stderr, flush=True)

    collecting_alone.collect(chosen, flow_judge.charge(chosen, design), judge, tell, progress)
