"""Laws of filters: shares are what counting one by one gives, and no word from outside becomes a rule."""

from __future__ import annotations

import ipaddress
import re
import shlex

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laws.test_trace_law import KNOWN, traffic
from uproar.present import rules as rulewords
from uproar.present import rules_web
from uproar.trace import tracing
from uproar.trace.rules import advise, limited
from uproar.trace.rules_http import WORD_MAX, Ask, HttpRule, beyond, writable
from uproar.trace.rules_match import Match, rows
from uproar.trace.tally import Rate, Tally
from uproar.trace.traffic import Traffic

PORTS = st.lists(st.sampled_from([0, 1, 2, 3, 17, 53, 80, 123, 255]), max_size=3, unique=True)
NETWORKS = st.sampled_from(["0.0.0.0/24", "0.0.0.1/32", "0.0.0.0/0", "::/0", "2000::/3", "2001:db8::/48"])  # fmt: skip
MATCHES = st.builds(
    Match,
    target=NETWORKS,
    protocol=st.sampled_from([None, 0, 1, 6, 17, 47, 58]),
    src_ports=PORTS.map(tuple),
    dst_ports=PORTS.map(tuple),
    length=st.sampled_from([None, (0, 499), (500, 500), (400, 600)]),
    flags=st.lists(st.integers(0, 63), max_size=3, unique=True).map(tuple),
    icmp_type=st.sampled_from([None, 0, 3, 8, 128]),
    later=st.booleans(),
    sources=st.lists(NETWORKS, max_size=2).map(tuple),
)


