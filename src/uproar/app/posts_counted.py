"""Posts of a file as counts, as an observatory would keep them: for trying the classifier on one's own.

Time is that of the lines. What is printed is what would be kept: no post and no author.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from uproar.app import posting
from uproar.inlets.posts.seen import Seen
from uproar.inlets.posts.window import Counting, Window
from uproar.model.catalog import Catalog
from uproar.model.signal import Post
from uproar.model.tick import tick_of
from uproar.wire.posts import jsonlines
from uproar.wire.posts.posted import Rejected

SOURCE = "file"


@dataclass
class Counted:
    """What a file came to: signals in the order of time, and what was set aside, by reason."""

    signals: list[Post] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)


def count(lines: Iterable[bytes], catalog: Catalog, now_ms: int) -> Counted:
    """Count lines of JSON, in windows of ten seconds by their own time; lines without one are of `now_ms`.

    Lines need no order within a window; one that comes after its window was ended counts in the next.
    """
    counting = Counting(posting.judge(catalog))
    key, seen, window, told = secrets.token_bytes(32), Seen(), Window(), Counted()
    for line in lines:
        if not line.strip():
            continue
        found = jsonlines.read(line.rstrip(b"\r\n"), now_ms, key)
        if isinstance(found, Rejected):
            told.rejected[found.reason] += 1
            continue
        if tick_of(found.at) > window.number >= 0:
            _end(counting, seen, window, told)
            window = Window()
        if not seen.first(found.key):
            told.rejected["repeat"] += 1
            continue
        window.number = max(window.number, tick_of(found.at))
        window.until_at = max(window.until_at, found.at)
        counting.count(window, found)
    if window.of:
        _end(counting, seen, window, told)
    return told


def _end(counting: Counting, seen: Seen, window: Window, told: Counted) -> None:
    own, whole = counting.signals(window, SOURCE)
    told.signals += [*own, whole]
    seen.keep(window.until_at, window.until_at)
    counting.keep(window.until_at)
