"""What every page keeps: the policy it works under, the order of its headings, names for its fields."""

from __future__ import annotations

import itertools
import re

import msgspec
import pytest

from core.markup_reader import read
from golden import views
from golden.views import at
from uproar.present import assets, pages
from uproar.present.views import Blind, Chart, Replay, Site


def _all() -> dict[str, str]:
    over, during = views.over().incident, views.during().incident
    assert over is not None
    assert during is not None
    home = views.home(views.small(), failing=True)
    return {
        "home": pages.home(home, views.REPLAY),
        "calm": pages.home(views.home(views.small(), failing=False), views.SITE),
        "quiet": pages.service(views.quiet(), views.SITE),
        "early": pages.service(views.early(), views.SITE),
        "during": pages.service(views.during(), views.REPLAY),
        "gap": pages.service(views.gap(), views.SITE),
        "hostile": pages.service(views.hostile(), views.SITE),
        "incident": pages.incident(over, views.SITE),
        "going on": pages.incident(during, views.SITE),
        "search": pages.search(home, views.SITE, "x", ["x"]),
        "all": pages.search(home, views.SITE, "", []),
        "notice": pages.notice(400, "No", "Because.", "/s/x"),
        "about": pages.about(views.SITE),
    }


ALL = _all()


@pytest.fixture(params=ALL)
def html(request: pytest.FixtureRequest) -> str:
    return ALL[request.param]


def test_a_page_is_well_formed_and_every_id_is_there_once(html: str) -> None:
    page = read(html)
    ids = [name for each in page.elements if (name := each.attributes.get("id"))]
    assert len(ids) == len(set(ids))
    for each in page.elements:
        for name in ("for", "aria-labelledby", "aria-describedby"):
            assert all(known in ids for known in (each.attributes.get(name) or "").split())
        link = each.attributes.get("href") or ""
        if link.startswith("#"):
            assert link[1:] in ids


def test_a_page_works_under_a_policy_that_allows_nothing_inline_and_nobody_else(html: str) -> None:
    page = read(html)
    for each in page.elements:
        assert "style" not in each.attributes
        assert each.tag not in {"style", "iframe", "object", "embed", "base", "img"}
        assert not [name for name in each.attributes if name.startswith("on")]
    assert [each.attributes["src"] for each in page.all("script")] == [assets.SCRIPT]
    loaded = [each for each in page.all("link") if each.attributes["rel"] in {"stylesheet", "icon"}]
    assert {each.attributes["href"] for each in loaded} == {assets.STYLE, assets.ICON}


def test_no_link_leads_to_a_script(html: str) -> None:
    for each in read(html).elements:
        for name in ("href", "src", "action"):
            assert (each.attributes.get(name) or "/").startswith(("/", "#", "https://"))


