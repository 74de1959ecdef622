"""What is judged of an incident, as values for JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from uproar.model.tick import iso
from uproar.present import sizes, whose
from uproar.present.judgement_views import Reach, Whose


def reach(found: Reach) -> dict[str, Any]:
    """Return how many people are affected as a value for JSON, or why that is not known."""
    return {
        "people": None
        if found.people is None
        else dict(zip(("low", "mid", "high"), found.people, strict=True)),
        "level": found.level,
        "method": list(found.method),
        "how": sizes.how(found),
        "why_not": found.why_not,
        "reports": found.reports,
        "works": found.works,
        "service_people": None
        if found.service_people is None
        else msgspec.to_builtins(found.service_people),
    }


def culprit(found: Whose, name: str) -> dict[str, Any]:
    """Return whose fault it seems to be as a value for JSON; `name` is that of the service."""
    return {
        "at": iso(found.at),
        "minutes": found.minutes,
        "services": found.services,
        "excess": found.excess,
        "answers": [
            {
                "kind": answer.kind,
                "name": answer.name,
                "label": whose.label(answer, name),
                "probability": answer.probability,
                "because": whose.because(answer, name, found),
            }
            for answer in found.answers
        ],
    }
