"""Is it true that traffic comes from a country? Only addresses are known, and only where they are not forged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

from uproar.model import place

SHARE_SUPPORTS = 0.5  # A country with so much of the traffic is where it comes from.
SHARE_CONTRADICTS = 0.05  # One with less is not.
FORGED_FROM = 0.5  # Probability of forged addresses from which their countries say nothing.

_UNSEEN = "Nobody who holds the traffic has shown where it came from."
_FORGED = "The addresses are probably forged, so that their countries say nothing of who sent it."
_MEANINGLESS = "The countries of these addresses do not say who sent it: too few are known, or others answered for them."


class Sources(msgspec.Struct, frozen=True):
    """Where the addresses of what came lie, as shares of the packets by ISO 3166 code; the largest only.

    `spoofed` is the probability that they are forged, None where nothing can be said; `meaningful` whether
    their countries say who sends (`trace.origins`). `witness` names the signals that told of it.
    """

    countries: Mapping[str, float]
    spoofed: float | None = None
    meaningful: bool = False
    witness: tuple[str, ...] = ()


class Held(NamedTuple):
    """What becomes of a statement that traffic comes from a country. `share` is that of the country, if known."""

    word: Literal["supported", "contradicted", "unproven", "insufficient"]
    reason: str
    share: float | None = None


def held(code: str, sources: Sources | None) -> Held:
    """Return what the sources make of the statement that traffic comes from the country of that code."""
    if sources is None or not sources.countries:
        return Held("insufficient", _UNSEEN)
    is_forged = sources.spoofed is not None and sources.spoofed >= FORGED_FROM
    if is_forged or not sources.meaningful:
        return Held("insufficient", _FORGED if is_forged else _MEANINGLESS)
    name = place.name(code)
    share = sources.countries.get(code)
    if share is None:
        return _unlisted(name, sources.countries)
    rank = 1 + sum(other > share for other in sources.countries.values())
    stands = f"{name} has {_percent(share)} of it and is country number {rank} by share"
    if share < SHARE_CONTRADICTS:
        return Held("contradicted", f"{stands}; most came from elsewhere.", share)
    hint = "That is where addresses lie; it does not say who stands behind them."
    if share >= SHARE_SUPPORTS:
        return Held("supported", f"{stands}. {hint}", share)
    return Held("unproven", f"{stands}: part of it, and not most. {hint}", share)


def _unlisted(name: str, countries: Mapping[str, float]) -> Held:
    """Return it for a country that is not among the largest: it has at most what the least of them has."""
    most = min(max(0.0, 1.0 - sum(countries.values())), *countries.values())
    if most < SHARE_CONTRADICTS:
        return Held(
            "contradicted",
            f"{name} is not among the {len(countries)} countries with the largest shares: it has at most "
            f"{_percent(most)} of it.",
            most,
        )
    return Held("insufficient", f"{name} is not among the countries whose shares are told.")


def _percent(share: float) -> str:
    """Return a share with one digit below ten per cent, where a whole one would hide what it is held against."""
    return f"{100 * share:.1f} %" if share < 0.1 else f"{round(100 * share)} %"
