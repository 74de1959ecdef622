"""Pages in a real browser: under the policy, without and with their script, narrow and far away."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from golden import views
from servers.chromium import BINARY, Browser, browser
from uproar.present import assets, pages
from uproar.present.views import Site
from uproar.wire.httpanswer import CONTENT_SECURITY_POLICY

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(BINARY is None, reason="no Chromium is installed"),
]
QUICK = Site(refresh_s=1)
HTML = "text/html; charset=utf-8"


@dataclass
class Desk:
    """What is served by path, what was posted, and which conditional requests were spared."""

    pages: dict[str, str] = field(default_factory=dict)
    posted: list[tuple[str, str]] = field(default_factory=list)
    spared: int = 0
    broken: bool = False
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    """Serves a desk; each test has a class of its own with its own desk."""

    protocol_version = "HTTP/1.1"
    served: ClassVar[Desk]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in assets.ASSETS:
            self._answer(200, *assets.ASSETS[path])
            return
        if self.served.broken or path not in self.served.pages:
            self._answer(503 if self.served.broken else 404, "text/plain", b"no")
            return
        body = self.served.pages[path].encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == tag:
            self.served.spared += 1
            self._answer(304, HTML, b"", tag)
        else:
            self._answer(200, HTML, body, tag)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.served.posted.append((self.path, self.rfile.read(length).decode()))
        if "symptom=login" in self.served.posted[-1][1]:
            page = pages.notice(429, "Too many", "Please wait a minute.", "/s/x")
            self._answer(429, HTML, page.encode())
            return
        self.send_response(303)
        self.send_header("Location", "/s/x?reported=1#thanks")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, status: int, kind: str, body: bytes, tag: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        if tag:
            self.send_header("ETag", tag)
        self.end_headers()
        if status != 304:
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the test says it."""


@pytest.fixture
def desk() -> Iterator[Desk]:
    served = Desk()
    handler = type("Handler", (Handler,), {"served": served})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    served.pages["/s/x"] = pages.service(views.during(), QUICK)
    served.pages["/"] = pages.home(views.home(views.small(), failing=True), QUICK)
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def kolkata(tmp_path: Path) -> Iterator[Browser]:
    with browser(tmp_path / "profile", {"TZ": "Asia/Kolkata"}) as opened:
        yield opened


def test_all_pages_work_under_the_policy_and_ask_nobody_else(desk: Desk, kolkata: Browser) -> None:
    over = views.over().incident
    assert over is not None
    desk.pages |= {
        "/i/x": pages.incident(over, QUICK),
        "/s/hostile": pages.service(views.hostile(), QUICK),
        "/search": pages.search(views.home(views.small(), failing=True), QUICK, "", []),
        "/about": pages.about(QUICK),
        "/seeing": pages.seeing(views.seeing(bad=True), QUICK),
        "/notice": pages.notice(400, "No", "Because.", "/s/x"),
    }
    for path in desk.pages:
        kolkata.go(desk.url + path)
        kolkata.until("document.documentElement.classList.contains('on')")
    assert kolkata.logged == []
    assert {url.split("/")[2] for url in kolkata.asked} == {desk.url.removeprefix("http://")}


def test_times_are_the_readers_with_utc_beside_them(desk: Desk, kolkata: Browser) -> None:
    kolkata.go(desk.url + "/s/x")
    lede = kolkata.until(
        "document.querySelector('.lede .utc') && document.querySelector('.lede').innerText"
    )
    joined = lede.replace("\u2060", "")
    assert joined.endswith("since 15:11–15:14 (09:41–09:44 UTC).")
    assert "12:00 is 17:30 where you are" in kolkata.run(
        "document.querySelector('.axis').innerText"
    )
    assert "Asia/" in kolkata.run("document.querySelector('#zone').innerText")


