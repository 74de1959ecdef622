"""What is told of one service's requests: a line of `Traffic`, without an address in it."""

from __future__ import annotations

import numpy as np

from uproar.model.signal import Traffic, TrafficState
from uproar.trace.addresses import packed, shares_of
from uproar.trace.logged import Surge
from uproar.trace.origins import Known, systems
from uproar.trace.requests import Rows
from uproar.trace.spoofing import P_LEAST
from uproar.trace.surging import CROWD
from uproar.trace.traffic import hashed

LOOKED_UP_MAX = 500  # Addresses of one line whose countries and systems are looked up.
NAMES_MAX = 24  # Of every map.
DIGITS = 4


def line(
    rows: Rows, about: Known, *, service: str, source: str, state: TrafficState, attack: str,
    from_ms: int, to_ms: int, sums: tuple[int, int, int, int], usual_s: float | None,
    known: float | None, one_of: int, surge: Surge | None,
) -> Traffic:  # fmt: skip
    """Return the line of a stretch. `surge` is what the last look found, where it found anything."""
    requests, octets, peak, peak_bits = sums
    seconds = max(to_ms - from_ms, 1_000) / 1_000
    countries, systems = _origins(rows, about)
    evidence = () if surge is None else surge.evidence[:NAMES_MAX]
    return Traffic(
        at=0,
        target=service,
        service=service,
        source=source,
        state=state,
        attack=attack,
        from_at=from_ms,
        to_at=to_ms,
        packets_s=round(requests / seconds, DIGITS),
        bits_s=round(octets * 8 / seconds, 1),
        peak_packets_s=float(peak),
        peak_bits_s=float(peak_bits),
        usual_packets_s=None if usual_s is None else round(usual_s, DIGITS),
        vectors={surge.vector: 1.0} if attack and surge is not None else {},
        countries=countries,
        networks=systems,
        sources=len(np.unique(rows.source)),
        known=None if known is None else round(known, DIGITS),
        spoofed=P_LEAST if len(rows) else None,
        meaningful=bool(countries),
        flash_crowd=None if surge is None else surge.probability[CROWD],
        measured={each.about: each.value for each in evidence},
        ratios={each.about: each.ratio for each in evidence},
        one_of=one_of,
    )


def _origins(rows: Rows, about: Known) -> tuple[dict[str, float], dict[str, float]]:
    """Return the shares of countries and of autonomous systems among the addresses, the largest first."""
    told = rows.take(rows.addressed)
    _, first = np.unique(hashed(told.hi, told.lo), return_index=True)
    step = -(-len(first) // LOOKED_UP_MAX) or 1
    hi, lo = told.hi[first][::step], told.lo[first][::step]
    if not len(hi):
        return {}, {}
    pairs = zip(hi.tolist(), lo.tolist(), strict=True)
    countries = shares_of(about.country_of([packed(*pair) for pair in pairs]))
    named = {each.name: each.share for each in systems(hi, lo, about)}
    return _largest(countries), _largest(named)


def _largest(shares: dict[str, float]) -> dict[str, float]:
    ordered = sorted(shares.items(), key=lambda each: (-each[1], each[0]))
    return {name: round(share, DIGITS) for name, share in ordered[:NAMES_MAX]}
