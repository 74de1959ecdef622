"""`uproar change`: what was changed, told to an observatory; one line for a pipeline's last step."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from uproar.app import settings, telling


def change(
    text: Annotated[str, typer.Argument(help="What was changed: a version, a rule, a window.")],
    service: Annotated[str, typer.Option(help="The service, by slug, name or domain.")],
    kind: Annotated[
        str,
        typer.Option(
            help="deploy, rollback, flag, config, infra, maintenance, cert, dns, bgp or other."
        ),
    ] = "deploy",
    started: Annotated[str, typer.Option(help="When it began, like 2025-03-10T09:41:00Z.")] = "",
    finished: Annotated[str, typer.Option(help="When it ended.")] = "",
    until: Annotated[str, typer.Option(help="When a planned window is to end.")] = "",
    state: Annotated[
        str,
        typer.Option(help="planned, started, finished, failed or cancelled; else by the times."),
    ] = "",
    environment: Annotated[str, typer.Option(help="Where it was made, like production.")] = "",
    revision: Annotated[str, typer.Option(help="Which version it brought.")] = "",
    link: Annotated[str, typer.Option(help="An https address where more is told.")] = "",
    native: Annotated[
        str, typer.Option("--id", help="Your id of it: the same id tells of the same change.")
    ] = "",
    url: Annotated[
        str, typer.Option(help="The observatory, like http://127.0.0.1:8080; else the journal.")
    ] = "",
    hook: Annotated[str, typer.Option(help="The observatory's hook of source plain.")] = "ci",
    token_file: Annotated[
        str, typer.Option(help="A file with the hook's token, in place of $UPROAR_TOKEN.")
    ] = "",
    config: Annotated[Path | None, typer.Option(help="A settings file, e.g. uproar.toml.")] = None,
    folder: Annotated[str, typer.Option(help="Folder of the journal, above the settings.")] = "",
    *,
    planned: Annotated[
        bool, typer.Option("--planned", help="It was announced beforehand.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
) -> None:
    """Tell of a change: a running observatory with --url, or else the journal of one that is down.

    It is shown with its distance from an incident's onset. Who made it is not asked.
    """
    given = {
        "text": text,
        "service": service,
        "kind": kind,
        "state": state,
        "started": started,
        "finished": finished,
        "until": until,
        "environment": environment,
        "revision": revision,
        "link": link,
        "id": native,
    }
    fields: dict[str, object] = {name: value for name, value in given.items() if value}
    if planned:
        fields["planned"] = True
    target = telling.Target(url, hook, telling.token_path(token_file))
    above = settings.override(settings.load(config), host="", port=-1, folder=folder)
    kept = telling.tell(fields, target, above)
    print(msgspec.json.encode(kept).decode() if json else f"kept as number {kept['id']}")
