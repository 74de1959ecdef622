"""The whole observatory in a process of its own: from a report to a page, and on after a restart."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from servers.chromium import BINARY, Browser, browser
from servers.served import Served, run, until
from uproar.app.compose import JOURNAL_FILE, STORE_FILE
from uproar.store.sqlite import SqliteStore

PEOPLE = [f"127.0.{n}.2" for n in range(2, 42)]
AGAIN = PEOPLE[:5]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Forty people report that X fails, five of them twice; then an incident is open."""
    opened = Served(tmp_path_factory.mktemp("observatory"))
    try:
        for address in (*PEOPLE, *AGAIN):
            reply = opened.report(address, service="#TwitterDown", symptom="connect")
            assert reply.status == 202, reply.text
        until(lambda: incident_of(opened) and incident_of(opened)["reports"] == len(PEOPLE))
        yield opened
        assert "Traceback" not in opened.log
    finally:
        opened.close()


def incident_of(served: Served, service: str = "x") -> dict[str, Any]:
    """Return the incident that a service's twin shows, or nothing."""
    shown: dict[str, Any] = served.get(f"/s/{service}.json").json["incident"]
    return shown


def kept(served: Served) -> list[dict[str, Any]]:
    """Return what the journal holds; it is exported while the observatory runs."""
    done = run("export", "--folder", str(served.folder))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_forty_people_open_an_incident_and_each_counts_once(served: Served) -> None:
    incident = incident_of(served)
    assert incident["service"] == "x"
    assert incident["id"].startswith("x-20")
    assert incident["onset"]
    assert incident["reports"] == len(PEOPLE)
    assert incident["set_aside"] == {"repeat": len(AGAIN)}
    home = served.get("/index.json").json
    assert [card["service"] for card in home["failing"]] == ["x"]
    page = served.get("/").text
    assert 'href="/s/x"' in page


def test_what_is_kept_names_nobody(served: Served) -> None:
    lines = [line for line in kept(served) if line["kind"] == "report" and line["service"] == "x"]
    assert len(lines) >= len(PEOPLE) + len(AGAIN)
    assert len({line["reporter"] for line in lines}) == len(PEOPLE)
    for path in served.folder.iterdir():
        assert b"127.0.0." not in path.read_bytes(), path.name
    assert "127.0.0.2" not in served.log


def test_pages_and_their_twins_answer(served: Served) -> None:
    name = incident_of(served)["id"]
    kinds = {"": "text/html", ".json": "application/json", ".csv": "text/csv", ".svg": "image/svg"}
    for path in ("/s/x", f"/i/{name}", "/s/github"):
        for ending, kind in kinds.items():
            reply = served.get(path + ending)
            assert reply.status == 200, path + ending
            assert reply.headers["content-type"].startswith(kind)
    for ending in (".json", ".csv", ".svg"):
        assert served.get(f"/index{ending}").status == 200
    page = served.get("/about")
    assert served.get("/about", if_none_match=page.headers["etag"]).status == 304
    assert served.get("/s/no-such-service").status == 404
    assert served.get("/s/no-such-service.json").json["error"]["slug"] == "not-found"


def test_the_api_tells_services_and_incidents(served: Served) -> None:
    services = served.get("/api/v1/services").json
    assert len(services) > 250
    assert served.get("/api/v1/services/x").json["name"] == "X"
    name = incident_of(served)["id"]
    (listed,) = [each for each in served.get("/api/v1/incidents").json if each["service"] == "x"]
    assert listed["id"] == name
    assert served.get(f"/api/v1/incidents/{name}").json["service"] == "x"
    assert served.get("/api/v1/services/nope").json["error"]["status"] == 404
    assert served.get("/api/v1/incidents/nope").json["error"]["status"] == 404


