"""Traffic in the fold: attacks begin, come in waves and end; what a page says of them, and what it never says."""

from __future__ import annotations

import msgspec
import pytest

from core.markup_reader import read
from uproar.app import checkpoint, fold, fold_traffic, traffic_view
from uproar.app.views import service as service_view
from uproar.model.catalog import Catalog
from uproar.model.incident import Alarm
from uproar.model.service import Service
from uproar.model.signal import Beat, Signal, Traffic
from uproar.model.tick import MINUTE_MS, TICKS_PER_MINUTE, end_ms, parse_iso, tick_of
from uproar.present import pages, trafficvalues
from uproar.present.traffic_views import TrafficView
from uproar.present.views import Site

CATALOG = Catalog([Service(slug, slug.title(), symptoms=("other",)) for slug in ("shop", "mail")])
DESIGN = fold.Design()
BEGIN = parse_iso("2025-03-10T09:00:00Z")
USUAL = Traffic(0, "192.0.2.10", "shop", packets_s=900.0, usual_packets_s=1_000.0)
ATTACK = msgspec.structs.replace(
    USUAL,
    state="going",
    attack="192.0.2.10-0920",
    packets_s=60_000.0,
    peak_packets_s=61_000.0,
    peak_bits_s=2.5e8,
    vectors={"flood.syn": 0.9, "flood.udp": 0.1},
    sources=37_000,
    spoofed=0.99,
    flash_crowd=0.02,
    countries={"DE": 0.4},
    measured={"never-completed": 0.99, "ttl-entropy": 1.0},
    ratios={"ttl-entropy": 10.0},
)


class Day:
    """An observatory that is told, tick by tick, what comes to its services."""

    def __init__(self) -> None:
        self.state = fold.start(CATALOG, DESIGN)
        self.tick = tick_of(BEGIN)
        self.alarms: list[Alarm] = []

    def tell(self, *told: Traffic, ticks: int = 1) -> Day:
        for _ in range(ticks):
            at = end_ms(self.tick) - 1
            signals: list[Signal] = [
                msgspec.structs.replace(each, at=at, from_at=at - 2_000) for each in told
            ]
            signals.append(Beat(end_ms(self.tick), self.tick))
            self.state, decided = fold.step(self.state, signals, self.tick, DESIGN)
            self.alarms += [each for each in decided if isinstance(each, Alarm)]
            self.tick += 1
        return self

    @property
    def now_ms(self) -> int:
        return end_ms(self.tick - 1)

    @property
    def seen(self) -> TrafficView:
        found = traffic_view.of_day(self.state, "shop", self.now_ms)
        assert found is not None
        return found


def cleared(attack: Traffic) -> Traffic:
    return msgspec.structs.replace(attack, state="cleared", packets_s=900.0)


def test_an_attack_is_an_alarm_when_it_begins_and_when_it_is_over() -> None:
    day = Day().tell(USUAL, ticks=12).tell(ATTACK, ticks=6).tell(cleared(ATTACK)).tell(USUAL)
    assert [(each.state, each.series.kind, each.series.item) for each in day.alarms] == [
        ("raised", "traffic", "192.0.2.10-0920"),
        ("cleared", "traffic", "192.0.2.10-0920"),
    ]
    begin, known = day.alarms[0].onset
    assert known - begin == 2_000


def test_attacks_decide_nothing_about_incidents() -> None:
    day = Day().tell(ATTACK, ticks=60)
    assert day.state.incidents == {}
    assert service_view(day.state, CATALOG, CATALOG.services["shop"], day.now_ms).state == "quiet"


def test_what_comes_again_under_the_same_name_is_another_wave_of_the_same_attack() -> None:
    day = Day().tell(ATTACK).tell(cleared(ATTACK)).tell(USUAL, ticks=6).tell(ATTACK)
    (attack,) = day.seen.attacks
    assert attack.waves == 2
    assert attack.until is None


def test_an_attack_on_two_targets_is_over_when_both_are_quiet() -> None:
    other = msgspec.structs.replace(ATTACK, target="192.0.2.11")
    day = Day().tell(ATTACK, other).tell(cleared(ATTACK), other)
    assert day.seen.attacks[0].until is None
    day.tell(cleared(other))
    assert day.seen.attacks[0].until == day.now_ms - 1


