"""Learn the weights of diagnosis anew: `python bench/diagnose/learn.py`; the same corpus gives the same file.

From the past incidents of the catalog and what the causes' files say (`diagnose/causes/`) come the weights
(`src/uproar/catalog/causes/weights.json`). `--check` writes nothing and fails if the file is another.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from uproar.diagnose.axes import LEAVES
from uproar.diagnose.causes import CAUSES
from uproar.diagnose.items import IDS
from uproar.diagnose.learning import expert, learn, lessons
from uproar.diagnose.model import FORMAT, KINDS, Model
from uproar.diagnose.past import parse
from uproar.diagnose.roles import ROLES

FILE = (
    Path(__file__).resolve().parents[2] / "src" / "uproar" / "catalog" / "causes" / "weights.json"
)
PAST = FILE.with_name("past.jsonl")
SEED = 7
LEAST = 0.05  # Decibans below which a weight is not written.


def written(model: Model, provenance: dict[str, Any]) -> str:
    """Return the file of weights as text, one item a line."""
    items = {
        id_: {
            leaf: round(float(weight), 1)
            for leaf, weight in zip(LEAVES, row, strict=True)
            if abs(weight) >= LEAST
        }
        for id_, row in zip(IDS, model.items, strict=True)
    }
    fields: dict[str, Any] = {
        "format": FORMAT,
        "provenance": provenance,
        "base-rates": {
            leaf: round(float(p), 5) for leaf, p in zip(LEAVES, model.base, strict=True)
        },
        "claims": {
            role: dict(zip(KINDS, np.round(row, 1).tolist(), strict=True))
            for role, row in zip(ROLES, model.claims, strict=True)
        },
        "caps": {"attack": model.caps.attack, "other": model.caps.other},
        "seen": {id_: round(float(p), 4) for id_, p in zip(IDS, model.seen, strict=True)},
    }
    head = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in fields.items())
    rows = ",\n".join(f"  {json.dumps(id_)}: {json.dumps(row)}" for id_, row in items.items())
    return f'{{\n{head},\n "items": {{\n{rows}\n }}\n}}\n'


def learned() -> str:
    """Return the file of weights, learned of all past incidents."""
    past = parse(PAST.read_bytes())
    of = lessons(
        [each.facts for each in past],
        [each.cause for each in past],
        [each.event for each in past],
    )
    model = learn(of, expert(CAUSES), np.random.default_rng(SEED))
    provenance = {
        **model.provenance,
        "corpus": PAST.name,
        "sha256": hashlib.sha256(PAST.read_bytes()).hexdigest(),
        "command": "python bench/diagnose/learn.py",
        "seed": SEED,
        "before any data": "diagnose/causes/*.py, `speaks`",
    }
    return written(model, provenance)


def main() -> None:
    """Learn, and write the file or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    told = parser.parse_args()
    text = learned()
    if told.check:
        if FILE.read_text(encoding="utf-8") != text:
            sys.exit(f"{FILE} is not what {__file__} gives; run it without --check")
        return
    FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
