"""Reports over HTTP: parsed once, stripped of the person, kept, and only then acknowledged.

Two ASGI handlers, for programs (`api`) and for plain HTML forms (`form`). Neither judges: what counts
is decided by the fold, from the journal.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import msgspec
import structlog

from uproar.errors import (
    IdempotencyConflict,
    JournalError,
    JournalFull,
    ReporterKeyUnusable,
    ReportRejected,
)
from uproar.inlets.addresses import packed
from uproar.inlets.agents import agent_of
from uproar.inlets.bodies import Bodies, Receive
from uproar.inlets.networks import Networks
from uproar.inlets.posting import Scope, Send, answer_error, answer_page, refuse_cross_site
from uproar.inlets.proxies import Proxies, client_address
from uproar.inlets.reporter import ReporterKey, prefix_of, reporter_of
from uproar.model.catalog import Catalog
from uproar.model.seeing import Seeing
from uproar.model.service import Service
from uproar.model.signal import NO_AGENT, UNKNOWN_PLACE, Report
from uproar.model.symptom import SYMPTOMS
from uproar.model.tick import iso
from uproar.ports import Journal, Receipt
from uproar.wire.httpanswer import JSON, PROTECTION
from uproar.wire.reportform import ReportIn, checked_id, parse
from uproar.wire.words import clean

Headers = Mapping[bytes, bytes]

RETRY_S = 5  # what a client is asked to wait where the journal says nothing better

API, FORM = "api", "form"  # the channels that reports come by
_FORM_HEAD = "/s/"
_FORM_TAIL = "/report"
_UNKEPT = (
    "the observatory cannot write just now and acknowledges nothing; please send it again later"
)

_log = structlog.get_logger("uproar.reports")


class Accepted(msgspec.Struct, frozen=True):
    """The answer to an acknowledged report: its place in the journal and its arrival."""

    id: str
    status: str
    service: str
    at: str


@dataclass(frozen=True)
class Refusal:
    """Why a report was not kept, as it is told."""

    status: int
    slug: str
    message: str
    field: str = ""
    retry_after_s: int = 0


@dataclass
class Intake:
    """What taking in a report needs. `counts` are totals since the start, by name, for /metrics.

    `notice(status, title, text, back)` makes the page that answers a form which was not accepted.
    """

    journal: Journal
    catalog: Catalog
    key: ReporterKey
    networks: Networks
    wall_ms: Callable[[], int]
    notice: Callable[[int, str, str, str], str]
    proxies: Proxies = field(default_factory=Proxies)
    bodies: Bodies = field(default_factory=Bodies)
    counts: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)  # By slug: those are ours, and few.
    heard_at: int = 0

    @property
    def name(self) -> str:
        """The way in, as in the settings."""
        return "reports"

    def seeing(self) -> Seeing:
        """Return what was taken and what was refused, since the start of the program."""
        kept = self.counts["reports_accepted_total"]
        repeated = self.counts["reports_repeated_total"]
        return Seeing(
            heard_at=self.heard_at,
            read=kept + repeated + sum(self.rejected.values()),
            signals=kept,
            rejected=dict(self.rejected) | ({"repeated": repeated} if repeated else {}),
        )

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer POST /api/v1/reports: 202 when the report is on disk, else an error in JSON."""
        headers = dict(scope["headers"])
        try:
            refuse_cross_site(headers)
            body = await self.bodies.read(receive, headers.get(b"content-length"))
            report = parse(body, headers.get(b"content-type", b"").decode("latin-1"))
            service, receipt = await self._keep(report, scope, headers, API)
        except (ReportRejected, IdempotencyConflict, JournalError, ReporterKeyUnusable) as problem:
            refusal = self._counted(problem)
            await answer_error(
                send, refusal.status, refusal.slug, refusal.message, refusal.field,
                refusal.retry_after_s,
            )  # fmt: skip
            return
        accepted = Accepted(str(receipt.seq), "accepted", service.slug, _stamp(receipt.at))
        encoded = _ENCODER.encode(accepted)
        length = (b"content-length", b"%d" % len(encoded))
        again = _REPEATED if receipt.repeated else ()
        await send({"type": "http.response.start", "status": 202,
                    "headers": [*_API_HEADERS, length, *again]})  # fmt: skip
        await send({"type": "http.response.body", "body": encoded})

    async def form(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer POST /s/<slug>/report: 303 back to the service when it is on disk, else a page."""
        slug = scope["path"][len(_FORM_HEAD) : -len(_FORM_TAIL)]
        back = f"{_FORM_HEAD}{slug}" if slug in self.catalog else "/"
        headers = dict(scope["headers"])
        try:
            refuse_cross_site(headers)
            if slug not in self.catalog:
                raise self._unknown(slug)
            body = await self.bodies.read(receive, headers.get(b"content-length"))
            kind = headers.get(b"content-type", b"").decode("latin-1")
            await self._keep(parse(body, kind, slug), scope, headers, FORM)
        except (ReportRejected, IdempotencyConflict, JournalError, ReporterKeyUnusable) as problem:
            refusal = self._counted(problem)
            title = "Try again in a moment" if refusal.retry_after_s else "This was not counted"
            page = self.notice(refusal.status, title, _sentence(refusal.message), back)
            await answer_page(send, refusal.status, page, refusal.retry_after_s)
            return
        location = (b"location", f"{back}?reported=1#thanks".encode("ascii"))
        headers_out = [location, (b"content-length", b"0"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 303,
                    "headers": [*headers_out, *PROTECTION]})  # fmt: skip
        await send({"type": "http.response.body", "body": b""})

    async def _keep(
        self, given: ReportIn, scope: Scope, headers: Headers, channel: str
    ) -> tuple[Service, Receipt]:
        """Strip the person from a report and append it; return when it is on disk."""
        service = self._service(given.service)
        if given.symptom not in SYMPTOMS:
            # A form offers what fits the service; a program may name any symptom that there is.
            offered = ", ".join(service.symptoms)
            raise ReportRejected(
                422, "unknown-symptom", f"the symptoms of {service.name} are {offered}", "symptom"
            )
        place, network, prefix, reporter = self._origin(scope, headers)
        report = Report(
            at=0,  # The journal stamps the arrival; nothing that a client says about time is used.
            service=service.slug,
            symptom=given.symptom,
            works=given.works,
            place=given.place or place,
            network=network,
            reporter=reporter,
            words=clean(given.words) if given.words else "",
            channel=channel,
            # A program's own name says nothing of the people it may speak for.
            agent=agent_of(headers.get(b"user-agent", b"")) if channel == FORM else NO_AGENT,
            prefix=prefix,
        )
        receipt = await self.journal.append(report, _once(given, headers, reporter))
        self.heard_at = receipt.at
        self.counts["reports_repeated_total" if receipt.repeated else "reports_accepted_total"] += 1
        return service, receipt

    def _service(self, text: str) -> Service:
        service = self.catalog.services.get(text) or self.catalog.resolve(text)
        if service is not None:
            return service
        raise self._unknown(text)

    def _unknown(self, text: str) -> ReportRejected:
        meant = self.catalog.did_you_mean(text)
        hint = f"did you mean {meant}?" if meant else "search for it on the home page"
        return ReportRejected(
            404, "unknown-service", f"no such service is known; {hint}", "service"
        )

    def _origin(self, scope: Scope, headers: Headers) -> tuple[str, str, str, str]:
        """Return (place, network, prefix, reporter); the address is not kept beyond this call."""
        client = scope.get("client")
        peer = packed(client[0]) if client else None
        if peer is None:
            return UNKNOWN_PLACE, "", "", ""
        address = peer
        if self.proxies.trusted:
            address, malformed = client_address(peer, scope["headers"], self.proxies)
            self.counts["forwarded_malformed_total"] += malformed
        key = self.key.at(self.wall_ms())
        place, network = self.networks.locate(address, key)
        reporter = reporter_of(key, address, headers.get(b"user-agent", b""))
        return place, network, prefix_of(network, key, address), reporter

    def _counted(self, problem: Exception) -> Refusal:
        refusal = _refusal(problem)
        self.rejected[refusal.slug] += 1
        if refusal.status < 500:
            self.counts["reports_rejected_total"] += 1
        else:
            self.counts["reports_refused_total"] += 1
            if isinstance(problem, ReporterKeyUnusable):
                _log.error("no report can be taken", reason=str(problem))
        return refusal


_ENCODER = msgspec.json.Encoder()
_API_HEADERS = (
    (b"content-type", JSON),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_REPEATED = ((b"idempotency-replayed", b"true"),)


@lru_cache(maxsize=64)
def _stamp(at_ms: int) -> str:
    """Return an arrival as text. The signals of one commit share a few milliseconds."""
    return iso(at_ms)


def _refusal(problem: Exception) -> Refusal:
    if isinstance(problem, ReportRejected):
        return Refusal(problem.status, problem.slug, problem.message, problem.field)
    if isinstance(problem, IdempotencyConflict):
        text = "this id was used for another report before; a new report needs a new id"
        return Refusal(422, "idempotency-conflict", text, "id")
    if isinstance(problem, JournalFull):
        text = f"more reports arrive than can be written; try again in {problem.retry_after_s} s"
        return Refusal(503, "busy", text, retry_after_s=problem.retry_after_s)
    # What the disk or the key file said holds paths of ours, and is in the log.
    return Refusal(503, "not-kept", _UNKEPT, retry_after_s=RETRY_S)


def _once(given: ReportIn, headers: Headers, reporter: str) -> bytes | None:
    """Return the idempotency key as the journal wants it: hashed, and the reporter's own.

    So nobody can take another's key, and a key that names somebody is not kept.
    """
    raw = headers.get(b"idempotency-key", b"").decode("latin-1")
    header = checked_id(raw.strip('"'))
    if header and given.id and header != given.id:
        raise ReportRejected(422, "two-ids", "the header and the field name two ids", "id")
    name = header or given.id
    if not name:
        return None
    return hashlib.blake2b(
        name.encode("ascii"), digest_size=16, key=reporter.encode("ascii"), person=b"once"
    ).digest()


def _sentence(message: str) -> str:
    ended = message if message.endswith(("?", ".")) else message + "."
    return ended[0].upper() + ended[1:]
