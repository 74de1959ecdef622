"""What came to the service: more, less or as usual, and made of what."""

from __future__ import annotations

import pytest

from uproar.diagnose.facts import Facts
from uproar.diagnose.items import ITEMS
from uproar.diagnose.seen_traffic import Came, amount, attack_seen, details

AT = (0, 60_000)
FLOOD = Came("traffic:a", AT, True, vectors=("flood.syn", "amplification.ntp"), sources=30_000, spoofed=0.99,
             flash_crowd=0.02, times_usual=30.0, countries={"DE": 0.9})  # fmt: skip
RUSH = Came("traffic:b", AT, False, sources=21_000, spoofed=0.01, known=0.7, flash_crowd=0.97,
            times_usual=8.0, meaningful=True, countries={"US": 0.6, "DE": 0.3})  # fmt: skip


@pytest.mark.parametrize(
    ("rates", "usual", "word"),
    [
        ([], [], None),
        ([900.0] * 10, [-1.0] * 10, None),
        ([-1.0] * 10, [900.0] * 10, None),
        ([900.0] * 2, [900.0] * 2, None),
        ([900.0] * 10, [1_000.0] * 10, "usual"),
        ([900.0] * 5 + [2_500.0] * 5, [1_000.0] * 10, "inbound-surge"),
        ([900.0] * 5 + [100.0] * 5, [1_000.0] * 10, "inbound-drop"),
        ([100.0] * 5 + [9_000.0] * 5, [1_000.0] * 10, "inbound-surge"),
        ([900.0] * 9 + [4_000.0], [1_000.0] * 10, "usual"),
    ],
)
def test_a_level_is_held_against_its_usual(
    rates: list[float], usual: list[float], word: str | None
) -> None:
    assert amount(rates, usual) == word


def test_what_has_a_name_is_a_surge_unless_it_is_small() -> None:
    assert amount([], [], [FLOOD]) == "inbound-surge"
    small = Came("traffic:s", AT, True, vectors=("slow.connections",), times_usual=1.1)
    assert amount([], [], [small]) is None
    assert amount([900.0] * 9, [1_000.0] * 9, [small]) == "usual"


def test_what_it_was_made_of() -> None:
    assert details([FLOOD]) == {"spoofed", "syn", "tcp", "amplification", "udp"}
    assert details([RUSH], frozenset({"US", "DE"})) == {"many-sources", "normal-client-mix"}
    assert details([RUSH], frozenset({"JP"})) == {
        "many-sources", "normal-client-mix", "foreign-sources"
    }  # fmt: skip
    asked = Came(
        "traffic:l", AT, True, requests=True, sources=1, vectors=("flood.dns-names",), again=0.9
    )
    assert details([asked]) == {
        "single-source",
        "http-requests",
        "dns-queries",
        "repeated-same-url",
    }
    assert details([Came("traffic:n", AT, False)]) is None
    assert details([]) is None


def test_how_probable_an_attack_is() -> None:
    assert attack_seen([FLOOD, RUSH]) == 0.98
    assert attack_seen([RUSH]) == 0.03
    assert attack_seen([Came("traffic:r", AT, False, flash_crowd=0.1)]) is None
    assert attack_seen([Came("traffic:x", AT, True)]) is None
    assert attack_seen([]) is None


def test_every_word_is_read_by_an_item() -> None:
    many = [
        FLOOD,
        RUSH,
        Came("traffic:l", AT, True, requests=True, sources=1, again=0.9, vectors=("flood.icmp",)),
    ]
    for word in details(many, frozenset({"JP"})) or ():
        facts = Facts(traffic_detail=frozenset({word}))
        assert any(item.look(facts) for item in ITEMS if item.field == "traffic_detail"), word


def test_countries_of_forged_addresses_say_nothing() -> None:
    forged = Came("traffic:f", AT, True, spoofed=0.9, meaningful=True, countries={"CN": 1.0})
    assert "foreign-sources" not in (details([forged], frozenset({"US"})) or ())
