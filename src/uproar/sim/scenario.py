"""Scenarios: a day of the world from a file, as the signals that a journal would hold of it.

`load` reads a built-in scenario by its name or a file by its path; `signals` plays it; `truth` says
what really happened in it, for whoever checks what the observatory made of the signals.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from uproar.app import fold, judging
from uproar.diagnose.axes import LEAVES
from uproar.errors import ScenarioInvalid
from uproar.model.catalog import Catalog
from uproar.model.signal import OTHER_SYMPTOM, Beat, Reference, Signal
from uproar.model.tick import TICKS_PER_DAY, end_ms, tick_of
from uproar.sim import days, faults, incoming, posts, prepared, probes, reporters, told
from uproar.wire import scenariofile
from uproar.wire.scenariotable import Plan

SUFFIX = ".toml"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A plan with its name, and the digest of the files it was read from."""

    name: str
    plan: Plan
    digest: str

    @property
    def title(self) -> str:
        """What the day is called."""
        return self.plan.title

    @property
    def note(self) -> str:
        """What a reader of the pages must know: that it is a simulation, and of what."""
        return self.plan.note

    @property
    def history_start(self) -> int:
        """When the history begins, in milliseconds UTC."""
        return self.plan.span.history

    @property
    def start(self) -> int:
        """When the time that is shown begins, in milliseconds UTC."""
        return self.plan.span.start

    @property
    def end(self) -> int:
        """When it ends, in milliseconds UTC."""
        return self.plan.span.end


@dataclass(frozen=True, slots=True)
class TrueWave:
    """A wave that the scenario declares, as the reference place should show it."""

    name: str
    onset: int
    at: int
    place: str
    reports_15min: float
    published: bool


@dataclass(frozen=True, slots=True)
class TrueOutage:
    """What really happened at one service."""

    service: str
    onset: int
    end: int
    waves: tuple[TrueWave, ...]
    figures: tuple[TrueWave, ...]


def names() -> list[str]:
    """Return the names of the built-in scenarios."""
    found = (entry.name for entry in _folder().iterdir())
    return sorted(name.removesuffix(SUFFIX) for name in found if name.endswith(SUFFIX))


def load(name: str) -> Scenario:
    """Return a built-in scenario by its name, or one from a file by its path.

    Raises ScenarioInvalid with every mistake, one a line.
    """
    if name in names():
        content = (_folder() / f"{name}{SUFFIX}").read_bytes()
    else:
        path = Path(name)
        if path.suffix != SUFFIX or not path.is_file():
            raise ScenarioInvalid(
                f"{name}: no such scenario; take one of {', '.join(names())}, or the path of a file"
            )
        content = _read(path)
    file = name if name.endswith(SUFFIX) else f"{name}{SUFFIX}"
    world = _world(scenariofile.world_name(content, file), file)
    digest = hashlib.blake2b(content + b"\0" + world, digest_size=16).hexdigest()
    plan = scenariofile.decode(content, world, file)
    _named(plan, file)
    return Scenario(Path(name).stem, plan, digest)


