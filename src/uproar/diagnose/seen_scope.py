"""How far does it reach: everywhere, one region, one access network, or one part of what the service does?

What hangs on one data centre cannot be told from outside, and is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

# Symptoms that are a part of what a service does; the others are ways in which all of it fails.
PARTS = frozenset(
    {
        "login", "post", "feed", "media", "search", "call", "sms", "tv", "payment", "card", "transfer", "cash",
        "checkout", "order", "delivery", "match", "purchase", "sync", "files", "notify", "meeting", "api", "build",
        "booking", "message", "form", "location",
    }
)  # fmt: skip
MOST = 0.7  # Share of a service's usual reports from which "several" places are nearly all of it.
REGION_MOST = 0.5  # Share up to which several places are a region.
CONFINED = frozenset({"only", "mostly"})


class Extent(msgspec.Struct, frozen=True):
    """What one axis says: its extent (a word of `detect.where`), what is named, their share of the usual reports."""

    extent: str
    among: tuple[str, ...] = ()
    share_usual: float = 0.0


def scope(
    axes: Mapping[str, Extent], *, is_access: bool = False, probes_everywhere: bool | None = None
) -> str | None:
    """Return "single-isp", "regional", "partial-function" or "global"; None where nothing is known.

    `axes` are "place", "network" and "symptom", as far as they say something. A service that
    `is_access` is an access network itself. `probes_everywhere` is whether probes in several countries all
    see it fail, None where there are too few.
    """
    place, network, symptom = (axes.get(axis) for axis in ("place", "network", "symptom"))
    if place is not None and _is_region(place):
        return "regional"
    if is_access and (place is not None or network is not None):
        return "single-isp"
    if network is not None and network.extent in CONFINED and len(network.among) == 1:
        return "single-isp"
    if symptom is not None and symptom.extent in CONFINED and _are_parts(symptom.among):
        return "partial-function"
    if place is not None and _is_everywhere(place):
        return "global"
    return "global" if probes_everywhere else None


def _is_region(place: Extent) -> bool:
    if place.extent in CONFINED:
        return True
    return place.extent == "several" and 0.0 < place.share_usual <= REGION_MOST


def _is_everywhere(place: Extent) -> bool:
    return place.extent == "everywhere" or (place.extent == "several" and place.share_usual >= MOST)


def _are_parts(among: Sequence[str]) -> bool:
    return bool(among) and all(name in PARTS for name in among)
