"""Filters of requests for an access log: the log is read once more, for it is held as hashes and filters need words."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from uproar.app.tracing_logs import SNIFFED_BYTES, ReadLog, pieces
from uproar.trace.requests import Log
from uproar.trace.rules_http import HttpAdvice, advise, asked, attack_rows
from uproar.wire.accesslog import reading


def advise_log(path: Path, read: ReadLog, ordinary: Log | None) -> HttpAdvice | None:
    """Return filters against the attack that a log shows, None where it shows none; raise OSError where it cannot be read again."""
    if read.found is None or not read.found.attack:
        return None
    attack, usual = attack_rows(read.log, read.found, ordinary)
    words = _words(path, asked(attack))
    return advise(attack, usual, read.found, words, file=ordinary is not None)


def _words(path: Path, wanted: Collection[int]) -> dict[int, bytes]:
    """Return the paths and agents of those hashes, as the log has them."""
    found: dict[int, bytes] = {}
    with path.open("rb") as file:
        form = reading.sniff(file.read(SNIFFED_BYTES).splitlines())
        file.seek(0)
        for lines, _ in pieces(file):
            requests = reading.read(lines, form)
            told = dict(zip(requests.path_hash.tolist(), requests.path, strict=True))
            told |= reading.agents(lines, form)
            found |= {number: told[number] for number in wanted if number in told}
            form = requests.format
            if len(found) == len(wanted):
                break
    return found
