"""How is the size of an incident told: how severe, where, how many people, and when the fault ended?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from uproar.present import figures
from uproar.present.instants import When
from uproar.present.judgement_views import Extent, Reach
from uproar.present.views import IncidentView
from uproar.present.words import Sentence, in_place, listed

NAMED = 4  # Parts named in a sentence; the table has them all.

SEVERITY: Mapping[str, str] = MappingProxyType(
    {
        "minor": "Above the usual, but few reports, or less than five times the usual.",
        "moderate": "At least five times the usual; or more, but in places that make up less than half.",
        "major": "At least twenty times the usual, in places that make up half or more.",
    }
)
METHODS: Mapping[str, str] = MappingProxyType(
    {
        "rate": "from the reports, and the share of affected people who report in published outages",
        "votes": "from the share for whom it fails among those who spoke up, votes that it works included",
    }
)


def severity(view: IncidentView) -> str:
    """Return the level in a word or two, with what it rests on; "" where it is not known."""
    if view.size is None:
        return ""
    times = figures.times(view.size.times_usual, 1.0) if view.size.times_usual >= 1 else ""
    beyond = f"{figures.count(view.size.excess)} reports beyond it in 15 minutes"
    return f"{view.size.level}: {times} at the highest, {beyond}" if times else view.size.level


def where(view: IncidentView) -> tuple[Sentence, ...]:
    """Return where it is, as far as reports tell: places first, then networks and symptoms."""
    said = [_extent(extent) for extent in view.extents]
    return tuple((text,) for text in said if text)


_EXTENTS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("place", "everywhere"): "Reports are above the usual wherever they usually come from.",
        ("place", "only"): "Only in {}: from elsewhere reports are near the usual.",
        ("place", "mostly"): "Mostly in {}; of the rest we cannot be sure.",
        (
            "network",
            "only",
        ): "Only customers of {}: through other networks reports are near the usual.",
        ("network", "mostly"): "Mostly customers of {}.",
        ("symptom", "only"): "Of the problems, only this: {}. Others are reported about as usual.",
    }
)


def _extent(extent: Extent) -> str:
    named = _places(extent) if extent.axis == "place" else _among(extent)
    return _EXTENTS.get((extent.axis, extent.extent), "").format(named)


def _places(extent: Extent) -> str:
    if extent.continents and len(extent.among) > NAMED:
        return listed(extent.continents)
    named = [in_place(id_) for id_ in extent.among[:NAMED]]
    more = len(extent.among) - len(named)
    return listed([*named, f"{more} more"] if more > 0 else named)


def _among(extent: Extent) -> str:
    named = [_inside(extent.axis, name) for name in extent.names[:NAMED]]
    more = len(extent.names) - len(named)
    return listed([*named, f"{more} more"] if more > 0 else named)


def _inside(axis: str, name: str) -> str:
    """Return a name as it stands inside a sentence; "API errors" and networks keep their capitals."""
    return name if axis != "symptom" or name[1:2].isupper() else name[:1].lower() + name[1:]


def people(reach: Reach | None) -> str:
    """Return how many people are affected, in words with the interval; or that it is not known."""
    if reach is None:
        return "not known"
    if reach.people is None:
        return f"not known; {figures.count(reach.reports)} reported here"
    low, mid, high = reach.people
    return f"{rounded(low)} to {rounded(high)}, most likely about {rounded(mid)}"


def how(reach: Reach) -> str:
    """Return how the number of people was estimated, how wide it is, or why there is none."""
    if reach.people is None:
        return f"Why not: {reach.why_not}." if reach.why_not else ""
    ways = " and ".join(METHODS[way] for way in reach.method if way in METHODS)
    low, _, high = reach.people
    wide = f"The ends are a factor of {figures.count(max(high / max(low, 1), 1))} apart"
    of = ""
    if reach.service_people is not None:
        known = reach.service_people
        of = f" Of {rounded(known.count)} {known.what} ({known.source}; {known.as_of})."
    return f"Estimated {ways}; {round(100 * reach.level)} % interval. {wide}.{of}"


def rounded(number: float) -> str:
    """Return a large number with the two digits that it is worth: "1.2 million", "340 000"."""
    for unit, name in ((1e9, "billion"), (1e6, "million")):
        if number >= unit:
            return (
                f"{number / unit:.2g} {name}"
                if number < 100 * unit
                else f"{number / unit:.0f} {name}"
            )
    return figures.count(number)


def ending(view: IncidentView) -> tuple[Sentence, ...]:
    """Say when the fault itself ended, where the lag of reports was seen; nothing where it was not."""
    if view.ended is None or view.recovery is None:
        return ()
    near = view.onset[0]
    return (
        (
            "Reports lag; the fault itself probably ended between ",
            When(view.ended[0], view.ended[0], near),
            " and ",
            When(view.ended[1], view.ended[1], near),
            ".",
        ),
    )
