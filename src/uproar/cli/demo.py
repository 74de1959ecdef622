"""`uproar demo`: watch 10 March 2025 unfold, then keep it on the table."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from uproar.app import settings
from uproar.sim import demo as stage
from uproar.sim import scenario


def demo(
    name: Annotated[str, typer.Argument(help="A built-in scenario, or a scenario file.")] = (
        "x-2025-03-10"
    ),
    speed: Annotated[
        float,
        typer.Option(help="How many times faster than life; 0 is as fast as possible.", min=0),
    ] = 480.0,
    host: Annotated[str, typer.Option(help="Address to listen on, above the settings.")] = "",
    port: Annotated[
        int, typer.Option(help="Port to listen on, above the settings; 0 takes a free one.")
    ] = -1,
    config: Annotated[Path | None, typer.Option(help="A settings file, e.g. uproar.toml.")] = None,
) -> None:
    """Replay a scenario before your eyes, a day in about three minutes, then keep serving it."""
    story = scenario.load(name)
    chosen = settings.override(settings.load(config), host=host, port=port, folder="")
    asyncio.run(stage.run(chosen, story, speed=speed, tell=_tell))


def _tell(message: str) -> None:
    """Write to stderr; on a terminal a message that begins with a carriage return stays in its line."""
    if message.startswith("\r"):
        is_terminal = sys.stderr.isatty()
        print(message if is_terminal else message[1:], end="" if is_terminal else "\n",
              file=sys.stderr, flush=True)  # fmt: skip
        return
    print(message, file=sys.stderr, flush=True)
