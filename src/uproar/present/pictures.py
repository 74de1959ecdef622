"""Pictures that stand alone: for the press, for an embed, for a file on a desk.

They carry in the picture what a page says around it: what is counted ("reports"), of what, as of
when, and by whom. Colours are presentation attributes, because a strict content policy forbids a
style sheet inside; paper and ink are those of the light page, wherever the picture lands.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from markupsafe import escape

from uproar.present import charts, figures, seen, sentences, strips, words
from uproar.present.instants import date, span
from uproar.present.legible import clean
from uproar.present.plots import Frame, Plot, path, short
from uproar.present.source_views import Strip
from uproar.present.views import (
    Chart,
    HomeView,
    IncidentView,
    ServiceCard,
    ServiceView,
    Site,
    State,
)

WIDTH = 1200
HEIGHT = 630
EDGE = 48
TIMES = 30  # px for the axis of time between the line and the strips under it
NOTE = 24  # px for what the shapes of the strips mean
ROWS_MAX = 6  # services in the picture of the home page
LINE_SIGNS = 98  # signs in a line of text at 22 px, at most
LINES_MAX = 3
TITLE_SIGNS = 52

PAPER = "#FBFAF6"
INK = "#1A1C1E"
MUTED = "#5A5F63"
RULE = "#D8D5CB"
BAND = "#DCE3E0"
TRACE = "#12406B"
ALARM = "#B3261E"
WARN = "#8A5A00"
OK = "#2A6B3F"
COLOURS: Mapping[State, str] = MappingProxyType(
    {
        "quiet": OK,
        "early": WARN,
        "problems": ALARM,
        "recovering": WARN,
        "over": MUTED,
        "cannot-tell": MUTED,
    }
)

_FONT = "font-family=\"system-ui, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif\""
_HALO = f'paint-order="stroke" stroke="{PAPER}" stroke-width="4" stroke-linejoin="round"'
SKIN: Mapping[str, str] = MappingProxyType(
    {
        "line": f'fill="none" stroke="{TRACE}" stroke-width="2.5" stroke-linejoin="round"'
        ' stroke-linecap="round"',
        "band": f'fill="{BAND}" stroke="{BAND}" stroke-width="2"',
        "grid": f'stroke="{RULE}"',
        "axis": f'stroke="{MUTED}"',
        "label": f'fill="{MUTED}" font-size="16" {_HALO}',
        "time": f'fill="{MUTED}" font-size="16" text-anchor="middle"',
        "minor": f'fill="{MUTED}" font-size="16" text-anchor="middle"',
        "hatch": f'stroke="{RULE}" stroke-width="2"',
        "live": f'fill="none" stroke="{ALARM}" stroke-width="1.25"',
        "ended": f'fill="none" stroke="{MUTED}" stroke-width="1.25"',
        "live-word": f'fill="{ALARM}" font-size="16" {_HALO}',
        "ended-word": f'fill="{MUTED}" font-size="16" {_HALO}',
        "live-word-wide": f'fill="{ALARM}" font-size="16" {_HALO}',
        "ended-word-wide": f'fill="{MUTED}" font-size="16" {_HALO}',
        "wave": f'fill="{PAPER}" stroke="{INK}"',
        "lead": f'stroke="{MUTED}" stroke-dasharray="1 3"',
        "number": f'fill="{INK}" font-size="12" font-weight="700" text-anchor="middle"',
        "row": f'stroke="{RULE}"',
        "row-label": f'fill="{MUTED}" font-size="15" {_HALO}',
        "row-name": f'fill="{INK}" font-weight="700"',
        "row-lag": "",
        "bad": f'fill="{MUTED}"',
        "odd": f'fill="{MUTED}"',
        "planned": f'fill="none" stroke="{MUTED}" stroke-dasharray="3 2"',
        "first": f'fill="{INK}"',
        "spot-bad": f'fill="{INK}" stroke="{PAPER}"',
        "spot-odd": f'fill="{PAPER}" stroke="{INK}"',
        "spot-good": f'fill="{PAPER}" stroke="{OK}"',
        "spot-neutral": f'fill="{PAPER}" stroke="{MUTED}"',
        "letter": f'fill="{INK}" font-size="11" font-weight="700" text-anchor="middle"',
        "letter-bad": f'fill="{PAPER}" font-size="11" font-weight="700" text-anchor="middle"',
    }
)


def service(view: ServiceView, site: Site) -> str:
    """Return the picture of a service's last day, as SVG."""
    now = view.incident
    marks = charts.Marks(blind=view.blind)
    if now is not None:
        going_on = view.state in ("early", "problems")
        marks = charts.Marks(now.onset, now.recovery, now.waves, view.blind, going_on)
    said = sentences.service(view)
    return _picture(
        view.name,
        state=view.state,
        said=said,
        chart=view.chart,
        marks=marks,
        as_of=view.as_of,
        site=site,
    )


