"""The catalog as a value: all services and providers, and how a text finds one of them.

Matching folds text (NFKC, then casefold, then single spaces), so that "ＹｏｕＴｕｂｅ" is "youtube".
`resolve` is for a text that names a service on purpose (an address, a field, a hashtag); whether a
running sentence means one is another question, and there names in `ambiguous` do not suffice.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import NamedTuple

import msgspec

from uproar.model import signs
from uproar.model.service import CATEGORIES, Provider, Service

QUERY_MAX = 80  # characters of a search that are looked at
LIMIT_MAX = 50  # results of one search, whatever is asked for
TYPO_MIN = 4  # letters from which a typo is forgiven; below, everything is near everything
TYPO_TWO = 8  # letters from which two are
_DIGEST_BYTES = 16
# To whoever compares, these are nothing.
_NOTHING = re.compile(f"[{signs.CONTROLS}{signs.UNSEEN}{signs.JOINERS}{signs.HALVES}]")
_TYPO_RANK = 5  # after all that holds the text as it stands


def fold(text: str) -> str:
    """Return a text as it is compared: NFKC, casefolded, without invisible signs, single-spaced."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", _NOTHING.sub("", plain)).split())


def _host(text: str) -> str:
    """Return the host of what may be an address, folded, without scheme, port, path and "www."."""
    host = text.partition("://")[2] or text
    for end in "/?#":
        host = host.partition(end)[0]
    host = host.rpartition("@")[2].partition(":")[0].rstrip(".")
    return host.removeprefix("www.")


