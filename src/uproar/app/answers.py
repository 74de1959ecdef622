"""What is answered on demand: search, health, figures for Prometheus, and the API's reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from uproar.app import health, probes_view
from uproar.app.noticing import Standing
from uproar.app.pipeline import Pipeline
from uproar.app.publish import HTML, SERVICE_PATHS, Publisher
from uproar.app.seeing import Seer
from uproar.app.supervise import Standing as WayIn
from uproar.journal.sqlite import SqliteJournal
from uproar.model.catalog import Catalog
from uproar.model.seeing import LettersState
from uproar.model.service import Service
from uproar.model.tick import iso
from uproar.outlets.web import Answer, Ask, Get
from uproar.present import deskpage, pages, twins
from uproar.wire import decisions, signals
from uproar.wire.httpanswer import error_json

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
SEARCH_MAX = 50
INCIDENTS_MAX = 200
CLAIMS_MAX = 500
SERVICES = "/api/v1/services"
INCIDENTS = "/api/v1/incidents"
PROBES = "/api/v1/probes"
SEEING = "/seeing"
ANYBODY = (b"access-control-allow-origin", b"*")  # Figures are for pages of others, too.


@dataclass(frozen=True)
class Answers:
    """What the answers are made from. `failure` says what keeps the watch from going on, if anything.

    `measured` gives the figures of our own probe and of flows in Prometheus' format.
    """

    pipeline: Pipeline
    publisher: Publisher
    catalog: Catalog
    journal: SqliteJournal
    counters: Mapping[str, int]
    failure: Callable[[], str]
    notices: Callable[[], Standing] = lambda: Standing(enabled=False)
    ways_in: Callable[[], Sequence[WayIn]] = tuple
    measured: Callable[[], str] = str
    letters: Callable[[], LettersState] = LettersState
    seer: Seer | None = None

    def exact(self) -> dict[str, Get]:
        """Return the answers by exact path."""
        return {
            "/healthz": self.healthz,
            "/readyz": self.readyz,
            "/metrics": self.metrics,
            "/search": self.search,
            SERVICES: self.services,
            INCIDENTS: self.incidents,
            PROBES: self.probes,
            **({SEEING: self.seeing, f"{SEEING}.json": self.seeing} if self.seer else {}),
        }

    def trees(self) -> dict[str, Get]:
        """Return the answers by the beginning of the path."""
        return {
            f"{SERVICES}/": self.service,
            f"{INCIDENTS}/": self.incident,
            SERVICE_PATHS: self.page,
        }

    async def healthz(self, _: Ask) -> Answer:
        """Say that the process answers."""
        return Answer(200, b"alive\n", TEXT)

    async def readyz(self, _: Ask) -> Answer:
        """Say whether reports are taken and ticks end."""
        status, body = health.ready(
            self.journal.state(),
            self.failure(),
            self.pipeline.state,
            self.notices(),
            self.ways_in(),
            self.letters(),
        )
        return Answer(status, body, JSON)

    async def metrics(self, _: Ask) -> Answer:
        """Give the figures for Prometheus."""
        body = health.metrics(
            self.journal.state(),
            self.counters,
            self.pipeline.state,
            self.notices(),
            self.ways_in(),
            self.letters(),
        )
        return Answer(200, body + self.measured().encode(), health.METRICS_TYPE)

    async def search(self, ask: Ask) -> Answer:
        """Give the page with the services that a text may mean."""
        query = ask.query.get("q", "")
        slugs = [service.slug for service in self.catalog.search(query, SEARCH_MAX)]
        if self.publisher.home is None:
            return Answer(503, b"starting\n", TEXT)
        text = pages.search(self.publisher.home, self.publisher.frame, query, slugs)
        return Answer(200, text.encode(), HTML)

    async def desk(self, _: Ask) -> Answer:
        """Give the page at which statements and changes are entered."""
        return Answer(200, deskpage.page(self.publisher.frame).encode(), HTML)

    async def seeing(self, ask: Ask) -> Answer:
        """Say how well we see, as a page or for programs; made now, for nothing else may go on."""
        assert self.seer is not None, "asked for only where there is one"
        made = self.seer.at_hand()
        if made is None:
            made = await asyncio.to_thread(self.seer.made)
        if ask.path.endswith(".json"):
            return Answer(200, made.twin, JSON, (ANYBODY,))
        return Answer(200, made.page, HTML)

    async def claims(self, _: Ask) -> Answer:
        """Give the statements on record, newest last, with the references by which they are corrected."""
        kept = [claim for claims in list(self.pipeline.state.claims.values()) for claim in claims]
        kept.sort(key=lambda claim: claim.at)
        lines = [signals.encode(claim) for claim in kept[-CLAIMS_MAX:]]
        return Answer(200, b"[" + b",".join(lines) + b"]", JSON)

    async def page(self, ask: Ask) -> Answer:
        """Make the page or a twin of a service that nobody has asked for yet."""
        made = await asyncio.to_thread(self.publisher.on_demand, ask.path)
        if made is not None:
            return Answer(200, made.body, made.content_type)
        text = "There is no such service here; the home page lists all of them."
        if ask.path.endswith(twins.ENDINGS):
            return _missing(text)
        return Answer(404, pages.notice(404, "Not found", text, "/").encode(), HTML)

    async def services(self, _: Ask) -> Answer:
        """Give the catalog."""
        return Answer(200, msgspec.json.encode([_service(known) for known in self.catalog]), JSON)

    async def service(self, ask: Ask) -> Answer:
        """Give one service of the catalog."""
        known = self.catalog.services.get(ask.path.removeprefix(f"{SERVICES}/"))
        if known is None:
            return _missing("no such service is known")
        return Answer(200, msgspec.json.encode(_service(known)), JSON)

    async def incidents(self, _: Ask) -> Answer:
        """Give the newest incidents, newest first."""
        newest = list(self.pipeline.state.incidents.values())[-INCIDENTS_MAX:][::-1]
        lines = [decisions.plain(incident) for incident in newest]
        return Answer(200, msgspec.json.encode(lines), JSON)

    async def probes(self, ask: Ask) -> Answer:
        """Give what probes see of one service now, check by check."""
        named = ask.query.get("service", "")
        known = self.catalog.services.get(named) or self.catalog.resolve(named)
        if known is None:
            return _missing("no such service is known; name one with ?service=")
        return Answer(200, await asyncio.to_thread(self._probes, known.slug), JSON)

    def _probes(self, slug: str) -> bytes:
        now = self.journal.now_ms()
        with self.pipeline.lock:
            seen = probes_view.seen(self.pipeline.state, slug, now)
        told = {
            "service": slug,
            "as_of": iso(now),
            "said": seen.said if seen is not None else "No probe is watching it.",
            "checks": seen.checks if seen is not None else (),
        }
        return msgspec.json.encode(told)

    async def incident(self, ask: Ask) -> Answer:
        """Give one incident."""
        found = self.pipeline.state.incidents.get(ask.path.removeprefix(f"{INCIDENTS}/"))
        if found is None:
            return _missing("no such incident is at hand")
        return Answer(200, decisions.encode(found), JSON)


def _service(known: Service) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(known)
    return plain


def _missing(text: str) -> Answer:
    return Answer(404, error_json(404, "not-found", text), JSON)
