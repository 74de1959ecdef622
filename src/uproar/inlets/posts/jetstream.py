"""Bluesky's Jetstream, read for ever: taken up where the journal stands, counted once, never hurried.

Every connection begins at the cursor that the journal acknowledged last, less a margin. What was read
after it and not acknowledged is forgotten first, and comes again. So a break of the connection, a
restart and a crash are one and the same, and nothing has to be kept but the journal.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import structlog

from uproar.errors import FetchFailed
from uproar.inlets.posts.keeping import Keeper
from uproar.inlets.posts.seen import Seen
from uproar.inlets.posts.setaside import set_aside
from uproar.inlets.posts.websocket import Opened, Stream, StreamEnded
from uproar.inlets.posts.window import Counting, Window
from uproar.model.seeing import Seeing
from uproar.model.tick import HOUR_MS, MINUTE_MS, TICK_MS, tick_of
from uproar.wire.posts import jetstream
from uproar.wire.posts.jetstream import POSTS, TIMES_FROM
from uproar.wire.posts.posted import Broken, Passed, Posted, Read, Rejected

SOURCE = "jetstream"
MARGIN_US = 5_000_000  # So much is asked for again: another host's clock may be behind.
RESUME_MS = HOUR_MS  # What lies further back is no news; the gap is left a gap.
BATCH = 64  # Frames between two looks at the clock, after which others have their turn too.
IDLE_S = 0.5  # Without a frame for so long, it is looked whether the window is due.
DUE_S = TICK_MS / 1000 + 2.0  # A window that is open for longer by our clock is ended as it stands.
AGAIN_S, AGAIN_S_MAX = 1.0, 60.0  # Before the next connection; twice as long after each failure.
SOUND_S = 60.0  # A connection that stood for so long had no reason to fail.
TOO_OLD = "CursorTooOld"
ERRORS = frozenset({TOO_OLD, "ConsumerTooSlow", "UnknownZstdDictionary"})  # Others are one reason.
AHEAD_MS = MINUTE_MS  # A clock of theirs that is further ahead of ours is wrong.

_log = structlog.get_logger("uproar.posts")


class Jetstream:
    """One reader of the network, at the first of `urls` that answers.

    `resume` is the last acknowledged cursor with the source's instant in milliseconds UTC. `wall_ms`
    is the time, `elapsed_s` seconds that only run forward, `chance` numbers from 0 to 1.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        opened: Opened,
        counting: Counting,
        keeper: Keeper,
        key: bytes,
        wall_ms: Callable[[], int],
        elapsed_s: Callable[[], float],
        chance: Callable[[], float],
        resume: tuple[int, int] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._readers = [(url, jetstream.reader(key, second=is_second(url))) for url in urls]
        self._opened = opened
        self._counting = counting
        self._keeper = keeper
        self._wall_ms = wall_ms
        self._elapsed_s = elapsed_s
        self._chance = chance
        self._sleep = sleep
        self._kept = resume  # Cursor and instant that the journal acknowledged.
        self._seen = Seen()
        self._window = Window()
        self._window_s = 0.0
        self._last_too_big: int | None = None
        self._heard_at = 0
        self._read = 0
        self._rejected: Counter[str] = Counter()
        self._trouble = ""
        self._gap = ""

    def seeing(self) -> Seeing:
        """Return how well the stream is seen."""
        return Seeing(
            heard_at=self._heard_at,
            read=self._read,
            signals=self._keeper.kept,
            rejected=dict(self._rejected),
            lost=self._counting.lost,
            trouble=self._keeper.trouble or self._trouble or self._gap,
        )

    async def run(self) -> None:
        """Read for ever. Ends only by being cancelled, or by what is our own mistake."""
        pause_s, turn = AGAIN_S, 0
        while True:
            url, read = self._readers[turn % len(self._readers)]
            self._forget()
            begun_s = self._elapsed_s()
            try:
                async with self._opened(address(url, self._cursor(url))) as stream:
                    await self._follow(stream, read)
            except (StreamEnded, FetchFailed) as problem:
                name = getattr(problem, "name", "refused")
                self._trouble = f"the stream of Bluesky is interrupted: {problem}"
                self._rejected[f"stream-{name}"] += 1
                _log.warning("stream ended", source=SOURCE, why=name)
                if getattr(problem, "too_big", False):
                    self._step_over()
            if self._elapsed_s() - begun_s >= SOUND_S:
                pause_s = AGAIN_S
            turn += 1
            await self._sleep(pause_s * (0.5 + self._chance()))
            pause_s = min(2 * pause_s, AGAIN_S_MAX)

    def _forget(self) -> None:
        """Let go of what was counted and is not acknowledged: it will be read again."""
        self._window = Window()
        self._counting.drop()
        self._seen.drop()

    def _step_over(self) -> None:
        """After the second frame in a row that is too large for any post, go on from now instead."""
        here = self._kept[0] if self._kept is not None else 0
        if self._last_too_big == here:
            self._kept = None
            self._gap = "a frame was too large to be read, and some posts with it"
        self._last_too_big = here

    def _cursor(self, url: str) -> int | None:
        """Return the cursor to ask with at an address, None for now on."""
        if self._kept is None:
            return None
        cursor, at = self._kept
        if self._wall_ms() - at > RESUME_MS:
            self._gap = "posts of the time in which this observatory was not reading are missing"
            self._kept = None
            return None
        if cursor < TIMES_FROM and is_second(url):
            return cursor
        return max(TIMES_FROM, at * 1000 - MARGIN_US)

    async def _follow(self, stream: Stream, read: Callable[[bytes | str], Read]) -> None:
        self._window_s = self._elapsed_s()
        self._trouble = ""
        while True:
            # Only the waiting for frames is under a clock: what is being kept is never given up.
            frames: list[bytes | str] = []
            ended: StreamEnded | None = None
            try:
                async with asyncio.timeout(IDLE_S):
                    while len(frames) < BATCH:
                        frames.append(await stream.next())
            except TimeoutError:
                pass
            except StreamEnded as problem:
                ended = problem
            for frame in frames:
                await self._take(read(frame))
            if ended is not None:
                raise ended
            if self._elapsed_s() - self._window_s >= DUE_S:
                await self._end()
            await asyncio.sleep(0)

    async def _take(self, found: Read) -> None:
        self._read += 1
        if isinstance(found, Rejected):
            set_aside(self._rejected, found, SOURCE)
            return
        if isinstance(found, Broken):
            raise self._broken(found)
        now = self._wall_ms()
        if found.at > now + AHEAD_MS:
            self._rejected["time-ahead"] += 1
            return
        self._heard_at = now
        if self._kept is None:
            await self._begin(found)
        assert self._kept is not None
        is_new = self._is_new(found, self._kept)
        if not is_new and (isinstance(found, Passed) or not self._remembers(found.at)):
            return
        if is_new and tick_of(found.at) > self._window.number >= 0:
            await self._end()
        window = self._window
        if isinstance(found, Posted):
            if not self._seen.first(found.key):
                self._rejected["repeat"] += 1
                return
            self._counting.count(window, found)
        if is_new:
            window.number = max(window.number, tick_of(found.at))
            window.cursor = max(window.cursor, found.cursor)
            window.until_at = max(window.until_at, found.at)

    def _broken(self, found: Broken) -> StreamEnded:
        if found.name == TOO_OLD:
            self._kept = None
            self._gap = "the network no longer has what was posted while we did not read"
        name = found.name if found.name in ERRORS else "error"
        return StreamEnded(name, "the network ended the stream")

    async def _begin(self, found: Posted | Passed) -> None:
        """Keep where the very first window begins, so that even one that is cut off is read again."""
        begin = Window(cursor=found.cursor - 1, until_at=found.at)
        own, whole = self._counting.signals(begin, SOURCE)
        await self._keeper.keep(own, whole, "")
        self._kept = (begin.cursor, begin.until_at)

    def _is_new(self, found: Posted | Passed, kept: tuple[int, int]) -> bool:
        """Tell whether something comes after the cursor; cursors of two kinds cannot be compared."""
        if (found.cursor < TIMES_FROM) != (kept[0] < TIMES_FROM):
            return found.at > kept[1]
        return found.cursor > kept[0]

    def _remembers(self, at: int) -> bool:
        """Tell whether our memory of then is whole, so that what is not in it was missed."""
        return self._seen.since is not None and at > self._seen.since

    async def _end(self) -> None:
        """End the window and keep it, even an empty one: that a source is silent is worth knowing."""
        window = self._window
        kept_at = self._kept[1] if self._kept is not None else 0
        begun = str(self._kept[0]) if self._kept is not None and window.until_at else ""
        own, whole = self._counting.signals(window, SOURCE)
        await self._keeper.keep(own, whole, begun)
        if window.until_at:
            self._kept = (window.cursor, window.until_at)
        if self._kept is not None:
            self._seen.keep(kept_at, self._kept[1])
            self._counting.keep(self._kept[1])
        self._window = Window()
        self._window_s = self._elapsed_s()


def is_second(url: str) -> bool:
    """Tell whether an address is one of the second form, by the method its path names."""
    return urlsplit(url).path.endswith("subscribeEvents")


def address(url: str, cursor: int | None) -> str:
    """Return the address that asks for posts only, from a cursor on (inclusive) or from now."""
    parts = urlsplit(url)
    asked = [each for each in parse_qsl(parts.query, keep_blank_values=True) if each[0] != "cursor"]
    names = {name for name, _ in asked}
    if is_second(url):
        wanted = [("kinds", "commit"), ("collections", POSTS)]
    else:
        wanted = [("wantedCollections", POSTS)]
    asked += [each for each in wanted if each[0] not in names]
    if cursor is not None:
        asked.append(("cursor", str(cursor)))
    return urlunsplit(parts._replace(query=urlencode(asked)))
