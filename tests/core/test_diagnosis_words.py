"""Each rule of the sentences, on values made for it."""

from __future__ import annotations

import msgspec
import pytest

from uproar.app import judging
from uproar.diagnose.axes import AGENCIES, LEAVES, LOCI, families
from uproar.diagnose.causes import CAUSES
from uproar.diagnose.diagnosis import Diagnosis, NextEvidence
from uproar.diagnose.facts import Facts
from uproar.diagnose.record import Aside
from uproar.present import diagnosiswords as words
from uproar.present.diagnosing import report


def diagnosis(**p: float) -> Diagnosis:
    """Return a diagnosis with these mechanisms (`_` for `-`); the rest is shared evenly by all others."""
    given = {leaf.replace("_", "-"): share for leaf, share in p.items()}
    rest = (1 - sum(given.values())) / (len(LEAVES) - len(given))
    mechanism = {leaf: given.get(leaf, rest) for leaf in LEAVES}
    return Diagnosis(
        mechanism=mechanism,
        family=families(mechanism),
        locus={word: 0.9 if word == "origin" else 0.1 / (len(LOCI) - 1) for word in LOCI},
        agency=dict.fromkeys(AGENCIES, 0.2),
        attack=sum(
            mechanism[leaf] for leaf in ("ddos-volumetric", "ddos-application", "attack-other")
        ),
        insufficient=False,
        withheld=("agency",),
    )


@pytest.mark.parametrize(
    ("found", "begins"),
    [
        (
            diagnosis(tls_cert=0.93),
            f"Very probably the cause is {CAUSES['tls-cert'].phrase} (93 %).",
        ),
        (diagnosis(tls_cert=0.75), f"Probably the cause is {CAUSES['tls-cert'].phrase} (75 %)."),
        (
            diagnosis(tls_cert=0.6, dns_error=0.3),
            f"Most likely the cause is {CAUSES['tls-cert'].phrase} (60 %). It may also be {CAUSES['dns-error'].phrase} (30 %).",
        ),
        (
            diagnosis(config_error=0.4, bad_deploy=0.3, hardware=0.2),
            "Most likely the cause is a change of its own that went wrong (7",
        ),
        (
            diagnosis(ddos_volumetric=0.32, bad_deploy=0.28, capacity_limit=0.22),
            "Why is not established. Likeliest are an attack (3",
        ),
    ],
)
def test_how_sure_decides_what_is_named(found: Diagnosis, begins: str) -> None:
    assert words.why(found, CAUSES).startswith(begins)


def test_a_second_cause_is_told_with_and() -> None:
    found = msgspec.structs.replace(
        diagnosis(ddos_volumetric=0.6, config_error=0.3), second="config-error"
    )
    assert f", and {CAUSES['config-error'].phrase} as well." in words.why(found, CAUSES)
    assert "It may also be" not in words.why(found, CAUSES)


def test_below_the_floor_only_what_cannot_be_told_apart_is_said() -> None:
    found = msgspec.structs.replace(
        diagnosis(ddos_volumetric=0.4, bad_deploy=0.2),
        insufficient=True,
        withheld=("mechanism", "locus", "agency"),
        unknown=("traffic", "change"),
        next=(NextEvidence("the log of changes", "the operator", 0.4, ()),),
    )
    assert words.why(found, CAUSES) == (
        "Why is not established: the evidence at hand is insufficient, and cannot tell whether it was an"
        " attack or a change of its own that went wrong. Not known: what traffic came in and what was changed"
        " before. What would tell most: the log of changes (the operator has it)."
    )


def test_a_side_and_a_hand_are_told_or_withheld() -> None:
    found = diagnosis(ddos_volumetric=0.95)
    assert words.side(found) == "It failed on its own side (90 %)."
    assert words.hand(found) == "What kind of hand was at work cannot be said."
    sure = msgspec.structs.replace(
        found, withheld=("locus",), agency={**found.agency, "malicious-action": 0.93}
    )
    assert words.side(sure) == "Whose side failed cannot be said."
    assert words.hand(sure) == "At work was a malicious act (93 %). Who did it cannot be said."


def test_a_likely_attack_always_says_that_the_hand_is_unknown() -> None:
    assert "What kind of hand" in words.why(diagnosis(ddos_volumetric=0.2, tls_cert=0.6), CAUSES)
    assert "What kind of hand" not in words.why(diagnosis(tls_cert=0.95), CAUSES)


def test_a_report_shows_what_was_set_aside_and_no_sign_that_steers_a_terminal() -> None:
    said = report(
        "x", judging.weighing()(Facts()), CAUSES, (Aside("scope", "\x1b[31m", "it is not known"),)
    )
    assert "\x1b" not in said
    assert "it is not known" in said
    assert "all others" in said
