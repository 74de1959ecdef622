"""Statements and their verdicts, through the fold: weighed as evidence comes, kept with the incident, and in checkpoints."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core.test_fold_diagnosis import (
    BEGIN,
    CATALOG,
    DESIGN,
    END,
    QUIET,
    folded,
    go_on,
    looks,
    reports,
    told,
)
from uproar.app import checkpoint, fold_diagnosis, judging
from uproar.model.incident import Incident
from uproar.model.signal import Claim, Signal
from uproar.model.tick import MINUTE_MS, tick_of

JUDGED = msgspec.structs.replace(DESIGN, judge=judging.judge())
ATTACK = Claim(
    BEGIN + 20 * MINUTE_MS, "alpha", "Somebody, its owner", "A massive cyberattack.", native="c1"
)
ORIGINS = msgspec.structs.replace(ATTACK, said="Several origin servers were not behind Cloudflare.")
CUT = [*looks("works", QUIET, 40), *looks("fails", BEGIN, 40)]
FLOOD = told(END, of_attack=True)


def ledger(state: Any) -> dict[str, Any]:
    (incident,) = state.incidents.values()
    found: dict[str, Any] = incident.ledger
    return found


def word(found: dict[str, Any]) -> str:
    (entry,) = found["entries"]
    (verdict,) = entry["verdicts"]
    said: str = verdict["now"]["word"]
    return said


def test_without_statements_there_is_no_ledger() -> None:
    state, _ = folded(reports(), design=JUDGED)
    assert ledger(state) == {}


def test_a_claim_is_held_against_what_is_seen_without_it() -> None:
    alone, _ = folded([*reports(), ATTACK], design=JUDGED)
    assert word(ledger(alone)) in {"unproven", "insufficient"}
    seen, _ = folded([*reports(), *told(END, of_attack=True), ATTACK], design=JUDGED)
    assert word(ledger(seen)) == "supported"
    (id_,) = seen.evidence
    diagnosis = seen.evidence[id_].diagnosis
    assert diagnosis is not None
    assert abs(diagnosis.attack - diagnosis.without_claims) < 1e-9
    assert seen.diagnoses[id_]["attack"] >= diagnosis.attack


def test_a_verdict_turns_when_evidence_comes_and_the_old_one_stays() -> None:
    late: list[Signal] = [
        one for one in told(END, of_attack=True) if one.at >= BEGIN + 30 * MINUTE_MS
    ]
    state, said = folded([*reports(), *late, ATTACK], design=JUDGED)
    (entry,) = ledger(state)["entries"]
    past = [each["word"] for each in entry["verdicts"][0]["past"]]
    assert past[-1] == "supported"
    assert len(past) == 2
    turns = [one for one in said if isinstance(one, Incident) and one.ledger]
    assert all(one.ledger["entries"][0]["claim"]["by"] == ATTACK.by for one in turns)


@pytest.mark.parametrize(
    ("seen", "word", "part", "told_by"),
    [
        ([], "insufficient", "Nobody looked", set()),
        # A flood at addresses of its own says nothing of what answered.
        (FLOOD, "insufficient", "Nobody looked", set()),
        # What stands before it answers that the servers do not: so it would look, and not only so.
        (CUT, "unproven", "consistent with it", {"probe"}),
        ([*CUT, *FLOOD], "supported", "It was looked at", {"probe", "traffic"}),
    ],
)
def test_servers_stood_open_only_where_a_flood_came_around_what_answers_for_them(
    seen: list[Signal], word: str, part: str, told_by: set[str]
) -> None:
    state, _ = folded([*reports(), *seen, ORIGINS], design=JUDGED)
    (entry,) = ledger(state)["entries"]
    (verdict,) = entry["verdicts"]
    assert (verdict["now"]["axis"], verdict["now"]["word"]) == ("fact", word)
    assert part in verdict["now"]["reason"]
    # Reports vouch for the symptoms too.
    found = {name.partition(":")[0] for name in verdict["now"].get("witness", ())} - {"reports"}
    assert found == told_by


def test_what_statements_are_held_against_goes_with_the_incident() -> None:
    state, _ = folded([*reports(), ATTACK], design=JUDGED)
    (id_,) = state.evidence
    fold_diagnosis.forget(state)
    assert set(state.evidence) == {id_}
    del state.incidents[id_]
    fold_diagnosis.forget(state)
    assert not state.evidence
    assert not state.diagnoses


def test_a_restart_in_between_changes_nothing() -> None:
    signals = sorted([*reports(), *told(END, of_attack=True), ATTACK], key=lambda one: one.at)
    whole, _ = folded(signals, design=JUDGED)
    middle = BEGIN + 25 * MINUTE_MS
    state, _ = folded([one for one in signals if one.at < middle], middle, JUDGED)
    state = checkpoint.decode(checkpoint.encode(state, CATALOG, JUDGED), CATALOG, JUDGED)
    state, _ = go_on(
        state, [one for one in signals if one.at >= middle], tick_of(middle), END, JUDGED
    )
    assert checkpoint.encode(state, CATALOG, JUDGED) == checkpoint.encode(whole, CATALOG, JUDGED)


def test_a_thousand_voices_move_the_diagnosis_no_further_than_one() -> None:
    crowd = [
        msgspec.structs.replace(
            ATTACK,
            by=f"account {number}",
            native=f"n{number}",
            role="public",
            at=ATTACK.at + number,
        )
        for number in range(1_000)
    ]
    one, _ = folded([*reports(), crowd[0]], design=JUDGED)
    many, _ = folded([*reports(), *crowd], design=JUDGED)
    assert list(one.diagnoses.values()) == list(many.diagnoses.values())
    assert len(ledger(many)["entries"]) <= 100
