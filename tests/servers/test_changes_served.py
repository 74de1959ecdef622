"""A change told to a whole observatory stands on the incident's timeline with its distance to the onset."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from servers.served import PATIENCE_S, Reply, Served, run, until

SECRET = "a-secret-of-the-webhook-0123456789"
TOKEN = "a-token-of-the-pipeline-0123456789"
PEOPLE = [f"127.0.{n}.3" for n in range(2, 42)]
SETTINGS = """
[changes.hooks.gh]
source = "github"
services = { "acme/x" = "x" }
secret_file = "gh-secret"

[changes.hooks.ci]
source = "plain"
any_service = true
secret_file = "ci-token"
"""


def ago(minutes: float) -> str:
    moment = datetime.now(UTC) - timedelta(minutes=minutes)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def post(served: Served, path: str, body: bytes, **headers: str) -> Reply:
    """Send what a program sends: nothing but the headers it is told."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE_S)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("POST", path, body, {"content-type": "application/json", **named})
        reply = connection.getresponse()
        told = {name.lower(): value for name, value in reply.getheaders()}
        return Reply(reply.status, told, reply.read())
    finally:
        connection.close()


def github(served: Served, event: str, told: dict[str, Any], secret: str = SECRET) -> Reply:
    body = json.dumps(told).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return post(
        served,
        "/api/v1/changes/gh",
        body,
        x_github_event=event,
        x_github_delivery="d1",
        x_hub_signature_256=signature,
    )


def deployment(state: str, minutes: float, number: int = 41) -> dict[str, Any]:
    return {
        "action": "created",
        "deployment_status": {
            "id": 9,
            "state": state,
            "environment": "production",
            "creator": {"login": "somebody"},
            "created_at": ago(minutes),
        },
        "deployment": {"id": number, "sha": "c" * 40, "ref": f"v{number}", "task": "deploy"},
        "repository": {"full_name": "acme/x", "name": "x", "default_branch": "main"},
        "sender": {"login": "somebody"},
    }


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("changes")
    (folder / "gh-secret").write_text(f"{SECRET}\n")
    (folder / "ci-token").write_text(f"{TOKEN}\n")
    config = folder / "uproar.toml"
    config.write_text(SETTINGS)
    opened = Served(folder / "data", "--config", str(config))
    try:
        yield opened
        assert "Traceback" not in opened.log
        assert SECRET not in opened.log
        assert TOKEN not in opened.log
    finally:
        opened.close()


def incident_of(served: Served) -> dict[str, Any]:
    shown: dict[str, Any] = served.get("/s/x.json").json["incident"]
    return shown


def test_a_signed_deployment_stands_on_the_timeline_with_its_distance(served: Served) -> None:
    told = deployment("success", 4)
    first = github(served, "deployment_status", told)
    assert (first.status, first.json["status"]) == (202, "accepted"), first.text
    again = github(served, "deployment_status", told)
    assert again.json["ids"] == first.json["ids"]
    for address in PEOPLE:
        assert served.report(address, service="x", symptom="connect").status == 202
    until(lambda: incident_of(served) and incident_of(served)["changes"])
    incident = incident_of(served)
    (change,) = incident["changes"]
    assert (change["what"], change["state"], change["title"]) == ("deploy", "finished", "v41")
    least, most = change["to_onset_s"]
    assert 0 < least < most
    assert change["sentence"].startswith("Deployment v41 (production) finished ")
    assert "before the onset" in change["sentence"]
    page = served.get(f"/i/{incident['id']}").text
    assert "Deployment v41 (production) finished " in page
    kept = run("export", "--folder", str(served.folder)).stdout
    lines = [json.loads(line) for line in kept.splitlines() if b'"kind":"change"' in line]
    assert len(lines) == 1
    assert b"somebody" not in kept


def test_what_is_not_signed_by_the_right_secret_is_refused(served: Served) -> None:
    reply = github(
        served, "deployment_status", deployment("success", 4), "another-secret-0123456789"
    )
    assert (reply.status, reply.json["error"]["slug"]) == (401, "bad-signature")
    reply = post(served, "/api/v1/changes/gh", b"{}", x_github_event="push")
    assert (reply.status, reply.json["error"]["slug"]) == (401, "unsigned")
    reply = post(served, "/api/v1/changes/ci", b'{"text":"a"}', authorization="Bearer wrong")
    assert reply.status == 401


def test_a_ping_is_answered_and_kept_nowhere(served: Served) -> None:
    reply = github(served, "ping", {"zen": "Keep it logically awesome.", "hook_id": 1})
    assert (reply.status, reply.json["status"]) == (200, "passed-over")


def test_a_script_tells_in_plain_words_and_is_told_its_mistakes(served: Served) -> None:
    bearer = f"Bearer {TOKEN}"
    body = json.dumps({"text": "v7", "service": "github", "kind": "deploy"}).encode()
    reply = post(served, "/api/v1/changes/ci", body, authorization=bearer)
    assert reply.status == 202, reply.text
    form = b"text=Rules+moved&service=github&kind=config"
    reply = post(
        served, "/api/v1/changes/ci", form, authorization=bearer,
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert reply.status == 202, reply.text
    wrong = json.dumps({"text": "v7", "service": "github", "kind": "deply"}).encode()
    reply = post(served, "/api/v1/changes/ci", wrong, authorization=bearer)
    assert (reply.status, reply.json["error"]["slug"]) == (422, "unknown-kind")
    seen = served.get("/readyz").json["ways_in"]
    (changes,) = [way["seeing"] for way in seen if way["name"] == "changes"]
    assert changes["rejected"]["unknown-kind"] == 1
