"""The desk: public statements and changes, entered by whoever holds its token, by API or by a plain page.

The page asks for the token each time, so there is nothing that another site could make a browser use.
A token is compared in constant time and never written anywhere, not even back into the form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog

from uproar.errors import (
    BadInput,
    ChangeRejected,
    ClaimRejected,
    JournalError,
    JournalFull,
    ReportRejected,
    Unsigned,
)
from uproar.inlets.bodies import Bodies, Receive
from uproar.inlets.changes import LOGGED_A_MINUTE, once
from uproar.inlets.pace import Pace
from uproar.inlets.posting import (
    Scope,
    Send,
    answer,
    answer_error,
    answer_page,
    named,
    refuse_cross_site,
)
from uproar.model.catalog import Catalog
from uproar.model.seeing import Seeing
from uproar.model.signal import Change, Claim
from uproar.ports import Journal, Receipt
from uproar.wire import claimform, formbody
from uproar.wire.changes import plain
from uproar.wire.changes.normal import Passed, Subject, settled
from uproar.wire.signatures import bearer

CLAIMS = "/api/v1/claims"
PAGE = "/desk"
READING_MAX = 32
A_MINUTE = 60  # Entries of all who hold a token; people write slower.
AT_ONCE = 60
RETRY_S = 5  # What a client is asked to wait where nothing better is known.
_TIMES = frozenset({"started", "finished", "until"})
_UNKEPT = "the observatory cannot write just now and has kept nothing; send it again later"

_log = structlog.get_logger("uproar.desk")


class Shown(msgspec.Struct, frozen=True):
    """What the page of the desk shows: which form is open, what stands in it, and what came of it."""

    entry: str = ""
    fields: Mapping[str, str] = {}
    problem: str = ""
    kept: str = ""


@dataclass(frozen=True)
class _Refused:
    status: int
    slug: str
    message: str
    field: str = ""
    retry_after_s: int = 0


@dataclass
class Desk:
    """What entering needs. `page(shown)` makes the page; `wall_ms` tells the time in milliseconds UTC."""

    journal: Journal
    catalog: Catalog
    tokens: tuple[bytes, ...] = field(repr=False)
    wall_ms: Callable[[], int]
    page: Callable[[Shown], str]
    bodies: Bodies = field(
        default_factory=lambda: Bodies(at_once=READING_MAX, bytes_max=claimform.BODY_BYTES_MAX)
    )
    rejected: Counter[str] = field(default_factory=Counter)
    _pace: Pace = field(default_factory=lambda: Pace(A_MINUTE, AT_ONCE))
    _told: Pace = field(default_factory=lambda: Pace(LOGGED_A_MINUTE, LOGGED_A_MINUTE))
    _heard_at: int = 0
    _read: int = 0
    _signals: int = 0

    @property
    def name(self) -> str:
        """The way in, as in the settings."""
        return "desk"

    def seeing(self) -> Seeing:
        """Return what was entered."""
        return Seeing(self._heard_at, self._read, self._signals, dict(self.rejected))

    def posts(self) -> dict[str, Callable[..., Any]]:
        """Return the handlers by path."""
        return {CLAIMS: self.api, PAGE: self.form}

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer POST /api/v1/claims: 202 when the statement is on disk, else an error in JSON."""
        headers = named(scope)
        try:
            body = await self._body(scope, receive)
            bearer(self.tokens, headers)
            self._admit()
            claim, receipt = await self._claim(claimform.decoded(body))
        except (BadInput, JournalError) as problem:
            refused = self._counted(problem)
            await answer_error(
                send, refused.status, refused.slug, refused.message, refused.field,
                refused.retry_after_s,
            )  # fmt: skip
            return
        told = {
            "id": str(receipt.seq),
            "status": "accepted",
            "service": claim.service,
            "native": claim.native,
        }
        await answer(send, 202, told)

    async def form(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer POST /desk with the page: what was kept and under which reference, or what was wrong."""
        fields: dict[str, str] = {}
        entry = ""
        try:
            body = await self._body(scope, receive)
            fields = formbody.fields(body)
            token = fields.pop("token", "")
            entry = fields.pop("entry", "")
            bearer(self.tokens, {"authorization": f"Bearer {token}" if token else ""})
            self._admit()
            told = {name: value for name, value in fields.items() if value.strip()}
            if entry == "change":
                kept = await self._change(told)
            else:
                claim, _ = await self._claim(told)
                kept = claim.native
        except (BadInput, JournalError) as problem:
            refused = self._counted(problem)
            shown = Shown(entry, fields, refused.message)
            await answer_page(send, refused.status, self.page(shown), refused.retry_after_s)
            return
        await answer_page(send, 200, self.page(Shown(entry, kept=kept)))

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        headers = dict(scope["headers"])
        refuse_cross_site(headers)
        return await self.bodies.read(receive, headers.get(b"content-length"))

    def _admit(self) -> None:
        """Count what came with the right token, and refuse what comes too fast."""
        now = self.wall_ms()
        self._heard_at, self._read = now, self._read + 1
        wait_s = self._pace.wait_s(now)
        if wait_s:
            raise ReportRejected(429, "too-many", f"at most {A_MINUTE} entries a minute are taken")

    async def _claim(self, told: Mapping[str, Any]) -> tuple[Claim, Receipt]:
        claim = claimform.read(told, self.wall_ms())
        claim = msgspec.structs.replace(claim, service=self._service(claim.service))
        receipt = await self.journal.append(claim)
        self._signals += 1
        return claim, receipt

    async def _change(self, told: Mapping[str, Any]) -> str:
        service = self._service(told.get("service", ""))
        utc = {name: claimform.zoned(value) for name, value in told.items() if name in _TIMES}
        (draft,) = plain.read({**told, **utc, "service": service}, source="desk")
        change = settled(draft, Subject(service), self.wall_ms())
        if isinstance(change, Passed):
            raise ChangeRejected(change.slug, change.why)
        return await self._keep_change(change)

    async def _keep_change(self, change: Change) -> str:
        receipt = await self.journal.append(change, once(PAGE, change))
        self._signals += not receipt.repeated
        return change.native

    def _service(self, text: str) -> str:
        known = self.catalog.services.get(text) or self.catalog.resolve(text)
        if known is not None:
            return known.slug
        meant = self.catalog.did_you_mean(text)
        hint = f"did you mean {meant}?" if meant else "search for it on the home page"
        raise ClaimRejected("unknown-service", f"no such service is known; {hint}", "service")

    def _counted(self, problem: Exception) -> _Refused:
        refused = _refused(problem)
        self.rejected[refused.slug] += 1
        if refused.status == 401 and not self._told.wait_s(self.wall_ms()):
            _log.warning("the desk was refused a token", reason=refused.slug)
        return refused


def _refused(problem: Exception) -> _Refused:
    """Return how a problem is told: status, slug, sentence, field, and when to try again."""
    if isinstance(problem, ReportRejected):
        wait_s = RETRY_S if problem.status == 429 else 0
        return _Refused(problem.status, problem.slug, problem.message, retry_after_s=wait_s)
    if isinstance(problem, Unsigned):
        return _Refused(401, problem.slug, "the token is missing, or not the one of this desk")
    if isinstance(problem, ClaimRejected | ChangeRejected):
        field = problem.field if isinstance(problem, ClaimRejected) else ""
        return _Refused(422, problem.slug, str(problem), field)
    if isinstance(problem, JournalError):
        wait_s = problem.retry_after_s if isinstance(problem, JournalFull) else RETRY_S
        return _Refused(503, "not-kept", _UNKEPT, retry_after_s=wait_s)
    return _Refused(400, "form-invalid", str(problem))
