"""What vendors' pages say, in the fold: first sights, lags, and nothing that changes a decision."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import msgspec
import pytest

from uproar.app import checkpoint, fold, fold_notices, views
from uproar.app.incident_view import incident_view
from uproar.app.publish import Publisher
from uproar.model.catalog import Catalog
from uproar.model.incident import Decision
from uproar.model.service import Service
from uproar.model.signal import Notice, Report, Signal
from uproar.model.tick import MINUTE_MS, TICKS_PER_MINUTE, end_ms, start_ms
from uproar.outlets.site import Site
from uproar.present import pages, twins
from uproar.present.source_views import OwnPage
from uproar.present.views import Site as Frame
from uproar.wire import decisions, signals

CATALOG = Catalog([Service("alpha", "Alpha"), Service("beta", "Beta")])
DESIGN = fold.Design()
FIRST = 174_000_000
BEGIN = 60  # Minutes after FIRST at which people begin to report, for half an hour.
PAGE = "https://status.alpha.example"


def at(minute: float) -> int:
    return start_ms(FIRST) + round(minute * MINUTE_MS)


def said(
    native: str = "", state: str = "operational", phase: str = "none", **more: object
) -> Notice:
    return Notice(0, "alpha", PAGE, native, state, phase, **more)  # type: ignore[arg-type]


def story(
    notices: Mapping[float, Sequence[Notice]],
    minutes: int,
    *,
    begin: int = BEGIN,
    failing: bool = True,
) -> list[tuple[int, list[Signal]]]:
    """Return ticks: people report from `begin` on for half an hour, and notices come at their minutes."""
    ticks = []
    for tick in range(FIRST, FIRST + minutes * TICKS_PER_MINUTE):
        fails = failing and begin <= (tick - FIRST) / TICKS_PER_MINUTE < begin + 30
        arrived: list[Signal] = [
            Report(start_ms(tick), "alpha", reporter=f"{tick}-{n}")
            for n in range(20 if fails else 0)
        ]
        for minute, listed in notices.items():
            if start_ms(tick) <= at(minute) < end_ms(tick):
                arrived += [msgspec.structs.replace(each, at=at(minute)) for each in listed]
        ticks.append((tick, arrived))
    return ticks


def play(ticks: list[tuple[int, list[Signal]]]) -> tuple[fold.State, list[Decision]]:
    state, decided = fold.start(CATALOG, DESIGN), []
    for tick, arrived in ticks:
        state, found = fold.step(state, arrived, tick, DESIGN)
        decided.extend(found)
    return state, decided


def told(
    notices: Mapping[float, Sequence[Notice]], minutes: int = 90
) -> tuple[fold.State, OwnPage | None]:
    """Return the state, and what the page of the one incident says of the vendor's."""
    state, _ = play(story(notices, minutes))
    incident = next(iter(state.incidents.values()))
    return state, incident_view(state, CATALOG, incident, end_ms(state.tick)).own_page


def shown(own: OwnPage | None) -> OwnPage:
    assert own is not None
    return own


LATE: Mapping[float, Sequence[Notice]] = {
    1: [said()],
    80: [
        said("i1", "partial", "investigating", title="Errors", link=f"{PAGE}/i1"),
        said(state="partial"),
    ],
    85: [said("i1", "partial", "identified", title="Errors", link=f"{PAGE}/i1")],
}


def test_a_page_that_turns_late_has_a_lag_from_our_onset_to_our_first_sight() -> None:
    state, own = told(LATE)
    incident = next(iter(state.incidents.values()))
    found = shown(own).said[0]
    assert (found.native, found.phase, found.first_at, found.seen) == (
        "i1",
        "identified",
        at(80),
        True,
    )
    assert found.lag == (at(80) - incident.onset[1], at(80) - incident.onset[0])
    assert found.lag[0] <= 20 * MINUTE_MS <= found.lag[1]
    assert [(lag.incident, lag.at) for lag in state.boards["alpha"].lags] == [(incident.id, at(80))]
    record = shown(own).record
    assert record is not None
    assert (record.turned, record.incidents) == (1, 1)


