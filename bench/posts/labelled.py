"""The labelled posts as values: bench/posts/labelled/{dev,heldout}/LANGUAGE.jsonl."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent / "labelled"


class Labelled(NamedTuple):
    """A post with what it says of which service, as its writer meant it."""

    text: str
    language: str
    says: dict[str, str]
    kind: str


def read(half: str) -> list[Labelled]:
    """Return the posts of a half, `dev` or `heldout`."""
    found = []
    for path in sorted((HERE / half).glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            post = json.loads(line)
            says = dict(post["says"])
            found.append(Labelled(post["text"], post["language"], says, post["kind"]))
    return found
