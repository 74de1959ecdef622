"""`uproar agent`: a probe elsewhere, that works for an observatory."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from uproar.app import agent as app_agent


def agent(
    url: Annotated[str, typer.Option(help="The observatory, e.g. https://observatory.example.")],
    token_file: Annotated[Path, typer.Option(help="The file with this agent's token.")],
    name: Annotated[
        str, typer.Option(help="How logs call it; the observatory knows it by its token.")
    ] = "",
    contact: Annotated[
        str, typer.Option(help="Told to whoever is asked; the observatory's address if left out.")
    ] = "",
    private_host: Annotated[
        list[str] | None,
        typer.Option(help="A host in your own networks that may be measured from here."),
    ] = None,
    *,
    allow_plain: Annotated[
        bool, typer.Option("--allow-plain", help="Speak plain http beyond this machine too.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="One round, then end.")] = False,
) -> None:
    """Measure for an observatory from where this runs: fetch what is due, look, bring the results.

    Nothing listens: all connections go out. Private addresses are refused, whatever the observatory asks
    for, but for the hosts that --private-host names.
    """
    wanted = app_agent.Wanted(
        url, token_file, name, contact, tuple(private_host or ()), allow_plain
    )
    looks = asyncio.run(app_agent.run(wanted, once=once))
    if once:
        print(f"{looks} looks")
