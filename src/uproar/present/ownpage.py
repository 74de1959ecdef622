"""What the owner's own status page says, in sentences: beside the reports, and never instead of them.

The clock is our first sight of it. What the owner says of times is the owner's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from uproar.model.signal import NoticePhase, NoticeState
from uproar.model.tick import HOUR_MS, MINUTE_MS
from uproar.present import figures
from uproar.present.instants import TIED, point, span
from uproar.present.source_views import OwnPage, Record, Said
from uproar.present.words import Sentence, plain

PHASES: Mapping[NoticePhase, str] = MappingProxyType(
    {
        "investigating": "investigating",
        "identified": "identified",
        "monitoring": "monitoring",
        "resolved": "resolved",
        "postmortem": "resolved, with a report",
        "scheduled": "maintenance planned",
        "in_progress": "maintenance under way",
        "completed": "maintenance completed",
    }
)
STATES: Mapping[NoticeState, str] = MappingProxyType(
    {
        "operational": "no problem",
        "maintenance": "maintenance",
        "degraded": "degraded",
        "partial": "partial outage",
        "major": "major outage",
        "unknown": "no longer listed",
    }
)
BAD = frozenset({"degraded", "partial", "major"})


def word(state: NoticeState, phase: NoticePhase) -> str:
    """Return what the owner calls it: its phase, or where it names none, its state."""
    return PHASES.get(phase) or STATES[state]


def now(own: OwnPage, near: int) -> Sentence:
    """Return what the page says as a whole at present; `near` is an instant of the day meant."""
    since = point(own.since, near)
    if own.unread:
        return ("Its own status page could not be read since ", since, f": {own.why}.")
    if own.state == "unknown":
        return (f"Its own status page gives no state that we can read: {own.why}.",)
    if own.state == "operational":
        return ("Its own status page shows no problem, since ", since, ".")
    return (f"Its own status page shows: {STATES[own.state]}, since ", since, ".")


def during(own: OwnPage, near: int) -> tuple[Sentence, ...]:
    """Return what the page said of an incident, the first sight of it first."""
    told = [said for said in own.said if said.lag is not None]
    if told:
        return (line(min(told, key=lambda said: said.first_at), near),)
    if own.turned is not None:
        at, lag = own.turned
        to = f" to: {STATES[own.state]}" if own.state in BAD else ""
        return (
            (f"Its own status page turned{to}, first seen ", point(at, near), f", {after(lag)}."),
        )
    return ()


def told(own: OwnPage, near: int) -> str:
    """Return what the page said of an incident as text for the table of first sights."""
    said = during(own, near) or (now(own, near),)
    return plain(said[0])


def of(own: OwnPage | None, near: int, *, going_on: bool) -> tuple[Sentence, ...]:
    """Return the one line on the page that stands among the sentences about an incident."""
    if own is None:
        return ()
    tells = own.unread or own.state != "unknown"
    return during(own, near) or ((now(own, near),) if going_on and tells else ())


def line(said: Said, near: int) -> Sentence:
    """Return one incident of the page as a sentence that stands by itself."""
    title = f" “{said.title}”" if said.title else ""
    head = f"Its own status page says{title}: {word(said.state, said.phase)}"
    return (head, *_seen(said, near), ".")


def entry(said: Said, near: int) -> Sentence:
    """Return one incident of the page as an entry of a list, its title first."""
    title = f"“{said.title}”" if said.title else "An incident"
    parts = f" ({', '.join(said.components)})" if said.components else ""
    return (f"{title}{parts}: {word(said.state, said.phase)}", *_seen(said, near), ".")


def _seen(said: Said, near: int) -> Sentence:
    since: Sentence = ()
    if said.at != said.first_at:
        since = (" since ", point(said.at, near))
    if not said.seen:
        return (*since, ", there when we first looked, ", point(said.first_at, near))
    lag = f", {after(said.lag)}" if said.lag is not None else ""
    return (*since, ", first seen ", point(said.first_at, near), lag)


def after(lag: tuple[int, int]) -> str:
    """Return how long after reports began something was, as a bracket: the onset is one too."""
    least, most = lag
    if least >= 0:
        return f"{_between(least, most)} after reports rose"
    if most <= 0:
        return f"{_between(-most, -least)} before reports rose"
    return "while reports began to rise"


def _between(least: int, most: int) -> str:
    low, high = span(least), span(most)
    if least < MINUTE_MS <= most:
        return f"up to {high}"
    if least >= MINUTE_MS and most < HOUR_MS:
        low = low.removesuffix(f"{TIED}min") if low != high else low
    return low if low == high else f"{low} to {high}"


def record(kept: Record) -> str:
    """Return how late the page has been so far, with n."""
    times = "incident" if kept.incidents == 1 else "incidents"
    head = (
        f"Its own page turned in {figures.count(kept.turned)} of"
        f" {figures.count(kept.incidents)} {times} that we watched it through"
    )
    if kept.median_ms is None or kept.least_ms is None or kept.most_ms is None:
        return f"{head}."
    median = f"{_signed(kept.median_ms)} reports rose"
    if kept.turned == 1:
        return f"{head}: {median} (n{TIED}={TIED}1)."
    ends = f"from {_signed(kept.least_ms)} to {_signed(kept.most_ms)}"
    return f"{head}: at the median {median} (n{TIED}={TIED}{kept.turned}; {ends})."


def _signed(lag_ms: int) -> str:
    return f"{span(abs(lag_ms))} {'after' if lag_ms >= 0 else 'before'}"