def test_the_page_says_so_in_a_sentence_on_the_timeline_and_in_the_twin() -> None:
    state, _ = told(LATE)
    incident = next(iter(state.incidents.values()))
    view = incident_view(state, CATALOG, incident, end_ms(state.tick))
    html = pages.incident(view, Frame())
    assert "Its own status page says “Errors”: identified since " in html
    assert "after reports rose" in html
    assert "Its own status page: investigating. “Errors”" in html
    twin = msgspec.json.decode(twins.incident(view, Frame())[".json"])
    assert twin["own_page"]["incidents"][0]["phase"] == "identified"
    assert twin["own_page"]["incidents"][0]["after_onset_s"][1] >= 20 * 60
    assert [line["kind"] for line in twin["timeline"]].count("notice") == 2
    service = views.service(state, CATALOG, CATALOG.services["alpha"], end_ms(state.tick))
    assert "What its own status page says" in pages.service(service, Frame())


def test_notices_change_no_decision() -> None:
    _, with_notices = play(story(LATE, 90))
    _, without = play(story({}, 90))
    assert [decisions.encode(each) for each in with_notices] == [
        decisions.encode(each) for each in without
    ]
    assert without


def test_what_stood_there_at_the_first_look_has_no_lag() -> None:
    state, own = told({80: [said("i1", "major", "investigating"), said(state="major")]})
    assert shown(own).said[0].seen is False
    assert state.boards["alpha"].lags == []
    view = incident_view(state, CATALOG, next(iter(state.incidents.values())), end_ms(state.tick))
    assert any("stood there when we first looked" in line.text for line in view.timeline)


def test_what_turned_while_the_page_could_not_be_read_has_no_lag() -> None:
    state, own = told(
        {
            1: [said()],
            70: [said(state="unknown", title="it answers 503", unread=True)],
            80: [said("i1", "major", "investigating"), said(state="major")],
        }
    )
    assert shown(own).said[0].seen is False
    assert state.boards["alpha"].lags == []


def test_a_feed_without_a_word_for_the_whole_is_watched_all_the_same() -> None:
    nothing = said(state="unknown", title="it tells of incidents only")
    state, own = told({1: [nothing], 80: [said("i1", "degraded", "investigating")]})
    assert shown(own).said[0].seen
    assert len(state.boards["alpha"].lags) == 1


def test_maintenance_is_a_window_and_no_turn() -> None:
    plan = said(
        "m1", "maintenance", "scheduled", title="Move", started_at=at(100), until_at=at(160)
    )
    running = msgspec.structs.replace(plan, phase="in_progress")
    state, own = told({1: [said()], 70: [plan], 80: [running]})
    assert shown(own).said == ()
    assert state.boards["alpha"].lags == []
    service = views.service(state, CATALOG, CATALOG.services["alpha"], end_ms(state.tick))
    assert [(w.title, w.from_at, w.until_at) for w in shown(service.own_page).windows] == [
        ("Move", at(100), at(160))
    ]
    assert "Planned maintenance" in pages.service(service, Frame())


def test_a_page_that_turned_shortly_before_us_is_early() -> None:
    state, own = told({1: [said()], 5: [said("i1", "major", "investigating")]})
    lag = shown(own).said[0].lag
    assert lag is not None
    assert lag[1] < 0
    assert [each.at for each in state.boards["alpha"].lags] == [at(5)]
    incident = next(iter(state.incidents.values()))
    html = pages.incident(incident_view(state, CATALOG, incident, end_ms(state.tick)), Frame())
    assert "before reports rose" in html


def test_a_page_that_turned_long_before_us_speaks_of_something_else() -> None:
    notices = {1: [said()], 2: [said("i1", "major", "investigating")]}
    state, _ = play(story(notices, 180, begin=150))
    incident = next(iter(state.incidents.values()))
    assert incident.onset[0] - at(2) > fold_notices.EARLY_MS
    assert state.boards["alpha"].lags == []


