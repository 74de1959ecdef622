"""How right and how sure diagnosis is, on incidents that were left out: `python bench/diagnose/quality.py [--json FILE]`.

Grouped 5-fold by event over the past incidents of the catalog, names and dates hidden (nothing but the words of the
taxonomy is looked at), all of learning done anew in each fold. `--held-out FILE` judges a labelled file with
the weights that are shipped instead. Intervals (95 %) are by bootstrap over events.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from learn import FILE, PAST

from uproar.diagnose import learning, record
from uproar.diagnose.axes import ATTACKS, FAMILIES, FAMILY_OF, LEAVES
from uproar.diagnose.causes import CAUSES
from uproar.diagnose.model import parse as parse_weights
from uproar.diagnose.past import Past, parse

F64 = NDArray[np.float64]
RESAMPLES = 1_000
FOLDS = 5
BINS = 10
DRAWN = 50
FALSE_ALARMS = 0.05
CALLED = 0.5
FAMILY = np.array([list(FAMILIES).index(FAMILY_OF[leaf]) for leaf in LEAVES])
ATTACK = np.array([leaf in ATTACKS for leaf in LEAVES])


def calibration_error(sure: F64, right: F64) -> float:
    """Return the expected calibration error over ten equal bins."""
    which = np.minimum((sure * BINS).astype(int), BINS - 1)
    return float(
        sum(
            abs(sure[which == one].mean() - right[which == one].mean()) * (which == one).mean()
            for one in np.unique(which)
        )
    )


def figures(
    p: F64, truth: NDArray[np.int64], foil: NDArray[np.bool_], *, floored: bool = True
) -> dict[str, float]:
    """Return what is measured of answers (incident, mechanism)."""
    count, rows = len(truth), np.arange(len(truth))
    order = np.argsort(-p, axis=1)
    told = np.eye(len(LEAVES))[truth]
    families = np.array([p[:, number == FAMILY].sum(axis=1) for number in range(len(FAMILIES))]).T
    attack, is_attack = p[:, ATTACK].sum(axis=1), ATTACK[truth]
    found = {
        "n": float(count),
        "top1": float((order[:, 0] == truth).mean()),
        "top3": float((order[:, :3] == truth[:, None]).any(axis=1).mean()),
        "brier": float(((p - told) ** 2).sum(axis=1).mean()),
        "log_loss": float(-np.log(np.maximum(p[rows, truth], 1e-12)).mean()),
        "ece": calibration_error(p.max(axis=1), order[:, 0] == truth),
        "ece_floor": floor(p) if floored else 0.0,
        "family": float((families.argmax(axis=1) == FAMILY[truth]).mean()),
        "family_brier": float(
            ((families - np.eye(len(FAMILIES))[FAMILY[truth]]) ** 2).sum(axis=1).mean()
        ),
    }
    if is_attack.any() and not is_attack.all():
        bar = float(np.quantile(attack[~is_attack], 1.0 - FALSE_ALARMS))
        pairs = attack[is_attack][:, None] - attack[~is_attack][None]
        found |= {
            "attack_recall": float((attack[is_attack] > bar).mean()),
            "attack_auc": float((pairs > 0).mean() + 0.5 * (pairs == 0).mean()),
            "foils": float(foil.sum()),
            "foils_called": float((attack[foil] >= CALLED).sum()),
            "attacks_called": float((attack[is_attack] >= CALLED).sum()),
            "attacks": float(is_attack.sum()),
        }
    return found


def interval(
    p: F64, truth: NDArray[np.int64], foil: NDArray[np.bool_], event: NDArray[np.int64]
) -> dict[str, list[float]]:
    """Return 95 % intervals of `figures`, by drawing events again."""
    dice = np.random.default_rng(11)
    names = np.unique(event)
    members = {name: np.flatnonzero(event == name) for name in names}
    drawn: dict[str, list[float]] = {}
    for _ in range(RESAMPLES):
        rows = np.concatenate([members[name] for name in dice.choice(names, len(names))])
        for key, value in figures(p[rows], truth[rows], foil[rows], floored=False).items():
            drawn.setdefault(key, []).append(value)
    return {
        key: np.round(np.quantile(values, [0.025, 0.975]), 3).tolist()
        for key, values in drawn.items()
        if key in {"top1", "top3", "brier", "family", "attack_recall", "ece"}
    }


def floor(p: F64) -> float:
    """Return the calibration error that perfectly calibrated answers would have, with so few incidents."""
    dice = np.random.default_rng(5)
    drawn = []
    for _ in range(DRAWN):
        truth = (dice.random(len(p))[:, None] < p.cumsum(axis=1)).argmax(axis=1)
        drawn.append(calibration_error(p.max(axis=1), p.argmax(axis=1) == truth))
    return float(np.mean(drawn))


def is_foil(past: Past) -> bool:
    """Tell whether an attack was claimed where the cause was another."""
    claimed = any(claim.cause in (*ATTACKS, "attack-unspecified") for claim in past.facts.claims)
    return claimed and past.cause not in ATTACKS


def views(of: learning.Lessons, seed: int) -> dict[str, tuple[F64, F64]]:
    """Return what each view sees of incidents."""
    outside = learning.outsider(of.seen)
    dice = np.random.default_rng(1_000 + seed)
    return {
        "outsider": (outside, 0.0 * of.said),
        "outsider with claims": (outside, of.said),
        "operator": (of.seen, 0.0 * of.said),
        "operator with claims": (of.seen, of.said),
        "outsider with claims, half missing": learning.halved(outside, of.said, dice),
        "operator with claims, half missing": learning.halved(of.seen, of.said, dice),
        "nothing known": (0.0 * of.seen, 0.0 * of.said),
    }


def left_out(of: learning.Lessons, before: F64, seed: int) -> dict[str, F64]:
    """Return the answers of each view for incidents that were left out."""
    dice = np.random.default_rng(seed)
    fold = learning.folds(of.truth, of.event, FOLDS, dice)
    answers = {name: np.zeros((len(of.truth), len(LEAVES))) for name in views(of, seed)}
    for number in range(FOLDS):
        model = learning.learn(of.some(fold != number), before, dice)
        these = fold == number
        for name, (seen, said) in views(of, seed).items():
            answers[name][these] = learning.judge(model, seen[these], said[these])
    return answers


def confusion(p: F64, truth: NDArray[np.int64]) -> dict[str, dict[str, int]]:
    """Return how often each mechanism was answered where another was true."""
    table: dict[str, dict[str, int]] = {}
    for number, leaf in enumerate(LEAVES):
        counts = np.bincount(p[truth == number].argmax(axis=1), minlength=len(LEAVES))
        table[leaf] = {
            LEAVES[other]: int(counts[other]) for other in np.argsort(-counts) if counts[other]
        }
    return table


def report(past: tuple[Past, ...], seeds: int, *, experts: bool = True) -> dict[str, Any]:
    """Measure, in `seeds` deals of folds."""
    before = learning.expert(CAUSES) * (1.0 if experts else 0.0)
    of = learning.lessons(
        [each.facts for each in past], [each.cause for each in past], [each.event for each in past]
    )
    foil = np.array([is_foil(each) for each in past])
    read = np.array([each.verified != "not-checked" for each in past])
    dealt = [left_out(of, before, seed) for seed in range(seeds)]
    told: dict[str, Any] = {"seeds": seeds, "incidents": len(past), "verified": int(read.sum())}
    for name in dealt[0]:
        each = [figures(answers[name], of.truth, foil) for answers in dealt]
        verified = [figures(answers[name][read], of.truth[read], foil[read]) for answers in dealt]
        told[name] = {
            "all": {key: round(float(np.mean([one[key] for one in each])), 3) for key in each[0]},
            "verified": {
                key: round(float(np.mean([one[key] for one in verified])), 3) for key in each[0]
            },
            "interval": interval(dealt[0][name], of.truth, foil, of.event),
        }
    for name in ("outsider with claims", "operator with claims"):
        told[name]["confusion"] = confusion(dealt[0][name], of.truth)
    return told


def held_out(path: Path) -> dict[str, Any]:
    """Judge a labelled file with the weights that are shipped."""
    model = parse_weights(FILE.read_bytes())
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    facts = [record.facts_of(each["evidence"])[0] for each in records]
    of = learning.lessons(
        facts, [each["cause"] for each in records], [each["event"] for each in records]
    )
    foil = np.array(
        [
            any(claim.cause in (*ATTACKS, "attack-unspecified") for claim in fact.claims)
            and each["cause"] not in ATTACKS
            for fact, each in zip(facts, records, strict=True)
        ]
    )
    return {
        name: figures(learning.judge(model, seen, said), of.truth, foil)
        for name, (seen, said) in views(of, 0).items()
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--held-out", type=Path)
    parser.add_argument("--without-experts", action="store_true")
    told = parser.parse_args()
    found = (
        held_out(told.held_out)
        if told.held_out
        else report(parse(PAST.read_bytes()), told.seeds, experts=not told.without_experts)
    )
    if told.json:
        told.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for name, value in found.items():
        if isinstance(value, dict) and "all" in value:
            print(name, "| all", value["all"], "| verified", value["verified"], value["interval"])
        else:
            print(name, value)


if __name__ == "__main__":
    main()
