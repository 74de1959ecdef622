"""Does a stream carry far less than usual? Then the network that it is of may be what fails.

One value a window of ten seconds: how many posts of any kind. What is usual is a mean that forgets by
half in an hour, so that it follows the day; what is now is one that forgets by half in twenty seconds.
It has fallen when less than three tenths of the usual came for a minute, and is back when more than six
tenths do. What a fall brings is not learned, for six hours at most.
"""

from __future__ import annotations

from typing import Literal

import msgspec

KNOWN_WINDOWS = 180  # Half an hour, before which nothing is said.
LEAST = 20.0  # Posts a window that must be usual: of less, chance alone leaves little.
NOW, USUAL = 0.5 ** (1 / 2), 0.5 ** (1 / 360)  # What is left of the past after a window.
FALLEN, BACK = 0.3, 0.6
FALL_WINDOWS, BACK_WINDOWS = 6, 12
HELD_WINDOWS = 6 * 360


class Flow(msgspec.Struct):
    """One stream. `low` and `high` count windows in a row, `held` those since it fell, -1 before."""

    windows: int = 0
    usual: float = 0.0
    now: float = 0.0
    low: int = 0
    high: int = 0
    held: int = -1


def step(flow: Flow, of: int) -> Literal["", "fell", "rose"]:
    """Take in a window of `of` posts; return whether the stream fell or rose with it."""
    flow.now = flow.now * NOW + of * (1 - NOW) if flow.windows else float(of)
    if flow.held < 0 or flow.held >= HELD_WINDOWS:
        gone = min(USUAL, flow.windows / (flow.windows + 1))  # A plain mean at first.
        flow.usual = flow.usual * gone + of * (1 - gone) if flow.windows else float(of)
    flow.windows += 1
    if flow.held < 0:
        is_low = (
            flow.windows > KNOWN_WINDOWS and flow.usual >= LEAST and flow.now < FALLEN * flow.usual
        )
        flow.low = flow.low + 1 if is_low else 0
        if flow.low < FALL_WINDOWS:
            return ""
        flow.held, flow.low, flow.high = 0, 0, 0
        return "fell"
    flow.held += 1
    flow.high = flow.high + 1 if flow.now > BACK * flow.usual else 0
    if flow.high < BACK_WINDOWS:
        return ""
    flow.held, flow.high = -1, 0
    return "rose"
