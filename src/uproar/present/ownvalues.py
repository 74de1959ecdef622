"""What the owner's own status page says, as a value for JSON; lengths of time in seconds."""

from __future__ import annotations

from typing import Any

from uproar.model.tick import iso
from uproar.present import ownpage, words
from uproar.present.source_views import OwnPage


def plain(own: OwnPage, near: int) -> dict[str, Any]:
    """Return what the owner's page says as a value for JSON; `near` is an instant of the day meant."""
    return {
        "page": own.page,
        "state": own.state,
        "since": iso(own.since),
        "why": own.why,
        "unread": own.unread,
        "sentence": words.plain(ownpage.now(own, near)),
        "turned_at": None if own.turned is None else iso(own.turned[0]),
        "turned_after_s": None if own.turned is None else _seconds(own.turned[1]),
        "incidents": [
            {
                "id": said.native,
                "title": said.title,
                "state": said.state,
                "phase": said.phase,
                "sentence": words.plain(ownpage.line(said, near)),
                "first_seen": iso(said.first_at),
                "seen_turning": said.seen,
                "after_onset_s": _seconds(said.lag),
                "components": list(said.components),
                "regions": list(said.regions),
                "declared": {
                    "created": _when(said.created_at),
                    "started": _when(said.started_at),
                    "resolved": _when(said.resolved_at),
                },
                "link": said.link,
            }
            for said in own.said
        ],
        "planned": [
            {
                "title": window.title,
                "from": iso(window.from_at),
                "until": iso(window.until_at),
                "link": window.link,
            }
            for window in own.windows
        ],
        "record": None
        if own.record is None
        else {
            "turned": own.record.turned,
            "incidents": own.record.incidents,
            "median_s": _whole_s(own.record.median_ms),
            "least_s": _whole_s(own.record.least_ms),
            "most_s": _whole_s(own.record.most_ms),
        },
    }


def _seconds(bracket: tuple[int, int] | None) -> list[int] | None:
    return None if bracket is None else [bracket[0] // 1000, bracket[1] // 1000]


def _whole_s(length_ms: int | None) -> int | None:
    return None if length_ms is None else length_ms // 1000


def _when(at: int | None) -> str | None:
    return None if at is None else iso(at)
