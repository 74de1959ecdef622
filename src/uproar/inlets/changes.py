"""Changes over HTTP: one address a hook, checked by its signature, read once, kept, then acknowledged.

A body that is well signed and not understood is set aside as a dead letter. Nothing that a stranger
sends is. A body that comes again is acknowledged again and kept once. Secrets and bodies are never logged.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog

from uproar.errors import ChangeRejected, JournalError, JournalFull, ReportRejected, Unsigned
from uproar.inlets.bodies import Bodies, Receive
from uproar.inlets.pace import Pace
from uproar.inlets.posting import Scope, Send, answer, answer_error, named, refuse_cross_site
from uproar.model.seeing import Seeing
from uproar.model.signal import Change
from uproar.ports import DeadLetters, Journal
from uproar.wire import changes
from uproar.wire.changes.letters import folded
from uproar.wire.changes.normal import Passed, Subject
from uproar.wire.signatures import Scheme, check

PATH = "/api/v1/changes/"
READING_MAX = 32  # Bodies on their way at once: each may be a megabyte.
A_MINUTE = 120  # Well-signed bodies of one hook; a busy organisation deploys a few times a minute.
AT_ONCE = 60  # Of them, so many may come in one moment.
LOGGED_A_MINUTE = 6  # Refused signatures that are logged; all are counted.
RETRY_S = 5  # What a sender is asked to wait where the journal says nothing better.

# These give a hook up, or send again for days, where the answer is an error: what they sent is set
# aside here, and to them it is taken.
NEVER_REFUSED = frozenset({"gitlab", "launchdarkly", "terraform", "pagerduty"})

_log = structlog.get_logger("uproar.changes")


@dataclass(frozen=True)
class Hook:
    """One address that takes changes: who sends, how it signs, and what it speaks of."""

    name: str
    source: changes.Source
    scheme: Scheme
    subject: Subject
    secrets: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass
class Changes:
    """All hooks of an observatory. `wall_ms` tells the time in milliseconds UTC."""

    journal: Journal
    hooks: Sequence[Hook]
    wall_ms: Callable[[], int]
    letters: DeadLetters | None = None
    bodies: Bodies = field(
        default_factory=lambda: Bodies(at_once=READING_MAX, bytes_max=changes.BODY_BYTES_MAX)
    )
    rejected: Counter[str] = field(default_factory=Counter)
    _heard_at: int = 0
    _read: int = 0
    _signals: int = 0
    _paces: dict[str, Pace] = field(default_factory=dict)
    _told: Pace = field(default_factory=lambda: Pace(LOGGED_A_MINUTE, LOGGED_A_MINUTE))

    @property
    def name(self) -> str:
        """The way in, as in the settings."""
        return "changes"

    def seeing(self) -> Seeing:
        """Return what came by all hooks together."""
        return Seeing(
            heard_at=self._heard_at,
            read=self._read,
            signals=self._signals,
            rejected=dict(self.rejected),
            waiting=self.bodies.waiting,
            waiting_max=READING_MAX,
        )

    def posts(self) -> dict[str, Callable[..., Any]]:
        """Return the handler of every hook by its path."""
        return {f"{PATH}{hook.name}": self._handler(hook) for hook in self.hooks}

    def _handler(self, hook: Hook) -> Callable[..., Any]:
        async def handle(scope: Scope, receive: Receive, send: Send) -> None:
            await self._take(hook, scope, receive, send)

        return handle

    async def _take(self, hook: Hook, scope: Scope, receive: Receive, send: Send) -> None:
        headers, raw = named(scope), dict(scope["headers"])
        try:
            if hook.scheme == "none":
                refuse_cross_site(raw)
            body = await self.bodies.read(receive, raw.get(b"content-length"))
            check(hook.scheme, hook.secrets, headers, body, self.wall_ms())
        except ReportRejected as problem:
            self.rejected[problem.slug] += 1
            await answer_error(send, problem.status, problem.slug, problem.message)
            return
        except Unsigned as problem:
            self.rejected[problem.slug] += 1
            if not self._told.wait_s(
                self.wall_ms()
            ):  # Strangers must not fill the disk with our log.
                _log.warning("not signed as it should be", hook=hook.name, reason=problem.slug)
            await answer_error(send, 401, problem.slug, str(problem))
            return
        now = self.wall_ms()
        self._read += 1
        self._heard_at = now
        pace = self._paces.setdefault(hook.name, Pace(A_MINUTE, AT_ONCE))
        wait_s = pace.wait_s(now)
        if wait_s > 0:
            self.rejected["too-many"] += 1
            text = f"more than {A_MINUTE} a minute come by this hook; try again in {wait_s} s"
            await answer_error(send, 429, "too-many", text, retry_after_s=wait_s)
            return
        try:
            told = changes.read(hook.source, headers, body, hook.subject, now)
        except ChangeRejected as problem:
            await self._set_aside(hook, headers, body, problem, send)
            return
        await self._keep(hook, told, send)

    async def _set_aside(
        self,
        hook: Hook,
        headers: Mapping[str, str],
        body: bytes,
        problem: ChangeRejected,
        send: Send,
    ) -> None:
        self.rejected[problem.slug] += 1
        _log.warning("a change was set aside", hook=hook.name, reason=problem.slug)
        if self.letters is not None:
            # On disk in a thread; a secret that travels in the body stays out of it.
            await asyncio.to_thread(
                self.letters.put,
                inlet=self.name,
                source=hook.name,
                reason=problem.slug,
                problem=str(problem),
                body=_without(folded(headers, body), hook.secrets),
            )
        if hook.source in NEVER_REFUSED:
            await answer(send, 202, {"status": "set-aside", "why": str(problem)})
        else:
            await answer_error(send, 422, problem.slug, str(problem))

    async def _keep(self, hook: Hook, told: changes.Told, send: Send) -> None:
        ids = []
        try:
            for change in told.changes:
                receipt = await self.journal.append(change, once(hook.name, change))
                self._signals += not receipt.repeated
                ids.append(str(receipt.seq))
        except JournalFull as problem:
            await answer_error(send, 503, "busy", str(problem), retry_after_s=problem.retry_after_s)
            return
        except JournalError:
            text = "the observatory cannot write just now and acknowledges nothing; send it again later"
            await answer_error(send, 503, "not-kept", text, retry_after_s=RETRY_S)
            return
        for passed in told.passed:
            self.rejected[passed.slug] += 1
        await answer(send, 202 if ids else 200, _said(ids, told.passed))


def once(hook: str, change: Change) -> bytes:
    """Return the idempotency key of a change: all that is told, so that a correction is another one."""
    content = msgspec.msgpack.encode(change)
    return hashlib.blake2b(
        content, digest_size=16, key=hook.encode()[:64], person=b"change"
    ).digest()


def _said(ids: list[str], passed: Sequence[Passed]) -> Mapping[str, object]:
    why = [each.why for each in passed]
    return {"status": "accepted" if ids else "passed-over", "ids": ids, "passed_over": why}


def _without(body: bytes, secrets: Sequence[bytes]) -> bytes:
    for secret in secrets:
        body = body.replace(secret, b"***")
    return body
