"""Views as the pipeline would fill them in, for one service on one day; no chance, no clock."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

import msgspec

from uproar import catalog
from uproar.diagnose.diagnosis import Diagnosis
from uproar.diagnose.similar import Similar
from uproar.ledger import entries
from uproar.ledger.record import Record as Recorded
from uproar.ledger.record import Tally as Tallied
from uproar.ledger.sources import Sources
from uproar.ledger.verdicts import Evidence
from uproar.model.asserted import AXES, Asserted
from uproar.model.incident import Wave
from uproar.model.service import CATEGORIES
from uproar.model.signal import Claim
from uproar.model.tick import DAY_MS, HOUR_MS, MINUTE_MS, parse_iso
from uproar.present import trafficwords
from uproar.present.judgement_views import Answer, Extent, People, Reach, Size, Whose
from uproar.present.seeing_view import (
    JournalView,
    LettersView,
    SeeingView,
    Stretch,
    WayView,
)
from uproar.present.source_views import (
    Changed,
    Line,
    OwnPage,
    Record,
    Said,
    Span,
    Spot,
    Strip,
    Window,
)
from uproar.present.traffic_views import AttackView, Part, Rates, TrafficView, Weighed
from uproar.present.views import (
    Blind,
    Chart,
    HomeView,
    IncidentLine,
    IncidentView,
    Replay,
    ServiceCard,
    ServiceView,
    Site,
    State,
    Tally,
)
from uproar.present.why_views import Spoken, Statement, Why

DIAGNOSES = Path(__file__).with_name("diagnosis.json")
STEP_MS = 5 * MINUTE_MS
MIDNIGHT = parse_iso("2025-03-10T00:00:00Z")
CHOICES = (
    ("connect", "Does not load at all"),
    ("http-5xx", "Error page"),
    ("feed", "Feed does not update"),
    ("post", "Cannot post"),
    ("media", "Pictures or video missing"),
    ("login", "Cannot log in"),
    ("app", "App does not work"),
    ("other", "Something else"),
)
# When a wave of the day is highest, how fast it comes and goes (minutes), and its reports in 15 min.
WAVES = (
    ("09:58", 8, 14, 21_000),
    ("13:02", 8, 10, 6_000),
    ("14:00", 14, 30, 41_000),
    ("15:30", 12, 20, 30_000),
    ("16:30", 10, 22, 26_000),
    ("17:45", 15, 25, 12_000),
)
SITE = Site(base_url="https://uproar.example", source_url="https://code.example/uproar")
REPLAY = Site(
    replay=Replay(
        title="X, 10 March 2025",
        note="Counts follow published figures; what was not published is assumed.",
        progress=0.59,
        phase="running",
        speed=480,
    )
)


def at(clock: str, day: int = 0) -> int:
    """Return an instant of the day: at("09:41")."""
    hours, minutes = map(int, clock.split(":"))
    return MIDNIGHT + day * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS


def usual(instant: int) -> float:
    """Return what is usual per step: more in the evening than at night."""
    return 3.0 + 2.0 * math.sin(2 * math.pi * (instant % DAY_MS / DAY_MS - 0.45))


def count(instant: int, *, waves: bool) -> int:
    """Return the reports of a step: what is usual, a little unrest, and the waves of the day."""
    unrest = math.sin(instant / 1e6 * 1.7) + math.sin(instant / 1e6 * 0.61)
    total = usual(instant) + 1.1 * unrest
    for clock, rise, fall, peak in WAVES if waves else ():
        distance = (instant + STEP_MS / 2 - at(clock)) / MINUTE_MS
        width = rise if distance < 0 else fall
        total += peak / 3 * 1.28 * math.exp(-((distance / width) ** 2) / 2)
    return max(0, round(total))


def chart(
    until: int, length: int = DAY_MS, *, waves: bool = True, blind: tuple[Blind, ...] = ()
) -> Chart:
    """Return the counts of the time up to an instant."""
    starts = range(until - length, until, STEP_MS)
    expected = tuple(round(usual(start), 3) for start in starts)
    gone = [range(gap.from_at // STEP_MS, -(-gap.until_at // STEP_MS)) for gap in blind]
    return Chart(
        start_at=until - length,
        step_ms=STEP_MS,
        observed=tuple(
            None if any(start // STEP_MS in gap for gap in gone) else count(start, waves=waves)
            for start in starts
        ),
        expected=expected,
        low=tuple(max(0.0, round(value - 1.3 * math.sqrt(value), 3)) for value in expected),
        high=tuple(round(value + 1.3 * math.sqrt(value), 3) for value in expected),
    )


def fifteen(until: int, *, waves: bool) -> int:
    """Return the reports of the 15 minutes up to an instant."""
    return sum(count(until - STEP_MS * back, waves=waves) for back in (3, 2, 1))


def waves_until(until: int) -> tuple[Wave, ...]:
    """Return the waves that began before an instant."""
    found = []
    for number, (clock, rise, fall, peak) in enumerate(WAVES, 1):
        top = at(clock)
        if top - rise * MINUTE_MS < until:
            ended = top + 2 * fall * MINUTE_MS
            found.append(
                Wave(
                    number=number,
                    from_at=top - 2 * rise * MINUTE_MS,
                    until_at=ended if ended <= until else None,
                    peak_at=min(top, until - STEP_MS),
                    peak_count=peak,
                    peak_place="US",
                    peak_total=round(peak * 1.46),
                )
            )
    return tuple(found)


PLACES = (
    Tally("US", "United States", 41_204, 6.2),
    Tally("GB", "United Kingdom", 8_120, 2.1),
    Tally("IT", "Italy", 3_006, 0.9),
    Tally("IN", "India", 2_028, 1.4),
    Tally("CA", "Canada", 1_377, 0.6),
    Tally("ZZ", "Unknown place", 212, None),
)
SYMPTOMS = (
    Tally("connect", "Does not load at all", 30_912, 1.9),
    Tally("app", "App does not work", 13_400, 1.4),
    Tally("feed", "Feed does not update", 6_300, 2.2),
    Tally("http-5xx", "Error page", 4_011, 0.3),
    Tally("login", "Cannot log in", 1_002, 1.2),
    Tally("other", "Something else", 322, 0.8),
)
CLAIMS = (
    Line(
        at("15:25"),
        "claim",
        'The owner of X, on X: "There was (still is) a massive cyberattack against X."',
        "https://x.example/status/1",
    ),
    Line(at("17:40"), "claim", "A researcher, to a newspaper: it may as well be a failed change."),
)


def spoken_of(until: int) -> Spoken:
    """Return what was said before an instant, not weighed yet."""
    said = (
        Claim(
            at=at("15:25"),
            service="x",
            by="The owner of X",
            where="on X",
            said="There was (still is) a massive cyberattack against X.",
            link="https://x.example/status/1",
            role="operator",
        ),
        Claim(
            at=at("17:40"),
            service="x",
            by="A researcher",
            where="to a newspaper",
            said="It may as well be a failed change.",
            role="expert",
            asserts=(Asserted("mechanism", "config-error"),),
        ),
    )
    lines = zip(CLAIMS, said, strict=True)
    return Spoken(
        tuple(
            Statement(line, f"c-{number}", claim, claim.role)
            for number, (line, claim) in enumerate(lines)
            if claim.at <= until
        )
    )


def spoken(until: int) -> tuple[Strip, ...]:
    """Return the strip of what was said before an instant; none where nothing was."""
    said = [claim for claim in CLAIMS if claim.at <= until]
    spots = tuple(Spot(claim.at, "neutral", claim.text, claim.link) for claim in said)
    told = f"{len(spots)} statements. They are no evidence."
    if not spots:
        return ()
    return (Strip("claims", "Public statements", told, first_at=spots[0].at, spots=spots),)


EXTENTS = (
    Extent("place", "everywhere", (), (), (), 5_112.4, 0.99, 1.0),
    Extent(
        "network", "several", ("AS7922", "AS21928"), ("AS7922", "AS21928"), (), 4_020.5, 0.31, 0.4
    ),
    Extent("symptom", "only", ("connect", "app"), ("Does not load at all", "App does not work")),
)
WHOSE = Whose(
    answers=(
        Answer("service", "x", "X", 0.9731),
        Answer("provider", "cloudflare", "Cloudflare", 0.0201, listed=31, failing=2),
    ),
    at=at("14:09"),
    minutes=24,
    services=64,
    excess=55_011.2,
)
REACH = Reach(
    people=(2_400_000, 23_000_000, 180_000_000),
    level=0.9,
    method=("rate", "votes"),
    why_not="",
    reports=174_020,
    works=310,
    service_people=People(
        238_000_000, "daily users", "2022-06", "Twitter, report of Q2 2022, the last audited"
    ),
)


def incident(until: int, state: State, *, over: bool = False) -> IncidentView:
    """Return the day's incident as it stood at an instant."""
    waves = waves_until(until)
    timeline = [
        Line(
            at("09:44"),
            "alarm",
            "Incident opened: more reports than usual, beginning 09:41–09:44 UTC.",
        ),
        *(
            Line(wave.from_at + 3 * MINUTE_MS, "wave", f"Wave {wave.number} begins.")
            for wave in waves
        ),
        *(claim for claim in CLAIMS if claim.at <= until),
    ]
    if over:
        timeline.append(
            Line(until, "phase", "Incident over: reports are back at their usual level.")
        )
    return IncidentView(
        id="x-2025-03-10-0944",
        service="x",
        name="X",
        state=state,
        phase="over" if over else "peak",
        onset=(at("09:41") + 10_000, at("09:43") + 20_000),
        recovery=(at("18:41"), at("18:56")) if over else None,
        waves=waves,
        reports=288_412 if over else 174_020,
        works=4_120 if over else 310,
        set_aside={"repeat": 20_411, "network-cap": 1_204},
        independent=287_630 if over else 174_020,
        discounted={"network": 782} if over else {},
        chart=chart(min(until, at("20:30")), min(until, at("20:30")) - at("08:00")),
        places=PLACES,
        symptoms=SYMPTOMS,
        networks=(
            Tally("AS7922", "AS7922 Comcast", 4_020, None),
            Tally("AS21928", "AS21928 T-Mobile US", 3_114, None),
            Tally("AS2856", "AS2856 BT", 1_022, None),
        ),
        timeline=tuple(sorted(timeline, key=lambda line: line.at)),
        claims=tuple(claim for claim in CLAIMS if claim.at <= until),
        blind=(),
        as_of=until,
        reports_15min=fifteen(until, waves=True),
        usual_15min=9.3,
        ended=(at("18:41"), at("18:48")) if over else None,
        size=Size("major", 6_434.2, 59_851, 1.0) if until > at("10:00") else None,
        extents=EXTENTS if until > at("10:00") else (),
        reach=REACH if until > at("10:00") else None,
        whose=WHOSE if until > at("10:00") else None,
        strips=spoken(until),
        spoken=spoken_of(until),
    )


