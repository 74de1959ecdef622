"""What a page says of traffic in a real browser: narrow, dark, by keyboard, and without its script."""

from __future__ import annotations

import msgspec
import pytest

from golden import views
from servers.chromium import BINARY, Browser
from servers.test_pages_browser import QUICK, Desk, desk, kolkata
from servers.test_strips_browser import _luminance
from uproar.present import pages, trafficwords
from uproar.present.traffic_views import RushView

__all__ = ["desk", "kolkata"]  # fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(BINARY is None, reason="no Chromium is installed"),
]
RUSH = RushView(
    views.at("13:00"), views.at("14:20"), "packets", 93_113.0, 8_242.0, 23_391, 0.72, 0.955
)


def _open(desk: Desk, opened: Browser, width: int, *, rush: bool = False) -> None:
    view = views.watched()
    if rush:
        seen = msgspec.structs.replace(
            views.struck(), attacks=(), rushes=(RUSH,), said=trafficwords.said((), (RUSH,))
        )
        view = msgspec.structs.replace(view, traffic=seen)
    desk.pages["/i/x"] = pages.incident(view, QUICK)
    opened.screen(width, 900)
    opened.go(desk.url + "/i/x")


@pytest.mark.parametrize("rush", [False, True])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_of_it_is_wider_than_the_screen(
    desk: Desk, kolkata: Browser, width: int, rush: bool
) -> None:
    _open(desk, kolkata, width, rush=rush)
    kolkata.run("document.querySelectorAll('#traffic details').forEach((d) => d.open = true); 0")
    assert kolkata.run("document.documentElement.scrollWidth") == width
    far = kolkata.run(
        "Math.max(...[...document.querySelectorAll('#traffic *')].map("
        "(each) => each.getBoundingClientRect().right))"
    )
    assert far <= width
    assert kolkata.logged == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_words_stand_out_from_the_paper(desk: Desk, kolkata: Browser, scheme: str) -> None:
    feature = [{"name": "prefers-color-scheme", "value": scheme}]
    kolkata.call("Emulation.setEmulatedMedia", features=feature)
    _open(desk, kolkata, 390)
    paper = _luminance(kolkata.run("getComputedStyle(document.documentElement).backgroundColor"))
    inks = kolkata.run(
        "[...new Set([...document.querySelectorAll('#traffic :is(p,dt,dd,h3,li,small,summary,a,figcaption,span)')]"
        ".map((each) => getComputedStyle(each).color))]"
    )
    assert inks
    for ink in map(_luminance, inks):
        assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) >= 4.5


def test_what_it_rests_on_is_opened_by_the_keyboard(desk: Desk, kolkata: Browser) -> None:
    _open(desk, kolkata, 1280)
    kolkata.run("document.querySelector('#traffic summary').focus(); 0")
    for kind in ("keyDown", "keyUp"):
        kolkata.call(
            "Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter",
            windowsVirtualKeyCode=13, text="\r" if kind == "keyDown" else "",
        )  # fmt: skip
    assert kolkata.until("document.querySelector('#traffic details').open")
    assert "time to live" in kolkata.run("document.querySelector('#traffic details').innerText")


def test_without_a_script_all_of_it_is_there(desk: Desk, kolkata: Browser) -> None:
    kolkata.scripts(run=False)
    _open(desk, kolkata, 390)
    root = kolkata.call("DOM.getDocument")["root"]["nodeId"]
    found = kolkata.call("DOM.querySelector", nodeId=root, selector="#traffic")["nodeId"]
    text = kolkata.call("DOM.getOuterHTML", nodeId=found)["outerHTML"]
    for part in ("SYN flood", "Where it hit", "<svg", "<summary>", trafficwords.NO_PROOF):
        assert part in text
