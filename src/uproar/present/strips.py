"""The strips: what each source saw, one thin row a source, on the time axis of the chart above them.

A row is a line of rest. A stretch that stands on it is told by its shape: full height where the
source says that it fails, half height where it saw something unusual, hollow and dashed where
something was announced, hatched where it is not known. A triangle marks the first sight; letters
lead to the timeline. The bracket of the onset runs through all rows: who stands left of it was first.
The drawing is for the eye alone; the table of `seen.sights` says the same in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup, escape

from uproar.present import scales, seen
from uproar.present.instants import point
from uproar.present.legible import clean
from uproar.present.plots import PAGE, Frame, Plot, short
from uproar.present.source_views import Source, Span, Strip
from uproar.present.views import Chart

ROW = 44  # px a row, of which words take the upper part
WORDS = 14  # px from the top of a row to the baseline of its words
FLOOR = 38  # px to the line of rest
FULL, HALF = 12, 5  # px that a stretch stands high
RADIUS = 7  # px of the mark behind a letter
GLYPH = 7  # px that every further sign makes it wider
PHONE = 350  # px of the narrowest plot: marks that would overlap in it stand together
LEAST = 0.004  # part of the width that the shortest stretch is drawn with
SPANS_MAX = 200  # stretches drawn in one row
WORST = (
    "bad",
    "odd",
    "good",
    "neutral",
)  # What a group of marks looks like: the first that is in it.
# What the first sight of a source is called where it is none of the failure itself.
SIGHTS: Mapping[Source, str] = {"claims": "first", "traffic": "shows an attack from"}
KEYS = {
    "bad": "it fails",
    "odd": "unusual",
    "planned": "announced",
    "unseen": "not known",
}


def fluid(
    chart: Chart, strips: Sequence[Strip], onset: tuple[int, int], *, going_on: bool
) -> Markup:
    """Return the strips for a page, as wide as the chart above them; nothing where there are none."""
    if not strips or not chart.observed:
        return Markup()
    height = tall(strips)
    plot = Plot(chart, Frame(top=0, bottom=height), PAGE, scales.counts(0))
    rows = drawing(plot, strips, onset, going_on=going_on)
    return Markup(
        '<svg class="chart strips" width="100%" height="{}" aria-hidden="true">{}</svg>'
    ).format(height, Markup().join(map(Markup, rows)))


def tall(strips: Sequence[Strip]) -> int:
    """Return how many px the rows of these strips need."""
    return ROW * len(strips)


def states(strips: Sequence[Strip]) -> tuple[str, ...]:
    """Return the kinds of stretches that are drawn, in the order of the legend."""
    used = {span.state for strip in strips for span in strip.spans}
    return tuple(state for state in KEYS if state in used)


def legend(strips: Sequence[Strip]) -> str:
    """Return in words what the shapes of these strips mean."""
    shapes = {"bad": "tall", "odd": "low", "planned": "hollow", "unseen": "hatched"}
    told = [f"{shapes[state]}: {KEYS[state]}" for state in states(strips)]
    return "; ".join([*told, "triangle: first sight"])


def drawing(
    plot: Plot, strips: Sequence[Strip], onset: tuple[int, int], *, going_on: bool
) -> Iterator[str]:
    """Yield the rows from back to front; the first begins at the top of the plot's frame."""
    top = plot.frame.top
    bottom = top + tall(strips)
    for tick in scales.times(plot.chart.start_at, plot.until_at):
        if not tick.minor:
            yield plot.upright(plot.across(tick.at), top, bottom, "grid")
    if any(span.state == "unseen" for strip in strips for span in strip.spans):
        yield (
            '<pattern id="unseen" patternUnits="userSpaceOnUse" width="6" height="6"'
            f' patternTransform="rotate(45)"><path d="M3 0V6" {plot.skin["hatch"]}/></pattern>'
        )
    role = "live" if going_on else "ended"
    for at, arm in zip(onset, (5, -5), strict=True):
        if plot.chart.start_at <= at <= plot.until_at:
            shape = f"M0 {short(top)}V{short(bottom)}h{arm}"
            yield plot.pinned(plot.across(at), f'<path d="{shape}" {plot.skin[role]}/>')
    letters = seen.letters(strips)
    for row, strip in enumerate(seen.ordered(strips)):
        y = top + ROW * row
        yield plot.level(y + FLOOR, "row")
        for stretch in strip.spans[:SPANS_MAX]:
            yield _stretch(plot, stretch, y + FLOOR)
        yield _words(plot, strip, onset, y + WORDS)
        yield from _first(plot, strip, y)
        own = [each for each in letters if each.source == strip.source]
        yield from _spots(plot, own, y + FLOOR - RADIUS + 1)


