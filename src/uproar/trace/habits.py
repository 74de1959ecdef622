"""How do those who ask behave? What tells people, programs and driven browsers apart, measured from rows of a log.

A browser has what it has loaded: a part of a page counts once for one in five minutes. A person hardly asks for the same
page again and again, and goes after a while. What a client does beside is held against what clients with that agent usually do.
"""

from __future__ import annotations

import numpy as np

from uproar.trace.requests import Rows
from uproar.trace.traffic import F64, hashed
from uproar.wire.packets.frames import I64, U64, Flag

KEPT_MS = 300_000  # A browser has what it loaded for so long, at least.
SPREAD_MS = 60_000  # A shorter stretch does not tell who goes and who stays.
SPREAD_LEAST = 20  # Sources that come more than once.
AGENT_LEAST = 10  # Usual requests of an agent; of fewer nothing is called its habit.
WAITS_BINS = 20  # Of a log's time ...
WAITS_SHARE = 0.7  # ... of which so many show that a path is held open, and it always is.


def first_loads(rows: Rows) -> Flag:
    """Return which rows are parts of pages that their client did not load within the same five minutes."""
    return rows.sub & _first(
        hashed(rows.source, rows.agent, rows.path, rows.query, rows.at_ms // KEPT_MS)
    )


def again(pages: Rows) -> Flag:
    """Return which rows are of a client that had asked for the very same within five minutes."""
    return ~_first(
        hashed(
            pages.source, pages.agent, pages.path, pages.query, pages.login, pages.at_ms // KEPT_MS
        )
    )


def spread(rows: Rows, span_ms: int) -> float | None:
    """Return how evenly each source's requests lie over stretches so long: 1 as a program's that goes on, towards 0 as those of a visit.

    Of k instants by chance the first and the last lie (k - 1) / (k + 1) of the time apart, in the mean. None where the time is short or
    hardly a source comes twice in it.
    """
    if not len(rows) or span_ms < SPREAD_MS:
        return None
    stretch = (rows.at_ms - rows.at_ms.min()) // span_ms
    _, place, counts = np.unique(
        hashed(rows.source, stretch), return_inverse=True, return_counts=True
    )
    several = counts >= 2
    if several.sum() < SPREAD_LEAST:
        return None
    first, last = np.full(len(counts), np.inf), np.zeros(len(counts))
    np.minimum.at(first, place, rows.at_ms)
    np.maximum.at(last, place, rows.at_ms)
    expected_apart = ((counts - 1) / (counts + 1) * span_ms)[several].sum()
    return float((last - first)[several].sum() / expected_apart)


def breadth(rows: Rows) -> float:
    """Return over how many pages requests are spread, as many as would be if each were asked for as often."""
    _, counts = np.unique(rows.path[~rows.sub], return_counts=True)
    shares = counts / max(counts.sum(), 1)
    return (
        float(np.exp(-(shares * np.log(np.maximum(shares, 1e-12))).sum())) if len(shares) else 0.0
    )


def asked_once(rows: Rows) -> float:
    """Return how many different addresses, queries and all, are asked for, to a request."""
    return len(np.unique(hashed(rows.path, rows.query))) / max(len(rows), 1)


def expected(inside: Rows, usual: Rows, of_inside: Flag, of_usual: Flag) -> float:
    """Return the share of usual requests that are as `of_usual`, by agents as they are inside; rows of the same shape.

    Agents of which nothing is known behave as all do. Where a log names no agents, the paths that are asked for stand for them:
    who asks for these usually has that share. `of_inside` are the rows inside that count.
    """
    all_alike = float(of_usual.mean()) if len(of_usual) else 0.0
    agents = inside.agent[of_inside]
    if not len(agents):
        return all_alike
    if (agents == 0).mean() > 0.5 and (usual.agent == 0).mean() > 0.5:
        _, place, many = np.unique(usual.source, return_inverse=True, return_counts=True)
        of_source = np.bincount(place, of_usual.astype(np.float64)) / many
        return _by(inside.path[of_inside], usual.path, of_source[place], all_alike)
    return _by(agents, usual.agent, of_usual.astype(np.float64), all_alike)


def _by(keys: U64, usual_keys: U64, values: F64, otherwise: float) -> float:
    names, place, counts = np.unique(usual_keys, return_inverse=True, return_counts=True)
    means = np.bincount(place, values) / counts
    known = np.where(counts >= AGENT_LEAST, means, otherwise)
    at = np.minimum(np.searchsorted(names, keys), len(names) - 1)
    return float(np.where(names[at] == keys, known[at], otherwise).mean())


def unwaiting(rows: Rows, usual: Rows | None) -> Rows:
    """Return rows without the durations of paths that are always held open (long polls, streams of events): there they tell nothing."""
    ordinary = rows if usual is None else usual
    held = ordinary.slow & (ordinary.status != 408)
    if not held.any():
        return rows
    at, path = ordinary.at_ms[held], ordinary.path[held]
    first, last = int(ordinary.at_ms[0]), int(ordinary.at_ms[-1]) + 1
    bins: I64 = (at - first) * WAITS_BINS // max(last - first, 1)
    names, place = np.unique(path, return_inverse=True)
    seen = np.unique(place * WAITS_BINS + bins) // WAITS_BINS
    waits = names[np.bincount(seen, minlength=len(names)) >= WAITS_SHARE * WAITS_BINS]
    duration = np.where(np.isin(rows.path, waits), np.float32(np.nan), rows.duration_ms)
    return rows.lasting(duration.astype(np.float32))


def _first(values: U64) -> Flag:
    found = np.zeros(len(values), np.bool_)
    found[np.unique(values, return_index=True)[1]] = True
    return found
