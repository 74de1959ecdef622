"""What a timeline may say, and whether what was told meets it."""

from __future__ import annotations

import re
from collections.abc import Callable

from stories import diagnosed
from stories.reading import Story, clock
from stories.telling import Told
from uproar.model.incident import Alarm, Incident
from uproar.model.tick import DAY_MS, MINUTE_MS

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


def _struck(told: Told, service: str, state: str) -> list[Alarm]:
    return [one for one in told.struck if (one.series.service, one.state) == (service, state)]


def _traffic_turned(told: Told, match: re.Match[str]) -> bool:
    """Tell whether an attack on a service's traffic was raised, or cleared, so many times, first within a span."""
    turned = _struck(told, match[1], match[2])
    return len(turned) == int(match[3]) and _within(turned[0].at, match[4], match[5])


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


def _burst_first(told: Told, match: re.Match[str]) -> bool:
    """Tell whether an alarm of posts was first raised within a span, however often it turned later."""
    found = _bursts(told, match[1], match[2], "raised")
    return bool(found) and _within(found[0].at, match[3], match[4])


def _probes_first(told: Told, match: re.Match[str]) -> bool:
    """Tell the same of an alarm of what probes saw."""
    raised = [one for one in told.alarms if (one.series.service, one.state) == (match[1], "raised")]
    return bool(raised) and _within(raised[0].at, match[2], match[3])


def _burst_holds(told: Told, match: re.Match[str]) -> bool:
    found = _bursts(told, match[1], match[2], "raised")
    return bool(found) and _holds(found[0].onset, match[3])


_EXPECTATIONS: list[tuple[re.Pattern[str], Check]] = [
    (re.compile(r"posts silent"), lambda told, _: not told.bursts),
    (re.compile(rf"(\S+) posts(?: tagged (\w+))? (raised|cleared) {_SPAN}"), _burst),
    (re.compile(rf"(\S+) posts(?: tagged (\w+))? onset holds {_TIME}"), _burst_holds),
    (re.compile(rf"(\S+) posts(?: tagged (\w+))? first raised {_SPAN}"), _burst_first),
    (re.compile(rf"(\S+) probes first raised {_SPAN}"), _probes_first),
    (re.compile(rf"(\S+) traffic (raised|cleared) (\d+) times?, first {_SPAN}"), _traffic_turned),
    (
        re.compile(r"(\S+) traffic raised nothing"),
        lambda told, match: not _struck(told, match[1], "raised"),
    ),
    (
        re.compile(r"(\S+) traffic says: (.+)"),
        lambda told, match: match[2] in told.traffic.get(match[1], ""),
    ),
    (re.compile(r"silent"), lambda told, _: not told.turns),
    (
        re.compile(r"only (\S+(?: \S+)*)"),
        lambda told, match: {turn.service for turn in told.turns} == set(match[1].split()),
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
    *diagnosed.EXPECTATIONS,
]


def is_known(line: str) -> bool:
    """Tell whether a line of a timeline says something that can be held against what was told."""
    return any(pattern.fullmatch(line) for pattern, _ in _EXPECTATIONS)


def unmet(story: Story, told: Told) -> list[str]:
    """Return the lines of the expected timeline that what was told does not meet."""
    missed = []
    for line in story.timeline:
        for pattern, check in _EXPECTATIONS:
            match = pattern.fullmatch(line)
            if match is not None:
                if not check(told, match):
                    missed.append(line)
                break
    return missed