def incident(view: IncidentView, site: Site) -> str:
    """Return the picture of an incident, as SVG."""
    going_on = view.recovery is None and view.state in ("early", "problems")
    marks = charts.Marks(view.onset, view.recovery, view.waves, view.blind, going_on)
    title = f"{view.name}, {date(view.onset[0])}"
    return _picture(
        title,
        state=view.state,
        said=sentences.incident(view),
        chart=view.chart,
        marks=marks,
        as_of=view.as_of,
        site=site,
        seen_by=view.strips,
    )


def home(view: HomeView, site: Site) -> str:
    """Return the services that fail now, on one scale, as SVG."""
    said = words.plain(sentences.home(view))
    parts = [text(EDGE, 82, site.title, 40, INK, bold=True)]
    parts += [text(EDGE, 124, said, 22, INK)]
    shown = view.failing[:ROWS_MAX]
    for index, card in enumerate(shown):
        parts += _row(card, view, 150 + 66 * index)
    if len(view.failing) > ROWS_MAX:
        more = f"and {len(view.failing) - ROWS_MAX} more"
        parts.append(text(EDGE, 150 + 66 * ROWS_MAX + 26, more, 18, MUTED))
    top = figures.count(view.spark_max)
    note = f"Last 24 hours, all lines on one scale: its top is {top} reports in 15 minutes."
    if shown:
        parts.append(text(WIDTH - EDGE, HEIGHT - 76, note, 16, MUTED, anchor="end"))
    return sheet(f"{site.title}: {said}", note if shown else "", parts, view.as_of, site)


def _picture(
    title: str,
    *,
    state: State,
    said: Sequence[words.Sentence],
    chart: Chart,
    marks: charts.Marks,
    as_of: int,
    site: Site,
    seen_by: Sequence[Strip] = (),
) -> str:
    word = words.STATES[state].word
    chart = charts.full(chart, as_of)
    shown = cut(title, TITLE_SIGNS)
    lines = _wrapped(" ".join(words.plain(sentence) for sentence in said))
    parts = [text(EDGE, 82, shown, 40, INK, bold=True)]
    parts.append(_sign(state, WIDTH - EDGE - 11, 70))
    parts.append(text(WIDTH - EDGE - 32, 78, word, 24, COLOURS[state], bold=True, anchor="end"))
    parts += [text(EDGE, 124 + 30 * row, line, 22, INK) for row, line in enumerate(lines)]
    unit = f"Reports of problems per {span(chart.step_ms)}; the pale band is what is usual"
    parts.append(text(EDGE, 228, unit, 16, MUTED))
    frame = Frame(top=276, bottom=536, left=EDGE, width=WIDTH - 2 * EDGE, fluid=False)
    plot = Plot(chart, frame, SKIN, charts.axis(chart))
    parts += charts.drawing(plot, marks)
    told = charts.describe(chart, marks)
    more = 0
    if seen_by and chart.observed and marks.onset is not None:
        more = strips.tall(seen_by) + NOTE
        below = Frame(frame.bottom + TIMES, HEIGHT + more, EDGE, frame.width, fluid=False)
        rows = Plot(chart, below, SKIN, plot.scale)
        parts += strips.drawing(rows, seen_by, marks.onset, going_on=marks.going_on)
        note = f"{strips.legend(seen_by)}; letters are those of the page".capitalize()
        parts.append(text(EDGE, below.top + more, note, 16, MUTED))
        told += "".join(f" {strip.label}: {strip.said}" for strip in seen.ordered(seen_by))
    return sheet(f"{title}: {word}", told, parts, as_of, site, HEIGHT + more)


