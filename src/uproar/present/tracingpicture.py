"""The picture of an attack, as SVG that stands alone: how much came when, by which vectors, and what its sources tell."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence

from uproar.model import place
from uproar.model.tick import iso
from uproar.present import charts, pictures
from uproar.present.figures import bits, count, percent
from uproar.present.instants import seconds
from uproar.present.legible import clean
from uproar.present.pictures import EDGE, INK, MUTED, RULE, SKIN, TRACE, WIDTH, text
from uproar.present.plots import Frame, Plot, short
from uproar.present.tracing import because, shown, weighed, worded
from uproar.present.tracing import sentence as told_of
from uproar.present.views import Chart, Site
from uproar.trace.attack import Attack, Curve, Evidence
from uproar.trace.traffic import SECOND_MS

TOP, BOTTOM = 222, 470  # px of the plot
COLUMNS = (EDGE, 640)  # px where the two columns below begin
BELOW = BOTTOM + 84  # ... and their top
ROW, SMALL, GAP, FOOT = 30, 22, 8, 66  # px
VECTORS_MAX, PLACES_MAX, REASONS_MAX = 6, 5, 4
BAR = 120  # px of a whole bar
SIGNS = 58  # of a line in a column
NOTE = "Who ordered it cannot be told from traffic."


def picture(attack: Attack, *, addresses: bool = False) -> str:
    """Return the picture of an attack; its target is masked unless all of the address is asked for."""
    target = shown(attack.target, addresses=addresses)
    title = f"Attack on {target}"
    rates = attack.rates
    lasted = f"{iso(attack.from_ms)} to {iso(attack.to_ms)}"
    most = f"At most {count(rates.peak_packets_s)} packets a second and {bits(rates.peak_bits_s)}; {count(rates.packets)} packets."
    people = f"That people came instead: {percent(attack.flash_crowd)}."
    parts = [
        text(EDGE, 82, pictures.cut(title, pictures.TITLE_SIGNS), 40, INK, bold=True),
        text(EDGE, 122, lasted, 22, INK),
        text(EDGE, 152, f"{most} {people}", 22, INK),
    ]
    parts += _plot(attack)
    columns = _vectors(attack), _sources(attack)
    for column in columns:
        parts += column.parts
    told = f"{lasted}. {most} {people} " + " ".join(
        f"{percent(each.share)} {each.name}." for each in attack.vectors
    )
    site = Site(title="Uproar")
    height = round(max(column.y for column in columns)) + FOOT
    return pictures.sheet(title, told, parts, attack.to_ms, site, height, NOTE)


def _plot(attack: Attack) -> Iterator[str]:
    """Yield the curve of the attack over the band of all else that came."""
    if attack.curve is None:
        return
    chart = _chart(attack.curve)
    step = attack.curve.step_ms
    unit = f"Packets a second, means of {step / 1000:g} s; the pale band is what else came. Times are UTC."
    yield text(EDGE, TOP - 20, unit, 16, MUTED)
    frame = Frame(top=TOP, bottom=BOTTOM, left=EDGE, width=WIDTH - 2 * EDGE, fluid=False)
    plot = Plot(chart, frame, SKIN, charts.axis(chart))
    yield from charts.drawing(plot, charts.Marks())
    # An attack of seconds has no round minute on its axis: both ends are written.
    y = BOTTOM + 42
    yield text(EDGE, y, _at(chart.start_at, step), 16, MUTED)
    yield text(WIDTH - EDGE, y, _at(plot.until_at, step), 16, MUTED, anchor="end")


def _at(at: int, step_ms: int) -> str:
    """Return an instant as exact as the steps are."""
    tenths = f".{at // 100 % 10}" if step_ms < SECOND_MS else ""
    return f"{seconds(at)}{tenths}"


def _chart(curve: Curve) -> Chart:
    others = tuple(
        max(whole - attack, 0.0) for whole, attack in zip(curve.whole, curve.attack, strict=True)
    )
    return Chart(
        start_at=curve.begin_ms,
        step_ms=curve.step_ms,
        observed=tuple(round(each) for each in curve.attack),
        expected=others,
        low=(0.0,) * len(others),
        high=others,
    )


class _Column:
    """Lines that stand one under the other from a place on."""

    def __init__(self, x: float, y: float) -> None:
        self.parts: list[str] = []
        self.x, self.y = x, y

    def heading(self, words: str) -> None:
        self.parts.append(text(self.x, self.y, words, 22, INK, bold=True))
        self.y += ROW

    def line(self, words: str) -> None:
        self.parts.append(text(self.x, self.y, words, 18, INK))
        self.y += ROW

    def small(self, words: str) -> None:
        """Add a sentence in as many lines as it needs, all but the first a little further right."""
        for number, part in enumerate(textwrap.wrap(clean(words), SIGNS)):
            self.parts.append(text(self.x + (12 if number else 0), self.y, part, 16, MUTED))
            self.y += SMALL

    def bar(self, share: float, label: str) -> None:
        top, wide = short(self.y - 14), max(2.0, BAR * min(share, 1.0))
        for width, colour in ((BAR, RULE), (wide, TRACE)):
            self.parts.append(
                f'<rect x="{short(self.x)}" y="{top}" width="{short(width)}" height="14" fill="{colour}"/>'
            )
        said = pictures.cut(f"{percent(share)} {label}", SIGNS - 12)
        self.parts.append(text(self.x + BAR + 12, self.y - 1, said, 18, INK))
        self.y += ROW

    def reasons(self, evidence: Sequence[Evidence], what: str) -> None:
        """Add the first measures in words, and by how much each speaks."""
        for each in evidence[:REASONS_MAX]:
            self.small(told_of(each) + weighed(each, what))


def _vectors(attack: Attack) -> _Column:
    """Return the vectors as bars, then what the largest one rests on."""
    column = _Column(COLUMNS[0], BELOW)
    column.heading("What")
    for each in attack.vectors[:VECTORS_MAX]:
        column.bar(each.share, worded(each.name).partition(":")[0])
    column.y += GAP
    first = attack.vectors[0].evidence[: REASONS_MAX // 2]
    column.reasons((*first, *attack.evidence), "a crowd")
    return column


def _sources(attack: Attack) -> _Column:
    """Return how many sources there are, whether they are forged, and where they are if that means anything."""
    column, sources = _Column(COLUMNS[1], BELOW), attack.sources
    column.heading("From where")
    column.line(f"{count(sources.count)} source addresses; forged: {percent(sources.spoofed)}")
    strongest = sorted(sources.evidence, key=lambda each: -abs(math.log(each.ratio or 1.0)))
    column.reasons(strongest, "forged")
    column.y += GAP
    meant = "Countries mean something" if sources.meaningful else "Countries mean nothing here"
    column.small(f"{meant}: {because(sources)}.")
    if sources.meaningful:
        column.y += GAP
        for each in sources.countries[:PLACES_MAX]:
            column.bar(each.share, place.name(each.name))
    return column
