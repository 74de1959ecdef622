"""An attack as the values of one JSON line: what `uproar trace --json` prints. Keys keep their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from uproar.model.tick import iso
from uproar.present.tracing import because, sentence
from uproar.trace.attack import Attack, Evidence, Share, Sources

_ENCODER = msgspec.json.Encoder()


def encode(attack: Attack, file: str, rules: list[dict[str, Any]] | None = None) -> bytes:
    """Return an attack as one line of JSON, without the line's end; with the filters against it, if they are given."""
    values = plain(attack, file)
    return _ENCODER.encode(values if rules is None else {**values, "rules": rules})


def plain(attack: Attack, file: str) -> dict[str, Any]:
    """Return an attack as plain values. Sources are told by their prefixes only, and the target as it is."""
    sources = attack.sources
    return {
        "kind": "attack",
        "from": iso(attack.from_ms),
        "to": iso(attack.to_ms),
        "target": attack.target,
        "vector": attack.vector,
        "vectors": [
            {
                "vector": each.name,
                "share": each.share,
                "packets": each.packets,
                "octets": each.octets,
            }
            for each in attack.vectors
        ],
        "rates": msgspec.to_builtins(attack.rates),
        "sources": of_sources(sources, because(sources)),
        "flash_crowd": attack.flash_crowd,
        "evidence": [
            *_evidence("attack", attack.evidence),
            *(line for each in attack.vectors for line in _evidence(each.name, each.evidence)),
            *_evidence("spoofed", sources.evidence),
        ],
        "one_of": attack.one_of,
        "file": file,
    }


def of_sources(sources: Sources, why: str) -> dict[str, Any]:
    """Return sources as plain values; `why` says why their places mean something, or nothing."""
    return {
        "count": sources.count,
        "spoofed": sources.spoofed,
        "asns": _shares(sources.asns, "asn"),
        "countries": _shares(sources.countries, "country"),
        "prefixes": _shares(sources.networks, "prefix"),
        "meaningful": sources.meaningful,
        "because": why,
        "database": sources.database,
        "disagreement": msgspec.to_builtins(sources.disagreement),
        "attributions": list(sources.attributions),
    }


def _shares(shares: Sequence[Share], key: str) -> list[dict[str, Any]]:
    return [
        {key: each.name, "share": each.share, **({"name": each.called} if each.called else {})}
        for each in shares
    ]


def _evidence(of: str, found: Sequence[Evidence]) -> list[dict[str, Any]]:
    return [
        {
            "for": of,
            "about": each.about,
            "value": round(each.value, 4),
            **({"ratio": round(each.ratio, 4)} if each.ratio else {}),
            "sentence": sentence(each),
        }
        for each in found
    ]
