"""What is said and announced in a scenario: claims, the owner's status page, changes."""

from __future__ import annotations

from collections.abc import Iterator

from uproar.model.signal import Change, Claim, Notice
from uproar.wire.scenariotable import Plan


def told(plan: Plan) -> Iterator[Claim | Notice | Change]:
    """Return all that was told, each as of when we were told of it or first saw it."""
    for entry in plan.claim:
        known = "" if entry.said_at is not None else "minute assumed"
        yield Claim(
            at=entry.assumed.at,
            service=entry.service,
            by=entry.by,
            said=entry.said,
            where="; ".join(part for part in (entry.where, known) if part),
            link=entry.link,
            said_at=entry.said_at,
            role=entry.role,
            asserts=entry.asserts,
        )
    for page in plan.notice:
        yield Notice(
            at=page.assumed.at,
            service=page.service,
            page=page.page,
            native=page.native,
            state=page.state,
            phase=page.phase,
            title=page.title,
            components=page.components,
            created_at=page.created_at,
            started_at=page.started_at,
            resolved_at=page.resolved_at,
            until_at=page.until_at,
            link=page.link,
        )
    for change in plan.change:
        yield Change(
            at=change.assumed.at,
            service=change.service,
            source=change.teller,
            native=change.native,
            what=change.what,
            state=change.state,
            title=change.title,
            environment=change.environment,
            region=change.region,
            revision=change.revision,
            link=change.link,
            planned=change.planned,
            started_at=change.started_at,
            finished_at=change.finished_at,
            until_at=change.until_at,
        )
