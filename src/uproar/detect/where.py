"""Where is it, and where is it not? Which places, networks or symptoms explain an incident's excess.

Each axis (places by continent and country, networks, symptoms) is scanned for the subset whose lift
explains the counts best (`stats.scan`); what was found is set aside and the rest scanned again, since
countries differ in how much they report. "Only" is said where nearly all of the excess lies in what
was found *and* the rest was expected to bring enough reports to show it had been hit as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from uproar.model import place
from uproar.stats import scan

Axis = Literal["place", "network", "symptom"]
Extent = Literal["everywhere", "only", "mostly", "several", "unknown"]
AXES: tuple[Axis, ...] = ("place", "network", "symptom")

WRONG_SHARE = 0.01  # Share of findings that chance may explain.
ROUNDS_MAX = 8
HIT_SHARE = 0.1  # Parts lifted by a tenth of what the most-hit are count as hit ...
HIT_LIFT = 5.0  # ... and so do all that stand at five times their usual.
EVERYWHERE = 0.9  # Share of the usual reports that "everywhere" covers.
ONLY_EXCESS, ONLY_USUAL = 0.9, 0.8  # Of the excess at least; of the usual reports at most.
ONLY_COUNT = (
    20  # Reports that the rest would have brought beyond its usual, had it been hit as well.
)
MOSTLY_EXCESS, MOSTLY_USUAL = 0.75, 0.6
REST_LIFT = 0.25  # The rest is spared when its lift is surely below this share of the lift.
REST_SD = 2.0  # Standard deviations by which the rest may exceed its usual without being elevated.
NAMED_MAX = 30
REST_SHARE = 0.005  # Of the usual, at least, comes from parts that are not known.
USUAL_MIN = 0.05  # Reports expected of a part, at least: no ratio is worth more than that.
COUNT_MIN = 5  # Reports below which nothing is said.
PART_ALPHA = 0.02  # Clumping of a part's count over a whole incident, at least.


class Part(msgspec.Struct):
    """What is usual for a part over an incident: `share` of the whole, `usual` reports, clumping."""

    share: float
    usual: float
    alpha: float = PART_ALPHA


class Where(msgspec.Struct, frozen=True):
    """What one axis says. `among` are ids, most excess first; empty where the extent says enough.

    `times_usual` is of those named together; `share_usual` is the share of the service's usual reports
    that come from them, `share_excess` of the excess; `score` the log-likelihood ratio in nats.
    """

    extent: Extent
    among: tuple[str, ...] = ()
    continents: tuple[str, ...] = ()
    times_usual: float = 0.0
    share_usual: float = 0.0
    share_excess: float = 0.0
    score: float = 0.0


def find(
    axis: Axis, counts: Mapping[str, int], parts: Mapping[str, Part], total: int, usual: float
) -> Where:
    """Return what an axis says of an incident with `total` reports where `usual` were expected.

    Parts without an expectation of their own are lumped into the rest, which can be found elevated,
    but not be named.
    """
    names = sorted(parts)
    c = np.array([float(counts.get(name, 0)) for name in names])
    b = np.array([max(parts[name].usual, USUAL_MIN) for name in names])
    a = np.array([max(parts[name].alpha, PART_ALPHA) for name in names])
    if total < COUNT_MIN or not names:
        return Where("unknown")
    usual = max(usual, USUAL_MIN)
    rest_c, rest_b = max(total - c.sum(), 0.0), max(usual - b.sum(), REST_SHARE * usual)
    c, b, a = np.append(c, rest_c), np.append(b, rest_b), np.append(a, PART_ALPHA)
    groups = _continents(names) if axis == "place" else {}
    hit, score = _hit(c, b, a, list(groups.values()))
    if not hit.any():
        return Where("unknown")
    return _describe(names, c, b, hit, score, groups)


def _continents(names: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    found: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        code = place.place(name).continent
        if code:
            found.setdefault(code, []).append(index)
    return {code: np.array(at, np.int64) for code, at in sorted(found.items())}


def _hit(
    c: NDArray[np.float64],
    b: NDArray[np.float64],
    a: NDArray[np.float64],
    groups: list[NDArray[np.int64]],
) -> tuple[NDArray[np.bool_], float]:
    """Return which parts stand out, and the score of the first finding."""
    hit = np.zeros(len(c), np.bool_)
    left = np.arange(len(c))
    first: scan.Finding | None = None
    for _ in range(ROUNDS_MAX):
        found = scan.scan(c, b, a, groups, left)
        if found is None or found.worth < -math.log(WRONG_SHARE):
            break
        if first is None:
            first = found
        excess = found.lift - 1.0
        if excess < min(HIT_SHARE * (first.lift - 1.0), HIT_LIFT - 1.0):
            break
        # A part that is named along with others, but is itself not above its usual, is not hit.
        hit[found.members[c[found.members] > b[found.members]]] = True
        left = np.setdiff1d(left, found.members)
        if not len(left):
            break
    return hit, 0.0 if first is None else first.score


def _describe(
    names: Sequence[str],
    c: NDArray[np.float64],
    b: NDArray[np.float64],
    hit: NDArray[np.bool_],
    score: float,
    groups: Mapping[str, NDArray[np.int64]],
) -> Where:
    excess = np.maximum(c - b, 0.0)
    share_usual = float(b[hit].sum() / b.sum())
    # Of the rest only what neither chance nor an error of its expectation explains is excess.
    rest_b = float(b[~hit].sum())
    chance = REST_SD * math.sqrt(rest_b + PART_ALPHA * rest_b * rest_b)
    beyond = max(float((c - b)[~hit].sum()) - chance, 0.0)
    share_excess = float(excess[hit].sum() / max(excess[hit].sum() + beyond, 1e-9))
    lift = float(c[hit].sum() / b[hit].sum())
    order = np.argsort(-excess[:-1] * hit[:-1], kind="stable")
    named = tuple(names[at] for at in order if hit[at])[:NAMED_MAX]
    spared = _is_spared(float(c[~hit].sum()), float(b[~hit].sum()), lift)
    extent: Extent
    if share_usual >= EVERYWHERE or not (~hit).any():
        extent = "everywhere"
    elif not hit[-1] and share_excess >= ONLY_EXCESS and share_usual <= ONLY_USUAL and spared:
        extent = "only"
    elif not hit[-1] and share_excess >= MOSTLY_EXCESS and share_usual <= MOSTLY_USUAL:
        extent = "mostly"
    else:
        extent = "several"
    return Where(
        extent=extent,
        among=() if extent == "everywhere" else named,
        continents=() if extent == "everywhere" else _whole(b, hit, groups),
        times_usual=round(lift, 2),
        share_usual=round(share_usual, 4),
        share_excess=round(share_excess, 4),
        score=round(score, 2),
    )


def _is_spared(count: float, usual: float, lift: float) -> bool:
    """Tell whether a count is surely below a quarter of the lift: its 95 % upper bound (Byar)."""
    if usual * (lift - 1.0) < ONLY_COUNT:
        return False
    upper = (count + 1.0) * (
        1.0 - 1.0 / (9.0 * (count + 1.0)) + 1.645 / (3.0 * (count + 1) ** 0.5)
    ) ** 3
    return usual > 0 and upper / usual - 1.0 < max(REST_LIFT * (lift - 1.0), 0.0)


def _whole(
    b: NDArray[np.float64], hit: NDArray[np.bool_], groups: Mapping[str, NDArray[np.int64]]
) -> tuple[str, ...]:
    """Return the continents of which nearly everything, and more than two countries, is hit."""
    return tuple(
        code
        for code, at in groups.items()
        if hit[at].sum() > 2 and b[at][hit[at]].sum() >= EVERYWHERE * b[at].sum()
    )


def as_dict(wheres: Mapping[Axis, Where]) -> dict[str, object]:
    """Return what the axes say as plain values, for decisions and twins; unknown axes are left out."""
    return {
        axis: {key: value for key, value in msgspec.to_builtins(found).items() if value}
        for axis, found in wheres.items()
        if found.extent != "unknown"
    }


def headline(wheres: Mapping[Axis, Where]) -> Axis | None:
    """Return the axis that says most: the one confined to the smallest share of what is usual."""
    confined = [axis for axis in AXES if wheres[axis].extent in ("only", "mostly")]
    if not confined:
        return None
    return min(confined, key=lambda axis: (wheres[axis].extent != "only", wheres[axis].share_usual))