def _stretch(plot: Plot, stretch: Span, floor: float) -> str:
    if stretch.until_at <= plot.chart.start_at or stretch.from_at >= plot.until_at:
        return ""
    left, right = plot.across(stretch.from_at), plot.across(stretch.until_at)
    high = HALF if stretch.state == "odd" else FULL
    look = 'fill="url(#unseen)"' if stretch.state == "unseen" else plot.skin[stretch.state]
    return (
        f'<rect x="{plot.x(left)}" y="{short(floor - high)}" width="{plot.wide(max(right - left, LEAST))}"'
        f' height="{high}" {look}/>'
    )


def _words(plot: Plot, strip: Strip, onset: tuple[int, int], y: float) -> str:
    """Return the words of a row: whose it is, when it first saw it, and how long after reports rose."""
    first = strip.first_at
    told = ""
    if first is not None:
        said = SIGHTS.get(strip.source, "first saw it")
        lag = f"<tspan {plot.skin['row-lag']}>, {seen.after(first, onset)}</tspan>"
        told = f" {said} {point(first, onset[0]).parts[0]}{lag}"
    label = f"<tspan {plot.skin['row-name']}>{escape(clean(strip.label))}</tspan>"
    return plot.text(0, y, "row-label", label + told)


def _first(plot: Plot, strip: Strip, y: float) -> Iterator[str]:
    first = strip.first_at
    if first is not None and plot.chart.start_at <= first <= plot.until_at:
        tip = y + FLOOR - FULL - 3
        shape = f'<path d="M-5 {short(tip - 6)}h10l-5 7z" {plot.skin["first"]}/>'
        yield plot.pinned(plot.across(first), shape)


def _spots(plot: Plot, letters: Sequence[seen.Lettered], y: float) -> Iterator[str]:
    """Yield the letters of a row; those that would overlap stand together, as "A B" or "A+3"."""
    groups: list[tuple[float, list[seen.Lettered]]] = []
    for each in letters:
        if not plot.chart.start_at <= each.spot.at <= plot.until_at:
            continue
        place = plot.across(each.spot.at)
        if groups:
            begin, group = groups[-1]
            if place - begin < (_wide(_shown(group)) + 1) / PHONE:
                group.append(each)
                continue
        groups.append((place, [each]))
    for place, group in groups:
        yield plot.pinned(place, _mark(plot, group, y))


def _shown(group: Sequence[seen.Lettered]) -> str:
    letters = [each.letter for each in group]
    return " ".join(letters) if len(letters) < 3 else f"{letters[0]}+{len(letters) - 1}"


def _wide(shown: str) -> int:
    """Return the width of a mark, in px."""
    return 2 * RADIUS + GLYPH * (len(shown) - 1)


def _mark(plot: Plot, group: Sequence[seen.Lettered], y: float) -> str:
    """Return the mark of a group: its first letter stands at its instant, the rest after it."""
    shown = _shown(group)
    state = next(each for each in WORST if any(one.spot.state == each for one in group))
    wide = _wide(shown)
    round_ = RADIUS if state in {"bad", "odd"} else 2
    ink = plot.skin["letter-bad" if state == "bad" else "letter"]
    drawn = (
        f'<rect x="{-RADIUS}" y="{short(y - RADIUS)}" width="{wide}"'
        f' height="{2 * RADIUS}" rx="{round_}" {plot.skin["spot-" + state]}/>'
        f'<text x="{short(wide / 2 - RADIUS)}" y="{short(y + 4)}" {ink}>{shown}</text>'
    )
    if not plot.frame.fluid:
        return drawn
    return f'<a href="#e-{group[0].letter}" tabindex="-1">{drawn}</a>'
