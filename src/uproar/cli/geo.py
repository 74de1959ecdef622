"""`uproar geo`: tables that say who announces addresses, built of your own sources, shown, and asked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from uproar.app import geo
from uproar.errors import NetworksInvalid
from uproar.present import networks
from uproar.present.legible import clean, one_line
from uproar.wire.networks.table import Table

app = typer.Typer(
    help="Name networks and countries of addresses by a table of your own.",
    no_args_is_help=True,
)

Json = Annotated[bool, typer.Option("--json", help="JSON Lines instead of text.")]
Said = Annotated[list[str] | None, typer.Option(help="Of each source in turn, if it does not say.")]


@app.command("build")
def build(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="MMDB, pfx2as, routing table (`bgpdump -m`), iptoasn, CSV or prefixes; also packed. The first that knows is right.",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    name: Said = None,
    date: Said = None,
    licence: Said = None,
    attribution: Said = None,
    *,
    json: Json = False,
) -> None:
    """Build a table of networks. Lines that cannot be used are set aside and counted."""
    told: list[dict[str, str]] = [{} for _ in sources]
    for field, values in zip(geo.FIELDS, (name, date, licence, attribution), strict=True):
        if len(values or []) > len(sources):
            raise NetworksInvalid(f"--{field} is given more often than there are sources")
        for about, value in zip(told, values or [], strict=False):
            about[field] = one_line(value, 500)
    built = geo.build(sources, told, output)
    for path, lines in zip(sources, built.shown, strict=True):
        for line in lines:
            print(f"uproar geo build: {clean(str(path))}: {line}", file=sys.stderr)
    _print(built.table, output, built.size, json=json)


@app.command("show")
def show(
    file: Annotated[Path, typer.Argument(help="A table that `uproar geo build` made.")],
    json: Json = False,
) -> None:
    """Say what a table was made of, how old that is, and on what terms it may be used."""
    _print(geo.load(file), file, file.stat().st_size, json=json)


@app.command("look")
def look(
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...")],
    table: Annotated[Path, typer.Option(help="A table that `uproar geo build` made.")],
    json: Json = False,
) -> None:
    """Say in which network and country addresses lie."""
    made = geo.load(table)
    for address in addresses:
        answer = geo.look(made, address)
        if answer is None:
            raise NetworksInvalid(f"{one_line(address, 60)!r} is no address")
        if json:
            print(msgspec.json.encode(networks.answer_values(answer.address, *answer[1:])).decode())
        else:
            print(networks.answer(answer.address, *answer[1:]))


def _print(table: Table, path: Path, size: int, *, json: bool) -> None:
    known, systems = geo.shares(table)
    if json:
        print(msgspec.json.encode(networks.values(table, size, known, systems)).decode())
    else:
        print("\n".join(networks.lines(table, clean(str(path)), size, known, systems)))
