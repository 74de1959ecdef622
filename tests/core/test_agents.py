"""What a User-Agent is taken for: a coarse word out of a closed list, whatever it holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uproar.inlets.agents import agent_of
from uproar.inlets.reporter import prefix_of
from uproar.model.signal import AGENTS

WEBKIT = b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
PHONE = b"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 "


@pytest.mark.parametrize(
    ("header", "agent"),
    [
        (WEBKIT + b"Chrome/124.0.0.0 Safari/537.36", "chrome"),
        (WEBKIT + b"Chrome/124.0.0.0 Safari/537.36 Edg/124.0.0.0", "edge"),
        (WEBKIT + b"HeadlessChrome/124.0.0.0 Safari/537.36", "other"),
        (PHONE + b"(KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1", "safari"),
        (PHONE + b"(KHTML, like Gecko) CriOS/124.0 Mobile/15E148 Safari/604.1", "chrome"),
        (PHONE + b"(KHTML, like Gecko) Mobile/15E148", "app"),
        (b"Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0", "firefox"),
        (b"Mozilla/5.0 (Linux; Android 14; Pixel; wv) AppleWebKit/537.36 Chrome/124", "app"),
        (b"curl/8.5.0", "other"),
        (b"", "none"),
        (b"   ", "none"),
    ],
)
def test_a_header_is_taken_for_a_coarse_word(header: bytes, agent: str) -> None:
    assert agent_of(header) == agent


@given(st.binary(max_size=700))
def test_any_header_is_one_of_the_words(header: bytes) -> None:
    assert agent_of(header) in AGENTS


def test_a_prefix_is_told_only_within_a_numbered_network() -> None:
    key, address = b"k" * 32, bytes([192, 0, 2, 7])
    assert prefix_of("p:0123", key, address) == ""
    told = prefix_of("AS3320", key, address)
    assert len(told) == 8
    assert told == prefix_of("AS3320", key, bytes([192, 0, 2, 200]))
    assert told != prefix_of("AS3320", key, bytes([192, 0, 3, 7]))
