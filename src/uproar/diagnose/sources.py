"""Where what came to a service came from, as far as its own traffic tells: what claims about sources are held against."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Sources(msgspec.Struct, frozen=True):
    """Sources of one attack: shares of its packets (or requests) by country (ISO 3166), the largest only.

    `meaningful` is whether the addresses say who sends; where they do not, no share may be told. `spoofed` is the
    probability that addresses were forged, None where nothing is known; `count` an estimate of how many there were.
    `ref` names the attack. A source is never an attacker: machines that were taken over stand in countries too.
    """

    countries: Mapping[str, float]
    meaningful: bool
    spoofed: float | None
    count: int
    ref: str
