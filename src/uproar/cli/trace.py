"""`uproar trace`: is it an attack, of what kind, and from where?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from uproar.app import tracing, tracing_logs
from uproar.app.tracing_rules import advise_log
from uproar.errors import UproarError
from uproar.present import rules as rulewords
from uproar.present import rules_web, tracinglogs, tracingpicture, tracingvalues
from uproar.present.legible import clean
from uproar.present.tracing import report
from uproar.trace.attack import Attack
from uproar.trace.requests import Log
from uproar.trace.rules import advise
from uproar.trace.rules_http import HttpAdvice
from uproar.trace.rules_told import Advice
from uproar.trace.tally import Tally


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
            help="An ordinary time: an access log, to hold access logs against, or a capture, to tell what --rules cost;"
            " without it, the time before and what comes beside."
        ),
    ] = None,
    svg: Annotated[
        Path | None,
        typer.Option(
            help="Write a picture (SVG) of the attack with the most packets here; captures only."
        ),
    ] = None,
    *,
    rules: Annotated[
        bool,
        typer.Option(
            "--rules",
            help="Print filters that would stop each attack, with what they cost, and with whole addresses. None is applied.",
        ),
    ] = False,
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
    largest: Attack | None = None
    try:
        about = tracing.known(networks)
        usual = _usual(baseline)
        log, ordinary = (usual, None) if isinstance(usual, Log) else (None, usual)
        for path in files:
            try:
                if tracing_logs.is_log(path):
                    told = tracing_logs.read_log(path, log, about)
                    attacks += told.found is not None and told.found.attack
                    against = advise_log(path, told, log) if rules else None
                    _print_log(path, told, against, as_json=as_json, named=len(files) > 1)
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
            both = [*read.found.attacks, *([] if largest is None else [largest])]
            largest = max(both, key=lambda each: each.rates.packets, default=None)
            advised = advise(read.tally, read.found, ordinary) if rules else None
            _print(path, read, advised, addresses=addresses, as_json=as_json, named=len(files) > 1)
    except UproarError as problem:
        print(f"uproar trace: {problem}", file=sys.stderr)
        raise typer.Exit(2) from None
    if svg is not None:
        _draw(largest, svg, addresses=addresses)
    if fail and attacks:
        raise typer.Exit(1)


def _draw(attack: Attack | None, path: Path, *, addresses: bool) -> None:
    if attack is None:
        print(f"uproar trace: no attack in a capture, so {path} is not written", file=sys.stderr)
        return
    try:
        path.write_text(tracingpicture.picture(attack, addresses=addresses), encoding="utf-8")
    except OSError as problem:
        print(f"uproar trace: {path}: {problem.strerror or problem}", file=sys.stderr)
        raise typer.Exit(2) from None


def _usual(path: Path | None) -> Log | Tally | None:
    if path is None:
        return None
    try:
        return tracing_logs.take(path)[0] if tracing_logs.is_log(path) else tracing.take(path)
    except (OSError, UproarError) as problem:
        why = problem.strerror or problem if isinstance(problem, OSError) else problem
        print(f"uproar trace: {path}: {why}", file=sys.stderr)
        raise typer.Exit(2) from None


def _print_log(
    path: Path,
    read: tracing_logs.ReadLog,
    advice: HttpAdvice | None,
    *,
    as_json: bool,
    named: bool,
) -> None:
    name = clean(str(path))
    if not as_json:
        if named:
            print(f"{name}:")
        print("\n".join(tracinglogs.report(read.found, read.format, read.requests)), flush=True)
        if advice is not None:
            print("\n".join(["", *rules_web.report(advice)]), flush=True)
    elif read.found is not None and read.found.attack:
        filters = None if advice is None else rules_web.plain(advice)
        print(tracinglogs.encode(read.found, clean(path.name), name, filters).decode(), flush=True)
    for reason, count in sorted(read.aside.items()):
        print(f"uproar trace: {name}: set aside: {count} {reason}", file=sys.stderr)


def _print(
    path: Path,
    read: tracing.Read,
    advised: list[Advice | None] | None,
    *,
    addresses: bool,
    as_json: bool,
    named: bool,
) -> None:
    name = clean(str(path))
    if as_json:
        for place, attack in enumerate(read.found.attacks):
            advice = advised[place] if advised is not None else None
            filters = None if advice is None else rulewords.plain(advice)
            print(tracingvalues.encode(attack, name, filters).decode(), flush=True)
    else:
        if named:
            print(f"{name}:")
        print("\n".join(report(read.found, addresses=addresses)).rstrip(), flush=True)
        for advice in advised or ():
            if advice is not None:
                print("\n".join(["", *rulewords.report(advice)]), flush=True)
    for reason, count in sorted(read.aside.items()):
        print(f"uproar trace: {name}: set aside: {count} {reason}", file=sys.stderr)
    if read.damage:
        print(f"uproar trace: {name}: {read.damage}", file=sys.stderr)
