"""Pages and twins as they were when somebody last looked at them and was content.

Rewrite them with `UPDATE_GOLDEN=1 pytest tests/golden`, then look at the difference.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from golden import views
from uproar.present import assets, deskpage, pages, twins

FILES = Path(__file__).with_name("pages")
NAMES = {
    assets.STYLE: "/static/STYLE",
    assets.SCRIPT: "/static/SCRIPT",
    assets.ICON: "/static/ICON",
}

SERVICES = {
    "quiet": views.quiet,
    "early": views.early,
    "during": views.during,
    "recovering": views.recovering,
    "over": views.over,
    "gap": views.gap,
    "learning": views.learning,
    "hostile": views.hostile,
    "noticed": views.noticed,
    "explained": views.explained,
}


def _service(name: str) -> Callable[[], dict[str, bytes]]:
    def made() -> dict[str, bytes]:
        view = SERVICES[name]()
        site = views.REPLAY if name == "during" else views.SITE
        return {".html": pages.service(view, site).encode(), **twins.service(view, site)}

    return made


def _incident(name: str) -> Callable[[], dict[str, bytes]]:
    def made() -> dict[str, bytes]:
        view = SERVICES[name]().incident
        assert view is not None
        return {
            ".html": pages.incident(view, views.SITE).encode(),
            **twins.incident(view, views.SITE),
        }

    return made


def _watched() -> dict[str, bytes]:
    view = views.watched()
    return {".html": pages.incident(view, views.SITE).encode(), **twins.incident(view, views.SITE)}


def _diagnosed(*, enough: bool) -> Callable[[], dict[str, bytes]]:
    def made() -> dict[str, bytes]:
        view = views.diagnosed(enough=enough)
        return {
            ".html": pages.incident(view, views.SITE).encode(),
            ".json": twins.incident(view, views.SITE)[".json"],
        }

    return made


def _home(*, failing: bool) -> Callable[[], dict[str, bytes]]:
    def made() -> dict[str, bytes]:
        view = views.home(views.small(), failing=failing)
        return {".html": pages.home(view, views.SITE).encode(), **twins.home(view, views.SITE)}

    return made


def _seeing(*, bad: bool) -> Callable[[], dict[str, bytes]]:
    def made() -> dict[str, bytes]:
        view = views.seeing(bad=bad)
        return {".html": pages.seeing(view, views.SITE).encode(), ".json": twins.seeing(view)}

    return made


def _rest() -> dict[str, bytes]:
    calm = views.home(views.small(), failing=False)
    return {
        "-about.html": pages.about(views.SITE).encode(),
        "-found.html": pages.search(calm, views.SITE, "twiter", ["x"]).encode(),
        "-nothing.html": pages.search(calm, views.SITE, "<b>nothing", []).encode(),
        "-all.html": pages.search(calm, views.SITE, "", []).encode(),
        "-desk.html": deskpage.page(views.SITE).encode(),
        "-desk-refused.html": deskpage.page(
            views.SITE,
            "change",
            {"service": "x", "text": views.HOSTILE, "kind": "config", "planned": "1"},
            "no such service is known; did you mean x?",
        ).encode(),
        "-desk-kept.html": deskpage.page(views.SITE, "claim", kept="owner-1").encode(),
        "-notice.html": pages.notice(413, "Too long", "Shorten it.", "/s/x").encode(),
    }


CASES: dict[str, Callable[[], dict[str, bytes]]] = {
    **{f"service-{name}": _service(name) for name in SERVICES},
    **{
        f"incident-{name}": _incident(name)
        for name in ("early", "during", "over", "hostile", "noticed")
    },
    "incident-watched": _watched,
    "incident-diagnosed": _diagnosed(enough=True),
    "incident-insufficient": _diagnosed(enough=False),
    "home-calm": _home(failing=False),
    "home-failing": _home(failing=True),
    "seeing-well": _seeing(bad=False),
    "seeing-badly": _seeing(bad=True),
    "rest": _rest,
}


@pytest.mark.parametrize("case", CASES)
def test_a_page_and_its_twins_are_as_they_were_seen(case: str) -> None:
    differing = []
    for ending, body in CASES[case]().items():
        text = body.decode()
        for path, name in NAMES.items():
            text = text.replace(path, name)
        if ending == ".json":
            text = msgspec.json.format(text, indent=1)
        file = FILES / f"{case}{ending}"
        if os.environ.get("UPDATE_GOLDEN"):
            FILES.mkdir(exist_ok=True)
            file.write_bytes(text.encode())
        elif not file.exists() or file.read_bytes() != text.encode():
            differing.append(file.name)
    assert not differing, "look, then UPDATE_GOLDEN=1 pytest tests/golden"


def test_the_same_view_gives_the_same_bytes() -> None:
    assert _service("during")() == _service("during")()
