"""How well posts are read: precision and recall on the held-out half, beside keywords. JSON lines.

    python bench/posts/classifier.py [--half dev|heldout] [--write] [--seconds S]

A pair is a post and a service. It is right where the post says of the service what its label says.
Precision and recall of `failing` come with Wilson 95 % intervals: overall, by language, by kind of
post, and for names that are ordinary words. `called failing` is the share of the posts of a kind that
say of nothing that it fails, and are read as if they did: it does not depend on how often a kind is
posted, precision does.
Keywords are what most trackers use: a name, and anywhere in the post a phrase for a fault. With
--write the figures go to bench/posts/results/classifier.json, from which report.py fills the page.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import labelled

from uproar.catalog import lexicon, load
from uproar.detect.features import FAULTS
from uproar.detect.mentions import Classifier
from uproar.detect.naming import Names
from uproar.detect.phrases import Phrases
from uproar.detect.posttext import folded, read

HERE = Path(__file__).resolve().parent
RESULT = HERE / "results" / "classifier.json"
EVERYDAY = HERE / "everyday.txt"
NAMING_SHARE = 0.05  # of the posts of a realistic mix, those that name a service
Z = 1.959964
NAMES_SHOWN = 25  # names that are ordinary words, those with most pairs


class Pair(NamedTuple):
    """A post and a service: what the label says, and what was read; empty for not mentioned."""

    post: int
    language: str
    kind: str
    service: str
    truth: str
    said: str


def wilson(right: int, of: int) -> list[float]:
    """Return the share with the low and high end of its Wilson 95 % interval, all rounded."""
    if not of:
        return [0.0, 0.0, 1.0]
    share = right / of
    middle = share + Z * Z / (2 * of)
    half = Z * math.sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    scale = 1 + Z * Z / of
    low, high = max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)
    return [round(share, 3), round(low, 3), round(high, 3)]


def figures(pairs: Iterable[Pair], says: str = "failing") -> dict[str, object]:
    """Return precision, recall and F1 of what is said, with what they rest on."""
    pairs = list(pairs)
    both = sum(pair.truth == says == pair.said for pair in pairs)
    said = sum(pair.said == says for pair in pairs)
    true = sum(pair.truth == says for pair in pairs)
    f1 = 2 * both / (said + true) if said + true else 0.0
    return {
        "precision": wilson(both, said),
        "recall": wilson(both, true),
        "f1": round(f1, 3),
        "true": true,
        "said": said,
    }


def pairs_of(reader: Callable[[str, str], dict[str, str]], half: str) -> list[Pair]:
    """Return all pairs of a half that the label or the reader has."""
    found = []
    for number, post in enumerate(labelled.read(half)):
        said = reader(post.text, post.language)
        for service in sorted(post.says.keys() | said):
            truth = post.says.get(service, "")
            found.append(
                Pair(number, post.language, post.kind, service, truth, said.get(service, ""))
            )
    return found


def called_failing(pairs: Iterable[Pair], half: str) -> dict[str, dict[str, object]]:
    """Return by kind how many posts that say of nothing that it fails are read as if they did."""
    called = {pair.post for pair in pairs if pair.said == "failing"}
    of: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for number, post in enumerate(labelled.read(half)):
        if "failing" not in post.says.values():
            of[post.kind] += 1
            wrong[post.kind] += number in called
    return {kind: {"share": wilson(wrong[kind], of[kind]), "of": of[kind]} for kind in sorted(of)}


def keywords() -> Callable[[str, str], dict[str, str]]:
    """Return the reader to beat: any name, and a phrase for a fault of any language anywhere."""
    known = lexicon.load()
    names = Names(known, load())
    faults: Phrases[str] = Phrases(
        (phrase, kind)
        for language in known.languages
        for kind in FAULTS
        for phrase in language.cues.get(kind, ())
    )

    def reader(text: str, language: str) -> dict[str, str]:
        del language
        parts = read(folded(text))
        fault = any(True for _ in faults.find(parts))
        return {place.service: "failing" if fault else "talk" for place in names.find(parts)}

    return reader


def everyday_names(half: str) -> list[dict[str, object]]:
    """Return figures for services whose name is an ordinary word, those with most pairs first."""
    known = lexicon.load()
    reader = Classifier(known, load())
    by_name: dict[str, Counter[str]] = {}
    for post in labelled.read(half):
        said = {one.service: one.says for one in reader.mentions(post.text, (post.language,))}
        for service, features in reader.explain(post.text, (post.language,)).items():
            if features and "doubt" not in features:
                continue
            counts = by_name.setdefault(service, Counter())
            truth = post.says.get(service)
            counts["meant" if truth else "not meant"] += 1
            counts["meant, found"] += truth is not None and service in said
            counts["not meant, taken for it"] += truth is None and service in said
    ranked = sorted(by_name.items(), key=lambda one: (-one[1].total(), one[0]))
    return [{"service": service, **counts} for service, counts in ranked[:NAMES_SHOWN]]


def speed(reader: Classifier, seconds: float) -> dict[str, float]:
    """Return processor microseconds a post: those that name no service, those that do, and a mix of both."""
    plain = EVERYDAY.read_text(encoding="utf-8").splitlines()
    naming = [post.text for post in labelled.read("dev")]
    taken = {}
    for name, texts in (("everyday", plain), ("naming", naming)):
        best = math.inf
        until = time.process_time() + seconds
        while time.process_time() < until:
            began = time.process_time()
            for text in texts:
                reader.mentions(text)
            best = min(best, (time.process_time() - began) / len(texts))
        taken[name] = round(best * 1e6, 1)
    mix = NAMING_SHARE * taken["naming"] + (1 - NAMING_SHARE) * taken["everyday"]
    return {**taken, "mix": round(mix, 1), "posts_per_second": round(1e6 / mix)}


def measured(half: str, seconds: float) -> dict[str, object]:
    """Return all figures of a half."""
    reader = Classifier(lexicon.load(), load())

    def ours(text: str, language: str) -> dict[str, str]:
        return {one.service: one.says for one in reader.mentions(text, (language,))}

    pairs = pairs_of(ours, half)
    theirs = pairs_of(keywords(), half)
    return {
        "half": half,
        "posts": len(labelled.read(half)),
        "says": {says: figures(pairs, says) for says in ("failing", "working", "asking", "talk")},
        "keywords": figures(theirs),
        "named": {
            "found": wilson(
                sum(pair.truth != "" != pair.said for pair in pairs),
                sum(pair.truth != "" for pair in pairs),
            ),
            "right": wilson(
                sum(pair.truth != "" != pair.said for pair in pairs),
                sum(pair.said != "" for pair in pairs),
            ),
        },
        "languages": {
            language: figures(pair for pair in pairs if pair.language == language)
            for language in sorted({pair.language for pair in pairs})
        },
        "called_failing": called_failing(pairs, half),
        "called_failing_by_keywords": called_failing(theirs, half),
        "everyday_names": everyday_names(half),
        "speed": speed(reader, seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("dev", "heldout"), default="heldout")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each timing")
    options = parser.parse_args()
    result = measured(options.half, options.seconds)
    for name, value in result.items():
        print(json.dumps({name: value}, ensure_ascii=False))
    if options.write:
        RESULT.parent.mkdir(exist_ok=True)
        text = json.dumps(result, ensure_ascii=False, indent=1, sort_keys=True)
        RESULT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
