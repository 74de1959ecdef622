"""Vendors' feeds over a real network: what changed is kept once, and what fails is said to be unread."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from servers.vendor import HOST, Vendor, bomb, reply, vendor
from uproar.app.clock import SystemClock
from uproar.errors import FetchFailed
from uproar.inlets import notices
from uproar.inlets.feeds import Feed, Subject
from uproar.inlets.fetching import Fetcher, Known
from uproar.inlets.guard import refusal
from uproar.inlets.notices import Reader
from uproar.inlets.targets import Targets
from uproar.journal.memory import MemoryJournal
from uproar.model.service import StatusFeed
from uproar.model.signal import Notice
from uproar.model.tick import parse_iso
from uproar.wire.notices import BODY_BYTES_MAX

SAMPLES = Path(__file__).parent.parent / "recordings" / "notices"
FINE = (SAMPLES / "statuspage-fine.json").read_bytes()
FAILING = (SAMPLES / "statuspage-failing.json").read_bytes()
NOW = parse_iso("2026-08-14T10:05:00Z")
AGENT = "Uproar/test (+https://observatory.example)"
MIB = 1_048_576


class Setting:
    """A page, a fetcher that may ask it, a reader, and a journal in memory."""

    def __init__(
        self,
        page: Vendor,
        *,
        bare: bool = False,
        remembered: dict[tuple[str, str], Notice] | None = None,
    ) -> None:
        self.page = page
        self.journal = MemoryJournal(SystemClock())
        self.fetcher = Fetcher(Targets([HOST]), AGENT, BODY_BYTES_MAX)
        self.slept: list[float] = []
        self.now = NOW
        self.enough = asyncio.Event()
        self.looks = 0
        url = f"http://{HOST}:{page.port}" if bare else page.url
        self.feed = Feed(StatusFeed("statuspage", url), (Subject("x", ("X",)),))
        self.reader = Reader(
            self.journal,
            [self.feed],
            self.fetcher.get,
            interval_s=60,
            wall_ms=lambda: self.now,
            chance=lambda: 0.5,
            sleep=self.sleep,
            remembered=remembered,
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self.looks and self.count.looks >= self.looks:
            self.enough.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0)

    async def run(self, looks: int) -> None:
        """Let the reader run until it has looked so often."""
        self.looks = looks
        task = asyncio.create_task(self.reader.run())
        await self.enough.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def look(self, *answers: list[bytes | float | None]) -> None:
        """Look once, while the page answers in this order, the last one from then on."""
        rest = list(answers)
        self.page.answer = lambda _: rest.pop(0) if len(rest) > 1 else rest[0]
        await self.reader.look(self.feed)

    def said(self) -> list[str]:
        """Return what the journal holds: id, state, phase and whether it could not be read."""
        kept = [signal for _, signal in self.journal.read(0, 10_000)]
        assert all(isinstance(signal, Notice) and signal.at > 0 for signal in kept)
        return [
            f"{n.native or 'page'} {n.state} {n.phase}{' unread' if n.unread else ''}"
            for n in kept
            if isinstance(n, Notice)
        ]

    @property
    def count(self) -> notices.Count:
        return self.reader.counts[self.feed.status.url]


def on_a_page(check: Callable[[Setting], Awaitable[None]]) -> None:
    async def run() -> None:
        async with vendor() as page:
            setting = Setting(page)
            try:
                await check(setting)
            finally:
                await setting.fetcher.close()

    asyncio.run(run())


def test_what_changed_is_kept_once_and_what_did_not_is_not_sent_again() -> None:
    async def check(at: Setting) -> None:
        await at.look(reply(200, FINE, ETag='"1"', Last_Modified="Fri, 14 Aug 2026 10:00:00 GMT"))
        await at.look(reply(304))
        assert at.page.asked[1]["if-none-match"] == '"1"'
        assert at.page.asked[1]["if-modified-since"] == "Fri, 14 Aug 2026 10:00:00 GMT"
        assert at.page.asked[0]["user-agent"] == AGENT
        await at.look(reply(200, FAILING, ETag='"2"'))
        await at.look(reply(200, FAILING, ETag='"2"'))
        assert at.said() == [
            "page operational none",
            "p31 partial investigating",
            "m7 maintenance scheduled",
            "page partial none",
        ]
        await at.look(reply(200, FINE, ETag='"3"'))
        assert at.said()[4:] == ["p31 unknown none", "m7 unknown none", "page operational none"]
        assert (at.count.looks, at.count.failed, at.count.notices) == (5, 0, 7)

    on_a_page(check)


def test_what_is_over_is_looked_up_where_ended_incidents_are() -> None:
    async def run() -> None:
        async with vendor() as page:
            at = Setting(page, bare=True)
            history = (SAMPLES / "statuspage-history.json").read_bytes()

            def answer(
                summary: bytes, past: list[bytes | float | None]
            ) -> Callable[..., list[bytes | float | None]]:
                return lambda asked: (
                    past if asked[":path"].endswith("incidents.json") else reply(200, summary)
                )

            page.answer = answer(FAILING, reply(500))
            await at.reader.look(at.feed)
            page.answer = answer(FINE, reply(200, history))
            await at.reader.look(at.feed)
            await at.reader.look(at.feed)
            assert at.said() == [
                "p31 partial investigating",
                "m7 maintenance scheduled",
                "page partial none",
                "p31 operational resolved",
                "m7 unknown none",
                "page operational none",
            ]
            asked = [each[":path"].rpartition("/")[2] for each in page.asked]
            assert asked == ["summary.json", "summary.json", "incidents.json", "summary.json"]
            await at.fetcher.close()

    asyncio.run(run())


def test_one_look_brings_so_many_notices_and_the_next_the_rest() -> None:
    async def check(at: Setting) -> None:
        whole = json.loads(FAILING)
        whole["incidents"] = [dict(whole["incidents"][0], id=f"i{n}") for n in range(70)]
        body = json.dumps(whole).encode()
        await at.look(reply(200, FINE))
        await at.look(reply(200, body))
        assert len(at.said()) == 1 + notices.SAID_MAX + 1
        await at.look(reply(200, body))
        assert len(at.said()) == 1 + 70 + 1 + 1
        await at.look(reply(200, body))
        assert len(set(at.said())) == 1 + 70 + 1 + 1

    on_a_page(check)


def test_an_error_that_passes_is_tried_again_and_never_mentioned() -> None:
    async def check(at: Setting) -> None:
        await at.look(reply(500), [None], reply(200, FINE))
        assert at.said() == ["page operational none"]
        assert len(at.page.asked) == 3
        assert at.slept == [notices.RETRY_S, 2 * notices.RETRY_S]

    on_a_page(check)


HTML = b"<!doctype html><html><body>Bad gateway</body></html>"
BROKEN: list[tuple[str, list[bytes | float | None], int, str]] = [
    ("503", reply(503), 3, "it answers 503"),
    ("404", reply(404), 1, "it answers 404"),
    ("429", reply(429), 1, "it answers 429"),
    ("304 to nobody", reply(304), 1, "it answers 304"),
    ("a page instead of data", reply(200, HTML), 1, "it is a page where data should be"),
    ("nothing", reply(200), 1, "it is empty"),
    ("cut off", [reply(200, FINE)[0][:-40]], 3, "its server cannot be reached, or breaks off"),  # type: ignore[index]
    ("broken off", [None], 3, "its server cannot be reached, or breaks off"),
    ("no HTTP", [b"SSH-2.0-OpenSSH_9.2\r\n"], 3, "its server cannot be reached, or breaks off"),
    ("bomb", reply(200, bomb(64 * MIB), Content_Encoding="gzip"), 1, "it is too long"),
    ("half a gzip", reply(200, bomb(9_000)[:-9], Content_Encoding="gzip"), 3, "it breaks off"),
    ("no gzip", reply(200, FINE, Content_Encoding="gzip"), 1, "it cannot be unpacked"),
    ("brotli", reply(200, FINE, Content_Encoding="br"), 1, "it is packed in a way we did not ask for"),
    ("old copy", reply(200, FINE, Age="7200"), 1, "it stands still: what comes is an old copy"),
    ("private", reply(302, Location="https://127.0.0.2/"), 1, "it leads into a network that is not public"),
    ("metadata", reply(302, Location="https://169.254.169.254/"), 1, "it leads into a network that is not public"),
    ("plain", reply(301, Location="http://example.com/"), 1, "it leads away from https"),
    ("port", reply(301, Location="https://example.com:22/"), 1, "it leads away from https"),
    ("file", reply(301, Location="file:///etc/passwd"), 1, "it leads to what is no address"),
    ("user", reply(301, Location="https://a:b@example.com/"), 1, "it leads to what is no address"),
    ("round and round", reply(302, Location="/api/v2/summary.json"), 4, "it is sent on and on"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "asked", "why"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_feed_that_fails_twice_is_said_to_be_unread_once_and_comes_back(
    answer: list[bytes | float | None], asked: int, why: str
) -> None:
    async def check(at: Setting) -> None:
        await at.look(answer)
        assert at.said() == [], "one bad look is no news"
        assert len(at.page.asked) == asked
        assert at.count.why == why
        await at.look(answer)
        await at.look(answer)
        assert at.said() == ["page unknown none unread"]
        await at.look(reply(200, FINE))
        assert at.said() == ["page unknown none unread", "page operational none"]
        assert (at.count.in_a_row, at.count.why) == (0, "")

    on_a_page(check)


class Letters:
    """What was set aside, as (source, reason, body)."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str, bytes]] = []

    def put(self, *, inlet: str, source: str, reason: str, problem: str, body: bytes) -> None:
        assert inlet == "notices"
        assert problem
        self.kept.append((source, reason, body))


