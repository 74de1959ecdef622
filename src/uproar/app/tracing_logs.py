"""From an access log to what it shows: the file is read in pieces, its format told by its first lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from uproar.errors import LogUnknown
from uproar.trace.logged import Surge, trace_log
from uproar.trace.origins import Known
from uproar.trace.requests import Log
from uproar.wire.accesslog import reading
from uproar.wire.accesslog.requests import LINE_MAX, REASONS, TOO_LONG

PIECE_BYTES = 4_194_304
SNIFFED_BYTES = 1_048_576


class ReadLog(NamedTuple):
    """What a log shows, its format, how many requests it has, and how many lines were set aside, by reason."""

    found: Surge | None
    format: str
    requests: int
    aside: dict[str, int]
    log: Log


def is_log(path: Path) -> bool:
    """Tell whether a file's first lines are those of an access log; raises OSError where it cannot be read."""
    with path.open("rb") as file:
        begin = file.read(SNIFFED_BYTES)
    try:
        reading.sniff(begin.splitlines())
    except LogUnknown:
        return False
    return True


def take(path: Path) -> tuple[Log, str, dict[str, int]]:
    """Return what a log tells; raise LogUnknown where its format cannot be told, OSError where it cannot be read."""
    log, aside = Log(), dict[str, int]()
    with path.open("rb") as file:
        form = reading.sniff(file.read(SNIFFED_BYTES).splitlines())
        file.seek(0)
        for lines, long in pieces(file):
            requests = reading.read(lines, form)
            form = requests.format
            log.add(requests)
            for reason, count in requests.rejects.items():
                aside[reason] = aside.get(reason, 0) + count
            if long:
                aside[REASONS[TOO_LONG]] = aside.get(REASONS[TOO_LONG], 0) + long
    return log, form.slug, aside


def read_log(path: Path, baseline: Log | None, about: Known) -> ReadLog:
    """Return what a log shows, beside a log of an ordinary time if there is one."""
    log, form, aside = take(path)
    return ReadLog(trace_log(log, baseline, about), form, log.requests, aside, log)


def pieces(file: BinaryIO) -> Iterator[tuple[list[bytes], int]]:
    """Yield whole lines, some megabytes at a time, and how many were too long to keep until their end."""
    rest, skipping = b"", False
    while piece := file.read(PIECE_BYTES):
        *lines, rest = (rest + piece).split(b"\n")
        long = 0
        if skipping and lines:
            lines, skipping = lines[1:], False
        if skipping:
            rest = b""
        elif len(rest) > LINE_MAX:
            rest, skipping, long = b"", True, 1
        yield lines, long
    if rest:
        yield [rest], 0