def test_headings_come_in_order_and_there_is_one_of_the_first_level(html: str) -> None:
    levels = [int(each.tag[1]) for each in read(html).all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_there_is_a_way_past_the_header_and_the_parts_of_the_page_are_named(html: str) -> None:
    page = read(html)
    first = page.all("a")[0]
    assert first.attributes["href"] == "#main"
    assert [len(page.all(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1]
    assert page.elements[0].attributes == {"lang": "en"}
    for each in page.all("section", "aside"):
        assert {"aria-label", "aria-labelledby"} & set(each.attributes)


def test_every_field_has_a_label_and_every_table_a_caption(html: str) -> None:
    page = read(html)
    named = {each.attributes.get("for") for each in page.all("label")}
    for each in page.all("input", "select", "textarea"):
        if each.attributes.get("type") in {"hidden", "radio"}:
            continue
        assert "aria-label" in each.attributes or each.attributes["id"] in named
    assert len(page.all("table")) == len(page.all("caption"))
    assert all("scope" in each.attributes for each in page.all("th"))


def test_every_chart_has_a_title_a_description_and_a_table(html: str) -> None:
    page = read(html)
    for each in page.all("svg"):
        if each.attributes.get("class") == "chart":
            assert each.attributes["role"] == "img"
            assert page.by_id("ct").text
            assert page.by_id("cd").text
            assert page.by_id("rows").tag == "details"


def test_every_time_says_that_it_is_utc_until_the_script_says_otherwise(html: str) -> None:
    for each in read(html).all("span"):
        if each.attributes.get("class") == "when":
            assert re.fullmatch(r"(\d+ \w+( \d{4})?, )?\d\d:\d\d.* UTC", each.text), each.text


def test_the_form_is_a_plain_post_with_the_fields_that_the_intake_knows() -> None:
    page = read(ALL["during"])
    posts = [each for each in page.all("form") if each.attributes.get("method") == "post"]
    assert {each.attributes["action"] for each in posts} == {"/s/x/report"}
    fields = {each.attributes["name"] for each in page.all("input", "select", "textarea")}
    assert fields == {"q", "service", "symptom", "words", "place"}
    assert page.all("textarea")[0].attributes["maxlength"] == "280"
    radios = [each for each in page.all("input") if each.attributes.get("type") == "radio"]
    assert [each.attributes["value"] for each in radios] == [id_ for id_, _ in views.CHOICES]
    works = [each for each in page.all("button") if each.attributes.get("name") == "works"]
    assert [each.attributes["value"] for each in works] == ["1"]


def test_the_first_screen_of_a_service_goes_state_sentence_line_buttons() -> None:
    html = ALL["during"]
    order = ["<h1>", 'class="state problems"', 'class="lede"', 'class="chart"', "I have a problem",
             "It works for me", 'id="figures-h"', 'id="symptoms-h"', 'id="places-h"', 'id="waves-h"',
             'id="past-h"', 'id="sight-h"']  # fmt: skip
    places = [html.index(part) for part in order]
    assert places == sorted(places)


def test_a_state_is_told_by_word_and_sign_not_by_colour_alone() -> None:
    page = read(ALL["about"])
    for each in page.all("span"):
        if (each.attributes.get("class") or "").startswith("state "):
            assert each.text
    signs = {each.attributes["href"] for each in page.all("use")}
    assert len(signs) == 6


def test_blindness_is_not_zero() -> None:
    html = ALL["gap"]
    assert "not known" in html
    assert "We were blind" in html
    assert html.count("<td>blind</td>") > 0


def test_a_chart_is_not_drawn_where_its_counts_are_no_longer_kept() -> None:
    now = views.over().incident
    assert now is not None
    gone = msgspec.structs.replace(now, chart=Chart(at("09:41"), 60_000, (), (), (), ()))
    html = pages.incident(gone, views.SITE)
    assert "no longer kept" in html
    assert 'class="chart"' not in html


def test_claims_stand_apart_and_carry_the_letters_of_the_strip_and_of_the_timeline() -> None:
    page = read(ALL["incident"])
    drawn = [each.text for each in page.all("text") if each.attributes.get("class") == "t n"]
    assert [text for text in drawn if text.isalpha()] == ["A", "B"]
    told = [each.text for each in page.all("b") if each.text in {"A", "B"}]
    assert told == ["A", "A", "B", "A", "B"]  # In the key, at the statements, in the timeline.
    assert "massive cyberattack" in page.by_id("e-A").text
    assert "held against what is seen when nobody's word counts" in ALL["incident"]
    assert page.by_id("claims").text.count("Not weighed yet.") == 2


def test_a_replay_says_so_with_its_speed_and_how_far_it_is() -> None:
    page = read(ALL["during"])
    banner = page.by_id("replay").text
    assert "Replay: X, 10 March 2025." in banner
    assert "480 times as fast" in banner
    assert page.all("progress")[0].attributes["value"] == "59.0"
    unhurried = Replay("A day", "", 0.1, "running", 0)
    assert "as fast as it can" in pages.home(
        views.home(views.small(), failing=False), Site(replay=unhurried)
    )
    learning = Replay("A day", "", 0.1, "learning", 2000)
    assert "Learning what is usual" in pages.home(
        views.home(views.small(), failing=False), Site(replay=learning)
    )


def test_a_replayed_or_dynamic_page_is_not_for_search_engines() -> None:
    assert '<meta name="robots" content="noindex">' in ALL["during"]
    assert '<meta name="robots" content="noindex">' in ALL["search"]
    assert "noindex" not in ALL["quiet"]
    assert '<link rel="canonical" href="https://uproar.example/s/x">' in ALL["quiet"]


def test_a_notice_leads_back_only_into_the_site() -> None:
    for back in ("https://evil.example", "//evil.example", "javascript:alert(1)"):
        assert '<a class="button" href="/">' in pages.notice(400, "No", "Because.", back)
    assert '<a class="button" href="/s/x">' in pages.notice(400, "No", "Because.", "/s/x")


def test_what_was_searched_for_is_shown_again_as_text() -> None:
    home = views.home(views.small(), failing=False)
    html = pages.search(home, views.SITE, '"><script>alert(1)</script>', ["nobody"])
    assert "<script>alert" not in html
    assert "No service here goes by that name" in html


def test_the_table_of_a_chart_sums_whole_steps_and_keeps_gaps() -> None:
    chart = Chart(0, 1000, (1, 2, None, 4), (1.0,) * 4, (0.0,) * 4, (2.0,) * 4)
    assert [row.observed for row in pages.table(chart)] == [1, 2, None, 4]
    many = Chart(0, 1000, (1,) * 95 + (None,), (1.0,) * 96, (0.0,) * 96, (2.0,) * 96)
    rows = pages.table(many)
    assert len(rows) == pages.TABLE_ROWS
    assert rows[0].observed == 2
    assert rows[-1].observed is None


def test_a_gap_at_the_end_is_hatched_to_the_end() -> None:
    view = msgspec.structs.replace(views.gap(), blind=(Blind(at("20:12", -1), at("23:00", -1)),))
    page = read(pages.service(view, views.SITE))
    hatched = [each for each in page.all("rect") if each.attributes.get("fill") == "url(#hatch)"]
    assert hatched
    for each in hatched:
        right = float((each.attributes["x"] or "").rstrip("%")) + float(
            (each.attributes["width"] or "").rstrip("%")
        )
        assert right <= 100.01


def _luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2, "relative luminance")."""
    parts = [int(colour[first : first + 2], 16) / 255 for first in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_colour_can_be_told_from_the_paper_it_is_on(scheme: int) -> None:
    style = assets.ASSETS[assets.STYLE][1].decode()
    blocks = re.findall(r":root\{([^}]*)\}", style)
    tokens = dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", blocks[scheme]))
    for ground in ("paper", "well", "band"):
        for text in ("ink", "muted", "trace"):
            assert _contrast(tokens[text], tokens[ground]) >= 4.5, (text, ground)
    for ground in ("paper", "well"):
        for text in ("alarm", "warn", "ok"):
            assert _contrast(tokens[text], tokens[ground]) >= 4.5, (text, ground)
    assert _contrast(tokens["paper"], tokens["trace"]) >= 4.5  # the word on the button
    assert _contrast(tokens["edge"], tokens["paper"]) >= 3  # borders of fields
    assert _contrast(tokens["trace"], tokens["band"]) >= 3  # the line on the band