def test_a_page_fits_a_narrow_screen_and_nothing_moves_while_it_loads(
    desk: Desk, kolkata: Browser
) -> None:
    over = views.over().incident
    assert over is not None
    desk.pages["/i/x"] = pages.incident(over, QUICK)
    desk.pages["/seeing"] = pages.seeing(views.seeing(bad=True), QUICK)
    kolkata.screen(320, 640)
    for path in ("/s/x", "/i/x", "/", "/seeing"):
        kolkata.go(desk.url + path)
        kolkata.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert kolkata.run("document.documentElement.scrollWidth") == 320
    kolkata.screen(390, 844)
    kolkata.go(desk.url + "/s/x")
    shift = kolkata.run(
        "new Promise((done) => { let sum = 0; new PerformanceObserver((list) => {"
        " for (const each of list.getEntries()) sum += each.value; })"
        ".observe({ type: 'layout-shift', buffered: true }); setTimeout(() => done(sum), 300); })"
    )
    assert shift < 0.02
    assert kolkata.run("document.querySelector('.no button').getBoundingClientRect().bottom") < 844


def test_a_refresh_replaces_what_changed_and_leaves_what_a_person_does(
    desk: Desk, kolkata: Browser
) -> None:
    kolkata.go(desk.url + "/s/x")
    kolkata.run(
        "document.querySelector('.yes').open = true; document.querySelector('#words').value = 'hm';"
        "document.querySelector('#places').mark = 1; document.querySelector('#rows').open = true; 0"
    )
    falling = msgspec.structs.replace(views.during(), state="recovering", reports_15min=123)
    desk.pages["/s/x"] = pages.service(falling, QUICK)
    kolkata.until("document.querySelector('.name .state').innerText.includes('Recovering')")
    assert kolkata.run("document.querySelector('#words').value") == "hm"
    assert kolkata.run(
        "document.querySelector('.yes').open && document.querySelector('#rows').open"
    )
    assert kolkata.run("document.querySelector('#say').textContent") == "X: Recovering"
    assert "123" in kolkata.run("document.querySelector('#figures').innerText")
    assert kolkata.run("document.querySelector('.lede .utc') !== null")
    assert kolkata.run("document.title").startswith("◑ X")
    kept = "document.querySelector('#places table')"
    kolkata.run(f"window.kept = {kept}; 0")
    spared = desk.spared
    while desk.spared < spared + 2:
        kolkata.run("new Promise((done) => setTimeout(done, 50))")
    assert kolkata.run(f"window.kept === {kept}")


def test_a_page_can_be_paused_and_says_when_it_cannot_refresh(desk: Desk, kolkata: Browser) -> None:
    kolkata.go(desk.url + "/s/x")
    kolkata.click("#pause")
    assert kolkata.run("document.querySelector('#pause').getAttribute('aria-pressed')") == "true"
    desk.pages["/s/x"] = pages.service(views.over(), QUICK)
    kolkata.run("new Promise((done) => setTimeout(done, 1600))")
    assert "Problems" in kolkata.run("document.querySelector('.name .state').innerText")
    desk.broken = True
    kolkata.click("#pause")
    kolkata.until("document.querySelector('#late') !== null")
    desk.broken = False
    kolkata.until("document.querySelector('#late') === null")
    assert "Over" in kolkata.run("document.querySelector('.name .state').innerText")


def test_a_report_and_a_vote_can_be_sent_without_any_script(desk: Desk, kolkata: Browser) -> None:
    kolkata.scripts(run=False)
    kolkata.screen(390, 1600)
    kolkata.go(desk.url + "/s/x")
    kolkata.call("DOM.enable")
    kolkata.click(".yes summary")
    kolkata.click(".pick:nth-of-type(2)")
    kolkata.click(".send")
    _wait(kolkata, desk, 1)
    kolkata.go(desk.url + "/s/x")
    kolkata.click(".no button")
    _wait(kolkata, desk, 2)
    assert desk.posted == [
        ("/s/x/report", "service=x&symptom=http-5xx&words=&place="),
        ("/s/x/report", "service=x&works=1"),
    ]
    kolkata.go(desk.url + "/s/x?reported=1#thanks")
    thanks = kolkata.call("DOM.getDocument")["root"]["nodeId"]
    shown = kolkata.call("DOM.querySelector", nodeId=thanks, selector=".thanks:target")["nodeId"]
    assert kolkata.call("DOM.getContentQuads", nodeId=shown)["quads"]


