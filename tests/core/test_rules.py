"""Which filters are told for which attack, what they cost, and which are not told and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import log_writer as lw
from core import traffic_writer as t
from core.test_trace_vectors import random_tcp
from uproar.app import tracing, tracing_logs
from uproar.app.tracing_rules import advise_log
from uproar.present import rules_web
from uproar.present.rules import plain, report
from uproar.trace.rules import SOURCES_MAX, advise
from uproar.trace.rules_http import HttpAdvice
from uproar.trace.rules_told import Advice


@pytest.fixture(scope="module")
def about():
    return tracing.known()


def advised(
    frames: list[t.Timed], folder: Path, about, usual: list[t.Timed] | None = None
) -> Advice:
    file, ordinary = folder / "capture.pcap", folder / "usual.pcap"
    file.write_bytes(t.capture(frames))
    tally = None
    if usual is not None:
        ordinary.write_bytes(t.capture(usual))
        tally = tracing.take(ordinary)
    read = tracing.read(file, about)
    (advice,) = advise(read.tally, read.found, tally)
    assert advice is not None
    return advice


def notes(advice: Advice) -> list[str]:
    return [each.about for each in advice.notes]


def test_where_nothing_ordinary_was_seen_the_cost_is_not_known_and_never_zero(tmp_path, about):
    advice = advised(t.reflected(123, 440), tmp_path, about)
    assert not advice.measured.known
    told = plain(advice)
    assert [each["baseline"] for each in told if each["kind"] != "rtbh"] == [None] * (len(told) - 1)
    assert all(each["baseline_of"].startswith("not known") for each in told[:-1])
    assert "no-limit" in notes(advice)
    assert "what it costs is not known" in "\n".join(report(advice))


def test_the_rest_of_the_same_capture_is_the_baseline_where_no_other_is_given(tmp_path, about):
    before = t.crowd(100)
    later = [(at + 30, frame) for at, frame in t.reflected(123, 440)]
    advice = advised([*before, *later], tmp_path, about)
    to_target = sum(frame[30:34] == bytes((198, 51, 100, 2)) for _, frame in before)
    assert advice.measured.source == "same"
    assert advice.measured.packets == advice.measured.before == to_target
    narrow = advice.rules[0]
    assert (narrow.match.src_ports, narrow.match.length) == ((123,), (468, 468))
    assert (narrow.attack, narrow.baseline, narrow.hosts) == (1.0, 0.0, 0.0)


def test_a_capture_of_an_ordinary_time_is_the_baseline_where_it_is_given(tmp_path, about):
    advice = advised(t.forged(random_tcp(0x02)), tmp_path, about, t.crowd(100))
    assert advice.measured.source == "file"
    broadest = next(each for each in advice.rules if each.why == "broadest")
    assert (broadest.baseline, broadest.hosts) == (1.0, 1.0)


def test_dropping_all_that_begins_is_told_to_hit_everybody(tmp_path, about):
    """The SYNs of the crowd are as those of the flood: few of its packets, and all of its clients."""
    advice = advised(t.forged(random_tcp(0x02)), tmp_path, about, t.crowd(200))
    syns = [each for each in advice.rules if each.match.flags == (2,) and each.action == "drop"]
    assert syns
    assert all(each.baseline < 0.2 and each.hosts == 1.0 for each in syns)


def test_sources_are_listed_only_where_they_are_genuine(tmp_path, about):
    forged = advised(t.forged(random_tcp(0x02)), tmp_path, about)
    assert "forged" in notes(forged)
    assert not any(each.match.sources for each in forged.rules)
    assert "a list would hit strangers" in "\n".join(report(forged))
    few = t.genuine(lambda _: t.w.udp(b"\xff" * 64, 4444, 30_000), count=9_000, sources=30)
    (listed,) = [each for each in advised(few, tmp_path, about).rules if each.why == "sources"]
    assert len(listed.match.sources) <= 30
    assert listed.attack > 0.9
    many = advised(t.reflected(123, 440), tmp_path, about)
    assert "too-many" in notes(many)
    assert all(len(each.match.sources) <= SOURCES_MAX for each in many.rules)


def test_a_blackhole_is_told_to_complete_the_attack(tmp_path, about):
    advice = advised(t.reflected(123, 440), tmp_path, about)
    (hole,) = [each for each in plain(advice) if each["kind"] == "rtbh"]
    assert (hole["attack"], hole["baseline"]) == (1.0, 1.0)
    assert "65535:666" in hole["text"]
    assert "completes the attack" in hole["because"]
    assert "100 % of the target's ordinary traffic" in "\n".join(report(advice))


def test_a_limit_leaves_room_for_twice_what_is_usual(tmp_path, about):
    usual = [(at, frame) for at, frame in t.crowd(200)]
    advice = advised(t.forged(random_tcp(0x02)), tmp_path, about, usual)
    limits = {each.action: each for each in advice.rules if each.why == "limit"}
    assert set(limits) == {"limit-packets", "limit-octets"}
    # 200 SYNs in two seconds, told by tenths of a second.
    assert 200 <= limits["limit-packets"].limit <= 400
    assert 0.5 < limits["limit-packets"].attack < 1


def test_a_baseline_that_is_attacked_itself_is_said_to_be(tmp_path, about):
    attack = t.reflected(123, 440)
    assert "baseline-attacked" in notes(advised(attack, tmp_path, about, attack))


def test_later_fragments_have_a_filter_of_their_own(tmp_path, about):
    first = t.genuine(lambda d: t.w.udp(bytes(1400), 53, t.port(d)), more=True, sources=300)
    later = t.genuine(lambda _: bytes(900), offset=1408, sources=300)
    advice = advised([*first, *later], tmp_path, about)
    (fragments,) = [each for each in advice.rules if each.why == "fragments"]
    assert fragments.match.later
    assert fragments.attack == pytest.approx(0.5)
    ports = [each for each in advice.rules if each.match.src_ports and each.action == "drop"]
    assert all(each.attack == pytest.approx(0.5) for each in ports)


def log_advice(lines: list[bytes], folder: Path, about) -> HttpAdvice:
    path = folder / "access.log"
    path.write_bytes(b"\n".join(lines) + b"\n")
    advice = advise_log(path, tracing_logs.read_log(path, None, about), None)
    assert advice is not None
    return advice


HOSTILE = (
    "x' \n http-request allow",
    'x\\" 1; } return 200; #',
    "'; deny all; #",
    "\\x22} or (ip.src in {0.0.0.0/0}) or http.user_agent in {\\x22",
)


@pytest.mark.parametrize("agent", HOSTILE, ids=range(4))
def test_an_agent_that_would_break_out_is_left_out_and_counted(agent, tmp_path, about):
    agent = agent.replace("\n", " ")
    lines = [line.replace(b'"Mozilla/5.0"', f'"{agent}"'.encode()) for line in lw.lines(lw.flood(1, sources=3_000))]  # fmt: skip
    advice = log_advice(lines, tmp_path, about)
    assert advice.unwritable >= 1
    assert not any(each.ask.agents for each in advice.rules)
    told = "\n".join(each["text"] for each in rules_web.plain(advice))
    for part in ("allow", "return 200", "deny all", "0.0.0.0/0"):
        assert part not in told
    assert "are left out" in "\n".join(rules_web.report(advice))


def test_a_tool_is_told_by_its_agent_and_path_and_hits_nobody_else(tmp_path, about):
    advice = log_advice(lw.lines(lw.flood(1, sources=3_000)), tmp_path, about)
    narrow = advice.rules[0]
    assert [advice.words[each] for each in narrow.ask.agents] == [b"Mozilla/5.0"]
    assert narrow.attack > 0.9
    assert narrow.baseline == 0


def test_log_ins_are_filtered_as_such_and_it_is_told_how_many_people_log_in(tmp_path, about):
    advice = log_advice(lw.lines(lw.login_flood(1)), tmp_path, about)
    rule = advice.rules[0]
    assert rule.ask.post
    assert [advice.words[each] for each in rule.ask.paths] == [b"/login"]
    assert rule.attack == 1.0
    assert 0 < rule.baseline < rule.hosts


def test_few_busy_sources_are_limited_and_listed_without_those_who_came_by_chance(tmp_path, about):
    advice = log_advice(lw.lines(lw.flood(1, sources=5)), tmp_path, about)
    by = {each.why: each for each in advice.rules}
    assert len(by["sources"].ask.sources) == 5
    assert by["limit"].limit >= 20
    assert by["limit"].attack > 0.5
    assert by["limit"].baseline == 0
