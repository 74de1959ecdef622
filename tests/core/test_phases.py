"""The table of phases is total, and every phase can be left and reached."""

from __future__ import annotations

from uproar.detect import phases


def test_every_phase_answers_every_condition():
    assert set(phases.TABLE) == {(p, c) for p in phases.PHASES for c in phases.CONDITIONS}
    assert set(phases.TABLE.values()) <= set(phases.PHASES)


def test_every_phase_but_the_first_is_reached_and_every_phase_is_left():
    moves = {(before, after) for (before, _), after in phases.TABLE.items() if before != after}
    assert {after for _, after in moves} == set(phases.PHASES) - {"onset"}
    assert {before for before, _ in moves} == set(phases.PHASES)


def test_only_settling_ends_an_incident_and_only_alarm_reopens_it():
    ends = {
        condition
        for (before, condition), after in phases.TABLE.items()
        if after == "over" != before
    }
    assert ends == {"settled"}
    assert phases.turn_of("over", phases.next_phase("over", "rising")) == "reopened"


def test_the_diagram_draws_every_move():
    drawn = phases.mermaid()
    assert drawn.startswith("stateDiagram-v2\n")
    assert drawn.count("-->") == 1 + len(
        {(before, after) for (before, _), after in phases.TABLE.items() if before != after}
    )
