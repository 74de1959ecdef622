"""What a statement asserts, as it is entered: by JSON, by a form, in a scenario; and the words that there are."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from uproar.diagnose import axes, roles
from uproar.errors import ClaimRejected
from uproar.model import asserted
from uproar.model.asserted import ATTACK, Asserted, ClaimRole
from uproar.model.signal import Claim
from uproar.present import deskpage
from uproar.wire import claimform, signals

NOW = 1_741_622_400_000
TOLD = {"service": "x", "by": "A", "said": "B"}
CONFIG = Asserted("mechanism", "config-error")
HUMAN = Asserted("agency", "human-error")


def test_the_words_are_those_of_the_diagnosis() -> None:
    assert set(axes.LEAVES) <= set(asserted.WORDS["mechanism"])
    assert set(axes.FAMILIES) <= set(asserted.WORDS["mechanism"])
    more = set(asserted.WORDS["mechanism"]) - set(axes.LEAVES) - set(axes.FAMILIES)
    assert more == {ATTACK, asserted.NOT_ATTACK, "technical-unspecified"}
    assert asserted.WORDS["locus"] == axes.LOCI
    assert tuple(word for word in asserted.WORDS["agency"] if ":" not in word) == axes.AGENCIES
    assert get_args(ClaimRole) == ("", *roles.ROLES)
    assert tuple(word for word, _ in deskpage.ROLES) == roles.ROLES
    longest = max(len(word) for words in asserted.WORDS.values() for word in words)
    assert longest <= asserted.VALUE_MAX


@pytest.mark.parametrize(
    "asserts",
    [
        [
            {"axis": "mechanism", "value": "config-error"},
            {"axis": "agency", "value": "human-error"},
        ],
        "mechanism=config-error, agency=human-error",
        "mechanism=config-error;agency=human-error mechanism=config-error",
    ],
)
def test_what_is_asserted_is_read_from_json_and_from_a_form(asserts: Any) -> None:
    claim = claimform.read({**TOLD, "role": "expert", "asserts": asserts}, NOW)
    assert claim.role == "expert"
    assert claim.asserts == (CONFIG, HUMAN)
    assert signals.decode(signals.encode(claim)) == claim


@pytest.mark.parametrize(
    ("asserts", "word"),
    [
        ("mechanism=solar", "config-error"),  # The complaint lists the words.
        ("mechanism:config-error", "mechanism=config-error"),
        ("mood=good", "is no axis"),
        ("source=Ukraine", "ISO 3166"),
        ("source=ZZ", "ISO 3166"),
        ("fact=<b>", "origin-unshielded"),
        ("mechanism=" + "a" * 61, "is not like"),
        ([{"axis": "mechanism"}], "list of"),
        ([{"axis": "mechanism", "value": "change", "sure": True}], "list of"),
        ({"axis": "mechanism", "value": "change"}, "list of"),
        (7, "list of"),
        (" ".join(f"mechanism={leaf}" for leaf in axes.LEAVES), "at most 8"),
    ],
)
def test_a_word_that_is_not_known_is_refused_with_what_to_write(asserts: Any, word: str) -> None:
    with pytest.raises(ClaimRejected) as refused:
        claimform.read({**TOLD, "asserts": asserts}, NOW)
    assert refused.value.slug == "asserts"
    assert word in str(refused.value)
    assert str(refused.value).isprintable()


def test_old_lines_are_read_and_written_as_they_were() -> None:
    line = b'{"kind":"claim","at":"2025-03-10T09:41:07.000Z","service":"x","by":"A","said":"B"}'
    claim = signals.decode(line)
    assert isinstance(claim, Claim)
    assert (claim.role, claim.asserts) == ("", ())
    assert b"asserts" not in signals.encode(claim)
    assert b"role" not in signals.encode(claim)
