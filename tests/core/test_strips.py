"""Who saw it, and when: letters, first sights, timelines of bounded length, and rows that are drawn."""

from __future__ import annotations

import msgspec
import pytest

from core.markup_reader import read
from golden import views
from uproar.present import charts, pages, pictures, seen, strips, values
from uproar.present.source_views import Line, Span, Spot, Strip

ONSET = (views.at("09:41"), views.at("09:44"))


def _drawn(*rows: Strip, going_on: bool = False) -> str:
    chart = charts.full(views.watched().chart, views.at("21:00"))
    return str(strips.fluid(chart, rows, ONSET, going_on=going_on))


def test_letters_run_through_all_sources_in_the_order_of_time() -> None:
    early = Spot(views.at("09:50"), "bad", "first")
    late = Spot(views.at("10:10"), "good", "third")
    between = Spot(views.at("10:00"), "neutral", "second")
    rows = (
        Strip("claims", "Public statements", "", spots=(between,)),
        Strip("probes", "Probes", "", spots=(late, early)),
    )
    assert [(mark.letter, mark.spot.text) for mark in seen.letters(rows)] == [
        ("A", "first"),
        ("B", "second"),
        ("C", "third"),
    ]


@pytest.mark.parametrize(
    ("index", "letter"),
    [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")],
)
def test_after_z_letters_are_doubled(index: int, letter: str) -> None:
    assert seen.letter(index) == letter


def test_an_entry_has_the_letter_of_the_mark_that_tells_the_same() -> None:
    at = views.at("10:00")
    rows = (
        Strip("changes", "", "", spots=(Spot(at, "neutral", "one"), Spot(at, "bad", "two"))),
        Strip("claims", "", "", spots=(Spot(at, "neutral", "said"),)),
    )
    lines = [
        Line(at, "change", "two"),
        Line(at, "change", "one"),
        Line(at, "claim", "in other words"),
        Line(at, "alarm", "no source tells this"),
    ]
    entries = seen.entries(lines, seen.letters(rows))
    assert [entry.letter for entry in entries] == ["B", "A", "C", ""]


def test_a_long_timeline_is_bounded_and_keeps_the_first_of_every_kind_and_what_was_said() -> None:
    lines = [Line(minute, "change", f"deploy {minute}") for minute in range(300)]
    lines.insert(200, Line(200, "probe", "the only one of probes"))
    lines.append(Line(301, "phase", "over"))
    entries, left_out = seen.bounded(seen.entries(lines, ()))
    assert len(entries) == seen.LINES_MAX
    assert left_out == len(lines) - seen.LINES_MAX
    told = [entry.line.text for entry in entries]
    assert told[0] == "deploy 0"
    assert told[-2:] == ["the only one of probes", "over"]
    assert [entry.line.at for entry in entries] == sorted(entry.line.at for entry in entries)
    page = pages.incident(views.crowded(), views.SITE)
    assert "And 97 more" in page
    assert page.count('class="change"') < seen.LINES_MAX


def test_every_source_has_a_row_in_the_table_and_those_that_are_missing_say_so() -> None:
    view = msgspec.structs.replace(views.watched(), strips=(views.SEEN[2],))
    told = {row.label: row for row in seen.sights(view)}
    assert list(told) == [
        "Reports",
        "Probes",
        "Traffic",
        "Posts",
        "Its own status page",
        "Its providers' pages",
        "Changes",
        "Public statements",
    ]
    assert told["Probes"].said == "None is watching this service."
    assert told["Probes"].instead == "–"
    page = told["Its own status page"]
    assert page.first is not None
    assert page.first.text == "10:20 UTC"
    assert page.lag.replace("\xa0", " ") == "36 to 38 min after reports rose"


def test_no_first_sight_is_not_at_all_where_we_saw_and_not_known_where_we_did_not() -> None:
    strips_ = (
        Strip("probes", "Probes", ""),
        Strip("notices", "Its page", "", spans=(Span(0, 1, "unseen"),)),
        Strip("changes", "Changes", ""),
        Strip("traffic", "Traffic", ""),
    )
    view = msgspec.structs.replace(views.watched(), strips=strips_)
    told = {row.label: row.instead for row in seen.sights(view)}
    assert told["Probes"] == "not at all"
    assert told["Its page"] == "not known"
    assert told["Changes"] == "–"
    assert told["Traffic"] == "no attack"


def test_every_kind_of_stretch_has_a_shape_of_its_own_and_a_key_in_words() -> None:
    looks = set()
    for state in ("bad", "odd", "planned", "unseen"):
        span = Span(views.at("10:00"), views.at("11:00"), state)
        row = Strip("probes", "Probes", "", spans=(span,))
        rect = next(part for part in _drawn(row).split("<") if part.startswith("rect"))
        looks.add((rect.partition('height="')[2].partition('"')[0], rect.rpartition(" ")[2]))
        assert strips.states([row]) == (state,)
        assert strips.KEYS[state] in strips.legend([row])
    assert len(looks) == 4


def test_the_bracket_of_the_onset_runs_through_all_rows() -> None:
    drawn = _drawn(*views.SEEN)
    assert f"V{strips.ROW * len(views.SEEN)}h5" in drawn
    assert f"V{strips.ROW * len(views.SEEN)}h-5" in drawn
    assert 'class="k a"' not in drawn
    assert 'class="k a"' in _drawn(*views.SEEN, going_on=True)


def test_rows_stand_in_one_order_whatever_the_order_they_come_in() -> None:
    assert _drawn(*views.SEEN) == _drawn(*reversed(views.SEEN))
    assert _drawn() == ""


def test_marks_that_would_overlap_stand_together_and_lead_to_the_first_of_them() -> None:
    spots = tuple(
        Spot(views.at("10:00") + second, "neutral", "") for second in range(0, 4000, 1000)
    )
    drawn = _drawn(Strip("changes", "Changes", "", spots=spots))
    assert 'href="#e-A"' in drawn
    assert ">A+3</text>" in drawn
    assert drawn.count("<a ") == 1


def test_what_lies_outside_of_the_chart_is_not_drawn_at_its_edge() -> None:
    before = (Span(views.at("01:00"), views.at("02:00"), "bad"),)
    spot = (Spot(views.at("02:00"), "bad", ""),)
    drawn = _drawn(Strip("probes", "Probes", "", first_at=spot[0].at, spans=before, spots=spot))
    assert "<rect" not in drawn
    assert "<a " not in drawn
    assert 'class="f"' not in drawn


def test_the_drawing_is_for_the_eye_and_the_table_for_everybody() -> None:
    page = read(pages.incident(views.watched(), views.SITE))
    drawing = next(
        each for each in page.all("svg") if "strips" in str(each.attributes.get("class"))
    )
    assert drawing.attributes["aria-hidden"] == "true"
    links = [each for each in page.all("a") if each.attributes.get("href", "").startswith("#e-")]
    assert links
    assert {each.attributes.get("tabindex") for each in links} == {"-1"}
    known = {each.attributes.get("id") for each in page.elements}
    assert {str(each.attributes["href"])[1:] for each in links} <= known
    told = page.by_id("seen").text
    for strip in views.SEEN:
        assert strip.said in told


def test_a_picture_grows_by_its_rows_and_a_program_gets_them_in_seconds() -> None:
    view = views.watched()
    bare = pictures.incident(msgspec.structs.replace(view, strips=()), views.SITE)
    assert f'height="{pictures.HEIGHT}"' in bare
    assert (
        f'height="{pictures.HEIGHT + len(view.strips) * strips.ROW + pictures.NOTE}"'
        in pictures.incident(view, views.SITE)
    )
    rows = values.incident(view, views.SITE)["strips"]
    assert [row["source"] for row in rows] == list(seen.SOURCES)
    assert rows[3]["first_seen"] == "2025-03-10T10:20:00Z"
    assert rows[3]["after_onset_s"] == [2200, 2330]
    assert rows[3]["spots"][0]["letter"] == "D"
