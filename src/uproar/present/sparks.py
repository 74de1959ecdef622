"""The small line of a card: no axes, and one scale for all cards of a page."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from uproar.present import scales
from uproar.present.plots import path

HEIGHT = 40


def spark(values: Sequence[int | None], top: int) -> Markup:
    """Return a line whose uppermost place is `top`; None is a gap. It has no words: the card has."""
    scale = max(top, scales.LEAST_TOP)
    floor = HEIGHT - 1
    line = path(
        None if value is None else (index, floor - (floor - 1) * min(value / scale, 1.0))
        for index, value in enumerate(values)
    )
    width = max(len(values) - 1, 1)
    return Markup(
        '<svg class="spark" viewBox="0 0 {width} {height}" preserveAspectRatio="none"'
        ' aria-hidden="true"><path class="x" d="M0 {floor}H{width}"/>'
        '<path class="l" d="{line}"/></svg>'
    ).format(width=width, height=HEIGHT, floor=floor, line=line)
