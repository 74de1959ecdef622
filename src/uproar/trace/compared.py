"""What is other in a stretch of a log than is usual there? Shares of the excess: what came less what usually comes.

Where nothing is known of the usual, all that came is the excess, and measures that compare are None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from uproar.trace.addresses import bogons, divergence, prefixes
from uproar.trace.habits import again, asked_once, breadth, expected, first_loads, spread
from uproar.trace.requests import Rows
from uproar.trace.traffic import F64, hashed
from uproar.wire.packets.frames import U64, Flag

MINUTE_MS = 60_000
TOP_SOURCES = 10
TOP_PATHS = 256  # That are compared one by one; all others count as one.
USUAL_LEAST = 100  # Requests; of fewer nothing is called usual.
BEFORE_MS = 600_000  # The state of the service is that of so long before.
BEFORE_LEAST = 20  # Requests then.
EXCESS_LEAST = 20.0
QUICK_MS = 100.0
AGENTS_OLD = 0.8  # Of the requests: their agents came often before.


# How many of the rows are of networks that often came in the last weeks; None where that is not known.
Familiarity = Callable[[Rows], float | None]
LONG_KNOWN = 0.8  # Of the usual, where there is none to ask about.


@dataclass(frozen=True, slots=True)
class Compared:
    """Shares are of the excess, 0 to 1; those ending in `_usual` of the usual; None where it cannot be told."""

    excess: float
    factor: float | None
    per_minute: float  # Requests of one source in a minute in which it comes, mean.
    per_minute_usual: float | None
    top_sources: float
    known: float | None
    known_usual: float | None
    sub: float
    sub_usual: float | None
    referred: float
    referred_usual: float | None
    agent: float
    agent_usual: float | None
    agent_old: bool | None
    agent_divergence: float | None
    agent_paths: float | None  # Divergence of paths from what the same agents usually ask for.
    agents_per_request: float
    path_distinct: float
    asked_once: float
    again: float
    again_usual: float | None
    spread: float | None
    spread_usual: float | None
    breadth: float | None
    top_known: float | None
    top_one: float
    path_divergence: float | None
    novelty: float
    login: float
    login_usual: float | None
    slow: float
    slow_known: float | None
    reset: float
    failed: float
    failed_before: float | None
    refused: float
    beside: float | None
    falls: bool
    step: float | None
    silent_before: float | None
    new_agents: float | None
    special: float


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A stretch beside the usual: rows of one kind in each, all rows of the usual, and all right before the stretch.

    `usual` rows count `scale` times for the time of the stretch. `beside` is how many requests of other kinds the same sources made
    in the stretch for each of this kind, None where the kind is all.
    """

    inside: Rows
    usual: Rows
    all_usual: Rows
    before: Rows
    scale: float
    beside: float | None = None
    falls: bool = False  # The stretch begins with the log: no rise is seen, only the end of it.
    step: float | None = (
        None  # Rate at its beginning to that right before; None where it cannot be told.
    )
    silent: float | None = None  # How much of the time right before hardly anything came in.


