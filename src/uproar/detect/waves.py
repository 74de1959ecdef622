"""The waves of an incident: real rises after real falls, each with its highest quarter of an hour.

A wave has fallen when the last five, fifteen or thirty minutes stay below half of its highest quarter of
an hour and chance does not explain it. A new one begins when the rate then stands half as high again as its trough,
with enough likelihood (a CUSUM against the trough), enough reports, and a height that is not lost
beside the largest. The trough is what the counts after the fall leave possible, not their lowest: in
an outage of days the lowest minutes are lower than the rate behind them, and chance would rise from
them every few hours.
"""

from __future__ import annotations

import math

import msgspec

from uproar.model.incident import Wave
from uproar.model.tick import MINUTE_MS

WINDOW = 15  # Minutes over which peaks are counted, as the public trackers do.
SMOOTH = 5  # Minutes over which rates are averaged.
TROUGH_LONG = 30
TROUGH_COUNTS = 50  # Troughs are averaged over 15 minutes, or 30 where they hold fewer reports.
RISE = 1.5  # A new wave stands at least so many times above its trough.
RISE_SOUGHT = 2.0  # What the CUSUM looks for.
RISE_LIMIT = 12.0  # Nats.
RISE_COUNT = 10  # Reports, beyond those of the trough.
FALL_WIDTHS = (SMOOTH, WINDOW, TROUGH_LONG)  # Minutes, up to now, that are asked whether they fell.
FALL_LIMIT = 7.0  # Nats by which two rates explain height and fall better than one.
TROUGH_SD = 2.5  # Standard deviations by which a trough may be higher than what was counted in it.
SHARE_OF_LARGEST = 0.02
CLUMP = 0.05  # Clumping of a minute within an incident.
WAVES_MAX = 200


class Crest(msgspec.Struct):
    """One wave as it grows. Minutes are numbers since the epoch.

    `height` is reports a minute, `top` the reports of its highest quarter of an hour, which ended with
    `top_minute`.
    """

    from_at: int
    from_minute: int
    until_at: int | None = None
    peak_at: int = 0
    peak_count: int = 0
    peak_place: str = ""
    peak_total: int = 0
    height: float = 0.0
    top: int = 0
    top_minute: int = 0
    fallen: bool = False
    fallen_minute: int = 0
    trough: float = 0.0
    rise: float = 0.0
    rise_minute: int = 0
    rise_count: int = 0


def follow(
    crests: list[Crest],
    minute: int,
    counts: list[int],
    expected: float,
    places: dict[int, dict[str, int]],
    *,
    active: bool,
) -> bool:
    """Take in the minute that has just ended; return whether it shows a new wave.

    There is no new wave without an alarm (`active`), however the trough is exceeded.

    `counts` are the minutes of the incident up to this one, -1 where we were blind; `expected` is
    what is usual in a minute; `places` are the reports by place of recent minutes.
    """
    crest = crests[-1]
    if counts[-1] < 0:
        return False
    began = max(0, len(counts) - 1 - (minute - crest.from_minute))
    smooth = _mean(counts, max(began, len(counts) - SMOOTH))
    if not crest.fallen:
        crest.height = max(crest.height, smooth)
        _note_peak(crest, minute, places)
        recent = _total(counts, max(began, len(counts) - WINDOW))
        if recent > crest.top:
            crest.top, crest.top_minute = recent, minute
        for width in FALL_WIDTHS:
            first = len(counts) - width
            # A longer stretch that reaches back into the top would show how it rose.
            is_after = minute - width >= (
                crest.from_minute if width == SMOOTH else crest.top_minute
            )
            if is_after and _has_fallen(crest.top, counts[first:], expected):
                crest.fallen = True
                crest.fallen_minute = minute - width + 1
                crest.trough = _highest_mean(counts[first:])
                crest.rise_minute = minute + 1
                break
        return False
    base = max(crest.trough, expected, 0.2)
    risen = _has_risen(crests, minute=minute, count=counts[-1], base=base, smooth=smooth)
    if risen and active and len(crests) < WAVES_MAX:
        crest.until_at = crest.rise_minute * MINUTE_MS
        new = Crest(from_at=crest.until_at, from_minute=crest.rise_minute, height=smooth)
        crests.append(new)
        for ended in range(crest.rise_minute, minute + 1):
            _note_peak(new, ended, places)
        return True
    if crest.rise <= 0.0:
        _note_peak(crest, minute, places)
        width = TROUGH_LONG if _total(counts, len(counts) - WINDOW) < TROUGH_COUNTS else WINDOW
        fell = len(counts) - 1 - (minute - crest.fallen_minute)
        lowest = _highest_mean(counts[max(fell, len(counts) - width, 0) :])
        crest.trough = min(crest.trough, lowest)
    return False


