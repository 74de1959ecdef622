"""Posts in the fold: whose hashtag it is, what is remembered, and what an incident's page says of it."""

from __future__ import annotations

from collections.abc import Sequence

from uproar.app import checkpoint, fold, fold_posts, posting, posts_view
from uproar.model.catalog import Catalog
from uproar.model.incident import Alarm
from uproar.model.service import Service
from uproar.model.signal import Beat, Post, Signal
from uproar.model.tick import HOUR_MS, MINUTE_MS, end_ms, parse_iso, tick_of

CATALOG = Catalog(
    [Service(slug, slug.title(), symptoms=("other",)) for slug in ("x", "y", "bluesky")]
)
DESIGN = fold.Design()
BEGIN = parse_iso("2025-03-10T06:00:00Z")


class Day:
    """An observatory that is told, tick by tick, what is posted."""

    def __init__(self) -> None:
        self.state = fold.start(CATALOG, DESIGN)
        self.tick = tick_of(BEGIN)
        self.alarms: list[Alarm] = []

    def tell(
        self,
        *posts: Post,
        ticks: int = 1,
        of: int = 500,
        used: dict[str, int] | None = None,
        source: str = "network",
    ) -> Day:
        for _ in range(ticks):
            at = end_ms(self.tick) - 1
            whole = Post(at, "", source, of=of, tags=used or {}, until_at=at, cursor=str(self.tick))
            signals: Sequence[Signal] = [*posts, whole, Beat(end_ms(self.tick), self.tick)]
            self.state, decided = fold.step(self.state, signals, self.tick, DESIGN)
            self.alarms += [each for each in decided if isinstance(each, Alarm)]
            self.tick += 1
        return self

    @property
    def now_ms(self) -> int:
        return end_ms(self.tick - 1)


def failing(count: float, **tags: int) -> Post:
    return Post(0, "x", "network", failing=count, tags=tags)


def test_a_hashtag_that_others_use_for_something_else_is_not_the_services() -> None:
    day = Day().tell(ticks=360).tell(failing(8, news=8), ticks=6, used={"news": 40})
    assert {alarm.series.item for alarm in day.alarms} == {""}
    day = Day().tell(ticks=360).tell(failing(8, xdown=8), ticks=6, used={"xdown": 9})
    assert {alarm.series.item for alarm in day.alarms} == {"", "#xdown"}


def test_services_that_nobody_knows_are_passed_over() -> None:
    day = Day().tell(Post(0, "nobody", "network", failing=50.0), ticks=6)
    assert day.alarms == []
    assert day.state.posts.services == {}


def test_hashtags_and_bursts_are_bounded() -> None:
    day = Day().tell(ticks=6)
    for number in range(30):
        tags = {f"tag{number}x{each}": 1 for each in range(40)}
        day.tell(failing(1, **tags), used=tags)
    assert len(day.state.posts.services["x"].tags) <= fold_posts.TAGS_KEPT


def test_a_restart_in_the_middle_of_a_burst_changes_nothing() -> None:
    straight, restarted = Day(), Day()
    for day in (straight, restarted):
        day.tell(ticks=360).tell(failing(6, xdown=6), ticks=3, used={"xdown": 6})
    blob = checkpoint.encode(restarted.state, CATALOG, DESIGN)
    restarted.state = checkpoint.decode(blob, CATALOG, DESIGN)
    for day in (straight, restarted):
        day.tell(failing(6, xdown=6), ticks=60, used={"xdown": 6}).tell(ticks=200)
    assert straight.alarms == restarted.alarms
    assert [alarm.state for alarm in straight.alarms] == ["raised"] * 2 + ["cleared"] * 2
    assert straight.state.posts == restarted.state.posts


def test_the_cursor_of_a_stream_is_what_the_journal_holds() -> None:
    day = Day()
    assert posting.remembered(day.state) is None
    at = end_ms(day.tick) - 1
    whole = Post(at, "", "jetstream", of=3, until_at=at - 500, cursor="1741586399000000")
    silent = Post(at + 5, "", "jetstream")
    beat = Beat(end_ms(day.tick), day.tick)
    day.state, _ = fold.step(day.state, [whole, silent, beat], day.tick, DESIGN)
    assert posting.remembered(day.state) == (1741586399000000, at - 500)


def test_a_page_says_when_it_began_and_how_many_said_so() -> None:
    day = Day().tell(ticks=360)
    onset = day.now_ms
    day.tell(failing(20, xdown=25), ticks=120, used={"xdown": 26}).tell(ticks=200)
    strip = posts_view.strip(day.state, "x", (onset, onset + MINUTE_MS), None, day.now_ms)
    assert strip is not None
    assert strip.first_at is not None
    assert onset <= strip.first_at <= onset + 10_000
    assert "2\N{NARROW NO-BREAK SPACE}400 posts said between 07:00 and" in strip.said
    assert (
        "#xdown was used by 3\N{NARROW NO-BREAK SPACE}000 accounts between 07:00 and" in strip.said
    )
    assert "first unusual at 07:00:" in strip.said
    assert {span.state for span in strip.spans} == {"bad", "odd"}
    lines = posts_view.lines(day.state, "x", (onset, onset + MINUTE_MS), None, day.now_ms)
    assert [line.kind for line in lines] == ["post"] * 4
    assert posts_view.strip(day.state, "y", (onset, onset), None, day.now_ms) is None


def test_a_page_says_where_nothing_was_posted_or_nothing_was_read() -> None:
    day = Day().tell(failing(1)).tell(ticks=360)
    onset = day.now_ms
    calm = posts_view.strip(day.state, "x", (onset, onset), None, day.now_ms)
    assert calm is not None
    assert calm.said == "Nothing unusual was posted about it."
    later = onset + 3 * HOUR_MS
    blind = posts_view.strip(day.state, "x", (later, later), None, later + HOUR_MS)
    assert blind is not None
    assert blind.said == "Posts were not read at that time."
    assert {span.state for span in blind.spans} == {"unseen"}


def test_a_network_whose_own_stream_dries_up_is_told_to_fail() -> None:
    day = Day().tell(ticks=400, source="jetstream")
    onset = day.now_ms
    day.tell(of=30, ticks=60, source="jetstream")
    raised = [(alarm.series.service, alarm.series.item, alarm.state) for alarm in day.alarms]
    assert raised == [("bluesky", "stream", "raised")]
    assert day.alarms[0].at - onset <= 2 * MINUTE_MS
    assert onset - 10_000 <= day.alarms[0].onset[1] <= onset + MINUTE_MS
    day.tell(ticks=60, source="jetstream")
    assert day.alarms[-1].state == "cleared"
    strip = posts_view.strip(day.state, "bluesky", (onset, onset), None, day.now_ms)
    assert strip is not None
    assert strip.said.startswith("Its own stream carried far less than usual between")


def test_the_night_of_a_network_is_no_fall() -> None:
    day = Day()
    for hour in range(12):
        day.tell(of=round(500 * 0.85**hour), ticks=360, source="jetstream")
    assert day.alarms == []