def signals(
    scenario: Scenario, catalog: Catalog, *, since: int | None = None, until: int | None = None
) -> Iterator[tuple[int, list[Signal]]]:
    """Play a scenario: return (tick, signals) in order, each tick ending with its beat.

    `since` and `until` (ticks, the latter not included) play a part of it; the parts put together
    are the whole. During a blackout there are no ticks, and what people sent is lost.
    Raises ScenarioInvalid where the catalog has no such service, or does not offer a symptom of it.
    """
    plan = scenario.plan
    _known(plan, catalog)
    first = max(tick_of(plan.span.history), since if since is not None else 0)
    last = tick_of(plan.span.end)
    if until is not None:
        last = min(last, until)
    ready = days.stage(plan, catalog)
    tables = prepared.prepared(ready)
    once = _told(scenario)
    dark = [(tick_of(entry.assumed.since), tick_of(entry.assumed.until)) for entry in plan.blackout]
    for day in range(first // TICKS_PER_DAY, -(-last // TICKS_PER_DAY)):
        columns = days.reports(ready, day)
        arrived: list[Signal] = []
        bounds = [0] * (TICKS_PER_DAY + 1)
        if columns is not None:
            arrived.extend(reporters.values(columns, ready.texts))
            bounds = reporters.tick_bounds(columns, day)
        extras = _extras(ready, tables, once, day)
        begin = day * TICKS_PER_DAY
        for tick in range(max(begin, first), min(begin + TICKS_PER_DAY, last)):
            if any(a <= tick < b for a, b in dark):
                continue
            here = arrived[bounds[tick - begin] : bounds[tick - begin + 1]]
            if tick in extras:
                here = sorted([*extras[tick], *here], key=_at)
            here.append(Beat(end_ms(tick), tick))
            yield tick, here


def design(scenario: Scenario) -> fold.Design:
    """Return the design with which a scenario is replayed: half of its history only teaches."""
    return fold.Design(
        warmup_ticks=(tick_of(scenario.start) - tick_of(scenario.history_start)) // 2,
        judge=judging.judge(),
    )


def truth(scenario: Scenario) -> tuple[TrueOutage, ...]:
    """Return what really happened; nothing where all should stay silent.

    `figures` are all published counts, `waves` the reference place's, published or assumed.
    """
    plan = scenario.plan
    found = []
    for fault in plan.fault:
        every: list[TrueWave] = []
        reference: list[TrueWave] = []
        for place, row in faults.peaks(plan, fault).items():
            for wave, peak in zip(fault.wave, row, strict=True):
                true = TrueWave(
                    wave.name,
                    wave.assumed.onset,
                    peak.at,
                    place,
                    peak.count,
                    published=peak.origin == "published",
                )
                if place == fault.assumed.reference:
                    reference.append(true)
                if true.published:
                    every.append(true)
        found.append(
            TrueOutage(
                fault.service, fault.truth.onset, fault.truth.end, tuple(reference), tuple(every)
            )
        )
    return tuple(found)


def _told(scenario: Scenario) -> dict[int, list[Signal]]:
    """Return what is told once, by tick: the scenario's own digest, claims, notices, changes."""
    first = scenario.history_start
    found: dict[int, list[Signal]] = {
        tick_of(first): [Reference(first, f"scenario {scenario.name}", scenario.digest)]
    }
    for signal in told.told(scenario.plan):
        found.setdefault(tick_of(signal.at), []).append(signal)
    return found


def _extras(
    ready: days.Stage,
    tables: list[prepared.Prepared],
    once: Mapping[int, list[Signal]],
    day: int,
) -> dict[int, list[Signal]]:
    """Return what is no report on a UTC day, by tick."""
    found: dict[int, list[Signal]] = {}
    for tick in range(day * TICKS_PER_DAY, (day + 1) * TICKS_PER_DAY):
        if tick in once:
            found[tick] = [*once[tick]]
    sources: list[Signal] = [
        *probes.looks(ready.plan, day),
        *posts.posts(ready, day),
        *incoming.told(tables, day),
    ]
    for signal in sources:
        found.setdefault(tick_of(signal.at), []).append(signal)
    return found


def _at(signal: Signal) -> int:
    return signal.at


def _known(plan: Plan, catalog: Catalog) -> None:
    mistakes = []
    for slug in sorted(set(days.services(plan)) - set(catalog.services)):
        meant = catalog.did_you_mean(slug)
        hint = f"did you mean {meant!r}?" if meant else "add it to the catalog"
        mistakes.append(f"the catalog has no service {slug!r}; {hint}")
    for slug, symptom in sorted(set(days.symptoms(plan))):
        service = catalog.services.get(slug)
        if service is not None and symptom not in (*service.symptoms, OTHER_SYMPTOM):
            offered = ", ".join(service.symptoms)
            mistakes.append(f"{slug}: nobody can report {symptom!r} there; it offers {offered}")
    if mistakes:
        raise ScenarioInvalid("\n".join(mistakes))


def _named(plan: Plan, file: str) -> None:
    """Refuse a cause whose mechanism is no word of the taxonomy."""
    cause = plan.cause
    for word in (cause.mechanism, cause.also) if cause is not None else ():
        if word and word not in LEAVES:
            raise ScenarioInvalid(
                f"{file}: cause: {word!r} is no mechanism; take one of {', '.join(LEAVES)}"
            )


def _folder() -> Traversable:
    return files("uproar.sim") / "scenarios"


def _world(name: str, file: str) -> bytes:
    entry = _folder() / "worlds" / f"{name}{SUFFIX}"
    if not name.replace("-", "").isalnum() or not entry.is_file():
        known = sorted(each.name.removesuffix(SUFFIX) for each in (_folder() / "worlds").iterdir())
        raise ScenarioInvalid(f"{file}: there is no world {name!r}; take one of {', '.join(known)}")
    return entry.read_bytes()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(scenariofile.FILE_MAX + 1)
    except OSError as problem:
        raise ScenarioInvalid(f"{path}: cannot be read ({problem.strerror}); check it") from None
