"""What was said on 10 March 2025, as the scenario tells it, held against diagnoses from outside and from inside."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.ledger_cases import AT, WORLDWIDE, diagnosis, evidence
from uproar.ledger import reading, standing
from uproar.ledger.verdicts import Evidence, weigh
from uproar.model.asserted import Asserted
from uproar.model.signal import Claim
from uproar.sim import scenario, told


@pytest.fixture(scope="module")
def claims() -> dict[str, Claim]:
    story = scenario.load("x-2025-03-10")
    return {each.said: each for each in told.told(story.plan) if isinstance(each, Claim)}


def words(claim: Claim, held: Evidence) -> list[tuple[str, str]]:
    return [(each.value, each.word) for each in weigh(claim, held)]


def test_the_statements_of_the_day_from_outside_and_once_sources_are_given(
    claims: dict[str, Claim],
) -> None:
    def said(part: str) -> Claim:
        (found,) = (claim for words, claim in claims.items() if part in words)
        return found

    outside = evidence(0.5)
    assert words(said("massive cyberattack"), outside) == [("attack-unspecified", "unproven")]
    who = [
        ("malicious-action:organised", "insufficient"),
        ("malicious-action:state", "insufficient"),
    ]
    assert words(said("and/or a country"), outside) == who
    assert words(said("Ukraine area"), outside) == [("UA", "insufficient")]
    inside = evidence(0.97, sources=WORLDWIDE)
    assert words(said("massive cyberattack"), inside) == [("attack-unspecified", "supported")]
    assert words(said("and/or a country"), inside) == who
    assert words(said("Ukraine area"), inside) == [("UA", "contradicted")]
    assert words(said("massive cyberattack"), Evidence(AT, diagnosis(0.01)))[0][1] == "contradicted"


def test_what_goes_into_the_diagnosis_is_that_the_operator_named_an_attack(
    claims: dict[str, Claim],
) -> None:
    facts = {(each.role, each.cause) for each in standing.facts_of(claims.values())}
    assert ("operator", "attack-unspecified") in facts
    assert not [cause for _, cause in facts if ":" in cause]


def test_a_scenario_says_how_a_statement_is_to_be_read(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    from sim.test_scenario_file import CLAIM, HEAD  # noqa: PLC0415 - its text is the shortest scenario

    own.write_text(
        HEAD
        + CLAIM
        + "role = 'credit'\nasserts = [{ axis = 'mechanism', value = 'ddos-application' }]\n",
        encoding="utf-8",
    )
    (claim,) = told.told(scenario.load(str(own)).plan)
    assert isinstance(claim, Claim)
    assert (reading.role(claim), reading.asserted(claim)) == (
        "credit", (Asserted("mechanism", "ddos-application"),),
    )  # fmt: skip