def test_what_cannot_be_read_is_set_aside_once_in_an_hour_and_what_did_not_come_never() -> None:
    async def check(at: Setting) -> None:
        letters = Letters()
        at.reader._letters = letters  # type: ignore[assignment]
        await at.look(reply(503))
        await at.look(reply(200, b"<html>first"))
        at.now += 59 * 60_000
        await at.look(reply(200, b"<html>second"))
        await at.look(reply(200, FINE))
        assert letters.kept == [(at.page.url, "unreadable", b"<html>first")]
        at.now += 60_000
        await at.look(reply(200, b"<html>third"))
        assert [body for *_, body in letters.kept] == [b"<html>first", b"<html>third"]

    on_a_page(check)


def test_one_look_that_fails_is_no_trouble_and_two_are() -> None:
    async def check(at: Setting) -> None:
        await at.look(reply(200, FINE))
        heard = at.reader.seeing().heard_at
        assert heard == at.now
        await at.look(reply(404))
        assert at.reader.seeing().trouble == ""
        await at.look(reply(404))
        assert at.reader.seeing().trouble.startswith("1 of 1 feeds cannot be read: ")
        assert at.reader.seeing().rejected == {"unread": 2}

    on_a_page(check)


def test_an_endless_body_is_given_up_at_its_bound() -> None:
    async def check(at: Setting) -> None:
        at.page.endless = b" " * MIB
        await at.look([b"HTTP/1.1 200 OK\r\n\r\n"])
        assert at.count.why == "it is too long"

    on_a_page(check)


