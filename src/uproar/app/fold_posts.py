"""What is posted, as the fold takes it in: a series for each service and hashtag, and where bursts stood.

A hashtag is a service's own where most of its authors speak of that service's failing. Alarms of posts
stand beside those of reports; no incident is opened or closed by them.
"""

from __future__ import annotations

from uproar.app.fold_posts_state import Heard, Posts, Stand, Tag, Watch
from uproar.app.fold_state import State
from uproar.detect import bursts
from uproar.detect.flow import FALL_WINDOWS, Flow, step
from uproar.model.incident import Alarm
from uproar.model.series import SeriesKey
from uproar.model.signal import Post
from uproar.model.tick import HOUR_MS, MINUTE_MS, TICK_MS, end_ms, start_ms

NETWORKS = {"jetstream": "bluesky"}  # Sources that carry all of one network, and its service.
STREAM = "stream"  # The item of an alarm about a network's own stream.
FLOWED_MAX = 1_000  # Windows of one tick; more come only where a stream catches up.
TAGS_KEPT = 40  # Hashtags of one service that are followed: those used last, and those in alarm.
STANDS_KEPT = 40  # Bursts of one service that are remembered, the newest.
SOURCES_KEPT = 50
UNSEEN_KEPT = 100  # Stretches in which no source was heard, the newest.
USED_MAX = 4_000  # Hashtags of one tick.
SHARE_LEAST = 0.6  # Of those who use a hashtag must say that the service fails.
MISREAD = 0.02  # Of the posts that only name a service, so many are taken to say that it fails.
LATE_MS = HOUR_MS  # What a source counted longer ago than this is dated by its arrival.
BREAK_MS = MINUTE_MS  # A source that was silent for so long was not heard meanwhile.


def take(state: State, post: Post) -> None:
    """Take in counts; what is about services that are not in the catalog is passed over."""
    posts = state.posts
    if not post.service:
        _source(posts, post)
        if post.source in NETWORKS and len(posts.flowed) < FLOWED_MAX:
            posts.flowed.append((post.source, post.of))
        posts.of += post.of
        posts.windows += post.seconds * 1000 / TICK_MS if post.of else 0.0
        for tag, count in post.tags.items():
            if tag in posts.used or len(posts.used) < USED_MAX:
                posts.used[tag] = posts.used.get(tag, 0) + count
    elif SeriesKey(post.service) in state.rows:
        watch = posts.services.setdefault(post.service, Watch())
        watch.failing += post.failing
        watch.talk += post.talk
        posts.named += post.failing + post.working + post.asking + post.talk
        for tag, count in post.tags.items():
            if tag in watch.new or len(watch.new) < USED_MAX:
                watch.new[tag] = watch.new.get(tag, 0) + count
        if post.service not in posts.touched:
            posts.touched.append(post.service)
        if post.until_at is not None and 0 <= post.at - post.until_at <= LATE_MS:
            posts.behind_ms = max(posts.behind_ms, post.at - post.until_at)


def turn(state: State, tick: int) -> list[Alarm]:
    """Take in what a tick came to; return the alarms that it raises and clears, in a fixed order."""
    posts = state.posts
    bursts.expose(posts.exposure, tick, posts.windows, max(0.0, posts.of - posts.named))
    alarms: list[Alarm] = []
    for service in sorted({*posts.touched, *posts.active}):
        watch = posts.services[service]
        _begin_tags(watch)
        alarms += _follow(posts, watch, service, "", watch.series, watch.failing, tick)
        for name in sorted(watch.tags):
            tag = watch.tags[name]
            count = watch.new.get(name, 0)
            if count or tag.series.since >= 0:
                tag.used.append((tick, posts.used.get(name, 0)))
                while tag.used[0][0] <= tick - bursts.RING_TICKS:
                    tag.used.pop(0)
                alarms += _follow(posts, watch, service, f"#{name}", tag.series, count, tick)
        watch.failing, watch.talk, watch.new = 0.0, 0.0, {}
        is_active = any(stand.cleared_at is None and stand.item != STREAM for stand in watch.stands)
        if is_active != (service in posts.active):
            (posts.active.append if is_active else posts.active.remove)(service)
    alarms += _flow(state, tick)
    posts.windows, posts.of, posts.named, posts.behind_ms = 0.0, 0, 0.0, 0
    posts.used, posts.touched, posts.flowed = {}, [], []
    return alarms


