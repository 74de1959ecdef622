"""What a diagnosis needs besides facts: weights, causes, past incidents, and base rates of one's own.

Read once and handed on: the core is given them, with the digest that the journal notes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from uproar.catalog import causes as files
from uproar.diagnose import model, past
from uproar.diagnose.axes import FAMILIES, FAMILY_OF, LEAVES
from uproar.diagnose.causes import CAUSES
from uproar.diagnose.conclude import diagnose
from uproar.diagnose.diagnosis import Diagnosis
from uproar.diagnose.facts import Facts
from uproar.diagnose.judge import Judge
from uproar.diagnose.posterior import rates
from uproar.errors import EvidenceInvalid

RATE_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Weighing:
    """Weights and base rates, ready to judge facts. `digest` is that of the weights and the rates given."""

    weights: model.Model
    base_rates: Mapping[str, float]
    digest: str

    def __call__(self, facts: Facts, *, all_reasons: bool = False) -> Diagnosis:
        """Return the diagnosis of some facts."""
        return diagnose(
            facts, self.weights, CAUSES, base_rates=self.base_rates, all_reasons=all_reasons
        )


def weighing(base_rates: Mapping[str, float] | None = None) -> Weighing:
    """Return the packaged weights, ready; `base_rates` by mechanism or family take the corpus's place."""
    weights, digest = _weights()
    own = shared_out(base_rates or {}, weights)
    if own:
        told = ",".join(f"{leaf}={own[leaf]:.9g}" for leaf in sorted(own))
        digest = hashlib.sha256(f"{digest} {told}".encode()).hexdigest()
    return Weighing(weights, own, digest)


def judge(base_rates: Mapping[str, float] | None = None) -> Judge:
    """Return the judge that the fold is handed; `base_rates` as `weighing` takes them."""
    ready = weighing(base_rates)
    return Judge(ready.digest, ready)


def rates_used(of: Weighing) -> dict[str, float]:
    """Return the base rates that are used, by mechanism; they sum to one."""
    return dict(zip(LEAVES, rates(of.weights, of.base_rates).tolist(), strict=True))


@cache
def past_incidents() -> tuple[past.Past, ...]:
    """Return the past incidents of the catalog."""
    return past.parse(files.past())


def rates_of(words: Iterable[str]) -> dict[str, float]:
    """Read base rates given as `attack=0.05`, by mechanism or family; raise EvidenceInvalid for what is no number."""
    found: dict[str, float] = {}
    for word in words:
        name, _, said = word.partition("=")
        try:
            found[name] = float(said)
        except ValueError:
            raise EvidenceInvalid(
                f"base rate `{word}`: give a name and a share, like attack=0.05"
            ) from None
    return found


def wrong(base_rates: Mapping[str, float]) -> str:
    """Return what is wrong with base rates, or nothing."""
    try:
        shared_out(base_rates, _weights()[0])
    except EvidenceInvalid as error:
        return str(error)
    return ""


def shared_out(wanted: Mapping[str, float], weights: model.Model) -> dict[str, float]:
    """Return base rates by mechanism; that of a family is shared out as in the corpus.

    A mechanism that is given beside its family is taken out of the family's share. Raises EvidenceInvalid for a
    name that is none and a number that is no share, if they sum to more than one, or if a family's share
    is smaller than that of its own mechanisms.
    """
    for name, share in wanted.items():
        if name not in FAMILIES and name not in LEAVES:
            raise EvidenceInvalid(
                f"base rate `{name}` is no mechanism and no family; use one of"
                f" {', '.join(dict.fromkeys((*FAMILIES, *LEAVES)))}"
            )
        if not RATE_LEAST <= share < 1.0:
            raise EvidenceInvalid(f"base rate `{name}`: {share:g} is no share above 0 and below 1")
    usual = dict(zip(LEAVES, weights.base.tolist(), strict=True))
    given = {
        name: share for name, share in wanted.items() if name in FAMILY_OF and name not in FAMILIES
    }
    for family, share in wanted.items():
        if family not in FAMILIES:
            continue
        leaves = FAMILIES[family]
        left = [leaf for leaf in leaves if leaf not in given]
        rest = share - sum(given.get(leaf, 0.0) for leaf in leaves)
        if rest < 0 or (rest > 0 and not left):
            raise EvidenceInvalid(
                f"base rates: the mechanisms of `{family}` do not sum to its share of {share:g}"
            )
        whole = sum(usual[leaf] for leaf in left)
        given |= {leaf: rest * usual[leaf] / whole for leaf in left}
    if sum(given.values()) > 1.0 + 1e-9:
        raise EvidenceInvalid(f"base rates: they sum to {sum(given.values()):.3g}, more than 1")
    return given


@cache
def _weights() -> tuple[model.Model, str]:
    text = files.weights()
    return model.parse(text), hashlib.sha256(text).hexdigest()
