"""How well we see: the last day by minute, what the page is made from, and what it says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from golden import views
from uproar.app import fold, seeing_log
from uproar.app.pipeline import Pipeline
from uproar.app.seeing import Seer, of_reports
from uproar.app.seeing_log import SeeingLog
from uproar.app.supervise import Standing
from uproar.journal.memory import MemoryJournal
from uproar.journal.receipt import State as JournalState
from uproar.model.catalog import Catalog
from uproar.model.seeing import LettersState, Seeing
from uproar.model.service import Service
from uproar.model.signal import Beat
from uproar.model.tick import HOUR_MS, MINUTE_MS, end_ms, start_ms, tick_of
from uproar.present import pages, seeing, twins
from uproar.present.seeing_view import Stretch, WayView
from uproar.present.views import Blind, Site
from uproar.store.sqlite import SqliteStore

NOW = 1_741_600_800_000 // MINUTE_MS * MINUTE_MS
CATALOG = Catalog([Service("alpha", "Alpha")])


def way(state: str = "running", trouble: str = "", name: str = "posts") -> Standing:
    return Standing(name, state, NOW, 0, "why", Seeing(trouble=trouble))  # type: ignore[arg-type]


def told(log: SeeingLog, at: int, name: str = "posts") -> list[tuple[str, int]]:
    return [(each.state, each.minutes) for each in log.last_day(name, at)]


def test_of_a_minute_the_worst_counts() -> None:
    log = SeeingLog()
    log.note(NOW, [way()])
    log.note(NOW + 10_000, [way(trouble="odd")])
    log.note(NOW + 20_000, [way("waiting")])
    log.note(NOW + 30_000, [way()])
    assert told(log, NOW + 30_000) == [("unknown", 1439), ("stopped", 1)]


def test_minutes_in_which_nobody_looked_are_unknown() -> None:
    log = SeeingLog()
    log.note(NOW, [way()])
    log.note(NOW + 5 * MINUTE_MS, [way(trouble="odd")])
    assert told(log, NOW + 6 * MINUTE_MS) == [
        ("unknown", 1433),
        ("running", 1),
        ("unknown", 4),
        ("trouble", 1),
        ("unknown", 1),
    ]


@pytest.mark.parametrize("later", [seeing_log.MINUTES, 3 * seeing_log.MINUTES + 7])
def test_what_is_older_than_a_day_is_forgotten(later: int) -> None:
    log = SeeingLog()
    log.note(NOW, [way("waiting")])
    assert told(log, NOW + later * MINUTE_MS) == [("unknown", 1440)]
    log.note(NOW + later * MINUTE_MS, [way()])
    assert told(log, NOW + later * MINUTE_MS) == [("unknown", 1439), ("running", 1)]


def test_a_day_of_minutes_is_kept_whole() -> None:
    log = SeeingLog()
    for minute in range(2_000):
        log.note(NOW + minute * MINUTE_MS, [way()])
    assert told(log, NOW + 1_999 * MINUTE_MS) == [("running", 1440)]


def test_a_clock_that_steps_back_forgets_nothing() -> None:
    log = SeeingLog()
    for minute in range(60):
        log.note(NOW + minute * MINUTE_MS, [way()])
    log.note(NOW + 30 * MINUTE_MS, [way("waiting")])
    assert told(log, NOW + 59 * MINUTE_MS)[1:] == [("running", 30), ("stopped", 1), ("running", 29)]


def test_ways_beyond_the_bound_have_no_strip() -> None:
    log = SeeingLog()
    log.note(NOW, [way(name=f"w{number}") for number in range(seeing_log.WAYS_MAX + 5)])
    assert told(log, NOW, f"w{seeing_log.WAYS_MAX}") == []
    assert told(log, NOW, "w0") != []


def test_our_own_intake_is_told_from_the_journal_also_before_the_start() -> None:
    blind = (Blind(NOW - 10 * MINUTE_MS, NOW - 8 * MINUTE_MS),)
    day = of_reports(NOW - 60 * MINUTE_MS, blind, NOW)
    assert [(each.state, each.minutes) for each in day] == [
        ("unknown", 1379),
        ("running", 50),
        ("stopped", 2),
        ("running", 9),
    ]
    assert of_reports(0, (), NOW) == (Stretch("unknown", 0, 1440),)
    assert of_reports(NOW - 9_000 * MINUTE_MS, (), NOW) == (Stretch("running", 0, 1440),)


def test_it_looks_again_and_again_until_it_is_stopped() -> None:
    log, slept = SeeingLog(), []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 13:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(log.run(lambda: [way()], lambda: NOW + 10_000 * len(slept), sleep))
    assert slept == [seeing_log.LOOK_S] * 13
    assert told(log, NOW + 2 * MINUTE_MS) == [("unknown", 1437), ("running", 3)]


class Clock:
    now = NOW

    def wall_ms(self) -> int:
        return self.now

    def monotonic_ms(self) -> int:
        return self.now


class Scene:
    """A seer over a real pipeline, whose parts a test may turn."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.journal = MemoryJournal(self.clock)
        self.store = SqliteStore.open(folder / "store.sqlite")
        self.pipeline = Pipeline(self.journal, self.store, CATALOG, fold.Design())
        self.ways: Sequence[Standing] = [way(), way(name="reports")]
        self.failure = ""
        self.state: JournalState | None = None
        self.seer = Seer(
            pipeline=self.pipeline,
            journal=lambda: self.state or JournalState(0, 10, 1, NOW, NOW, 0, 0),
            now_ms=lambda: self.clock.now,
            frame=Site,
            standing=lambda: self.ways,
            log=SeeingLog(),
            letters=lambda: LettersState(kept={"posts": 2}),
            failure=lambda: self.failure,
        )

    def ticks(self, count: int) -> None:
        first = tick_of(NOW) - count
        for tick in range(first, first + count):
            self.journal.load([Beat(end_ms(tick) - 1, tick)])
        self.pipeline.catch_up()


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_reports_come_first_and_what_is_not_used_last(scene: Scene) -> None:
    view = scene.seer.view()
    told = [(each.name, each.state) for each in view.ways]
    assert told[:2] == [("reports", "running"), ("posts", "running")]
    assert told[2:] == [
        (name, "unused") for name in seeing.WAYS if name not in {"reports", "posts"}
    ]
    assert view.ways[1].letters == 2