def _flow(state: State, tick: int) -> list[Alarm]:
    """Return the alarms of networks whose own streams fall or rise: the network may be what fails."""
    posts, alarms = state.posts, []
    for source, of in posts.flowed:
        flow = posts.flows.setdefault(source, Flow())
        turned = step(flow, of)
        service = NETWORKS[source]
        if not turned or SeriesKey(service) not in state.rows:
            continue
        watch = posts.services.setdefault(service, Watch())
        standing = _standing(watch, STREAM)
        if turned == "fell":
            last = tick - FALL_WINDOWS
            standing = Stand(STREAM, (start_ms(last - 1), end_ms(last)), end_ms(tick), 0.0)
            watch.stands.append(standing)
            _bound_stands(watch)
        elif standing is not None:
            standing.cleared_at = end_ms(tick)
        if standing is not None:
            alarms.append(
                Alarm(
                    series=SeriesKey(service, kind="post", item=STREAM),
                    state="raised" if turned == "fell" else "cleared",
                    at=end_ms(tick),
                    onset=standing.first,
                    observed=round(flow.now * bursts.RING_TICKS, 3),
                    expected=round(flow.usual * bursts.RING_TICKS, 3),
                    score=0.0,
                )
            )
    return alarms


def _follow(
    posts: Posts,
    watch: Watch,
    service: str,
    item: str,
    series: bursts.Series,
    count: float,
    tick: int,
) -> list[Alarm]:
    """Take a count into a series, and follow its burst if there is one."""
    # A whole number would come back from a checkpoint as a number of another kind.
    count = float(count)
    extra = 0.0 if item else MISREAD * watch.talk
    found = bursts.take(series, posts.exposure, tick, count, extra)
    if found is None:
        return []
    if series.since < 0 and item and not _is_own(watch.tags[item[1:]]):
        return []
    standing = _standing(watch, item)
    if standing is not None:
        standing.count += count
    turned = bursts.turn(series, found, posts.exposure, tick)
    if turned == "raised":
        standing = _raised(posts, item, series, found, tick)
        watch.stands.append(standing)
        _bound_stands(watch)
    elif turned == "cleared" and standing is not None:
        standing.cleared_at = end_ms(tick)
    if not turned or standing is None:
        return []
    return [
        Alarm(
            series=SeriesKey(service, kind="post", item=item),
            state="raised" if turned == "raised" else "cleared",
            at=end_ms(tick),
            onset=standing.first,
            observed=round(found.observed, 3),
            expected=round(found.expected, 3),
            score=round(found.score, 3),
        )
    ]


def _raised(
    posts: Posts, item: str, series: bursts.Series, found: bursts.Found, tick: int
) -> Stand:
    """Return the burst that an alarm begins. Counts arrive a window after they were posted."""
    late = posts.behind_ms
    return Stand(
        item=item,
        first=(start_ms(found.onset_tick) - TICK_MS - late, end_ms(found.onset_tick) - late),
        raised_at=end_ms(tick),
        count=sum((count for then, count in series.recent if then >= found.onset_tick), 0.0),
    )


def _is_own(tag: Tag) -> bool:
    """Tell whether most of those who use a hashtag say that the service fails."""
    own = sum(count for _, count in tag.series.recent)
    used = sum(count for _, count in tag.used)
    return used > 0 and own >= SHARE_LEAST * used


def _standing(watch: Watch, item: str) -> Stand | None:
    return next(
        (each for each in watch.stands if each.item == item and each.cleared_at is None), None
    )


def _begin_tags(watch: Watch) -> None:
    """Begin the series of new hashtags; of too many, those go that were used longest ago."""
    for name in watch.new:
        watch.tags.setdefault(name, Tag())
    idle = [name for name, tag in watch.tags.items() if tag.series.since < 0]
    idle.sort(key=lambda name: (watch.new.get(name, 0), watch.tags[name].series.tick, name))
    for name in idle[: max(0, len(watch.tags) - TAGS_KEPT)]:
        del watch.tags[name]


def _bound_stands(watch: Watch) -> None:
    """Forget the oldest bursts that are over."""
    over = [stand for stand in watch.stands if stand.cleared_at is not None]
    for stand in over[: max(0, len(watch.stands) - STANDS_KEPT)]:
        watch.stands.remove(stand)


def _source(posts: Posts, post: Post) -> None:
    """Note how far a source was read, and where no source was heard for a while before it."""
    before = posts.sources.pop(post.source, Heard(0, 0, ""))
    if post.of:
        heard_at = max([before.at, *(heard.at for heard in posts.sources.values())])
        if heard_at and post.at - heard_at > BREAK_MS:
            posts.unseen.append((heard_at, post.at))
            del posts.unseen[:-UNSEEN_KEPT]
    at = post.at if post.of else before.at
    until_at = before.until_at if post.until_at is None else post.until_at
    posts.sources[post.source] = Heard(at, until_at, post.cursor or before.cursor)
    while len(posts.sources) > SOURCES_KEPT:
        del posts.sources[next(iter(posts.sources))]