def test_the_page_as_a_whole_counts_where_it_names_no_incident() -> None:
    state, own = told({1: [said()], 80: [said(state="degraded")]})
    assert shown(own).said == ()
    assert shown(own).turned is not None
    assert shown(own).turned[0] == at(80)  # type: ignore[index]
    assert state.boards["alpha"].lags[0].at == at(80)


def test_a_page_that_never_turned_is_on_record_too_and_a_late_word_replaces_that() -> None:
    state, own = told({1: [said()]}, minutes=260)
    lags = state.boards["alpha"].lags
    assert [lag.at for lag in lags] == [None]
    record = shown(own).record
    assert record is not None
    assert (record.turned, record.incidents, record.median_ms) == (0, 1, None)
    over = next(iter(state.incidents.values()))
    assert over.phase == "over"
    minute = (over.at - at(0)) / MINUTE_MS + 30
    state, _ = told({1: [said()], minute: [said("i1", "operational", "resolved")]}, minutes=300)
    assert [lag.at for lag in state.boards["alpha"].lags] == [at(minute)]


def test_nothing_is_on_record_of_a_page_that_was_not_watched_from_before() -> None:
    state, _ = told({75: [said()]}, minutes=260)
    assert state.boards["alpha"].lags == []


def test_strangers_have_no_board_and_boards_are_bounded() -> None:
    stranger = msgspec.structs.replace(said(), service="gamma")
    many = [said(f"i{n}", "degraded", "investigating") for n in range(200)]
    phases = ["investigating", "identified"] * 50
    state, _ = play(
        story(
            {
                1: [stranger, said()],
                2: many,
                3: [said("i199", "degraded", phase) for phase in phases],
            },
            5,
            failing=False,
        )
    )
    assert set(state.boards) == {"alpha"}
    board = state.boards["alpha"]
    assert len(board.threads) == fold_notices.THREADS_KEPT
    assert "" in board.threads
    assert "i199" in board.threads
    assert len(board.threads["i199"].turns) <= fold_notices.TURNS_KEPT + 1
    assert board.threads["i199"].turns[0].at == at(2)


@pytest.mark.parametrize("cut", [3, 470, 485, 520])
def test_a_restart_at_any_tick_changes_nothing(cut: int) -> None:
    ticks = story(LATE, 90)
    whole, _ = play(ticks)
    head, _ = play(ticks[:cut])
    state = checkpoint.decode(checkpoint.encode(head, CATALOG, DESIGN), CATALOG, DESIGN)
    for tick, arrived in ticks[cut:]:
        state, _ = fold.step(state, arrived, tick, DESIGN)
    assert checkpoint.encode(state, CATALOG, DESIGN) == checkpoint.encode(whole, CATALOG, DESIGN)


def test_what_is_exported_and_read_again_makes_the_same_pages_byte_for_byte() -> None:
    ticks = story(LATE, 90)
    again = [
        (tick, [signals.decode(signals.encode(each)) for each in arrived])
        for tick, arrived in ticks
    ]
    made = []
    for each in (ticks, again):
        state, _ = play(each)
        site = Site()
        Publisher(CATALOG, site, Frame(), threading.RLock()).publish(state, end_ms(state.tick))
        made.append({path: page.source.body for path, page in site.pages.items()})
    assert made[0] == made[1]
    assert any(b"Its own status page" in body for body in made[0].values())


def test_a_late_notice_makes_the_pages_of_a_finished_incident_anew() -> None:
    state, _ = play(story({1: [said()]}, 260))
    site = Site()
    publisher = Publisher(CATALOG, site, Frame(), threading.RLock())
    publisher.publish(state, end_ms(state.tick))
    name = next(iter(state.incidents))
    before = site.pages[f"/i/{name}.json"].source.body
    tick = state.tick + 1
    late = msgspec.structs.replace(said("i1", "operational", "resolved"), at=start_ms(tick))
    state, _ = fold.step(state, [late], tick, DESIGN)
    publisher.publish(state, end_ms(tick))
    assert site.pages[f"/i/{name}.json"].source.body != before
