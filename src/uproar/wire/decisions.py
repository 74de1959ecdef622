"""Decisions as JSON lines: what `uproar replay` and `uproar detect` print, and the store keeps.

Inside, instants are integer milliseconds; on this wire they are RFC 3339 text in UTC. Keys keep one
order and floats their shortest form, so that the same decisions are the same bytes.
"""

from __future__ import annotations

from typing import Any

import msgspec

from uproar.model.incident import Alarm, Decision, Incident, Wave
from uproar.model.tick import iso

_ENCODER = msgspec.json.Encoder()


def encode(decision: Decision) -> bytes:
    """Return a decision as one line of JSON, without the line's end."""
    return _ENCODER.encode(plain(decision))


def plain(decision: Decision) -> dict[str, Any]:
    """Return a decision as the plain values that the line holds, in the line's order."""
    match decision:
        case Alarm():
            line = {
                "kind": "alarm",
                "series": {k: v for k, v in decision.series._asdict().items() if v},
                "state": decision.state,
                "at": iso(decision.at),
                "onset": [iso(at) for at in decision.onset],
                "observed": decision.observed,
                "expected": decision.expected,
                "score": decision.score,
            }
            if decision.evidence is not None:
                line["evidence"] = decision.evidence
            if decision.again:
                line["again"] = True
            return line
        case Incident():
            told: dict[str, Any] = {
                "kind": "incident",
                "id": decision.id,
                "service": decision.service,
                "at": iso(decision.at),
                "turn": decision.turn,
                "phase": decision.phase,
                "onset": [iso(at) for at in decision.onset],
                "recovery": None
                if decision.recovery is None
                else [iso(at) for at in decision.recovery],
                "waves": [_wave(wave) for wave in decision.waves],
                "reports": decision.reports,
                "works": decision.works,
                "set_aside": decision.set_aside,
                "places": decision.places,
                "symptoms": decision.symptoms,
                "networks": decision.networks,
                "reach": decision.reach,
                "diagnosis": decision.diagnosis,
                "ended": None if decision.ended is None else [iso(at) for at in decision.ended],
                "severity": decision.severity,
                "where": decision.where,
                "culprit": decision.culprit,
                "independent": decision.independent,
                "discounted": decision.discounted,
                "mix_nats": decision.mix_nats,
            }
            if decision.ledger:
                told["ledger"] = decision.ledger
            return told


def _wave(wave: Wave) -> dict[str, Any]:
    return {
        "number": wave.number,
        "from": iso(wave.from_at),
        "until": None if wave.until_at is None else iso(wave.until_at),
        "peak_at": iso(wave.peak_at),
        "peak_count": wave.peak_count,
        "peak_place": wave.peak_place,
        "peak_total": wave.peak_total,
    }
