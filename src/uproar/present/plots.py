"""The surface a chart is drawn on: where an instant and a count lie, and what each part looks like.

One drawing serves two surfaces. On a page it is *fluid*: places along the time axis are per cent of
the width and strokes keep their width, so that the same bytes are legible on a phone and on a wall;
colours come from the style sheet. In a picture that stands alone places are numbers, and colours are
written in it (`uproar.present.pictures`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from uproar.present import scales
from uproar.present.views import Chart

FLUID_UNITS = 1000  # Width of the coordinate system of fluid paths.
HEADROOM = 1.06  # The highest point stays this far under the top.

PAGE: Mapping[str, str] = MappingProxyType(
    {
        "line": 'class="l"',
        "band": 'class="b"',
        "grid": 'class="g"',
        "axis": 'class="x"',
        "label": 'class="t"',
        "time": 'class="t m"',
        "minor": 'class="t m o"',
        "hatch": 'class="h"',
        "live": 'class="k a"',
        "ended": 'class="k"',
        "live-word": 'class="t v"',
        "ended-word": 'class="t"',
        "live-word-wide": 'class="t v o"',
        "ended-word-wide": 'class="t o"',
        "wave": 'class="w"',
        "lead": 'class="d"',
        "number": 'class="t n"',
        "row": 'class="g"',
        "row-label": 'class="t i"',
        "row-name": 'class="y"',
        "row-lag": 'class="o"',
        "bad": 'class="q"',
        "odd": 'class="q"',
        "planned": 'class="z"',
        "first": 'class="f"',
        "spot-bad": 'class="w e"',
        "spot-odd": 'class="w"',
        "spot-good": 'class="w j"',
        "spot-neutral": 'class="w u"',
        "letter": 'class="t n"',
        "letter-bad": 'class="t n r"',
    }
)
"""The classes by which the style sheet of a page knows the parts of a chart."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the plot lies: from `left` over `width`, `top` to `bottom`; a fluid one has no width."""

    top: float
    bottom: float
    left: float = 0
    width: float = FLUID_UNITS
    fluid: bool = True


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart on its surface. `skin` has the attributes of every role of the drawing."""

    chart: Chart
    frame: Frame
    skin: Mapping[str, str]
    scale: scales.Counts

    @property
    def until_at(self) -> int:
        """The end of the last step."""
        return self.chart.start_at + self.chart.step_ms * len(self.chart.observed)

    def across(self, at: float) -> float:
        """Return where an instant lies on the time axis, as a part of it; not beyond its ends."""
        length = max(self.until_at - self.chart.start_at, 1)
        return min(max((at - self.chart.start_at) / length, 0.0), 1.0)

    def up(self, value: float) -> float:
        """Return how high a count lies, in px from the top."""
        height = self.frame.bottom - self.frame.top
        return self.frame.bottom - height * value / (self.scale.top * HEADROOM)

    def x(self, fraction: float) -> str:
        """Return a place along the time axis as the value of an attribute."""
        if self.frame.fluid:
            return short(100 * fraction, 2) + "%"
        return short(self.frame.left + fraction * self.frame.width)

    def wide(self, fraction: float) -> str:
        """Return a length along the time axis as the value of an attribute."""
        if self.frame.fluid:
            return short(100 * fraction, 2) + "%"
        return short(fraction * self.frame.width)

    def text(self, fraction: float, y: float, role: str, words: str) -> str:
        """Return a text; `words` is escaped or our own."""
        return f'<text x="{self.x(fraction)}" y="{short(y)}" {self.skin[role]}>{words}</text>'

    def upright(self, fraction: float, top: float, bottom: float, role: str) -> str:
        """Return a vertical stroke."""
        x = self.x(fraction)
        ends = f'x1="{x}" x2="{x}" y1="{short(top)}" y2="{short(bottom)}"'
        return f"<line {ends} {self.skin[role]}/>"

    def level(self, y: float, role: str) -> str:
        """Return a stroke across the plot."""
        ends = f'x1="{self.x(0)}" x2="{self.x(1)}" y1="{short(y)}" y2="{short(y)}"'
        return f"<line {ends} {self.skin[role]}/>"

    def stretched(self, paths: str) -> str:
        """Return paths in units of `unit` such that they span the plot, however wide it is."""
        if self.frame.fluid:
            height = short(self.frame.bottom)
            return (
                f'<svg width="100%" height="{height}" viewBox="0 0 {FLUID_UNITS} {height}"'
                f' preserveAspectRatio="none" overflow="visible">{paths}</svg>'
            )
        return f'<g transform="translate({short(self.frame.left)} 0)">{paths}</g>'

    def unit(self, at: float) -> float:
        """Return where an instant lies in the coordinates of `stretched`."""
        return self.across(at) * self.frame.width

    def pinned(self, fraction: float, shapes: str) -> str:
        """Return shapes in px around a place on the time axis."""
        if self.frame.fluid:
            return f'<svg x="{self.x(fraction)}" overflow="visible">{shapes}</svg>'
        return f'<g transform="translate({self.x(fraction)} 0)">{shapes}</g>'


def short(number: float, digits: int = 1) -> str:
    """Return a coordinate in as few bytes as it needs."""
    text = f"{number:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def path(points: Iterable[tuple[float, float] | None]) -> str:
    """Return a path through points. None lifts the pen; a point alone becomes a dot."""
    parts: list[str] = []
    pen_down = False
    for spot in points:
        if spot is None:
            pen_down = False
            continue
        where = f"{short(spot[0])} {short(spot[1])}"
        parts.append(f"L{where}" if pen_down else f"M{where}h0")
        pen_down = True
    return "".join(parts)
