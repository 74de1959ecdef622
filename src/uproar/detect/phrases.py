"""Where the phrases of a lexicon stand in a text: looked up by their first word, or first two signs."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from uproar.detect.posttext import UNSPACED, WORD, Text, folded

PHRASE_WORDS_MAX = 8
REST_MAX = 5  # signs that a "*" stands for, at most
_STEM = 3  # signs by which the beginning of a word is looked up
_HEAD = 5  # signs by which it is told fast that none begins so
_PAIR = 2  # signs by which what has no spaces is

T = TypeVar("T")


class Hit(NamedTuple, Generic[T]):
    """A phrase that stands in a text, from one sign up to another."""

    start: int
    end: int
    meaning: T


class Phrases(Generic[T]):
    """Phrases with what they mean. A "*" at the end of one stands for any rest of its last word."""

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        """Index the phrases; those with an apostrophe are known without it as well."""
        self._single: set[str] = set()
        self._double: set[tuple[str, str]] = set()
        self._heads: set[str] = set()
        self._by_word: dict[str, list[tuple[tuple[str, ...], bool, T]]] = {}
        self._by_stem: dict[str, list[tuple[str, T]]] = {}
        self._by_pair: dict[str, list[tuple[str, T]]] = {}
        self._by_sign: dict[str, list[T]] = {}
        for phrase, meaning in phrases:
            plain = folded(phrase)
            self._add(plain, meaning)
            if "'" in plain:
                self._add(plain.replace("'", ""), meaning)

    def _add(self, plain: str, meaning: T) -> None:
        if UNSPACED.search(plain):
            kept = plain.strip()
            if len(kept) >= _PAIR:
                self._by_pair.setdefault(kept[:_PAIR], []).append((kept, meaning))
            elif kept:
                self._by_sign.setdefault(kept, []).append(meaning)
            return
        found = tuple(WORD.findall(plain))[:PHRASE_WORDS_MAX]
        open_ended = plain.endswith("*")
        if not found:
            return
        if len(found) > 1:
            self._double.add((found[0], found[1]))
        else:
            self._single.add(found[0])
        if open_ended and len(found) == 1:
            self._heads.add(found[0][:_HEAD])
            self._by_stem.setdefault(found[0][:_STEM], []).append((found[0], meaning))
        else:
            self._by_word.setdefault(found[0], []).append((found, open_ended, meaning))

    def may_hold(self, plain: str, found: Sequence[str]) -> bool:
        """Tell, fast, whether a folded text with these words may hold any phrase."""
        if not self._single.isdisjoint(found):
            return True
        if not self._double.isdisjoint(zip(found, found[1:], strict=False)):
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
        for at, word in enumerate(words):
            for phrase, open_ended, meaning in self._by_word.get(word, ()):
                size = len(phrase)
                if _same(words[at : at + size], phrase, open_ended=open_ended):
                    yield Hit(spans[at][0], spans[at + size - 1][1], meaning)
            for stem, meaning in self._by_stem.get(word[:_STEM], ()):
                if word.startswith(stem) and len(word) <= len(stem) + REST_MAX:
                    yield Hit(*spans[at], meaning)
        if self._by_pair and UNSPACED.search(text.folded):
            yield from self._within(text.folded)

    def _within(self, plain: str) -> Iterator[Hit[T]]:
        for at in range(len(plain)):
            for meaning in self._by_sign.get(plain[at], ()):
                yield Hit(at, at + 1, meaning)
            for phrase, meaning in self._by_pair.get(plain[at : at + _PAIR], ()):
                if plain.startswith(phrase, at):
                    yield Hit(at, at + len(phrase), meaning)


def _same(found: tuple[str, ...], phrase: tuple[str, ...], *, open_ended: bool) -> bool:
    if not open_ended:
        return found == phrase
    return (
        len(found) == len(phrase) and found[:-1] == phrase[:-1] and found[-1].startswith(phrase[-1])
    )
