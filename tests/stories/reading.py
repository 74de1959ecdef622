"""The text of a story: its settings, its signals and the timeline that is expected.

`README.md` describes the lines; what a line may say is what stands in the patterns below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from uproar.model.service import Provider, Service
from uproar.model.signal import Change, Notice, Probed
from uproar.model.tick import DAY_MS, MINUTE_MS, parse_iso

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


def read(path: Path, is_known: Callable[[str], bool]) -> Story:
    """Read a story; a line that cannot be read is named. `is_known` knows the lines of a timeline."""
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
        if part in _READERS:
            is_read = _READERS[part](story, line)
        else:
            story.timeline.append(line)
            is_read = is_known(line)
        assert is_read, f"{path.name}:{number}: cannot be read: {line}"
    return story


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


def clock(text: str) -> int:
    """Return the milliseconds into the day of a clock time such as 09:41 or 24:00."""
    hours, minutes, *seconds = (int(part) for part in text.split(":"))
    return (hours * 3_600 + minutes * 60 + sum(seconds)) * 1_000


_READERS = {"settings": _setting, "signals": _signal}
