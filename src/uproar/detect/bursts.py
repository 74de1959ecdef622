"""Are there more posts than usual? One series is one thing that posts say of a service, or one hashtag.

Counts are rare and clump, so nothing is kept of the ticks in which there were none. What is usual is a
rate a unit of exposure: ten seconds of a source that was heard, more where all else that is posted
is more than usual too (a final, a storm). The rate is a gamma posterior that forgets by half in a
day; what is tested is the upper tail of the negative binomial that it predicts, over windows of
half a minute to a quarter of an hour. What is learned waits a quarter of an hour, and nothing is
learned of an alarm until it has stood for six hours.

The threshold is in nats of that tail, and measured by simulation (tests/core/test_bursts.py,
bench/posts_bursts.py): at most one false alarm in 20 weeks of a series, Poisson or clumped.
"""

from __future__ import annotations

import math

import msgspec

from uproar.model.tick import TICKS_PER_DAY, TICKS_PER_MINUTE

RING_TICKS = 15 * TICKS_PER_MINUTE  # What is looked back on, and the wait before it is learned.
WINDOWS = (3, TICKS_PER_MINUTE, 5 * TICKS_PER_MINUTE, RING_TICKS)
HALF_LIFE_TICKS = TICKS_PER_DAY
DECAY: float = 0.5 ** (1.0 / HALF_LIFE_TICKS)
THRESHOLD = 15.0  # Nats of the tail.
LEAST = 5.0  # Posts or authors within a window, below which nothing is a burst.
PRIOR_COUNT = 0.1  # What nothing is known of is taken to have had so many counts
PRIOR_UNITS = 0.6  # in so much exposure: one a minute, and next to no weight.
ALPHA_PRIOR, ALPHA_WEIGHT, ALPHA_MAX = 0.5, 20.0, 10.0  # Clumping by minutes, before it is known.
CALM_TICKS = 5 * TICKS_PER_MINUTE  # So long all must be usual again before an alarm is cleared.
CALM_SPREADS = 2.0  # What is usual reaches so many standard deviations above the mean.
LEARN_AGAIN_TICKS = 6 * 60 * TICKS_PER_MINUTE
ONSET_LIFT = 3.0  # The rise that is looked for when asked since when.
OTHERS_FLOOR = 10.0  # Posts a unit by which both sides of the total-rate control are softened.


class Exposure(msgspec.Struct):
    """How much was heard, for all series alike: decayed sums, and the units of recent ticks.

    `recent` holds (tick, units), oldest first, of the ticks of the ring in which anything was heard.
    """

    tick: int = -1
    units: float = 0.0
    others: float = 0.0
    windows: float = 0.0
    recent: list[tuple[int, float]] = msgspec.field(default_factory=list)

    @property
    def learned(self) -> float:
        """The exposure that is old enough to be learned from."""
        return max(0.0, self.units - sum(units for _, units in self.recent))


class Series(msgspec.Struct):
    """One series: decayed counts, clumping by minutes, and what came in the ring (tick, count).

    `extra` is what is expected besides the usual in ticks of the ring, because of something else.
    `since` and `calm` are of an alarm: the tick it was raised at, -1 without; ticks that were usual.
    """

    tick: int = -1
    counts: float = 0.0
    pairs: float = 0.0
    minute: int = -1
    minute_count: float = 0.0
    recent: list[tuple[int, float]] = msgspec.field(default_factory=list)
    extra: list[tuple[int, float]] = msgspec.field(default_factory=list)
    since: int = -1
    calm: int = 0


class Found(msgspec.Struct, frozen=True):
    """What a tick shows of a series: counts of the last quarter of an hour, and how rare in nats."""

    observed: float
    expected: float
    score: float
    onset_tick: int


def expose(exposure: Exposure, tick: int, windows: float, others: float) -> None:
    """Take in what was heard in a tick: so many windows of ten seconds, and posts of others in them.

    More from others than usual raises what is expected; less does not lower it.
    """
    gone = DECAY ** max(0, tick - exposure.tick) if exposure.tick >= 0 else 0.0
    exposure.tick = tick
    usual = (
        exposure.others / exposure.windows if exposure.windows > 0 else others / max(windows, 1.0)
    )
    exposure.units *= gone
    exposure.others *= gone
    exposure.windows *= gone
    if windows > 0:
        per_window = others / windows
        factor = max(1.0, (per_window + OTHERS_FLOOR) / (usual + OTHERS_FLOOR))
        units = windows * factor
        exposure.units += units
        exposure.others += others
        exposure.windows += windows
        exposure.recent.append((tick, units))
    while exposure.recent and exposure.recent[0][0] <= tick - RING_TICKS:
        exposure.recent.pop(0)


def take(
    series: Series, exposure: Exposure, tick: int, count: float, extra: float = 0.0
) -> Found | None:
    """Take in the count of a tick; return what it shows where that is a burst or an alarm stands.

    `extra` is what is expected in this tick besides the usual. To be called after `expose` of the
    same tick, and only for ticks with a count, something extra, or an alarm.
    """
    _forget(series, exposure, tick)
    if extra > 0:
        series.extra.append((tick, extra))
    if count > 0:
        series.recent.append((tick, count))
    if series.since < 0 and count <= 0:
        return None
    return _look(series, exposure, tick)


