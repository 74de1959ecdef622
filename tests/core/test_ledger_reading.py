"""What plain words assert: what they plainly say, and nothing where they ask, deny otherwise or hedge."""

from __future__ import annotations

import pytest

from uproar.ledger import reading
from uproar.model.asserted import WORDS, Asserted, complaint
from uproar.model.signal import Claim


@pytest.mark.parametrize(
    ("said", "asserted"),
    [
        ("A massive cyberattack, still going on.", "mechanism=attack-unspecified"),
        ("We were DDoSed.", "mechanism=attack-unspecified"),
        ("X was hacked", "mechanism=attack-unspecified"),
        (
            "Done with a lot of resources: either a large, coordinated group and/or a country.",
            "agency=malicious-action:organised agency=malicious-action:state",
        ),
        (
            "An attack by a nation-state.",
            "mechanism=attack-unspecified agency=malicious-action:state",
        ),
        ("IP addresses originating in the Ukraine area.", "source=UA"),
        ("Most requests came from the United States", "source=US"),
        (
            "Human error during a routine update, or a misconfigured firewall, load balancer or server.",
            "mechanism=config-error mechanism=change agency=human-error",
        ),
        ("Several of its origin servers were not behind Cloudflare.", "fact=origin-unshielded"),
        ("This was not a cyberattack.", "mechanism=not-attack"),
        ("It was not a cyberattack. A planned maintenance.", "mechanism=not-attack mechanism=planned-maintenance"),
        ("A power outage in one hall.", "mechanism=power-cooling"),
        ("We are over capacity.", "mechanism=load"),
        # Asked, denied otherwise, left open, contradicting itself, or about something else.
        ("Was it an attack?", ""),
        ("There is no evidence of a cyberattack.", ""),
        ("No attack has been confirmed.", ""),
        ("We do not know whether it was an attack.", ""),
        ("Unclear whether or not an attack took place.", ""),
        ("We can't rule out an attack.", ""),
        ("It may not be an attack.", ""),
        ("We weren’t hacked.", ""),
        ("It was an attack. It was not an attack.", ""),
        ("It is down in a country of ours.", ""),
        ("Reports from the United States rise.", ""),
        ("Traffic from Georgia is slow.", ""),
        ("Our hackathon goes on.", ""),
        ("We are looking into it.", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_what_words_assert(said: str, asserted: str) -> None:
    found = reading.read(said)
    assert " ".join(f"{each.axis}={each.value}" for each in found) == asserted
    assert not [each for each in found if complaint(each)]


def test_every_word_that_can_be_read_is_one_that_can_be_entered() -> None:
    values = {value for value, _ in reading._MECHANISMS}
    assert values <= set(WORDS["mechanism"])


def test_what_was_entered_goes_before_what_is_read() -> None:
    said = Claim(0, "x", "The owner", "It was an attack.")
    assert reading.role(said) == "operator"
    entered = Claim(
        0, "x", "The owner", "It was an attack.", role="credit",
        asserts=(Asserted("mechanism", "ddos-application"),),
    )  # fmt: skip
    assert reading.role(entered) == "credit"
    assert reading.asserted(entered) == (Asserted("mechanism", "ddos-application"),)


@pytest.mark.parametrize(
    "said", ["ip " * 600, "servers " * 250, "attack " * 280, "not " * 500, "a. " * 660]
)
def test_a_text_without_end_is_read_at_once(said: str) -> None:
    assert len(reading.read(said)) <= 8
