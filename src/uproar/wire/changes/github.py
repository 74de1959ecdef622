"""GitHub's webhooks: deployments and their statuses, releases, pushes to the default branch, deploying workflows.

Source: docs.github.com, "Webhook events and payloads". The event's name is in `X-GitHub-Event`. A
deployment is asked for by `deployment`, and begins, waits or ends by `deployment_status`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from uproar.errors import ChangeRejected
from uproar.model.signal import ChangeKind, ChangeState
from uproar.wire.changes.normal import (
    Draft,
    Passed,
    epoch,
    instant,
    kind_of,
    needed,
    short,
    within,
    word,
)

SOURCE = "github"

# Where a deployment stands. `inactive` says that another one has taken its place.
_STATES: dict[str, ChangeState] = {
    "pending": "planned",
    "queued": "planned",
    "waiting": "planned",
    "in_progress": "started",
    "success": "finished",
    "failure": "failed",
    "error": "failed",
}
_CONCLUSIONS: dict[str, ChangeState] = {
    "success": "finished",
    "failure": "failed",
    "timed_out": "failed",
    "startup_failure": "failed",
    "cancelled": "cancelled",
}
_HEADS = re.compile(r"refs/heads/(.+)")


def read(event: str, told: Mapping[str, Any]) -> list[Draft] | Passed:
    """Return the change that an event tells, or why it tells none. Raises ChangeRejected."""
    if event == "ping":
        return Passed("ping", "GitHub asks whether the hook answers; it does")
    reader = _READERS.get(event)
    if reader is None:
        if not event:
            raise ChangeRejected("event", "the header X-GitHub-Event is missing")
        return Passed("not-a-change", "this event tells of no change; leave it out of the hook")
    return reader(told)


def _deployment(told: Mapping[str, Any]) -> list[Draft] | Passed:
    if word(told.get("action")) not in {"", "created"}:
        return Passed("not-a-change", "the deployment was neither made nor moved on")
    # It may wait for an approval for hours: that it was asked for is not that it began.
    return [_of_deployment(told, within(told, "deployment"), "planned")]


def _deployment_status(told: Mapping[str, Any]) -> list[Draft] | Passed:
    status = within(told, "deployment_status")
    named = needed(status.get("state"), "deployment_status.state")
    if named == "inactive":
        return Passed("not-a-change", "an earlier deployment gave way to another one")
    state = _STATES.get(named)
    if state is None:
        raise ChangeRejected("state", "deployment_status.state is none that we know")
    at = instant(status.get("created_at"), "deployment_status.created_at")
    return [
        _of_deployment(
            told,
            within(told, "deployment"),
            state,
            started_at=at if state == "started" else None,
            finished_at=at if state in {"finished", "failed"} else None,
            environment=word(status.get("environment")),
            link=word(status.get("log_url")) or word(status.get("target_url")),
        )
    ]


def _of_deployment(
    told: Mapping[str, Any],
    made: Mapping[str, Any],
    state: ChangeState,
    *,
    started_at: int | None = None,
    finished_at: int | None = None,
    environment: str = "",
    link: str = "",
) -> Draft:
    task = word(made.get("task"))
    what: ChangeKind = "rollback" if kind_of(task) == "rollback" else "deploy"
    return Draft(
        source=SOURCE,
        native=f"deployment:{needed(made.get('id'), 'deployment.id')}",
        what=what,
        state=state,
        title=short(word(made.get("ref")) or word(made.get("sha"))),
        names=_names(told),
        environment=environment or word(made.get("environment")),
        revision=word(made.get("sha")),
        link=link,
        started_at=started_at,
        finished_at=finished_at,
    )


def _release(told: Mapping[str, Any]) -> list[Draft] | Passed:
    release = within(told, "release")
    if word(told.get("action")) != "published":
        return Passed("not-a-change", "of releases only the publication counts")
    if release.get("prerelease") is True or release.get("draft") is True:
        return Passed("not-a-change", "a draft or trial release reaches nobody")
    tag = needed(release.get("tag_name"), "release.tag_name")
    return [
        Draft(
            source=SOURCE,
            native=f"release:{needed(release.get('id'), 'release.id')}",
            what="deploy",
            state="finished",
            title=f"release {tag}",
            names=_names(told),
            revision=tag,
            link=word(release.get("html_url")),
            finished_at=instant(release.get("published_at"), "release.published_at"),
        )
    ]


def _push(told: Mapping[str, Any]) -> list[Draft] | Passed:
    repository = within(told, "repository")
    branch = _HEADS.fullmatch(word(told.get("ref")))
    if branch is None or branch[1] != word(repository.get("default_branch")):
        return Passed("not-a-change", "only a push to the default branch may reach a service")
    if told.get("deleted") is True:
        return Passed("not-a-change", "the branch was taken away")
    after = needed(told.get("after"), "after")
    pushed = repository.get("pushed_at")
    at = epoch(pushed, "repository.pushed_at", 1000) if not isinstance(pushed, str) else None
    return [
        Draft(
            source=SOURCE,
            native=f"push:{after}",
            what="other",
            state="finished",
            title=f"push of {short(after)} to {branch[1]}",
            names=_names(told),
            revision=after,
            link=word(told.get("compare")),
            finished_at=at if at is not None else instant(pushed, "repository.pushed_at"),
        )
    ]


def _workflow_run(told: Mapping[str, Any]) -> list[Draft] | Passed:
    run = within(told, "workflow_run")
    name = word(run.get("name")) or word(within(told, "workflow").get("name"))
    what = kind_of(name, word(run.get("path")).rpartition("/")[2])
    if what not in {"deploy", "rollback"}:
        return Passed("not-a-change", "the workflow's name says neither deploy nor release")
    if word(run.get("head_branch")) != word(within(told, "repository").get("default_branch")) and (
        word(run.get("event")) in {"pull_request", "pull_request_target", "push"}
    ):
        return Passed("not-a-change", "the workflow ran for a branch that is not the default one")
    action = word(told.get("action"))
    updated = instant(run.get("updated_at"), "workflow_run.updated_at")
    state: ChangeState
    if action == "in_progress":
        state = "started"
    elif action == "completed" and word(run.get("conclusion")) in _CONCLUSIONS:
        state = _CONCLUSIONS[word(run.get("conclusion"))]
    else:
        return Passed("not-a-change", "the workflow has changed nothing yet, or ran without effect")
    begun = instant(run.get("run_started_at"), "workflow_run.run_started_at")
    return [
        Draft(
            source=SOURCE,
            native=f"run:{needed(run.get('id'), 'workflow_run.id')}",
            what=what,
            state=state,
            title=f"{name} {short(word(run.get('head_sha')))}",
            names=_names(told),
            revision=word(run.get("head_sha")),
            link=word(run.get("html_url")),
            started_at=begun,
            finished_at=None if state == "started" else updated,
        )
    ]


def _names(told: Mapping[str, Any]) -> tuple[str, ...]:
    repository = within(told, "repository")
    names = (word(repository.get("full_name")), word(repository.get("name")))
    return tuple(name for name in names if name)


_READERS: dict[str, Callable[[Mapping[str, Any]], list[Draft] | Passed]] = {
    "deployment": _deployment,
    "deployment_status": _deployment_status,
    "release": _release,
    "push": _push,
    "workflow_run": _workflow_run,
}
