"""Charts of figures with their intervals, in panels side by side, and of curves.

Legible in light and in dark; what is drawn is told in words as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from plots_frame import MARGIN, WIDTH, Axis, block, line, mark, svg, words

TOP, HEAD, FOOT, GAP = 44, 24, 40, 22
ROW = 22
SQUARE = 340
RIGHT = 28  # Half of the last tick's words stands beyond the axis.
BELOW = 46


class Span(NamedTuple):
    """A figure and its interval; None where it was not measured."""

    middle: float
    low: float
    high: float


class Panel(NamedTuple):
    """Figures under a heading, one a row of the picture; and from where to where they ought to be."""

    head: str
    spans: Sequence[Span | None]
    band: tuple[float, float] | None


class Curve(NamedTuple):
    """Points (x, y); y None is beyond the top. Without a `short` name: what others are held against."""

    name: str
    short: str
    points: Sequence[tuple[float, float | None]]

    @property
    def plain(self) -> bool:
        """Return whether others are held against it."""
        return not self.short


def spans(
    title: str,
    names: Sequence[str],
    panels: Sequence[Panel],
    axis: Axis,
    unit: str,
    *,
    across: int = 3,
    left: int = 130,
) -> str:
    """Return figures with intervals, a row a name, in panels with one common axis.

    A figure outside the panel's band is drawn as a red diamond, one within as a disc. `left` is the
    room of the names in px.
    """
    columns = min(across, len(panels))
    room = (WIDTH - RIGHT - left - GAP * (columns - 1)) / columns
    high = HEAD + ROW * len(names) + FOOT
    drawn = []
    for number, panel in enumerate(panels):
        x0 = left + (room + GAP) * (number % columns)
        y0 = TOP + high * (number // columns) + HEAD
        bottom = y0 + ROW * len(names)
        if panel.band:
            begin, end = (x0 + room * axis.place(value) for value in panel.band)
            drawn.append(block(begin, y0, end - begin, bottom - y0, "k"))
        drawn.append(words(x0, y0 - 8, panel.head, style="h"))
        for value, said in axis.marks():
            x = x0 + room * axis.place(value)
            drawn += [
                line(x, y0, x, bottom, "g"),
                words(x, bottom + 17, said, style="q", anchor="middle"),
            ]
        for row, (name, span) in enumerate(zip(names, panel.spans, strict=True)):
            y = y0 + ROW * (row + 0.5)
            if number % columns == 0:
                drawn.append(words(left - 12, y + 4, name, anchor="end"))
            if span is not None:
                drawn.append(_span(span, panel.band, axis, x0, y, room))
    rows = -(-len(panels) // columns)
    bottom = TOP + high * rows
    drawn.append(words(WIDTH - MARGIN, bottom - 6, unit, style="q", anchor="end"))
    told = "; ".join(
        f"{panel.head}: "
        + ", ".join(
            f"{name} {span.middle:.3g} ({span.low:.3g} to {span.high:.3g})"
            for name, span in zip(names, panel.spans, strict=True)
            if span is not None
        )
        for panel in panels
    )
    return svg(bottom + 6, title, told, drawn)


def _span(
    span: Span, band: tuple[float, float] | None, axis: Axis, x0: float, y: float, room: float
) -> str:
    low, middle, high = (x0 + room * axis.place(v) for v in (span.low, span.middle, span.high))
    good = band is None or band[0] <= span.middle <= band[1]
    role = "o" if good else "w"
    shape = mark("circle" if good else "diamond", middle, y, role)
    return line(low, y, high, y, role, 2) + shape


def reliability(title: str, points: Sequence[tuple[float, Span]], axis: Axis) -> str:
    """Return what came true over what was told, with intervals, beside the diagonal of a true word."""
    left, top = 190.0, float(TOP)
    drawn = [block(left, top, SQUARE, SQUARE, "k")]
    for value, said in axis.marks():
        at = SQUARE * axis.place(value)
        drawn += [
            line(left + at, top, left + at, top + SQUARE, "g"),
            line(left, top + SQUARE - at, left + SQUARE, top + SQUARE - at, "g"),
            words(left + at, top + SQUARE + 18, said, style="q", anchor="middle"),
            words(left - 8, top + SQUARE - at + 4, said, style="q", anchor="end"),
        ]
    drawn.append(line(left, top + SQUARE, left + SQUARE, top, "z", 1.5))
    for told_share, span in points:
        x = left + SQUARE * axis.place(told_share)
        low, middle, high = (
            top + SQUARE * (1 - axis.place(value)) for value in (span[1], span[0], span[2])
        )
        drawn += [line(x, low, x, high, "o", 2), mark("circle", x, middle, "o")]
    drawn += [
        words(left + SQUARE, top + SQUARE + 38, "probability told, mean of a bin", anchor="end"),
        words(MARGIN, top + 12, "answers that"),
        words(MARGIN, top + 29, "were right"),
        words(left + SQUARE + 12, top + 12, "as often as told", style="q"),
    ]
    told = "; ".join(
        f"told {x:.4g}, right {s[0]:.4g} ({s[1]:.3g} to {s[2]:.3g})" for x, s in points
    )
    return svg(top + SQUARE + 52, title, told, drawn)


def curves(
    title: str, panels: Sequence[tuple[str, Sequence[Curve]]], x_axis: Axis, y_axis: Axis,
    units: tuple[str, str], beyond: str,
) -> str:  # fmt: skip
    """Return curves in panels side by side; what lies beyond the top ends in a strip that says so."""
    left, strip, high = 74.0, 58.0, 250.0
    room = (WIDTH - MARGIN - left - GAP * (len(panels) - 1)) / len(panels)
    top = TOP + HEAD + strip + 14.0
    drawn = [words(MARGIN, TOP + 12, units[1], style="q")]
    for number, (head, lines) in enumerate(panels):
        x0 = left + (room + GAP) * number
        drawn.append(words(x0, TOP + HEAD + 6, head, style="h"))
        drawn.append(block(x0, TOP + HEAD + 14, room, strip, "k"))
        for value, said in x_axis.marks():
            x = x0 + room * x_axis.place(value)
            drawn += [
                line(x, top, x, top + high, "g"),
                words(x, top + high + 18, said, style="q", anchor="middle"),
            ]
        for value, said in y_axis.marks():
            y = top + high * (1 - y_axis.place(value))
            drawn.append(line(x0, y, x0 + room, y, "g"))
            if number == 0:
                drawn.append(words(x0 - 8, y + 4, said, style="q", anchor="end"))
        drawn.append(words(x0 + 8, TOP + HEAD + 30, beyond, style="q"))
        for curve in lines:
            drawn.append(
                _curve(curve, x_axis, y_axis, (x0, top, room, high), TOP + HEAD + strip - 2)
            )
    drawn.append(words(WIDTH - MARGIN, top + high + 36, units[0], style="q", anchor="end"))
    told = "; ".join(
        f"{head}, {curve.name}: "
        + ", ".join(f"{x:g} {beyond if y is None else f'{y:,.0f}'}" for x, y in curve.points)
        for head, lines in panels
        for curve in lines
    )
    return svg(top + high + 48, title, told, drawn)


def _curve(
    curve: Curve, x_axis: Axis, y_axis: Axis, box: tuple[float, float, float, float], strip_y: float
) -> str:
    x0, top, room, high = box
    seen = [
        (x0 + room * x_axis.place(x), top + high * (1 - y_axis.place(y)))
        for x, y in curve.points
        if y is not None
    ]
    role, width = ("p", 1.5) if curve.plain else ("o", 2)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in seen)
    drawn = f'<polyline class="{role} n" stroke-width="{width:g}" points="{path}"/>'
    drawn += "".join(mark("ring" if curve.plain else "circle", x, y, role) for x, y in seen)
    lost = [x0 + room * x_axis.place(x) for x, y in curve.points if y is None]
    if lost:
        x = lost[0]
        if seen:
            drawn += (
                f'<line class="{role}" x1="{seen[-1][0]:.1f}" y1="{seen[-1][1]:.1f}" x2="{x:.1f}"'
                f' y2="{strip_y + 5:.1f}" stroke-width="1.5" stroke-dasharray="4 4"/>'
            )
        drawn += words(x, strip_y, curve.short, style="h", anchor="middle")
    elif curve.plain:
        drawn += words(seen[-1][0], seen[-2][1] + BELOW, curve.name, anchor="end")
    else:
        drawn += words(seen[-1][0] - 10, seen[-1][1] + 4, curve.short, style="h", anchor="end")
    return drawn
