"""Which format is this log, and what do its lines say? `sniff` a few lines, then `read` as many as you like at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np

from uproar.errors import LogUnknown
from uproar.wire.accesslog import columns, jsonlines, textual, w3c
from uproar.wire.accesslog.requests import (
    CONTROL_CHARACTERS,
    I64,
    LINE_MAX,
    OTHER_FORMAT,
    TOO_LONG,
    U8,
    Format,
    Requests,
    Told,
)

SNIFFED_LINES = 64  # So many lines that are not empty are looked at to tell the format.
SNIFFED_SHARE = 0.5  # So many of them must fit, at least.

FORMATS: dict[str, Format] = {
    **{slug: Format(slug, kind.timed) for slug, kind in textual.TEXTUAL.items()},
    **{slug: Format(slug, kind.timed) for slug, kind in jsonlines.JSON_LINES.items()},
    w3c.IIS: Format(w3c.IIS, "end"),
    w3c.CLOUDFRONT: Format(w3c.CLOUDFRONT, "end"),
}
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    slug: msgspec.json.Decoder(kind.kind) for slug, kind in jsonlines.JSON_LINES.items()
}
_TAB, _SPACE, _DELETE = 9, 32, 127


def sniff(lines: Iterable[bytes]) -> Format:
    """Return the format of a log by its first lines.

    A `#Fields:` directive decides; else, of the formats that most lines fit, the one that tells most. Raises LogUnknown
    where fewer than half of the lines fit any.
    """
    looked_at: list[bytes] = []
    for line in lines:
        bare = _bare(line[: LINE_MAX + 2])
        fields = w3c.named(bare)
        if fields is not None:
            return w3c.format_of(fields)
        if bare and not bare.startswith(b"#"):
            looked_at.append(bare)
        if len(looked_at) == SNIFFED_LINES:
            break
    if not looked_at:
        raise LogUnknown("there is no line in this log to tell its format by; name it")
    fits = {slug: sum(_fits(line, slug) for line in looked_at) for slug in FORMATS}
    best = max(fits, key=lambda slug: fits[slug])  # The first of those that fit as often.
    if fits[best] < len(looked_at) * SNIFFED_SHARE:
        raise LogUnknown(
            f"of the first {len(looked_at)} lines at most {fits[best]} fit one format ({best});"
            f" known are {', '.join(FORMATS)}"
        )
    return FORMATS[best]


def read(lines: Sequence[bytes], form: Format) -> Requests:
    """Return the requests that lines of that format tell of; an empty line and a comment say nothing.

    Nothing in a line raises: what does not fit is set aside with its number. `Requests.format` is what to give with the lines
    that follow, as a file may name its fields anew.
    """
    bare = [_bare(line) for line in lines]
    aside = _aside(bare)
    empty = np.fromiter((not line for line in bare), np.bool_, len(bare))
    at = np.flatnonzero((aside == 0) & ~empty)
    rejected = np.flatnonzero(aside), aside[aside != 0]
    told, line, unfit, after = _told([bare[place] for place in at], at, form)
    rejected = np.append(rejected[0], unfit[0]), np.append(rejected[1], unfit[1])
    return columns.build(told, line, after, rejected=rejected)


def agents(lines: Sequence[bytes], form: Format) -> dict[int, bytes]:
    """Return the agents that lines of that format tell of, by their hash in `Requests`; for who must name one to people."""
    bare = [_bare(line) for line in lines]
    aside = _aside(bare)
    at = np.flatnonzero((aside == 0) & np.fromiter(map(bool, bare), np.bool_, len(bare)))
    told, _, _, _ = _told([bare[place] for place in at], at, form)
    words = list(set(told.get("agent", ())))
    return dict(zip(columns.hashes(words).tolist(), words, strict=True))


def _bare(line: bytes) -> bytes:
    """Return a line without its end, and without the mark with which Windows begins a file."""
    return line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")


def _aside(lines: Sequence[bytes]) -> U8:
    """Return why a line is set aside before it is read, 0 where it is not."""
    length = np.fromiter(map(len, lines), np.int64, len(lines))
    aside = np.where(length > LINE_MAX, np.uint8(TOO_LONG), np.uint8(0))
    short = [line if len(line) <= LINE_MAX else b"" for line in lines]
    octets = np.frombuffer(bytearray(b" ".join(short)), np.uint8)
    control = ((octets < _SPACE) & (octets != _TAB)) | (octets == _DELETE)
    if control.any():
        ends = np.cumsum(np.where(aside != 0, 0, length) + 1)
        aside[np.searchsorted(ends, np.flatnonzero(control), side="right")] = CONTROL_CHARACTERS
    return aside


def _told(
    lines: Sequence[bytes], at: I64, form: Format
) -> tuple[Told, I64, tuple[I64, U8], Format]:
    if form.slug in (w3c.IIS, w3c.CLOUDFRONT):
        return w3c.told(lines, at, form)
    found: list[Any]
    if form.slug in textual.TEXTUAL:
        fullmatch = textual.TEXTUAL[form.slug].pattern.fullmatch
        found = [fullmatch(line) for line in lines]
    else:
        decoder = _DECODERS[form.slug]
        found = [jsonlines.decoded(line, decoder) for line in lines]
    fit = np.fromiter((row is not None for row in found), np.bool_, len(found))
    unfit = at[~fit]
    rows = [row for row in found if row is not None]
    told: Told = {"at_ms": np.zeros(0, np.int64)}
    if rows and form.slug in textual.TEXTUAL:
        kind = textual.TEXTUAL[form.slug]
        groups = zip(*(match.groups() for match in rows), strict=True)
        told = kind.means(dict(zip(kind.pattern.groupindex, groups, strict=True)))
    elif rows:
        told = jsonlines.JSON_LINES[form.slug].means(rows)
    return told, at[fit], (unfit, np.full(len(unfit), OTHER_FORMAT, np.uint8)), form


def _fits(line: bytes, slug: str) -> bool:
    if slug in textual.TEXTUAL:
        return textual.TEXTUAL[slug].pattern.fullmatch(line) is not None
    if slug in _DECODERS:
        return line.startswith(b"{") and jsonlines.decoded(line, _DECODERS[slug]) is not None
    return False  # Those that name their fields were told by the directive.
