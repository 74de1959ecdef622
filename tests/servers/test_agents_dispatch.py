"""Where agents come, on a real port with a real journal: who they are, what is kept, what is set aside."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from servers.desk import Reply, head_of, read_reply
from servers.peers import Authority, http, listening
from uproar.app.clock import SystemClock
from uproar.app.rota import Rota
from uproar.errors import FetchFailed
from uproar.inlets.probes import keeping
from uproar.inlets.probes.carrier import RESULTS, WORK, Carrier
from uproar.inlets.probes.dispatch import PACKED_BYTES_MAX, Dispatch
from uproar.inlets.probes.keeping import CLOCK_MS_MAX, Keeper
from uproar.journal.sqlite import SqliteJournal
from uproar.model.probe import CLOCK_OFF, Batch, Origin, Result, Taken, Task, Work
from uproar.model.seeing import Letter
from uproar.model.signal import Probed
from uproar.outlets.server import serve
from uproar.outlets.site import Site
from uproar.outlets.web import Web
from uproar.present.pages import notice
from uproar.wire import probed
from uproar.wire.probed import task_id

URL = "https://alpha.example/"
CONTROL = "https://control.example/"
TASK = Task(task_id("alpha", URL, ""), "alpha", URL, every_ms=60_000)
TOKENS = {"lhr": "l" * 32, "iad": "i" * 32}
ORIGINS = {"lhr": Origin("lhr", "GB", "AS64501"), "iad": Origin("iad", "US", "AS64502")}


@dataclass
class Letters:
    """Dead letters as a list."""

    kept: list[tuple[str, str, str, bytes]] = field(default_factory=list)

    def put(self, *, inlet: str, source: str, reason: str, problem: str, body: bytes) -> None:
        assert problem
        self.kept.append((inlet, source, reason, body))

    def counts(self) -> Mapping[str, int]:
        return {}

    def read(self, after: int, limit: int) -> Sequence[Letter]:  # noqa: ARG002 - as the port wants it
        return []

    def drop(self, numbers: Sequence[int]) -> int:  # noqa: ARG002 - as the port wants it
        return 0


@dataclass
class Front:
    """What a test may look at."""

    port: int
    journal: SqliteJournal
    letters: Letters
    dispatch: Dispatch
    clock: SystemClock

    def kept(self) -> list[Probed]:
        return [s for _, s in self.journal.read(0, 10_000) if isinstance(s, Probed)]

    async def post(
        self, path: str, body: bytes, token: str = TOKENS["lhr"], **headers: str
    ) -> Reply:
        named = {"authorization": f"Bearer {token}", "content-length": str(len(body)), **headers}
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(head_of("POST", path, named) + body)
        reply = await read_reply(reader)
        writer.close()
        return reply

    async def send(self, *results: Result, ahead_ms: int = 0, token: str = TOKENS["lhr"]) -> Taken:
        body = probed.encode_batch(Batch(self.clock.wall_ms() + ahead_ms, results))
        reply = await self.post(RESULTS, body, token)
        assert reply.status == 202, reply.body
        return probed.decode_taken(reply.body)


@asynccontextmanager
async def front(folder: Path) -> AsyncIterator[Front]:
    clock = SystemClock()
    with SqliteJournal.open(folder / "journal.db", clock) as journal:
        rota = Rota([TASK], ORIGINS.values(), [CONTROL])
        keeper = Keeper(
            journal,
            {TASK.id: TASK},
            [CONTROL],
            wall_ms=clock.wall_ms,
            noted=lambda origin, result: rota.noted(origin, result, clock.wall_ms()),
        )
        letters = Letters()
        dispatch = Dispatch(
            keeper,
            ORIGINS,
            TOKENS,
            lambda name: rota.hand_out(name, clock.wall_ms() + 120_000),
            wall_ms=clock.wall_ms,
            letters=letters,
        )
        web = Web(Site(), notice, posts=dispatch.posts())
        url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()
        running = asyncio.create_task(serve(web, "127.0.0.1", 0, url.set_result, stop))
        port = int((await url).rstrip("/").rpartition(":")[2])
        try:
            yield Front(port, journal, letters, dispatch, clock)
        finally:
            stop.set()
            await running


def fails(at: int, **more: object) -> Result:
    return Result(TASK.id, at, "fails", step="http", status=500, **more)  # type: ignore[arg-type]


def test_a_result_is_kept_with_the_place_of_the_settings(tmp_path: Path) -> None:
    async def main() -> None:
        async with front(tmp_path) as opened:
            at = opened.clock.wall_ms()
            assert await opened.send(fails(at)) == Taken(accepted=1)
            assert await opened.send(fails(at), token=TOKENS["iad"]) == Taken(accepted=1)
            first, second = opened.kept()
            assert (first.probe, first.place, first.network) == ("lhr", "GB", "AS64501")
            assert (second.probe, second.place, second.network) == ("iad", "US", "AS64502")
            assert (first.service, first.check, first.state) == ("alpha", URL, "fails")
            assert opened.dispatch.seeing().signals == 2

    asyncio.run(main())


def test_a_result_that_is_sent_again_is_kept_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with front(tmp_path) as opened:
            at = opened.clock.wall_ms()
            assert await opened.send(fails(at), fails(at + 1)) == Taken(accepted=2)
            assert await opened.send(fails(at), fails(at + 2)) == Taken(accepted=1, repeated=1)
            assert await opened.send(fails(at, wait_s=3)) == Taken(repeated=1)
            assert await opened.send(fails(at, again=True)) == Taken(repeated=1)  # the first stands
            assert len(opened.kept()) == 3

    asyncio.run(main())


def test_a_wrong_token_is_refused_and_gets_no_work(tmp_path: Path) -> None:
    async def main() -> None:
        async with front(tmp_path) as opened:
            body = probed.encode_batch(Batch(opened.clock.wall_ms(), (fails(1),)))
            for token in ("", "x" * 32, TOKENS["lhr"] + "x", TOKENS["lhr"][:-1]):
                for path, sent in ((WORK, b"{}"), (RESULTS, body)):
                    reply = await opened.post(path, sent, token)
                    assert (reply.status, reply.error["slug"]) == (401, "wrong-token")
                    assert reply.headers["www-authenticate"] == "Bearer"
                    assert TOKENS["lhr"].encode() not in reply.body
            basic = await opened.post(WORK, b"{}", authorization=f"Basic {TOKENS['lhr']}")
            assert basic.status == 401
            assert opened.kept() == []
            assert opened.dispatch.seeing().rejected == {"wrong-token": 9}

    asyncio.run(main())


def test_work_is_handed_out_once_an_interval(tmp_path: Path) -> None:
    async def main() -> None:
        async with front(tmp_path) as opened:
            first = probed.decode_work((await opened.post(WORK, b"{}")).body)
            assert first.orders == ()  # The first look comes at its own time within the interval.
            assert 0 < first.pause_ms <= 5_000

    asyncio.run(main())


def test_what_cannot_be_read_is_set_aside_and_the_rest_is_kept(tmp_path: Path) -> None:
    async def main() -> None:
        async with front(tmp_path) as opened:
            now = opened.clock.wall_ms()
            good = msgspec.json.encode(fails(now))
            body = b'{"now":%d,"results":[{"task":"nonsense"},%s]}' % (now, good)
            reply = await opened.post(RESULTS, body)
            assert probed.decode_taken(reply.body) == Taken(accepted=1, rejected=1)
            reply = await opened.post(RESULTS, b"not json")
            assert (reply.status, reply.error["slug"]) == (422, "unreadable")
            assert [(source, reason) for _, source, reason, _ in opened.letters.kept] == [
                ("lhr", "not-a-result"),
                ("lhr", "unreadable"),
            ]
            assert opened.dispatch.seeing().rejected == {"not-a-result": 1, "unreadable": 1}

    asyncio.run(main())


def test_results_of_what_was_not_asked_for_or_of_another_time_are_rejected(tmp_path: Path) -> None:
    async def main() -> None:
        async with front(tmp_path) as opened:
            now = opened.clock.wall_ms()
            taken = await opened.send(
                Result("f" * 12, now, "fails"),
                Result("", now, "fails", control="https://victim.example/"),
                fails(now - 2 * 86_400_000),
                fails(now + 3_600_000),
                Result("", now, "works", control=CONTROL),
            )
            assert taken == Taken(accepted=1, rejected=4)
            assert opened.dispatch.seeing().rejected == {
                "unknown-task": 1,
                "unknown-control": 1,
                "too-old": 1,
                "from-the-future": 1,
            }
            (kept,) = opened.kept()
            assert (kept.control, kept.service, kept.check) == (True, "control", CONTROL)

    asyncio.run(main())


def test_a_probe_that_brings_far_more_than_it_was_asked_for_is_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "BACKLOG_MAX", 10)
    monkeypatch.setattr(keeping, "A_MINUTE_MAX", 0)

    async def main() -> None:
        async with front(tmp_path) as opened:
            now = opened.clock.wall_ms()
            many = [fails(now - n) for n in range(30)]
            assert await opened.send(*many) == Taken(accepted=10, rejected=20)
            assert await opened.send(fails(now - 99)) == Taken(rejected=1)
            assert await opened.send(fails(now), token=TOKENS["iad"]) == Taken(accepted=1)
            assert opened.dispatch.seeing().rejected == {"too-many": 21}

    asyncio.run(main())


def test_a_clock_that_is_wrong_is_put_right_and_noted(tmp_path: Path) -> None:
    async def main() -> None:
        async with front(tmp_path) as opened:
            hour = 3_600_000
            at = opened.clock.wall_ms()
            for ahead in (hour, -hour):
                assert await opened.send(fails(at + ahead), ahead_ms=ahead) == Taken(accepted=1)
            assert await opened.send(fails(at), ahead_ms=1_000) == Taken(accepted=1)
            *off, sound = opened.kept()
            for one in off:
                assert one.notes == (CLOCK_OFF,)
                assert one.measured_at is not None
                assert abs(one.measured_at - at) < CLOCK_MS_MAX
            assert (sound.measured_at, sound.notes) == (at, ())

    asyncio.run(main())


def test_packed_bodies_are_unpacked_within_a_bound(tmp_path: Path) -> None:
    async def main() -> None:
        async with front(tmp_path) as opened:
            now = opened.clock.wall_ms()
            body = gzip.compress(probed.encode_batch(Batch(now, (fails(now),))))
            reply = await opened.post(RESULTS, body, content_encoding="gzip")
            assert probed.decode_taken(reply.body) == Taken(accepted=1)
            bomb = gzip.compress(b" " * 50_000_000)
            assert len(bomb) < PACKED_BYTES_MAX
            for sent, encoding, status in (
                (bomb, "gzip", 413),
                (body[:-9], "gzip", 400),
                (b"plain", "gzip", 400),
                (body, "br", 415),
                (b"x" * (PACKED_BYTES_MAX + 1), "identity", 413),
            ):
                reply = await opened.post(RESULTS, sent, content_encoding=encoding)
                assert reply.status == status, encoding

    asyncio.run(main())


def test_the_carrier_of_an_agent_speaks_with_the_dispatch(tmp_path: Path) -> None:
    async def main() -> None:
        async with front(tmp_path) as opened:
            base = f"http://127.0.0.1:{opened.port}"
            carrier = Carrier(base, TOKENS["iad"], "uproar-probe/test")
            stranger = Carrier(base, "z" * 32, "uproar-probe/test")
            try:
                assert (await carrier.ask()).pause_ms > 0
                now = opened.clock.wall_ms()
                many = Batch(now, tuple(fails(now - n) for n in range(300)))  # packed on its way
                assert (await carrier.send(many)).accepted == 300
                for ask in (stranger.ask, lambda: stranger.send(many)):
                    with pytest.raises(FetchFailed, match="does not know this token") as found:
                        await ask()
                    assert found.value.again
            finally:
                await carrier.close()
                await stranger.close()
            assert {one.probe for one in opened.kept()} == {"iad"}

    asyncio.run(main())


def test_agents_that_are_silent_are_named(tmp_path: Path) -> None:
    async def main() -> None:
        async with front(tmp_path) as opened:
            now = opened.clock.wall_ms()
            silent = Dispatch(
                opened.dispatch._keeper,
                ORIGINS,
                TOKENS,
                opened.dispatch._hand_out,
                wall_ms=iter([now, now + 1_000, now + 200_000]).__next__,
            )
            assert silent.seeing().trouble == ""
            assert silent.seeing().trouble == "not heard for two minutes: iad, lhr"

    asyncio.run(main())


def test_an_observatory_whose_certificate_does_not_hold_gets_no_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    heard: list[bytes] = []

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(http(200, probed.encode_work(Work()), Connection="close"))
        await writer.drain()

    async def ask(port: int) -> Work:
        carrier = Carrier(f"https://127.0.0.1:{port}", TOKENS["lhr"], "uproar-probe/test")
        try:
            return await carrier.ask()
        finally:
            await carrier.close()

    async def main() -> None:
        async with listening(session, authority.context("a", "127.0.0.1")) as port:
            with pytest.raises(FetchFailed, match="cannot be reached"):
                await ask(port)
            assert heard == []
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
            await ask(port)
            assert len(heard) == 1

    asyncio.run(main())
