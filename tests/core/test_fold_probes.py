"""What probes see, in the fold: alarms of checks, strips and lines of the timeline, and nothing else decided."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec
import pytest

from core.looks import T0, URL, control, result, rounds
from uproar.app import checkpoint, fold, probes_view, views
from uproar.detect import lookout
from uproar.model.catalog import Catalog
from uproar.model.incident import Alarm, Decision
from uproar.model.service import Service
from uproar.model.signal import Signal
from uproar.model.tick import end_ms, iso, tick_of
from uproar.present import pages, twins
from uproar.present.views import Site as Frame
from uproar.wire import decisions

CATALOG = Catalog([Service("alpha", "Alpha"), Service("beta", "Beta")])
DESIGN = fold.Design()
ALL = ("lhr", "iad", "nrt", "gru", "fra")


def folded(
    signals: Sequence[Signal], until: int, state: fold.State | None = None
) -> tuple[fold.State, list[Decision]]:
    """Fold signals in the order of their arrival, tick by tick, from T0 on."""
    state = state or fold.start(CATALOG, DESIGN)
    told: list[Decision] = []
    left = sorted(signals, key=lambda signal: signal.at)
    for tick in range(max(tick_of(T0), state.tick + 1), tick_of(until)):
        here = [signal for signal in left if signal.at < end_ms(tick)]
        left = left[len(here) :]
        state, decided = fold.step(state, here, tick, DESIGN)
        told += decided
    return state, told


def test_an_outage_that_all_networks_see_is_an_alarm_and_its_end_clears_it() -> None:
    looks = [
        *rounds(ALL, "works", T0, 3),
        *rounds(ALL, "fails", T0 + 180_000, 4),
        *rounds(ALL, "works", T0 + 420_000, 4),
    ]
    state, told = folded(looks, T0 + 700_000)
    alarms = [one for one in told if isinstance(one, Alarm)]
    assert [one.state for one in alarms] == ["raised", "cleared"]
    raised = alarms[0]
    assert raised.series.kind == "measurement"
    assert raised.series.item == URL
    assert raised.onset == (
        T0 + 124_000,
        T0 + 180_000,
    )  # the last that was well, the first that was not
    assert (raised.observed, raised.expected) == (5.0, 0.025)
    assert raised.at <= T0 + 260_000
    assert alarms == told  # no incident rests on it
    strip = probes_view.strip(state, "alpha", (T0 + 180_000, T0 + 200_000), None, T0 + 700_000)
    assert strip is not None
    assert strip.said == (
        "Probes in all 5 networks: the edge of Cloudflare answers, the server behind it does not (520), "
        f"from {clock(T0 + 180_000)} to {clock(alarms[1].at)}; since then all probes could reach it."
    )
    assert strip.first_at == T0 + 180_000
    assert [(span.state, span.from_at, span.until_at) for span in strip.spans] == [
        ("bad", T0 + 180_000, alarms[1].at)
    ]
    lines = [
        line.text for line in probes_view.lines(state, "alpha", raised.onset, None, T0 + 700_000)
    ]
    assert lines[-2:] == [
        (
            "Probes in all 5 networks: the edge of Cloudflare answers, the server behind it does not "
            f"(520), since {clock(T0 + 180_000)}."
        ),
        "Probes reach it again.",
    ]


def clock(at: int) -> str:
    return iso(at)[11:19]


def test_a_520_is_told_as_an_edge_that_answers_and_an_origin_that_does_not() -> None:
    looks = [*rounds(ALL, "works", T0, 2), *rounds(ALL[:4], "fails", T0 + 120_000, 3)]
    looks += rounds(ALL[4:], "works", T0 + 120_000, 3)
    state, _ = folded(looks, T0 + 300_000)
    strip = probes_view.strip(state, "alpha", (T0, T0), None, T0 + 300_000)
    assert strip is not None
    assert strip.said == (
        "Probes in 4 of 5 networks: the edge of Cloudflare answers, the server behind it does not "
        f"(520), since {clock(T0 + 120_000)}."
    )


def test_one_network_that_fails_is_told_as_its_own_and_raises_nothing() -> None:
    looks = [*rounds(ALL[1:], "works", T0, 6), *rounds(["lhr"], "fails", T0, 6)]
    state, told = folded(looks, T0 + 400_000)
    assert told == []
    strip = probes_view.strip(state, "alpha", (T0, T0), None, T0 + 400_000)
    assert strip is not None
    assert "Probes in 1 of 5 networks (only in AS64501)" in strip.said
    assert strip.said.endswith("the others reach it.")
    assert {span.state for span in strip.spans} == {"odd"}
    assert strip.first_at is None


def test_probes_whose_controls_fail_are_told_and_not_counted() -> None:
    looks: list[Signal] = list(rounds(ALL[3:], "works", T0, 6))
    for number in range(6):
        for probe in ALL[:3]:
            at = T0 + 5_000 + number * 60_000
            looks += [control(probe, at), result(probe, at)]
    state, told = folded(looks, T0 + 400_000)
    assert told == []
    assert state.lookout.void == 18
    strip = probes_view.strip(state, "alpha", (T0, T0), None, T0 + 400_000)
    assert strip is not None
    assert strip.said == (
        "All probes could reach it; 3 probes are not counted: what always works fails for them too."
    )


def test_a_control_that_works_lets_the_failure_count() -> None:
    looks: list[Signal] = []
    for number in range(3):
        for probe in ALL:
            at = T0 + number * 60_000
            looks += [control(probe, at, "works"), result(probe, at)]
    _, told = folded(looks, T0 + 200_000)
    assert [one.state for one in told if isinstance(one, Alarm)] == ["raised"]


def test_what_flaps_raises_nothing() -> None:
    looks = [
        result(probe, T0 + number * 60_000, "fails" if number % 2 else "works")
        for number in range(20)
        for probe in ALL
    ]
    assert folded(looks, T0 + 1_300_000)[1] == []


def test_results_that_come_too_late_or_twice_change_nothing() -> None:
    late = [
        result(p, T0 + n * 60_000, arrives=DESIGN.probes.window_ms + 1)
        for n in range(3)
        for p in ALL
    ]
    state, told = folded(late, T0 + 900_000)
    assert told == []
    assert state.lookout.late == 15
    once = rounds(ALL, "fails", T0, 1)
    again = [msgspec.structs.replace(one, at=one.at + n * 20_000) for one in once for n in range(5)]
    assert folded(again, T0 + 300_000)[1] == []


def test_the_order_of_arrival_within_a_tick_does_not_matter() -> None:
    base = T0 - T0 % 10_000
    burst = [
        *(result(probe, base + 1_000) for probe in ALL[:3]),
        *(result(probe, base + 2_000, "works") for probe in ALL[3:]),
        control("gru", base + 1_500),
        result("lhr", base + 3_000),
        result("lhr", base + 2_500, "blocked", status=403),
    ]
    stamped = [msgspec.structs.replace(one, at=base + 9_000) for one in burst]
    outcomes = set()
    for order in itertools.islice(itertools.permutations(stamped), 0, None, 997):
        state = fold.start(CATALOG, DESIGN)
        state, decided = fold.step(state, list(order), tick_of(base), DESIGN)
        outcomes.add((msgspec.json.encode(state.lookout, order="sorted"), len(decided)))
    assert len(outcomes) == 1


def test_a_checkpoint_in_the_middle_changes_nothing() -> None:
    looks = [
        *rounds(ALL, "fails", T0, 3),
        control("lhr", T0),
        *rounds(ALL, "works", T0 + 240_000, 4),
    ]
    whole, told = folded(looks, T0 + 600_000)
    half, before = folded([one for one in looks if one.at < T0 + 200_000], T0 + 200_000)
    again = checkpoint.decode(checkpoint.encode(half, CATALOG, DESIGN), CATALOG, DESIGN)
    rest, after = folded([one for one in looks if one.at >= half_end(half)], T0 + 600_000, again)
    assert [decisions.encode(one) for one in told] == [
        decisions.encode(one) for one in [*before, *after]
    ]
    assert msgspec.json.encode(rest.lookout) == msgspec.json.encode(whole.lookout)


def half_end(state: fold.State) -> int:
    return end_ms(state.tick)


def test_services_that_are_not_in_the_catalog_are_passed_over() -> None:
    looks = [result(probe, T0, service="gamma") for probe in ALL]
    state, told = folded(looks, T0 + 60_000)
    assert (told, state.lookout.checks) == ([], {})


def test_what_nobody_has_watched_has_no_strip() -> None:
    state, _ = folded([], T0 + 60_000)
    assert probes_view.strip(state, "alpha", (T0, T0), None, T0) is None
    assert probes_view.lines(state, "alpha", (T0, T0), None, T0) == []
    assert probes_view.seen(state, "alpha", T0) is None


def test_one_place_alone_says_so() -> None:
    state, told = folded(rounds(["lhr"], "fails", T0, 4), T0 + 300_000)
    assert [one.state for one in told if isinstance(one, Alarm)] == ["raised"]
    seen = probes_view.seen(state, "alpha", T0 + 300_000)
    assert seen is not None
    assert seen.said.endswith("; seen from one place only.")


def test_ipv6_alone_is_told_apart() -> None:
    looks = [
        msgspec.structs.replace(one, notes=("ipv6-fails",)) for one in rounds(ALL, "works", T0, 2)
    ]
    state, told = folded(looks, T0 + 200_000)
    seen = probes_view.seen(state, "alpha", T0 + 200_000)
    assert told == []
    assert seen is not None
    assert seen.said == (
        "All probes could reach it; over IPv6 it does not work, over IPv4 it does."
    )


def test_when_nobody_looks_any_more_that_is_told() -> None:
    state, _ = folded(rounds(ALL, "works", T0, 1), T0 + 60_000)
    seen = probes_view.seen(state, "alpha", T0 + 3_600_000)
    assert seen is not None
    assert seen.said == f"No probe has looked since {clock(T0 + 4_000)}."


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("blocked", "Probes meet a wall instead of the page"),
        ("maintenance", "Its own page says that it is down for maintenance"),
        ("unknown", "Probes could not measure it"),
    ],
)
def test_walls_and_maintenance_are_never_down(state: str, said: str) -> None:
    looks = [result(p, T0 + n * 60_000, state, status=403) for n in range(5) for p in ALL]
    folded_state, told = folded(looks, T0 + 400_000)
    assert told == []
    seen = probes_view.seen(folded_state, "alpha", T0 + 400_000)
    assert seen is not None
    assert seen.said.startswith(said)


def test_the_page_of_a_service_tells_what_probes_see_and_its_twin_how_each_check_stands() -> None:
    state, _ = folded(rounds(ALL, "fails", T0, 3), T0 + 200_000)
    view = views.service(state, CATALOG, CATALOG.services["alpha"], T0 + 200_000)
    page = pages.service(view, Frame())
    assert "What probes see" in page
    assert "the edge of Cloudflare answers, the server behind it does not (520)" in page
    told = msgspec.json.decode(twins.service(view, Frame())[".json"])["probes"]
    (check,) = told["checks"]
    assert (check["check"], check["raised"], check["networks_failing"]) == (URL, True, 5)
    assert [probe["failures_in_a_row"] for probe in check["probes"]] == [3] * 5
    quiet = views.service(state, CATALOG, CATALOG.services["beta"], T0 + 200_000)
    assert "What probes see" not in pages.service(quiet, Frame())
    assert msgspec.json.decode(twins.service(quiet, Frame())[".json"])["probes"] is None


def test_nothing_that_a_probe_tells_reaches_a_page_as_markup() -> None:
    evil = "<script>alert(1)</script>"
    looks = [
        msgspec.structs.replace(one, answered=evil, fingerprint="", failure=evil, status=0)
        for one in rounds(ALL, "fails", T0, 3)
    ]
    state, _ = folded(looks, T0 + 200_000)
    view = views.service(state, CATALOG, CATALOG.services["alpha"], T0 + 200_000)
    assert evil not in pages.service(view, Frame())
    assert "&lt;script&gt;" in pages.service(view, Frame())


def test_everything_that_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "CHECKS_MAX", 3)
    monkeypatch.setattr(lookout, "PROBES_MAX", 2)
    monkeypatch.setattr(lookout, "PENDING_MAX", 50)
    kept = lookout.Lookout()
    for number in range(10):
        for probe in ALL:
            lookout.take(kept, result(probe, T0 + number, check=f"https://{number}.example/"))
            lookout.take(kept, control(probe, T0))
    lookout.settle(kept, T0 + 10_000, DESIGN.probes)
    assert kept.dropped > 50
    assert sum(map(len, kept.checks.values())) == 3
    assert all(len(w.latest) <= 2 for ws in kept.checks.values() for w in ws.values())
    assert len(kept.controls) <= 2
    gone = lookout.forget(kept, T0 + 2 * lookout.FORGET_MS)
    assert (gone, kept.checks, kept.controls) == ([], {}, {})