def test_who_falls_silent_ends_no_attack_but_its_end_is_not_known() -> None:
    day = Day().tell(ATTACK)
    told_at = day.now_ms - 1
    day.tell(ticks=fold_traffic.SILENT_MS // MINUTE_MS * TICKS_PER_MINUTE + 2)
    (attack,) = day.seen.attacks
    assert (attack.until, attack.lost) == (told_at, True)
    page = _page(day)
    assert "its end is not known" in page


def test_a_prefix_that_holds_addresses_is_not_counted_twice() -> None:
    prefix = msgspec.structs.replace(USUAL, target="192.0.2.0/24", packets_s=1_500.0)
    other = msgspec.structs.replace(USUAL, target="192.0.2.11", packets_s=500.0)
    day = Day().tell(USUAL, other, prefix, ticks=3 * TICKS_PER_MINUTE)
    rates = day.seen.rates
    assert rates is not None
    assert set(rates.observed) == {1_500}


def test_what_is_told_at_once_and_again_at_the_end_of_the_tick_counts_once() -> None:
    raised = msgspec.structs.replace(ATTACK, state="raised")
    day = Day().tell(raised, ATTACK, ticks=TICKS_PER_MINUTE).tell(ATTACK, raised)
    day.tell(USUAL, ticks=TICKS_PER_MINUTE)
    rates = day.seen.rates
    assert rates is not None
    assert rates.observed[0] == 60_000


def test_an_attack_is_described_by_what_was_seen_when_more_had_come() -> None:
    early = msgspec.structs.replace(ATTACK, state="raised", spoofed=0.3, peak_packets_s=70_000.0)
    (attack,) = Day().tell(early).tell(ATTACK, ticks=3).seen.attacks
    assert (attack.spoofed, attack.packets_s) == (0.99, 70_000.0)
    ebbing = msgspec.structs.replace(ATTACK, spoofed=0.5, packets_s=900.0, peak_packets_s=1_000.0)
    (attack,) = Day().tell(ATTACK).tell(ebbing, ticks=3).seen.attacks
    assert attack.spoofed == 0.99


def test_a_minute_of_which_nobody_told_is_missing_and_not_zero() -> None:
    day = Day().tell(USUAL, ticks=TICKS_PER_MINUTE).tell(ticks=TICKS_PER_MINUTE)
    rates = day.tell(USUAL, ticks=2 * TICKS_PER_MINUTE).seen.rates
    assert rates is not None
    assert rates.observed == (900, None, 900)


def test_services_that_nobody_knows_and_addresses_of_none_are_passed_over() -> None:
    strange = msgspec.structs.replace(ATTACK, service="nobody")
    day = Day().tell(strange, msgspec.structs.replace(ATTACK, service=""))
    assert day.alarms == []
    assert day.state.traffic.attacks == {}


def test_attacks_targets_minutes_and_ways_in_are_bounded() -> None:
    day = Day()
    for number in range(50):
        each = msgspec.structs.replace(
            ATTACK, attack=f"a{number}", target=f"192.0.2.{number}", source=f"flows{number}"
        )
        day.tell(each, msgspec.structs.replace(each, attack="same"))
    held = day.state.traffic
    assert len(held.attacks["shop"]) <= fold_traffic.ATTACKS_KEPT
    assert max(len(each.targets) for each in held.attacks["shop"]) <= fold_traffic.TARGETS_KEPT
    assert len(held.heard) <= fold_traffic.HEARD_KEPT
    day.tick += (fold_traffic.MINUTES_KEPT + 100) * TICKS_PER_MINUTE
    day.tell(USUAL)
    assert len(held.packets["shop"].rates) == fold_traffic.MINUTES_KEPT


def test_a_checkpoint_amid_an_attack_comes_back_as_it_was() -> None:
    day = Day().tell(USUAL, ticks=9).tell(ATTACK, ticks=5)
    blob = checkpoint.encode(day.state, CATALOG, DESIGN)
    again = checkpoint.decode(blob, CATALOG, DESIGN)
    assert checkpoint.encode(again, CATALOG, DESIGN) == blob
    assert again.traffic == day.state.traffic


def test_a_page_masks_addresses_and_shows_no_countries_that_mean_nothing() -> None:
    page = _page(Day().tell(USUAL, ticks=12).tell(ATTACK, ticks=12))
    assert "192.0.2.10" not in page
    assert "192.0.2.0/24" in page
    assert "Germany" not in page
    assert "SYN flood" in page
    assert "61\N{NARROW NO-BREAK SPACE}000 packets a second" in page
    assert "does not show that it made the service fail" in page
    assert "10 times for it" in page


def test_a_page_names_the_hostgroup_instead_of_addresses() -> None:
    grouped = msgspec.structs.replace(ATTACK, group="web front")
    page = _page(Day().tell(grouped))
    assert "web front" in page
    assert "192.0.2." not in page


def test_countries_of_real_last_hops_are_shown() -> None:
    real = msgspec.structs.replace(ATTACK, meaningful=True, spoofed=0.02)
    assert "Germany 40%" in _page(Day().tell(real))


def test_a_log_counts_requests() -> None:
    log = msgspec.structs.replace(
        ATTACK,
        source="log:front",
        target="shop",
        vectors={"http.login-flood": 1.0},
        measured={"login": 0.9, "per-minute": 3.0, "of-a-later-version": 1.0},
    )
    day = Day().tell(log, ticks=12)
    assert day.seen.unit == "requests"
    page = _page(day)
    assert "requests a second" in page
    assert "Flood of log-ins" in page
    assert "of a later version: 1" in page


def test_the_twin_says_the_same_with_masked_addresses() -> None:
    told = trafficvalues.plain(Day().tell(USUAL, ticks=12).tell(ATTACK, ticks=12).seen)
    (attack,) = told["attacks"]
    assert attack["vectors"] == [
        {"vector": "flood.syn", "share": 0.9},
        {"vector": "flood.udp", "share": 0.1},
    ]
    assert attack["targets"] == ["192.0.2.0/24"]
    assert attack["rates"]["peak_packets_s"] == 61_000.0
    assert attack["sources"]["countries"] == []
    assert "192.0.2.10" not in str(told)


@pytest.mark.parametrize("hours_ago", [0, 30])
def test_where_no_attack_is_told_of_the_page_says_so(hours_ago: int) -> None:
    day = Day()
    if hours_ago:
        day.tell(ATTACK).tell(cleared(ATTACK))
        day.tick += hours_ago * 60 * TICKS_PER_MINUTE
    day.tell(USUAL, ticks=12)
    assert day.seen.said == "Nothing in its traffic looked like an attack."
    assert "Or people?" not in _page(day)


def test_where_nobody_holds_the_traffic_the_page_has_no_such_part() -> None:
    assert "What its traffic shows" not in _page(Day().tell(ticks=3))


def _page(day: Day) -> str:
    view = service_view(day.state, CATALOG, CATALOG.services["shop"], day.now_ms)
    page = pages.service(view, Site())
    read(page)
    return page[page.index('id="traffic"') : page.index('id="own"')]


CROWD = msgspec.structs.replace(
    USUAL,
    packets_s=9_000.0,
    peak_packets_s=9_876.0,
    sources=23_456,
    known=0.71,
    flash_crowd=0.955,
    measured={"times-threshold": 3.0},
)


def test_far_more_than_usual_without_an_attack_is_told_with_how_probable_people_are() -> None:
    day = Day().tell(USUAL, ticks=12).tell(CROWD, ticks=30).tell(USUAL, ticks=12)
    assert day.alarms == []
    (rush,) = day.seen.rushes
    assert (rush.packets_s, rush.flash_crowd, rush.known) == (9_876.0, 0.955, 0.71)
    assert rush.until - rush.begin > 4 * MINUTE_MS
    page = _page(day).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "Nothing in its traffic looked like an attack. Far more came than is usual" in page
    assert "up to 9 880 packets a second where 1 000 are usual" in page
    assert "About 23 500 source addresses. 71% of all that came is from networks" in page
    assert "That people came: 95.5%." in page
    strip = traffic_view.strip(day.state, "shop", (day.now_ms, day.now_ms), None, day.now_ms)
    assert strip is not None
    assert strip.first_at is None
    assert [span.state for span in strip.spans if span.state == "odd"] == ["odd"]
    (told,) = trafficvalues.plain(day.seen)["crowds"]
    assert told["peak_packets_s"] == 9_876.0


def test_a_rush_beside_an_attack_is_left_to_the_attack() -> None:
    day = Day().tell(CROWD, ticks=6).tell(ATTACK, ticks=6)
    assert "Far more" not in _page(day)
    assert day.seen.said.startswith("Its traffic shows an attack")


def test_a_pause_makes_another_rush_and_only_the_newest_are_kept() -> None:
    day = Day()
    pause = fold_traffic.SILENT_MS // MINUTE_MS * TICKS_PER_MINUTE + 2
    for _ in range(fold_traffic.RUSHES_KEPT + 2):
        day.tell(CROWD, ticks=2).tell(USUAL, ticks=pause)
    assert len(day.state.traffic.rushes["shop"]) == fold_traffic.RUSHES_KEPT
    again = checkpoint.decode(checkpoint.encode(day.state, CATALOG, DESIGN), CATALOG, DESIGN)
    assert again.traffic.rushes == day.state.traffic.rushes


def test_of_several_targets_the_rate_is_that_of_the_busiest_and_the_page_says_so() -> None:
    other = msgspec.structs.replace(ATTACK, target="192.0.2.11", peak_packets_s=80_123.0)
    page = _page(Day().tell(ATTACK, other, ticks=18)).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "up to 80 100 packets a second and 250 Mbit/s at the busiest of 2 targets, where" in page
    assert "<b>Packets a second</b> to all its targets" in page


def test_a_vector_that_came_before_has_no_share() -> None:
    later = msgspec.structs.replace(ATTACK, vectors={"flood.syn": 1.0, "flood.udp": 0.0})
    page = _page(Day().tell(later, ticks=6))
    assert "100% <code>flood.syn</code>" in page
    assert "before <code>flood.udp</code>" in page


@pytest.mark.parametrize(
    ("about", "value", "said"),
    [
        ("attack-packets-s", 60_000.0, "60,000 packets a second of it fit the vectors"),
        ("attack-bits-s", 2.5e8, "these are 250 Mbit/s"),
        ("times-threshold", 3.25, "3.2 times as much as makes it worth a look"),
        ("connections-held", 4_000.0, "4,000 connections are held open"),
    ],
)
def test_what_watching_measures_has_words(about: str, value: float, said: str) -> None:
    measured = msgspec.structs.replace(ATTACK, measured={about: value}, ratios={})
    assert said in _page(Day().tell(measured, ticks=6))
