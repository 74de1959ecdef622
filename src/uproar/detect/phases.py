"""The life of an incident as one table: phase and condition give the next phase.

Conditions are found once a minute. `rising`, `steady` and `falling` say how the rate of reports
moves while a series of the service is in alarm; `quiet` says that none is; `settled` that this has
lasted long enough to close.
"""

from __future__ import annotations

from typing import Literal, get_args

from uproar.model.incident import Phase, Turn

Condition = Literal["rising", "steady", "falling", "quiet", "settled"]

PHASES: tuple[Phase, ...] = get_args(Phase)
CONDITIONS: tuple[Condition, ...] = get_args(Condition)

TABLE: dict[tuple[Phase, Condition], Phase] = {
    ("onset", "rising"): "growth",
    ("onset", "steady"): "peak",
    ("onset", "falling"): "decline",
    ("onset", "quiet"): "recovery",
    ("onset", "settled"): "over",
    ("growth", "rising"): "growth",
    ("growth", "steady"): "peak",
    ("growth", "falling"): "decline",
    ("growth", "quiet"): "recovery",
    ("growth", "settled"): "over",
    ("peak", "rising"): "growth",
    ("peak", "steady"): "peak",
    ("peak", "falling"): "decline",
    ("peak", "quiet"): "recovery",
    ("peak", "settled"): "over",
    ("decline", "rising"): "growth",
    ("decline", "steady"): "decline",
    ("decline", "falling"): "decline",
    ("decline", "quiet"): "recovery",
    ("decline", "settled"): "over",
    ("recovery", "rising"): "growth",
    ("recovery", "steady"): "decline",
    ("recovery", "falling"): "decline",
    ("recovery", "quiet"): "recovery",
    ("recovery", "settled"): "over",
    # An incident that is over and in alarm again within three hours is opened again, growing.
    ("over", "rising"): "growth",
    ("over", "steady"): "growth",
    ("over", "falling"): "growth",
    ("over", "quiet"): "over",
    ("over", "settled"): "over",
}


def next_phase(phase: Phase, condition: Condition) -> Phase:
    """Return the phase that follows."""
    return TABLE[phase, condition]


def turn_of(before: Phase, after: Phase) -> Turn:
    """Return what is new when one phase follows another."""
    if before == "over":
        return "reopened"
    if after == "over":
        return "over"
    return "recovering" if after == "recovery" else "phase"


def mermaid() -> str:
    """Return the table as a Mermaid state diagram, for the documents."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, condition), after in TABLE.items():
        if before != after:
            arrows.setdefault((before, after), []).append(condition)
    lines = ["stateDiagram-v2", "    [*] --> onset"]
    for (left, right), conditions in arrows.items():
        lines.append(f"    {left} --> {right}: {', '.join(conditions)}")
    return "\n".join(lines) + "\n"