def turn(series: Series, found: Found, exposure: Exposure, tick: int) -> str:
    """Return "raised" or "cleared" where an alarm turns, else the empty text."""
    if series.since < 0:
        if found.score < THRESHOLD:
            return ""
        series.since, series.calm = tick, 0
        return "raised"
    if not exposure.recent or exposure.recent[-1][0] < tick - TICKS_PER_MINUTE:
        return ""  # Nothing is heard: silence of the source is no calm of the service.
    mean = found.expected
    spread = math.sqrt(mean * (1.0 + _alpha(series, exposure) * mean))
    usual = max(LEAST / 2.0, mean + CALM_SPREADS * spread)
    series.calm = series.calm + 1 if found.observed <= usual else 0
    if series.calm < CALM_TICKS:
        return ""
    series.since, series.calm = -1, 0
    return "cleared"


def rate(series: Series, exposure: Exposure) -> float:
    """Return what is usual, a unit of exposure."""
    gone: float = DECAY ** max(0, exposure.tick - series.tick)
    return (series.counts * gone + PRIOR_COUNT) / (exposure.learned + PRIOR_UNITS)


def _forget(series: Series, exposure: Exposure, tick: int) -> None:
    """Let the past fade, and learn what leaves the ring."""
    gone = DECAY ** max(0, tick - series.tick) if series.tick >= 0 else 1.0
    usual = rate(series, exposure) if series.tick >= 0 else 0.0
    alpha = _alpha(series, exposure)
    series.counts *= gone
    series.pairs *= gone
    series.tick = tick
    in_alarm = series.since >= 0 and tick - series.since < LEARN_AGAIN_TICKS
    if in_alarm:  # What is usual stays as it was, and so does how it clumps.
        mean = usual * TICKS_PER_MINUTE
        series.counts += usual
        series.pairs += mean**2 * (1.0 + alpha) / TICKS_PER_MINUTE
    while series.recent and series.recent[0][0] <= tick - RING_TICKS:
        then, count = series.recent.pop(0)
        if in_alarm:
            continue
        series.counts += count * DECAY ** (tick - then)
        if then // TICKS_PER_MINUTE != series.minute:
            series.pairs += max(0.0, series.minute_count * (series.minute_count - 1.0))
            series.minute, series.minute_count = then // TICKS_PER_MINUTE, 0.0
        series.minute_count += count
    while series.extra and series.extra[0][0] <= tick - RING_TICKS:
        series.extra.pop(0)


def _alpha(series: Series, exposure: Exposure) -> float:
    """Return how much minutes clump beyond chance: 0 is Poisson, variance is mean + alpha * mean**2."""
    minutes = exposure.learned / TICKS_PER_MINUTE
    if minutes < 1.0 or series.counts <= 0.0:
        return ALPHA_PRIOR
    mean = series.counts / minutes
    seen = max(0.0, series.pairs / minutes / mean**2 - 1.0)
    weight = series.counts
    return min(ALPHA_MAX, (seen * weight + ALPHA_PRIOR * ALPHA_WEIGHT) / (weight + ALPHA_WEIGHT))


def _look(series: Series, exposure: Exposure, tick: int) -> Found:
    usual = rate(series, exposure)
    doubt = _alpha(series, exposure) + 1.0 / (series.counts + PRIOR_COUNT)
    score, observed, expected = 0.0, 0.0, 0.0
    for window in WINDOWS:
        begin = tick - window
        observed = sum(count for then, count in series.recent if then > begin)
        expected = usual * sum(units for then, units in exposure.recent if then > begin)
        expected += sum(mean for then, mean in series.extra if then > begin)
        if observed >= LEAST and observed > expected:
            score = max(score, tail(observed, max(expected, usual), doubt))
    onset = _onset(series, exposure, usual, tick) if score >= THRESHOLD else tick
    return Found(observed, expected, score, onset)


def tail(count: float, mean: float, alpha: float) -> float:
    """Return -log of the probability of `count` or more, of a negative binomial above its mean.

    The tail is the first term times a geometric series, an upper bound: ratios of terms fall to
    `limit`, or for a size below one rise to it.
    """
    size = 1.0 / alpha
    first = (
        math.lgamma(count + size)
        - math.lgamma(size)
        - math.lgamma(count + 1.0)
        + size * math.log(size / (size + mean))
        + count * math.log(mean / (size + mean))
    )
    limit = mean / (size + mean)
    ratio = max(limit, (count + size) / (count + 1.0) * limit)
    return max(0.0, -(first - math.log(max(1e-12, 1.0 - ratio)))) if ratio < 1.0 else 0.0


def _onset(series: Series, exposure: Exposure, usual: float, tick: int) -> int:
    """Return the tick of the ring since which a rise explains the counts best."""
    units = dict(exposure.recent)
    gain, best, found = 0.0, -math.inf, tick
    counts = dict(series.recent)
    for then in range(tick, tick - RING_TICKS, -1):
        gain += counts.get(then, 0.0) * math.log(ONSET_LIFT)
        gain -= usual * units.get(then, 0.0) * (ONSET_LIFT - 1.0)
        if then in counts and gain > best:
            best, found = gain, then
    return found
