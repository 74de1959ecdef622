"""Whatever the names and counts: pages and twins stay well formed, and no line is drawn through a gap."""

from __future__ import annotations

import csv
import io
import json
import re
from xml.etree import ElementTree as ET

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core.markup_reader import read
from golden import views
from golden.views import at
from uproar.present import charts, pages, plots, scales, twins
from uproar.present.instants import When
from uproar.present.legible import clean
from uproar.present.source_views import Line
from uproar.present.views import Blind, Chart, ServiceView, Tally

TEXT = st.text(
    st.one_of(
        st.characters(codec=None),
        st.sampled_from("<>&\"'=+-@\t\r\n\x00\u202e\u200b\ufeff\ud800{}%|"),
    ),
    max_size=40,
)
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069\u200b\ufeff\ud800-\udfff]"
)
COUNT = st.one_of(st.none(), st.integers(0, 100_000))


@st.composite
def drawn(draw: st.DrawFn) -> Chart:
    observed = tuple(draw(st.lists(COUNT, max_size=60)))
    level = tuple(draw(st.floats(0, 1e5)) for _ in observed)
    return Chart(
        start_at=at("00:00"),
        step_ms=draw(st.sampled_from([60_000, 300_000, 3_600_000])),
        observed=observed,
        expected=level,
        low=tuple(value / 2 for value in level),
        high=tuple(value * 2 for value in level),
    )


def _named(text: str) -> ServiceView:
    now = views.during().incident
    assert now is not None
    rows = (Tally(text, text, 5, 2.0),)
    now = msgspec.structs.replace(
        now,
        name=text,
        places=rows,
        symptoms=rows,
        networks=rows,
        set_aside={text: 1},
        claims=(Line(at("12:00"), "claim", text, text),),
        spoken=views.told_by(text),
        why=views.witnessed_by(text),
        timeline=(Line(at("12:00"), "claim", text, text),),
    )
    return msgspec.structs.replace(
        views.during(),
        name=text,
        category_label=text,
        other_names=(text,),
        domains=(text,),
        providers=(text,),
        status_url=text,
        symptom_choices=((text, text),),
        places=rows,
        symptoms=rows,
        incident=now,
    )


@settings(max_examples=60, deadline=None)
@given(TEXT)
def test_no_text_from_outside_becomes_anything_but_text(text: str) -> None:
    view = _named(text)
    assert view.incident is not None
    expected = [element.tag for element in read(pages.service(_named("X"), views.SITE)).elements]
    for html in (pages.service(view, views.SITE), pages.incident(view.incident, views.SITE)):
        assert not UNSEEN.search(html)
        page = read(html)
        assert len(page.all("script")) == 1
    tags = [each.tag for each in read(pages.service(view, views.SITE)).elements]
    assert [tag for tag in tags if tag != "a"] == [tag for tag in expected if tag != "a"] or (
        "https://" in text
    )


@settings(max_examples=60, deadline=None)
@given(TEXT)
def test_twins_of_any_text_can_be_read_and_hold_nothing_unseen(text: str) -> None:
    view = _named(text)
    assert view.incident is not None
    for made in (twins.service(view, views.SITE), twins.incident(view.incident, views.SITE)):
        ET.fromstring(made[".svg"])
        assert json.loads(made[".json"])["name"] == clean(text)
        assert not UNSEEN.search(made[".svg"].decode())


@given(st.lists(TEXT, min_size=1, max_size=5))
def test_a_row_of_csv_reads_back_as_one_row_without_a_formula(texts: list[str]) -> None:
    line = ",".join(twins.cell(text) for text in texts) + "\r\n"
    rows = list(csv.reader(io.StringIO(line, newline=""), strict=True))
    assert [len(row) for row in rows] == [len(texts)] or line == "\r\n"
    for row in rows:
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))


@given(TEXT)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@settings(max_examples=100, deadline=None)
@given(drawn(), st.lists(st.tuples(st.integers(-5, 70), st.integers(0, 30)), max_size=4))
def test_a_line_has_as_many_pieces_as_the_counts_and_stays_on_the_paper(
    chart: Chart, gaps: list[tuple[int, int]]
) -> None:
    blind = tuple(
        Blind(chart.start_at + a * chart.step_ms, chart.start_at + (a + b) * chart.step_ms)
        for a, b in gaps
    )
    svg = str(charts.fluid(chart, charts.Marks(blind=blind), "A title"))
    read(svg)
    line = re.search(r'<path d="([^"]*)" class="l"/>', svg)
    assert line is not None
    runs = re.sub("[^n]+", "g", "".join("n" if v is None else "v" for v in chart.observed))
    assert line[1].count("M") == runs.count("g")
    heights = [float(y) for _, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", line[1])]
    assert all(0 <= height <= charts.HEIGHT - charts.FOOT for height in heights)


@settings(deadline=None)
@given(drawn())
def test_a_count_of_zero_lies_on_the_axis(chart: Chart) -> None:
    frame = plots.Frame(top=10, bottom=200)
    plot = plots.Plot(chart, frame, plots.PAGE, charts.axis(chart))
    assert plot.up(0) == frame.bottom
    assert plot.up(plot.scale.top) > frame.top


@given(st.floats(0, 1e9))
def test_an_axis_has_few_lines_that_rise_and_hold_what_is_shown(largest: float) -> None:
    axis = scales.counts(largest)
    assert 1 <= len(axis.lines) <= scales.LINES
    assert list(axis.lines) == sorted(set(axis.lines))
    assert axis.top >= largest
    assert 0 < axis.lines[0] <= axis.top


@given(st.integers(0, 4_000_000_000_000), st.integers(60_000, 10 * 366 * 86_400_000))
def test_an_axis_of_time_has_labels_within_it_in_order(from_at: int, length: int) -> None:
    ticks = scales.times(from_at, from_at + length)
    assert len(ticks) <= scales.TIMES + 1
    assert [tick.at for tick in ticks] == sorted({tick.at for tick in ticks})
    assert all(from_at < tick.at < from_at + length for tick in ticks)


@given(st.integers(0, 4_000_000_000_000), st.integers(0, 10**9))
def test_a_bracket_as_shown_holds_the_bracket_as_known(earliest: int, width: int) -> None:
    low, high = When(earliest, earliest + width, earliest).ends
    assert low <= earliest
    assert high >= earliest + width or width == 0


@settings(max_examples=40, deadline=None)
@given(drawn())
def test_the_csv_of_a_chart_is_the_chart(chart: Chart) -> None:
    until_at = chart.start_at + chart.step_ms * len(chart.observed)
    view = msgspec.structs.replace(views.quiet(), chart=chart, as_of=until_at)
    text = twins.service(view, views.SITE)[".csv"].decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["observed"] for row in rows] == [
        "" if value is None else str(value) for value in chart.observed
    ]
    assert text.count("\r\n") == len(rows) + 1