def service(until: int, state: State, now: IncidentView | None = None) -> ServiceView:
    """Return the service's page as it stood at an instant."""
    waves = now is not None
    number = fifteen(until, waves=waves)
    return ServiceView(
        slug="x",
        name="X",
        other_names=("Twitter", "X (Twitter)"),
        category="social",
        category_label="Social networks",
        domains=("x.com", "twitter.com", "t.co"),
        providers=("Cloudflare",),
        status_url="",
        symptom_choices=CHOICES,
        state=state,
        as_of=until,
        learning=False,
        reports_15min=number,
        usual_15min=9.3,
        works_15min=17 if waves else 1,
        set_aside_15min=2_140 if waves else 0,
        chart=chart(until, waves=waves),
        symptoms=SYMPTOMS
        if waves
        else (
            Tally("connect", "Does not load at all", 3, 1.9),
            Tally("app", "App does not work", 2, 1.4),
        ),
        places=PLACES
        if waves
        else (Tally("US", "United States", 4, 6.2), Tally("GB", "United Kingdom", 1, 2.1)),
        incident=now,
        past=(
            IncidentLine(
                id="x-2025-02-20-1810",
                service="x",
                name="X",
                state="over",
                onset=(at("18:10", -18), at("18:14", -18)),
                recovery=(at("19:02", -18), at("19:20", -18)),
                reports=3_204,
                peak_count=1_203,
                peak_place="US",
                wave_count=1,
            ),
        ),
        blind=(),
        watched_since=at("00:00", -28),
    )