def test_it_says_how_it_is_doing(served: Served) -> None:
    assert served.get("/healthz").status == 200
    ready = served.get("/readyz")
    assert (ready.status, ready.json["ready"], ready.json["problems"]) == (200, True, [])
    figures = served.get("/metrics").text
    assert 'uproar_incident_active{service="x"} 1.0' in figures
    assert f'uproar_reports_15min{{service="x"}} {len(PEOPLE)}.0' in figures
    found = served.get("/search?q=twitter")
    assert found.status == 200
    assert 'href="/s/x"' in found.text


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(BINARY is None, reason="no Chromium is installed")
def test_a_browser_without_javascript_reports_and_sees_it_on_the_page(
    served: Served, tmp_path: Path
) -> None:
    with browser(tmp_path / "profile", {"TZ": "UTC"}) as opened:
        opened.scripts(run=False)
        opened.screen(390, 1600)
        opened.call("DOM.enable")
        opened.call("Network.enable")
        opened.call("Network.setCacheDisabled", cacheDisabled=True)  # It is looked at thrice.
        opened.go(f"{served.url}/s/github")
        opened.click(".yes summary")
        opened.click(".pick:has([value=http-5xx])")
        opened.click(".send")
        until(lambda: where(opened).endswith("/s/github?reported=1#thanks"))
        opened.go(f"{served.url}/s/github")
        opened.click(".no button")
        until(lambda: where(opened).endswith("/s/github?reported=1#thanks"))
        until(lambda: served.get("/s/github.json").json["works_15min"] == 1)
        opened.go(f"{served.url}/s/github")
        shown = text_of(opened, "#symptoms")
        assert opened.logged == []
    (report, vote) = [line for line in kept(served) if line.get("channel") == "form"]
    assert (report["service"], report["symptom"]) == ("github", "http-5xx")
    assert vote["works"]
    assert "Error page" in shown
    twin = served.get("/s/github.json").json
    assert (twin["reports_15min"], twin["works_15min"]) == (1, 1)
    assert twin["incident"] is None


def where(opened: Browser) -> str:
    history = opened.call("Page.getNavigationHistory")
    return str(history["entries"][history["currentIndex"]]["url"])


def text_of(opened: Browser, selector: str) -> str:
    """Read an element through the DOM domain, for scripts are off."""
    root = opened.call("DOM.getDocument")["root"]["nodeId"]
    node = opened.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
    assert node, f"nothing is {selector}"
    return str(opened.call("DOM.getOuterHTML", nodeId=node)["outerHTML"])


@pytest.mark.slow
def test_a_full_disk_refuses_reports_says_why_and_mends_by_itself(served: Served) -> None:
    process = served.process.pid
    soft, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    answers = {}
    resource.prlimit(process, resource.RLIMIT_FSIZE, (log_size(served), hard))
    try:
        for n in range(400):
            reply = served.report(f"127.0.1.{n % 200 + 2}", f"full-{n}", service="zoom", works=True)
            answers[f"full-{n}"] = reply.status
            if reply.status != 202:
                break
        assert reply.status == 503
        assert int(reply.headers["retry-after"]) >= 1
        ready = served.get("/readyz")
        assert (ready.status, ready.json["ready"]) == (503, False)
        assert JOURNAL_FILE in ready.json["problems"][0]
        assert served.get("/s/x").status == 200
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (soft, hard))
    until(lambda: served.get("/readyz").status == 200)
    n = len(answers) - 1
    again = served.report(f"127.0.1.{n % 200 + 2}", f"full-{n}", service="zoom", works=True)
    assert again.status == 202
    assert "idempotency-replayed" not in again.headers
    assert sum(line.get("service") == "zoom" for line in kept(served)) == len(answers)


def log_size(served: Served) -> int:
    """Return a size that leaves room for a few more commits only."""
    return Path(served.folder, f"{JOURNAL_FILE}-wal").stat().st_size + 65_536


@pytest.mark.slow
def test_it_ends_in_good_order_and_takes_up_the_same_incident(served: Served) -> None:
    before = incident_of(served)
    assert served.stop() == 0
    assert "Traceback" not in served.log
    with SqliteStore.open(served.folder / STORE_FILE) as store:
        checkpoint = store.checkpoint()
        assert checkpoint is not None
        assert any(before["id"].encode() in line for line in store.decisions())
    served.start()
    after = incident_of(served)
    assert (after["id"], after["onset"]) == (before["id"], before["onset"])
    assert after["reports"] == before["reports"]
    # The key that hides reporters has been taken up as well: who has reported is still known.
    repeats = after["set_aside"]["repeat"]
    assert served.report(PEOPLE[0], service="x").status == 202
    until(lambda: incident_of(served)["set_aside"]["repeat"] == repeats + 1)
    assert incident_of(served)["reports"] == before["reports"]


def test_a_second_observatory_on_the_same_folder_or_port_is_refused(
    served: Served, tmp_path: Path
) -> None:
    busy = run("serve", "--port", "0", "--folder", str(served.folder))
    assert busy.returncode == 2
    assert busy.stderr.decode().count("\n") == 1
    assert f"process {served.process.pid} has it open" in busy.stderr.decode()
    taken = run("serve", "--port", str(served.port), "--folder", str(tmp_path / "other"))
    assert taken.returncode == 2
    last = taken.stderr.decode().splitlines()[-1]
    assert last.startswith(f"uproar: cannot listen on 127.0.0.1, port {served.port}")
    assert "Traceback" not in taken.stderr.decode()
