"""What every source saw around an incident, gathered for its page. Reads the state, changes nothing."""

from __future__ import annotations

from uproar.app import (
    changes_view,
    claims_view,
    fold_claims,
    notices_view,
    posts_view,
    probes_view,
    provider_view,
    traffic_view,
)
from uproar.app.fold_state import State
from uproar.model.catalog import Catalog
from uproar.present.source_views import Line, Strip


def gather(
    state: State,
    catalog: Catalog,
    service: str,
    onset: tuple[int, int],
    until: int | None,
    now_ms: int,
) -> tuple[Strip, ...]:
    """Return the strip of every source that has ever told anything of a service.

    `onset` is the bracket of the incident, `until` when it was over for certain, None while it goes on.
    """
    around = (service, onset, until, now_ms)
    strips = (
        probes_view.strip(state, *around),
        traffic_view.strip(state, *around),
        posts_view.strip(state, *around),
        notices_view.strip(state, *around),
        provider_view.strip(state, catalog, *around),
        changes_view.strip(state, *around),
        claims_view.strip(state, *around),
    )
    return tuple(strip for strip in strips if strip is not None)


def lines(
    state: State,
    catalog: Catalog,
    service: str,
    onset: tuple[int, int],
    until: int | None,
    now_ms: int,
) -> list[Line]:
    """Return what the sources give to the timeline of an incident, source by source."""
    around = (service, onset, until, now_ms)
    recovery = None if until is None else (until, until)
    changes = changes_view.near(state, service, onset, recovery, now_ms)
    claims = fold_claims.near(state, service, onset, recovery)
    return [
        *probes_view.lines(state, *around),
        *traffic_view.lines(state, *around),
        *posts_view.lines(state, *around),
        *notices_view.lines(state, *around),
        *provider_view.lines(state, catalog, *around),
        *changes_view.lines(changes),
        *claims_view.lines(claims),
    ]