def quiet() -> ServiceView:
    """Return the evening before."""
    return service(at("21:00", -1), "quiet")


def early() -> ServiceView:
    """Return the first minutes."""
    until = at("09:45")
    now = incident(until, "early")
    return msgspec.structs.replace(service(until, "early", now), symptoms=(), reports_15min=31)


def during() -> ServiceView:
    """Return the height of the day."""
    until = at("14:10")
    return service(until, "problems", incident(until, "problems"))


def recovering() -> ServiceView:
    """Return the last wave falling."""
    until = at("18:40")
    return service(until, "recovering", incident(until, "recovering"))


def over() -> ServiceView:
    """Return the evening."""
    until = at("21:00")
    return service(until, "over", incident(until, "over", over=True))


def gap() -> ServiceView:
    """Return a quiet day on which our own intake stood still, and still does."""
    until = at("21:00", -1)
    blind = (Blind(at("13:05", -1), at("15:40", -1)), Blind(at("20:12", -1), until))
    return msgspec.structs.replace(
        service(until, "cannot-tell"),
        chart=chart(until, waves=False, blind=blind),
        blind=blind,
        reports_15min=0,
    )


def learning() -> ServiceView:
    """Return a service that is watched since yesterday."""
    return msgspec.structs.replace(
        quiet(), learning=True, reports_15min=4, usual_15min=0.3, watched_since=at("10:00", -2)
    )


