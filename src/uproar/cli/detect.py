"""`uproar detect`: alarms in a table of counts of your own."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from uproar.app.table_clocks import clocks_of
from uproar.detect import table
from uproar.errors import BadInput, CountsInvalid
from uproar.model.incident import Alarm
from uproar.model.place import CODES
from uproar.model.signs import printable
from uproar.model.tick import iso
from uproar.wire import counts, decisions

BYTES_MAX = 1024 * 1024 * 1024
UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
NAME_SHOWN_MAX = 24  # Characters of the name of a series, as a row has room for.
WARMUP_MAX_MS = 366 * UNITS_MS["d"]


def detect(
    path: Annotated[str, typer.Argument(metavar="COUNTS.csv", help="The table, or - for stdin.")],
    false_alarms_per_week: Annotated[
        float, typer.Option(help="False alarms a series may raise in a week.")
    ] = 0.25,
    warmup: Annotated[
        str, typer.Option(help="How long a series only learns: 90m, 12h, 1d. Default: 6h.")
    ] = "",
    place: Annotated[
        str,
        typer.Option(help="Country whose clocks and holidays count where no row names one: GB."),
    ] = "",
    *,
    fail: Annotated[bool, typer.Option("--fail", help="Exit 1 if any alarm was raised.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON Lines, also on a terminal.")
    ] = False,
) -> None:
    """Find out when the counts of a table rise above what is usual.

    The table has the columns time and count, and may have service, place and symptom. Times are
    ISO 8601 or epoch seconds, in regular bins of 10 seconds to 1 day. The score of an alarm is
    log(1 + days), by how many days this series waits for counts as high; an alarm that has become
    more surprising is printed again.
    """
    raised = 0
    plain = sys.stdout.isatty() and not as_json
    try:
        _check_rate(false_alarms_per_week)
        warmup_ms = duration_ms(warmup) if warmup else None
        country = _country(place)
        read = counts.read(_lines(path))
        for note in read.notes:
            print(f"uproar detect: {path}: {note}", file=sys.stderr)
        bins = table.warmup_bins(read.bin_ms, warmup_ms)
        if bins >= len(read.counts):
            note = "the whole table is warm-up, so nothing can alarm; ask for less with --warmup"
            print(f"uproar detect: {path}: {note}", file=sys.stderr)
        season, calendars = clocks_of(read, country)
        found = table.alarms(
            read,
            false_alarms_per_week=false_alarms_per_week,
            warmup=bins,
            season=season,
            calendars=calendars,
        )
        for alarm in found:
            raised += alarm.state == "raised" and not alarm.again
            print(_row(alarm) if plain else decisions.encode(alarm).decode(), flush=True)
    except CountsInvalid as error:
        print(f"uproar detect: {path}: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    except BrokenPipeError:
        # An OSError too, but of whoever reads us; `main` knows what to do.
        raise
    except (BadInput, OSError, UnicodeDecodeError) as error:
        print(f"uproar detect: {_reason(path, error)}", file=sys.stderr)
        raise typer.Exit(2) from None
    if plain and not raised:
        print("no alarms")
    if fail and raised:
        raise typer.Exit(1)


def _lines(path: str) -> Iterator[str]:
    """Yield the lines of a file or of stdin; raise CountsInvalid beyond the bound on size."""
    taken = 0
    source = sys.stdin.buffer if path == "-" else open(path, "rb")  # noqa: SIM115, PTH123 - closed below; one form for both
    with source, io.TextIOWrapper(source, encoding="utf-8-sig", newline="") as text:
        for number, line in enumerate(text, start=1):
            taken += len(line)
            if taken > BYTES_MAX or len(line) > 65_536:
                raise CountsInvalid(f"line {number}: too long; at most {BYTES_MAX >> 20} MB in all")
            if "\0" in line:
                raise CountsInvalid(f"line {number}: holds a NUL character; this is no text")
            yield line


def _reason(path: str, error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"{path}: not UTF-8 text (byte {error.start})"
    if isinstance(error, OSError):
        return f"{path}: {error.strerror or error}"
    return str(error)


def _check_rate(false_alarms_per_week: float) -> None:
    if not 0 < false_alarms_per_week <= 1_000:
        raise BadInput("--false-alarms-per-week must be above 0 and at most 1000")


def _country(text: str) -> str:
    code = text.strip().upper()
    if code and code not in CODES:
        raise BadInput(f"--place {text[:40]!r} is no country; write a code of ISO 3166 like GB")
    return code


def duration_ms(text: str) -> int:
    """Return the milliseconds of a duration like 90m, 12h or 1d; raise BadInput for another text."""
    match = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    if match is None or int(match[1]) * UNITS_MS[match[2]] > WARMUP_MAX_MS:
        raise BadInput(f"--warmup {text[:40]!r} is no duration; write 90m, 12h or 1d, up to 366d")
    return int(match[1]) * UNITS_MS[match[2]]


def _row(alarm: Alarm) -> str:
    name = printable(" ".join(filter(None, alarm.series)) or "-", NAME_SHOWN_MAX)
    return (
        f"{iso(alarm.at)}  {'again' if alarm.again else alarm.state:<7}  {name:<24}  began {iso(alarm.onset[0])[11:16]}"
        f" to {iso(alarm.onset[1])[11:16]}  {alarm.observed:g} reports where"
        f" {alarm.expected:.3g} are usual"
    )
