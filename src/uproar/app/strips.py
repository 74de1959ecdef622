"""What every source saw around an incident, gathered for its page. Reads the state, changes nothing."""

from __future__ import annotations

from uproar.app import changes_view, claims_view, notices_view, posts_view, probes_view
from uproar.app.fold_state import State
from uproar.present.views import Line, Strip

# In this order they are shown, from what is measured to what is said.
_VIEWS = (probes_view, posts_view, notices_view, changes_view, claims_view)


def gather(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> tuple[Strip, ...]:
    """Return the strip of every source that has ever told anything of a service.

    `onset` is the bracket of the incident, `until` when it was over for certain, None while it goes on.
    """
    strips = (view.strip(state, service, onset, until, now_ms) for view in _VIEWS)
    return tuple(strip for strip in strips if strip is not None)


def lines(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> list[Line]:
    """Return what the sources give to the timeline of an incident, source by source."""
    recovery = None if until is None else (until, until)
    changes = changes_view.near(state, service, onset, recovery, now_ms)
    claims = claims_view.near(state, service, onset, recovery)
    return [
        *probes_view.lines(state, service, onset, until, now_ms),
        *posts_view.lines(state, service, onset, until, now_ms),
        *notices_view.lines(state, service, onset, until, now_ms),
        *changes_view.lines(changes),
        *claims_view.lines(claims),
    ]
