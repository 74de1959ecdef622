"""What a diagnosis says of cases that are known, and where it says nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from uproar.app import judging
from uproar.catalog import causes as files
from uproar.diagnose import model, past
from uproar.diagnose.axes import ATTACKS, FAMILIES, LEAVES
from uproar.diagnose.conclude import FLOOR_FAMILY, HAND
from uproar.diagnose.diagnosis import Diagnosis
from uproar.diagnose.facts import ChangeFact, ClaimFact, Facts
from uproar.errors import EvidenceInvalid

ROOT = Path(__file__).resolve().parents[2]
JUDGE = judging.weighing()

# What an outsider had on 10 March 2025: waves, some pages of the content network that its servers do not answer,
# nobody else failing, and words.
X_OUTSIDE = Facts(
    scope="global",
    onset="waves",
    time_context=frozenset({"business-hours"}),
    symptoms=frozenset({"unreachable", "slow", "http-520"}),
    co_failing_kinds=frozenset(),
    claims=(
        ClaimFact("operator", "attack-unspecified"),
        ClaimFact("credit", "ddos-volumetric"),
        ClaimFact("expert", "config-error"),
    ),
)


def top(found: Diagnosis, count: int = 1) -> set[str]:
    return set(sorted(found.mechanism, key=found.mechanism.__getitem__)[-count:])


def test_the_weights_are_what_learning_gives() -> None:
    """The shipped file is reproduced from the past incidents and the causes' files."""
    command = [sys.executable, str(ROOT / "bench" / "diagnose" / "learn.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_weights_of_another_version_are_refused() -> None:
    text = json.loads(files.weights())
    for change in ({"format": 9}, {"items": {"no.such": {}}}, {"base-rates": {"unknown": 1.0}}):
        with pytest.raises(EvidenceInvalid):
            model.parse(json.dumps({**text, **change}))
    with pytest.raises(EvidenceInvalid):
        model.parse(b"{")


def test_past_incidents_are_read_whole() -> None:
    found = judging.past_incidents()
    assert len(found) > 200
    assert {each.cause for each in found} == set(LEAVES)
    with pytest.raises(EvidenceInvalid, match="line 1"):
        past.parse(b'{"id": "x"}')


def test_10_march_from_outside_neither_excludes_nor_asserts_an_attack() -> None:
    found = JUDGE(X_OUTSIDE)
    assert 0.1 < found.attack < 0.9
    assert max(found.mechanism[leaf] for leaf in ATTACKS) < 0.9
    assert "agency" in found.withheld
    assert found.without_claims < found.attack


def test_10_march_turns_with_the_operators_flow_summary() -> None:
    flood = msgspec.structs.replace(
        X_OUTSIDE,
        traffic="inbound-surge",
        traffic_detail=frozenset({"many-sources", "tcp", "foreign-sources"}),
        attack_seen=0.98,
    )
    usual = msgspec.structs.replace(
        X_OUTSIDE, traffic="usual", changes=(ChangeFact("config-change", 4.0),)
    )
    assert JUDGE(flood).attack > 0.9
    assert JUDGE(flood).view == "operator"
    assert JUDGE(usual).attack < 0.3


def test_the_morning_and_the_night_of_one_service_are_told_apart() -> None:
    """OpenAI on 8 November 2023: capacity in the morning, an attack in the night, as the operator saw both."""
    both = Facts(
        scope="global", symptoms=frozenset({"http-5xx", "slow"}), co_failing_kinds=frozenset()
    )
    morning = msgspec.structs.replace(
        both, onset="gradual", traffic="inbound-surge", traffic_detail=frozenset({"normal-client-mix"}),
        time_context=frozenset({"business-hours"}), claims=(ClaimFact("operator", "capacity-limit"),),
    )  # fmt: skip
    night = msgspec.structs.replace(
        both, onset="waves", traffic="inbound-surge",
        traffic_detail=frozenset({"many-sources", "http-requests"}), claims=(ClaimFact("credit", "ddos-application"),),
    )  # fmt: skip
    assert max(JUDGE(morning).family, key=JUDGE(morning).family.__getitem__) == "load"
    assert JUDGE(morning).attack < 0.2
    assert JUDGE(night).attack > 0.8


def test_a_crowd_that_is_called_an_attack_stays_a_crowd() -> None:
    """X Spaces in August 2024, a comment site in 2017: an event, people, and an owner who says attack."""
    crowd = Facts(
        scope="partial-function", onset="sudden", time_context=frozenset({"major-event"}),
        symptoms=frozenset({"slow", "unreachable"}), co_failing_kinds=frozenset(),
        claims=(ClaimFact("operator", "ddos-volumetric"),),
    )  # fmt: skip
    outside = JUDGE(crowd)
    seen = JUDGE(
        msgspec.structs.replace(
            crowd, traffic="inbound-surge", traffic_detail=frozenset({"normal-client-mix"})
        )
    )
    assert outside.attack < 0.5
    assert seen.attack < 0.1
    assert top(seen) == {"organic-surge"}
    assert outside.withheld.count("agency") == 1


def test_a_certificate_that_expired_is_nearly_enough() -> None:
    found = JUDGE(Facts(symptoms=frozenset({"tls-expired"}), scope="global", onset="sudden"))
    assert top(found) == {"tls-cert"}
    assert found.mechanism["tls-cert"] > 0.7
    assert not found.insufficient


def test_what_fails_beside_it_points_at_a_side() -> None:
    alone = Facts(scope="global", onset="sudden", symptoms=frozenset({"http-503"}))
    shared = msgspec.structs.replace(
        alone, co_failing=5, co_failing_kinds=frozenset({"cdn", "peer-services"})
    )
    assert JUDGE(shared).locus["cdn"] > 0.5 > JUDGE(alone).locus["cdn"]
    assert top(JUDGE(shared)) == {"dependency"}


def test_two_causes_at_once_are_both_named() -> None:
    """As on 30 July 2024: an attack was seen in the traffic, and a wrong setting of the defence."""
    found = JUDGE(
        Facts(
            scope="global", onset="sudden", symptoms=frozenset({"slow", "http-timeout"}),
            traffic="inbound-surge", traffic_detail=frozenset({"many-sources", "tcp"}),
            changes=(ChangeFact("config-change", 3.0),),
        )
    )  # fmt: skip
    first = max(found.mechanism, key=found.mechanism.__getitem__)
    named = {first, found.second}
    assert named & set(ATTACKS)
    assert "config-error" in named


def test_the_kind_of_hand_needs_more_than_a_likely_attack() -> None:
    for each in judging.past_incidents():
        found = JUDGE(each.facts)
        if "agency" not in found.withheld:
            assert max(found.agency.values()) >= HAND
            assert not found.insufficient
        silent = JUDGE(msgspec.structs.replace(each.facts, claims=()))
        assert found.insufficient == silent.insufficient
        if not found.insufficient:
            assert max(silent.family.values()) >= FLOOR_FAMILY


def test_what_to_ask_next_is_not_known_and_orders_by_what_it_brings() -> None:
    found = JUDGE(X_OUTSIDE)
    assert [each.bits for each in found.next] == sorted(
        (each.bits for each in found.next), reverse=True
    )
    assert any(each.by == "the operator" for each in found.next)
    known = JUDGE(
        msgspec.structs.replace(
            X_OUTSIDE, traffic="usual", traffic_detail=frozenset(), attack_seen=0.1
        )
    )
    assert not any(item.startswith("traffic.") for each in known.next for item in each.items)


def test_base_rates_are_given_by_mechanism_or_family() -> None:
    rare = judging.weighing(judging.rates_of(["attack=0.01"]))
    used = judging.rates_used(rare)
    assert np.isclose(sum(used.values()), 1.0)
    assert np.isclose(sum(used[leaf] for leaf in FAMILIES["attack"]), 0.01)
    assert rare(X_OUTSIDE).attack < JUDGE(X_OUTSIDE).attack
    assert rare.digest != JUDGE.digest


@pytest.mark.parametrize(
    "words",
    [
        ["atack=0.1"],
        ["attack"],
        ["attack=2"],
        ["attack=-1"],
        ["attack=0.6", "load=0.6"],
        ["attack=0.1", "ddos-volumetric=0.3"],
    ],
)
def test_base_rates_that_are_none_are_refused(words: list[str]) -> None:
    with pytest.raises(EvidenceInvalid, match="base rate"):
        judging.weighing(judging.rates_of(words))
