"""All ways in of one observatory, as the settings want them: what runs by itself, what is brought, and where."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from uproar.app import changing, flowing, log_traffic, noticing, posting, standing_probes
from uproar.app.compose import Parts
from uproar.app.familiar import Networks
from uproar.app.flow_watch import FlowWatch
from uproar.inlets import proxies
from uproar.inlets.calendars import Calendars
from uproar.inlets.changes import Changes
from uproar.inlets.desk import Desk, Shown
from uproar.inlets.logs.inlet import Logs
from uproar.inlets.notices import Reader
from uproar.inlets.reporter import ReporterKey
from uproar.inlets.reports import Intake
from uproar.outlets.web import Handler
from uproar.ports import Inlet, WayIn
from uproar.present import deskpage, pages


@dataclass(frozen=True)
class WaysIn:
    """Every way in, None where the settings do not ask for it."""

    intake: Intake
    changes: Changes
    desk: Desk | None
    probes: standing_probes.Probes
    notices: Reader | None
    posts: posting.Reading | None
    calendars: Calendars | None
    flows: FlowWatch | None
    logs: Logs | None

    def inlets(self) -> list[Inlet]:
        """Return those that run by themselves."""
        posts = None if self.posts is None else self.posts.inlet
        each = (self.notices, posts, self.probes.rounds, self.calendars, self.flows, self.logs)
        return [inlet for inlet in each if inlet is not None]

    def others(self) -> list[WayIn]:
        """Return those to which signals are brought."""
        each: tuple[WayIn | None, ...] = (
            self.intake,
            self.changes if self.changes.hooks else None,
            self.desk,
            self.probes.dispatch,
        )
        return [way for way in each if way is not None]

    def measured(self) -> str:
        """Return the figures of those that tell some of their own, in Prometheus' format."""
        return self.probes.metrics() + flowing.metrics(self.flows)

    def handlers(self) -> Mapping[str, Handler]:
        """Return what answers POST, by exact path."""
        return {
            "/api/v1/reports": self.intake.api,
            **self.changes.posts(),
            **({} if self.desk is None else self.desk.posts()),
            **({} if self.probes.dispatch is None else self.probes.dispatch.posts()),
            **({} if self.posts is None else self.posts.handlers()),
        }


@asynccontextmanager
async def opened(parts: Parts) -> AsyncIterator[WaysIn]:
    """Give the ways in of an observatory; what they keep open is closed at the end."""
    settings, catalog, journal, clock = parts.settings, parts.catalog, parts.journal, parts.clock
    # All that is remembered is read from one state, between two ticks.
    with parts.pipeline.lock:
        state = parts.pipeline.state
        kept = noticing.remembered(state)
        cursor = posting.remembered(state)
        planned = changing.planned(state)
        probes = standing_probes.open_probes(
            settings.probes, catalog, journal, clock, state, parts.letters
        )
    traffic = settings.traffic
    wanted = bool(traffic.listen or traffic.logs)
    known = Networks(Path(settings.journal.folder), clock.wall_ms) if wanted else None
    async with contextlib.AsyncExitStack() as stack:
        yield WaysIn(
            intake=_intake(parts),
            changes=Changes(
                journal=journal,
                hooks=changing.hooks(settings, catalog, os.environ),
                wall_ms=clock.wall_ms,
                letters=parts.letters,
            ),
            desk=_desk(parts),
            probes=probes,
            notices=await stack.enter_async_context(
                noticing.reading(settings.notices, catalog, journal, clock, kept, parts.letters)
            ),
            posts=posting.reading(settings.posts, catalog, journal, clock, cursor),
            calendars=await stack.enter_async_context(
                changing.reading(settings, catalog, journal, clock, planned)
            ),
            flows=stack.enter_context(flowing.opened(settings, catalog, journal, clock, known)),
            logs=None
            if known is None
            else log_traffic.reading_logs(settings, journal, clock, known),
        )


def _intake(parts: Parts) -> Intake:
    return Intake(
        journal=parts.journal,
        catalog=parts.catalog,
        key=ReporterKey(Path(parts.settings.journal.folder), parts.clock.wall_ms()),
        networks=parts.networks,
        wall_ms=parts.clock.wall_ms,
        notice=pages.notice,
        proxies=proxies.proxies(
            parts.settings.server.trusted_proxies, parts.settings.server.proxy_header
        ),
    )


def _desk(parts: Parts) -> Desk | None:
    """Return the desk, None where the settings name no token."""
    tokens = changing.desk_tokens(parts.settings, os.environ)
    if not tokens:
        return None

    def page(shown: Shown) -> str:
        given = (shown.entry, shown.fields, shown.problem, shown.kept)
        return deskpage.page(parts.publisher.frame, *given)

    return Desk(parts.journal, parts.catalog, tokens, parts.clock.wall_ms, page)