def owner() -> OwnPage:
    """Return what a page of the owner's might have said that day. X has none: this is made up."""
    onset = (at("09:41") + 10_000, at("09:43") + 20_000)

    def lag(since: int) -> tuple[int, int]:
        return since - onset[1], since - onset[0]

    return OwnPage(
        page="https://status.x.example",
        state="partial",
        since=at("10:20"),
        said=(
            Said(
                native="p31",
                title="Elevated error rates",
                state="partial",
                phase="identified",
                first_at=at("10:20"),
                at=at("11:05"),
                seen=True,
                components=("Timeline", "Login"),
                created_at=at("10:18"),
                started_at=at("10:18"),
                link="https://status.x.example/incidents/p31",
                lag=lag(at("10:20")),
            ),
            Said("p30", "Slow images", "operational", "resolved", at("09:10"), at("09:30"), False),
        ),
        windows=(Window("Move to another database", at("01:00", 1), at("03:00", 1)),),
        turned=(at("10:20"), lag(at("10:20"))),
        record=Record(3, 4, 29 * MINUTE_MS, -4 * MINUTE_MS, 71 * MINUTE_MS),
    )


def noticed() -> ServiceView:
    """Return the height of the day at a service whose owner's page is read."""
    view = during()
    assert view.incident is not None
    own = owner()
    lines = (
        Line(at("10:20"), "notice", "Its own status page: investigating. “Elevated error rates”"),
        Line(at("11:05"), "notice", "Its own status page: identified."),
    )
    timeline = tuple(sorted((*view.incident.timeline, *lines), key=lambda line: line.at))
    now = msgspec.structs.replace(view.incident, own_page=own, timeline=timeline)
    return msgspec.structs.replace(view, incident=now, own_page=own)


SEEN = (
    Strip(
        "probes",
        "Probes",
        "4 of 5 vantages failed in three stretches: error 520, the edge answers, the origin does not.",
        first_at=at("09:46"),
        spans=(
            Span(at("09:46"), at("10:20"), "bad", "520"),
            Span(at("12:58"), at("13:04"), "odd", "one of five"),
            Span(at("13:40"), at("14:35"), "bad", "520"),
            Span(at("15:12"), at("16:55"), "bad", "520"),
            Span(at("17:30"), at("18:05"), "bad", "520"),
        ),
    ),
    Strip(
        "posts",
        "Posts",
        "Posts that say it fails were unusual from 09:38 UTC on; #TwitterDown burst at 09:55.",
        first_at=at("09:38"),
        spans=(Span(at("09:38"), at("11:10"), "odd"), Span(at("13:35"), at("18:20"), "odd")),
        spots=(Spot(at("09:55"), "odd", "#TwitterDown: far more posts than usual."),),
    ),
    Strip(
        "notices",
        "Its own status page",
        "Its own status page turned to: partial outage, first seen 10:20 UTC.",
        first_at=at("10:20"),
        spans=(
            Span(at("08:00"), at("08:40"), "unseen"),
            Span(at("10:20"), at("18:30"), "bad", "Elevated error rates"),
        ),
        spots=(
            Spot(at("10:20"), "bad", "Its own status page: investigating."),
            Spot(at("11:05"), "bad", "Its own status page: identified."),
            Spot(at("18:30"), "good", "Its own status page: resolved."),
        ),
    ),
    Strip(
        "changes",
        "Changes",
        "2 changes within six hours before reports rose.",
        spans=(Span(at("19:00"), at("20:00"), "planned", "Move to another database"),),
        spots=(
            Spot(at("09:22"), "neutral", "deploy: api 4.2, to all regions"),
            Spot(at("09:52"), "good", "rollback: api 4.1"),
        ),
    ),
    Strip(
        "traffic",
        "Traffic",
        "Its traffic shows an attack (SYN flood), up to 61,000 packets a second, first seen 13:41:02 UTC.",
        first_at=at("13:41"),
        spans=(Span(at("13:41"), at("14:20"), "odd", "SYN flood"),),
        spots=(Spot(at("13:41"), "odd", "Traffic began to show an attack (SYN flood)."),),
    ),
    Strip(
        "providers",
        "Its providers' pages",
        "None of them said that it fails.",
    ),
)


