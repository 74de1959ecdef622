"""The ledger as ClaimReview: every verdict that stands, and nothing that could break out of a page."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.ledger import entries
from uproar.ledger.verdicts import Evidence
from uproar.model.asserted import Asserted
from uproar.model.signal import Claim
from uproar.present.claimreview import reviews

AT = 1_741_630_000_000


def ledger(*claims: Claim) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(entries.weighed(None, claims, Evidence(AT)))
    return found


def graph(*claims: Claim) -> list[dict[str, Any]]:
    told = json.loads(reviews(ledger(*claims), "/i/x", "Uproar"))
    assert told["@context"] == "https://schema.org"
    found: list[dict[str, Any]] = told["@graph"]
    return found


def test_each_thing_that_is_asserted_is_reviewed() -> None:
    claim = Claim(
        AT, "x", "Somebody", "A massive cyberattack, from a coordinated group.", "TV", "https://example.org/a", AT - 60_000
    )  # fmt: skip
    one, two = graph(claim)
    assert (one["@type"], one["url"]) == ("ClaimReview", "/i/x#claims")
    assert one["claimReviewed"] == claim.said
    assert one["itemReviewed"]["author"]["name"] == "Somebody"
    assert one["itemReviewed"]["appearance"]["url"] == "https://example.org/a"
    assert one["itemReviewed"]["datePublished"].startswith("2025-03-10T")
    assert one["reviewRating"]["alternateName"] == "insufficient"
    assert {one["reviewAspect"], two["reviewAspect"]} == {
        "mechanism: attack-unspecified", "agency: malicious-action:organised",
    }  # fmt: skip


def test_what_asserts_nothing_is_withdrawn_or_taken_back_is_not_reviewed() -> None:
    assert graph(Claim(AT, "x", "Somebody", "We are looking into it.")) == []
    assert graph(Claim(AT, "x", "Somebody", "A cyberattack.", withdrawn=True)) == []


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
@settings(max_examples=150)
def test_hostile_texts_stay_texts(by: str, said: str, link: str) -> None:
    claim = Claim(
        AT, "x", by + "</script><script>", f"{said} cyberattack. <!--", "", f"javascript:{link}"
    )
    body = reviews(ledger(claim), "/i/x", "Uproar")
    assert not set(b"<>&") & set(body)
    assert "\x00" not in body.decode()
    for review in json.loads(body)["@graph"]:
        assert "appearance" not in review["itemReviewed"]


def test_an_asserted_value_of_an_old_journal_cannot_turn_the_text_around() -> None:
    claim = Claim(AT, "x", "Somebody", "It.", asserts=(Asserted("locus", "edge\u202e<b>"),))
    (review,) = graph(claim)
    assert review["reviewAspect"] == "locus: edge<b>"