def compare(pair: Pair, familiar: Familiarity | None = None) -> tuple[Compared, Flag]:
    """Return the measures, and which rows inside are of sources that make the excess."""
    inside, usual, before, scale = pair.inside, pair.usual, pair.before, pair.scale
    some = len(pair.all_usual) >= USUAL_LEAST
    same = some and len(usual) >= USUAL_LEAST
    weight = scale if some else 0.0
    excess = max(len(inside) - weight * len(usual), 1.0)

    def share(of_inside: Flag, of_usual: Flag) -> float:
        came = float(of_inside.sum()) - weight * float(of_usual.sum())
        return float(np.clip(came / excess, 0.0, 1.0))

    def usually(of_usual: Flag) -> float | None:
        return float(of_usual.mean()) if same else None

    # What leads to a surge begins before it: clients are old if they came in the earlier half of the usual.
    settled = pair.all_usual.take(np.arange(len(pair.all_usual)) < len(pair.all_usual) // 2)
    source, old = inside.source, np.unique(settled.source)
    hot = _hot(source, usual.source, weight)
    mine = inside.take(hot) if hot.any() else inside
    agents = _excess(inside.agent ^ inside.ja4, usual.agent ^ usual.ja4, weight)
    by_source = _excess(source, usual.source, weight)
    busiest = np.argsort(-by_source, kind="stable")[:TOP_SOURCES]
    names = np.unique(source)
    parts, usual_parts = first_loads(inside), first_loads(usual)
    pages, usual_pages = ~inside.sub, ~usual.sub
    came, usually_came = (inside.referer != 0)[pages], (usual.referer != 0)[usual_pages]
    asked = hashed(inside.path, inside.query)
    once = _rare(asked) & (inside.query != 0) & ~np.isin(asked, hashed(usual.path, usual.query))
    is_old = np.isin(_networks(inside), _networks(settled))
    slow = inside.slow
    span = int(mine.at_ms.max() - mine.at_ms.min()) + 1 if len(mine) else 0
    known = float(is_old.mean()) if some else None
    known_usual = _known_usual(pair.all_usual) if some else None
    if familiar is not None and (long_known := familiar(inside)) is not None:
        known, known_usual = long_known, familiar(pair.all_usual) or LONG_KNOWN
    return (
        Compared(
            excess=excess,
            factor=len(inside) / max(weight * len(usual), 0.5) if some else None,
            per_minute=_per_minute(mine),
            per_minute_usual=_per_minute(usual) if same else None,
            top_sources=float(np.clip(by_source[busiest].sum() / excess, 0, 1)),
            top_known=_among(names[busiest], by_source[busiest], old) if some else None,
            known=known,
            known_usual=known_usual,
            top_one=float(np.clip(by_source[busiest[:1]].sum() / excess, 0, 1)),
            sub=share(parts, usual_parts),
            sub_usual=expected(inside, usual, hot, usual_parts) if same else None,
            referred=_share_of_excess(came, usually_came, weight),
            referred_usual=expected(
                inside.take(pages), usual.take(usual_pages), hot[pages], usually_came
            )
            if same
            else None,
            agent=_top(agents),
            agent_usual=_top(_excess(usual.agent ^ usual.ja4, usual.agent[:0], 0.0))
            if same
            else None,
            agents_per_request=len(np.unique(mine.agent[mine.agent != 0])) / max(len(mine), 1),
            path_distinct=len(np.unique(mine.path)) / max(len(mine), 1),
            asked_once=asked_once(mine),
            again=float(again(inside)[hot & pages].mean()) if (hot & pages).any() else 0.0,
            again_usual=expected(inside, usual, hot & pages, again(usual)) if same else None,
            spread=spread(mine, span),
            spread_usual=spread(usual, span) if same else None,
            breadth=breadth(mine) / max(breadth(usual), 1.0) if same else None,
            path_divergence=_divergence(inside, usual) if same else None,
            novelty=float(np.clip(once.sum() / excess, 0, 1)),
            login=share(inside.login, usual.login),
            login_usual=usually(usual.login),
            slow=share(slow, usual.slow),
            slow_known=_slow_known(slow, np.isin(source, old)) if some else None,
            reset=_reset(inside, usual, weight, excess),
            failed=float(inside.failed.mean()) if len(inside) else 0.0,
            failed_before=float(before.failed.mean()) if len(before) >= BEFORE_LEAST else None,
            refused=share(inside.status == 429, usual.status == 429),
            beside=pair.beside,
            falls=pair.falls,
            step=pair.step,
            silent_before=pair.silent,
            agent_divergence=_agent_divergence(mine, usual) if same else None,
            agent_paths=_agent_paths(mine, usual) if same else None,
            agent_old=_agent_old(inside, agents, settled) if some else None,
            new_agents=_new_agents(mine, pair.all_usual) if some else None,
            special=share(_special(inside), _special(usual)),
        ),
        hot,
    )


def _hot(source: U64, usual: U64, weight: float) -> Flag:
    """Return the rows of sources that came more than twice as often as they usually do, and once more."""
    names, place, counts = np.unique(source, return_inverse=True, return_counts=True)
    expected = _counted(usual, names) * weight
    return np.asarray((counts > 2 * expected)[place], np.bool_)


def _counted(values: U64, names: U64) -> F64:
    """Return how often each of the sorted names is among the values."""
    have, counts = np.unique(values, return_counts=True)
    if not len(have):
        return np.zeros(len(names))
    at = np.minimum(np.searchsorted(have, names), len(have) - 1)
    return np.where(have[at] == names, counts[at], 0).astype(np.float64)


def _excess(values: U64, usual: U64, weight: float) -> F64:
    names, counts = np.unique(values, return_counts=True)
    return np.maximum(counts - weight * _counted(usual, names), 0.0)


def _top(counts: F64) -> float:
    return float(counts.max() / max(counts.sum(), 1e-9)) if len(counts) else 0.0


def _share_of_excess(inside: Flag, usual: Flag, weight: float) -> float:
    """Return the share of the excess of some rows that are such, where both are of those rows alone."""
    excess = max(len(inside) - weight * len(usual), 1.0)
    return float(np.clip((inside.sum() - weight * usual.sum()) / excess, 0.0, 1.0))


def _among(names: U64, weights: F64, old: U64) -> float:
    return float(weights[np.isin(names, old)].sum() / max(weights.sum(), 1e-9))


def _agent_old(inside: Rows, excess: F64, usual: Rows) -> bool:
    """Tell whether the agent that most of the excess has is one that came often before."""
    names = np.unique(inside.agent ^ inside.ja4)
    top = names[int(np.argmax(excess))]
    return int(((usual.agent ^ usual.ja4) == top).sum()) >= BEFORE_LEAST


def _agent_divergence(rows: Rows, usual: Rows) -> float | None:
    """Return how far the mix of agents is from the usual one, bits; None where the log hardly names any."""
    agents, usually = rows.agent[rows.agent != 0], usual.agent[usual.agent != 0]
    if len(agents) < max(BEFORE_LEAST, len(rows) / 2) or len(usually) < USUAL_LEAST:
        return None
    names, counts = np.unique(usually, return_counts=True)
    top = np.sort(names[np.argsort(-counts, kind="stable")[:TOP_PATHS]])
    return divergence(_mix(agents, top), _mix(usually, top))


def _agent_paths(rows: Rows, usual: Rows) -> float | None:
    """Return how far the mix of paths is from what the same agents usually ask for, bits.

    Many who open the app of a service at once are another mix of agents and of paths, and ask for what that app always
    asks for. None where one in five has an agent that hardly came before.
    """
    names, place, counts = np.unique(rows.agent, return_inverse=True, return_counts=True)
    before = _counted(usual.agent, names)
    old = (before >= BEFORE_LEAST) & (names != 0)
    if not len(rows) or float(old[place].mean()) < AGENTS_OLD:
        return None
    at = np.minimum(np.searchsorted(names, usual.agent), len(names) - 1)
    same = (names[at] == usual.agent) & old[at]
    mine = rows.path[old[place]]
    paths, of = np.unique(usual.path[same], return_inverse=True)
    weights = (counts / np.maximum(before, 1.0))[at[same]]
    sums = np.bincount(of, weights, len(paths))
    top = np.sort(paths[np.argsort(-sums, kind="stable")[:TOP_PATHS]])
    shares = sums[np.isin(paths, top)] / max(float(sums.sum()), 1e-9)
    expected_mix = {
        str(name): share for name, share in zip(top.tolist(), shares.tolist(), strict=True)
    }
    return divergence(_mix(mine, top), expected_mix | {"": max(1.0 - float(shares.sum()), 0.0)})


def _new_agents(rows: Rows, usual: Rows) -> float | None:
    """Return how many are of agents that did not come before; None where the log hardly names any."""
    named = rows.agent != 0
    if not len(rows) or named.mean() < 0.5:
        return None
    return float((~np.isin(rows.agent[named], usual.agent)).mean())


def _rare(values: U64) -> Flag:
    """Return which values come at most twice."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((counts <= 2)[place], np.bool_)


def _per_minute(rows: Rows) -> float:
    pairs = hashed(rows.source, rows.at_ms // MINUTE_MS)
    return len(rows) / max(len(np.unique(pairs)), 1)


def _networks(rows: Rows) -> U64:
    hidden = ~rows.addressed
    return np.where(hidden, rows.source, hashed(*prefixes(rows.hi, rows.lo)))


def _known_usual(usual: Rows) -> float:
    """Return how many of the later half of the usual come from networks of the earlier one: how well they can be known."""
    half = len(usual) // 2
    networks = _networks(usual)
    return float(np.isin(networks[half:], networks[:half]).mean())


def _special(rows: Rows) -> Flag:
    return bogons(rows.hi, rows.lo) & rows.addressed


def _divergence(inside: Rows, before: Rows) -> float:
    """Return how far the mix of paths is from the usual, bits: 0 the same, 1 nothing in common.

    Parts of pages are the same for all pages, so they are left out where there are pages enough.
    """
    paths, usual = inside.path[~inside.sub], before.path[~before.sub]
    if min(len(paths), len(usual)) < BEFORE_LEAST:
        paths, usual = inside.path, before.path
    names, counts = np.unique(usual, return_counts=True)
    top = np.sort(names[np.argsort(-counts, kind="stable")[:TOP_PATHS]])
    return divergence(_mix(paths, top), _mix(usual, top))


def _mix(paths: U64, top: U64) -> dict[str, float]:
    counts = _counted(paths, top)
    total = max(len(paths), 1)
    found = {str(name): count / total for name, count in zip(top.tolist(), counts, strict=True)}
    return found | {"": max(1.0 - float(counts.sum()) / total, 0.0)}


def _slow_known(slow: Flag, known: Flag) -> float | None:
    """Return how many requests of sources that came before are slow too: whether all suffer, or only some dawdle."""
    return float(slow[known].mean()) if known.sum() >= BEFORE_LEAST else None


def _reset(inside: Rows, usual: Rows, weight: float, excess: float) -> float:
    def given_up(rows: Rows) -> float:
        quick = np.isnan(rows.duration_ms) | (rows.duration_ms <= QUICK_MS)
        return float(((rows.status == 499) & quick).sum())

    return float(np.clip((given_up(inside) - weight * given_up(usual)) / excess, 0, 1))
