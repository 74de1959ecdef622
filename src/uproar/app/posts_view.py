"""What was posted around an incident, for its page. Reads the state, changes nothing.

How large it was is told from posts that say the service fails for their writer; a hashtag tells when it began,
for later most who use it only talk about the outage.
"""

from __future__ import annotations

from uproar.app.fold_posts import BREAK_MS, STREAM
from uproar.app.fold_posts_state import Posts, Stand
from uproar.app.fold_state import State
from uproar.model.tick import DAY_MS, HOUR_MS
from uproar.present import figures
from uproar.present.instants import clock, day, seconds
from uproar.present.legible import clean
from uproar.present.source_views import Line, Span, Spot, Strip

EARLY_MS = HOUR_MS  # What was posted so long before our onset may be about the same failure,
LATE_MS = HOUR_MS  # and so long after its end.
TAGS_TOLD = 3  # Hashtags of one incident that are told, the largest.
LABEL = "Posts"


def strip(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> Strip | None:
    """Return the bursts of posts around an incident, None where nothing was ever posted of the service."""
    posts = state.posts
    if service not in posts.services:
        return None
    stands = _near(posts, service, onset, until, now_ms)
    end = now_ms if until is None else min(now_ms, until + LATE_MS)
    spans = [
        Span(max(begin, onset[0] - EARLY_MS), min(over, end), "unseen")
        for begin, over in _unseen(posts, now_ms)
        if over > onset[0] - EARLY_MS and begin < end
    ]
    spans += [
        Span(
            stand.first[1],
            _end(stand, now_ms),
            "odd" if stand.item[:1] == "#" else "bad",
            _told(stand, now_ms),
        )
        for stand in stands
    ]
    if stands:
        said = " ".join(_told(stand, now_ms) for stand in stands)
    elif any(span.from_at <= onset[0] and span.until_at >= end for span in spans):
        said = "Posts were not read at that time."
    else:
        said = "Nothing unusual was posted about it."
    return Strip(
        "posts",
        LABEL,
        said,
        first_at=min((stand.first[1] for stand in stands), default=None),
        spans=tuple(spans),
        spots=tuple(
            Spot(line.at, "good" if _is_end(line, stands) else "bad", line.text)
            for line in lines(state, service, onset, until, now_ms)
        ),
    )


def lines(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> list[Line]:
    """Return when bursts of posts began and ended, as entries of the timeline."""
    found = []
    for stand in _near(state.posts, service, onset, until, now_ms):
        begun, ended = _turns(stand)
        found.append(Line(stand.first[1], "post", begun))
        if stand.cleared_at is not None:
            found.append(Line(stand.cleared_at, "post", ended))
    return sorted(found, key=lambda line: line.at)


def _near(
    posts: Posts, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> list[Stand]:
    """Return the bursts that may belong to an incident: of the service first, then the largest hashtags."""
    watch = posts.services.get(service)
    if watch is None:
        return []
    end = now_ms if until is None else until + LATE_MS
    near = [
        stand
        for stand in watch.stands
        if stand.first[1] <= end and _end(stand, now_ms) >= onset[0] - EARLY_MS
    ]
    own = [stand for stand in near if stand.item in {"", STREAM}]
    tags = sorted((stand for stand in near if stand not in own), key=lambda each: -each.count)
    return own + tags[:TAGS_TOLD]


def _told(stand: Stand, now_ms: int) -> str:
    count = figures.count(max(1, stand.count))
    begin, end = stand.first[1], _end(stand, now_ms)
    apart = begin // DAY_MS != end // DAY_MS
    span = f"between {_at(begin, dated=apart)} and {_at(end, dated=apart)}"
    if stand.item == STREAM:
        text = f"Its own stream carried far less than usual {span}"
    elif stand.item:
        one = "account" if count == "1" else "accounts"
        text = f"{clean(stand.item)} was used by {count} {one} {span}"
    else:
        one = "post" if count == "1" else "posts"
        text = f"{count} {one} said {span} that it fails"
    return f"{text}; first unusual at {seconds(begin)}."


def _at(at: int, *, dated: bool) -> str:
    return f"{day(at)}, {clock(at)}" if dated else clock(at)


def _turns(stand: Stand) -> tuple[str, str]:
    """Return how the beginning and the end of a burst are told."""
    if stand.item == STREAM:
        return (
            "Its own stream of posts fell far below the usual.",
            "Its own stream of posts carried as much as usual again.",
        )
    what = f"Posts with {clean(stand.item)}" if stand.item else "Posts that say it fails"
    return f"{what} became unusually many.", f"{what} were as many as usual again."


def _end(stand: Stand, now_ms: int) -> int:
    return now_ms if stand.cleared_at is None else stand.cleared_at


def _is_end(line: Line, stands: list[Stand]) -> bool:
    return any(stand.cleared_at == line.at for stand in stands)


def _unseen(posts: Posts, now_ms: int) -> list[tuple[int, int]]:
    """Return the stretches in which no source was heard, the one that lasts included."""
    heard_at = max((heard.at for heard in posts.sources.values()), default=0)
    silent = [(heard_at, now_ms)] if now_ms - heard_at > BREAK_MS else []
    return [*posts.unseen, *silent]
