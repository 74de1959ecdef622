"""What each source saw around an incident, as a value for JSON; lengths of time in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from uproar.model.tick import iso
from uproar.present import seen
from uproar.present.source_views import Span, Spot, Strip


def plain(strips: Sequence[Strip], onset: tuple[int, int]) -> list[dict[str, Any]]:
    """Return strips as a value for JSON; a spot that is drawn has the letter of its mark."""
    letters = {(mark.source, mark.spot): mark.letter for mark in seen.letters(strips)}
    return [
        {
            "source": strip.source,
            "label": strip.label,
            "said": strip.said,
            "first_seen": None if strip.first_at is None else iso(strip.first_at),
            "after_onset_s": None if strip.first_at is None else _lag(strip.first_at, onset),
            "spans": [_span(each) for each in strip.spans],
            "spots": [_spot(each, letters.get((strip.source, each), "")) for each in strip.spots],
        }
        for strip in seen.ordered(strips)
    ]


def _lag(first_at: int, onset: tuple[int, int]) -> list[int]:
    return [(first_at - onset[1]) // 1000, (first_at - onset[0]) // 1000]


def _span(span: Span) -> dict[str, Any]:
    return {
        "from": iso(span.from_at),
        "until": iso(span.until_at),
        "state": span.state,
        "text": span.text,
    }


def _spot(spot: Spot, letter: str) -> dict[str, Any]:
    return {
        "at": iso(spot.at),
        "state": spot.state,
        "text": spot.text,
        "link": spot.link,
        "letter": letter,
    }
