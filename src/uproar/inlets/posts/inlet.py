"""All sources of posts as one way in: each is read by itself, and what they see is told together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from uproar.model.seeing import Seeing


class Source(Protocol):
    """One source of posts."""

    async def run(self) -> None:
        """Read until cancelled."""
        ...

    def seeing(self) -> Seeing:
        """Return how well it sees."""
        ...


class Posts:
    """The way in "posts". A source that fails by a mistake of ours ends the others too, to be started again."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = tuple(sources)

    @property
    def name(self) -> str:
        """The way in, as in the settings."""
        return "posts"

    async def run(self) -> None:
        """Read all sources, for ever."""
        async with asyncio.TaskGroup() as tasks:
            for source in self._sources:
                tasks.create_task(source.run(), name=f"posts {type(source).__name__}")

    def seeing(self) -> Seeing:
        """Return the sum of what the sources see."""
        return together([source.seeing() for source in self._sources])


def together(each: Sequence[Seeing]) -> Seeing:
    """Return several sights as one; troubles stand one after the other."""
    rejected: Counter[str] = Counter()
    for one in each:
        rejected.update(one.rejected)
    return Seeing(
        heard_at=max((one.heard_at for one in each), default=0),
        read=sum(one.read for one in each),
        signals=sum(one.signals for one in each),
        rejected=dict(rejected),
        waiting=sum(one.waiting for one in each),
        waiting_max=sum(one.waiting_max for one in each),
        lost=sum(one.lost for one in each),
        trouble="; ".join(one.trouble for one in each if one.trouble),
    )
