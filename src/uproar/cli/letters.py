"""`uproar letters`: what came in and could not be used, listed, shown, tried again, dropped."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from uproar.app import letter_box, settings
from uproar.app.replay_letters import is_among
from uproar.errors import BadInput
from uproar.model.seeing import Letter
from uproar.model.tick import iso, parse_iso
from uproar.present.legible import clean, one_line

app = typer.Typer(
    help="Look at dead letters: what came in, could not be used, and is kept for a while.",
    no_args_is_help=True,
)

Config = Annotated[Path | None, typer.Option(help="A settings file, e.g. uproar.toml.")]
Folder = Annotated[str, typer.Option(help="Folder of the journal, above the settings.")]
Json = Annotated[bool, typer.Option("--json", help="JSON Lines instead of text.")]
InletName = Annotated[str, typer.Option("--inlet", help="Only of this way in, e.g. notices.")]
Numbers = Annotated[
    list[int] | None, typer.Argument(help="Numbers, as `uproar letters list` shows them.")
]


@app.command("list")
def list_(
    config: Config = None, folder: Folder = "", inlet: InletName = "", json: Json = False
) -> None:
    """List the letters, the oldest first. The observatory may be running."""
    count = 0
    for letter in letter_box.each(_settings(config, folder)):
        if inlet and letter.inlet != inlet:
            continue
        count += 1
        if json:
            print(msgspec.json.encode(_plain(letter)).decode())
        else:
            size = f"{len(letter.body)} bytes" + ("" if letter.whole else ", cut")
            told = f"{letter.inlet} {letter.source}: {letter.problem}"
            print(f"{letter.number}  {iso(letter.at)}  {one_line(told)} ({letter.reason}, {size})")
    if not count and not json:
        print("no letters")


@app.command("show")
def show(
    number: Annotated[int, typer.Argument(help="The letter's number.")],
    config: Config = None,
    folder: Folder = "",
    json: Json = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="The body alone, byte for byte as it came.")
    ] = False,
) -> None:
    """Show one letter with its body, unseen and control characters taken out."""
    letter = letter_box.one(_settings(config, folder), number)
    if raw:
        sys.stdout.buffer.write(letter.body)
        sys.stdout.buffer.flush()
        return
    body = "\n".join(_row(row) for row in letter.body.decode("utf-8", "replace").split("\n"))
    if json:
        print(msgspec.json.encode(_plain(letter) | {"body": body}).decode())
        return
    for name, value in _plain(letter).items():
        print(f"{name:<8}{one_line(str(value))}")
    print(f"\n{body}")


@app.command("replay")
def replay(
    numbers: Numbers = None,
    config: Config = None,
    folder: Folder = "",
    inlet: InletName = "",
    json: Json = False,
    fail: Annotated[bool, typer.Option("--fail", help="Exit with 1 if any letter stays.")] = False,
) -> None:
    """Try letters again: what is understood goes to the journal. The observatory must not be running."""
    chosen = _settings(config, folder)
    tried = letter_box.replay(chosen, is_among(frozenset(numbers or ()), inlet))
    for each in tried:
        if json:
            print(msgspec.json.encode(each).decode())
        elif each.became == "taken":
            print(f"{each.number}  taken, {each.signals} signals")
        else:
            print(f"{each.number}  stays: {one_line(each.problem)}")
    if not tried and not json:
        print("no letters")
    if fail and any(each.became != "taken" for each in tried):
        raise typer.Exit(1)


@app.command("drop")
def drop(
    numbers: Numbers = None,
    config: Config = None,
    folder: Folder = "",
    inlet: InletName = "",
    before: Annotated[
        str, typer.Option(help="Those that came before this instant, e.g. 2026-11-01T00:00:00Z.")
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    json: Json = False,
) -> None:
    """Forget letters. The observatory may be running."""
    if not (numbers or inlet or before or every):
        raise BadInput("say which: numbers, --inlet, --before, or --all")
    until = parse_iso(before) if before else None
    among: Callable[[Letter], bool] = is_among(frozenset(numbers or ()), inlet)
    count = letter_box.drop(
        _settings(config, folder),
        lambda letter: among(letter) and (until is None or letter.at < until),
    )
    print(msgspec.json.encode({"dropped": count}).decode() if json else f"{count} letters dropped")


def _plain(letter: Letter) -> dict[str, Any]:
    return {
        "number": letter.number,
        "at": iso(letter.at),
        "inlet": letter.inlet,
        "source": letter.source,
        "reason": letter.reason,
        "problem": letter.problem,
        "tried": letter.tried,
        "whole": letter.whole,
        "bytes": len(letter.body),
    }


def _settings(config: Path | None, folder: str) -> settings.Settings:
    return settings.override(settings.load(config), host="", port=-1, folder=folder)


def _row(text: str) -> str:
    """Return a line of a letter's body with its spaces; a carriage return would write over it."""
    return clean(text).replace("\r", " ")
