"""The strips under an incident's line in a real browser: on the chart's axis, narrow, read out, and led by."""

from __future__ import annotations

import pytest

from golden import views
from servers.chromium import BINARY, Browser
from servers.test_pages_browser import QUICK, Desk, desk, kolkata
from uproar.present import charts, pages, seen, strips

__all__ = ["desk", "kolkata"]  # fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(BINARY is None, reason="no Chromium is installed"),
]
BOX = "document.querySelector('{}').getBoundingClientRect()"


def _open(desk: Desk, opened: Browser, width: int) -> None:
    desk.pages["/i/x"] = pages.incident(views.watched(), QUICK)
    opened.screen(width, 900)
    opened.go(desk.url + "/i/x")
    opened.until("document.querySelector('.read') !== null")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_strips_lie_on_the_axis_of_the_chart(desk: Desk, kolkata: Browser, width: int) -> None:
    _open(desk, kolkata, width)
    chart, rows = (BOX.format(f"svg.chart{kind}") for kind in (":not(.strips)", ".strips"))
    for side in ("left", "right"):
        assert kolkata.run(f"{chart}.{side} === {rows}.{side}")
    assert kolkata.run(f"{rows}.top >= {chart}.bottom")
    assert kolkata.run("document.documentElement.scrollWidth") == width
    # The bracket of the onset is one line through both.
    ends = kolkata.run(
        "[...document.querySelectorAll('.plot path.k')].map((each) =>"
        " [each.closest('.strips') ? 'rows' : 'chart', each.getBoundingClientRect().left])"
    )
    chart_x = [x for where, x in ends if where == "chart"]
    for where, x in ends:
        if where == "rows":
            assert min(abs(x - other) for other in chart_x) < 1
    assert kolkata.logged == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_of_rows_are_large_enough_and_stand_out(
    desk: Desk, kolkata: Browser, scheme: str
) -> None:
    feature = [{"name": "prefers-color-scheme", "value": scheme}]
    kolkata.call("Emulation.setEmulatedMedia", features=feature)
    _open(desk, kolkata, 390)
    told = kolkata.run(
        "[...document.querySelectorAll('.strips > text')].map((each) => {"
        " const box = each.getBoundingClientRect();"
        " return [each.textContent, box.left, box.right, parseFloat(getComputedStyle(each).fontSize)]; })"
    )
    assert [text.partition(" shows")[0].partition(" first")[0] for text, *_ in told] == [
        "Probes",
        "Traffic",
        "Posts",
        "Its own status page",
        "Its providers' pages",
        "Changes",
        "Public statements",
    ]
    for _, left, right, size in told:
        assert left >= 0
        assert right <= 390
        assert size >= 12
    colours = kolkata.run(
        "['.strips .y', '.strips .q', 'body'].map((path) => {"
        " const style = getComputedStyle(document.querySelector(path));"
        " return path === 'body' ? getComputedStyle(document.documentElement).backgroundColor : style.fill; })"
    )
    ink, bar, paper = (_luminance(colour) for colour in colours)
    for light in (ink, bar):
        assert (max(light, paper) + 0.05) / (min(light, paper) + 0.05) >= 4.5


def test_a_letter_leads_to_its_entry_of_the_timeline(desk: Desk, kolkata: Browser) -> None:
    _open(desk, kolkata, 1280)
    kolkata.call("DOM.enable")
    kolkata.click('.strips a[href="#e-C"] rect')
    assert kolkata.until("location.hash") == "#e-C"
    assert "#TwitterDown" in kolkata.run("document.querySelector(':target').innerText")


def test_the_chart_can_still_be_read_and_its_hair_runs_through_the_rows(
    desk: Desk, kolkata: Browser
) -> None:
    _open(desk, kolkata, 1280)
    kolkata.run("document.querySelector('.read').focus(); 0")
    assert "reports" in kolkata.until("document.querySelector('.axis output').textContent")
    assert kolkata.run(f"{BOX.format('.hair')}.bottom >= {BOX.format('.strips')}.bottom")
    height = kolkata.run(f"{BOX.format('.read')}.height")
    assert height == pages.INCIDENT_HEIGHT
    assert height > charts.HEIGHT
    assert kolkata.run(f"{BOX.format('.strips')}.height") == len(seen.SOURCES) * strips.ROW


def test_whoever_listens_gets_the_table_and_not_the_drawing(desk: Desk, kolkata: Browser) -> None:
    _open(desk, kolkata, 1280)
    kolkata.call("Accessibility.enable")
    nodes = kolkata.call("Accessibility.getFullAXTree")["nodes"]
    names = [
        node["name"].get("value", "")
        for node in nodes
        if not node.get("ignored") and node.get("name")
    ]
    heading = names.index("When each source saw it")
    assert heading < names.index("Timeline")
    assert any("error 520, the edge answers" in name for name in names[heading:])
    assert not [name for name in names[:heading] if name.startswith("first saw it")]


def _luminance(colour: str) -> float:
    """Return the relative luminance of "rgb(r, g, b)" (WCAG 2.2)."""
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