def test_with_the_script_a_report_stays_on_the_page_and_says_what_went_wrong(
    desk: Desk, kolkata: Browser
) -> None:
    desk.pages["/s/x"] = pages.service(views.during(), Site(refresh_s=600))
    kolkata.go(desk.url + "/s/x")
    kolkata.run(
        "document.querySelector('.yes').open = true; document.querySelector('[value=login]').checked = true; 0"
    )
    kolkata.click(".send")
    assert (
        kolkata.until("document.querySelector('.answer.bad')?.textContent")
        == "Please wait a minute."
    )
    kolkata.run("document.querySelector('[value=post]').checked = true; 0")
    kolkata.click(".send")
    kolkata.until("document.querySelector('.answer:not(.bad)').textContent.startsWith('Thank you')")
    assert not kolkata.run("document.querySelector('.yes').open")
    kolkata.click(".no button")
    kolkata.until("true")
    _wait(kolkata, desk, 3)
    assert desk.posted[-1] == ("/s/x/report", "service=x&works=1")
    assert kolkata.run("location.search") == ""


def test_typing_narrows_the_list_of_services(desk: Desk, kolkata: Browser) -> None:
    kolkata.go(desk.url + "/")
    shown = (
        "[...document.querySelectorAll('.kind li')].filter((each) => each.checkVisibility()).length"
    )
    assert kolkata.run(shown) == 0
    kolkata.run("document.querySelector('#q').focus(); 0")
    kolkata.call("Input.insertText", text="mine")
    assert kolkata.until(shown) == 1
    kolkata.call("Input.insertText", text="zzz")
    assert "None by that spelling" in kolkata.run("document.querySelector('#found').innerText")


def test_the_chart_is_read_step_by_step_from_the_keyboard(desk: Desk, kolkata: Browser) -> None:
    kolkata.go(desk.url + "/s/x")
    kolkata.run("document.querySelector('.read').focus(); 0")
    first = kolkata.until("document.querySelector('.axis output').textContent")
    assert "reports" in first
    for kind in ("keyDown", "keyUp"):
        kolkata.call(
            "Input.dispatchKeyEvent",
            type=kind,
            key="ArrowLeft",
            code="ArrowLeft",
            windowsVirtualKeyCode=37,
        )
    read = kolkata.until(
        f"(document.querySelector('.axis output').textContent !== {first!r})"
        " && document.querySelector('.axis output').textContent"
    )
    assert "(14:00 UTC)" in read
    assert "17\u202f" in read


def _wait(opened: Browser, desk: Desk, posts: int) -> None:
    while len(desk.posted) < posts:
        opened.call("Page.getNavigationHistory")


def test_the_page_on_seeing_is_whole_without_its_script(desk: Desk, kolkata: Browser) -> None:
    desk.pages["/seeing"] = pages.seeing(views.seeing(bad=True), QUICK)
    kolkata.scripts(run=False)
    kolkata.go(desk.url + "/seeing")
    kolkata.call("Accessibility.enable")
    nodes = kolkata.call("Accessibility.getFullAXTree")["nodes"]
    told = [(node["role"]["value"], node["name"]["value"]) for node in nodes if node.get("name")]
    assert {name for role, name in told if role == "heading"} == {
        "How well are we seeing?",
        "Ways in",
        "Reports",
        "Vendors' pages",
        "Posts",
        "What becomes of it",
        "Kept to be tried again",
        "Not used here",
    }
    texts = {name for role, name in told if role == "StaticText"}
    # What the strip and the colours show is said in words.
    assert {"Not running", "Trouble", "Not used"} <= texts
    assert any(text.startswith("In the last 24 hours: in order for 18") for text in texts)


def test_the_page_on_seeing_refreshes_itself_and_says_what_is_new(
    desk: Desk, kolkata: Browser
) -> None:
    desk.pages["/seeing"] = pages.seeing(views.seeing(bad=False), QUICK)
    kolkata.go(desk.url + "/seeing")
    kolkata.until("document.documentElement.classList.contains('on')")
    desk.pages["/seeing"] = pages.seeing(views.seeing(bad=True), QUICK)
    kolkata.until("document.querySelectorAll('.ways .problems.state').length === 2")
    assert "takes nothing" in kolkata.run("document.querySelector('#say').textContent")
    assert "19:30" in kolkata.run("document.querySelector('#asof').innerText")
