"""Where agents come: they fetch their work and bring their results, each with a token of its own.

Who an agent is, and where, follows from its token and the settings, never from what it says. A result
that can be read is appended once, however often it is sent; one that cannot is set aside.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

from uproar.errors import JournalError, JournalFull, ProbeRejected, ReportRejected
from uproar.inlets.bodies import Bodies, Receive
from uproar.inlets.posting import Scope, Send, answer_bytes, answer_error
from uproar.inlets.probes.carrier import RESULTS, WORK
from uproar.inlets.probes.keeping import Keeper
from uproar.model.probe import Origin, Work
from uproar.model.seeing import Seeing
from uproar.ports import DeadLetters
from uproar.wire import probed, signatures
from uproar.wire.httpanswer import JSON, error_json

Handler = Callable[[Scope, Receive, Send], Awaitable[None]]

PACKED_BYTES_MAX = 262_144  # of a batch as sent
RETRY_S = 5
SILENT_MS = 120_000  # An agent that was not heard for so long is told of.
_UNKNOWN = (b"www-authenticate", b"Bearer")


class Dispatch:
    """The two handlers for agents. `hand_out(name)` returns the work of an agent.

    `tokens` are the agents by name, `origins` where each is. A wrong token is told by a 401 after the
    same work as a right one: all are compared, each in constant time.
    """

    name = "agents"

    def __init__(
        self,
        keeper: Keeper,
        origins: Mapping[str, Origin],
        tokens: Mapping[str, str],
        hand_out: Callable[[str], Work],
        *,
        wall_ms: Callable[[], int],
        letters: DeadLetters | None = None,
    ) -> None:
        self._keeper = keeper
        self._origins = origins
        self._tokens = {name: token.encode() for name, token in tokens.items()}
        self._hand_out = hand_out
        self._wall_ms = wall_ms
        self._letters = letters
        self._bodies = Bodies(bytes_max=PACKED_BYTES_MAX)
        self._heard: dict[str, int] = {}
        self._lost: dict[str, int] = {}
        self._begun_at = wall_ms()
        self._read = self._signals = 0
        self._rejected: Counter[str] = Counter()

    def posts(self) -> dict[str, Handler]:
        """Return the handlers by exact path."""
        return {WORK: self.work, RESULTS: self.results}

    def seeing(self) -> Seeing:
        """Return what agents brought, and which of them are silent."""
        now = self._wall_ms()
        silent = sorted(
            name for name in self._tokens if now - self._heard.get(name, self._begun_at) > SILENT_MS
        )
        return Seeing(
            heard_at=max(self._heard.values(), default=0),
            read=self._read,
            signals=self._signals,
            rejected=dict(self._rejected + self._keeper.rejected),
            lost=sum(self._lost.values()),
            trouble=f"not heard for two minutes: {', '.join(silent)}" if silent else "",
        )

    async def work(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer POST /api/v1/agents/work: what is due for this agent, 200."""
        try:
            name, _ = await self._opened(scope, receive)
        except ReportRejected as problem:
            await self._refuse(send, problem)
            return
        await answer_bytes(send, 200, JSON, probed.encode_work(self._hand_out(name)))

    async def results(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer POST /api/v1/agents/results: 202 when all that can be kept is on disk."""
        try:
            name, body = await self._opened(scope, receive)
        except ReportRejected as problem:
            await self._refuse(send, problem)
            return
        try:
            batch, refused = probed.decode_batch(body)
        except ProbeRejected as problem:
            self._set_aside(name, "unreadable", str(problem), body)
            await self._refuse(send, ReportRejected(422, "unreadable", str(problem)))
            return
        for line, why in refused:
            self._set_aside(name, "not-a-result", why, line)
        self._read += len(batch.results) + len(refused)
        self._lost[name] = batch.lost
        try:
            taken = await self._keeper.keep(
                self._origins[name], batch.results, batch.now - self._wall_ms()
            )
        except JournalError as problem:
            wait_s = problem.retry_after_s if isinstance(problem, JournalFull) else RETRY_S
            said = "the journal cannot take it now; send it again"
            await answer_error(send, 503, "not-kept", said, retry_after_s=wait_s)
            return
        self._signals += taken.accepted
        whole = type(taken)(taken.accepted, taken.repeated, taken.rejected + len(refused))
        await answer_bytes(send, 202, JSON, probed.encode_taken(whole))

    async def _opened(self, scope: Scope, receive: Receive) -> tuple[str, bytes]:
        """Return the agent's name and the body, unpacked; raises ReportRejected."""
        headers = dict(scope["headers"])
        name = self._who(headers.get(b"authorization", b""))
        if name is None:
            self._rejected["wrong-token"] += 1
            raise ReportRejected(401, "wrong-token", "no agent of the settings has this token")
        body = await self._bodies.read(receive, headers.get(b"content-length"))
        encoding = headers.get(b"content-encoding", b"").strip().lower()
        if encoding == b"gzip":
            body = _unpacked(body)
        elif encoding not in {b"", b"identity"}:
            raise ReportRejected(415, "encoding", "a body may be packed with gzip, or not at all")
        self._heard[name] = self._wall_ms()
        return name, body

    def _who(self, header: bytes) -> str | None:
        given = signatures.borne(header.decode("latin-1")).encode("latin-1")
        found = None
        for name, token in self._tokens.items():
            if signatures.same(given, token):
                found = name
        return found

    def _set_aside(self, name: str, reason: str, problem: str, body: bytes) -> None:
        self._rejected[reason] += 1
        if self._letters is not None:
            self._letters.put(
                inlet=self.name, source=name, reason=reason, problem=problem, body=body
            )

    async def _refuse(self, send: Send, problem: ReportRejected) -> None:
        body = error_json(problem.status, problem.slug, str(problem))
        extra = (_UNKNOWN,) if problem.status == 401 else ()
        await answer_bytes(send, problem.status, JSON, body, headers=extra)


def _unpacked(body: bytes) -> bytes:
    """Return a gzip body unpacked, within the bound of a batch; raises ReportRejected."""
    unpack = zlib.decompressobj(wbits=31)
    try:
        whole = unpack.decompress(body, probed.BATCH_BYTES_MAX + 1)
    except zlib.error:
        raise ReportRejected(400, "packing", "the body cannot be unpacked") from None
    if len(whole) > probed.BATCH_BYTES_MAX:
        raise ReportRejected(
            413, "body-too-large", f"at most {probed.BATCH_BYTES_MAX} bytes unpacked"
        )
    if not unpack.eof:
        raise ReportRejected(400, "packing", "the packed body breaks off")
    return whole
