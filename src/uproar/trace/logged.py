"""What does an access log show? Where it rises, against what is usual there, and what explains it, with probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from uproar.trace.addresses import packed, prefix, prefixes, shares_of
from uproar.trace.attack import Evidence, Reason, Share, Sources
from uproar.trace.compared import BEFORE_MS, USUAL_LEAST, Compared, Familiarity, Pair, compare
from uproar.trace.habits import unwaiting
from uproar.trace.origins import FEW, SHOWN, Known, disagreement, systems
from uproar.trace.requests import Log, Rows
from uproar.trace.spoofing import LOOKED_UP_MAX
from uproar.trace.surge import stretch, width
from uproar.trace.surging import ATTACK, CROWD, P_LEAST, SAID_FROM, Weighed, enough, vector, weigh
from uproar.trace.traffic import SECOND_MS, hashed
from uproar.wire.packets.frames import I64, Flag

CALM = 1.5  # Times the median rate before: what lies right before the stretch and has more belongs to its rise ...
RISE_MAX_MS = 900_000  # ... for so long at most; what takes longer comes with the hour of the day.
STEP_PART = 8  # The rate at the beginning is that of so small a part of the stretch.
SILENT_BIN_MS = 10_000
SILENT_EXPECTED = 20.0  # Requests that usually come in that time.
SILENT_SHARE = 0.1  # Of the usual rate, and it is called silent.
WAVE = 4.0  # A stretch of the time before with so many times its rate is no part of the usual.
APART = 3.0  # Log-ins or held connections rise by themselves if so many times as much as all requests do.


class RequestRates(msgspec.Struct, frozen=True):
    """How much came in the stretch: peaks are of bins of `bin_ms`, the mean of its whole time."""

    requests: float
    octets: float
    peak_requests_s: float
    mean_requests_s: float
    usual_requests_s: float | None
    bin_ms: int


class Surge(msgspec.Struct, frozen=True):
    """A stretch of a log, and what explains it. Times are ms UTC. `vector` is how it is made if it is an attack.

    `probability` is of each explanation, summing to one but for bounds; `said` the one that is probable enough to be called, else "".
    """

    from_ms: int
    to_ms: int
    said: str
    vector: str
    probability: dict[str, float]
    rates: RequestRates
    sources: Sources
    evidence: tuple[Evidence, ...]
    risen: bool  # False where the whole log is alike.
    usual: bool  # Whether anything is known of what is usual.
    one_of: int = 1

    @property
    def attack(self) -> bool:
        """Tell whether it is called an attack."""
        return self.said == ATTACK

    @property
    def flash_crowd(self) -> float:
        """Return how probable it is that people came."""
        return round(self.probability[CROWD], 3)


class Ordinary(NamedTuple):
    """Rows of ordinary times, by time, and how many milliseconds so many requests take at the usual rate."""

    rows: Rows
    covers_ms: float


class _Candidate(NamedTuple):
    pair: Pair
    from_ms: int
    to_ms: int
    risen: bool


def trace_log(log: Log, baseline: Log | None, about: Known) -> Surge | None:
    """Return what a log shows of its most striking stretch; None where it holds no request at all.

    `baseline` is a log of a time that was ordinary; without it the time before the rise is.
    """
    ordinary = None
    if baseline is not None:
        whole = baseline.rows()
        covered = int(whole.at_ms[-1] - whole.at_ms[0]) + 1 if len(whole) else 1
        ordinary = Ordinary(whole, covered * log.one_of / baseline.one_of)
    return trace_rows(log.rows(), ordinary, about, one_of=log.one_of)


def trace_rows(
    rows: Rows, ordinary: Ordinary | None, about: Known, *,
    one_of: int = 1, familiar: Familiarity | None = None,
) -> Surge | None:  # fmt: skip
    """Return what rows, by time, show of their most striking stretch; None where there are none.

    `one_of`: of so many requests one is among the rows. `familiar` tells how many of rows are of networks that often came before.
    """
    if not len(rows):
        return None
    if ordinary is not None:
        ordinary = Ordinary(unwaiting(ordinary.rows, ordinary.rows), ordinary.covers_ms)
    rows = unwaiting(rows, None if ordinary is None else ordinary.rows)
    best: tuple[tuple[bool, bool, float], _Candidate, Compared, Weighed, Flag] | None = None
    for found in _candidates(rows, ordinary):
        seen, hot = compare(found.pair, familiar)
        weighed = weigh(seen)
        called = weighed.probability[ATTACK] if enough(seen) else 0.0
        # An attack of log-ins or held connections is also a rise of all; it is told as what it is.
        rank = called >= SAID_FROM, found.pair.beside is not None, called
        if best is None or (rank[0] and rank > best[0]):
            best = rank, found, seen, weighed, hot
    if best is None:
        return None
    return _surge(*best[1:], about, one_of)


def _candidates(rows: Rows, ordinary: Ordinary | None) -> Iterator[_Candidate]:
    """Yield the stretch where all requests stand out, or the whole log; then those of log-ins and of held connections."""
    first, last = int(rows.at_ms[0]), int(rows.at_ms[-1])
    found = stretch(rows.at_ms, first, last)
    begin, end = (first, last + 1) if found is None else (found.from_ms, found.to_ms)
    pair = _pair(rows, begin, end, ordinary)
    yield _Candidate(pair, begin, end, found is not None)
    for kind in ("login", "slow"):
        some: Flag = getattr(rows, kind)
        apart = stretch(rows.at_ms[some], first, last)
        if apart is None:
            continue
        begin, end = apart.from_ms, apart.to_ms
        if apart.factor < APART * max(_factor(rows, begin, end), 1.0):
            continue
        pair = _pair(rows, begin, end, ordinary)
        yield _Candidate(_of_kind(pair, kind), begin, end, True)


def _of_kind(pair: Pair, kind: str) -> Pair:
    inside = pair.inside.take(getattr(pair.inside, kind))
    usual = pair.usual.take(getattr(pair.usual, kind))
    theirs = np.isin(pair.inside.source, np.unique(inside.source))
    beside = float(theirs.sum() - len(inside)) / max(len(inside), 1)
    return Pair(inside, usual, pair.usual, pair.before, pair.scale, beside, silent=pair.silent)


def _factor(rows: Rows, begin: int, end: int) -> float:
    within = float(((rows.at_ms >= begin) & (rows.at_ms < end)).sum())
    span = float(rows.at_ms[-1] - rows.at_ms[0] + 1)
    outside = max(len(rows) - within, 0.5) / max(span - (end - begin), 1.0)
    return within / max(end - begin, 1) / outside


def _pair(rows: Rows, begin: int, end: int, ordinary: Ordinary | None) -> Pair:
    """Return a stretch beside the usual: the log of an ordinary time, else the time before, else all the rest."""
    at = rows.at_ms
    within = (at >= begin) & (at < end)
    first, last = int(at[0]), int(at[-1])
    onset = _onset(at, first, begin)
    before = rows.take((at >= onset - BEFORE_MS) & (at < onset))
    covered: float
    if ordinary is not None and len(ordinary.rows):
        usual, covered = ordinary
    else:
        usual, covered = _calm(rows.take(at < onset), first, onset)
        if len(usual) < USUAL_LEAST:
            usual, covered = rows.take(~within), (last + 1 - first) - (end - begin)
    scale = (end - begin) / max(covered, 1)
    return Pair(
        rows.take(within),
        usual,
        usual,
        before,
        scale,
        falls=ordinary is None and begin == first and end <= last,
        step=_step(at, begin, end, onset),
        silent=_silent(before.at_ms, onset, first, len(usual) / max(covered, 1)),
    )


def _calm(rows: Rows, begin: int, end: int) -> tuple[Rows, int]:
    """Return a time without an earlier wave, if it has one, and how long it is then."""
    wave = stretch(rows.at_ms, begin, end - 1) if len(rows) else None
    if wave is None or wave.factor < WAVE or wave.from_ms == begin:
        return rows, end - begin
    within = (rows.at_ms >= wave.from_ms) & (rows.at_ms < wave.to_ms)
    return rows.take(~within), (end - begin) - (wave.to_ms - wave.from_ms)


def _onset(at: I64, first: int, begin: int) -> int:
    """Return when the rise began that led to the stretch: the rate left the calm then, and did not come back to it."""
    wide = width(begin - first) if begin > first else 1
    bins = (begin - first) // wide
    if bins < 3:
        return begin
    counts = np.bincount((at[(at >= begin - bins * wide) & (at < begin)] - (begin - bins * wide)) // wide, minlength=bins)  # fmt: skip
    least = CALM * max(float(np.median(counts)), 1.0)
    # Single bins are uneven; three together are less so.
    even = np.convolve(counts, np.ones(3) / 3, mode="same")
    back = int(np.argmax(even[::-1] <= least)) if (even <= least).any() else 0
    return max(begin - min(back * wide, RISE_MAX_MS), first)


def _step(at: I64, begin: int, end: int, onset: int) -> float | None:
    """Return how much higher the rate is right after the beginning than right before the rise."""
    wide = max((end - begin) // STEP_PART, SECOND_MS)
    if onset - wide < at[0]:
        return None
    before = ((at >= onset - wide) & (at < onset)).sum()
    after = ((at >= begin) & (at < begin + wide)).sum()
    return float(after) / max(float(before), 0.5)


def _silent(at: I64, begin: int, first: int, rate_ms: float) -> float | None:
    """Return how much of the time right before was silent; None where silence is nothing out of the ordinary."""
    span = min(BEFORE_MS, begin - first)
    if span < SILENT_BIN_MS or rate_ms * SILENT_BIN_MS < SILENT_EXPECTED:
        return None
    bins = span // SILENT_BIN_MS
    counts = np.bincount((begin - 1 - at) // SILENT_BIN_MS, minlength=bins)[:bins]
    return float((counts <= SILENT_SHARE * rate_ms * SILENT_BIN_MS).mean())


def _surge(
    found: _Candidate, seen: Compared, weighed: Weighed, hot: Flag, about: Known, one_of: int
) -> Surge:
    inside = found.pair.inside
    said, most = max(weighed.probability.items(), key=lambda each: each[1])
    if most < SAID_FROM or (said == ATTACK and not enough(seen)):
        said = ""
    seconds = max(found.to_ms - found.from_ms, SECOND_MS) / SECOND_MS
    counts = np.unique(inside.at_ms // SECOND_MS, return_counts=True)[1]
    usual = len(found.pair.usual) * found.pair.scale / seconds if seen.factor is not None else None
    return Surge(
        from_ms=found.from_ms,
        to_ms=found.to_ms,
        said=said,
        vector=vector(seen),
        probability={name: round(each, 3) for name, each in weighed.probability.items()},
        rates=RequestRates(
            requests=float(len(inside) * one_of),
            octets=float(inside.octets.sum()) * one_of,
            peak_requests_s=float(counts.max(initial=0)) * one_of,
            mean_requests_s=round(len(inside) * one_of / seconds, 1),
            usual_requests_s=None if usual is None else round(usual * one_of, 2),
            bin_ms=SECOND_MS,
        ),
        sources=_sources(inside.take(hot) if hot.any() else inside, about),
        evidence=weighed.evidence,
        risen=found.risen,
        usual=seen.factor is not None,
        one_of=one_of,
    )


def _sources(rows: Rows, about: Known) -> Sources:
    """Return where the last hops lie: genuine ones, for a request is made on a connection that came about."""
    count = len(np.unique(rows.source))
    told = rows.take(rows.addressed)
    _, first, sent = np.unique(hashed(told.hi, told.lo), return_index=True, return_counts=True)
    step = -(-len(first) // LOOKED_UP_MAX) or 1
    hi, lo = told.hi[first][::step], told.lo[first][::step]
    halves = zip(hi.tolist(), lo.tolist(), strict=True)
    addresses = [packed(hi, lo) for hi, lo in halves]
    countries = shares_of(about.country_of(addresses)) if addresses else {}
    if not countries:
        codes = [_country(code) for code in rows.country[rows.country != 0].tolist()]
        countries = shares_of(codes)
    reason: Reason = ""
    if not countries:
        reason = "no-database"
    elif count < FEW:
        reason = "few"
    ordered = sorted(countries.items(), key=lambda each: (-each[1], each[0]))[:SHOWN]
    return Sources(
        count=count,
        spoofed=P_LEAST,
        countries=tuple(Share(name, round(share, 4)) for name, share in ordered),
        asns=systems(hi, lo, about),
        networks=_networks(told),
        meaningful=not reason,
        reason=reason,
        evidence=(Evidence("completed", 1.0, 1 / 50),),
        database=about.database,
        disagreement=disagreement(hi, lo, sent[::step].astype(np.float64), about),
        attributions=about.attributions,
    )


def _country(code: int) -> str:
    return chr(code >> 8) + chr(code & 0xFF)


def _networks(rows: Rows) -> tuple[Share, ...]:
    """Return the prefixes from which most requests come."""
    if not len(rows):
        return ()
    hi, lo = prefixes(rows.hi, rows.lo)
    _, first, counts = np.unique(hashed(hi, lo), return_index=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:SHOWN]
    found = [
        Share(
            prefix(int(hi[first[row]]), int(lo[first[row]])),
            round(float(counts[row]) / len(rows), 4),
        )
        for row in order.tolist()
    ]
    return tuple(sorted(found, key=lambda each: (-each.share, each.name)))
