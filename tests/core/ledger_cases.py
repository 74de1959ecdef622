"""Diagnoses, sources and statements for tests of the ledger, made of a few numbers."""

from __future__ import annotations

from typing import Any

from uproar.diagnose import axes
from uproar.diagnose.diagnosis import Diagnosis, Reason
from uproar.ledger.sources import Sources
from uproar.ledger.verdicts import Evidence, Verdict, weigh
from uproar.model.asserted import Asserted
from uproar.model.signal import Claim

AT = 1_741_622_400_000
SEEN = Reason(
    "ddos-application",
    "onset.waves",
    4.0,
    "It came in waves, with recovery between them.",
    ("reports",),
)
AGAINST = Reason("ddos-volumetric", "symptom.origin-page", -3.0, "What stands before it answers that its servers do not (520 to 530).", ("p1",))  # fmt: skip
WORLDWIDE = Sources(
    {"US": 0.31, "VN": 0.17, "BR": 0.12, "CN": 0.09, "UA": 0.012}, 0.02, True, ("flow-1",)
)


def diagnosis(attack: float = 0.4, **more: Any) -> Diagnosis:
    """Return a diagnosis with that probability of an attack; the rest is one other mechanism each 1/18."""
    others = [leaf for leaf in axes.LEAVES if leaf not in axes.ATTACKS]
    mechanism = dict.fromkeys(axes.ATTACKS, attack / 3)
    mechanism |= {leaf: (1 - attack) / len(others) for leaf in others}
    mechanism |= more.pop("mechanism", {})
    given: dict[str, Any] = {
        "mechanism": mechanism,
        "family": axes.families(mechanism),
        "locus": {"origin": 0.9, "cdn": 0.04, "cloud": 0.06},
        "agency": {"malicious-action": attack, "human-error": 0.3, "system-failure": 0.7 - attack},
        "attack": attack,
        "insufficient": False,
        "because": (SEEN, AGAINST),
    }
    return Diagnosis(**{**given, **more})


def evidence(attack: float = 0.4, **more: Any) -> Evidence:
    """Return evidence with such a diagnosis."""
    return Evidence(AT, diagnosis(attack), **more)


def one(axis: Any, value: str, held: Evidence) -> Verdict:
    """Return the verdict on one thing that somebody asserts."""
    claim = Claim(AT, "x", "Somebody", "Words.", asserts=(Asserted(axis, value),))
    (verdict,) = weigh(claim, held)
    return verdict
