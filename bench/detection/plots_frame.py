"""What do all plots share? The paper, the inks in light and in dark, the marks, and the axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 720
MARGIN = 16
OURS_MARK = "circle"
MARKS = ("square", "diamond", "triangle", "cross", "ring")  # Of others, in their order.
STYLE = (
    "<style>text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1a1c1e}"
    ".t{font-size:15px;font-weight:600}.q{fill:#5a5f63;font-size:12px}.h{font-weight:600}"
    ".g{stroke:#d8d5cb}.z{stroke:#5a5f63}.o{fill:#12406b;stroke:#12406b}"
    ".p{fill:#8a8f8c;stroke:#8a8f8c}.w{fill:#b3261e;stroke:#b3261e}.n{fill:none}"
    ".k{fill:#e3e8e6}.b{fill:#fbfaf6}"
    "@media(prefers-color-scheme:dark){text{fill:#ecebe6}.q{fill:#a3a7ab}.g{stroke:#2b3138}"
    ".z{stroke:#a3a7ab}.o{fill:#8fc1f2;stroke:#8fc1f2}.p{fill:#7d8388;stroke:#7d8388}"
    ".w{fill:#ff8c78;stroke:#ff8c78}.n{fill:none}.k{fill:#1e272e}.b{fill:#111418}}"
    "</style>"
)


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `low` to `high` on a line, `kind` linear, log or logit; `ticks` and their words."""

    low: float
    high: float
    ticks: Sequence[float]
    kind: str = "linear"
    words: Sequence[str] = ()

    def place(self, value: float) -> float:
        """Return where a value stands, 0 to 1; what lies beyond an end is drawn at the end."""
        held = min(max(value, self.low), self.high)
        return (self._bend(held) - self._bend(self.low)) / (
            self._bend(self.high) - self._bend(self.low)
        )

    def marks(self) -> list[tuple[float, str]]:
        """Return the ticks that lie on the axis, and what is written at them."""
        words = self.words or [f"{tick:,g}" for tick in self.ticks]
        pairs = zip(self.ticks, words, strict=True)
        return [(tick, word) for tick, word in pairs if self.low <= tick <= self.high]

    def _bend(self, value: float) -> float:
        if self.kind == "log":
            return math.log(value)
        return math.log(value / (1 - value)) if self.kind == "logit" else value


def svg(height: float, title: str, told: str, drawn: Sequence[str]) -> str:
    """Return the picture: its title written in it, and all of it told in words for who cannot see."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img"'
        f' aria-labelledby="t d"><title id="t">{escape(title)}</title>'
        f'<desc id="d">{escape(told)}</desc>{STYLE}'
        f'<rect class="b" width="{WIDTH}" height="{height:g}"/>'
        + words(MARGIN, 26, title, style="t")
        + "".join(drawn)
        + "</svg>\n"
    )


def words(x: float, y: float, text: str, *, style: str = "", anchor: str = "") -> str:
    """Return a line of text."""
    more = (f' class="{style}"' if style else "") + (f' text-anchor="{anchor}"' if anchor else "")
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(text)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, style: str, width: float = 1) -> str:
    """Return a straight line."""
    return (
        f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        f' stroke-width="{width:g}"/>'
    )


def block(x: float, y: float, width: float, height: float, style: str) -> str:
    """Return a filled rectangle."""
    return (
        f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
        ' stroke="none"/>'
    )


def mark(kind: str, x: float, y: float, role: str) -> str:
    """Return a mark: shapes tell names apart, so that colour is never alone."""
    if kind == "circle":
        return f'<circle class="{role}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
    if kind == "ring":
        return f'<circle class="n {role} n" cx="{x:.1f}" cy="{y:.1f}" r="4.5" stroke-width="2"/>'
    paths = {
        "square": "m-4.5-4.5h9v9h-9z",
        "diamond": "m0-6l6 6l-6 6l-6-6z",
        "triangle": "m0-6l5.5 10h-11z",
        "cross": "m-4.5-4.5l9 9m0-9l-9 9",
    }
    return f'<path class="{role}" stroke-width="2" d="M{x:.1f} {y:.1f}{paths[kind]}"/>'
