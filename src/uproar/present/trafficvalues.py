"""What traffic showed of a service, as a value for JSON. Addresses stand as the page shows them: masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from uproar.model.tick import iso
from uproar.present import trafficwords
from uproar.present.traffic_views import AttackView, Part, Rates, RushView, TrafficView


def plain(view: TrafficView) -> dict[str, Any]:
    """Return what the traffic showed around an incident, or in the last day."""
    return {
        "sentence": view.said,
        "unit": view.unit,
        "attacks": [_attack(each) for each in view.attacks],
        "crowds": [_rush(each) for each in view.rushes],
        "rates": None if view.rates is None else _rates(view.rates),
    }


def _rush(rush: RushView) -> dict[str, Any]:
    return {
        "from": iso(rush.begin),
        "until": iso(rush.until),
        f"peak_{rush.unit}_s": round(rush.packets_s, 1),
        f"usual_{rush.unit}_s": None if rush.usual is None else round(rush.usual, 1),
        "sources": rush.sources,
        "known": rush.known,
        "flash_crowd": rush.flash_crowd,
    }


def _attack(attack: AttackView) -> dict[str, Any]:
    return {
        "id": attack.id,
        "begins": [iso(at) for at in attack.begins],
        "until": None if attack.until is None else iso(attack.until),
        "lost": attack.lost,
        "unit": attack.unit,
        "told_by": attack.source,
        "targets": list(attack.targets),
        "more_targets": attack.more_targets,
        "vectors": _parts(attack.vectors, "vector"),
        "rates": {
            f"peak_{attack.unit}_s": round(attack.packets_s, 1),
            "peak_bits_s": round(attack.bits_s, 1),
            f"usual_{attack.unit}_s": None if attack.usual is None else round(attack.usual, 1),
        },
        "waves": attack.waves,
        "sources": {
            "count": attack.sources,
            "known": attack.known,
            "spoofed": attack.spoofed,
            "meaningful": attack.meaningful,
            "countries": _parts(attack.countries, "country"),
            "asns": _parts(attack.networks, "asn"),
        },
        "ports": _parts(attack.ports, "port"),
        "flash_crowd": attack.flash_crowd,
        "evidence": [
            {
                "about": each.about,
                "value": round(each.value, 4),
                **({"ratio": round(each.ratio, 4)} if each.ratio else {}),
                "sentence": each.sentence,
            }
            for each in attack.measured
        ],
        "one_of": attack.one_of,
        "note": trafficwords.NO_PROOF,
    }


def _parts(parts: Sequence[Part], key: str) -> list[dict[str, Any]]:
    return [{key: each.id, "share": round(each.share, 4)} for each in parts]


def _rates(rates: Rates) -> dict[str, Any]:
    return {
        "start": iso(rates.start_at),
        "step_s": rates.step_ms // 1000,
        "observed": list(rates.observed),
        "usual": list(rates.usual),
    }
