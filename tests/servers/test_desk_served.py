"""Statements and changes entered at the desk of a whole observatory, with its token and without."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from servers.chromium import BINARY, browser
from servers.served import PATIENCE_S, Reply, Served, until

TOKEN = "the-token-of-the-desk-0123456789"
PEOPLE = [f"127.0.{n}.4" for n in range(2, 42)]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "token").write_text(f"{TOKEN}\n")
    config = folder / "uproar.toml"
    config.write_text('[desk]\ntoken_file = "token"\n')
    opened = Served(folder / "data", "--config", str(config))
    try:
        for address in PEOPLE:
            assert opened.report(address, service="x", symptom="connect").status == 202
        until(lambda: incident_of(opened))
        yield opened
        assert "Traceback" not in opened.log
        assert TOKEN not in opened.log
    finally:
        opened.close()


def post(served: Served, path: str, body: bytes, kind: str, **headers: str) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE_S)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("POST", path, body, {"content-type": kind, **named})
        reply = connection.getresponse()
        told = {name.lower(): value for name, value in reply.getheaders()}
        return Reply(reply.status, told, reply.read())
    finally:
        connection.close()


def claim(served: Served, token: str = TOKEN, **fields: Any) -> Reply:
    body = json.dumps(fields).encode()
    kind = "application/json"
    return post(served, "/api/v1/claims", body, kind, authorization=f"Bearer {token}")


def enter(served: Served, token: str = TOKEN, **fields: str) -> Reply:
    body = urlencode({**fields, "token": token}).encode()
    return post(served, "/desk", body, FORM, sec_fetch_site="same-origin")


def incident_of(served: Served) -> dict[str, Any]:
    shown: dict[str, Any] = served.get("/s/x.json").json["incident"]
    return shown


def texts(served: Served) -> list[str]:
    return [line["text"] for line in incident_of(served)["claims"]]


def listed(served: Served) -> dict[str, Any]:
    return {each["native"]: each for each in served.get("/api/v1/claims").json}


def test_a_statement_is_shown_corrected_and_withdrawn(served: Served) -> None:
    reply = claim(
        served, service="Twitter", by="The owner", where="a post", said="We know of it.",
        link="https://example.org/1", native="owner-1",
    )  # fmt: skip
    assert reply.status == 202, reply.text
    assert (reply.json["service"], reply.json["native"]) == ("x", "owner-1")
    until(lambda: texts(served) == ["The owner (a post): We know of it."])
    claim(served, service="x", by="The owner", said="We are on it.", native="owner-1")
    until(lambda: texts(served) == ["The owner: We are on it."])
    assert [each["said"] for each in listed(served).values()] == ["We are on it."]
    assert claim(served, service="x", native="owner-1", withdrawn=True).status == 202
    until(lambda: texts(served) == ["The owner: We are on it. [withdrawn since]"])


def test_the_page_takes_a_statement_and_a_change_and_never_shows_the_token(served: Served) -> None:
    page = served.get("/desk")
    assert (page.status, page.headers["cache-control"]) == (200, "no-store")
    assert 'name="token" type="password"' in page.text
    reply = enter(
        served, entry="claim", service="x", by="A spokesperson", said="All is well.", where="",
        link="", said_at="", native="spoken-1", role="operator",
        asserts="mechanism=config-error, agency=human-error",
    )  # fmt: skip
    assert reply.status == 200, reply.text
    assert "<b>spoken-1</b>" in reply.text
    until(lambda: "spoken-1" in listed(served))
    assert listed(served)["spoken-1"]["role"] == "operator"
    assert listed(served)["spoken-1"]["asserts"][1] == {"axis": "agency", "value": "human-error"}
    assert TOKEN not in reply.text
    reply = enter(served, entry="change", service="x", text="v41", kind="deploy", state="")
    assert reply.status == 200, reply.text
    until(
        lambda: any("Deployment v41" in each["sentence"] for each in incident_of(served)["changes"])
    )
    reply = enter(served, entry="withdraw", service="x", native="spoken-1", withdrawn="1")
    assert reply.status == 200, reply.text
    until(lambda: "A spokesperson: All is well. [withdrawn since]" in texts(served))


@pytest.mark.parametrize("token", ["", "another-token-0123456789", TOKEN[:-1], TOKEN + "x"])
def test_without_the_right_token_nothing_is_kept(served: Served, token: str) -> None:
    before = len(texts(served))
    assert claim(served, token, service="x", by="A", said="B").status == 401
    reply = enter(served, token, entry="claim", service="x", by="<b>A</b>", said="words of mine")
    assert reply.status == 401
    assert "words of mine" in reply.text
    assert "<b>A</b>" not in reply.text
    if token:
        assert token not in reply.text
    assert len(texts(served)) == before


@pytest.mark.parametrize(
    ("fields", "slug"),
    [
        ({"service": "x", "by": "A"}, "said-missing"),
        ({"service": "x", "said": "B"}, "by-missing"),
        ({"service": "githib", "by": "A", "said": "B"}, "unknown-service"),
        ({"service": "x", "by": "A", "said": "B", "link": "http://example.org"}, "link"),
        ({"service": "x", "by": "A", "said": "B", "link": "javascript:alert(1)"}, "link"),
        ({"service": "x", "by": "A", "said": "B", "said_at": "2999-01-01T00:00:00Z"}, "said-at"),
        ({"service": "x", "by": "A", "said": "B", "said_at": "yesterday"}, "said-at"),
        ({"service": "x", "by": "A" * 201, "said": "B"}, "too-long"),
        ({"service": "x", "by": "A", "said": "B", "author": "C"}, "unknown-field"),
        ({"service": "x", "withdrawn": True}, "native-missing"),
        ({"service": "x", "by": 1, "said": "B"}, "wrong-type"),
        ({"service": "x", "by": "A", "said": "B", "role": "king"}, "role"),
        ({"service": "x", "by": "A", "said": "B", "asserts": "mechanism=solar"}, "asserts"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_its_field(served: Served, fields: dict[str, Any], slug: str) -> None:
    reply = claim(served, **fields)
    assert (reply.status, reply.json["error"]["slug"]) == (422, slug), reply.text


def test_a_page_of_another_site_cannot_use_the_desk(served: Served) -> None:
    body = urlencode({"entry": "claim", "token": TOKEN}).encode()
    assert post(served, "/desk", body, FORM, sec_fetch_site="cross-site").status == 403
    assert post(served, "/desk", body, FORM, origin="https://elsewhere.example").status == 403


def test_a_body_without_end_is_cut_off(served: Served) -> None:
    reply = post(served, "/desk", b"a=" + b"x" * 40_000, FORM)
    assert reply.status == 413


def test_there_is_no_desk_unless_a_token_is_configured(tmp_path: Path) -> None:
    opened = Served(tmp_path / "data")
    try:
        assert opened.get("/desk").status == 404
        assert claim(opened, service="x", by="A", said="B").status == 404
    finally:
        opened.close()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(BINARY is None, reason="no Chromium is installed")
def test_a_browser_without_javascript_enters_a_statement(served: Served, tmp_path: Path) -> None:
    with browser(tmp_path / "profile", {"TZ": "UTC"}) as opened:
        opened.scripts(run=False)
        opened.screen(390, 1600)
        opened.go(f"{served.url}/desk")
        fields = {
            "service": "x",
            "by": "A minister",
            "said": "It is being looked into.",
            "token": TOKEN,
        }
        for name, value in fields.items():
            opened.click(f"#claim-{name}")
            opened.call("Input.insertText", text=value)
        opened.click("details[open] .send")
        until(lambda: "A minister: It is being looked into." in texts(served))
        assert opened.logged == []
        assert all(url.startswith(served.url) for url in opened.asked)
