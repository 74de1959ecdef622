"""Stories: a whole incident as one text, read into ticks and expectations.

A story has three parts: settings, signals (or the name of a scenario), and the timeline that is
expected. `tests/stories/README.md` describes the lines; what a line may say is what stands in the
patterns below.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from uproar import catalog as packaged
from uproar.app import changes_view, fold, fold_state, probes_view, provider_view
from uproar.model.catalog import Catalog
from uproar.model.incident import Alarm, Decision, Incident
from uproar.model.service import Provider, Service
from uproar.model.signal import Beat, Change, Notice, Post, Probed, Report, Signal
from uproar.model.tick import DAY_MS, MINUTE_MS, TICK_MS, end_ms, iso, parse_iso, tick_of
from uproar.present import changewords
from uproar.present.source_views import Changed, Line, Strip
from uproar.sim import reporters, scenario, world

Tick = tuple[int, list[Signal]]

TOOK_MS = 2_000  # from a look to its arrival
PARTS = ("settings", "signals", "timeline")
_HEAD = re.compile(r"-- (\w+) --")
_SERVICE = re.compile(r"service (\S+): (.+)")
_PROVIDER = re.compile(r"provider (\S+): (.+)")
_USUAL = re.compile(r"usual (\S+): ([\d.]+) a minute since (\S+)(?:, (.+))?")
_SET = re.compile(r"set ([\w.]+): (.+)")
_CLOCKS = r"(\d\d:\d\d)(?:\.\.(\d\d:\d\d))?"
_MASKED = re.compile(rf"{_CLOCKS} masked")
_NOTICE = re.compile(
    r"(\d\d:\d\d) notice (\S+) (\S+) (\w+) "
    r"(operational|degraded|partial|major|maintenance|unknown)(?: (.+))?"
)
_POSTED = re.compile(
    rf"{_CLOCKS} \+(\d+) posts (?:of anything|(\S+) (failing|working|asking|talk)(?: tagged (\w+)(?: of (\d+))?)?)"
)
_PROBED = re.compile(
    rf"{_CLOCKS} probes of (\S+) in (\S+(?: \S+)*): (works|fails|blocked|maintenance|unknown)"
    r"(?: (\d{3}))?(, controls failing)?"
)
_CHANGE = re.compile(
    r"(\d\d:\d\d) change (\S+) (deploy|rollback|flag|config|infra|maintenance|cert|dns|bgp|other) "
    r"(\S+) (started|finished|failed)(?: at (\d\d:\d\d))?"
)
_PLAN = re.compile(r"(\d\d:\d\d) plan (\S+) (\S+) from (\d\d:\d\d) to (\d\d:\d\d)")
_SENT = re.compile(
    rf"{_CLOCKS} \+(\d+) (reports|works) (\S+) ([A-Z]{{2}})(?: (\S+))? from (\d+) (\S+)(?: over (\S+))?"
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One line of signals: so many reports a minute, from so many people of a group."""

    begin: int
    end: int
    count: int
    works: bool
    service: str
    place: str
    symptom: str
    people: int
    group: str
    network: str


@dataclass(frozen=True, slots=True)
class Posted:
    """One line of posts: so many a minute; with a hashtag, which `used` people use in all."""

    begin: int
    end: int
    count: int
    service: str
    says: str
    tag: str
    used: int


@dataclass(frozen=True, slots=True)
class Usual:
    """Reports that come all the time."""

    service: str
    per_minute: float
    since: int
    places: dict[str, float]


