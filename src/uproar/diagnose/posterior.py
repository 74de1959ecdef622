"""From facts to probabilities: a sum of decibans for each mechanism, and what the sums are worth.

odds of a mechanism = its base rate x 10^(sum of the decibans of what is seen / 10); the probabilities
are those odds, made to sum to one. Weights are learned together, so that evidence that comes together
is not counted twice; what is not known adds nothing. See docs/explain/diagnosis.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from uproar.diagnose import claimed
from uproar.diagnose.axes import LEAVES
from uproar.diagnose.facts import Facts
from uproar.diagnose.items import IDS, ITEMS
from uproar.diagnose.model import F64, Model

NATS = np.log(10.0) / 10.0  # Of one deciban.


@dataclass(frozen=True, slots=True)
class Sums:
    """Every term of the sum. `items` is (item, mechanism), zero where not seen; `claims` (role, mechanism).

    `base` are the base rates used, `p` the probabilities, `p_unclaimed` those without anybody's word,
    each (mechanism,). `seen` and `known` are by item.
    """

    items: F64
    claims: F64
    base: F64
    p: F64
    p_unclaimed: F64
    seen: tuple[str, ...]
    known: frozenset[str]


def look(facts: Facts) -> tuple[F64, frozenset[str]]:
    """Return which items are seen, as 0 and 1, and the ids of those that are known either way."""
    values = [item.look(facts) for item in ITEMS]
    known = frozenset(id_ for id_, value in zip(IDS, values, strict=True) if value is not None)
    return np.array([1.0 if value else 0.0 for value in values]), known


def rates(model: Model, base_rates: Mapping[str, float] | None) -> F64:
    """Return base rates by mechanism: those of the corpus, or given ones by mechanism, made to sum to one.

    A mechanism that is not given keeps its share of the corpus, within what the given ones leave.
    """
    if not base_rates:
        return model.base
    given = np.array([base_rates.get(leaf, np.nan) for leaf in LEAVES])
    left = np.isnan(given)
    rest = max(0.0, 1.0 - float(np.nansum(given)))
    share = float(model.base[left].sum())
    filled = np.where(left, model.base * (rest / share if share > 0 else 0.0), given)
    filled = np.maximum(filled, 1e-6)
    whole: F64 = filled / filled.sum()
    return whole


def chances(base: F64, decibans: F64) -> F64:
    """Return probabilities by mechanism from base rates and sums of decibans, both (mechanism,)."""
    nats = np.log(base) + NATS * decibans
    odds = np.exp(nats - nats.max())
    p: F64 = odds / odds.sum()
    return p


def add_up(facts: Facts, model: Model, base_rates: Mapping[str, float] | None = None) -> Sums:
    """Add up what speaks for each mechanism."""
    seen, known = look(facts)
    terms = model.items * seen[:, None]
    said = claimed.worth(claimed.asserted(facts.claims), model.claims, model.caps)
    base = rates(model, base_rates)
    unclaimed = terms.sum(axis=0)
    return Sums(
        items=terms,
        claims=said,
        base=base,
        p=chances(base, unclaimed + said.sum(axis=0)),
        p_unclaimed=chances(base, unclaimed),
        seen=tuple(id_ for id_, value in zip(IDS, seen, strict=True) if value),
        known=known,
    )
