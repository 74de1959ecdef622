"""From signals to facts through the fold: each kind says its part, and a kind that is missing says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
import pytest

from core.looks import rounds
from uproar.app import almanac, checkpoint, fold, fold_facts, fold_facts_around
from uproar.diagnose.axes import LEAVES
from uproar.diagnose.diagnosis import Diagnosis
from uproar.diagnose.facts import Facts
from uproar.diagnose.judge import Judge
from uproar.model.catalog import Catalog
from uproar.model.incident import Decision, Incident
from uproar.model.service import Provider, Service
from uproar.model.signal import Change, Notice, Probed, Report, Signal, Traffic
from uproar.model.tick import MINUTE_MS, TICKS_PER_MINUTE, end_ms, parse_iso, tick_of
from uproar.wire import decisions

CATALOG = Catalog(
    [
        Service("alpha", "Alpha", countries=("DE",), providers=("edge", "host")),
        *(Service(f"s{n}", f"S{n}", countries=("DE",)) for n in range(7)),
    ],
    [Provider("edge", "The edge", kind="cdn"), Provider("host", "The host", kind="cloud")],
)
DESIGN = fold.Design(almanac=almanac.of(CATALOG))
QUIET = parse_iso("2025-03-12T08:00:00Z")  # A Wednesday; nine in the morning in Germany.
BEGIN = QUIET + 40 * MINUTE_MS
END = BEGIN + 45 * MINUTE_MS
FIELDS = tuple(name for name in Facts.__struct_fields__ if name not in {"claims", "witnesses"})


def judged(facts: Facts) -> Diagnosis:
    """Stand in for the weights: what it says depends on every fact."""
    known = sum(getattr(facts, name) is not None for name in FIELDS) / len(FIELDS)
    rest = (1.0 - known) / (len(LEAVES) - 1)
    mechanism = {leaf: known if leaf == "unknown" else rest for leaf in LEAVES}
    return Diagnosis(mechanism, {}, {}, {}, known, insufficient=known < 0.5)


def reports(slug: str = "alpha", begin: int = BEGIN, a_tick: int = 3) -> list[Signal]:
    """Return the reports of an outage that begins at once and goes on; nobody reports before."""
    return [
        Report(
            at=at + number,
            service=slug,
            symptom="login" if number == 0 else "connect",
            place="DE",
            network=f"AS{number + at // 10_000 % 5}",
            prefix=f"{at}{number}",
            reporter=f"{slug}{at}{number}",
            channel="form",
            agent="firefox",
        )
        for at in range(begin, END, 10_000)
        for number in range(a_tick)
    ]


def folded(
    signals: Iterable[Signal], until: int = END, design: fold.Design = DESIGN
) -> tuple[fold.State, list[Decision]]:
    return go_on(fold.start(CATALOG, design), signals, tick_of(QUIET), until, design)


def go_on(
    state: fold.State, signals: Iterable[Signal], first: int, until: int, design: fold.Design
) -> tuple[fold.State, list[Decision]]:
    by_tick: dict[int, list[Signal]] = {}
    for signal in sorted(signals, key=lambda one: one.at):
        by_tick.setdefault(tick_of(signal.at), []).append(signal)
    told: list[Decision] = []
    for tick in range(first, tick_of(until)):
        state, decided = fold.step(state, by_tick.get(tick, []), tick, design)
        told += decided
    return state, told


def facts(*signals: Signal, until: int = END) -> Facts:
    state, _ = folded([*reports(), *signals], until)
    return of(state)


def of(state: fold.State) -> Facts:
    case = state.trackers["alpha"].case
    assert case is not None
    return fold_facts.facts_of(state, DESIGN, "alpha", case, end_ms(state.tick))


def test_of_reports_alone_only_what_reports_tell_is_known() -> None:
    found = facts()
    assert found.onset == "sudden"
    assert found.symptoms == {"unreachable", "login-fails"}
    assert found.time_context == {"business-hours"}
    unknown = {
        "co_failing",
        "co_failing_kinds",
        "notice",
        "changes",
        "traffic",
        "traffic_detail",
        "attack_seen",
    }
    assert {name for name in FIELDS if getattr(found, name) is None} >= unknown
    assert found.claims == ()
    assert found.witnesses["onset"] == ("reports:alpha-2025-03-12-0840",)
    assert unknown.isdisjoint(found.witnesses)


def test_clocks_of_services_that_nobody_is_known_to_use_say_nothing() -> None:
    nameless = Catalog([Service("alpha", "Alpha")])
    design = fold.Design(almanac=DESIGN.almanac)
    state = fold.start(nameless, design)
    state, _ = go_on(state, reports(), tick_of(QUIET), END, design)
    case = state.trackers["alpha"].case
    assert case is not None
    assert fold_facts.facts_of(state, design, "alpha", case, END).time_context is None


def looks(state: str, at: int, turns: int) -> list[Probed]:
    made = rounds(("lhr", "iad", "nrt"), state, at, turns)  # type: ignore[arg-type]
    return [
        msgspec.structs.replace(one, step="http", layer="edge_to_origin", failure="", status=520)
        if one.state == "fails"
        else one
        for one in made
    ]


def test_probes_that_agree_name_what_they_found() -> None:
    found = facts(*looks("works", QUIET, 40), *looks("fails", BEGIN, 40))
    assert found.symptoms == {"unreachable", "login-fails", "http-520"}
    assert any(ref.startswith("probe:https://") for ref in found.witnesses["symptoms"])


def test_one_probe_that_fails_alone_says_nothing() -> None:
    found = facts(
        *looks("works", QUIET, 40),
        *(
            one
            if one.probe == "lhr"
            else msgspec.structs.replace(one, state="works", step="", layer="", status=0)
            for one in looks("fails", BEGIN, 40)
        ),
    )
    assert found.symptoms == {"unreachable", "login-fails"}


def notice(minutes: int, native: str, **more: object) -> Notice:
    return Notice(
        BEGIN + minutes * MINUTE_MS, "alpha", "https://status.alpha.example", native, **more
    )  # type: ignore[arg-type]


def test_what_the_vendor_says_is_its_first_word_of_it() -> None:
    page = notice(-30, "", state="operational")
    said = notice(12, "a", state="degraded", phase="investigating", title="Slow logins")
    found = facts(page, said)
    assert found.notice == "Degraded performance: Slow logins"
    assert found.witnesses["notice"] == ("notice:alpha#a",)
    assert facts(page).notice is None


def test_announced_maintenance_is_a_window_and_a_notice() -> None:
    work = notice(
        -30, "m", state="maintenance", phase="scheduled", title="Database upgrade",
        started_at=BEGIN - 10 * MINUTE_MS, until_at=BEGIN + 90 * MINUTE_MS,
    )  # fmt: skip
    found = facts(work)
    assert found.notice == "Scheduled maintenance: Database upgrade"
    assert found.time_context == {"business-hours", "scheduled-window"}
    assert "notice:alpha#m" in found.witnesses["time_context"]
    later = msgspec.structs.replace(work, at=BEGIN + 20 * MINUTE_MS)
    assert facts(later).time_context == {"business-hours"}


def change(minutes: float, what: str = "deploy", native: str = "7") -> Change:
    at = BEGIN + round(minutes * MINUTE_MS)
    return Change(at, "alpha", "github", native, what, "finished", started_at=at, finished_at=at)  # type: ignore[arg-type]


def test_changes_are_those_before_it_and_a_silent_diary_is_none_at_all() -> None:
    found = facts(change(-38), change(5, "rollback", "8"))
    assert found.changes is not None
    (only,) = found.changes
    assert only.kind == "deploy"
    assert only.minutes_before == 21.2  # before the middle of a bracket that begins at 08:06
    assert found.witnesses["changes"] == ("change:github#7",)
    assert facts(change(5, "rollback")).changes is None


def test_a_diary_that_lives_and_holds_nothing_near_says_that_nothing_was_changed() -> None:
    early = msgspec.structs.replace(
        change(-30), finished_at=BEGIN - 9 * 60 * MINUTE_MS, started_at=None
    )
    assert facts(early).changes == ()


def told(until: int, of_attack: bool) -> list[Signal]:
    usual = Traffic(0, "192.0.2.10", "alpha", packets_s=1_000.0, usual_packets_s=1_000.0)
    attack = msgspec.structs.replace(
        usual, state="going", attack="f1", packets_s=40_000.0, peak_packets_s=41_000.0, vectors={"flood.syn": 1.0},
        sources=30_000, spoofed=0.99, flash_crowd=0.02, countries={"DE": 0.4},
    )  # fmt: skip
    return [
        msgspec.structs.replace(attack if of_attack and at >= BEGIN else usual, at=at + 9_000)
        for at in range(QUIET, until, 10_000)
    ]


def test_traffic_as_usual_is_a_fact_and_an_attack_is_one() -> None:
    calm = facts(*told(END, of_attack=False))
    assert calm.traffic == "usual"
    assert calm.traffic_detail is None
    assert calm.attack_seen is None
    hit = facts(*told(END, of_attack=True))
    assert hit.traffic == "inbound-surge"
    assert hit.traffic_detail == {"spoofed", "syn", "tcp"}
    assert hit.attack_seen == 0.98
    assert hit.witnesses["traffic"] == ("traffic:f1",)


def test_what_fails_beside_it_is_told_by_its_relation() -> None:
    found = facts(*reports("s1", BEGIN + 2 * MINUTE_MS))
    assert found.co_failing == 1
    assert found.co_failing_kinds is not None
    assert "peer-services" in found.co_failing_kinds
    assert found.witnesses["co_failing"][0].startswith("incident:s1-2025-03-12")


def test_a_provider_whose_own_page_turns_at_the_time_fails_beside_it() -> None:
    page = Notice(QUIET, "edge", "https://status.edge.example", "", "operational")
    turned = Notice(
        BEGIN + 9 * MINUTE_MS, "edge", page.page, "e1", "major", "investigating", "Errors"
    )
    found = facts(page, turned)
    assert found.co_failing_kinds == {"cdn"}
    assert found.witnesses["co_failing_kinds"] == ("notice:edge#e1",)


def test_the_network_that_answers_for_an_access_service_is_the_service_itself() -> None:
    state, _ = folded(reports())
    case = state.trackers["alpha"].case
    assert case is not None
    answer = {"kind": "access", "name": "AS3320", "p": 0.9}
    state.culprits[case.id] = {"answers": [answer]}
    assert of(state).co_failing_kinds == {"isp"}
    state.access = ["alpha"]
    assert of(state).co_failing_kinds is None


def test_that_nothing_else_fails_is_said_where_others_are_watched() -> None:
    ordinary = [
        Report(QUIET - 86_400_000 * (day + 1) + n * 7 * MINUTE_MS, f"s{s}", place="DE", network=f"AS{n % 9}",
               reporter=f"{day}-{s}-{n}", channel="form", agent="firefox")
        for day in range(2) for s in range(7) for n in range(12)
    ]  # fmt: skip
    state = fold.start(CATALOG, DESIGN)
    state, _ = go_on(state, [*ordinary, *reports()], tick_of(QUIET - 2 * 86_400_000), END, DESIGN)
    found = of(state)
    assert (found.co_failing, found.co_failing_kinds) == (0, frozenset())


ALL: dict[str, Callable[[], list[Signal]]] = {
    "probes": lambda: [*looks("works", QUIET, 40), *looks("fails", BEGIN, 40)],
    "notices": lambda: [notice(-30, ""), notice(12, "a", state="major", phase="identified", title="Errors")],
    "changes": lambda: [change(-20)],
    "traffic": lambda: told(END, of_attack=True),
}  # fmt: skip


@pytest.mark.parametrize("left_out", sorted(ALL))
def test_without_its_signals_a_kind_says_nothing_and_the_others_say_the_same(left_out: str) -> None:
    """A fact rests on its own kind of signal only: no kind leaks into another by being there or not."""
    whole = facts(*(signal for name in ALL for signal in ALL[name]()))
    less = facts(*(signal for name in ALL if name != left_out for signal in ALL[name]()))
    own = {
        "probes": {"symptoms", "scope"},
        "notices": {"notice"},
        "changes": {"changes"},
        "traffic": {"traffic", "traffic_detail", "attack_seen"},
    }[left_out]
    assert {name for name in FIELDS if getattr(whole, name) != getattr(less, name)} <= own
    for name in own - {"symptoms", "scope"}:
        assert getattr(whole, name) is not None
        assert getattr(less, name) is None


JUDGED = msgspec.structs.replace(DESIGN, judge=Judge("stand-in", judged))


def test_incidents_carry_their_diagnosis_at_every_turn_and_the_state_is_fresh() -> None:
    state, said = folded([*reports(), *told(END, of_attack=True)], design=JUDGED)
    turns = [one for one in said if isinstance(one, Incident)]
    assert turns
    assert all(set(one.diagnosis["mechanism"]) == set(LEAVES) for one in turns)
    (id_,) = state.diagnoses
    assert state.diagnoses[id_] == msgspec.to_builtins(judged(of(state)))
    assert state.incidents[id_].diagnosis == turns[-1].diagnosis


def test_without_a_judge_nothing_is_diagnosed_and_decisions_are_the_same_but_for_that() -> None:
    plain, said = folded(reports())
    _, judged_too = folded(reports(), design=JUDGED)
    assert plain.diagnoses == {}
    assert [
        msgspec.structs.replace(one, diagnosis={}) if isinstance(one, Incident) else one
        for one in judged_too
    ] == said


def test_a_restart_at_any_minute_changes_nothing_and_another_judge_is_another_design() -> None:
    signals = [*reports(), *(signal for name in ALL for signal in ALL[name]())]
    whole, said = folded(signals, design=JUDGED)
    for minutes in (41, 47, 60):
        middle = QUIET + minutes * MINUTE_MS + 3 * 10_000
        state, first = folded([one for one in signals if one.at < middle], middle, JUDGED)
        state = checkpoint.decode(checkpoint.encode(state, CATALOG, JUDGED), CATALOG, JUDGED)
        rest = [one for one in signals if one.at >= middle]
        state, second = go_on(state, rest, tick_of(middle), END, JUDGED)
        assert [decisions.encode(one) for one in first + second] == [
            decisions.encode(one) for one in said
        ]
        assert checkpoint.encode(state, CATALOG, JUDGED) == checkpoint.encode(
            whole, CATALOG, JUDGED
        )
    other = msgspec.structs.replace(DESIGN, judge=Judge("another", judged))
    with pytest.raises(checkpoint.NotUsable):
        checkpoint.decode(checkpoint.encode(whole, CATALOG, JUDGED), CATALOG, other)


def test_what_was_said_goes_with_the_incidents() -> None:
    state, _ = folded(reports(), END + 5 * 60 * MINUTE_MS, JUDGED)
    assert set(state.diagnoses) <= set(state.incidents)
    assert state.tick % TICKS_PER_MINUTE == TICKS_PER_MINUTE - 1


def test_a_provider_does_not_fail_beside_itself_and_its_customers_are_its_dependents() -> None:
    catalog = Catalog(
        [
            Service("edge", "The edge", countries=("DE",), providers=("edge", "edge-dns", "host")),
            Service("alpha", "Alpha", countries=("DE",), providers=("edge",)),
        ],
        [
            Provider("edge", "The edge", kind="cdn"),
            Provider("edge-dns", "Names of the edge", kind="dns"),
            Provider("host", "The host", kind="cloud"),
        ],
    )
    state = fold.start(catalog, DESIGN)
    assert fold_facts_around.own_providers(state, "edge") == {"edge", "edge-dns"}
    assert fold_facts_around.own_providers(state, "alpha") == frozenset()
    page = Notice(QUIET, "edge", "https://status.edge.example", "", "operational")
    turned = Notice(
        BEGIN + 9 * MINUTE_MS, "edge", page.page, "e1", "major", "investigating", "Errors"
    )
    signals = [*reports("edge"), *reports("alpha", BEGIN + MINUTE_MS), page, turned]
    state, _ = go_on(state, signals, tick_of(QUIET), END, DESIGN)
    case = state.trackers["edge"].case
    assert case is not None
    found = fold_facts.facts_of(state, DESIGN, "edge", case, END)
    assert found.co_failing_kinds == {"own-dependents"}
