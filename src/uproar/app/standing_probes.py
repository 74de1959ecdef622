"""The wiring of probes that work by themselves: what they look at, which there are, and how they are asked."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from uproar.app import introduced, probing
from uproar.app.fold_state import State
from uproar.app.rota import Rota
from uproar.app.settings_probes import CheckSettings, ProbesSettings
from uproar.detect import quorum
from uproar.detect.finding import find
from uproar.errors import SettingsInvalid, UrlInvalid
from uproar.inlets.guard import Guard
from uproar.inlets.probes.design import Deadlines, Design
from uproar.inlets.probes.dispatch import Dispatch
from uproar.inlets.probes.keeping import Keeper
from uproar.inlets.probes.measure import measure
from uproar.inlets.probes.rounds import Measured, Rounds
from uproar.inlets.tokens import word_in
from uproar.model.catalog import Catalog
from uproar.model.measurement import Check
from uproar.model.probe import Origin, Result, Task, Work
from uproar.ports import Clock, DeadLetters, Journal
from uproar.present import probemetrics
from uproar.wire import weburl
from uproar.wire.probed import task_id

# Shorter than those of `uproar probe`, where a person waits: half a minute is an interval.
DEADLINES = Deadlines(lookup_s=2.0, connect_s=5.0, handshake_s=5.0, exchange_s=10.0, total_s=25.0)
WINDOWS = 3  # A look is heard for so many intervals,
WINDOW_MS_MIN = 180_000  # and for so long at least.


@dataclass(frozen=True)
class Probes:
    """The parts of one observatory that probe: its own probe, and the dispatch for agents; or neither.

    `last` is what the own probe measured last, by task; there are no more than tasks.
    """

    rounds: Rounds | None = None
    dispatch: Dispatch | None = None
    last: dict[str, probemetrics.Item] = field(default_factory=dict)

    def metrics(self) -> str:
        """Return the figures of what the own probe measured last, check by check."""
        return probemetrics.text([self.last[key] for key in sorted(self.last)])


def open_probes(
    settings: ProbesSettings,
    catalog: Catalog,
    journal: Journal,
    clock: Clock,
    state: State,
    letters: DeadLetters | None = None,
) -> Probes:
    """Return what the settings ask for. Raises SettingsInvalid, BadInput for a token of no use."""
    if not settings.enabled:
        return Probes()
    known = tasks(settings, catalog)
    controls = [weburl.check(url).url for url in settings.controls]
    here = Origin(settings.name, settings.place, settings.network, settings.resolver)
    agents = {
        agent.name: Origin(agent.name, agent.place, agent.network, agent.resolver)
        for agent in settings.agents
    }
    origins = ([here] if settings.here else []) + list(agents.values())
    rota = Rota(known, origins, controls)
    rota.remember(state)

    def noted(origin: Origin, result: Result) -> None:
        rota.noted(origin, result, clock.wall_ms())

    keeper = Keeper(
        journal,
        {task.id: task for task in known},
        controls,
        wall_ms=clock.wall_ms,
        noted=noted,
    )
    dispatch = Dispatch(
        keeper,
        agents,
        tokens(settings),
        lambda name: rota.hand_out(name, clock.wall_ms()),
        wall_ms=clock.wall_ms,
        letters=letters,
    )
    last: dict[str, probemetrics.Item] = {}
    return Probes(
        rounds=_own(settings, here, rota, keeper, clock, _noting(known, last))
        if settings.here
        else None,
        dispatch=dispatch if agents else None,
        last=last,
    )


def _noting(
    known: Sequence[Task], last: dict[str, probemetrics.Item]
) -> Callable[[Check, Measured], None]:
    """Return what notes each measurement of a task for the figures."""
    ids = {(task.url, task.expect): task for task in known}

    def note(check: Check, measured: Measured) -> None:
        task = ids.get((check.url, check.expect))
        if task is not None:
            last[task.id] = ({"service": task.service, "check": task.url}, *measured)

    return note


def _own(
    settings: ProbesSettings,
    here: Origin,
    rota: Rota,
    keeper: Keeper,
    clock: Clock,
    note: Callable[[Check, Measured], None],
) -> Rounds:
    look = measuring(design(settings.contact, settings.private_hosts))

    async def measured(check: Check) -> Measured:
        found = await look(check)
        note(check, found)
        return found

    async def ask() -> Work:
        return rota.hand_out(here.name, clock.wall_ms())

    async def tell(results: Sequence[Result]) -> None:
        await keeper.keep(here, results)

    return Rounds(
        ask,
        tell,
        measured,
        now=clock.wall_ms,
        elapsed_s=time.monotonic,
    )


def tasks(settings: ProbesSettings, catalog: Catalog) -> list[Task]:
    """Return what is looked at, each once. Raises SettingsInvalid for services that are none."""
    wanted = list(settings.checks)
    for slug in settings.services:
        known = catalog.services.get(slug)
        if known is None:
            near = catalog.did_you_mean(slug)
            hint = f"; did you mean {near}?" if near else ""
            raise SettingsInvalid(f"probes.services: there is no service {slug!r}{hint}")
        if not known.domains:
            raise SettingsInvalid(
                f"probes.services: {slug} has no domain in the catalog; add a check"
            )
        wanted.append(CheckSettings(slug, f"https://{known.domains[0]}/"))
    found: dict[str, Task] = {}
    for each in wanted:
        if each.service not in catalog.services:
            near = catalog.did_you_mean(each.service)
            hint = f"; did you mean {near}?" if near else "; add it to your catalog"
            raise SettingsInvalid(f"probes.checks: there is no service {each.service!r}{hint}")
        try:
            url = weburl.check(each.url, expect=each.expect).url
        except UrlInvalid as problem:
            raise SettingsInvalid(f"probes.checks: {problem}") from None
        name = task_id(each.service, url, each.expect)
        every_ms = 1_000 * (each.every_s or settings.interval_s)
        found.setdefault(name, Task(name, each.service, url, each.expect, every_ms))
    return list(found.values())


def quorum_design(settings: ProbesSettings) -> quorum.Design:
    """Return by what several probes are weighed: a look is heard for a few of the longest intervals."""
    longest = max([settings.interval_s, *(check.every_s for check in settings.checks)])
    return quorum.Design(window_ms=max(WINDOWS * 1_000 * longest, WINDOW_MS_MIN))


def tokens(settings: ProbesSettings) -> dict[str, str]:
    """Return the token of each agent. Raises SettingsInvalid; no message repeats a token."""
    found: dict[str, str] = {}
    for agent in settings.agents:
        found[agent.name] = word_in(Path(agent.token_file))
    if len(set(found.values())) < len(found):
        raise SettingsInvalid("probes.agents: two agents have one token; each needs its own")
    return found


def design(contact: str, private_hosts: Sequence[str]) -> Design:
    """Return how probes measure that work by themselves: through the resolvers of their machine alone.

    For those are what a probe shares with others around it; `uproar probe` asks public ones beside them.
    """
    made = probing.design_of(probing.Wanted(http3=False))
    return replace(
        made,
        agent=introduced.prober(contact),
        guard=Guard(private_hosts=frozenset(private_hosts)),
        deadlines=DEADLINES,
        resolvers=probing.resolvers_here(),
    )


def measuring(made: Design) -> Callable[[Check], Awaitable[Measured]]:
    """Return what measures one check and says what it comes to."""

    async def once(check: Check) -> Measured:
        measurement = await measure(check, made)
        return measurement, find(measurement)

    return once
