"""`uproar export`, `import`, `backup`, `restore`: the journal in and out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from uproar.app import keeping, settings
from uproar.errors import BadInput
from uproar.model.tick import iso

Config = Annotated[Path | None, typer.Option(help="A settings file, e.g. uproar.toml.")]
Folder = Annotated[str, typer.Option(help="Folder of the journal, above the settings.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there already.")]


def export(
    config: Config = None,
    folder: Folder = "",
    json: Json = False,  # noqa: ARG001 - every command takes --json; this one prints nothing else
) -> None:
    """Write the journal to stdout as JSON Lines, one signal a line. The observatory may be running."""
    for line in keeping.lines(_settings(config, folder), _tell):
        sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def import_(
    source: Annotated[str, typer.Argument(help="A journal export (JSON Lines), or - for stdin.")],
    config: Config = None,
    folder: Folder = "",
    json: Json = False,
) -> None:
    """Append the signals of an export to the journal. The observatory must not be running."""
    if source == "-":
        count = keeping.take_in(_settings(config, folder), "stdin", sys.stdin.buffer, _tell)
    else:
        path = Path(source)
        if not path.exists() or path.is_dir():
            raise BadInput(f"{source}: there is no such file")
        with path.open("rb") as lines:
            count = keeping.take_in(_settings(config, folder), source, lines, _tell)
    print(
        msgspec.json.encode({"imported": count}).decode() if json else f"{count} signals taken in"
    )


def backup(
    destination: Annotated[Path, typer.Argument(help="The file to write.")],
    config: Config = None,
    folder: Folder = "",
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Copy the journal as it is at this moment, and verify the copy. The observatory may be running."""
    whole = keeping.backup(_settings(config, folder), destination, overwrite=overwrite)
    _say(whole, json=json)


def restore(
    source: Annotated[Path, typer.Argument(help="A backup.")],
    config: Config = None,
    folder: Folder = "",
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Verify a backup and put it in the journal's place. The observatory must not be running."""
    whole = keeping.restore(_settings(config, folder), source, overwrite=overwrite)
    _say(whole, json=json)


def _settings(config: Path | None, folder: str) -> settings.Settings:
    return settings.override(settings.load(config), host="", port=-1, folder=folder)


def _say(whole: object, *, json: bool) -> None:
    plain = msgspec.to_builtins(whole)
    if json:
        print(msgspec.json.encode(plain).decode())
    else:
        print(f"{plain['signals']} signals, whole, the last of {iso(plain['last_at'])}")


def _tell(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
