"""How the weights are learned: from labelled incidents, beginning at what experts say.

The weight of an item for a mechanism is what the expert said (times `TRUST`) plus what its family has in
common plus what is its own; the latter two are pulled to zero (a Gaussian prior, ridge). Base rates are those of
the corpus. Each incident is shown as an operator saw it, as an outsider did, without claims, and with random halves
of its evidence missing, so that what is missing says nothing. Claims have four weights a role, the same for all
mechanisms. Last, all weights are stretched so that the answers of incidents that were left out are as sure as they are right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uproar.diagnose import claimed
from uproar.diagnose.axes import FAMILIES, FAMILY_OF, LEAVES
from uproar.diagnose.cause import Cause
from uproar.diagnose.facts import Facts
from uproar.diagnose.items import IDS, ITEMS
from uproar.diagnose.model import KINDS, Caps, Model
from uproar.diagnose.posterior import NATS, chances, look
from uproar.diagnose.roles import ROLES
from uproar.stats.descent import minimum

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

TRUST = 0.9  # Of what experts say.
PULL_FAMILY = 5.0  # Ridge of what a family has in common, in 1/nats^2.
PULL_OWN = 5.0  # Ridge of what is a mechanism's own.
PULL_CLAIMS = 5.0
PULL_RATES = 10.0
COPIES = 2  # Of each incident with a random half of its evidence missing.
# How much each way of seeing an incident counts: operator, outsider, outsider without claims, halves of either.
SHARES = (0.3, 0.3, 0.1, 0.15, 0.15)
CAPS = Caps(attack=8.0, other=15.0)
STRETCHES = np.arange(0.7, 1.8, 0.02)
FOLDS = 10  # In which the stretch is found.
# What claims are worth before any data, in nats: by role the very mechanism, its family, any attack, the very attack.
# Owners know their own systems and say so late; who takes credit has a reason to; posts repeat each other.
CLAIMS_BEFORE: Mapping[str, tuple[float, float, float, float]] = {
    "operator": (2.2, 0.7, 1.6, 1.2),
    "official": (0.8, 0.3, 0.3, 0.3),
    "press": (1.0, 0.4, 0.6, 0.6),
    "expert": (1.2, 0.5, 0.7, 0.7),
    "credit": (0.5, 0.2, 1.0, 0.6),
    "public": (0.4, 0.2, 0.1, 0.3),
}
_FAMILY_NUMBER = {family: number for number, family in enumerate(FAMILIES)}
_IN_FAMILY = np.zeros((len(FAMILIES), len(LEAVES)))
for _number, _leaf in enumerate(LEAVES):
    _IN_FAMILY[_FAMILY_NUMBER[FAMILY_OF[_leaf]], _number] = 1.0
_OPERATORS = np.array([item.view == "operator" for item in ITEMS])
_GROUPS = list(dict.fromkeys(item.group for item in ITEMS))
GROUP_OF: I64 = np.array([_GROUPS.index(item.group) for item in ITEMS])


@dataclass(frozen=True, slots=True)
class Lessons:
    """Labelled incidents: `seen` (incident, item), `said` (incident, role, kind, mechanism), `truth` and `event` (incident,)."""

    seen: F64
    said: F64
    truth: I64
    event: I64

    def some(self, which: NDArray[np.bool_]) -> Lessons:
        """Return some of the incidents."""
        return Lessons(self.seen[which], self.said[which], self.truth[which], self.event[which])


def lessons(facts: Sequence[Facts], causes: Sequence[str], events: Sequence[str]) -> Lessons:
    """Return labelled incidents as arrays."""
    names = {name: number for number, name in enumerate(dict.fromkeys(events))}
    return Lessons(
        seen=np.array([look(each)[0] for each in facts]),
        said=np.array([claimed.asserted(each.claims) for each in facts]),
        truth=np.array([LEAVES.index(cause) for cause in causes]),
        event=np.array([names[event] for event in events]),
    )


def expert(causes: Mapping[str, Cause]) -> F64:
    """Return what experts say before any data, in nats, as (item, mechanism)."""
    said = np.zeros((len(IDS), len(LEAVES)))
    for number, leaf in enumerate(LEAVES):
        for each in causes[leaf].speaks:
            said[IDS.index(each.item), number] = each.decibans * NATS
    return said


def outsider(seen: F64) -> F64:
    """Return what an outsider sees of (incident, item)."""
    return np.where(_OPERATORS, 0.0, seen)


def halved(seen: F64, said: F64, dice: np.random.Generator) -> tuple[F64, F64]:
    """Return incidents of which a random half of the groups of evidence is missing, claims as one group."""
    kept = dice.random((len(seen), len(_GROUPS))) < 0.5
    heard = dice.random(len(said)) < 0.5
    return seen * kept[:, GROUP_OF], said * heard[:, None, None, None]


def folds(truth: I64, event: I64, count: int, dice: np.random.Generator) -> I64:
    """Deal incidents into folds, mechanisms evenly, all incidents of one event into the same."""
    events = dice.permutation(np.unique(event))
    largest_first = sorted(events.tolist(), key=lambda each: -int((event == each).sum()))
    held = np.zeros((count, len(LEAVES)))
    fold = np.zeros(len(event), np.int64)
    for each in largest_first:
        has = np.bincount(truth[event == each], minlength=len(LEAVES))
        crowded = 10.0 * (held * has).sum(axis=1) + held.sum(axis=1) + 0.1 * dice.random(count)
        chosen = int(crowded.argmin())
        held[chosen] += has
        fold[event == each] = chosen
    return fold


def learn(of: Lessons, before: F64, dice: np.random.Generator) -> Model:
    """Learn the weights of incidents, from `before` (nats by item and mechanism) on.

    The stretch is chosen on incidents that were left out of fitting, in `FOLDS` folds by event.
    """
    fold = folds(of.truth, of.event, FOLDS, dice)
    left_out = []
    for number in range(FOLDS):
        rest, these = of.some(fold != number), of.some(fold == number)
        left_out.append((_fit(rest, before, dice), these))
    stretch = _stretch(left_out)
    items, claims, base = _fit(of, before, dice)
    return Model(
        items=np.round(items * stretch / NATS, 1),
        claims=np.round(claims * stretch / NATS, 1),
        base=base,
        seen=(of.seen.sum(axis=0) + 0.5) / (len(of.seen) + 1.0),
        caps=CAPS,
        provenance={"incidents": len(of.truth), "stretch": round(float(stretch), 2)},
    )


def judge(model: Model, seen: F64, said: F64) -> F64:
    """Return probabilities (incident, mechanism) of many incidents at once, as `posterior` does of one."""
    heard = [claimed.worth(each, model.claims, model.caps).sum(axis=0) for each in said]
    sums = seen @ model.items + np.array(heard)
    return np.array([chances(model.base, each) for each in sums])


def _stretch(left_out: list[tuple[tuple[F64, F64, F64], Lessons]]) -> float:
    """Return by how much to stretch weights so that, over incidents left out, sureness is what is right."""
    surplus = np.zeros(len(STRETCHES))
    for (items, claims, base), of in left_out:
        for seen in (of.seen, outsider(of.seen)):
            for number, stretch in enumerate(STRETCHES):
                model = Model(items * stretch / NATS, claims * stretch / NATS, base, base, CAPS, {})
                p = judge(model, seen, of.said)
                right = p.argmax(axis=1) == of.truth
                surplus[number] += float((p.max(axis=1) - right).sum())
    return float(STRETCHES[np.abs(surplus).argmin()])


def _shown(of: Lessons, dice: np.random.Generator) -> tuple[F64, F64, I64, F64]:
    """Return every incident in all the ways of seeing it, with how much each counts."""
    outside = outsider(of.seen)
    ways = [(of.seen, of.said), (outside, of.said), (outside, 0.0 * of.said)]
    shares = list(SHARES[:3])
    for _ in range(COPIES):
        ways += [halved(of.seen, of.said, dice), halved(outside, of.said, dice)]
        shares += [share / COPIES for share in SHARES[3:]]
    return (
        np.concatenate([seen for seen, _ in ways]),
        np.concatenate([said for _, said in ways]),
        np.tile(of.truth, len(ways)),
        np.repeat(shares, len(of.truth)),
    )


def _fit(of: Lessons, before: F64, dice: np.random.Generator) -> tuple[F64, F64, F64]:
    """Return weights of items and claims in nats, and base rates."""
    seen, said, truth, counts = _shown(of, dice)
    rows = np.arange(len(truth))
    many, claim_count = len(LEAVES), len(ROLES) * len(KINDS)
    flat = said.reshape(len(said), claim_count, many)
    start_claims = np.array([CLAIMS_BEFORE[role] for role in ROLES]).ravel()
    base = np.bincount(of.truth, minlength=many) + 0.5
    start_rates = np.log(base / base.sum())
    sizes = np.cumsum([many, len(IDS) * len(FAMILIES), len(IDS) * many])

    def parts(at: F64) -> tuple[F64, F64, F64, F64]:
        rates, common, own, claims = np.split(at, sizes)
        return rates, common.reshape(len(IDS), -1), own.reshape(len(IDS), -1), claims

    def cost(at: F64) -> tuple[float, F64]:
        rates, common, own, claims = parts(at)
        items = TRUST * before + common @ _IN_FAMILY + own
        sums = seen @ items + start_rates + rates
        sums += np.einsum("nck,c->nk", flat, start_claims + claims)
        top = sums.max(axis=1)
        whole = top + np.log(np.exp(sums - top[:, None]).sum(axis=1))
        missed = np.exp(sums - whole[:, None])
        missed[rows, truth] -= 1.0
        missed *= counts[:, None]
        by_item = seen.T @ missed
        pulls = (
            PULL_RATES * rates,
            PULL_FAMILY * common,
            PULL_OWN * own,
            PULL_CLAIMS * claims,
        )
        value = float((counts * (whole - sums[rows, truth])).sum())
        value += 0.5 * sum(
            float((pull * part).sum()) for pull, part in zip(pulls, parts(at), strict=True)
        )
        slopes = (
            missed.sum(axis=0) + pulls[0],
            by_item @ _IN_FAMILY.T + pulls[1],
            by_item + pulls[2],
            np.einsum("nck,nk->c", flat, missed) + pulls[3],
        )
        return value, np.concatenate([slope.ravel() for slope in slopes])

    found = minimum(cost, np.zeros(sizes[-1] + claim_count))
    rates, common, own, claims = parts(found)
    fitted = np.exp(start_rates + rates)
    items = TRUST * before + common @ _IN_FAMILY + own
    return items, (start_claims + claims).reshape(len(ROLES), len(KINDS)), fitted / fitted.sum()
