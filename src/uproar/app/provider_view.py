"""What the pages of a service's providers said around an incident. Reads the state, changes nothing.

A provider's word is its own, about its own: whether it has to do with the incident is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from uproar.app.fold_notices import EARLY_MS
from uproar.app.fold_state import State, Thread
from uproar.app.notices_view import LATE_MS
from uproar.model.catalog import Catalog
from uproar.present import ownpage
from uproar.present.source_views import Line, Spot, Strip

PROVIDERS_MAX = 8  # Of one service, in the catalog's order.
THREADS_MAX = 3  # Of one provider, those that turned nearest to the onset.
TURNS_MAX = 5  # Of one of its incidents.
BAD = frozenset({"degraded", "partial", "major"})


def lines(
    state: State,
    catalog: Catalog,
    service: str,
    onset: tuple[int, int],
    until: int | None,
    now_ms: int,
) -> list[Line]:
    """Return what its providers said around an incident, for its timeline, by our first sight.

    `onset` is the bracket of the incident in milliseconds UTC, `until` its end, None while it goes on.
    """
    return [
        Line(turn.at, "notice", _said(name, thread, number), thread.notice.link)
        for name, thread in _about(state, catalog, service, onset, until, now_ms)
        for number, turn in enumerate(thread.turns[:TURNS_MAX])
    ]


def strip(
    state: State,
    catalog: Catalog,
    service: str,
    onset: tuple[int, int],
    until: int | None,
    now_ms: int,
) -> Strip | None:
    """Return the same as a strip; None where no provider's page has ever been read."""
    watched = [name for slug, name in _providers(state, catalog, service) if slug in state.boards]
    if not watched:
        return None
    about = list(_about(state, catalog, service, onset, until, now_ms))
    spots = [
        Spot(turn.at, "bad" if turn.state in BAD else "neutral", _said(name, thread, number))
        for name, thread in about
        for number, turn in enumerate(thread.turns[:TURNS_MAX])
    ]
    firsts = [thread.turned_at for _, thread in about if thread.turned_at is not None]
    names = ", ".join(watched)
    said = f"Of {names}, whose pages are read, none told of a failure about then."
    if about:
        told = ", ".join(dict.fromkeys(name for name, _ in about))
        said = f"{told} told of a failure of its own about then. That it is the same is not known."
    return Strip(
        source="providers",
        label="Its providers' pages",
        said=said,
        first_at=min(firsts, default=None),
        spots=tuple(sorted(spots, key=lambda spot: spot.at)),
    )


def _providers(state: State, catalog: Catalog, service: str) -> Iterator[tuple[str, str]]:
    """Yield slug and name of what a service depends on; what it is itself is no provider of it."""
    kin = state.kin.get(service)
    for slug in () if kin is None else kin.providers[:PROVIDERS_MAX]:
        if slug != service and slug in catalog.providers:
            yield slug, catalog.providers[slug].name


def _about(
    state: State,
    catalog: Catalog,
    service: str,
    onset: tuple[int, int],
    until: int | None,
    now_ms: int,
) -> Iterator[tuple[str, Thread]]:
    """Yield the incidents of providers that were first seen about an incident of ours, with names."""
    begin = onset[0] - EARLY_MS
    end = now_ms if until is None else min(now_ms, until + LATE_MS)
    for slug, name in _providers(state, catalog, service):
        board = state.boards.get(slug)
        near = [] if board is None else [
            (abs(thread.turned_at - onset[0]), native, thread)
            for native, thread in board.threads.items()
            if native and thread.turned_at is not None and begin <= thread.turned_at <= end
        ]  # fmt: skip
        for _, _, thread in sorted(near, key=lambda each: each[:2])[:THREADS_MAX]:
            yield name, thread


def _said(name: str, thread: Thread, number: int) -> str:
    turn = thread.turns[number]
    title = f" “{thread.notice.title}”" if number == 0 and thread.notice.title else ""
    listed = "" if thread.seen or number else " It stood there when we first looked."
    return f"Its provider {name} says: {ownpage.word(turn.state, turn.phase)}.{title}{listed}"