def struck() -> TrafficView:
    """Return what the traffic of that day showed; made up."""
    attack = AttackView(
        id="x-2025-03-10-134102",
        begins=(at("13:41"), at("13:42")),
        until=at("14:20"),
        lost=False,
        unit="packets",
        source="flows",
        targets=("192.0.2.0/24", "2001:db8::/48"),
        more_targets=3,
        vectors=(
            Part("flood.syn", trafficwords.label("flood.syn"), 0.83),
            Part("amplification.ntp", trafficwords.label("amplification.ntp"), 0.17),
        ),
        packets_s=61_000.0,
        bits_s=2.5e8,
        usual=950.0,
        waves=2,
        sources=37_600,
        known=0.004,
        spoofed=0.99,
        flash_crowd=0.02,
        meaningful=False,
        countries=(),
        networks=(),
        ports=(),
        measured=(
            Weighed("never-completed", 0.99, 0.0, "99% of the connections are never completed"),
            Weighed("ttl-entropy", 1.0, 10.0, "1.00 bits in the time to live, 2 values"),
        ),
        one_of=1_000,
    )
    step = 10 * MINUTE_MS
    counts = [900, 940, 1_010, 980, None, 990, 42_000, 61_000, 35_000, 1_400, 1_000, 960]
    rates = Rates(at("12:40"), step, tuple(counts), (950.0,) * len(counts))
    return TrafficView(trafficwords.said((attack,)), "packets", (attack,), rates)


def watched() -> IncidentView:
    """Return the evening of a day that every kind of source saw; what they saw is made up."""
    now = over().incident
    assert now is not None
    kinds: dict[str, Literal["probe", "traffic", "post", "notice", "change"]] = {
        "probes": "probe",
        "posts": "post",
        "traffic": "traffic",
        "notices": "notice",
        "changes": "change",
    }
    lines = [
        Line(spot.at, kinds[strip.source], spot.text, spot.link)
        for strip in SEEN
        for spot in strip.spots
    ]
    lines += [Line(span.from_at, "probe", "Probes: 520.") for span in SEEN[0].spans]
    timeline = tuple(sorted((*now.timeline, *lines), key=lambda line: line.at))
    return msgspec.structs.replace(
        now, strips=(*SEEN, *now.strips), timeline=timeline, traffic=struck()
    )


def judged(which: Literal["seen", "unclaimed", "low"]) -> Diagnosis:
    """Return a diagnosis as it was once concluded, from outside, with (`seen`) or without enough to go by (`low`)."""
    return msgspec.json.decode(DIAGNOSES.read_bytes(), type=dict[str, Diagnosis])[which]


SIMILAR = (
    Similar(
        "INC-133",
        "A content network",
        "2019-12-11",
        "dependency",
        "Report of its own @ status.example",
        opened=True,
        likeness=0.41,
        shared=("onset.waves", "scope.global"),
    ),
    Similar(
        "INC-269",
        "A game",
        "2021-09-30",
        "ddos-volumetric",
        "A newspaper",
        opened=False,
        likeness=0.23,
        shared=("onset.waves", "co.none"),
    ),
)