@dataclass(slots=True)
class Story:
    """A story as it was read; `begin` and `end` bound the time that the timeline speaks of."""

    name: str
    day: int = 0
    begin: int = 0
    end: int = DAY_MS
    seed: int = 1
    scenario: str = ""
    services: list[Service] = field(default_factory=list)
    providers: list[Provider] = field(default_factory=list)
    usual: list[Usual] = field(default_factory=list)
    settings: list[tuple[str, str]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    masked: list[tuple[int, int]] = field(default_factory=list)
    notices: list[tuple[int, Notice]] = field(default_factory=list)
    posts: list[Posted] = field(default_factory=list)
    probed: list[tuple[int, Probed]] = field(default_factory=list)
    changes: list[tuple[int, Change]] = field(default_factory=list)
    timeline: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    """What a story came to: every incident turn, what was open when it began, vendors' lags, and changes near."""

    turns: tuple[Incident, ...]
    open_before: tuple[str, ...]
    lags: dict[str, list[fold_state.Lag]] = field(default_factory=dict)
    bursts: tuple[Alarm, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    probes: dict[str, str] = field(default_factory=dict)
    changes: dict[str, list[Changed]] = field(default_factory=dict)
    heard: dict[str, list[Line]] = field(default_factory=dict)

    def of(self, service: str) -> list[list[Incident]]:
        """Return the incidents of a service that were opened within the story, turn by turn."""
        by_id: dict[str, list[Incident]] = {}
        for turn in self.turns:
            if turn.service == service:
                by_id.setdefault(turn.id, []).append(turn)
        return list(by_id.values())

    def text(self) -> str:
        """Return what was told, for whoever wonders why a story failed."""
        lines = [f"open before: {', '.join(self.open_before) or 'nothing'}"]
        for turn in self.turns:
            waves = [
                f"{iso(wave.peak_at)[11:16]} {wave.peak_count} {wave.peak_place}"
                for wave in turn.waves
            ]
            onset = "..".join(iso(at)[11:19] for at in turn.onset)
            lines.append(
                f"{iso(turn.at)[5:16]} {turn.service} {turn.turn} {turn.phase} onset {onset} "
                f"reports {turn.reports} works {turn.works} {turn.set_aside} waves {waves}"
            )
        lines.extend(
            f"{iso(alarm.at)[5:19]} {alarm.series.service} posts {alarm.series.item} {alarm.state} "
            f"onset {'..'.join(iso(at)[11:19] for at in alarm.onset)} {alarm.observed}"
            for alarm in self.bursts
        )
        lines.extend(
            f"{iso(alarm.at)[5:16]} probes of {alarm.series.service} {alarm.state} "
            f"onset {'..'.join(iso(at)[11:19] for at in alarm.onset)}"
            for alarm in self.alarms
        )
        lines.extend(f"{service}: {said}" for service, said in self.probes.items())
        lines.extend(f"{service} {lag}" for service, lags in self.lags.items() for lag in lags)
        lines.extend(
            f"{service} {changewords.sentence(change)}"
            for service, changes in self.changes.items()
            for change in changes
        )
        return "\n".join(lines)


def read(path: Path) -> Story:
    """Read a story; a line that cannot be read is named."""
    story = Story(path.stem)
    part = ""
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        if head := _HEAD.fullmatch(line):
            part = head[1]
            assert part in PARTS, f"{path.name}:{number}: no part {part!r}"
            continue
        reader = {"settings": _setting, "signals": _signal}.get(part, _expectation)
        assert reader(story, line), f"{path.name}:{number}: cannot be read: {line}"
    return story


def tell(story: Story) -> Told:
    """Fold a story and return what was decided within its time."""
    design = _design(story.settings)
    if story.scenario:
        played = scenario.load(story.scenario)
        catalog = packaged.load()
        ticks: Iterator[Tick] = scenario.signals(played, catalog)
        begin = story.day + story.begin if story.day else played.start
    else:
        catalog = Catalog(story.services, story.providers)
        ticks = _ticks(story)
        begin = story.day + story.begin
    state, decided = _folded(ticks, catalog, design)
    turns = [turn for turn in decided if isinstance(turn, Incident)]
    still_open = {turn.id: turn.phase != "over" for turn in turns if turn.at <= begin}
    known = set(still_open)
    return Told(
        turns=tuple(turn for turn in turns if turn.at > begin and turn.id not in known),
        open_before=tuple(sorted(key for key, is_open in still_open.items() if is_open)),
        lags={service: board.lags for service, board in state.boards.items()},
        bursts=tuple(
            alarm for alarm in decided if isinstance(alarm, Alarm) and alarm.series.kind == "post"
        ),
        alarms=tuple(
            turn
            for turn in decided
            if isinstance(turn, Alarm) and turn.series.kind == "measurement" and turn.at > begin
        ),
        probes={
            service: strip.said
            for service in state.lookout.checks
            if (strip := _strip(state, service, begin)) is not None
        },
        changes=_near(state, turns),
        heard=_heard(state, catalog, story.day + story.end),
    )


def _near(state: fold.State, turns: Sequence[Incident]) -> dict[str, list[Changed]]:
    """Return the changes near the incident of each service, by its last turn."""
    last = {turn.service: turn for turn in turns}
    return {
        service: list(
            changes_view.near(state, service, turn.onset, turn.recovery, end_ms(state.tick))
        )
        for service, turn in last.items()
    }


def _strip(state: fold.State, service: str, begin: int) -> Strip | None:
    return probes_view.strip(state, service, (begin, begin), None, end_ms(state.tick))


def _heard(state: fold.State, catalog: Catalog, end: int) -> dict[str, list[Line]]:
    """Return what the last incident of every service tells of its providers' pages."""
    last = {incident.service: incident for incident in state.incidents.values()}
    return {
        service: provider_view.lines(
            state,
            catalog,
            service,
            incident.onset,
            None if incident.recovery is None else incident.recovery[1],
            end,
        )
        for service, incident in last.items()
    }


def _folded(
    ticks: Iterator[Tick], catalog: Catalog, design: fold.Design
) -> tuple[fold.State, list[Decision]]:
    """Fold ticks from the start: the one place where stories meet the program."""
    state = fold.start(catalog, design)
    told: list[Decision] = []
    for tick, arrived in ticks:
        state, decided = fold.step(state, arrived, tick, design)
        told.extend(decided)
    return state, told


# ---------------------------------------------------------------- reading


def _setting(story: Story, line: str) -> bool:
    if match := _SERVICE.fullmatch(line):
        symptoms = tuple(match[2].split())
        story.services.append(Service(match[1], match[1].title(), symptoms=symptoms))
    elif match := _PROVIDER.fullmatch(line):
        on_it = set(match[2].split())
        story.providers.append(Provider(match[1], match[1].title(), kind="cdn"))
        story.services = [
            msgspec.structs.replace(each, providers=(*each.providers, match[1]))
            if each.slug in on_it
            else each
            for each in story.services
        ]
    elif match := _USUAL.fullmatch(line):
        words = (match[4] or "US 1").split()
        places = dict(zip(words[::2], map(float, words[1::2]), strict=True))
        since = parse_iso(f"{match[3]}T00:00:00Z")
        story.usual.append(Usual(match[1], float(match[2]), since, places))
    elif match := _SET.fullmatch(line):
        story.settings.append((match[1], match[2]))
    else:
        key, _, value = (word.strip() for word in line.partition(":"))
        match key:
            case "scenario":
                story.scenario = value
            case "seed":
                story.seed = int(value)
            case "day":
                story.day = parse_iso(f"{value}T00:00:00Z")
            case "from":
                story.begin = clock(value)
            case "until":
                story.end = clock(value)
            case _:
                return False
    return True


def _signal(story: Story, line: str) -> bool:
    if match := _MASKED.fullmatch(line):
        story.masked.append((clock(match[1]), clock(match[2] or match[1])))
        return True
    if _told_by_others(story, line):
        return True
    match = _SENT.fullmatch(line)
    if match is None:
        return False
    begin = clock(match[1])
    story.sent.append(
        Sent(
            begin=begin,
            end=clock(match[2]) if match[2] else begin + MINUTE_MS,
            count=int(match[3]),
            works=match[4] == "works",
            service=match[5],
            place=match[6],
            symptom=match[7] or "other",
            people=int(match[8]),
            group=match[9],
            network=match[10] or "",
        )
    )
    return True


def _told_by_others(story: Story, line: str) -> bool:
    """Read a line about signals that are no reports."""
    if match := _NOTICE.fullmatch(line):
        native = "" if match[3] == "page" else match[3]
        page = f"https://status.{match[2]}.example"
        notice = Notice(0, match[2], page, native, match[5], match[4], match[6] or "")  # type: ignore[arg-type]
        story.notices.append((clock(match[1]), notice))
    elif match := _POSTED.fullmatch(line):
        begin, count = clock(match[1]), int(match[3])
        end = clock(match[2]) if match[2] else begin + MINUTE_MS
        tag, used = match[6] or "", int(match[7] or count)
        story.posts.append(Posted(begin, end, count, match[4] or "", match[5] or "", tag, used))
    elif match := _PROBED.fullmatch(line):
        story.probed.extend(_looks(match))
    elif match := _CHANGE.fullmatch(line):
        at = story.day + clock(match[6] or match[1])
        started_at, finished_at = (at, None) if match[5] == "started" else (None, at)
        change = Change(
            0, match[2], "story", match[4], match[3], match[5], match[4],  # type: ignore[arg-type]
            revision=match[4], started_at=started_at, finished_at=finished_at,
        )  # fmt: skip
        story.changes.append((clock(match[1]), change))
    elif match := _PLAN.fullmatch(line):
        begins, ends = (story.day + clock(match[number]) for number in (4, 5))
        plan = Change(
            0, match[2], "story", match[3], "maintenance", "planned", match[3],
            planned=True, started_at=begins, until_at=ends,
        )  # fmt: skip
        story.changes.append((clock(match[1]), plan))
    else:
        return False
    return True


def _looks(match: re.Match[str]) -> Iterator[tuple[int, Probed]]:
    """Return a look a minute of one probe in each network, the control's before it where one is told."""
    begin = clock(match[1])
    end = clock(match[2]) if match[2] else begin + MINUTE_MS
    status = int(match[6] or (0 if match[5] != "works" else 200))
    edge = match[5] == "fails" and status == 520
    for minute in range(begin, end, MINUTE_MS):
        for number, where in enumerate(match[4].split()):
            network, _, place = where.partition("/")
            at = minute + 5_000 + number * 1_000
            told = Probed(
                0,
                match[3],
                f"https://{match[3]}.example/",
                f"probe-{network.lower()}-{place.lower()}",
                match[5],  # type: ignore[arg-type] # the pattern holds the literal's words
                step="" if match[5] == "works" else "http",
                layer="origin_server" if edge else "",
                status=status,
                answered="Cloudflare" if edge else "",
                fingerprint="cloudflare.520" if edge else "",
                place=place or "ZZ",
                network=network,
                measured_at=at,
            )
            if match[7]:
                control = msgspec.structs.replace(
                    told, service="control", check="https://control.example/", control=True
                )
                yield at, control
            yield at, told


def _expectation(story: Story, line: str) -> bool:
    story.timeline.append(line)
    return any(pattern.fullmatch(line) for pattern, _ in EXPECTATIONS)


def clock(text: str) -> int:
    """Return the milliseconds into the day of a clock time such as 09:41 or 24:00."""
    hours, minutes, *seconds = (int(part) for part in text.split(":"))
    return (hours * 3_600 + minutes * 60 + sum(seconds)) * 1_000


def _design(settings: Sequence[tuple[str, str]]) -> fold.Design:
    design = fold.Design()
    for key, value in settings:
        design = _changed(design, key.split("."), msgspec.json.decode(value))
    return design


def _changed(node: Any, path: Sequence[str], value: Any) -> Any:
    """Return a design, or a part of one, with one of its settings changed."""
    name, *rest = path
    assert hasattr(node, name), f"there is no setting {name}"
    inner = _changed(getattr(node, name), rest, value) if rest else value
    if isinstance(node, msgspec.Struct):
        return msgspec.structs.replace(node, **{name: inner})
    return dataclasses.replace(node, **{name: inner})


# ---------------------------------------------------------------- signals


def _ticks(story: Story) -> Iterator[Tick]:
    first = min([usual.since for usual in story.usual] + [story.day + story.begin])
    notices = (
        msgspec.structs.replace(notice, at=story.day + offset) for offset, notice in story.notices
    )
    probed = (
        msgspec.structs.replace(
            one, at=story.day + offset + TOOK_MS, measured_at=story.day + offset
        )
        for offset, one in story.probed
    )
    changes = (
        msgspec.structs.replace(change, at=story.day + offset) for offset, change in story.changes
    )
    sent: list[Signal] = sorted(
        [*_reports(story), *notices, *_posts(story), *probed, *changes],
        key=lambda signal: signal.at,
    )
    masked = [(tick_of(story.day + a), tick_of(story.day + b)) for a, b in story.masked]
    last = tick_of(story.day + story.end)
    row = 0
    for tick in range(tick_of(first), last):
        arrived: list[Signal] = []
        while row < len(sent) and sent[row].at < end_ms(tick):
            arrived.append(sent[row])
            row += 1
        if any(a <= tick < b for a, b in masked):
            continue
        arrived.append(Beat(end_ms(tick), tick))
        yield tick, arrived


def _reports(story: Story) -> Iterator[Report]:
    for usual in story.usual:
        yield from _usual_reports(story, usual)
    for number, line in enumerate(story.sent):
        for minute in range(line.begin, line.end, MINUTE_MS):
            fresh = f"{number}-{minute}-" if line.group == "people" else f"{line.group}-"
            for one in range(line.count):
                person = f"{fresh}{one % line.people}"
                yield Report(
                    at=story.day + minute + (2 * one + 1) * MINUTE_MS // (2 * line.count),
                    service=line.service,
                    symptom=line.symptom,
                    works=line.works,
                    place=line.place,
                    network=line.network or f"p:{reporters.first_prefix(person, 0):016x}",
                    reporter=person,
                )


def _posts(story: Story) -> Iterator[Post]:
    """Return counts of posts for every ten seconds, each minute's spread evenly over its ticks."""
    for line in story.posts:
        for number, begin in enumerate(range(line.begin, line.end, TICK_MS)):
            count, used = (_share(whole, number % 6) for whole in (line.count, line.used))
            at = story.day + begin + TICK_MS - 1
            if line.service and count:
                yield Post(
                    at,
                    line.service,
                    "network",
                    tags={line.tag: count} if line.tag else {},
                    **{line.says: float(count)},  # type: ignore[arg-type]
                )
            tags = {line.tag: used} if line.tag and used else {}
            yield Post(at, "", "network", of=count, tags=tags)


def _share(whole: int, sixth: int) -> int:
    """Return what falls on one of the six ticks of a minute."""
    return whole * (sixth + 1) // 6 - whole * sixth // 6


def _usual_reports(story: Story, usual: Usual) -> Iterator[Report]:
    """Return reports with the daily rhythm of the ordinary world, by the story's seed."""
    rhythm = scenario.load("quiet-week").plan.assumed.rhythm
    total = sum(usual.places.values())
    symptoms = next(each.symptoms for each in story.services if each.slug == usual.service)
    for place, weight in usual.places.items():
        for day in range(usual.since // DAY_MS, story.day // DAY_MS + 1):
            dice = world.dice(story.seed, usual.service, place, day)
            level = world.willingness(rhythm, place, day) * usual.per_minute * weight / total
            for number, at in enumerate(reporters.arrivals(dice, level, day).tolist()):
                yield Report(
                    at=at,
                    service=usual.service,
                    symptom=symptoms[int(dice.integers(len(symptoms)))],
                    place=place,
                    network=f"p:{int(dice.integers(2**63)):016x}",
                    reporter=f"usual-{place}-{day}-{number}",
                )


# ---------------------------------------------------------------- what is expected

Check = Callable[[Told, re.Match[str]], bool]


def _within(at: int, begin: str, end: str) -> bool:
    return clock(begin) <= at % DAY_MS <= clock(end)


def _first(told: Told, service: str) -> list[Incident]:
    """Return the turns of the first incident of a service; empty if there is none."""
    return next(iter(told.of(service)), [])


def _holds(bracket: tuple[int, int] | None, text: str) -> bool:
    return bracket is not None and bracket[0] % DAY_MS <= clock(text) <= bracket[1] % DAY_MS


def _opened(told: Told, match: re.Match[str]) -> bool:
    turns = _first(told, match[1])
    return bool(turns) and turns[0].turn == "opened" and _within(turns[0].at, match[2], match[3])


def _waves(told: Told, match: re.Match[str]) -> bool:
    turns = _first(told, match[1])
    return bool(turns) and len(turns[-1].waves) == int(match[2])


def _wave(told: Told, match: re.Match[str]) -> bool:
    turns = _first(told, match[1])
    number = int(match[2])
    if not turns or len(turns[-1].waves) < number:
        return False
    wave = turns[-1].waves[number - 1]
    return (
        _within(wave.peak_at, match[3], match[4])
        and int(match[5]) <= wave.peak_count <= int(match[6])
        and wave.peak_place == match[7]
    )


def _over(told: Told, match: re.Match[str]) -> bool:
    turns = _first(told, match[1])
    return bool(turns) and turns[-1].turn == "over" and _within(turns[-1].at, match[2], match[3])


def _counted(told: Told, match: re.Match[str]) -> bool:
    turns = _first(told, match[1])
    if not turns:
        return False
    counts = {"reports": turns[-1].reports, "works": turns[-1].works}
    count = counts[match[2]] if match[2] in counts else turns[-1].set_aside.get(match[2][10:], 0)
    return int(match[3]) <= count <= int(match[4])


def _where(told: Told, match: re.Match[str]) -> bool:
    turns = _first(told, match[1])
    found = turns[-1].where.get(match[2], {}) if turns else {}
    return found.get("extent", "unknown") == match[3] and (
        match[4] is None or sorted(found.get("among", ())) == sorted(match[4].split())
    )


def _blamed(told: Told, match: re.Match[str]) -> bool:
    turns = _first(told, match[1])
    answers = turns[-1].culprit.get("answers", ()) if turns else ()
    lead = answers[0] if answers else {"kind": "", "name": ""}
    return (lead["kind"], lead["name"]) == (match[2], match[3] or "")


def _hears(told: Told, match: re.Match[str]) -> bool:
    """Tell whether an incident's timeline has a provider's word, and first within these times."""
    at = [
        line.at
        for line in told.heard.get(match[1], [])
        if line.text.startswith(f"Its provider {match[2].title()} says:")
    ]
    if match[3] == "nothing":
        return not at
    return bool(at) and _within(min(at), match[4], match[5])


def _own_page(told: Told, match: re.Match[str]) -> bool:
    lags = [(lag.at, lag.onset) for lag in told.lags.get(match[1], [])]
    if match[2] == "never turned":
        return [at for at, _ in lags] == [None]
    after = [(at - sum(onset) / 2) / MINUTE_MS for at, onset in lags if at is not None]
    return len(after) == len(lags) == 1 and int(match[3]) <= after[0] <= int(match[4])


def _probes_turned(told: Told, match: re.Match[str]) -> bool:
    turned = [one for one in told.alarms if (one.series.service, one.state) == (match[1], match[2])]
    return len(turned) == 1 and _within(turned[0].at, match[3], match[4])


def _change_lies(told: Told, match: re.Match[str]) -> bool:
    for change in told.changes.get(match[1], []):
        if change.title == match[2]:
            distance = change.to_onset if match[6] == "onset" else change.to_recovery or (0, 0)
            least, most = sorted(abs(ms) / MINUTE_MS for ms in distance)
            before = distance[0] >= 0
            return int(match[3]) <= least <= most <= int(match[4]) and before == (
                match[5] == "before"
            )
    return False


_TIME = r"(\d\d:\d\d(?::\d\d)?)"
_SPAN = rf"{_TIME}\.\.{_TIME}"


def _bursts(told: Told, service: str, tag: str | None, state: str) -> list[Alarm]:
    item = f"#{tag}" if tag else ""
    return [
        alarm
        for alarm in told.bursts
        if alarm.series.service == service and alarm.series.item == item and alarm.state == state
    ]


def _burst(told: Told, match: re.Match[str]) -> bool:
    """Tell whether an alarm of posts turned once, within a span."""
    found = _bursts(told, match[1], match[2], match[3])
    return len(found) == 1 and _within(found[0].at, match[4], match[5])


def _burst_holds(told: Told, match: re.Match[str]) -> bool:
    found = _bursts(told, match[1], match[2], "raised")
    return bool(found) and _holds(found[0].onset, match[3])


EXPECTATIONS: list[tuple[re.Pattern[str], Check]] = [
    (re.compile(r"posts silent"), lambda told, _: not told.bursts),
    (re.compile(rf"(\S+) posts(?: tagged (\w+))? (raised|cleared) {_SPAN}"), _burst),
    (re.compile(rf"(\S+) posts(?: tagged (\w+))? onset holds {_TIME}"), _burst_holds),
    (re.compile(r"silent"), lambda told, _: not told.turns),
    (
        re.compile(r"only (\S+)"),
        lambda told, match: {turn.service for turn in told.turns} == {match[1]},
    ),
    (re.compile(r"(\S+) silent"), lambda told, match: not told.of(match[1])),
    (
        re.compile(r"(\S+) (\d+) incidents?"),
        lambda told, match: len(told.of(match[1])) == int(match[2]),
    ),
    (re.compile(rf"(\S+) opened {_SPAN}"), _opened),
    (
        re.compile(
            r"(\S+) is blamed on (service|provider|access|home|place|echo|unknown)(?: (\S+))?"
        ),
        _blamed,
    ),
    (
        re.compile(rf"(\S+) onset holds {_TIME}"),
        lambda told, match: any(_holds(turn.onset, match[2]) for turn in _first(told, match[1])),
    ),
    (re.compile(r"(\S+) (\d+) waves?"), _waves),
    (re.compile(rf"(\S+) wave (\d+) peaks {_SPAN} at (\d+)\.\.(\d+) in ([A-Z]{{2}})"), _wave),
    (re.compile(rf"(\S+) over {_SPAN}"), _over),
    (
        re.compile(rf"(\S+) recovery holds {_TIME}"),
        lambda told, match: any(
            _holds(turn.recovery, match[2]) for turn in _first(told, match[1])[-1:]
        ),
    ),
    (
        re.compile(rf"(\S+) fault ended holds {_TIME}"),
        lambda told, match: any(
            _holds(turn.ended, match[2]) for turn in _first(told, match[1])[-1:]
        ),
    ),
    (
        re.compile(r"(\S+) severity (minor|moderate|major)"),
        lambda told, match: any(
            turn.severity["level"] == match[2] for turn in _first(told, match[1])[-1:]
        ),
    ),
    (
        re.compile(r"(\S+) own page (never turned|turned (\d+)\.\.(\d+) minutes after its onset)"),
        _own_page,
    ),
    (re.compile(rf"(\S+) probes (raised|cleared) {_SPAN}"), _probes_turned),
    (
        re.compile(r"(\S+) probes raised nothing"),
        lambda told, match: not any(one.series.service == match[1] for one in told.alarms),
    ),
    (
        re.compile(rf"(\S+) probes onset holds {_TIME}"),
        lambda told, match: any(
            _holds(one.onset, match[2]) for one in told.alarms[:1] if one.series.service == match[1]
        ),
    ),
    (
        re.compile(r"(\S+) probes say: (.+)"),
        lambda told, match: match[2] in told.probes.get(match[1], ""),
    ),
    (
        re.compile(
            r"(\S+) change (\S+) (\d+)\.\.(\d+) minutes (before|after) its (onset|recovery)"
        ),
        _change_lies,
    ),
    (
        re.compile(r"(\S+) change (\S+) lies over its onset"),
        lambda told, match: any(
            change.title == match[2] and change.relation == "under-way"
            for change in told.changes.get(match[1], [])
        ),
    ),
    (
        re.compile(r"(\S+) change (\S+) is not told"),
        lambda told, match: all(
            change.title != match[2] for change in told.changes.get(match[1], [])
        ),
    ),
    (re.compile(rf"(\S+) hears from (\S+) (nothing|first {_SPAN})"), _hears),
    (re.compile(r"(\S+) where (place|network|symptom) (\w+)(?: ([\w -]+))?"), _where),
    (
        re.compile(r"(\S+) people not known"),
        lambda told, match: any(
            turn.reach["people"] is None for turn in _first(told, match[1])[-1:]
        ),
    ),
    (
        re.compile(r"(\S+) still open"),
        lambda told, match: any(turn.phase != "over" for turn in _first(told, match[1])[-1:]),
    ),
    (
        re.compile(r"(\S+) (reports|works|set aside [\w-]+) (\d+)\.\.(\d+)"),
        _counted,
    ),
]


def unmet(story: Story, told: Told) -> list[str]:
    """Return the lines of the expected timeline that what was told does not meet."""
    missed = []
    for line in story.timeline:
        for pattern, check in EXPECTATIONS:
            match = pattern.fullmatch(line)
            if match is not None:
                if not check(told, match):
                    missed.append(line)
                break
    return missed
