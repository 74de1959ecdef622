"""`uproar replay`: fold a journal export or a scenario, and print a line per decision."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from uproar import catalog as packaged
from uproar.app import compose, replaying, settings
from uproar.cli.detect import duration_ms
from uproar.model.tick import TICK_MS, iso, parse_iso, start_ms
from uproar.sim import scenario

PROGRESS_TICKS = 8_640


def replay(
    source: Annotated[
        str,
        typer.Argument(help="A journal export (JSON Lines), a scenario's name, or - for stdin."),
    ],
    until: Annotated[
        str, typer.Option(help="Stop at this instant, e.g. 2025-03-10T12:00:00Z.")
    ] = "",
    warmup: Annotated[
        str,
        typer.Option(
            help="Only learn for so long at first, e.g. 7d. A scenario's default is half its history."
        ),
    ] = "",
    config: Annotated[
        Path | None, typer.Option(help="The settings file of the observatory, e.g. uproar.toml.")
    ] = None,
    catalog: Annotated[
        Path | None, typer.Option(help="A folder with catalog files, above the settings.")
    ] = None,
    fail: Annotated[
        bool, typer.Option("--fail", help="Exit with 1 if any incident was found.")
    ] = False,
    json: Annotated[  # noqa: ARG001 - every command takes --json; this one prints nothing else
        bool, typer.Option("--json", help="JSON Lines, which is what this command prints anyway.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Fold a journal or a scenario from the start and print what was decided. Same input, same bytes."""
    until_ms = parse_iso(until) if until else None
    chosen = settings.load(config)
    known = packaged.load(catalog) if catalog is not None else compose.catalog_of(chosen)
    warmup_ticks = duration_ms(warmup) // TICK_MS if warmup else 0
    ticks: Iterator[replaying.Tick]
    if source in scenario.names() or source.endswith(scenario.SUFFIX):
        story = scenario.load(source)
        ticks = scenario.signals(story, known)
        if not warmup:
            warmup_ticks = scenario.design(story).warmup_ticks
    else:
        ticks = replaying.read_export(source, _tell)
    design = compose.design_of(chosen, known, warmup_ticks)
    ticks = replaying.with_warnings(ticks, known, design, _tell)
    found = 0
    for line, tick in replaying.decide(ticks, known, design, until_ms):
        if line:
            found += line.startswith(b'{"kind":"incident"')
            sys.stdout.buffer.write(line + b"\n")
        elif not quiet and tick % PROGRESS_TICKS == 0:
            _tell(f"folded up to {iso(start_ms(tick))}")
    sys.stdout.buffer.flush()
    if fail and found:
        raise typer.Exit(1)


def _tell(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
