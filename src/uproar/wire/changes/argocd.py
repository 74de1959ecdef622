"""Argo CD notifications, in the body of the template that docs/howto/tell-it-about-changes.md gives.

Argo CD has no body of its own: a template is written by whoever runs it. Ours names fields as the
application's status does (argo-cd.readthedocs.io, "Notification templates").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.model.signal import ChangeState
from uproar.wire.changes.normal import Draft, Passed, instant, needed, short, word

SOURCE = "argo-cd"

_PHASES: dict[str, ChangeState] = {
    "running": "started",
    "terminating": "started",
    "succeeded": "finished",
    "failed": "failed",
    "error": "failed",
}


def read(told: Mapping[str, Any]) -> list[Draft] | Passed:
    """Return the change that a notification tells, or why it tells none. Raises ChangeRejected."""
    app = needed(told.get("app"), "app")
    phase = needed(told.get("phase"), "phase").lower()
    state = _PHASES.get(phase)
    if state is None:
        return Passed("not-a-change", "the application is not being synced")
    revision = word(told.get("revision"))
    began = instant(told.get("startedAt"), "startedAt")
    return [
        Draft(
            source=SOURCE,
            # One sync of one application; a sync has no id, and cannot begin twice in one second.
            native=f"{app}:{revision}:{word(told.get('startedAt'))}",
            what="deploy",
            state=state,
            title=f"{app} {short(revision)}" if revision else app,
            names=(app, *filter(None, (word(told.get("project")),))),
            environment=word(told.get("environment")),
            region=word(told.get("cluster")),
            revision=revision,
            link=word(told.get("url")),
            started_at=began,
            finished_at=None
            if state == "started"
            else instant(told.get("finishedAt"), "finishedAt"),
        )
    ]
