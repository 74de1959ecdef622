"""The publisher: makes pages of what changed, ahead of whoever asks, and hands them to the site.

Home is made anew each time. The page of a service is made anew when something is going on there, when
a report came in, and otherwise when its turn comes: all have theirs within `rounds` rounds. What
nobody has asked for yet (the figures of a quiet service) is made when it is first asked for, and kept
fresh from then on. The pages of an incident go when the state forgets it, as they would at a restart.
"""

from __future__ import annotations

import threading

import msgspec

from uproar.app import fold, probes_view, views
from uproar.app.incident_view import incident_view, open_case
from uproar.detect import history
from uproar.model.catalog import Catalog
from uproar.model.incident import Incident
from uproar.model.series import SeriesKey
from uproar.outlets.site import Rendered, Site
from uproar.present import assets, claimreview, pages, twins
from uproar.present.views import HomeView, IncidentView, Replay
from uproar.present.views import Site as Frame

ROUNDS = 30  # Five minutes live: a thousand quiet pages at once would cost a tenth of a core.

HTML = "text/html; charset=utf-8"
CLAIMS = "/claims.jsonld"
CLAIMS_TYPE = "application/ld+json"


class Publisher:
    """Knows what was published last, and therefore what has to be made again.

    `lock` is held by whoever changes the fold's state, so that a page never shows half a tick.
    """

    def __init__(
        self,
        catalog: Catalog,
        site: Site,
        frame: Frame,
        lock: threading.RLock,
        *,
        rounds: int = ROUNDS,
    ) -> None:
        self._catalog = catalog
        self._site = site
        self._frame = frame
        self._lock = lock
        self._rounds = rounds
        self._order = sorted(catalog.services)
        self._round = 0
        self._made: dict[str, Rendered] = {}
        self._seen: dict[str, tuple[int, int, int, int]] = {}
        self._wanted: set[str] = set()
        self._incidents: dict[str, tuple[int, int]] = {}
        self._views: dict[str, IncidentView] = {}  # Of this round: two pages show the same one.
        self._state: fold.State | None = None
        self._now_ms = 0
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
        home_only: bool = False,
    ) -> None:
        """Make what is due, or (`home_only`) only the first page, and swap it in."""
        with self._lock:
            before = self._frame.replay
            if before is not None and (replay is None or replay.phase != before.phase):
                # Their pages say how far the replay is: none is as it should be.
                self._incidents = dict.fromkeys(self._incidents, (0, 0))
            self._frame = msgspec.structs.replace(self._frame, replay=replay)
            self._state, self._now_ms = state, now_ms
            self._views.clear()
            if not self._made:
                self._made.update(self._fixed())
            self.home = views.home(state, self._catalog, now_ms)
            self._made["/"] = _html(pages.home(self.home, self._frame))
            self._made.update(_twins(twins.HOME, twins.home(self.home, self._frame)))
            for slug in () if home_only else self._due(state):
                self._made.update(self._service(slug))
            self._made.update(self._changed_incidents(state))
            self._forget_incidents(state)
            self._site.publish(self._made)
            self._round += 1

    def on_demand(self, path: str) -> Rendered | None:
        """Make the page or a twin of a service that was not made ahead, or return None."""
        stem, ending = path, ""
        for known in twins.ENDINGS:
            if path.endswith(known):
                stem, ending = path.removesuffix(known), known
        slug = stem.removeprefix(SERVICE_PATHS)
        if slug not in self._catalog:
            return None
        with self._lock:
            if self._state is None:
                return None
            # The state may have moved on by a tick since the last round.
            self._views.clear()
            if ending:
                self._wanted.add(slug)
            made = self._service(slug)
            self._made.update(made)
            self._site.publish(self._made)
        return made.get(path)

    def _fixed(self) -> dict[str, Rendered]:
        """Return what never changes while the program runs."""
        fixed = {
            path: Rendered(body, kind, immutable=True)
            for path, (kind, body) in assets.ASSETS.items()
        }
        fixed["/about"] = _html(pages.about(self._frame))
        return fixed

    def _due(self, state: fold.State) -> list[str]:
        due = []
        column = state.days.minute % history.MINUTES
        for number, slug in enumerate(self._order):
            row = state.rows[SeriesKey(slug)]
            seen = (
                int(state.days.observed[row, column]),
                int(state.days.works[row, column]),
                state.days.minute if state.children.get(slug) else 0,
                _told(state, slug),
            )
            before = self._seen.get(slug, (0, 0, 0, 0))
            self._seen[slug] = seen
            lively = seen != before or open_case(state, slug) is not None
            if lively or number % self._rounds == self._round % self._rounds:
                due.append(slug)
        return due

    def _service(self, slug: str) -> dict[str, Rendered]:
        assert self._state is not None, "nothing is made before the first state"
        known = self._catalog.services[slug]
        case = open_case(self._state, slug)
        incident = self._state.incidents.get(case.id) if case is not None else None
        shown = self._incident(self._state, incident) if incident is not None else None
        view = views.service(self._state, self._catalog, known, self._now_ms, shown)
        path = twins.service_path(slug)
        made = {path: _html(pages.service(view, self._frame))}
        if slug in self._wanted or view.incident is not None:
            made.update(_twins(path, twins.service(view, self._frame)))
        return made

    def _incident(self, state: fold.State, incident: Incident) -> IncidentView:
        view = self._views.get(incident.id)
        if view is None:
            view = incident_view(state, self._catalog, incident, self._now_ms)
            self._views[incident.id] = view
        return view

    def _changed_incidents(self, state: fold.State) -> dict[str, Rendered]:
        made = {}
        for incident in state.incidents.values():
            case = open_case(state, incident.service)
            running = case is not None and case.id == incident.id
            ledger = state.ledgers.open.get(incident.id)
            weighed = 0 if ledger is None else ledger.changed_at
            stand = (max(incident.at, weighed), _heard(state, incident.service))
            if not running and self._incidents.get(incident.id) == stand:
                continue
            self._incidents[incident.id] = stand
            view = self._incident(state, incident)
            path = twins.incident_path(incident.id)
            made[path] = _html(pages.incident(view, self._frame))
            made.update(_twins(path, twins.incident(view, self._frame)))
            if incident.ledger:
                reviews = claimreview.reviews(
                    incident.ledger, f"{self._frame.base_url}{path}", self._frame.title
                )
                made[f"{path}{CLAIMS}"] = Rendered(reviews, CLAIMS_TYPE)
        return made

    def _forget_incidents(self, state: fold.State) -> None:
        for name in self._incidents.keys() - state.incidents.keys():
            del self._incidents[name]
            path = twins.incident_path(name)
            for gone in (path, *(f"{path}{ending}" for ending in twins.ENDINGS)):
                del self._made[gone]
            self._made.pop(f"{path}{CLAIMS}", None)


def _told(state: fold.State, slug: str) -> int:
    """Return how much was told of a service by others than those who report: with more, its pages are due."""
    board, diary = state.boards.get(slug), state.diaries.get(slug)
    return (
        (0 if board is None else board.changes)
        + (0 if diary is None else diary.told)
        + state.claims_told.get(slug, 0)
        + probes_view.changes(state, slug)
    )


def _heard(state: fold.State, slug: str) -> int:
    """Return the same with those of its providers' pages, which its incidents show, too."""
    kin = state.kin.get(slug)
    return sum(_told(state, each) for each in {slug, *(kin.providers if kin else ())})


SERVICE_PATHS = twins.service_path("")


def _twins(path: str, bodies: dict[str, bytes]) -> dict[str, Rendered]:
    return {
        f"{path}{ending}": Rendered(body, twins.TYPES[ending]) for ending, body in bodies.items()
    }


def _html(text: str) -> Rendered:
    return Rendered(text.encode(), HTML)
