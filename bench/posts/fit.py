"""Fit the weights of the lexicon on the development half: `python bench/posts/fit.py [--write]`.

A softmax over the outcomes, with the features of detect/features.py, a quadratic penalty and a
weight for each outcome; all of it is below. The penalty is chosen by five-fold cross-validation on
the development half, each post wholly in one fold. The held-out half is not read here.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import labelled

from uproar.catalog import lexicon, load
from uproar.detect.features import FAULTS
from uproar.detect.mentions import Classifier
from uproar.model.lexicon import OUTCOMES, Lexicon

WRITTEN = Path(lexicon.__file__).parent / "weights.toml"
PENALTIES = (0.3, 1.0, 3.0, 10.0)
# In a stream nearly all that names a service is talk; in the labelled set it is two fifths.
IMPORTANCE = {"failing": 1.0, "working": 1.5, "asking": 1.0, "talk": 1.6, "other": 1.5}
# Phrases were added while looking at the development half, so that it knows nearly all that stands in
# it. Elsewhere it will not: weights are fitted on what thinned lexicons see of the posts as well.
THINNED = 3
LEFT_OUT = 0.4
FOLDS = 5
STEPS = 1_500
RATE = 0.05
SMALLEST = 0.02  # a weight below says nothing, and is left out

Table = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[str]]


def thinned(known: Lexicon, seed: int) -> Lexicon:
    """Return a lexicon without a part of its phrases for a fault, chosen by their hash."""

    def kept(phrase: str) -> bool:
        return hashlib.sha256(f"{seed} {phrase}".encode()).digest()[0] >= 256 * LEFT_OUT

    languages = [
        msgspec.structs.replace(
            language,
            cues={
                kind: tuple(filter(kept, phrases)) if kind in FAULTS else phrases
                for kind, phrases in language.cues.items()
            },
        )
        for language in known.languages
    ]
    return msgspec.structs.replace(known, languages=tuple(languages))


def table() -> Table:
    """Return features, outcomes, importance and fold of each (post, service), and feature names."""
    whole, catalog = lexicon.load(), load()
    rows: list[tuple[dict[str, float], str, int]] = []
    for known in (whole, *(thinned(whole, seed) for seed in range(THINNED))):
        reader = Classifier(known, catalog)
        for post in labelled.read("dev"):
            fold = hashlib.sha256(post.text.encode()).digest()[1] % FOLDS
            for service, features in reader.explain(post.text, (post.language,)).items():
                # A sure name that the label leaves out, as of a company, says nothing on weights.
                if features and ("doubt" in features or service in post.says):
                    rows.append((features, post.says.get(service, "other"), fold))
    names = sorted({name for features, _, _ in rows for name in features})
    column = {name: at for at, name in enumerate(names)}
    x = np.zeros((len(rows), len(names)))
    for at, (features, _, _) in enumerate(rows):
        for name, value in features.items():
            x[at, column[name]] = value
    y = np.array([OUTCOMES.index(outcome) for _, outcome, _ in rows])
    importance = np.array([IMPORTANCE[outcome] for _, outcome, _ in rows]) / (1 + THINNED)
    return x, y, importance, np.array([fold for _, _, fold in rows]), names


def barred(x: np.ndarray, names: list[str]) -> np.ndarray:
    """Return what to take from the scores: only an ordinary word can mean something else."""
    taken = np.zeros((len(x), len(OUTCOMES)))
    taken[x[:, names.index("doubt")] == 0, OUTCOMES.index("other")] = 1e6
    return taken


def fitted(
    x: np.ndarray, y: np.ndarray, importance: np.ndarray, taken: np.ndarray, penalty: float
) -> np.ndarray:
    """Return weights, features by outcomes, by Adam on the whole of the data; no chance in it."""
    weights = np.zeros((x.shape[1], len(OUTCOMES)))
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    truth = np.eye(len(OUTCOMES))[y]
    for step in range(1, STEPS + 1):
        scores = x @ weights - taken
        scores -= scores.max(axis=1, keepdims=True)
        likely = np.exp(scores)
        likely /= likely.sum(axis=1, keepdims=True)
        slope = x.T @ ((likely - truth) * importance[:, None]) + penalty * weights
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        weights -= RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {WRITTEN.name}")
    options = parser.parse_args()
    x, y, importance, fold, names = table()
    print(f"{len(y)} pairs of post and service, {len(names)} features")
    taken = barred(x, names)
    loss = {}
    for penalty in PENALTIES:
        loss[penalty] = 0.0
        right = 0
        for left_out in range(FOLDS):
            kept, tried = fold != left_out, fold == left_out
            weights = fitted(x[kept], y[kept], importance[kept], taken[kept], penalty)
            scores = x[tried] @ weights - taken[tried]
            scores -= scores.max(axis=1, keepdims=True)
            log = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
            loss[penalty] -= float(
                (log[np.arange(tried.sum()), y[tried]] * importance[tried]).sum()
            )
            right += int((scores.argmax(axis=1) == y[tried]).sum())
        print(f"penalty {penalty}: loss {loss[penalty]:.1f}, right {right / len(y):.3f}")
    best = min(loss, key=lambda penalty: loss[penalty])
    weights = fitted(x, y, importance, taken, best)
    text = [
        f"# Written by `python bench/posts/fit.py --write`: {len(y)} pairs of post and service of the",
        f"# development half as {1 + THINNED} lexicons see it, penalty {best}. What each feature means is told in detect/features.py.",
    ]
    for at, outcome in enumerate(OUTCOMES):
        text.append(f"\n[weights.{outcome}]")
        text += [
            f'"{name}" = {weights[row, at]:.2f}'
            for row, name in enumerate(names)
            if abs(weights[row, at]) >= SMALLEST
        ]
    if options.write:
        WRITTEN.write_text("\n".join(text) + "\n", encoding="utf-8")
        print(f"written: {WRITTEN}")


if __name__ == "__main__":
    main()
