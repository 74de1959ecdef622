"""Whose fault does it seem to be? The answers of an incident as sentences, with their probability.

An answer is about where the fault lies, not about why: the cause stays open. Below SURE the answers
are listed and none is preferred.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from uproar.present import figures
from uproar.present.judgement_views import Answer, Whose
from uproar.present.legible import clean
from uproar.present.views import IncidentView
from uproar.present.words import Sentence, in_place, listed

SURE = 0.8  # Probability from which a sentence prefers an answer.
VERY_SURE = 0.95
ALMOST = 0.99
NAMED = 3  # Answers named where none is sure.
HALF = 0.5  # Below it an answer is given without a reason: others are likelier.
LEAST = 0.02  # Smaller probabilities are not told in a sentence.


def sentences(view: IncidentView) -> tuple[Sentence, ...]:
    """Return what the pages say first of whose fault it is; nothing where it was not asked."""
    if view.whose is None or not view.whose.answers:
        return ()
    lead = view.whose.answers[0]
    if lead.probability < SURE:
        named = [
            f"{label(answer, view.name)} ({percent(answer.probability)})"
            for answer in view.whose.answers[:NAMED]
            if answer.probability >= LEAST
        ]
        return ((f"Whose fault it is is not clear: {listed(named)}.",),)
    if lead.kind == "unknown":
        return (
            ("Whose fault it is cannot be told: the reports fit nothing that we know of well.",),
        )
    sure = "very probably" if lead.probability >= VERY_SURE else "probably"
    chance = percent(lead.probability)
    told = because(lead, view.name, view.whose)
    if lead.kind == "echo":
        head = f"Reports here are {sure} spill-over from {clean(lead.label)} ({chance}): {told}"
    elif lead.kind == "service":
        head = f"The fault is {sure} on the side of {view.name} ({chance}): {told}"
    else:
        whom = label(lead, view.name)
        head = f"This is {sure} not {view.name}, but {whom} ({chance}): {told}"
    return ((head,),)


_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "service": "{service} itself",
        "provider": "its provider {label}",
        "access": "the access network {label}",
        "home": "one household, office or school",
        "place": "something in {place} that hits many services",
        "echo": "spill-over from {label}",
        "unknown": "something else, or chance",
    }
)
_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "service": (
            "nothing that it shares with other services explains the reports, no network, no place"
            " and no provider."
        ),
        "provider": (
            "of {listed} services watched that are listed as depending on it, {failing} have"
            " unusually many reports."
        ),
        "access": (
            "{share} of the reports of the last {minutes} minutes come through it, far more than"
            " usual."
        ),
        "home": (
            "{share} of the reports of the last {minutes} minutes come from one small address range."
        ),
        "place": (
            "{share} of the reports of the last {minutes} minutes come from there, and other"
            " services rise there too."
        ),
        "echo": (
            "{label} has {excess} reports more than usual, {service} {own}. When one service fails,"
            " some people report another one."
        ),
        "unknown": "no explanation that we know of fits well.",
    }
)


def label(answer: Answer, name: str) -> str:
    """Return whom an answer means, as it stands inside a sentence and in a table."""
    return _LABELS[answer.kind].format(
        service=name, label=clean(answer.label), place=in_place(answer.name)
    )


def because(answer: Answer, name: str, found: Whose) -> str:
    """Return what an answer rests on, as a sentence that begins small; "" where others are likelier."""
    if answer.probability < HALF:
        return ""
    return _REASONS[answer.kind].format(
        service=name,
        label=clean(answer.label),
        share=figures.share(answer.reports, answer.of),
        minutes=found.minutes,
        listed=figures.count(answer.listed),
        failing=figures.count(answer.failing),
        excess=figures.count(answer.excess),
        own=figures.count(found.excess),
    )


def percent(probability: float) -> str:
    """Return a probability as it is worth telling: never 0 % or 100 %."""
    if probability > ALMOST:
        return f"over{figures.NARROW}99{figures.NARROW}%"
    if probability < 1 - ALMOST:
        return f"under{figures.NARROW}1{figures.NARROW}%"
    return f"{round(100 * probability)}{figures.NARROW}%"
