"""`uproar diagnose`: why did it fail, how sure is that, and what does it rest on?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from uproar.app import judging
from uproar.diagnose import record
from uproar.diagnose.axes import LEAVES
from uproar.diagnose.causes import CAUSES
from uproar.diagnose.diagnosis import Diagnosis
from uproar.diagnose.facts import Facts
from uproar.errors import EvidenceInvalid, UproarError
from uproar.present.diagnosing import report
from uproar.present.legible import clean


def diagnose(
    evidence: Annotated[
        Path | None,
        typer.Argument(
            metavar="EVIDENCE.jsonl",
            help="A record a line, `-` for standard input; words in docs/reference.",
        ),
    ] = None,
    base_rate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SHARE",
            help="How usual a mechanism or family is before any evidence, like attack=0.05; may be given again. The rest keeps its proportions.",
        ),
    ] = None,
    *,
    outsider: Annotated[
        bool,
        typer.Option(
            "--outsider", help="Leave out what only the operator can know: traffic and changes."
        ),
    ] = False,
    no_claims: Annotated[
        bool, typer.Option("--no-claims", help="Leave out what anybody claims.")
    ] = False,
    all_reasons: Annotated[
        bool,
        typer.Option(
            "--all", help="Give the reasons of all 21 mechanisms, not of the likely ones."
        ),
    ] = False,
    base_rates: Annotated[
        bool,
        typer.Option(
            "--base-rates", help="Print the base rates that are used, and do nothing else."
        ),
    ] = False,
    fail: Annotated[
        bool, typer.Option("--fail", help="Exit 1 if the evidence of any record is insufficient.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON Lines, also on a terminal.")
    ] = False,
) -> None:
    """Weigh the evidence of incidents: probabilities of 21 mechanisms, whose side, what kind of hand, and every reason.

    A line that is no record is named and left out, and the exit is 2 then; a word that is not known is set aside
    and named. Below the floor the answer is *insufficient*.
    """
    try:
        judge = judging.weighing(judging.rates_of(base_rate or ()))
    except EvidenceInvalid as error:
        raise _bad(error) from None
    if base_rates:
        _print_rates(judge)
        return
    if evidence is None:
        raise _bad("give a file with a record a line, or `-` for standard input")
    as_json = as_json or not sys.stdout.isatty()
    try:
        stream = sys.stdin.buffer if str(evidence) == "-" else evidence.open("rb")
    except OSError as error:
        raise _bad(f"{evidence}: {error.strerror}") from None
    bad = insufficient = False
    with stream:
        for number, line in _lines(stream):
            try:
                read = record.read(line, number)
            except EvidenceInvalid as error:
                bad = True
                typer.echo(f"uproar diagnose: {clean(str(error))}", err=True)
                continue
            found = judge(_limited(read.facts, outsider, no_claims), all_reasons=all_reasons)
            insufficient = insufficient or found.insufficient
            if as_json:
                _tell(read, found, number)
            else:
                typer.echo(report(clean(read.id), found, CAUSES, read.aside))
    if bad:
        raise typer.Exit(2)
    if fail and insufficient:
        raise typer.Exit(1)


def _tell(read: record.Read, found: Diagnosis, number: int) -> None:
    """Print a line of JSON, and on stderr what was set aside."""
    told = {
        "id": read.id,
        **msgspec.to_builtins(found),
        "set_aside": msgspec.to_builtins(read.aside),
    }
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    for each in read.aside:
        word = f" `{each.word}`" if each.word else ""
        typer.echo(clean(f"line {number}: {each.field}{word}: {each.why}"), err=True)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield lines with their numbers; empty ones are left out, and of one that is too long its beginning is, too."""
    number = 0
    while line := stream.readline(record.LINE_MAX + 1):
        number += 1
        rest = line
        while len(rest) > record.LINE_MAX and not rest.endswith(b"\n"):
            rest = stream.readline(record.LINE_MAX + 1)
        if line.strip():
            yield number, line


def _limited(facts: Facts, outsider: bool, no_claims: bool) -> Facts:
    """Return what may be looked at of the facts."""
    if outsider:
        facts = msgspec.structs.replace(
            facts, traffic=None, traffic_detail=None, changes=None, attack_seen=None
        )
    return msgspec.structs.replace(facts, claims=()) if no_claims else facts


def _print_rates(judge: judging.Weighing) -> None:
    used = judging.rates_used(judge)
    for leaf in LEAVES:
        typer.echo(f"{leaf:24}{used[leaf]:8.4f}")


def _bad(error: UproarError | str) -> typer.Exit:
    typer.echo(f"uproar diagnose: {error}", err=True)
    return typer.Exit(2)