def _within(word: str, other: str, most: int) -> bool:
    """Tell whether at most `most` letters inserted, dropped, replaced or swapped separate two words.

    Optimal string alignment distance, given up as soon as a row exceeds `most`.
    """
    if abs(len(word) - len(other)) > most:
        return False
    older: list[int] = []
    old = list(range(len(other) + 1))
    for i, a in enumerate(word, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(old[j] + 1, row[j - 1] + 1, old[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and word[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return False
        older, old = old, row
    return old[-1] <= most


class Catalog:
    """Services and providers by slug; immutable in use, equal when their digests are.

    The iteration order of `services` and `providers` is that of the slugs, whatever the order in
    which they were read.
    """

    def __init__(self, services: Iterable[Service], providers: Iterable[Provider] = ()) -> None:
        """Index the services and providers; of two with one slug the later counts.

        A service without symptoms takes those of its category.
        """
        kept = {service.slug: _with_symptoms(service) for service in services}
        self.services: dict[str, Service] = {slug: kept[slug] for slug in sorted(kept)}
        by_slug = {provider.slug: provider for provider in providers}
        self.providers: dict[str, Provider] = {slug: by_slug[slug] for slug in sorted(by_slug)}
        self._names: dict[str, str] = {}
        self._domains: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        for slug, service in self.services.items():
            for name in (service.name, *service.names):
                self._names.setdefault(fold(name), slug)
            for domain in service.domains:
                self._domains.setdefault(fold(domain), slug)
            for tag in service.hashtags:
                self._tags.setdefault(fold(tag), slug)
        self._words = {slug: _words(service) for slug, service in self.services.items()}

    def __len__(self) -> int:
        return len(self.services)

    def __iter__(self) -> Iterator[Service]:
        return iter(self.services.values())

    def __contains__(self, slug: object) -> bool:
        return slug in self.services

    def resolve(self, text: str) -> Service | None:
        """Return the service that a text names, or None.

        Tried in this order, so that the clearer word wins: slug, domain of the service (or any
        subdomain, or a whole address), hashtag, name. A text with "#" is a hashtag only, one with
        "@" in front is a name. An ordinary word that is the name of a service resolves to it, since
        whoever fills in "service" means one. Of two services with one name, which the files'
        validation refuses, the first slug is meant.
        """
        folded = fold(text[: 4 * QUERY_MAX])
        if not folded:
            return None
        if folded.startswith("#"):
            slug = self._tags.get(folded[1:])
        else:
            slug = self._find(folded.removeprefix("@"))
        return self.services[slug] if slug is not None else None

    def _find(self, folded: str) -> str | None:
        if folded in self.services:
            return folded
        host = _host(folded)
        while "." in host:
            if host in self._domains:
                return self._domains[host]
            host = host.partition(".")[2]
        return self._tags.get(folded) or self._names.get(folded)

    def search(self, text: str, limit: int = 10) -> list[Service]:
        """Return up to `limit` services that a text may mean, best first.

        A whole name comes before the beginning of one, that before the beginning of a word, that
        before a part of a name, and a typo (one letter from four letters on, two from eight on)
        comes last. Within a rank the shorter name comes first, then the slug's order. Both the text
        and the number of results are bounded; an empty text finds nothing.
        """
        query = fold(text[: 4 * QUERY_MAX])[:QUERY_MAX].lstrip("#@ ")
        room = max(0, min(limit, LIMIT_MAX))
        if not query or not room:
            return []
        exact = self.resolve(query)
        ranked = []
        for slug, words in self._words.items():
            rank = 0 if exact is not None and exact.slug == slug else _rank(query, words)
            if rank is None and _typo(query, words):
                rank = _TYPO_RANK
            if rank is not None:
                ranked.append((rank, len(self.services[slug].name), slug))
        ranked.sort()
        return [self.services[slug] for _, _, slug in ranked[:room]]

    def did_you_mean(self, slug: str) -> str | None:
        """Return the slug that was probably meant by an unknown one, or None."""
        found = self.resolve(slug)
        if found is not None:
            return found.slug
        near = get_close_matches(fold(slug[:QUERY_MAX]), self.services, n=1, cutoff=0.7)
        return near[0] if near else None

    def digest(self) -> str:
        """Return a BLAKE2b hash (32 hex digits) of the whole content, whatever the files' order."""
        content = (tuple(self.services.values()), tuple(self.providers.values()))
        canonical = msgspec.json.encode(content, order="deterministic")
        return hashlib.blake2b(canonical, digest_size=_DIGEST_BYTES).hexdigest()


def _with_symptoms(service: Service) -> Service:
    if service.symptoms:
        return service
    category = CATEGORIES.get(service.category, CATEGORIES["other"])
    return msgspec.structs.replace(service, symptoms=category.symptoms)


class _Word(NamedTuple):
    """A name as it is searched: folded, with a space before each of its words, and its letters."""

    text: str
    spaced: str
    letters: int


def _letters(text: str) -> int:
    """Return the set of a text's letters as bits, several letters to one bit."""
    bits = 0
    for sign in text:
        bits |= 1 << ord(sign) % 61
    return bits


def _words(service: Service) -> tuple[_Word, ...]:
    names = (service.slug, service.name, *service.names, *service.hashtags, *service.domains)
    folded = dict.fromkeys(fold(name) for name in names)
    return tuple(_Word(name, _spaced(name), _letters(name)) for name in folded)


def _spaced(text: str) -> str:
    return " " + text.replace("-", " ")


def _rank(query: str, words: tuple[_Word, ...]) -> int | None:
    """Return how well the best of the names agrees with a query, 1 best; None where none does."""
    best: int | None = None
    start = _spaced(query)
    for word in words:
        if query not in word.text and start not in word.spaced:
            continue
        if word.text == query:
            return 1
        if word.text.startswith(query):
            best = 2
        elif start in word.spaced:
            best = min(best or 3, 3)
        elif len(query) >= TYPO_MIN - 1:
            best = min(best or 4, 4)
    return best


def _typo(query: str, words: tuple[_Word, ...]) -> bool:
    """Tell whether a query is one of the names but for a typo or two."""
    most = 0 if len(query) < TYPO_MIN else 1 if len(query) < TYPO_TWO else 2
    letters = _letters(query)
    # One typo takes a letter away and brings one in, at most: most names are ruled out by that.
    return most > 0 and any(
        (letters ^ word.letters).bit_count() <= 2 * most and _within(query, word.text, most)
        for word in words
    )
