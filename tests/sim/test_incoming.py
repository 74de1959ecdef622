"""What comes to a scenario's addresses: the rules say what it is, by seed, day by day; the journal carries it unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from uproar import catalog
from uproar.app import keeping, settings
from uproar.errors import ScenarioInvalid
from uproar.model.signal import Traffic
from uproar.model.tick import TICK_MS, iso, parse_iso, tick_of
from uproar.sim import scenario
from uproar.wire import signals

HEAD = """
format = 1
seed = 7
title = "a day"
note = "made up"
[span]
history = 2025-04-01T00:00:00Z
start = 2025-04-02T00:00:00Z
end = 2025-04-03T00:00:00Z
[[usual]]
service = "x"
assumed = { why = "made up for a test", per_minute = 0.5, countries = { DE = 3, US = 1 } }
[[traffic]]
service = "x"
group = "front"
targets = ["192.0.2.10", "192.0.2.11"]
[traffic.assumed]
why = "made up for a test"
from = 2025-04-02T00:00:00Z
until = 2025-04-03T00:00:00Z
packets_s = 2_000.0
sources = 500
known_share = 0.9
one_of = 100
"""
FLOOD = """
[[traffic.blow]]
vector = "flood.syn"
[traffic.blow.assumed]
why = "made up for a test"
from = 2025-04-02T10:00:03Z
until = 2025-04-02T10:10:00Z
packets_s = 40_000.0
forged = true
known_share = 0.0
targets = ["192.0.2.10"]
"""
NTP = """
[[traffic.blow]]
vector = "amplification.ntp"
[traffic.blow.assumed]
why = "made up for a test"
from = 2025-04-02T10:{minute}:00Z
until = 2025-04-02T10:{until}:00Z
packets_s = 30_000.0
sources = 1_500
known_share = 0.0
targets = ["192.0.2.10"]
"""
BOTS = """
[[traffic.blow]]
vector = "flood.syn"
[traffic.blow.assumed]
why = "made up for a test"
from = 2025-04-02T10:00:03Z
until = 2025-04-02T10:10:00Z
packets_s = 40_000.0
sources = 3_000
countries = { BR = 3, MX = 1 }
networks = { AS64500 = 1 }
"""
CROWD = """
[[traffic.crowd]]
kind = "%s"
[traffic.crowd.assumed]
why = "made up for a test"
from = 2025-04-02T10:00:00Z
until = 2025-04-02T10:40:00Z
packets_s = 20_000.0
sources = 9_000
known_share = 0.7
"""


def at(time: str) -> int:
    return parse_iso(f"2025-04-02T{time}Z")


def played(
    folder: Path, text: str, since: str = "09:55:00", until: str = "10:59:00"
) -> list[Traffic]:
    own = folder / "own.toml"
    own.write_text(HEAD + text, encoding="utf-8")
    ticks = scenario.signals(
        scenario.load(str(own)), catalog.load(), since=tick_of(at(since)), until=tick_of(at(until))
    )
    return [signal for _, arrived in ticks for signal in arrived if isinstance(signal, Traffic)]


def of(found: list[Traffic], target: str = "192.0.2.10") -> list[Traffic]:
    return [each for each in found if each.target == target]


def turns(found: list[Traffic]) -> list[tuple[str, str]]:
    return [
        (iso(each.at)[11:19], each.state) for each in found if each.state in ("raised", "cleared")
    ]


def test_the_usual_is_told_once_a_tick_for_each_target_and_follows_the_day(tmp_path: Path) -> None:
    found = played(tmp_path, "", "00:00:00", "23:59:50")
    own = of(found)
    assert len(own) == len(of(found, "192.0.2.11")) == (at("23:59:50") - at("00:00:00")) // TICK_MS
    assert {each.state for each in own} == {"usual"}
    rate = [each.packets_s for each in own]
    assert max(rate) > 3 * min(rate), "there is a night"
    assert sum(rate) / len(rate) == pytest.approx(2_000, rel=0.1)
    for each in own[::500]:
        assert each.usual_packets_s == pytest.approx(each.packets_s, rel=0.3)
        assert (each.known, each.one_of, each.flash_crowd) == (0.9, 100, None)


def test_a_flood_is_raised_within_two_seconds_at_the_target_that_it_hits(tmp_path: Path) -> None:
    found = played(tmp_path, FLOOD)
    assert turns(of(found)) == [("10:00:05", "raised"), ("10:12:00", "cleared")]
    assert {each.state for each in of(found, "192.0.2.11")} == {"usual"}
    raised = next(each for each in of(found) if each.state == "raised")
    assert (raised.from_at, raised.to_at) == (at("10:00:03"), at("10:00:05"))
    assert raised.packets_s == pytest.approx(42_000, rel=0.05)
    assert list(raised.vectors) == ["flood.syn"]
    assert raised.spoofed is not None
    assert raised.spoofed > 0.9
    assert not raised.meaningful
    assert not raised.networks
    assert raised.sources > 50_000
    assert raised.known == pytest.approx(0.9 * 2_000 / 42_000, rel=0.2)
    assert set(raised.ratios) <= set(raised.measured)
    assert raised.measured["attack-packets-s"] == 40_000


def test_several_blows_are_one_attack_and_a_pause_makes_a_wave_of_it(tmp_path: Path) -> None:
    found = of(
        played(
            tmp_path,
            FLOOD + NTP.format(minute="05", until="10") + NTP.format(minute="20", until="22"),
        )
    )
    assert turns(found) == [
        ("10:00:05", "raised"),
        ("10:12:00", "cleared"),
        ("10:20:02", "raised"),
        ("10:24:00", "cleared"),
    ]
    assert len({each.attack for each in found if each.attack}) == 1
    both = next(each for each in found if each.at >= at("10:06:00"))
    assert both.vectors == pytest.approx({"flood.syn": 4 / 7, "amplification.ntp": 3 / 7}, abs=0.05)
    assert both.ports["udp/123"] == pytest.approx(3 / 7, abs=0.06)
    later = next(each for each in found if each.at >= at("10:21:00"))
    assert later.vectors["flood.syn"] == 0, "it came before"
    assert not later.meaningful, "reflectors are not who sends"


def test_after_a_long_pause_it_is_another_attack(tmp_path: Path) -> None:
    found = of(played(tmp_path, FLOOD + NTP.format(minute="30", until="32")))
    assert len({each.attack for each in found if each.attack}) == 2


def test_places_are_told_of_sources_that_exist(tmp_path: Path) -> None:
    found = of(played(tmp_path, BOTS))
    going = next(each for each in found if each.at >= at("10:05:00"))
    assert going.meaningful
    assert going.networks == {"AS64500": 1.0}
    assert next(iter(going.countries)) == "BR"
    assert going.sources == pytest.approx(3_500, rel=0.1)


@pytest.mark.parametrize("kind", ["flash-crowd", "retry-storm"])
def test_a_crowd_is_never_told_as_an_attack(tmp_path: Path, kind: str) -> None:
    found = played(tmp_path, CROWD % kind)
    assert {(each.state, each.attack) for each in found} == {("usual", "")}
    busy = [each for each in of(found) if each.flash_crowd is not None]
    assert busy
    assert all(each.packets_s > 3 * (each.usual_packets_s or 0) for each in busy)


def test_a_flash_crowd_is_told_as_probably_people(tmp_path: Path) -> None:
    found = of(played(tmp_path, CROWD % "flash-crowd"))
    middle = next(each for each in found if each.at >= at("10:20:00"))
    assert middle.flash_crowd is not None
    assert middle.flash_crowd > 0.5
    assert middle.measured["times-threshold"] > 2.5


def test_any_hour_played_alone_is_the_same_as_in_the_whole(tmp_path: Path) -> None:
    text = FLOOD + CROWD % "flash-crowd"
    whole = played(tmp_path, text)
    part = played(tmp_path, text, "10:08:00", "10:15:00")
    assert part == [each for each in whole if at("10:08:00") <= each.at < at("10:15:00")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FLOOD.replace("flood.syn", "flood.nothing"), "blow.0.*no vector 'flood.nothing'"),
        (NTP.format(minute="05", until="10") + "forged = true", "does not come with forged"),
        (BOTS + "forged = true", "forged sources have no places"),
        (FLOOD.replace("2025-04-02T10:10", "2025-04-09T10:10"), "blow.0.*outside"),
        (FLOOD.replace('["192.0.2.10"]', '["192.0.2.99"]'), "'192.0.2.99' is no target"),
        (CROWD % "mob", "mob"),
    ],
)  # fmt: skip
def test_what_cannot_be_played_is_refused_in_words(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ScenarioInvalid, match=f"(?s).*{said}"):
        played(tmp_path, text)


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ('service = "x"\ngroup', 'service = "discord"\ngroup', "'discord' has no usual"),
        ('"192.0.2.11"', '"front-2"', "'front-2' is no address"),
        ('"192.0.2.11"', '"192.0.2.10"', "given twice"),
        ('group = "front"', 'teller = "log:front"', "name no log"),
        ("packets_s = 2_000.0", "packets_s = 0.0", "packets_s"),
        ('why = "made up for a test"\nfrom', "from", "neither published nor marked"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_in_words(
    tmp_path: Path, was: str, now: str, said: str
) -> None:
    own = tmp_path / "own.toml"
    assert was in HEAD
    own.write_text(HEAD.replace(was, now, 1), encoding="utf-8")
    with pytest.raises(ScenarioInvalid, match=said):
        scenario.load(str(own))


def test_the_journal_takes_traffic_in_and_gives_it_out_unchanged(tmp_path: Path) -> None:
    found = played(tmp_path, FLOOD + CROWD % "flash-crowd", "09:58:00", "10:15:00")
    chosen = settings.override(settings.load(None), host="", port=-1, folder=str(tmp_path))
    written = [signals.encode(each, number + 1) for number, each in enumerate(found)]
    told: list[str] = []
    assert keeping.take_in(chosen, "test", written, told.append) == len(found)
    assert list(keeping.lines(chosen, told.append)) == written
    kept, rejects = signals.decode_lines(written)
    assert (list(kept), list(rejects), told) == (found, [], [])
