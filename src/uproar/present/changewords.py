"""Changes near an incident, in sentences: how far from its onset, and never that they caused it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from uproar.model.signal import ChangeKind, ChangeState
from uproar.model.tick import HOUR_MS, MINUTE_MS
from uproar.present.instants import TIED, When, span
from uproar.present.source_views import Changed

KINDS: Mapping[ChangeKind, str] = MappingProxyType(
    {
        "deploy": "Deployment",
        "rollback": "Rollback",
        "flag": "Feature flag",
        "config": "Configuration change",
        "infra": "Infrastructure change",
        "maintenance": "Maintenance",
        "cert": "Certificate change",
        "dns": "DNS change",
        "bgp": "Routing change",
        "other": "Change",
    }
)
_ENDED: Mapping[ChangeState, str] = MappingProxyType(
    {
        "unknown": "was asked for",
        "planned": "was asked for",
        "started": "began",
        "finished": "finished",
        "failed": "failed",
        "cancelled": "was called off",
    }
)
_ONE_WORD_MAX = 40  # Signs of a title that stands without marks of quotation.


def name(change: Changed) -> str:
    """Return what a change is called: "Deployment v41 (production)"."""
    title = change.title
    if " " in title or len(title) > _ONE_WORD_MAX:
        title = f"“{title}”"
    place = ", ".join(filter(None, (change.environment, change.region)))
    return f"{KINDS[change.what]}{f' {title}' if title else ''}{f' ({place})' if place else ''}"


def sentence(change: Changed) -> str:
    """Return a change and its distance from the onset as one sentence."""
    if change.planned:
        return _planned(change)
    return f"{name(change)} {_happened(change)}.{_returned(change)}{_before_recovery(change)}"


def _happened(change: Changed) -> str:
    ended = _ENDED[change.state]
    if change.relation == "under-way":
        return _under_way(change, ended)
    return f"{ended} {to_onset(change.to_onset)}"


def _under_way(change: Changed, ended: str) -> str:
    assert change.started_at is not None, "what is under way has begun"
    earlier = change.at - change.started_at
    begun = (change.to_onset[0] + earlier, change.to_onset[1] + earlier)
    if change.state == "started":
        return f"began {to_onset(change.to_onset)}, and its end was not told"
    return f"began {to_onset(begun)} and {ended} {to_onset(change.to_onset)}"


def _returned(change: Changed) -> str:
    if not change.returns:
        return ""
    return " It goes back to a revision that had been in use before."


def _before_recovery(change: Changed) -> str:
    """Return how long before the recovery something came that came after the onset."""
    if change.to_recovery is None or change.relation != "after":
        return ""
    return f" That is {_distance(change.to_recovery, 'the recovery')}."


def _planned(change: Changed) -> str:
    begins, ends = change.started_at, change.until_at
    if begins is None:
        return f"{name(change)} is planned; when is not told."
    when = When(begins, begins if ends is None else ends, begins).text
    if change.state == "cancelled":
        return f"{name(change)} was planned for {when} and called off."
    where = {
        "before": f"It was to end {to_onset(change.to_onset)}",
        "under-way": "The onset lies in that window",
        "within": "It was to begin or end while reports began to rise",
        "after": f"It was to begin {to_onset(change.to_onset)}",
    }[change.relation]
    doubt = (
        " Whether it still is, its calendar no longer says." if change.state == "unknown" else ""
    )
    return f"{name(change)} was planned for {when}. {where}.{doubt}"


def to_onset(distance: tuple[int, int]) -> str:
    """Return a bracket of time to the onset in words: "3 to 4 min before the onset"."""
    return _distance(distance, "the onset")


def _distance(distance: tuple[int, int], what: str) -> str:
    least, most = distance
    if least >= 0:
        return f"{between(least, most)} before {what}"
    if most <= 0:
        return f"{between(-most, -least)} after {what}"
    widest = -(-max(-least, most) // MINUTE_MS) * MINUTE_MS
    return f"within {span(widest)} of {what}"


def between(least: int, most: int) -> str:
    """Return a bracket of lengths of time, rounded outwards to minutes: "3 to 4 min"."""
    low, high = least // MINUTE_MS * MINUTE_MS, -(-most // MINUTE_MS) * MINUTE_MS
    if low == 0:
        return f"up to {span(max(high, MINUTE_MS))}"
    if low == high:
        return span(low)
    if high < HOUR_MS:
        return f"{low // MINUTE_MS} to {high // MINUTE_MS}{TIED}min"
    return f"{span(low)} to {span(high)}"
