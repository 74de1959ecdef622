"""What was learned, as a value: how much each item of evidence speaks for each mechanism.

Weights are in decibans (ten times the decimal logarithm of a factor on the odds), rounded to a tenth,
so that what is shown is what is summed. They stand in one file of JSON with its provenance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from uproar.diagnose.axes import LEAVES
from uproar.diagnose.items import IDS
from uproar.diagnose.roles import ROLES
from uproar.errors import EvidenceInvalid

FORMAT = 1
KINDS = (
    "leaf",
    "family",
    "attack",
    "attack-leaf",
)  # What a claim says of a mechanism; see `claimed`.
F64 = NDArray[np.float64]


class ClaimWeights(msgspec.Struct, frozen=True, rename="kebab"):
    """What a claim of one role is worth, in decibans.

    `leaf` goes to the very mechanism that is claimed and `family` to all of its family, where it is no attack;
    `attack` goes to every kind of attack where any is claimed, `attack_leaf` besides to the very one.
    """

    leaf: float
    family: float
    attack: float
    attack_leaf: float


class Caps(msgspec.Struct, frozen=True):
    """The most that all claims together may move one mechanism: of the attack family, and any other."""

    attack: float
    other: float


class Weights(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """The file. `items` has decibans by item and mechanism (absent is 0), `seen` in which share of the corpus an item was seen."""

    format: int
    provenance: dict[str, Any]
    base_rates: dict[str, float]
    claims: dict[str, ClaimWeights]
    caps: Caps
    seen: dict[str, float]
    items: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Model:
    """Weights as arrays: `items` (item, mechanism), `claims` (role, kind), `base` (mechanism,), `seen` (item,)."""

    items: F64
    claims: F64
    base: F64
    seen: F64
    caps: Caps
    provenance: Mapping[str, Any]


def parse(text: bytes | str) -> Model:
    """Read the file of weights.

    Raises EvidenceInvalid if it is of another format, or has items, mechanisms or roles that are not known.
    """
    try:
        weights = msgspec.json.decode(text, type=Weights)
    except msgspec.DecodeError as error:
        raise EvidenceInvalid(f"the weights of diagnosis cannot be read: {error}") from None
    if weights.format != FORMAT:
        raise EvidenceInvalid(
            f"the weights of diagnosis have format {weights.format}; this version reads {FORMAT}"
        )
    leaves = {leaf for by_leaf in weights.items.values() for leaf in by_leaf}
    strange = sorted(
        (set(weights.items) | set(weights.seen)) - set(IDS)
        | (leaves | set(weights.base_rates)) - set(LEAVES)
        | set(weights.claims) - set(ROLES)
    )
    if strange or set(weights.base_rates) != set(LEAVES) or set(weights.claims) != set(ROLES):
        raise EvidenceInvalid(
            f"the weights of diagnosis do not fit this version: {', '.join(strange) or 'some are missing'}"
        )
    items = [[weights.items.get(id_, {}).get(leaf, 0.0) for leaf in LEAVES] for id_ in IDS]
    rates = np.array([weights.base_rates[leaf] for leaf in LEAVES], np.float64)
    if not np.all(np.isfinite(rates) & (rates > 0)) or not np.all(np.isfinite(items)):
        raise EvidenceInvalid(
            "the weights of diagnosis must be finite, and every base rate above 0"
        )
    return Model(
        items=np.array(items, np.float64),
        claims=np.array(
            [msgspec.structs.astuple(weights.claims[role]) for role in ROLES], np.float64
        ),
        base=rates / rates.sum(),
        seen=np.array([weights.seen.get(id_, 0.0) for id_ in IDS], np.float64),
        caps=weights.caps,
        provenance=weights.provenance,
    )
