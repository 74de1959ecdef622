"""The line: counts of reports over time, drawn as SVG.

One ink line over the pale band of what is usual; a hatched gap where we were blind, never a line
through it; the onset and the recovery as brackets, the waves by their numbers, and zero always on
the axis.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from uproar.model.incident import Wave
from uproar.present import figures, scales
from uproar.present.instants import When, clock, span
from uproar.present.legible import clean
from uproar.present.plots import PAGE, Frame, Plot, path, short
from uproar.present.views import Blind, Chart

HEIGHT = 230  # px on a page
HEAD = 36  # px above the plot for the numbers of waves, in two rows
CALM = 10  # px above it where there are none
FOOT = 24  # px below the plot for the time axis
WAVES_MAX = 60  # numbers drawn in one chart
NEAR = 0.055  # marks nearer than this part of the width would overlap on a phone
ROOM_NARROW = 0.38  # part of the width that the words of a bracket need on a phone
ROOM_WIDE = 0.125  # and on a wide screen
BLIND_NAMED = 0.07  # a gap from this part of the width is wide enough for the word


@dataclass(frozen=True, slots=True)
class Marks:
    """What is drawn with the counts. `going_on` makes the onset's bracket the colour of alarm.

    `name` begins the ids of the drawing: where a page has two, each has its own. `what` is said of the counts, "" for reports by step.
    """

    onset: tuple[int, int] | None = None
    recovery: tuple[int, int] | None = None
    waves: Sequence[Wave] = ()
    blind: Sequence[Blind] = ()
    going_on: bool = False
    name: str = "c"
    what: str = ""


def fluid(chart: Chart, marks: Marks, title: str, height: int = HEIGHT) -> Markup:
    """Return the chart for a page: as wide as there is room, `height` px high."""
    frame = Frame(top=HEAD if marks.waves else CALM, bottom=height - FOOT)
    drawn = Markup().join(map(Markup, drawing(Plot(chart, frame, PAGE, axis(chart)), marks)))
    return Markup(
        '<svg class="chart" role="img" width="100%" height="{height}" aria-labelledby="{name}t"'
        ' aria-describedby="{name}d"><title id="{name}t">{title}</title><desc id="{name}d">{told}</desc>{drawn}</svg>'
    ).format(
        name=marks.name,
        height=height,
        title=clean(title),
        told=clean(describe(chart, marks)),
        drawn=drawn,
    )


def full(chart: Chart, as_of: int) -> Chart:
    """Return a chart without the step that is still running: half a step looks like a recovery."""
    until_at = chart.start_at + chart.step_ms * len(chart.observed)
    if until_at <= as_of or not chart.observed:
        return chart
    return Chart(
        start_at=chart.start_at,
        step_ms=chart.step_ms,
        observed=chart.observed[:-1],
        expected=chart.expected[:-1],
        low=chart.low[:-1],
        high=chart.high[:-1],
    )


def drawing(plot: Plot, marks: Marks) -> Iterator[str]:
    """Yield the parts of a chart from back to front."""
    yield plot.stretched(_band(plot))
    yield from _gaps(plot, marks)
    yield from _grid(plot)
    yield from _times(plot)
    yield from _waves(plot, marks.waves)
    if marks.onset is not None:
        yield from _bracket(plot, marks.onset, "live" if marks.going_on else "ended", "began")
    if marks.recovery is not None:
        yield from _bracket(plot, marks.recovery, "ended", "ended")
    yield plot.stretched(_line(plot))
    yield from _labels(plot)


def axis(chart: Chart) -> scales.Counts:
    """Return the axis of counts of a chart: it holds the line and the band."""
    seen = [count for count in chart.observed if count is not None]
    return scales.counts(max((*seen, *chart.high), default=0))


def describe(chart: Chart, marks: Marks) -> str:
    """Return what the chart shows, in words, for those who do not see it."""
    seen = [(count, -index) for index, count in enumerate(chart.observed) if count is not None]
    if not seen:
        return "No counts."
    until_at = chart.start_at + chart.step_ms * len(chart.observed)
    step = span(chart.step_ms)
    top, index = max(seen)
    peak_at = chart.start_at - index * chart.step_ms
    said = [
        f"{marks.what or f'Reports per {step}'}, {When(chart.start_at, until_at, until_at).text}.",
        f"Highest {figures.count(top)}, in the {step} from {When(peak_at, peak_at, until_at).text}.",
    ]
    if marks.onset is not None:
        said.append(f"Began {When(*marks.onset, near=until_at).text}.")
    if len(marks.waves) > 1:
        said.append(f"{len(marks.waves)} waves are numbered.")
    missing = len(chart.observed) - len(seen)
    if missing:
        said.append(f"We were blind for {span(missing * chart.step_ms)}: a gap in the line.")
    return " ".join(said)


def _line(plot: Plot) -> str:
    chart = plot.chart
    middles = [
        None
        if count is None
        else (plot.unit(chart.start_at + (index + 0.5) * chart.step_ms), plot.up(count))
        for index, count in enumerate(chart.observed)
    ]
    return f'<path d="{path(middles)}" {plot.skin["line"]}/>'


def _band(plot: Plot) -> str:
    chart = plot.chart
    if not chart.high:
        return ""
    places = [
        plot.unit(chart.start_at + (index + 0.5) * chart.step_ms)
        for index in range(len(chart.high))
    ]
    places[0], places[-1] = 0, plot.frame.width
    edge = [*zip(places, chart.high, strict=True)]
    edge += reversed([*zip(places, chart.low, strict=True)])
    outline = "L".join(f"{short(x)} {short(plot.up(value))}" for x, value in edge)
    return f'<path d="M{outline}Z" {plot.skin["band"]}/>'


def _gaps(plot: Plot, marks: Marks) -> Iterator[str]:
    """Yield the hatching of the stretches without counts, and of those we know we were blind in."""
    chart = plot.chart
    stretches = [(stretch.from_at, stretch.until_at) for stretch in marks.blind]
    stretches += [
        (chart.start_at + index * chart.step_ms, chart.start_at + (index + 1) * chart.step_ms)
        for index, count in enumerate(chart.observed)
        if count is None
    ]
    hatch = "hatch" if marks.name == "c" else f"{marks.name}-hatch"
    merged: list[tuple[float, float]] = []
    for from_at, until_at in sorted(stretches):
        left, right = plot.across(from_at), plot.across(until_at)
        if merged and left <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        elif right > left:
            merged.append((left, right))
    if merged:
        yield (
            f'<pattern id="{hatch}" patternUnits="userSpaceOnUse" width="6" height="6"'
            f' patternTransform="rotate(45)"><path d="M3 0V6" {plot.skin["hatch"]}/></pattern>'
        )
    top, height = short(plot.frame.top), short(plot.frame.bottom - plot.frame.top)
    for left, right in merged:
        yield (
            f'<rect x="{plot.x(left)}" y="{top}" width="{plot.wide(right - left)}"'
            f' height="{height}" fill="url(#{hatch})"/>'
        )
        if right - left >= BLIND_NAMED:
            yield plot.text((left + right) / 2, plot.frame.top + 14, "time", "blind")


def _grid(plot: Plot) -> Iterator[str]:
    for line in plot.scale.lines:
        yield plot.level(plot.up(line), "grid")
    yield plot.level(plot.frame.bottom, "axis")


def _labels(plot: Plot) -> Iterator[str]:
    """Yield the numbers at the grid lines; they stand above the line, for its halo keeps them clear."""
    for line, words in zip(plot.scale.lines, plot.scale.labels(), strict=True):
        yield plot.text(0, plot.up(line) - 4, "label", words)
    yield plot.text(0, plot.frame.bottom - 4, "label", "0")


def _times(plot: Plot) -> Iterator[str]:
    for tick in scales.times(plot.chart.start_at, plot.until_at):
        place = plot.across(tick.at)
        yield plot.upright(place, plot.frame.bottom, plot.frame.bottom + 4, "axis")
        yield plot.text(place, plot.frame.bottom + 18, "minor" if tick.minor else "time", tick.text)


def _bracket(plot: Plot, bracket: tuple[int, int], role: str, word: str) -> Iterator[str]:
    """Yield a bracket as high as the plot: "[" at the earliest, "]" at the latest instant.

    Its words stand on the side where it is calm by definition, before the beginning or after the
    end, and are left out where there is no room for them.
    """
    if bracket[1] < plot.chart.start_at or bracket[0] > plot.until_at:
        return
    top, bottom = short(plot.frame.top), short(plot.frame.bottom)
    for at, arm in zip(bracket, (5, -5), strict=True):
        shape = f'<path d="M{arm} {top}H0V{bottom}h{arm}" {plot.skin[role]}/>'
        yield plot.pinned(plot.across(at), shape)
    before = word == "began"
    place = plot.across(bracket[0] if before else bracket[1])
    room = place if before else 1 - place
    if room < ROOM_WIDE:
        return
    skin = plot.skin[f"{role}-word" if room >= ROOM_NARROW else f"{role}-word-wide"]
    clocks = dict.fromkeys(map(clock, When(*bracket, near=bracket[0]).ends))
    where = f'x="{-8 if before else 8}" y="{short(plot.frame.top + 10)}"'
    end = ' text-anchor="end"' if before else ""
    told = f"<text {where}{end} {skin}>{word} {'–'.join(clocks)}</text>"
    yield plot.pinned(place, told)


def _waves(plot: Plot, waves: Sequence[Wave]) -> Iterator[str]:
    """Yield the numbers of the waves above their peaks, in two rows where they would overlap."""
    chart = plot.chart
    last = [-1.0, -1.0]
    for wave in waves[:WAVES_MAX]:
        index = (wave.peak_at - chart.start_at) // chart.step_ms
        if not 0 <= index < len(chart.observed):
            continue
        place = plot.across(wave.peak_at)
        row = 1 if place - last[1] >= NEAR else 0
        last[row] = place
        y = plot.frame.top - HEAD + 9 + 17 * row
        peak = plot.up(chart.observed[index] or 0)
        if peak - 4 > y + 9:
            yield plot.upright(place, y + 9, peak - 4, "lead")
        yield f'<circle cx="{plot.x(place)}" cy="{short(y)}" r="8" {plot.skin["wave"]}/>'
        yield plot.text(place, y + 4, "number", str(wave.number))