def weighed(claims: tuple[Claim, ...], *, name: str = "") -> Spoken:
    """Return statements that were weighed twice: too early, and when more was seen."""
    early = Evidence(at("15:30"), judged("low"))
    countries = {"US": 0.31, "VN": 0.2, "BR": 0.17, "IN": 0.12, "PK": 0.08, "ID": 0.05, "UA": 0.03}
    late = Evidence(at("21:00"), judged("unclaimed"), Sources(countries, 0.04, meaningful=True))
    ledger = entries.weighed(entries.weighed(None, claims, early), claims, late)
    tally = Tallied("mechanism", "attack-unspecified", contradicted=1, unproven=2)
    lines = [
        Line(each.said_at or each.at, "claim", f"{each.by}: {each.said}", each.link)
        for each in claims
    ]
    return Spoken(
        tuple(
            Statement(line, entry.key, entry.claim, entry.role, entry.verdicts)
            for line, entry in zip(lines, ledger.entries, strict=True)
        ),
        ledger.at,
        3,
        (Recorded(name or claims[0].by, (tally,)),),
    )


def diagnosed(*, enough: bool = True) -> IncidentView:
    """Return the evening of the day that every source saw, with what was concluded and what became of statements."""
    now = watched()
    said = (
        *(each.claim for each in now.spoken.statements),
        Claim(
            at=at("18:05"),
            service="x",
            by="The owner of X",
            where="in an interview",
            said="IP addresses originating in the Ukraine area, by a large, coordinated group and/or a country.",
            role="operator",
        ),
    )
    why = Why(judged("seen" if enough else "low"), SIMILAR if enough else ())
    spoken_ = weighed(said)
    lines = tuple(each.line for each in spoken_.statements)
    spots = tuple(Spot(line.at, "neutral", line.text, line.link) for line in lines)
    strip = Strip("claims", "Public statements", "3 statements.", first_at=spots[0].at, spots=spots)
    timeline = [line for line in now.timeline if line.kind != "claim"]
    return msgspec.structs.replace(
        now,
        why=why,
        spoken=spoken_,
        claims=lines,
        strips=(*SEEN, strip),
        timeline=tuple(sorted((*timeline, *lines), key=lambda line: line.at)),
    )


def explained() -> ServiceView:
    """Return the height of the day at a service of which something is concluded."""
    view = during()
    assert view.incident is not None
    now = msgspec.structs.replace(view.incident, why=Why(judged("seen")))
    return msgspec.structs.replace(view, incident=now)


def crowded() -> IncidentView:
    """Return an incident of which every source told so much that not all of it can be shown."""
    now = watched()
    minutes = range(at("09:30"), at("18:30"), 4 * MINUTE_MS)
    lines = tuple(Line(minute, "change", f"deploy {minute}") for minute in minutes)
    spots = tuple(Spot(line.at, "neutral", line.text) for line in lines)
    busy = Strip("changes", "Changes", "135 changes.", spots=spots)
    strips = tuple(busy if strip.source == "changes" else strip for strip in now.strips)
    timeline = tuple(sorted((*now.timeline, *lines), key=lambda line: line.at))
    return msgspec.structs.replace(now, strips=strips, timeline=timeline)


HOSTILE = "<script>alert(1)</script>\x00\u202eevil\u200b\"'&\ud800 =1+1"


def told_by(text: str) -> Spoken:
    """Return a statement whose every text is this one; what it asserts is, too."""
    asserts = tuple(Asserted(axis, text) for axis in AXES if text)
    claim = Claim(at("12:00"), "x", text, text, text, text, asserts=asserts, native=text)
    return weighed((claim,), name=text)


def witnessed_by(text: str) -> Why:
    """Return a diagnosis that rests on witnesses of this name, and is like incidents of this name."""
    found = judged("seen")
    reasons = tuple(
        msgspec.structs.replace(each, witness=(text, f"incident:{text}", f"probe:{text}"))
        for each in found.because
    )
    like = msgspec.structs.replace(SIMILAR[0], service=text, source=text, cause=text)
    return Why(msgspec.structs.replace(found, because=reasons), (like,))


