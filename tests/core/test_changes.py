"""What each source tells of changes: payloads in the form its own documents give, and what they come to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from uproar.errors import ChangeRejected
from uproar.model.signal import Change
from uproar.model.tick import parse_iso
from uproar.wire import changes
from uproar.wire.changes.normal import Subject

NOW = parse_iso("2025-03-10T10:00:00Z")
X = Subject(service="x")
SHA = "3f2a1bc0" * 5
JSON = {"content-type": "application/json"}


def told(
    source: changes.Source,
    body: Any,
    subject: Subject = X,
    **headers: str,
) -> changes.Told:
    named = {**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return changes.read(source, named, raw, subject, NOW)


def one(source: changes.Source, body: Any, subject: Subject = X, **headers: str) -> Change:
    (change,) = told(source, body, subject, **headers).changes
    return change


def passed(source: changes.Source, body: Any, subject: Subject = X, **headers: str) -> str:
    found = told(source, body, subject, **headers)
    assert found.changes == ()
    return found.passed[0].slug


# ---------------------------------------------------------------- GitHub

REPOSITORY = {"full_name": "acme/x", "name": "x", "default_branch": "main", "pushed_at": 1741600000}


def github_status(state: str, **more: Any) -> dict[str, Any]:
    deployment = {
        "id": 41, "sha": SHA, "ref": "v41", "task": "deploy", "environment": "production",
        "description": "by somebody", "creator": {"login": "somebody"},
        "created_at": "2025-03-10T09:38:00Z",
    }  # fmt: skip
    return {
        "action": "created",
        "deployment_status": {
            "state": state, "environment": "production", "created_at": "2025-03-10T09:44:00Z",
            "log_url": "https://github.com/acme/x/runs/1", "creator": {"login": "somebody"},
        },
        "deployment": {**deployment, **more},
        "repository": REPOSITORY,
        "sender": {"login": "somebody"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "stands"),
    [
        ("pending", "planned"),
        ("queued", "planned"),
        ("waiting", "planned"),
        ("in_progress", "started"),
        ("success", "finished"),
        ("failure", "failed"),
        ("error", "failed"),
    ],
)
def test_a_deployment_of_github_stands_where_its_status_says(state: str, stands: str) -> None:
    change = one("github", github_status(state), x_github_event="deployment_status")
    assert change.state == stands
    assert (change.native, change.title, change.what) == ("deployment:41", "v41", "deploy")
    assert change.environment == "production"
    at = parse_iso("2025-03-10T09:44:00Z")
    assert change.finished_at == (at if stands in {"finished", "failed"} else None)
    assert change.started_at == (at if stands == "started" else None)
    assert b"somebody" not in json.dumps(change.title + change.link + change.native).encode()


def test_a_deployment_that_is_asked_for_has_not_begun() -> None:
    body = {**github_status("success"), "action": "created"}
    change = one("github", body, x_github_event="deployment")
    assert (change.native, change.state) == ("deployment:41", "planned")
    assert (change.started_at, change.finished_at) == (None, None)


def test_a_rollback_is_known_by_the_task_of_its_deployment() -> None:
    change = one(
        "github", github_status("success", task="rollback"), x_github_event="deployment_status"
    )
    assert change.what == "rollback"


def test_an_inactive_deployment_is_no_change() -> None:
    assert (
        passed("github", github_status("inactive"), x_github_event="deployment_status")
        == "not-a-change"
    )


def test_a_form_of_github_holds_its_payload_in_a_field() -> None:
    body = b"payload=" + b"".join(
        b"%%%02X" % byte for byte in json.dumps(github_status("success")).encode()
    )
    change = one(
        "github", body, x_github_event="deployment_status",
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert change.native == "deployment:41"


def push(ref: str = "refs/heads/main", **more: Any) -> dict[str, Any]:
    return {"ref": ref, "after": SHA, "deleted": False, "repository": REPOSITORY, **more}


def test_a_push_to_the_default_branch_is_a_change_and_no_other_is() -> None:
    change = one("github", push(), x_github_event="push")
    assert change.title == "push of 3f2a1bc to main"
    assert change.finished_at == 1741600000_000
    for body in (push("refs/heads/fix"), push("refs/tags/v41"), push(deleted=True)):
        assert passed("github", body, x_github_event="push") == "not-a-change"


def test_only_a_published_release_that_is_no_trial_counts() -> None:
    release = {
        "id": 7,
        "tag_name": "v41",
        "published_at": "2025-03-10T09:44:00Z",
        "html_url": "https://e.org",
    }
    body = {"action": "published", "release": release, "repository": REPOSITORY}
    assert one("github", body, x_github_event="release").title == "release v41"
    for wrong in (
        {**body, "action": "edited"},
        {**body, "release": {**release, "prerelease": True}},
        {**body, "release": {**release, "draft": True}},
    ):
        assert passed("github", wrong, x_github_event="release") == "not-a-change"


def run(name: str, action: str = "completed", **more: Any) -> dict[str, Any]:
    made = {
        "id": 5, "name": name, "head_branch": "main", "head_sha": SHA, "event": "push",
        "conclusion": "success", "run_started_at": "2025-03-10T09:40:00Z",
        "updated_at": "2025-03-10T09:44:00Z", "path": ".github/workflows/ci.yml",
    }  # fmt: skip
    return {"action": action, "workflow_run": {**made, **more}, "repository": REPOSITORY}


@pytest.mark.parametrize(
    ("body", "stands"),
    [
        (run("Deploy to production"), "finished"),
        (run("Deploy", conclusion="failure"), "failed"),
        (run("Deploy", conclusion="cancelled"), "cancelled"),
        (run("Deploy", "in_progress", conclusion=None), "started"),
        (run("Deploy", event="workflow_dispatch", head_branch="hotfix"), "finished"),
        (run("Tests"), ""),
        (run("Deploy", "requested"), ""),
        (run("Deploy", conclusion="skipped"), ""),
        (run("Deploy", event="pull_request", head_branch="fix"), ""),
    ],
)  # fmt: skip
def test_a_workflow_counts_where_its_name_says_that_it_deploys(body: Any, stands: str) -> None:
    found = told("github", body, x_github_event="workflow_run")
    assert [change.state for change in found.changes] == ([stands] if stands else [])


def test_pings_and_other_events_are_passed_over() -> None:
    assert passed("github", {"zen": "Design for failure."}, x_github_event="ping") == "ping"
    assert passed("github", {"action": "opened"}, x_github_event="issues") == "not-a-change"
    with pytest.raises(ChangeRejected, match="X-GitHub-Event"):
        told("github", {})


# ---------------------------------------------------------------- environments, services


def test_trial_environments_do_not_count_unless_they_are_named() -> None:
    for environment in ("staging", "preview/pr-12", "Dev", "review/fix", "qa-2"):
        body = github_status("success")
        body["deployment_status"]["environment"] = environment
        assert passed("github", body, x_github_event="deployment_status") == "environment"
        only = Subject("x", environments=(environment.upper(),))
        assert one("github", body, only, x_github_event="deployment_status").service == "x"
    only = Subject("x", environments=("eu-prod",))
    assert (
        passed("github", github_status("success"), only, x_github_event="deployment_status")
        == "environment"
    )


def test_a_name_of_the_source_counts_only_where_the_operator_gave_it_a_service() -> None:
    mapped = Subject(services={"acme/x": "github"})
    assert one("github", push(), mapped, x_github_event="push").service == "github"
    with pytest.raises(ChangeRejected) as refused:
        told("github", push(), Subject(services={"acme/y": "x"}), x_github_event="push")
    assert refused.value.slug == "unknown-service"
    body = {"text": "v1", "service": "github"}
    assert one("plain", body).service == "x"
    assert one("plain", body, Subject(known=frozenset({"github"}))).service == "github"


# ---------------------------------------------------------------- GitLab

PROJECT = {
    "path_with_namespace": "acme/x",
    "name": "x",
    "default_branch": "main",
    "web_url": "https://gitlab.com/acme/x",
}


def gitlab_deployment(status: str) -> dict[str, Any]:
    return {
        "object_kind": "deployment", "status": status, "deployment_id": 15, "ref": "v41",
        "status_changed_at": "2025-03-10 11:44:00 +0200", "environment": "production",
        "project": PROJECT, "short_sha": SHA[:8], "user": {"username": "somebody"},
        "commit_url": f"https://gitlab.com/acme/x/-/commit/{SHA}",
    }  # fmt: skip


def test_a_deployment_of_gitlab_has_its_own_way_of_writing_time() -> None:
    change = one("gitlab", gitlab_deployment("success"))
    assert change.finished_at == parse_iso("2025-03-10T09:44:00Z")
    assert (change.native, change.revision, change.state) == ("deployment:15", SHA, "finished")
    assert one("gitlab", gitlab_deployment("canceled")).state == "cancelled"
    assert one("gitlab", gitlab_deployment("blocked")).state == "planned"
    assert passed("gitlab", gitlab_deployment("skipped")) == "not-a-change"
    with pytest.raises(ChangeRejected):
        told("gitlab", gitlab_deployment("levitating"))


def pipeline(status: str, build: str = "success", **more: Any) -> dict[str, Any]:
    job = {
        "name": "deploy", "stage": "deploy", "status": build,
        "started_at": "2025-03-10 09:42:00 UTC",
        "environment": {"name": "production", "action": "start", "deployment_tier": "production"},
    }  # fmt: skip
    attributes = {
        "id": 31, "ref": "main", "tag": False, "sha": SHA, "status": status,
        "finished_at": "2025-03-10 09:45:00 UTC", "url": "https://gitlab.com/acme/x/-/pipelines/31",
    }  # fmt: skip
    return {
        "object_kind": "pipeline", "object_attributes": {**attributes, **more},
        "project": PROJECT, "builds": [{"name": "test", "status": "success"}, job],
    }  # fmt: skip


def test_a_pipeline_counts_once_it_deploys() -> None:
    change = one("gitlab", pipeline("success"))
    assert (change.environment, change.state) == ("production", "finished")
    assert change.started_at == parse_iso("2025-03-10T09:42:00Z")
    assert one("gitlab", pipeline("failed", "failed")).state == "failed"
    assert passed("gitlab", pipeline("failed", "skipped")) == "not-a-change"
    assert passed("gitlab", pipeline("success", ref="fix")) == "not-a-change"
    assert passed("gitlab", {**pipeline("success"), "builds": []}) == "not-a-change"
    rollback = pipeline("success")
    rollback["builds"][1]["name"] = "rollback production"
    assert one("gitlab", rollback).what == "rollback"


def test_pushes_and_releases_of_gitlab() -> None:
    body = {"object_kind": "push", "ref": "refs/heads/main", "after": SHA, "project": PROJECT}
    assert one("gitlab", body).link == f"https://gitlab.com/acme/x/-/commit/{SHA}"
    assert passed("gitlab", {**body, "ref": "refs/heads/fix"}) == "not-a-change"
    assert passed("gitlab", {**body, "after": "0" * 40}) == "not-a-change"
    release = {
        "object_kind": "release", "id": 1, "action": "create", "tag": "v41", "project": PROJECT,
        "released_at": "2025-03-10 09:44:00 UTC", "url": "https://gitlab.com/acme/x/-/releases/v41",
    }  # fmt: skip
    assert one("gitlab", release).title == "release v41"
    assert passed("gitlab", {**release, "action": "delete"}) == "not-a-change"
    assert passed("gitlab", {"object_kind": "note"}) == "not-a-change"


# ---------------------------------------------------------------- the others


def test_a_sync_of_argo_cd_in_the_body_of_our_template() -> None:
    body = {
        "app": "x-web", "project": "default", "phase": "Succeeded", "revision": SHA,
        "startedAt": "2025-03-10T09:41:00Z", "finishedAt": "2025-03-10T09:44:00Z",
        "cluster": "eu-1", "url": "https://argo.example.org/applications/x-web",
    }  # fmt: skip
    change = one("argo-cd", body, Subject(services={"x-web": "x"}))
    assert (change.title, change.state, change.region) == ("x-web 3f2a1bc", "finished", "eu-1")
    begun = one("argo-cd", {**body, "phase": "Running", "finishedAt": ""})
    assert (begun.native, begun.state, begun.finished_at) == (change.native, "started", None)
    assert one("argo-cd", {**body, "phase": "Failed"}).state == "failed"
    assert passed("argo-cd", {**body, "phase": "Degraded"}) == "not-a-change"


def test_an_annotation_of_grafana() -> None:
    body = {
        "dashboardUID": "a", "panelId": 1, "time": 1741599720000, "timeEnd": 1741599840000,
        "tags": ["deploy", "service:x-web", "env:production"], "text": "Release of v41",
    }  # fmt: skip
    change = one("grafana", body, Subject(services={"x-web": "x"}))
    assert (change.what, change.environment, change.title) == (
        "deploy",
        "production",
        "Release of v41",
    )
    assert (change.started_at, change.finished_at) == (1741599720000, 1741599840000)
    assert one("grafana", {"time": 1741599720000, "text": "Rolled back to v40"}).what == "rollback"
    assert passed("grafana", {**body, "newState": "alerting"}) == "not-a-change"
    with pytest.raises(ChangeRejected):
        told("grafana", {"time": 1})


def entry(action: str = "updateOn", **more: Any) -> dict[str, Any]:
    return {
        "_id": "5f2", "date": 1741599840000, "kind": "flag", "name": "new-login",
        "titleVerb": "turned on the flag", "comment": "by somebody", "member": {"email": "s@e.org"},
        "accesses": [{"action": action, "resource": "proj/web:env/production:flag/new-login;t"}],
        **more,
    }  # fmt: skip


def test_an_entry_of_launchdarkly_counts_where_it_changes_what_people_get() -> None:
    change = one("launchdarkly", entry(), Subject(services={"web": "x"}))
    assert (change.what, change.title) == ("flag", "new-login: turned on the flag")
    assert (change.environment, change.finished_at) == ("production", 1741599840000)
    for action in (
        "updateName",
        "updateDescription",
        "updateTags",
        "createFlag",
        "createApprovalRequest",
    ):
        assert passed("launchdarkly", entry(action)) == "not-a-change"
    assert passed("launchdarkly", entry(kind="member")) == "not-a-change"
    test = [{"action": "updateOn", "resource": "proj/web:env/test:flag/new-login"}]
    assert passed("launchdarkly", entry(accesses=test)) == "environment"


def test_a_change_event_of_pagerduty() -> None:
    body = {
        "routing_key": "k" * 32,
        "payload": {
            "summary": "Build Success - Deployed v41, ask ops@example.org",
            "timestamp": "2025-03-10T09:44:00.000+0000",
            "source": "x-web",
            "custom_details": {"environment": "production"},
        },
        "links": [{"href": "https://ci.example.org/41", "text": "View"}],
    }
    change = one("pagerduty", body, Subject(services={"x-web": "x"}))
    assert change.title == "Build Success - Deployed v41, ask […]"
    assert (change.what, change.link) == ("deploy", "https://ci.example.org/41")
    assert change.finished_at == parse_iso("2025-03-10T09:44:00Z")


def terraform(trigger: str, status: str) -> dict[str, Any]:
    return {
        "payload_version": 1, "run_id": "run-1", "run_url": "https://app.terraform.io/app/o/x/runs/run-1",
        "run_created_by": "somebody", "workspace_name": "x-prod", "organization_name": "acme",
        "notifications": [
            {
                "message": "Run Applied", "trigger": trigger, "run_status": status,
                "run_updated_at": "2025-03-10T09:44:00.000Z", "run_updated_by": "somebody",
            }
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("trigger", "status", "stands"),
    [
        ("run:applying", "applying", "started"),
        ("run:completed", "applied", "finished"),
        ("run:errored", "errored", "failed"),
        ("run:completed", "planned_and_finished", ""),
        ("run:planning", "planning", ""),
        ("run:needs_attention", "planned", ""),
        ("verification", "", ""),
    ],
)
def test_a_run_of_terraform_counts_once_it_applies(trigger: str, status: str, stands: str) -> None:
    found = told("terraform", terraform(trigger, status), Subject(services={"acme/x-prod": "x"}))
    assert [change.state for change in found.changes] == ([stands] if stands else [])


CLOUD = {"specversion": "1.0", "id": "e1", "source": "/ci", "time": "2025-03-10T09:44:00Z"}


def cdevent(kind: str) -> dict[str, Any]:
    return {
        "context": {"version": "0.4.1", "id": "e1", "source": "/ci", "type": kind, "timestamp": "2025-03-10T09:44:00Z"},
        "subject": {
            "id": "team/x-web", "type": "service",
            "content": {"environment": {"id": "production"}, "artifactId": "pkg:oci/x@sha256:" + "ab" * 32},
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("dev.cdevents.service.deployed.0.2.0", "deploy"),
        ("dev.cdevents.service.upgraded.0.2.0", "deploy"),
        ("dev.cdevents.service.rolledback.0.2.0", "rollback"),
        ("dev.cdevents.service.removed.0.2.0", "infra"),
        ("dev.cdevents.service.deployed.0.3.0-draft", "deploy"),
        ("dev.cdevents.incident.detected.0.2.0", ""),
        ("dev.cdevents.pipelinerun.finished.0.2.0", ""),
    ],
)
def test_cdevents_come_in_every_mode_of_cloudevents(kind: str, what: str) -> None:
    event = {**CLOUD, "type": kind, "data": cdevent(kind)}
    subject = Subject(services={"x-web": "x"})
    structured = told("cloudevents", event, subject, content_type="application/cloudevents+json")
    batch = told(
        "cloudevents",
        [event],
        subject,
        content_type="application/cloudevents-batch+json; charset=utf-8",
    )
    attributes = {f"ce_{name}": value for name, value in {**CLOUD, "type": kind}.items()}
    binary = told("cloudevents", cdevent(kind), subject, **attributes)
    assert structured == batch == binary
    assert [change.what for change in structured.changes] == ([what] if what else [])
    if what:
        (change,) = structured.changes
        assert (change.native, change.source) == ("/ci e1", "cdevents")
        assert change.title == "team/x-web abababa"


def test_a_cloud_event_of_ones_own_holds_a_change_in_plain_words() -> None:
    event = {
        **CLOUD,
        "type": "org.example.changed",
        "data": {"text": "v41", "kind": "deploy", "more": 1},
    }
    change = one("cloudevents", event, content_type="application/cloudevents+json")
    assert (change.title, change.finished_at) == ("v41", parse_iso("2025-03-10T09:44:00Z"))
    event["data"] = {"order": 7}
    assert (
        passed("cloudevents", event, content_type="application/cloudevents+json") == "unknown-type"
    )
    for wrong in ({**event, "specversion": "0.3"}, {**event, "id": ""}, {**event, "data": "text"}):
        with pytest.raises(ChangeRejected):
            told("cloudevents", wrong, content_type="application/cloudevents+json")
    with pytest.raises(ChangeRejected, match="at most 50 events"):
        told("cloudevents", [event] * 51, content_type="application/cloudevents-batch+json")


# ---------------------------------------------------------------- plain words


def test_plain_words_stand_where_their_times_say() -> None:
    assert one("plain", {"text": "v1"}).state == "finished"
    assert one("plain", {"text": "v1", "started": "2025-03-10T09:00:00+01:00"}).state == "started"
    change = one(
        "plain", {"text": "v1", "started": 1741599720000, "finished": "2025-03-10T09:44:00Z"}
    )
    assert (change.state, change.started_at) == ("finished", 1741599720000)
    window = {
        "text": "Move",
        "kind": "maintenance",
        "planned": True,
        "started": "2025-06-10T09:00:00Z",
        "until": "2025-06-10T10:00:00Z",
    }
    assert one("plain", window).state == "planned"


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({}, "text-missing"),
        ({"text": ""}, "text-missing"),
        ({"text": ["v1"]}, "wrong-type"),
        ({"text": "v1", "actor": "A"}, "unknown-field"),
        ({"text": "v1", "kind": "deply"}, "unknown-kind"),
        ({"text": "v1", "state": "done"}, "unknown-state"),
        ({"text": "v1", "planned": "maybe"}, "wrong-type"),
        ({"text": "v1", "link": "http://e.org"}, "link"),
        ({"text": "v1", "finished": "yesterday"}, "instant"),
        ({"text": "v1", "finished": "2025-03-10T09:44:00"}, "instant"),
        ({"text": "v1", "finished": 1741599}, "instant"),
        ({"text": "v1", "finished": "1999-03-10T09:44:00Z"}, "instant"),
        ({"text": "v1", "finished": "2025-03-10T10:11:00Z"}, "from-the-future"),
        ({"text": "v1", "planned": True, "started": "2027-03-10T10:11:00Z"}, "from-the-future"),
        ([], "shape"),
        (b"\xff", "json-invalid"),
        (b"", "json-invalid"),
        (b"[" * 10_000, "json-invalid"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_a_slug(body: Any, slug: str) -> None:
    with pytest.raises(ChangeRejected) as refused:
        told("plain", body)
    assert refused.value.slug == slug


def test_what_comes_late_is_taken_and_a_beginning_after_the_end_is_not() -> None:
    change = one(
        "plain",
        {"text": "v1", "finished": "2024-01-01T00:00:00Z", "started": "2024-02-01T00:00:00Z"},
    )
    assert (change.started_at, change.finished_at) == (None, parse_iso("2024-01-01T00:00:00Z"))


def test_texts_are_cut_and_cleaned() -> None:
    change = one(
        "plain", {"text": "v\u202e1 <b>\x00" + "y" * 900, "id": "n" * 900, "link": "https://e.org"}
    )
    assert len(change.title) == 200
    assert change.title.startswith("v1 y")
    assert len(change.native) == 32
