"""Charts that set names beside each other: bars, and dots over a few places.

Legible in light and in dark; what is drawn is told in words as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plots_frame import MARGIN, MARKS, OURS_MARK, WIDTH, Axis, block, line, mark, svg, words

LEFT, RIGHT, TOP = 220, 60, 46
ROOM = WIDTH - LEFT - RIGHT
BAR, ROW, KEY, KEY_WIDTH = 26, 32, 22, 270
TICKS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)


def bars(title: str, values: Sequence[tuple[str, float, bool]], top: float) -> str:
    """Return bars, one a row; `values` are (name, value, is ours), `top` the value at full width."""
    drawn = []
    for place, (name, value, own) in enumerate(values):
        y = TOP + BAR * place
        long = ROOM * max(value, 0.0) / top
        drawn += [
            words(LEFT - 10, y + 15, name, anchor="end", style="h" if own else ""),
            block(LEFT, y + 2, long, BAR - 9, "o" if own else "p"),
            words(LEFT + long + 8, y + 15, f"{value:g}", style="h" if own else ""),
        ]
    told = "; ".join(f"{name} {value:g}" for name, value, _ in values)
    return svg(TOP + BAR * len(values) + 10, title, told, drawn)


def dots(
    title: str, places: Sequence[str], lines: Mapping[str, Sequence[float]], own: str, unit: str
) -> str:
    """Return a dot for each place and name on a logarithmic axis, a row a place, ours in colour."""
    flat = [value for line in lines.values() for value in line if value > 0]
    axis = Axis(min(flat) * 0.8, max(flat) * 1.15, TICKS, "log")
    bottom = TOP + float(ROW * len(places))
    drawn = []
    for value, said in axis.marks():
        x = LEFT + ROOM * axis.place(value)
        drawn += [
            line(x, TOP, x, bottom, "g"),
            words(x, bottom + 18, said, style="q", anchor="middle"),
        ]
    drawn.append(words(WIDTH - MARGIN, bottom + 18, unit, style="q", anchor="end"))
    for place, name in enumerate(places):
        drawn.append(words(LEFT - 10, TOP + ROW * (place + 0.5) + 4, name, anchor="end"))
    others = [name for name in lines if name != own]
    marks = {name: MARKS[number % len(MARKS)] for number, name in enumerate(others)}
    marks[own] = OURS_MARK
    # Ours is drawn last, so that nobody's mark hides it.
    for name in [*others, *([own] if own in lines else [])]:
        for place, value in enumerate(lines[name]):
            x, y = LEFT + ROOM * axis.place(value), TOP + ROW * (place + 0.5)
            drawn.append(mark(marks[name], x, y, "o" if name == own else "p"))
    key = bottom + 46.0
    for number, name in enumerate(lines):
        across, down = LEFT + KEY_WIDTH * (number % 2), key + KEY * (number // 2)
        role = "o" if name == own else "p"
        drawn.append(mark(marks[name], across, down - 4, role))
        drawn.append(words(across + 14, down, name, style="h" if name == own else ""))
    told = "; ".join(
        f"{name}: " + ", ".join(f"{one} {value:g}" for one, value in zip(places, row, strict=True))
        for name, row in lines.items()
    )
    return svg(key + KEY * ((len(lines) + 1) // 2) - 4, title, told, drawn)
