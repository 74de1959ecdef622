"""The way in "logs": files are followed, what they say is judged, what was judged goes into the journal.

A file is read no faster than it is judged, and nothing is read while the journal does not take what was judged: what waits, waits on disk. Where each
file was read up to is kept after the journal has what came of it, and every signal has an idempotency key made of its source and its
stretch. So a restart reads the open tick again, and what the journal had of it is not kept twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import structlog

from uproar.errors import IdempotencyConflict, JournalFull, JournalUnwritable, StoreError
from uproar.inlets.logs.following import Follower, Piece
from uproar.model.seeing import Seeing
from uproar.model.signal import Traffic
from uproar.ports import Journal

POLL_S = 0.5  # Between two looks at files of which nothing is left to read.
AGAIN_S = 2.0  # Before the journal is asked again, where it says nothing better.
KEEP_S = 10.0  # How often it is kept up to where was read, at least where anything was.

_log = structlog.get_logger("uproar.logs")


class Judge(Protocol):
    """Who judges lines, and what it remembers. Used by one thread at a time; the counts by any."""

    def take(self, file: int, piece: Piece, beginning: Callable[[], list[bytes]]) -> None:
        """Take lines of the file of that place; `beginning` returns its first ones."""
        ...

    def step(self, behind: Sequence[bool]) -> list[Traffic]:
        """Return what is to be told; `behind` says of each file whether more of it waits."""
        ...

    def keep(self, files: Sequence[Follower]) -> None:
        """Keep what is remembered, and up to where each file was read. Raises StoreError."""
        ...

    def counts(self) -> tuple[int, Mapping[str, int], int, str]:
        """Return how many lines were read, how many set aside by reason, the last request's instant, and what is wrong."""
        ...


class Logs:
    """Follows files until cancelled."""

    def __init__(
        self,
        files: Sequence[Follower],
        judge: Judge,
        journal: Journal,
        *,
        elapsed_s: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._files = tuple(files)
        self._judge = judge
        self._journal = journal
        self._elapsed_s = elapsed_s
        self._sleep = sleep
        self._kept_s = 0.0
        self._signals = 0
        self._trouble = ""
        self._unkept = ""

    @property
    def name(self) -> str:
        """The way in, as pages name it."""
        return "logs"

    async def run(self) -> None:
        """Read, judge and tell, for ever."""
        try:
            while True:
                if not await self.turn():
                    await self._sleep(POLL_S)
        finally:
            for file in self._files:
                file.close()

    async def turn(self) -> bool:
        """Read one piece of each file and tell what comes of it; return whether there was any."""
        some = [await asyncio.to_thread(self._read, place) for place in range(len(self._files))]
        behind = [file.behind > 0 for file in self._files]
        told = await asyncio.to_thread(self._judge.step, behind)
        for signal in told:
            await self._append(signal)
        if told or (any(some) and self._elapsed_s() - self._kept_s >= KEEP_S):
            await asyncio.to_thread(self._keep)
        return any(behind)

    def _read(self, place: int) -> bool:
        file = self._files[place]
        piece = file.read()
        if piece.lines or piece.long:
            self._judge.take(place, piece, file.beginning)
        return bool(piece.lines)

    def _keep(self) -> None:
        self._kept_s = self._elapsed_s()
        try:
            self._judge.keep(self._files)
            self._unkept = ""
        except StoreError as problem:
            if not self._unkept:
                _log.warning("up to where logs were read is not kept", why=str(problem))
            self._unkept = "up to where was read cannot be kept; the log says why"

    async def _append(self, signal: Traffic) -> None:
        once = f"logs {signal.source} {signal.service} {signal.state == 'raised'} {signal.from_at}"
        while True:
            try:
                receipt = await self._journal.append(signal, once.encode())
            except IdempotencyConflict:
                break  # It was kept before we stopped; read again, it may differ a little.
            except (JournalFull, JournalUnwritable) as problem:
                self._trouble = str(problem)
                _log.warning("logs wait for the journal", why=str(problem))
                await self._sleep(float(getattr(problem, "retry_after_s", AGAIN_S)))
                continue
            self._signals += not receipt.repeated
            break
        self._trouble = ""

    def seeing(self) -> Seeing:
        """Return how well the files are seen; `waiting` are octets that were not read."""
        read, rejected, heard_at, trouble = self._judge.counts()
        troubles = [file.trouble for file in self._files] + [trouble, self._trouble, self._unkept]
        return Seeing(
            heard_at=heard_at,
            read=read,
            signals=self._signals,
            rejected=dict(rejected),
            waiting=sum(file.behind for file in self._files),
            trouble="; ".join(each for each in troubles if each),
        )
