"""How many of an incident's reports come because we show the incident?

Whoever reads that others report looks closer, and reports what he would have let pass. Left alone, an
incident would confirm itself. So from the minute in which it opened more is expected:

    usual + seen * usual + STIRRED * (excess, averaged over the last minutes, the nearer the more)

The first part is people who come because a page or a feed shows it; the second is talk, of which each
report of a shown incident stirs up so many more: a branching process (Hawkes, 1971), which dies out
because STIRRED is below one. What was reported before the opening is not touched by either, and the
decision to open rests on nothing else.

No tracker publishes how its pages change its counts. `seen` begins with the 40 % that the scenario
`viral-page` assumes; STIRRED lies below the eighth of reporters that it assumes to report twice.
Both are small on purpose: an outage at twice the usual stays one. But few faults last for half a day,
and attention lasts as long as it is fed: the longer an incident goes on without a new wave, the
likelier it is that a flat rest is ours. So `seen` doubles every four hours, up to SEEN_MOST.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

SEEN = 0.4  # Reports beyond the usual, as a share of it, when an incident is first shown.
SEEN_DOUBLES = 240.0  # Minutes without a new wave in which that doubles.
SEEN_MOST = 2.0  # More than that is never put down to being shown.
STIRRED = 0.1  # Further reports that one report beyond the usual stirs up.
LAST_MINUTES = 10.0  # How long a report goes on stirring, on average.
BACK_MINUTES = 200  # What is longer ago stirs no more.


def expected(
    counts: Sequence[int], usual: Sequence[float], shown_from: int, wave_from: int, last: int
) -> list[float]:
    """Return what is expected in each of the `last` minutes, publicity included.

    `counts` and `usual` are of consecutive minutes, -1 where we were blind; the incident is shown
    from position `shown_from` on, and its last wave began at `wave_from`. Talk explains reports that
    came, never more than that.
    """
    keep = exp(-1.0 / LAST_MINUTES)
    stirring = 0.0
    told = []
    first = max(0, len(counts) - last)
    for position in range(max(0, first - BACK_MINUTES), len(counts)):
        level = usual[position]
        shown = position >= shown_from
        excess = max(0.0, counts[position] - level) if counts[position] >= 0 else 0.0
        if position >= first:
            seen = _seen(position - max(shown_from, wave_from)) * level if shown else 0.0
            talk = min(STIRRED * stirring, max(0.0, excess - seen)) if shown else 0.0
            told.append(level + seen + talk)
        if shown:
            stirring = keep * stirring + (1.0 - keep) * excess
    return told


def _seen(minutes: int) -> float:
    return float(min(SEEN * 2.0 ** (max(0, minutes) / SEEN_DOUBLES), SEEN_MOST))