def test_a_slow_page_is_given_up_at_the_deadline() -> None:
    async def check(at: Setting) -> None:
        quick = Fetcher(Targets([HOST]), AGENT, BODY_BYTES_MAX, deadline_s=0.2)
        at.page.answer = lambda _: [b"HTTP/1.1 200 OK\r\n\r\n", *[b"{", 0.05] * 100]
        with pytest.raises(FetchFailed, match="takes too long") as caught:
            await quick.get(at.page.url, Known())
        assert caught.value.again
        await quick.close()

    on_a_page(check)


def test_a_private_host_must_be_named() -> None:
    async def check(at: Setting) -> None:
        stranger = Fetcher(Targets(), AGENT, BODY_BYTES_MAX)
        for url in (
            at.page.url,
            f"https://{HOST}:{at.page.port}/",
            "https://localhost/",
            "https://[::1]/",
        ):
            with pytest.raises(FetchFailed):
                await stranger.get(url, Known())
        await stranger.close()
        assert at.page.asked == []

    on_a_page(check)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("1.1.1.1", True),
        ("2606:4700::1111", True),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("192.168.1.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:1.1.1.1", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::101:101", True),
        ("2002:7f00:1::", False),
        ("no address", False),
    ],
)
def test_what_is_public_is_told_by_the_address_itself(address: str, public: bool) -> None:
    assert (not refusal(address, allow_private=False)) is public


def test_history_is_not_kept_and_what_is_known_goes_on_after_a_restart() -> None:
    async def check(at: Setting) -> None:
        past = (SAMPLES / "statuspage-history.json").read_bytes()
        at.now = parse_iso("2026-08-20T10:00:00Z")
        await at.look(reply(200, past))
        assert at.said() == ["page operational none"]

    on_a_page(check)

    async def run() -> None:
        async with vendor() as page:
            before = Setting(page)
            await before.look(reply(200, FAILING))
            kept = [n for _, n in before.journal.read(0, 99) if isinstance(n, Notice)]
            at = Setting(page, remembered={(n.service, n.native): n for n in kept})
            page.answer = lambda _: reply(200, FAILING)
            await at.run(looks=3)
            # Nobody looked meanwhile: the page is unread until it is read again, and the rest is known.
            assert at.said() == ["page unknown none unread", "page partial none"]
            await before.fetcher.close()
            await at.fetcher.close()

    asyncio.run(run())


def test_looks_are_moved_apart_and_a_feed_that_fails_is_asked_less_and_less() -> None:
    async def run() -> None:
        async with vendor() as page:
            at = Setting(page)
            page.answer = lambda _: reply(404)
            await at.run(looks=8)
            assert at.slept[:8] == [30, 60, 120, 240, 480, 960, 960, 960]
            await at.fetcher.close()

    asyncio.run(run())


def test_a_feed_whose_reader_fails_within_does_not_end_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> None:
        async with vendor() as page:
            at = Setting(page)
            page.answer = lambda _: reply(200, FINE)
            failing = True

            def read(*_: object) -> object:
                nonlocal failing
                if failing:
                    failing = False
                    raise RuntimeError("ours")
                return honest(at.feed.status, FINE)

            honest = notices.notices.read
            monkeypatch.setattr(notices.notices, "read", read)
            await at.run(looks=2)
            assert at.said() == ["page operational none"]
            await at.fetcher.close()

    asyncio.run(run())
