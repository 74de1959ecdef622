"""GitLab's webhooks: deployments, pipelines that deploy, releases, pushes to the default branch.

Source: docs.gitlab.com, "Webhook events". What kind it is stands in the body's `object_kind`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from uproar.errors import ChangeRejected
from uproar.model.signal import ChangeKind, ChangeState
from uproar.wire.changes.normal import (
    Draft,
    Passed,
    instant,
    kind_of,
    needed,
    objects,
    short,
    within,
    word,
)

SOURCE = "gitlab"

_STATES: dict[str, ChangeState] = {
    "created": "planned",
    "blocked": "planned",
    "running": "started",
    "success": "finished",
    "failed": "failed",
    "canceled": "cancelled",
    "canceling": "cancelled",
}
_HEADS = "refs/heads/"
_GONE = "0" * 40  # What a branch that was taken away points to.


def read(told: Mapping[str, Any]) -> list[Draft] | Passed:
    """Return the change that a body tells, or why it tells none. Raises ChangeRejected."""
    kind = needed(told.get("object_kind"), "object_kind")
    reader = _READERS.get(kind)
    if reader is None:
        return Passed("not-a-change", "this event tells of no change; leave it out of the hook")
    return reader(told)


def _deployment(told: Mapping[str, Any]) -> list[Draft] | Passed:
    named = needed(told.get("status"), "status")
    if named == "skipped":
        return Passed("not-a-change", "the deployment was skipped")
    if named not in _STATES:
        raise ChangeRejected("state", "status is none that we know of a deployment")
    state = _STATES[named]
    at = instant(told.get("status_changed_at"), "status_changed_at")
    return [
        Draft(
            source=SOURCE,
            native=f"deployment:{needed(told.get('deployment_id'), 'deployment_id')}",
            what="deploy",
            state=state,
            title=short(word(told.get("ref")) or word(told.get("short_sha"))),
            names=_names(told),
            environment=word(told.get("environment")),
            # The address of the commit is the only place where its whole digest stands.
            revision=word(told.get("commit_url")).rpartition("/")[2] or word(told.get("short_sha")),
            link=word(told.get("deployable_url")),
            started_at=at if state == "started" else None,
            finished_at=at if state in {"finished", "failed"} else None,
        )
    ]


def _pipeline(told: Mapping[str, Any]) -> list[Draft] | Passed:
    run = within(told, "object_attributes")
    deploying = [
        build
        for build in objects(told.get("builds"))
        if word(within(build, "environment").get("action")) == "start"
    ]
    if not deploying:
        return Passed("not-a-change", "none of the pipeline's jobs deploys to an environment")
    if word(run.get("ref")) != _default_branch(told) and run.get("tag") is not True:
        return Passed("not-a-change", "the pipeline ran for a branch that is not the default one")
    named = needed(run.get("status"), "object_attributes.status")
    if named not in {"running", "success", "failed", "canceled"}:
        return Passed("not-a-change", "the pipeline has not begun to deploy")
    reached = [build for build in deploying if word(build.get("status")) not in _UNREACHED]
    if not reached:
        return Passed("not-a-change", "the pipeline ended before it deployed")
    what: ChangeKind = "rollback" if any(_is_rollback(build) for build in reached) else "deploy"
    state = _STATES[named]
    sha = word(run.get("sha"))
    return [
        Draft(
            source=SOURCE,
            native=f"pipeline:{needed(run.get('id'), 'object_attributes.id')}",
            what=what,
            state=state,
            title=f"pipeline of {short(sha)}",
            names=_names(told),
            environment=word(within(reached[-1], "environment").get("name")),
            revision=sha,
            link=word(run.get("url")),
            started_at=instant(reached[0].get("started_at"), "builds.started_at"),
            finished_at=instant(run.get("finished_at"), "object_attributes.finished_at"),
        )
    ]


_UNREACHED = frozenset({"created", "pending", "skipped", "manual", "scheduled", "canceled", ""})


def _is_rollback(build: Mapping[str, Any]) -> bool:
    return kind_of(word(build.get("name")), word(build.get("stage"))) == "rollback"


def _release(told: Mapping[str, Any]) -> list[Draft] | Passed:
    if word(told.get("action")) != "create":
        return Passed("not-a-change", "of releases only the creation counts")
    tag = needed(told.get("tag"), "tag")
    return [
        Draft(
            source=SOURCE,
            native=f"release:{needed(told.get('id'), 'id')}",
            what="deploy",
            state="finished",
            title=f"release {tag}",
            names=_names(told),
            revision=tag,
            link=word(told.get("url")),
            finished_at=instant(told.get("released_at"), "released_at"),
        )
    ]


def _push(told: Mapping[str, Any]) -> list[Draft] | Passed:
    branch = word(told.get("ref")).removeprefix(_HEADS)
    if branch != _default_branch(told):
        return Passed("not-a-change", "only a push to the default branch may reach a service")
    after = needed(told.get("after"), "after")
    if after == _GONE:
        return Passed("not-a-change", "the branch was taken away")
    return [
        Draft(
            source=SOURCE,
            native=f"push:{after}",
            what="other",
            state="finished",
            title=f"push of {short(after)} to {branch}",
            names=_names(told),
            revision=after,
            link=f"{word(within(told, 'project').get('web_url'))}/-/commit/{after}",
        )
    ]


def _default_branch(told: Mapping[str, Any]) -> str:
    return word(within(told, "project").get("default_branch")) or "main"


def _names(told: Mapping[str, Any]) -> tuple[str, ...]:
    project = within(told, "project")
    names = (word(project.get("path_with_namespace")), word(project.get("name")))
    return tuple(name for name in names if name)


_READERS: dict[str, Callable[[Mapping[str, Any]], list[Draft] | Passed]] = {
    "deployment": _deployment,
    "pipeline": _pipeline,
    "release": _release,
    "push": _push,
}
