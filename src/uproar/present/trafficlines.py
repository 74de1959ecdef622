"""What is told of traffic as it happens: a line of JSON for programs, a line of words for people."""

from __future__ import annotations

from typing import Any

import msgspec

from uproar.model.signal import Traffic
from uproar.model.tick import iso
from uproar.present.figures import bits
from uproar.present.legible import clean
from uproar.present.tracing import shown
from uproar.present.trafficwords import label

_ENCODER = msgspec.json.Encoder()
_SHOWN = 3
_STATES = {"raised": "ATTACK", "going": "still", "cleared": "over"}


def encode(traffic: Traffic) -> bytes:
    """Return a change of an attack as one line of JSON, without the line's end."""
    return _ENCODER.encode(plain(traffic))


def plain(traffic: Traffic) -> dict[str, Any]:
    """Return a change of an attack as plain values, by the names of `uproar trace --json` where it tells the same."""
    return {
        "kind": "attack",
        "state": traffic.state,
        "at": iso(traffic.at),
        "id": traffic.attack,
        "from": _when(traffic.from_at),
        "to": _when(traffic.to_at),
        "target": traffic.target,
        "group": traffic.group,
        "service": traffic.service,
        "vector": _first(traffic),
        "vectors": [{"vector": name, "share": share} for name, share in _largest(traffic.vectors)],
        "rates": {
            "packets_s": traffic.packets_s,
            "bits_s": traffic.bits_s,
            "peak_packets_s": traffic.peak_packets_s,
            "peak_bits_s": traffic.peak_bits_s,
            "usual_packets_s": traffic.usual_packets_s,
            "usual_bits_s": traffic.usual_bits_s,
        },
        "protocols": traffic.protocols,
        "ports": traffic.ports,
        "flags": traffic.flags,
        "ttls": traffic.ttls,
        "sources": {
            "count": traffic.sources,
            "spoofed": traffic.spoofed,
            "known": traffic.known,
            "asns": [{"asn": name, "share": share} for name, share in _largest(traffic.networks)],
            "countries": [
                {"country": name, "share": share} for name, share in _largest(traffic.countries)
            ],
            "meaningful": traffic.meaningful,
        },
        "flash_crowd": traffic.flash_crowd,
        "evidence": [
            {
                "about": about,
                "value": value,
                **({"likelihood_ratio": traffic.ratios[about]} if about in traffic.ratios else {}),
            }
            for about, value in traffic.measured.items()
        ],
        "one_of": traffic.one_of,
    }


def line(traffic: Traffic, *, addresses: bool = False) -> str:
    """Return a change of an attack in words; the target is masked unless its address is asked for."""
    where = clean(shown(traffic.target, addresses=addresses))
    if traffic.service or traffic.group:
        where += f" ({clean(traffic.service or traffic.group)})"
    said = [f"{iso(traffic.at)}  {_STATES.get(traffic.state, traffic.state)} on {where}"]
    vectors = [
        f"{label(name).partition(':')[0]} ({share:.0%})"
        for name, share in _largest(traffic.vectors)[:_SHOWN]
    ]
    if vectors:
        said.append(", ".join(vectors))
    usual = traffic.usual_packets_s
    rates = f"{traffic.packets_s:,.0f} packets/s, {bits(traffic.bits_s)}"
    said.append(rates + ("" if usual is None else f" (usually {usual:,.0f} packets/s)"))
    if traffic.sources:
        forged = "" if traffic.spoofed is None else f", forged: {traffic.spoofed:.0%}"
        said.append(f"{traffic.sources:,} source addresses{forged}")
    return "; ".join(said)


def _when(at: int | None) -> str | None:
    return None if at is None else iso(at)


def _first(traffic: Traffic) -> str:
    largest = _largest(traffic.vectors)
    return largest[0][0] if largest else "unknown"


def _largest(shares: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(shares.items(), key=lambda each: (-each[1], each[0]))