def hostile() -> ServiceView:
    """Return a service whose every text from outside wants to be more than a text."""
    now = incident(at("14:10"), "problems")
    rows = (Tally(HOSTILE, HOSTILE, 5, 2.0), Tally("US", HOSTILE, 3, None))
    now = msgspec.structs.replace(
        now,
        id="x-1",
        name=HOSTILE,
        places=rows,
        symptoms=rows,
        networks=rows,
        set_aside={HOSTILE: 3},
        whose=Whose((Answer("echo", HOSTILE, HOSTILE, 0.97, of=300, excess=9_000),), 0, 24, 9, 250),
        claims=(Line(at("12:00"), "claim", HOSTILE, "javascript:alert(1)"),),
        spoken=told_by(HOSTILE),
        why=witnessed_by(HOSTILE),
        strips=(
            Strip(
                "notices",
                HOSTILE,
                HOSTILE,
                first_at=at("12:00"),
                spans=(Span(at("12:00"), at("13:00"), "bad", HOSTILE),),
                spots=(Spot(at("12:00"), "bad", HOSTILE, "javascript:alert(1)"),),
            ),
        ),
        changes=(
            Changed(
                source=HOSTILE,
                native=HOSTILE,
                what="deploy",
                state="finished",
                title=HOSTILE,
                at=at("09:40"),
                first_at=at("09:41"),
                relation="before",
                to_onset=(at("09:41") + 10_000 - at("09:40"), at("09:43") + 20_000 - at("09:40")),
                environment=HOSTILE,
                link="javascript:alert(1)",
                finished_at=at("09:40"),
            ),
        ),
        timeline=(Line(at("12:00"), "claim", HOSTILE, 'https://e.example/"><b>'),),
        own_page=OwnPage(
            page='https://e.example/"><b>',
            state="unknown",
            since=at("12:00"),
            why=HOSTILE,
            unread=True,
            said=(
                Said(
                    HOSTILE,
                    HOSTILE,
                    "major",
                    "none",
                    at("12:00"),
                    at("12:00"),
                    True,
                    components=(HOSTILE,),
                    link="javascript:alert(1)",
                    lag=(0, 0),
                ),
            ),
            windows=(Window(HOSTILE, at("12:00"), at("13:00"), 'https://e.example/"><b>'),),
        ),
    )
    return msgspec.structs.replace(
        service(at("14:10"), "problems", now),
        name=HOSTILE,
        other_names=(HOSTILE,),
        category_label=HOSTILE,
        domains=(HOSTILE,),
        providers=(HOSTILE,),
        status_url="javascript:alert(1)",
        symptom_choices=((HOSTILE, HOSTILE),),
        symptoms=rows,
        places=rows,
        own_page=now.own_page,
    )


def card(
    slug: str, name: str, kind: tuple[str, str], state: State = "quiet", number: int = 0
) -> ServiceCard:
    """Return a service of the first page; one that fails has a line of the day."""
    spark: tuple[int | None, ...] = ()
    if state != "quiet":
        full = chart(at("14:10")).observed
        spark = tuple(
            round(sum(full[first : first + 3]) * number / 60_000)
            for first in range(0, 288, 3)  # type: ignore[arg-type]
        )
    return ServiceCard(
        slug=slug,
        name=name,
        category=kind[0],
        category_label=kind[1],
        state=state,
        reports_15min=number,
        usual_15min=9.3 if number > 100 else 0.4,
        since=None if state == "quiet" else (at("09:41"), at("09:44")),
        spark=spark,
    )


def catalogued() -> tuple[ServiceCard, ...]:
    """Return a card for every service of the catalog that comes with Uproar."""
    known = catalog.load()
    return tuple(
        card(each.slug, each.name, (each.category, CATEGORIES[each.category].label))
        for each in sorted(known.services.values(), key=lambda each: each.slug)
    )


def small() -> tuple[ServiceCard, ...]:
    """Return a handful of services."""
    social, games = ("social", "Social networks"), ("games", "Games")
    return (
        card("facebook", "Facebook", social),
        card("x", "X", social),
        card("fortnite", "Fortnite", games),
        card("minecraft", "Minecraft", games),
    )


