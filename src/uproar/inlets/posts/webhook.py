"""Posts that a program of yours sends: `POST /api/v1/posts`, lines of JSON, with a bearer token.

They are counted at once, and a window is kept every ten seconds: the answer says what was counted, and
not that it is on disk. Nothing of a post is stored, told or set aside; of one that cannot be used, the reason is.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from uproar.errors import ReportRejected
from uproar.inlets.bodies import Bodies, Receive
from uproar.inlets.posting import Scope, Send, answer, answer_error, named
from uproar.inlets.posts.arriving import Arriving
from uproar.inlets.tokens import Token
from uproar.model.seeing import Seeing
from uproar.model.tick import HOUR_MS
from uproar.wire.posts import jsonlines
from uproar.wire.posts.jsonlines import LINES_MAX
from uproar.wire.posts.posted import Posted, Rejected

BODY_BYTES_MAX = 2_097_152
OLD_MS = HOUR_MS  # What was posted longer ago is no news, and would be counted as of now.
AT_ONCE_MAX = 16  # Bodies that may be on their way at once.
FEW = 50  # Lines that are counted before others have their turn.
PATH = "/api/v1/posts"
SOURCE = "webhook"


class Webhook:
    """The way in for lines of JSON. It has a task of its own only to keep its windows."""

    def __init__(
        self, token: Token, *, arriving: Arriving, key: bytes, wall_ms: Callable[[], int]
    ) -> None:
        self._token = token
        self._arriving = arriving
        self._key = key
        self._wall_ms = wall_ms
        self._bodies = Bodies(at_once=AT_ONCE_MAX, bytes_max=BODY_BYTES_MAX)

    async def run(self) -> None:
        """Keep what was sent, every ten seconds."""
        await self._arriving.run()

    def seeing(self) -> Seeing:
        """Return how well it sees."""
        return self._arriving.seeing()

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer POST /api/v1/posts: 200 with how many were counted and set aside, by reason."""
        headers = named(scope)
        if not self._token.is_borne_by(headers.get("authorization", "")):
            self._arriving.rejected["no-token"] += 1
            await answer_error(send, 401, "no-token", "send the token as Authorization: Bearer")
            return
        try:
            length = headers.get("content-length")
            body = await self._bodies.read(receive, None if length is None else length.encode())
            lines = _lines(body)
        except ReportRejected as problem:
            self._arriving.rejected[problem.slug] += 1
            await answer_error(send, problem.status, problem.slug, problem.message)
            return
        counted, rejected = await self._count(lines)
        await answer(send, 200, {"counted": counted, "rejected": rejected})

    async def _count(self, lines: list[bytes]) -> tuple[int, dict[str, int]]:
        counted, rejected = 0, Counter[str]()
        for number, line in enumerate(lines):
            now = self._wall_ms()
            found: Posted | Rejected = jsonlines.read(line, now, self._key)
            if isinstance(found, Posted) and found.at < now - OLD_MS:
                found = Rejected("too-old")
            if isinstance(found, Rejected):
                rejected[found.reason] += 1
            if self._arriving.take(found):
                counted += 1
            elif not isinstance(found, Rejected):
                rejected["repeat"] += 1
            if number % FEW == FEW - 1:
                await asyncio.sleep(0)
        return counted, dict(rejected)


def _lines(body: bytes) -> list[bytes]:
    lines = [line for line in body.split(b"\n") if line.strip()]
    if len(lines) > LINES_MAX:
        raise ReportRejected(413, "too-many", f"send at most {LINES_MAX} lines at once")
    return lines
