"""One file of fingerprints: TOML bytes to values. docs/reference/fingerprints.md tells the form."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

from uproar.errors import FingerprintsInvalid
from uproar.model.fault import LAYERS
from uproar.model.measurement import Match, Strength
from uproar.wire.patterns import Pattern, compiled

FILE_MAX = 1_000_000  # bytes of one file
KINDS: Mapping[str, Literal["block", "maintenance", "relay"]] = {
    "policy_block": "block",
    "maintenance": "maintenance",
    "edge_identity": "relay",
    "origin_lb_identity": "relay",
}


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    vendor: str
    layer: str
    strength: Strength
    mark: Literal["S", "C", "L", "M"]
    meaning: str
    status: tuple[int, ...] = ()
    headers: dict[str, str] = {}
    headers_any: dict[str, str] = {}
    hosts: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    body_all: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()


class _File(msgspec.Struct, forbid_unknown_fields=True):
    fingerprint: tuple[_Entry, ...]


class Fingerprint(NamedTuple):
    """How one kind of answer is told: all that is named here must hold, of `body` any one.

    `headers_any` asks for one of several, `hosts` for one of these names or a name below it. `covers`
    are ids of more general ones, which say nothing more where this one holds.
    """

    match: Match
    status: frozenset[int]
    headers: tuple[tuple[str, Pattern], ...]
    headers_any: tuple[tuple[str, Pattern], ...]
    hosts: tuple[str, ...]
    body: tuple[Pattern, ...]
    body_all: tuple[Pattern, ...]
    covers: frozenset[str]
    mark: str


def decode(content: bytes, file: str) -> tuple[Fingerprint, ...]:
    """Read one file; raise FingerprintsInvalid. `file` is its name in the message."""
    if len(content) > FILE_MAX:
        raise FingerprintsInvalid(f"{file}: more than {FILE_MAX} bytes")
    try:
        tables = tomllib.loads(content.decode("utf-8"))
        read = msgspec.convert(tables, _File)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise FingerprintsInvalid(f"{file}: {error}") from None
    return tuple(_fingerprint(entry, file) for entry in read.fingerprint)


def _fingerprint(entry: _Entry, file: str) -> Fingerprint:
    if entry.layer not in LAYERS:
        raise FingerprintsInvalid(f"{file}: {entry.id}: no layer {entry.layer!r}")
    if not (entry.status or entry.headers or entry.headers_any or entry.body or entry.body_all):
        raise FingerprintsInvalid(f"{file}: {entry.id}: asks for nothing, so it fits everything")
    try:
        return Fingerprint(
            Match(
                entry.id,
                entry.vendor,
                KINDS.get(entry.layer, "fault"),
                entry.layer,
                entry.strength,
                entry.meaning,
                (),
            ),
            frozenset(entry.status),
            tuple((name.lower(), compiled(text)) for name, text in entry.headers.items()),
            tuple((name.lower(), compiled(text)) for name, text in entry.headers_any.items()),
            entry.hosts,
            tuple(map(compiled, entry.body)),
            tuple(map(compiled, entry.body_all)),
            frozenset(entry.covers),
            entry.mark,
        )
    except ValueError as error:
        raise FingerprintsInvalid(f"{file}: {entry.id}: {error}") from None
