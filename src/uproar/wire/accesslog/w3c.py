"""Extended log files (W3C): the file itself says in `#Fields:` what stands in its columns.

IIS parts them with spaces and writes `+` for a space within; CloudFront parts them with tabs and percent-encodes. Both
write UTC, and both write when the request had ended.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from uproar.wire.accesslog import clocks, durations
from uproar.wire.accesslog.requests import (
    FIELDS_MAX,
    I64,
    NO_FIELDS,
    OTHER_FORMAT,
    U8,
    Format,
    Told,
)

DIRECTIVE = b"#Fields:"
IIS, CLOUDFRONT = "w3c", "cloudfront"
# What Uproar calls the fields that it takes; where a log has two for one thing, the later in this list counts.
_NAMES = {
    "c-ip": "client",
    "cs-method": "method",
    "cs-uri-stem": "stem",
    "cs-uri-query": "query",
    "sc-status": "status",
    "sc-bytes": "octets",
    "time-taken": "taken",
    "cs(User-Agent)": "agent",
    "cs(Referer)": "referer",
    "cs-host": "host",
    "cs(Host)": "host",
    "x-host-header": "host",
    "x-edge-result-type": "result",
    "x-edge-detailed-result-type": "detail",
}
_TAKEN_UNIT_MS = {IIS: 1.0, CLOUDFRONT: 1_000.0}
_SERVED = (b"Hit", b"RefreshHit", b"Miss", b"Redirect", b"OriginShieldHit", b"-", b"")


def named(line: bytes) -> tuple[str, ...] | None:
    """Return the fields that a directive names; None for any other line."""
    if not line.startswith(DIRECTIVE):
        return None
    names = line[len(DIRECTIVE) :].decode("ascii", "replace").split()
    return tuple(names[:FIELDS_MAX])


def format_of(fields: tuple[str, ...]) -> Format:
    """Return the format of a file that names these fields."""
    return Format(CLOUDFRONT if "x-edge-location" in fields else IIS, "end", fields)


def told(lines: Sequence[bytes], at: I64, form: Format) -> tuple[Told, I64, tuple[I64, U8], Format]:
    """Return columns, the lines they are of, those set aside, and the format as it is after the last line.

    A directive within the lines counts from there on: a server that was set up anew writes into the same file.
    """
    rows: list[list[bytes]] = []
    kept: list[int] = []
    aside: list[tuple[int, int]] = []
    columns = _places(form.fields)
    for place, line in zip(at.tolist(), lines, strict=True):
        if line.startswith(b"#"):
            fields = named(line)
            if fields is not None:
                form = Format(form.slug, form.timed, fields)
                columns = _places(fields)
            continue
        if not columns:
            aside.append((place, NO_FIELDS))
            continue
        words = line.split(b"\t") if form.slug == CLOUDFRONT else line.split(b" ")
        if len(words) != len(form.fields):
            aside.append((place, OTHER_FORMAT))
            continue
        rows.append([words[column] if column >= 0 else b"" for column in columns])
        kept.append(place)
    rejected = (
        np.array([place for place, _ in aside], np.int64),
        np.array([why for _, why in aside], np.uint8),
    )
    return _meant(rows, form.slug), np.array(kept, np.int64), rejected, form


_WANTED = ("date", "time", *dict.fromkeys(_NAMES.values()))


def _places(fields: tuple[str, ...]) -> list[int]:
    """Return in which column each of the wanted stands, -1 where none; nothing where there is no time."""
    if "date" not in fields or "time" not in fields:
        return []
    found = {
        _NAMES.get(name, name): fields.index(name)
        for name in ("date", "time", *_NAMES)
        if name in fields
    }
    return [found.get(name, -1) for name in _WANTED]


def _meant(rows: list[list[bytes]], slug: str) -> Told:
    if not rows:
        return {"at_ms": np.zeros(0, np.int64)}
    by_name = dict(zip(_WANTED, zip(*rows, strict=True), strict=True))
    made: Told = {name: by_name[name] for name in ("client", "method", "status", "octets")}
    made |= {name: by_name[name] for name in ("agent", "referer", "host")}
    days = zip(by_name["date"], by_name["time"], strict=True)
    made["at_ms"] = clocks.iso([day + b" " + time for day, time in days])
    made["duration_ms"] = durations.milliseconds(by_name["taken"], _TAKEN_UNIT_MS[slug])
    made["target"] = [
        stem if query in (b"-", b"") else stem + b"?" + query
        for stem, query in zip(by_name["stem"], by_name["query"], strict=True)
    ]
    made["termination"] = [
        "" if result in _SERVED else _slug(detail if detail not in _SERVED else result)
        for result, detail in zip(by_name["result"], by_name["detail"], strict=True)
    ]
    return made


def _slug(word: bytes) -> str:
    return f"cloudfront.{word.decode('ascii', 'replace').lower()}"