def address(hi: int, lo: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    whole = ipaddress.IPv6Address(hi << 64 | lo)
    return whole.ipv4_mapped or whole


def lies(where: ipaddress.IPv4Address | ipaddress.IPv6Address, network: str) -> bool:
    if network == "::/0":  # Of all addresses, IPv4 written as IPv6 too.
        return True
    return where in ipaddress.ip_network(network)


def hit(match: Match, t: Traffic, n: int) -> bool:
    """One row at a time, as a filter reads a packet."""
    protocol, later = int(t.protocol[n]), bool(t.later[n])
    whence = address(int(t.src_hi[n]), int(t.src_lo[n]))
    headers = (match.src_ports, match.dst_ports, match.flags, match.icmp_type is not None)
    low, high = match.length or (0, 65_535)
    kind = int(t.dst_port[n]) >> 8
    return all(
        (
            lies(address(int(t.dst_hi[n]), int(t.dst_lo[n])), match.target),
            not match.sources or any(lies(whence, each) for each in match.sources),
            match.protocol in (None, protocol),
            not (later and any(headers)),
            not match.src_ports or t.src_port[n] in match.src_ports,
            not match.dst_ports or t.dst_port[n] in match.dst_ports,
            low <= t.size[n] <= high,
            not match.flags or (protocol == 6 and int(t.flags[n]) & 63 in match.flags),
            match.icmp_type is None or (protocol in (1, 58) and kind == match.icmp_type),
            later or not match.later,
        )
    )


def share(match: Match, t: Traffic) -> float:
    found = sum(float(t.packets[n]) for n in range(len(t)) if hit(match, t, n))
    return found / max(float(t.packets.sum()), 1e-9)


@settings(max_examples=60, deadline=None)
@given(MATCHES, traffic())
def test_a_match_hits_what_reading_row_by_row_hits(match: Match, every: Traffic) -> None:
    some = every.take(np.arange(len(every)) % 7 == 0)
    assert rows(match, some).tolist() == [hit(match, some, n) for n in range(len(some))]


@settings(max_examples=60, deadline=None)
@given(traffic(), traffic())
def test_the_share_told_of_the_baseline_is_that_of_counting(mine: Traffic, usual: Traffic) -> None:
    tally, ordinary = Tally(), Tally()
    tally.add(mine)
    ordinary.add(usual)
    found = tracing.trace(tally, KNOWN)
    for attack, advice in zip(found.attacks, advise(tally, found, ordinary), strict=True):
        if advice is None:
            continue
        held = ordinary.traffic()
        there = [lies(address(int(hi), int(lo)), attack.target) for hi, lo in zip(held.dst_hi, held.dst_lo, strict=True)]  # fmt: skip
        base = held.take(np.array(there, np.bool_))
        assert advice.measured.packets == pytest.approx(float(base.packets.sum()))
        for rule in advice.rules:
            assert 0 <= rule.attack <= 1.000001
            if rule.action == "drop" and advice.measured.known:
                assert rule.baseline == pytest.approx(share(rule.match, base))
            elif rule.action != "blackhole":
                assert (rule.baseline is not None) == advice.measured.known
        assert rulewords.report(advice)
        told = rulewords.plain(advice)
        assert {each["kind"] for each in told} >= {"rtbh"}
        assert all(each["text"].isascii() for each in told)


@given(
    st.lists(st.integers(0, 10_000), min_size=1, max_size=20),
    st.integers(1, 5_000),
    st.integers(0, 5_000),
    st.sampled_from([100, 1_000]),
)
def test_a_limit_stops_the_same_share_of_all_that_comes_in_a_bin(
    counts: list[int], limit: int, beside: int, bin_ms: int
) -> None:
    mine = Rate(0, bin_ms, np.array(counts, np.float64), np.zeros(len(counts)))
    stopped, lost = limited(mine, "packets", limit, float(beside))
    room, ordinary = limit * bin_ms / 1_000, beside * bin_ms / 1_000
    shares = [max(n + ordinary - room, 0) / (n + ordinary) for n in counts if n]
    assert stopped == pytest.approx(sum(n * s for n, s in zip(filter(None, counts), shares, strict=True)))  # fmt: skip
    assert lost == pytest.approx(sum(shares) / max(len(shares), 1))


@given(st.lists(st.integers(0, 200), min_size=1, max_size=30), st.integers(1, 100))
def test_what_comes_beyond_a_limit_is_counted_window_by_window(
    counts: list[int], limit: int
) -> None:
    over = sum(n - limit for n in counts if n > limit)
    told = beyond(np.array(counts, np.float64), limit)
    assert told == pytest.approx(over / max(sum(counts), 1e-9))


NASTY = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=80).map(lambda word: word.encode("utf-8", "replace")),
    st.sampled_from(
        [
            b"x'\n  http-request allow", b'x" 1; } return 200; #', b'"} or true or (http.host in {"',
            b"--", b"-f /etc/passwd", b"$uproar_1_path", b"${HOME}", b"~.*", b"\\", b"default", b"x\x00y",
            b"/a;/b", b"/*", b"//", b"a|b", b"[x]", b"x" * (WORD_MAX + 1),
        ]
    ),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(NASTY, min_size=1, max_size=3), st.lists(NASTY, min_size=1, max_size=3))
def test_no_word_from_outside_becomes_a_rule(paths: list[bytes], agents: list[bytes]) -> None:
    words = dict(enumerate([*paths, *agents], 1))
    numbers = tuple(words)
    ask = Ask(paths=numbers[: len(paths)], agents=numbers[len(paths) :])
    rule = HttpRule("narrow", ask, 1.0, None, None)
    if not all(map(writable, words.values())):
        with pytest.raises(rules_web.Unwritable):
            rules_web.written(rule, words, 1)
        return
    said = [word.decode() for word in words.values()]
    texts = {each.kind: each.text for each in rules_web.written(rule, words, 1)}
    # HAProxy: one line a word, and the word is all that is quoted in it.
    *acls, last = texts["haproxy"].split("\n")
    assert [shlex.split(line)[-1] for line in acls] == said
    assert all(shlex.split(line)[-2] == "--" for line in acls)
    assert last == "http-request deny deny_status 403 if uproar_1_path uproar_1_agent"
    # nginx: keys are quoted, and each fits its own word and none that is one sign longer.
    keys = re.findall(r'"~([^"]*)" 1;', texts["nginx"])
    assert len(keys) == len(said)
    for key, word in zip(keys, said, strict=True):
        assert re.search(key, word)
        assert not re.search(key, f"{word}x")
        assert not re.search(key, f"x{word}")
    # Cloudflare: nothing but the words stands in quotes.
    if "cloudflare" in texts:
        assert re.findall(r'"([^"]*)"', texts["cloudflare"]) == said