def home(services: tuple[ServiceCard, ...], *, failing: bool) -> HomeView:
    """Return the first page, calm or not."""
    social = ("social", "Social networks")
    bad = (
        card("x", "X", social, "problems", 55_938),
        card("facebook", "Facebook", social, "early", 2_204),
        card("cloudflare", "Cloudflare", ("cloud", "Clouds and hosting"), "recovering", 814),
    )
    states = {each.slug: each for each in bad} if failing else {}
    merged = tuple(states.get(each.slug, each) for each in services)
    return HomeView(
        as_of=at("14:10"),
        failing=bad if failing else (),
        services=merged,
        recent=(
            msgspec.structs.replace(quiet().past[0]),
            msgspec.structs.replace(
                quiet().past[0],
                id="y",
                name="WhatsApp",
                service="whatsapp",
                wave_count=2,
                peak_place="GB",
            ),
        ),
        spark_max=60_000,
        blind_now=False,
        reports_24h=291_204 if failing else 3_311,
    )


def long() -> IncidentView:
    """Return an incident whose chart has as many steps as one can have."""
    now = incident(at("21:00"), "over", over=True)
    steps = range(600)
    usual_ = tuple(1 + step % 7 / 10 for step in steps)
    return msgspec.structs.replace(
        now,
        chart=Chart(
            start_at=at("09:00"),
            step_ms=MINUTE_MS,
            observed=tuple(count(at("09:00") + step * MINUTE_MS, waves=True) for step in steps),
            expected=usual_,
            low=tuple(value / 2 for value in usual_),
            high=tuple(value * 2 for value in usual_),
        ),
    )


def seeing(*, bad: bool) -> SeeingView:
    """How well we see: all in order, or nearly all that can go wrong at once."""
    now = MIDNIGHT + 14 * HOUR_MS
    started = now - 20 * HOUR_MS
    quiet_day = (Stretch("unknown", 0, 240), Stretch("running", 240, 1200))
    bad_day = (
        Stretch("unknown", 0, 240),
        Stretch("running", 240, 600),
        Stretch("trouble", 840, 1),
        Stretch("running", 841, 499),
        Stretch("trouble", 1340, 60),
        Stretch("stopped", 1400, 40),
    )
    reports = WayView(
        "reports",
        "running",
        since=started,
        heard_at=now - 9_000,
        read=12_345,
        kept=12_001,
        set_aside={"repeated": 300, "unknown-service": 44},
        waiting=12,
        waiting_max=20_000,
        day=(Stretch("running", 0, 1440),),
    )
    if not bad:
        notices = WayView(
            "notices",
            "running",
            since=started,
            heard_at=now - 61_000,
            read=900,
            kept=31,
            day=quiet_day,
        )
        return SeeingView(
            as_of=now,
            started_at=started,
            ways=(reports, notices),
            journal=JournalView(last_at=now - 9_000, waiting=12, waiting_max=20_000),
            letters=LettersView(),
            ticks_behind=1,
            watch_problem="",
            blind=(),
            counting_since=now - 40 * DAY_MS,
            learning=False,
        )
    return SeeingView(
        as_of=now,
        started_at=started,
        ways=(
            msgspec.structs.replace(reports, state="stopped"),
            WayView(
                "notices",
                "trouble",
                since=started,
                why="3 of 41 feeds cannot be read: it answers with <b>a page for people</b>",
                heard_at=now - 61_000,
                read=900,
                kept=31,
                set_aside={"unread": 17},
                letters=3,
                day=quiet_day,
            ),
            WayView(
                "posts",
                "stopped",
                since=now - 40 * MINUTE_MS,
                restarts=7,
                why="ConnectionResetError",
                last_failure="ConnectionResetError",
                heard_at=now - 40 * MINUTE_MS,
                read=1_000_000,
                kept=1_380,
                waiting=5_000,
                waiting_max=5_000,
                lost=123,
                day=bad_day,
            ),
            WayView("changes", "unused"),
        ),
        journal=JournalView(
            last_at=now - 90_000,
            waiting=0,
            waiting_max=20_000,
            ahead_ms=120_000,
            problem="/data/journal.sqlite: the disk is full",
            problem_since=now - 90_000,
        ),
        letters=LettersView({"notices": 3, "changes": 1}, pushed_out=4, lost=2),
        ticks_behind=9,
        watch_problem="/data/journal.sqlite: the disk is full",
        blind=(
            Blind(now - 5 * HOUR_MS, now - 5 * HOUR_MS + 4 * MINUTE_MS),
            Blind(now - 90_000, now),
        ),
        counting_since=now - 3 * DAY_MS,
        learning=True,
    )
