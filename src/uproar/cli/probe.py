"""`uproar probe`: where does a site break, who answered, and whose side is it?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from uproar.app import asking, probing
from uproar.errors import BadInput
from uproar.present import probemetrics
from uproar.present.legible import on_a_line, one_line
from uproar.present.probing import lines
from uproar.wire import measurements

WRONG = frozenset({"fails", "maintenance"})


def probe(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="An address, or a service's name in the catalog.")
    ],
    expect: Annotated[str, typer.Option(help="A text that the page must hold.")] = "",
    resolver: Annotated[
        list[str] | None,
        typer.Option(
            help="A resolver to ask, ADDRESS[:PORT], in place of this machine's and two public ones."
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds for the answer; the whole may take four times as long.")
    ] = 15.0,
    authority: Annotated[
        Path | None, typer.Option(help="A file of certificates to believe besides the system's.")
    ] = None,
    catalog: Annotated[
        Path | None, typer.Option(help="A folder with catalog files, above the packaged ones.")
    ] = None,
    *,
    allow_private: Annotated[
        bool,
        typer.Option("--allow-private", help="Also measure private addresses, and on any port."),
    ] = False,
    name_port: Annotated[
        int, typer.Option(help="The port of authoritative name servers.", min=1, max=65_535)
    ] = 53,
    fail: Annotated[
        bool, typer.Option("--fail", help="Exit 1 if it fails or is down for maintenance.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON line with every layer.")
    ] = False,
    http3: Annotated[
        bool,
        typer.Option("--http3/--no-http3", help="Over HTTP/3 too, where it is offered."),
    ] = True,
    as_metrics: Annotated[
        bool,
        typer.Option("--metrics", help="Figures for Prometheus, named as blackbox_exporter's."),
    ] = False,
    vantage: Annotated[
        str,
        typer.Option(
            "--from", help="`here`, or `agents`: what the probes of an observatory saw last."
        ),
    ] = "here",
    observatory: Annotated[
        str, typer.Option(help="The observatory that is asked with --from agents.")
    ] = "http://127.0.0.1:8080",
) -> None:
    """Measure a site from here, once: DNS, TCP, TLS, HTTP and content, each by itself.

    It says where it breaks, who answered and on whose side the fault lies. A challenge or a block is
    told as such and is no failure. Private addresses are refused unless --allow-private is given.
    """
    if vantage not in {"here", "agents"}:
        _refuse("--from is here or agents")
    if vantage == "agents":
        _from_agents(observatory, url, fail=fail, as_json=as_json)
        return
    wanted = probing.Wanted(
        tuple(resolver or ()), allow_private, authority, timeout, name_port, http3
    )
    try:
        check = probing.target(url, catalog, expect=expect)
        measurement, finding = probing.probe(check, wanted)
    except BadInput as error:
        _refuse(str(error))
    if as_metrics:
        print(probemetrics.text([({}, measurement, finding)]), end="")
    elif as_json:
        print(measurements.encode(measurement, finding).decode("ascii"))
    else:
        print("\n".join(lines(measurement, finding)))
    if fail and finding.state in WRONG:
        raise typer.Exit(1)


def _from_agents(observatory: str, service: str, *, fail: bool, as_json: bool) -> None:
    """Print what the probes of an observatory saw last of a service."""
    try:
        told, raw = asking.seen(observatory, service)
    except BadInput as error:
        _refuse(str(error))
    # Whatever stands at that address sent it: as ASCII, or in lines that nothing in it can write over.
    said = map(on_a_line, asking.lines(told))
    print(json.dumps(json.loads(raw)) if as_json else "\n".join(said))
    if fail and asking.is_wrong(told):
        raise typer.Exit(1)


def _refuse(why: str) -> NoReturn:
    print(f"uproar probe: {one_line(why)}", file=sys.stderr)
    raise typer.Exit(2)
