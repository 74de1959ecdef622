"""`uproar trace`: is it an attack, of what kind, and from where?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from uproar.app import tracing, tracing_logs
from uproar.errors import UproarError
from uproar.present import tracinglogs, tracingvalues
from uproar.present.legible import clean
from uproar.present.tracing import report
from uproar.trace.requests import Log


def trace(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Captures (pcap, pcapng) or access logs; each is judged alone."
        ),
    ],
    networks: Annotated[
        Path | None,
        typer.Option(
            help="Who announces addresses: a table of `uproar geo build`, an MMDB or a text of networks."
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            help="An access log of an ordinary time, to hold access logs against; without it, the time before the rise."
        ),
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
    """Say whether a capture or an access log shows an attack, by which vectors, and what its sources tell and do not tell.

    Datagrams of NetFlow, IPFIX and sFlow in a capture are read as the flows that they tell of. Nothing is kept.
    """
    attacks = 0
    try:
        about = tracing.known(networks)
        usual = _usual(baseline)
        for path in files:
            try:
                if tracing_logs.is_log(path):
                    told = tracing_logs.read_log(path, usual, about)
                    attacks += told.found is not None and told.found.attack
                    _print_log(path, told, as_json=as_json, named=len(files) > 1)
                    continue
                read = tracing.read(path, about)
            except OSError as problem:
                print(f"uproar trace: {path}: {problem.strerror or problem}", file=sys.stderr)
                raise typer.Exit(2) from None
            except UproarError as problem:
                no_log = "it is no access log of a known format either"
                print(f"uproar trace: {path}: {problem}; {no_log}", file=sys.stderr)
                raise typer.Exit(2) from None
            attacks += len(read.found.attacks)
            _print(path, read, addresses=addresses, as_json=as_json, named=len(files) > 1)
    except UproarError as problem:
        print(f"uproar trace: {problem}", file=sys.stderr)
        raise typer.Exit(2) from None
    if fail and attacks:
        raise typer.Exit(1)


def _usual(path: Path | None) -> Log | None:
    if path is None:
        return None
    try:
        return tracing_logs.take(path)[0]
    except (OSError, UproarError) as problem:
        why = problem.strerror or problem if isinstance(problem, OSError) else problem
        print(f"uproar trace: {path}: {why}", file=sys.stderr)
        raise typer.Exit(2) from None


def _print_log(path: Path, read: tracing_logs.ReadLog, *, as_json: bool, named: bool) -> None:
    name = clean(str(path))
    if not as_json:
        if named:
            print(f"{name}:")
        print("\n".join(tracinglogs.report(read.found, read.format, read.requests)), flush=True)
    elif read.found is not None and read.found.attack:
        print(tracinglogs.encode(read.found, clean(path.name), name).decode(), flush=True)
    for reason, count in sorted(read.aside.items()):
        print(f"uproar trace: {name}: set aside: {count} {reason}", file=sys.stderr)


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
