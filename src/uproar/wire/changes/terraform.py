"""Terraform's run notifications (HCP Terraform and Terraform Enterprise): what an apply did.

Source: developer.hashicorp.com, "Notification configurations", payload version 1. A plan changes
nothing; what counts begins with `run:applying`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.errors import ChangeRejected
from uproar.model.signal import ChangeState
from uproar.wire.changes.normal import Draft, Passed, instant, needed, objects, word

SOURCE = "terraform"


def read(told: Mapping[str, Any]) -> list[Draft] | Passed:
    """Return the change that a notification tells, or why it tells none. Raises ChangeRejected."""
    if told.get("payload_version") != 1:
        raise ChangeRejected("shape", "payload_version is none that we know; 1 is")
    notes = objects(told.get("notifications"))
    if not notes:
        raise ChangeRejected("shape", "notifications is missing")
    note = notes[-1]
    trigger, status = word(note.get("trigger")), word(note.get("run_status"))
    if trigger == "verification":
        return Passed("ping", "Terraform asks whether the hook answers; it does")
    state = _state(trigger, status)
    if state is None:
        return Passed("not-a-change", "the run has applied nothing")
    at = instant(note.get("run_updated_at"), "notifications.run_updated_at")
    run = needed(told.get("run_id"), "run_id")
    workspace = needed(told.get("workspace_name"), "workspace_name")
    organization = word(told.get("organization_name"))
    return [
        Draft(
            source=SOURCE,
            native=run,
            what="infra",
            state=state,
            title=f"apply of {workspace}",
            names=(f"{organization}/{workspace}", workspace),
            link=word(told.get("run_url")),
            started_at=at if state == "started" else None,
            finished_at=at if state in {"finished", "failed"} else None,
        )
    ]


def _state(trigger: str, status: str) -> ChangeState | None:
    if trigger == "run:applying" or status == "applying":
        return "started"
    if trigger == "run:completed" and status == "applied":
        return "finished"
    # Whether it failed in the plan or in the apply is not told; an apply that fails leaves half of it done.
    return "failed" if trigger == "run:errored" else None