def is_lost(crests: list[Crest], height: float) -> bool:
    """Tell whether a rise of so many reports a minute is lost beside the largest wave so far."""
    return height < SHARE_OF_LARGEST * max(crest.height for crest in crests)


def as_waves(crests: list[Crest]) -> tuple[Wave, ...]:
    """Return the waves as values."""
    return tuple(
        Wave(
            number=number,
            from_at=crest.from_at,
            until_at=crest.until_at,
            peak_at=crest.peak_at,
            peak_count=crest.peak_count,
            peak_place=crest.peak_place,
            peak_total=crest.peak_total,
        )
        for number, crest in enumerate(crests, start=1)
    )


def _mean(counts: list[int], first: int) -> float:
    known = [count for count in counts[first:] if count >= 0]
    return sum(known) / len(known) if known else 0.0


def _total(counts: list[int], first: int) -> int:
    return sum(max(count, 0) for count in counts[max(first, 0) :])


def _highest_mean(counts: list[int]) -> float:
    """Return the highest rate a minute that these counts leave possible."""
    known = [count for count in counts if count >= 0]
    if not known:
        return math.inf
    total = sum(known)
    variance = total + 1.0 + CLUMP * total * total / len(known)
    return (total + TROUGH_SD * math.sqrt(variance)) / len(known)


def _has_fallen(top: int, counts: list[int], expected: float) -> bool:
    """Tell whether these minutes lie far below the highest quarter of an hour, beyond chance."""
    known = [count for count in counts if count >= 0]
    if not known:
        return False
    low = sum(known)
    height, rate = top / WINDOW, low / len(known)
    if top <= 0 or rate - expected > 0.5 * (height - expected):
        return False
    both = (top + low) / (WINDOW + len(known))
    ratio = top * math.log(height / both) + (low * math.log(rate / both) if low else 0.0)
    return ratio / (1.0 + CLUMP * height) >= FALL_LIMIT


def _has_risen(crests: list[Crest], *, minute: int, count: int, base: float, smooth: float) -> bool:
    crest = crests[-1]
    spread = math.log1p(CLUMP * base * (RISE_SOUGHT - 1.0) / (1.0 + CLUMP * base))
    gain = count * (math.log(RISE_SOUGHT) - spread) - spread / CLUMP
    crest.rise += gain
    crest.rise_count += count
    if crest.rise <= 0.0:
        crest.rise = 0.0
        crest.rise_count = 0
        crest.rise_minute = minute + 1
        return False
    minutes = minute - crest.rise_minute + 1
    return (
        crest.rise >= RISE_LIMIT
        and crest.rise_count - minutes * base >= RISE_COUNT
        and smooth >= RISE * base
        and not is_lost(crests, crest.rise_count / minutes - base)
    )


def _note_peak(crest: Crest, minute: int, places: dict[int, dict[str, int]]) -> None:
    """See whether the quarter of an hour that ends with `minute` is the wave's highest."""
    sums: dict[str, int] = {}
    for number in range(max(crest.from_minute, minute - WINDOW + 1), minute + 1):
        for place, count in places.get(number, {}).items():
            sums[place] = sums.get(place, 0) + count
    if not sums:
        return
    place = min(sums, key=lambda name: (-sums[name], name))
    if sums[place] > crest.peak_count:
        crest.peak_count = sums[place]
        crest.peak_place = place
        crest.peak_total = sum(sums.values())
        crest.peak_at = (minute + 1) * MINUTE_MS - WINDOW * MINUTE_MS // 2
