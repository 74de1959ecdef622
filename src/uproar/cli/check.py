"""`uproar check`: are the settings, the catalog, the networks and the journal in order?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from uproar.app import (
    changing,
    compose,
    flowing,
    keeping,
    noticing,
    posting,
    settings,
    standing_probes,
)


def check(
    config: Annotated[Path | None, typer.Option(help="A settings file, e.g. uproar.toml.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
) -> None:
    """Read the settings, the catalog and the networks, and verify the journal if there is one."""
    chosen = settings.load(config)
    known = compose.catalog_of(chosen)
    networks = compose.networks_of(chosen)
    feeds = len(noticing.feeds(known))
    checks = len(standing_probes.tasks(chosen.probes, known))
    agents = len(standing_probes.tokens(chosen.probes))
    told = changing.in_order(chosen, known)
    posts = posting.named(chosen.posts)
    flowing.in_order(chosen.traffic, known)
    journal = keeping.verify(chosen)
    if json:
        report = {
            "settings": msgspec.to_builtins(chosen),
            "services": len(known.services),
            "providers": len(known.providers),
            "catalog_digest": known.digest(),
            "networks": networks.note,
            "feeds": feeds,
            "checks": checks,
            "agents": agents,
            "changes": told,
            "posts": posts,
            "traffic": chosen.traffic.listen,
            "journal": journal,
        }
        print(msgspec.json.encode(report).decode())
        return
    print(f"settings  in order{f' ({config})' if config else ' (the defaults)'}")
    print(f"catalog   {len(known.services)} services, {len(known.providers)} providers")
    print(f"networks  {networks.note}")
    read = "read" if chosen.notices.enabled else "could be read; notices.enabled is false"
    print(f"notices   {feeds} vendors' status feeds {read}")
    asked = "" if chosen.probes.enabled else "; probes.enabled is false"
    print(f"probes    {checks} checks, {agents} agents{asked}")
    desk = "a desk" if told["desk"] else "no desk"
    print(f"changes   {told['hooks']} hooks, {told['calendars']} calendars, {desk}")
    print(f"posts     {', '.join(posts) or 'no stream is named'}")
    flows = ", ".join(chosen.traffic.listen)
    print(f"traffic   {f'flows on {flows}' if flows else 'nothing is listened to'}")
    print(f"journal   {', '.join(f'{name} {value}' for name, value in journal.items())}")
