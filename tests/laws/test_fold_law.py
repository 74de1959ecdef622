"""Laws of the fold: live is replay, a restart changes nothing, decisions are the same bytes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.app import checkpoint, fold
from uproar.model.catalog import Catalog
from uproar.model.service import Service
from uproar.model.signal import Claim, Notice, Report, Signal
from uproar.wire import decisions

CATALOG = Catalog([Service("alpha", "Alpha"), Service("beta", "Beta")])
DESIGN = fold.Design()
FIRST = 174_150_000
Day = list[tuple[int, list[Signal]]]


@st.composite
def days(draw: st.DrawFn) -> Day:
    """A few hundred ticks with gaps, quiet stretches, bursts, votes, repeats and a claim."""
    ticks: Day = []
    tick = FIRST
    serial = 0
    for _ in range(draw(st.integers(1, 6))):
        tick += draw(st.sampled_from([1, 1, 1, 2, 50]))
        rate = draw(st.sampled_from([0, 0, 1, 12]))
        service = draw(st.sampled_from(["alpha", "beta", "gamma"]))
        repeats = draw(st.booleans())
        for _ in range(draw(st.integers(1, 60))):
            signals: list[Signal] = []
            for _ in range(rate):
                serial += 1
                signals.append(
                    Report(
                        at=tick * 10_000,
                        service=service,
                        symptom="login" if serial % 3 else "slow",
                        place="US" if serial % 2 else "GB",
                        network=f"AS{serial % 7}",
                        reporter=f"r{serial % 40 if repeats else serial}",
                        works=serial % 11 == 0,
                    )
                )
            if serial % 17 == 5:
                signals.append(Claim(at=tick * 10_000, service=service, by="A", said="b"))
            if serial % 13 == 5:
                signals.append(notice(tick, service, serial))
            ticks.append((tick, signals))
            tick += 1
    return ticks


def notice(tick: int, service: str, serial: int) -> Notice:
    """Return what a vendor's page may say, of one of three incidents or of the whole."""
    state = ("operational", "degraded", "major", "unknown")[serial % 4]
    phase = ("none", "investigating", "resolved", "scheduled")[serial // 4 % 4]
    native = ("", "a", "b", "c")[serial // 16 % 4]
    return Notice(tick * 10_000, service, "https://s.example", native, state, phase)  # type: ignore[arg-type]


def play(state: fold.State, ticks: Day) -> tuple[fold.State, list[bytes]]:
    lines = []
    for tick, signals in ticks:
        state, decided = fold.step(state, signals, tick, DESIGN)
        lines.extend(decisions.encode(decision) for decision in decided)
    return state, lines


@settings(max_examples=40, deadline=None)
@given(day=days(), data=st.data())
def test_a_restart_at_any_tick_changes_nothing(day: Day, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(day)))
    whole, lines = play(fold.start(CATALOG, DESIGN), day)
    head, before = play(fold.start(CATALOG, DESIGN), day[:cut])
    kept = checkpoint.encode(head, CATALOG, DESIGN)
    tail, after = play(checkpoint.decode(kept, CATALOG, DESIGN), day[cut:])
    assert before + after == lines
    assert checkpoint.encode(tail, CATALOG, DESIGN) == checkpoint.encode(whole, CATALOG, DESIGN)


@settings(max_examples=15, deadline=None)
@given(day=days())
def test_the_same_journal_gives_the_same_bytes(day: Day) -> None:
    _, first = play(fold.start(CATALOG, DESIGN), day)
    _, second = play(fold.start(CATALOG, DESIGN), day)
    assert first == second
