"""Where the phrases of a lexicon stand in a text: looked up by their first words, or first two signs."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from uproar.detect.posttext import UNSPACED, WORD, Text, folded

PHRASE_WORDS_MAX = 8
GAP_MAX = 4  # words that a "~" stands for, at most
REST_MAX = 5  # signs that a "*" stands for, at most
_STEM = 3  # signs by which the beginning or end of a word is looked up
_HEAD = 5  # signs by which it is told fast that none begins so
_PAIR = 2  # signs by which what has no spaces is

T = TypeVar("T")


class Hit(NamedTuple, Generic[T]):
    """A phrase that stands in a text, from one sign up to another."""

    start: int
    end: int
    meaning: T


class Phrases(Generic[T]):
    """Phrases with what they mean.

    A "*" at the end of a word stands for a short rest of it, one in front for any beginning. A "~"
    stands for up to GAP_MAX words: "geht ~ nicht" is also in "geht bei mir gerade nicht".
    """

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        """Index the phrases; those with an apostrophe are known without it as well."""
        self._single: dict[str, list[T]] = {}
        self._double: dict[tuple[str, ...], list[tuple[tuple[str, ...], T]]] = {}
        self._by_stem: dict[str, list[tuple[str, T]]] = {}
        self._by_end: dict[str, list[tuple[str, T]]] = {}
        self._gapped: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], T]]] = {}
        self._heads: set[str] = set()
        self._by_pair: dict[str, list[tuple[str, T]]] = {}
        self._by_sign: dict[str, list[T]] = {}
        for phrase, meaning in phrases:
            plain = folded(phrase)
            self._add(plain, meaning)
            if "'" in plain:
                self._add(plain.replace("'", ""), meaning)

    def _add(self, plain: str, meaning: T) -> None:
        before, gap, after = plain.partition("~")
        if gap:
            head, tail = tuple(WORD.findall(before)), tuple(WORD.findall(after))
            self._gapped.setdefault(head[0], []).append((head, tail, meaning))
            return
        if UNSPACED.search(plain):
            kept = plain.strip()
            if len(kept) >= _PAIR:
                self._by_pair.setdefault(kept[:_PAIR], []).append((kept, meaning))
            elif kept:
                self._by_sign.setdefault(kept, []).append(meaning)
            return
        found = tuple(WORD.findall(plain))[:PHRASE_WORDS_MAX]
        if len(found) > 1:
            self._double.setdefault((found[0], found[1]), []).append((found[2:], meaning))
        elif found and plain.endswith("*"):
            self._heads.add(found[0][:_HEAD])
            self._by_stem.setdefault(found[0][:_STEM], []).append((found[0], meaning))
        elif found and plain.startswith("*"):
            self._by_end.setdefault(found[0][-_STEM:], []).append((found[0], meaning))
        elif found:
            self._single.setdefault(found[0], []).append(meaning)

    def may_hold(self, plain: str, found: Sequence[str]) -> bool:
        """Tell, fast, whether a folded text with these words may hold any phrase.

        Beginnings of words are looked at where they have at least five signs.
        """
        if not self._single.keys().isdisjoint(found):
            return True
        if not self._double.keys().isdisjoint(itertools.pairwise(found)):
            return True
        if not self._heads.isdisjoint([word[:_HEAD] for word in found if len(word) > _HEAD]):
            return True
        if not UNSPACED.search(plain):
            return False
        return bool(self._by_sign.keys() & set(plain)) or not self._by_pair.keys().isdisjoint(
            map(operator.add, plain, plain[1:])
        )

    def find(self, text: Text) -> Iterator[Hit[T]]:
        """Yield all that stand in a text, overlapping ones too, in no order to rely on."""
        words, spans = text.words, text.spans
        double = self._double
        for at, word in enumerate(words):
            for meaning in self._single.get(word, ()):
                yield Hit(*spans[at], meaning)
            for rest, meaning in double.get(words[at : at + 2], ()):
                end = at + 2 + len(rest)
                if words[at + 2 : end] == rest:
                    yield Hit(spans[at][0], spans[end - 1][1], meaning)
            if self._by_stem or self._by_end:
                yield from (Hit(*spans[at], meaning) for meaning in self._partly(word))
            for head, tail, meaning in self._gapped.get(word, ()):
                end = _end_of(words, at, head, tail)
                if end:
                    yield Hit(spans[at][0], spans[end - 1][1], meaning)
        if (self._by_pair or self._by_sign) and UNSPACED.search(text.folded):
            yield from self._within(text.folded)

    def _partly(self, word: str) -> Iterator[T]:
        for stem, meaning in self._by_stem.get(word[:_STEM], ()):
            if word.startswith(stem) and len(word) <= len(stem) + REST_MAX:
                yield meaning
        for end, meaning in self._by_end.get(word[-_STEM:], ()):
            if word.endswith(end):
                yield meaning

    def _within(self, plain: str) -> Iterator[Hit[T]]:
        for at, sign in enumerate(plain):
            for meaning in self._by_sign.get(sign, ()):
                yield Hit(at, at + 1, meaning)
            for phrase, meaning in self._by_pair.get(plain[at : at + _PAIR], ()):
                if plain.startswith(phrase, at):
                    yield Hit(at, at + len(phrase), meaning)


def _end_of(words: tuple[str, ...], at: int, head: tuple[str, ...], tail: tuple[str, ...]) -> int:
    """Return behind which word a phrase with a gap ends that begins at one; 0 where none does."""
    if words[at : at + len(head)] != head:
        return 0
    start = at + len(head)
    for begin in range(start, start + GAP_MAX + 1):
        if words[begin : begin + len(tail)] == tail:
            return begin + len(tail)
    return 0
