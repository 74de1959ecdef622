"""Small charts of results as SVG: bars, and lines over a few places. Legible in light and in dark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, LEFT, RIGHT = 720, 220, 60
ROW, TOP = 24, 34
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
MARKS = ("circle", "square", "diamond", "triangle", "cross", "ring")
STYLE = (
    "<style>text{font:13px system-ui,sans-serif;fill:#1d2126}.q{fill:#5c6670}"
    ".g{stroke:#c9d0d6}.o{fill:#0b62c4;stroke:#0b62c4}.p{fill:#8a949e;stroke:#8a949e}"
    ".n{fill:none}.b{fill:#fff}"
    "@media(prefers-color-scheme:dark){text{fill:#e8ecf0}.q{fill:#a5b0ba}.g{stroke:#3a444d}"
    ".o{fill:#6cb2ff;stroke:#6cb2ff}.p{fill:#7d8790;stroke:#7d8790}.n{fill:none}.b{fill:#14181c}}"
    "</style>"
)


def _svg(height: float, title: str, told: str, drawn: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img"'
        f' aria-labelledby="t d"><title id="t">{escape(title)}</title>'
        f'<desc id="d">{escape(told)}</desc>{STYLE}'
        f'<rect class="b" width="{WIDTH}" height="{height:g}"/>'
        f'<text x="8" y="20">{escape(title)}</text>{"".join(drawn)}</svg>\n'
    )


def bars(title: str, values: Sequence[tuple[str, float, bool]], top: float) -> str:
    """Return bars, one a row; `values` are (name, value, is ours), `top` the value at full width."""
    drawn = []
    room = WIDTH - LEFT - RIGHT
    for place, (name, value, own) in enumerate(values):
        y = TOP + ROW * place
        long = room * max(value, 0.0) / top
        drawn.append(
            f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="{"o" if own else "p"}" x="{LEFT}" y="{y + 3}" width="{long:.1f}"'
            f' height="{ROW - 8}"/><text x="{LEFT + long + 6:.1f}" y="{y + 15}">{value:g}</text>'
        )
    told = "; ".join(f"{name} {value:g}" for name, value, _ in values)
    return _svg(TOP + ROW * len(values) + 8, title, told, drawn)


def dots(
    title: str, places: Sequence[str], lines: Mapping[str, Sequence[float]], own: str, unit: str
) -> str:
    """Return a dot for each place and name on a logarithmic axis, a row a place, ours in colour."""
    flat = [value for line in lines.values() for value in line if value > 0]
    low, high = math.log(min(flat) * 0.8), math.log(max(flat) * 1.15)
    room = WIDTH - LEFT - RIGHT

    def x(value: float) -> float:
        return LEFT + room * (math.log(value) - low) / (high - low)

    drawn = []
    bottom = TOP + 30.0 * len(places)
    drawn += [
        f'<line class="g" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP}" y2="{bottom:g}"/>'
        f'<text class="q" x="{x(tick):.1f}" y="{bottom + 16:g}" text-anchor="middle">{tick:g}</text>'
        for tick in TICKS
        if low < math.log(tick) < high
    ]
    drawn.append(
        f'<text class="q" x="{WIDTH - 8}" y="{bottom + 16:g}" text-anchor="end">{unit}</text>'
    )
    for place, name in enumerate(places):
        y = TOP + 30 * place + 15
        drawn.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(name)}</text>')
    for number, (name, line) in enumerate(lines.items()):
        for place, value in enumerate(line):
            y = TOP + 30 * place + 15
            drawn.append(
                _mark(MARKS[number % len(MARKS)], x(value), y, "o" if name == own else "p")
            )
    key = TOP + 30 * len(places) + 40.0
    for number, name in enumerate(lines):
        across, down = LEFT + 260 * (number % 2), key + 20 * (number // 2)
        drawn.append(
            _mark(MARKS[number % len(MARKS)], across, down - 4, "o" if name == own else "p")
        )
        drawn.append(f'<text x="{across + 12}" y="{down}">{escape(name)}</text>')
    told = "; ".join(
        f"{name}: " + ", ".join(f"{one} {value:g}" for one, value in zip(places, line, strict=True))
        for name, line in lines.items()
    )
    return _svg(key + 20 * ((len(lines) + 1) // 2), title, told, drawn)


def _mark(kind: str, x: float, y: float, role: str) -> str:
    if kind == "circle":
        return f'<circle class="{role}" cx="{x:.1f}" cy="{y:g}" r="6"/>'
    if kind == "ring":
        return f'<circle class="{role} n" cx="{x:.1f}" cy="{y:g}" r="5" stroke-width="2"/>'
    paths = {
        "square": "m-5-5h10v10h-10z",
        "diamond": "m0-6l6 6l-6 6l-6-6z",
        "triangle": "m0-6l6 11h-12z",
        "cross": "m-5-5l10 10m0-10l-10 10",
    }
    return f'<path class="{role}" stroke-width="2" d="M{x:.1f} {y:g}{paths[kind]}"/>'