def sheet(
    title: str,
    told: str,
    parts: Sequence[str],
    as_of: int,
    site: Site,
    height: int = HEIGHT,
    note: str = "Reports are what people told us; they are not a count of outages.",
) -> str:
    """Return a picture: its parts on paper, with what it is of, `told` in words, and a foot with `note` and the instant."""
    foot = f"{site.title}. {note}"
    if site.replay is not None:
        foot = f"Replay: {site.replay.title}. {foot}"
    stamped = f"As of {words.stamp(as_of)}"
    y = height - 28
    body = [
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
        *parts,
        f'<path d="M{EDGE} {y - 30}H{WIDTH - EDGE}" stroke="{RULE}"/>',
        text(EDGE, y, cut(foot, 92), 16, MUTED),
        text(WIDTH - EDGE, y, stamped, 16, MUTED, anchor="end"),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        f' viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d" {_FONT}>'
        f'<title id="t">{safe(title)}</title><desc id="d">{safe(f"{told} {stamped}.".strip())}'
        f"</desc>{''.join(body)}</svg>\n"
    )


def _row(card: ServiceCard, view: HomeView, y: int) -> list[str]:
    """Return one service of the home picture: sign, name, sentence, line."""
    said = words.plain(sentences.card(card, view.as_of))
    left, width, floor, height = 700, WIDTH - EDGE - 700, y + 54, 48
    top = max(view.spark_max, 4)
    step = width / max(len(card.spark) - 1, 1)
    line = path(
        None if value is None else (left + index * step, floor - height * min(value / top, 1))
        for index, value in enumerate(card.spark)
    )
    return [
        _sign(card.state, EDGE + 11, y + 22),
        text(EDGE + 34, y + 30, cut(card.name, 40), 24, INK, bold=True),
        text(EDGE + 34, y + 54, cut(said, 78), 16, MUTED),
        f'<path d="M{left} {floor}H{left + width}" stroke="{RULE}"/>',
        f'<path d="{line}" {SKIN["line"]}/>',
    ]


def _sign(state: State, x: float, y: float) -> str:
    """Return the sign of a state, 22 px wide around a place; `currentColor` is its colour."""
    colour = COLOURS[state]
    shape = {
        "quiet": '<circle r="9" fill="none" stroke-width="3"/>',
        "early": '<circle r="9" fill="none" stroke-width="3"/><path d="M0 0V-9A9 9 0 0 1 9 0Z"/>',
        "problems": '<circle r="10"/>',
        "recovering": '<circle r="9" fill="none" stroke-width="3"/><path d="M0-9A9 9 0 0 1 0 9Z"/>',
        "over": '<circle r="9" fill="none" stroke-width="3" stroke-dasharray="4 3"/>',
        "cannot-tell": '<path d="M-9-9H9V9H-9ZM-9 1 1-9M-9 9 9-9M-1 9 9-1" fill="none"'
        ' stroke-width="2.5"/>',
    }[state]
    place = f"translate({short(x)} {short(y)})"
    return f'<g transform="{place}" fill="{colour}" stroke="{colour}">{shape}</g>'


def text(
    x: float, y: float, words_: str, size: int, colour: str, *, bold: bool = False, anchor: str = ""
) -> str:
    """Return words at a place, escaped."""
    weight = ' font-weight="700"' if bold else ""
    end = f' text-anchor="{anchor}"' if anchor else ""
    return (
        f'<text x="{short(x)}" y="{short(y)}" font-size="{size}" fill="{colour}"{weight}{end}>'
        f"{safe(words_)}</text>"
    )


def _wrapped(text: str) -> list[str]:
    lines = textwrap.wrap(clean(text), LINE_SIGNS)
    if len(lines) > LINES_MAX:
        lines = lines[:LINES_MAX]
        lines[-1] = cut(lines[-1] + " …", LINE_SIGNS)
    return lines


def cut(text: str, most: int) -> str:
    """Return a text of at most so many signs; of a longer one the beginning."""
    shown = clean(text)
    return shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"


def safe(text: str) -> str:
    """Return a text as XML holds it."""
    return str(escape(clean(text)))
