"""Who saw it, and when? Letters for what happened, first sights side by side, a timeline of bounded length.

Every spot of every strip has one letter, in the order of time over all sources, and the entry of the
timeline that tells the same bears it too: so a mark in the drawing leads to a sentence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from uproar.present import figures, ownpage
from uproar.present.instants import When, point
from uproar.present.source_views import Line, Source, Spot, Strip
from uproar.present.views import IncidentView

SPOTS_MAX = 40  # Of one strip: the first of them are drawn and have letters.
LINES_MAX = 60  # Of a timeline on a page; its twin in JSON holds all.

# In this order sources stand in drawing and table: from what is measured to what is said.
SOURCES: tuple[Source, ...] = (
    "probes",
    "traffic",
    "posts",
    "notices",
    "providers",
    "changes",
    "claims",
)
KINDS: Mapping[Source, str] = MappingProxyType(
    {
        "probes": "probe",
        "traffic": "traffic",
        "posts": "post",
        "notices": "notice",
        "providers": "notice",
        "changes": "change",
        "claims": "claim",
    }
)
LABELS: Mapping[Source, str] = MappingProxyType(
    {
        "probes": "Probes",
        "traffic": "Traffic",
        "posts": "Posts",
        "notices": "Its own status page",
        "providers": "Its providers' pages",
        "changes": "Changes",
        "claims": "Public statements",
    }
)
ABSENT: Mapping[Source, str] = MappingProxyType(
    {
        "probes": "None is watching this service.",
        "traffic": "Nobody shows us its traffic.",
        "posts": "None are counted for this service.",
        "notices": "It is not read.",
        "providers": "None is read.",
        "changes": "Nobody tells us what is changed at this service.",
        "claims": "None on record.",
    }
)
# What a timeline is read for stays in it, however much else there is.
_FIRM = frozenset({"report", "alarm", "wave", "phase", "claim", "notice", "blind"})


class Lettered(msgspec.Struct, frozen=True):
    """A spot of a strip with its letter."""

    letter: str
    source: Source
    spot: Spot


class FirstSight(msgspec.Struct, frozen=True):
    """A row of the table of first sights; `lag` is how long after reports rose, in words.

    Where there is no first sight, `instead` says why not.
    """

    label: str
    first: When | None
    lag: str
    said: str
    instead: str = ""


class Entry(NamedTuple):
    """An entry of a timeline, with the letter of its mark in the drawing, if it has one."""

    line: Line
    letter: str


def letter(index: int) -> str:
    """Return the letter of the mark of this number from 0 on: A to Z, then AA, AB, ..."""
    first, last = divmod(index, 26)
    return (letter(first - 1) if first else "") + chr(65 + last)


def ordered(strips: Sequence[Strip]) -> list[Strip]:
    """Return strips in the order in which they are always shown."""
    return sorted(strips, key=lambda strip: SOURCES.index(strip.source))


def letters(strips: Sequence[Strip]) -> tuple[Lettered, ...]:
    """Return the spots of all strips in the order of time, each with its letter."""
    spots = [
        (spot.at, rank, strip.source, spot)
        for rank, strip in enumerate(ordered(strips))
        for spot in sorted(strip.spots, key=lambda spot: spot.at)[:SPOTS_MAX]
    ]
    spots.sort(key=lambda each: each[:2])
    return tuple(
        Lettered(letter(index), source, spot) for index, (_, _, source, spot) in enumerate(spots)
    )


def entries(lines: Sequence[Line], known: Sequence[Lettered]) -> tuple[Entry, ...]:
    """Return lines with the letters of the marks that tell the same: of the same kind and instant.

    Where several things of one kind happened at once, those with the same text belong together.
    """
    found = [""] * len(lines)
    places: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        places[line.kind, line.at].append(index)
    rest: list[Lettered] = []
    for mark in known:
        free = places[KINDS[mark.source], mark.spot.at]
        same = next((index for index in free if lines[index].text == mark.spot.text), None)
        if same is None:
            rest.append(mark)
        else:
            free.remove(same)
            found[same] = mark.letter
    for mark in rest:
        free = places[KINDS[mark.source], mark.spot.at]
        if free:
            found[free.pop(0)] = mark.letter
    return tuple(map(Entry, lines, found))


def bounded(told: Sequence[Entry]) -> tuple[tuple[Entry, ...], int]:
    """Return at most LINES_MAX entries in their order, and how many are left out.

    The first of every kind stays, then what the incident itself did and what was said, then the
    others, the earliest first.
    """
    if len(told) <= LINES_MAX:
        return tuple(told), 0
    firsts = {entry.line.kind: index for index, entry in reversed([*enumerate(told)])}
    ranked = sorted(
        range(len(told)),
        key=lambda index: (
            index != firsts[told[index].line.kind],
            told[index].line.kind not in _FIRM,
            index,
        ),
    )
    kept = sorted(ranked[:LINES_MAX])
    return tuple(told[index] for index in kept), len(told) - len(kept)


def sights(view: IncidentView) -> tuple[FirstSight, ...]:
    """Return the rows of the table: reports first, then every source, also those that saw nothing."""
    onset = view.onset
    strips = {strip.source: strip for strip in view.strips}
    counted = f"{figures.reports(view.reports)}, each reporter counted once."
    rows = [FirstSight("Reports", When(*onset, onset[0]), "", counted)]
    for source in SOURCES:
        strip = strips.get(source)
        if strip is None:
            rows.append(FirstSight(LABELS[source], None, "", ABSENT[source], "–"))
        elif strip.first_at is None:
            rows.append(FirstSight(strip.label, None, "", strip.said, _instead(strip)))
        else:
            first = point(strip.first_at, onset[0])
            rows.append(FirstSight(strip.label, first, after(strip.first_at, onset), strip.said))
    return tuple(rows)


def _instead(strip: Strip) -> str:
    """Return what stands for a first sight that there is none of; changes see no failures."""
    if strip.source == "changes":
        return "–"
    if strip.source == "traffic" and not any(span.state == "unseen" for span in strip.spans):
        return "no attack"
    return "not known" if any(span.state == "unseen" for span in strip.spans) else "not at all"


def after(first_at: int, onset: tuple[int, int]) -> str:
    """Return how long after the onset's bracket an instant is, in words."""
    return ownpage.after((first_at - onset[1], first_at - onset[0]))
