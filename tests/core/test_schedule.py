"""Which checks are due for which probe: spread, spaced, patient with those who ask for it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from core.looks import PROBES, result
from uproar.app import fold
from uproar.app.rota import Rota
from uproar.detect import lookout, schedule
from uproar.detect.schedule import Look, due_at
from uproar.model.catalog import Catalog
from uproar.model.probe import SPACING_MS, Origin, Result, Task
from uproar.model.service import Service
from uproar.wire.probed import task_id

T0 = 1_740_000_000_000
TASKS = [
    Task(task_id("alpha", f"https://{n}.example/", ""), "alpha", f"https://{n}.example/", every_ms=60_000)
    for n in range(300)
]  # fmt: skip
ORIGINS = [PROBES[name] for name in ("lhr", "iad", "nrt", "dub")]
TASK = TASKS[0]


def followed(task: Task, probe: str, look: Look, begin: int, minutes: int) -> list[int]:
    """Return the instants at which a probe that asks every second looks."""
    found = []
    for now in range(begin, begin + minutes * 60_000, 1_000):
        if due_at(task, probe, look) <= now:
            schedule.asked(look, now)
            found.append(now)
    return found


def test_a_task_is_looked_at_once_in_each_interval_and_never_within_half_a_minute() -> None:
    looks = followed(TASK, "lhr", Look(T0), T0, 60)
    gaps = {b - a for a, b in pairwise(looks)}
    assert 59 <= len(looks) <= 60
    assert min(gaps) >= SPACING_MS
    assert max(gaps) < 62_000


def test_looks_are_spread_over_the_interval_and_probes_are_not_in_step() -> None:
    starts = Counter((due_at(task, "lhr", Look(T0)) - T0) // 10_000 for task in TASKS)
    assert len(starts) == 6
    assert max(starts.values()) < 2 * len(TASKS) / 6
    apart = {due_at(TASK, f"probe-{n}", Look(T0)) % 60_000 // 1_000 for n in range(60)}
    assert len(apart) > 30


def test_walls_are_met_more_seldom_and_twice_as_long_each_time() -> None:
    look = Look(T0)
    waits = []
    now = T0
    for _ in range(10):
        schedule.told(look, Result(TASK.id, now, "blocked", status=403), now, 60_000)
        waits.append(look.hold_until - now)
        now = look.hold_until
    assert waits[:5] == [120_000, 240_000, 480_000, 960_000, 1_920_000]
    assert waits[-1] == schedule.HOLD_MS_MAX
    schedule.told(look, Result(TASK.id, now, "works"), now, 60_000)
    assert look.hold_until <= now


def test_retry_after_is_kept_to_but_an_outage_cannot_ask_us_to_look_away() -> None:
    polite, failing = Look(T0), Look(T0)
    schedule.told(polite, Result(TASK.id, T0, "blocked", status=429, wait_s=1_800), T0, 60_000)
    schedule.told(failing, Result(TASK.id, T0, "fails", status=503, wait_s=86_400), T0, 60_000)
    assert polite.hold_until == T0 + 1_800_000
    assert failing.hold_until == T0 + schedule.FAILING_HOLD_MS_MAX


def test_a_failure_is_confirmed_elsewhere_and_not_in_the_same_domain() -> None:
    asked = schedule.elsewhere(TASK.id, PROBES["lhr"], [*PROBES.values()])
    assert len(asked) == schedule.CONFIRMING
    assert not {"lhr", "lhr-2"} & set(asked)
    same = [Origin(f"x{n}", "US", "AS9") for n in range(5)]
    assert len(schedule.elsewhere(TASK.id, PROBES["lhr"], same)) == 1


def test_a_confirmation_comes_at_once_but_not_within_half_a_minute_of_a_look() -> None:
    rota = Rota([TASK], ORIGINS, ("https://control.example/",))
    now = T0
    for name in ("lhr", "iad", "nrt", "dub"):
        rota.hand_out(name, now)
    now += 61_000
    for name in ("lhr", "iad", "nrt", "dub"):
        work = rota.hand_out(name, now)
        assert [order.again for order in work.orders] == [False]
        assert work.controls == ("https://control.example/",)
    rota.noted(PROBES["lhr"], Result(TASK.id, now, "fails", status=500), now)
    assert not rota.hand_out("iad", now + 1_000).orders
    later = now + SPACING_MS
    assert [order.again for order in rota.hand_out("iad", later).orders] == [True]
    assert not rota.hand_out("iad", later + 1_000).orders


def test_what_fails_for_long_is_not_asked_about_again_and_again() -> None:
    look = Look(T0)
    fails = Result(TASK.id, T0, "fails")
    assert [schedule.told(look, fails, T0, 60_000) for _ in range(4)] == [True, True, False, False]


def test_a_round_is_bounded_and_what_is_left_over_is_due_at_once() -> None:
    rota = Rota(TASKS, ORIGINS, ())
    rota.hand_out("lhr", T0)
    first = rota.hand_out("lhr", T0 + 120_000)
    assert len(first.orders) == 200
    assert first.pause_ms == 200
    second = rota.hand_out("lhr", T0 + 120_200)
    assert len(second.orders) == 100
    assert {o.task for o in first.orders}.isdisjoint(o.task for o in second.orders)


def test_a_restart_does_not_make_a_probe_look_again_within_half_a_minute() -> None:
    catalog = Catalog([Service("alpha", "Alpha")])
    state = fold.start(catalog, fold.Design())
    lookout.take(state.lookout, result("lhr", T0, check=TASK.url))
    lookout.settle(state.lookout, T0 + 5_000, fold.Design().probes)
    rota = Rota([TASK], ORIGINS, ())
    rota.remember(state)
    first = next(now for now in range(T0, T0 + 120_000, 500) if rota.hand_out("lhr", now).orders)
    assert T0 + SPACING_MS <= first <= T0 + 61_000
