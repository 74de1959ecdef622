"""One observatory, live: opens its parts, takes up where it was, watches and serves."""

from __future__ import annotations

import asyncio

import structlog

from uproar import __version__
from uproar.app import compose, replay_letters, serving
from uproar.app.clock import SystemClock
from uproar.app.settings import Settings
from uproar.app.watch import Watch
from uproar.errors import UproarError
from uproar.model.tick import DAY_MS

_log = structlog.get_logger("uproar.observatory")


async def run(settings: Settings) -> None:
    """Serve until told to stop. Raises an UproarError where it cannot begin."""
    parts = await asyncio.to_thread(compose.open_parts, settings, SystemClock())
    watch = Watch(parts.journal, parts.pipeline, lambda now: _publish(parts, now))
    try:
        await asyncio.to_thread(_take_up, parts)
        await serving.serve(
            parts,
            on_ready=watch.start,
            tell=lambda url: _log.info("serving", url=url),
            failure=lambda: watch.failure,
        )
    finally:
        await asyncio.to_thread(watch.stop)
        parts.close()


def _take_up(parts: compose.Parts) -> None:
    """Fold what the journal holds, and make the first pages before the first visitor comes."""
    for reference in compose.references(parts):
        parts.journal.append_wait(reference)
    parts.pipeline.resume()
    parts.pipeline.catch_up()
    _try_letters(parts)
    _publish(parts, parts.journal.now_ms())
    _log.info("taken up", tick=parts.pipeline.state.tick, signals=parts.journal.last_seq())


def _try_letters(parts: compose.Parts) -> None:
    """Try again what an older version set aside. What hinders it is told, and hinders nothing else."""
    try:
        tried = replay_letters.at_start(
            parts.letters,
            parts.journal,
            parts.catalog,
            parts.pipeline.state,
            __version__,
            replay_letters.readers(parts.settings),
        )
    except UproarError as problem:
        _log.warning("dead letters were not tried", problem=str(problem))
        return
    if tried:
        taken = sum(each.became == "taken" for each in tried)
        _log.info("dead letters tried again", tried=len(tried), taken=taken)


def _publish(parts: compose.Parts, now_ms: int) -> None:
    parts.publisher.publish(parts.pipeline.state, now_ms)
    keep_ms = parts.settings.journal.keep_days * DAY_MS
    parts.journal.prune(now_ms - keep_ms, parts.pipeline.checkpoint_seq)
