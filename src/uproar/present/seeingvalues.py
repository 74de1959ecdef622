"""How well the observatory sees, as values for JSON. The keys are documented in docs/explain/pages.md."""

from __future__ import annotations

from typing import Any

from uproar.model.tick import iso
from uproar.present import seeing
from uproar.present.seeing_view import DAY_MINUTES, SeeingView, WayView

CODES = {"unknown": "-", "running": "r", "trouble": "t", "stopped": "s"}


def plain(view: SeeingView) -> dict[str, Any]:
    """Return the page on seeing as a value for JSON."""
    journal = view.journal
    return {
        "kind": "seeing",
        "sentence": seeing.lede(view),
        "as_of": iso(view.as_of),
        "started_at": iso(view.started_at),
        "ways_in": [_way(way) for way in view.ways],
        "journal": {
            "takes_signals": not journal.problem,
            "refusing_since": _instant(journal.problem_since),
            "last_at": _instant(journal.last_at),
            "waiting": journal.waiting,
            "waiting_max": journal.waiting_max,
            "ahead_ms": journal.ahead_ms,
        },
        "ticks_behind": view.ticks_behind,
        "folding": not view.watch_problem,
        "blind": [{"from": iso(gap.from_at), "until": iso(gap.until_at)} for gap in view.blind],
        "counting_since": _instant(view.counting_since),
        "learning": view.learning,
        "letters": {
            "waiting": dict(view.letters.kept),
            "pushed_out": view.letters.pushed_out,
            "lost": view.letters.lost,
        },
    }


def _way(way: WayView) -> dict[str, Any]:
    return {
        "name": way.name,
        "label": seeing.way(way.name).label,
        "state": way.state,
        "state_word": seeing.DOING[way.state][1],
        "since": _instant(way.since),
        "why": way.why,
        "restarts": way.restarts,
        "last_failure": way.last_failure,
        "heard_at": _instant(way.heard_at),
        "read": way.read,
        "kept": way.kept,
        "set_aside": dict(way.set_aside),
        "waiting": way.waiting,
        "waiting_max": way.waiting_max,
        "lost": way.lost,
        "letters": way.letters,
        "minutes": _minutes(way),
    }


def _minutes(way: WayView) -> str:
    """Return the last day as one letter a minute, the oldest first; empty where nothing is kept."""
    text = "".join(CODES[stretch.state] * stretch.minutes for stretch in way.day)
    return text[:DAY_MINUTES]


def _instant(at: int) -> str | None:
    return iso(at) if at else None
