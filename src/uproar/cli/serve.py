"""`uproar serve`: the observatory on one port."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from uproar.app import observatory, settings


def serve(
    config: Annotated[Path | None, typer.Option(help="A settings file, e.g. uproar.toml.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on, above the settings.")] = "",
    port: Annotated[
        int, typer.Option(help="Port to listen on, above the settings; 0 takes a free one.")
    ] = -1,
    folder: Annotated[str, typer.Option(help="Folder of the journal, above the settings.")] = "",
) -> None:
    """Take reports, watch, and serve the pages, until it is told to stop."""
    chosen = settings.load(config)
    chosen = settings.override(chosen, host=host, port=port, folder=folder)
    asyncio.run(observatory.run(chosen))
