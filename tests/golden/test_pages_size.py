"""A page with all it needs, compressed, fits into 30 KB; so it loads while everybody is loading it."""

from __future__ import annotations

import gzip

import brotli
import pytest

from golden import views
from uproar.present import assets, deskpage, pages

PAGE_MAX = 30_000  # bytes compressed: the page, its style, its script and its icon
STYLE_MAX = 6_000
SCRIPT_MAX = 4_000

PAGES = {
    "home, something fails": lambda: pages.home(
        views.home(views.catalogued(), failing=True), views.REPLAY
    ),
    "home, calm": lambda: pages.home(views.home(views.catalogued(), failing=False), views.SITE),
    "all services": lambda: pages.search(
        views.home(views.catalogued(), failing=True), views.SITE, "", []
    ),
    "service, quiet": lambda: pages.service(views.quiet(), views.SITE),
    "service, during": lambda: pages.service(views.during(), views.REPLAY),
    "service, with its owner's page": lambda: pages.service(views.noticed(), views.REPLAY),
    "service, over": lambda: pages.service(views.over(), views.SITE),
    "incident": lambda: pages.incident(views.over().incident, views.SITE),
    "incident that every source saw": lambda: pages.incident(views.watched(), views.SITE),
    "incident that was diagnosed": lambda: pages.incident(views.diagnosed(), views.SITE),
    "incident of which too much was told": lambda: pages.incident(views.crowded(), views.SITE),
    "incident of 600 steps": lambda: pages.incident(views.long(), views.SITE),
    "desk": lambda: deskpage.page(views.SITE),
    "seeing": lambda: pages.seeing(views.seeing(bad=True), views.SITE),
    "about": lambda: pages.about(views.SITE),
}


def _gzip(body: bytes) -> int:
    return len(gzip.compress(body, 6, mtime=0))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_and_all_it_needs_fit_into_the_budget(name: str) -> None:
    bodies = [PAGES[name]().encode(), *(body for _, body in assets.ASSETS.values())]
    assert sum(map(_gzip, bodies)) <= PAGE_MAX
    assert sum(len(brotli.compress(body)) for body in bodies) <= PAGE_MAX


def test_style_and_script_are_small_by_themselves() -> None:
    assert _gzip(assets.ASSETS[assets.STYLE][1]) <= STYLE_MAX
    assert _gzip(assets.ASSETS[assets.SCRIPT][1]) <= SCRIPT_MAX


def test_the_catalog_has_as_many_services_as_the_budget_is_for() -> None:
    assert len(views.catalogued()) >= 250


def test_what_is_served_for_ever_is_named_by_its_content() -> None:
    for path, (kind, body) in assets.ASSETS.items():
        assert path.startswith("/static/")
        assert len(path.removeprefix("/static/").partition(".")[0]) == assets.NAME_DIGITS
        assert body
        assert kind