def test_it_says_how_far_the_fold_is_behind_and_since_when_it_counts(scene: Scene) -> None:
    scene.ticks(30)
    assert scene.seer.view().ticks_behind == 0
    assert scene.seer.view().counting_since == start_ms(tick_of(NOW) - 30)
    scene.clock.now += 20 * MINUTE_MS
    view = scene.seer.view()
    assert view.ticks_behind == 120
    assert view.blind[-1].until_at == scene.clock.now
    assert seeing.lede(view) == "Reports are taken, but what they mean is worked out late."


def test_a_fold_that_takes_long_holds_the_page_up_for_a_moment_only(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uproar.app.seeing.LOCK_S", 0.01)
    scene.ticks(30)
    before = scene.seer.view()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with scene.pipeline.lock:
            held.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    assert scene.seer.view().counting_since == before.counting_since
    done.set()
    thread.join()


def test_a_journal_that_takes_nothing_is_said_first_and_its_path_is_not_told(scene: Scene) -> None:
    scene.state = JournalState(0, 10, 1, NOW, NOW, 0, 0, "/data/journal.sqlite: full", NOW)
    scene.failure = "/data/journal.sqlite: full"
    view = scene.seer.view()
    assert view.ways[0].state == "stopped"
    for text in (pages.seeing(view, Site()), twins.seeing(view).decode()):
        assert "/data" not in text
        assert "takes nothing" in text


def test_all_who_ask_within_a_second_share_one_page(scene: Scene) -> None:
    assert scene.seer.at_hand() is None
    first = scene.seer.made()
    scene.ways = [way("waiting", name="reports")]
    scene.clock.now += 999
    assert scene.seer.made() is first
    assert scene.seer.at_hand() is first
    scene.clock.now += 1
    assert scene.seer.at_hand() is None
    assert "Not running" in scene.seer.made().page.decode()
    assert msgspec.json.decode(scene.seer.made().twin)["kind"] == "seeing"
    scene.clock.now -= HOUR_MS  # A clock that steps back does not keep an old page alive.
    scene.ways = [way(name="reports")]
    assert "Not running" not in scene.seer.made().page.decode()


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ((), "Nothing is noted of the last 24 hours."),
        ((Stretch("unknown", 0, 1440),), "Nothing is noted of the last 24 hours."),
        ((Stretch("running", 0, 1440),), "In order for all of the last 24 hours."),
        (
            (Stretch("running", 0, 1400), Stretch("stopped", 1400, 40)),
            "In the last 24 hours: in order for 23\xa0h\xa020\xa0min and not running for 40\xa0min.",
        ),
    ],
)
def test_the_strip_is_told_in_words(day: tuple[Stretch, ...], said: str) -> None:
    assert seeing.day(WayView("posts", "running", day=day)) == said


def test_a_short_failure_is_drawn_wide_enough_and_within_the_strip() -> None:
    drawn = seeing.strip((Stretch("running", 0, 1439), Stretch("stopped", 1439, 1)))
    assert '<rect class="stopped" x="1434" y="0" width="6" height="24"/>' in drawn


def test_what_is_bad_is_named_in_the_first_sentence() -> None:
    assert seeing.lede(views.seeing(bad=False)) == "All that we use is in order: 2\xa0ways in."
    bad = msgspec.structs.replace(
        views.seeing(bad=True),
        journal=views.seeing(bad=False).journal,
        watch_problem="",
        ticks_behind=0,
        ways=views.seeing(bad=True).ways[1:],
    )
    assert seeing.lede(bad) == "We see less than we should: Vendors' pages and Posts."


def test_every_howto_that_is_named_exists() -> None:
    folder = Path(__file__).parent.parent.parent / "docs" / "howto"
    named = [each.howto for each in seeing.WAYS.values() if each.howto]
    assert [name for name in named if not (folder / name).is_file()] == []
    site = Site(source_url="https://code.example/uproar")
    assert seeing.howto(site, "notices") == (
        "https://code.example/uproar/blob/HEAD/docs/howto/watch-vendors-pages.md"
    )
    assert seeing.howto(Site(), "notices") == ""
