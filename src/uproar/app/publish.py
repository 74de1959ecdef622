"""The publisher: makes pages of what changed, ahead of whoever asks, and hands them to the site.

Home is made anew each time. A service's page is made anew when something is going on there, when a
report came in, or when its turn comes: all services have theirs within `ROUNDS` rounds.
"""

from __future__ import annotations

import msgspec

from uproar.app import fold, views
from uproar.app.incident_view import incident_view, open_case
from uproar.detect import history
from uproar.model.catalog import Catalog
from uproar.model.series import SeriesKey
from uproar.outlets.site import Rendered, Site
from uproar.present import assets, pages, twins
from uproar.present.views import HomeView, Replay, ServiceView
from uproar.present.views import Site as Frame

ROUNDS = 6

HTML = "text/html; charset=utf-8"


class Publisher:
    """Knows what was published last, and therefore what has to be made again."""

    def __init__(self, catalog: Catalog, site: Site, frame: Frame) -> None:
        self._catalog = catalog
        self._site = site
        self._frame = frame
        self._order = sorted(catalog.services)
        self._round = 0
        self._made: dict[str, Rendered] = {}
        self._counts: dict[str, tuple[int, int, int]] = {}
        self._incidents: dict[str, int] = {}
        self.home: HomeView | None = None

    @property
    def frame(self) -> Frame:
        """What every page shares, the notice of a replay included."""
        return self._frame

    def publish(
        self,
        state: fold.State,
        now_ms: int,
        *,
        replay: Replay | None = None,
        whole: bool = False,
    ) -> None:
        """Make what is due, or (`whole`) everything, and swap it in."""
        self._frame = msgspec.structs.replace(self._frame, replay=replay)
        made: dict[str, Rendered] = {}
        if not self._counts:
            made.update(self._fixed())
            whole = True
        self.home = views.home(state, self._catalog, now_ms)
        made["/"] = _html(pages.home(self.home, self._frame))
        made.update(_twins(twins.HOME, twins.home(self.home, self._frame)))
        for slug in self._due(state, whole=whole):
            view = views.service(state, self._catalog, self._catalog.services[slug], now_ms)
            made.update(self._service(slug, view))
        made.update(self._changed_incidents(state, now_ms, whole=whole))
        self._made.update(made)
        self._site.publish(self._made)
        self._round += 1

    def _fixed(self) -> dict[str, Rendered]:
        """Return what never changes while the program runs."""
        fixed = {
            path: Rendered(body, kind, immutable=True)
            for path, (kind, body) in assets.ASSETS.items()
        }
        fixed["/about"] = _html(pages.about(self._frame))
        return fixed

    def _due(self, state: fold.State, *, whole: bool) -> list[str]:
        due = []
        column = state.days.minute % history.MINUTES
        for number, slug in enumerate(self._order):
            row = state.rows[SeriesKey(slug)]
            counts = (
                int(state.days.observed[row, column]),
                int(state.days.works[row, column]),
                state.days.minute if state.children.get(slug) else 0,
            )
            lively = open_case(state, slug) is not None or counts != self._counts.get(slug)
            self._counts[slug] = counts
            if whole or lively or number % ROUNDS == self._round % ROUNDS:
                due.append(slug)
        return due

    def _service(self, slug: str, view: ServiceView) -> dict[str, Rendered]:
        path = twins.service_path(slug)
        return {
            path: _html(pages.service(view, self._frame)),
            **_twins(path, twins.service(view, self._frame)),
        }

    def _changed_incidents(
        self, state: fold.State, now_ms: int, *, whole: bool
    ) -> dict[str, Rendered]:
        made = {}
        for incident in state.incidents.values():
            case = open_case(state, incident.service)
            running = case is not None and case.id == incident.id
            if not (whole or running or self._incidents.get(incident.id) != incident.at):
                continue
            self._incidents[incident.id] = incident.at
            view = incident_view(state, self._catalog, incident, now_ms)
            path = twins.incident_path(incident.id)
            made[path] = _html(pages.incident(view, self._frame))
            made.update(_twins(path, twins.incident(view, self._frame)))
        return made


def _twins(path: str, bodies: dict[str, bytes]) -> dict[str, Rendered]:
    return {
        f"{path}{ending}": Rendered(body, twins.TYPES[ending]) for ending, body in bodies.items()
    }


def _html(text: str) -> Rendered:
    return Rendered(text.encode(), HTML)
