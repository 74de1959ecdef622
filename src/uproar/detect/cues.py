"""What stands in a post, beside the names: the cues of the language that it seems to be in."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from uproar.detect.phrases import Hit, Phrases
from uproar.detect.posttext import Text
from uproar.model.lexicon import Lexicon

DECLARED = 2.0  # how much likelier a language is that the post says it is in
DENIED = 18  # signs between a denial and what it denies
SHARED = "en"  # its words are used in all others: "X ist down"


class Cue(NamedTuple):
    """A phrase that says something: what for, from which sign up to which."""

    kind: str
    start: int
    end: int


class _Meaning(NamedTuple):
    language: str
    kind: str


class Cues:
    """The phrases of all languages at once."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Index the phrases of the lexicon."""
        self._phrases: Phrases[_Meaning] = Phrases(
            (phrase, _Meaning(language.code, kind))
            for language in lexicon.languages
            for kind, phrases in language.cues.items()
            for phrase in phrases
        )

    def find(self, text: Text, declared: Sequence[str]) -> tuple[str, list[Cue]]:
        """Return the language whose words weigh most, empty where none does, and its cues.

        The words of SHARED count beside those of any language, where they do not overlap them.
        """
        by_language: dict[str, list[Hit[_Meaning]]] = {}
        for hit in self._phrases.find(text):
            by_language.setdefault(hit.meaning.language, []).append(hit)
        apart = {code: _apart(hits) for code, hits in by_language.items()}
        asked = {code.partition("-")[0].casefold() for code in declared}
        best, most = "", 0.0
        for code in sorted(apart, key=lambda one: (one != SHARED, one)):
            weight = sum(hit.end - hit.start for hit in apart[code]) * (
                DECLARED if code in asked else 1.0
            )
            if weight > most:
                best, most = code, weight
        hits = apart.get(best, [])
        if best != SHARED:
            hits = _apart([*hits, *apart.get(SHARED, [])])
        return best, _denied([Cue(hit.meaning.kind, hit.start, hit.end) for hit in hits])


def _denied(cues: list[Cue]) -> list[Cue]:
    """Return the cues with those added where a use of the service is denied: "no me deja pagar".

    In some languages the denial comes behind what it denies, so that either may come first.
    """
    unable = [
        Cue("unable", one.start, other.end)
        for one, other in itertools.pairwise(cue for cue in cues if cue.kind in {"no", "use"})
        if one.kind != other.kind and other.start - one.end <= DENIED
    ]
    return cues + unable


def _apart(hits: list[Hit[_Meaning]]) -> list[Hit[_Meaning]]:
    """Return those that do not overlap, the longer first where two begin at one sign."""
    kept: list[Hit[_Meaning]] = []
    end = -1
    for hit in sorted(hits, key=lambda one: (one.start, -one.end, one.meaning)):
        if hit.start >= end:
            kept.append(hit)
            end = hit.end
    return kept
