"""`uproar trace`: is it an attack, of what kind, and from where?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from uproar.app import tracing
from uproar.errors import UproarError
from uproar.present import tracingvalues
from uproar.present.legible import clean
from uproar.present.tracing import report


def trace(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Captures: pcap or pcapng; each is judged alone."),
    ],
    networks: Annotated[
        Path | None,
        typer.Option(help="Who owns addresses: an MMDB file or a prefix file, for systems."),
    ] = None,
    *,
    addresses: Annotated[
        bool,
        typer.Option("--addresses", help="Show the target's address in the report, not its /24."),
    ] = False,
    fail: Annotated[bool, typer.Option("--fail", help="Exit 1 if there is an attack.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="A line of JSON for each attack; none is no line.")
    ] = False,
) -> None:
    """Say whether a capture shows an attack, by which vectors, and what its sources tell and do not tell.

    Datagrams of NetFlow, IPFIX and sFlow in a capture are read as the flows that they tell of. Nothing is kept.
    """
    attacks = 0
    try:
        about = tracing.known(networks)
        for path in files:
            try:
                read = tracing.read(path, about)
            except OSError as problem:
                print(f"uproar trace: {path}: {problem.strerror or problem}", file=sys.stderr)
                raise typer.Exit(2) from None
            except UproarError as problem:
                print(f"uproar trace: {path}: {problem}", file=sys.stderr)
                raise typer.Exit(2) from None
            attacks += len(read.found.attacks)
            _print(path, read, addresses=addresses, as_json=as_json, named=len(files) > 1)
    except UproarError as problem:
        print(f"uproar trace: {problem}", file=sys.stderr)
        raise typer.Exit(2) from None
    if fail and attacks:
        raise typer.Exit(1)


def _print(path: Path, read: tracing.Read, *, addresses: bool, as_json: bool, named: bool) -> None:
    name = clean(str(path))
    if as_json:
        for attack in read.found.attacks:
            print(tracingvalues.encode(attack, name).decode(), flush=True)
    else:
        if named:
            print(f"{name}:")
        print("\n".join(report(read.found, addresses=addresses)).rstrip(), flush=True)
    for reason, count in sorted(read.aside.items()):
        print(f"uproar trace: {name}: set aside: {count} {reason}", file=sys.stderr)
    if read.damage:
        print(f"uproar trace: {name}: {read.damage}", file=sys.stderr)
