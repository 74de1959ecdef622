"""What `uproar collect` says of an attack: complete for programs, masked and plain for people."""

from __future__ import annotations

import json

from uproar.model.signal import Traffic
from uproar.present import trafficlines

AT = 1_790_000_000_000
RAISED = Traffic(
    at=AT,
    target="198.51.100.7",
    group="web",
    state="raised",
    attack="a1",
    from_at=AT - 2_000,
    to_at=AT,
    packets_s=60_000.0,
    bits_s=240_000_000.0,
    usual_packets_s=900.0,
    vectors={"amplification.dns": 0.2, "amplification.ntp": 0.8},
    countries={"DE": 0.4, "US": 0.6},
    sources=4_800,
    spoofed=0.03,
    flash_crowd=0.01,
    measured={"bogons": 0.0, "attack-packets-s": 59_000.0},
    ratios={"bogons": 0.5},
    one_of=100,
)


def test_a_line_of_json_has_the_names_of_a_trace() -> None:
    told = json.loads(trafficlines.encode(RAISED))
    assert (told["kind"], told["state"], told["vector"]) == (
        "attack",
        "raised",
        "amplification.ntp",
    )
    assert told["vectors"][0] == {"vector": "amplification.ntp", "share": 0.8}
    assert told["from"] < told["at"]
    assert told["sources"]["countries"][0] == {"country": "US", "share": 0.6}
    assert told["sources"]["spoofed"] == 0.03
    assert told["evidence"] == [
        {"about": "bogons", "value": 0.0, "likelihood_ratio": 0.5},
        {"about": "attack-packets-s", "value": 59_000.0},
    ]


def test_a_line_of_words_masks_the_target_unless_it_is_asked_for() -> None:
    line = trafficlines.line(RAISED)
    assert "ATTACK on 198.51.100.0/24 (web)" in line
    assert "NTP amplification (80%), DNS amplification (20%)" in line
    assert "60,000 packets/s, 240 Mbit/s (usually 900 packets/s)" in line
    assert "4,800 source addresses, forged: 3%" in line
    assert "on 198.51.100.7 (web)" in trafficlines.line(RAISED, addresses=True)


def test_what_is_not_known_is_null_and_not_said() -> None:
    bare = Traffic(at=AT, target="2001:db8::7", state="cleared")
    told = json.loads(trafficlines.encode(bare))
    assert (told["from"], told["flash_crowd"], told["vector"]) == (None, None, "unknown")
    assert trafficlines.line(bare).endswith("over on 2001:db8::/48; 0 packets/s, 0 bit/s")


def test_signs_that_steer_a_terminal_do_not_reach_it() -> None:
    hostile = Traffic(at=AT, target="192.0.2.0/24", group="a\x1b[2Jb", vectors={"x\x1b": 1.0})
    assert "\x1b" not in trafficlines.line(hostile)
