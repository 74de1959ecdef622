"""Which services a post names, and how surely: a handle is sure, an ordinary word is not.

A name is `safe`, `ambiguous` (an ordinary word, or shorter than SHORT signs) or marked (a hashtag or
handle that is the name, a hashtag that says that it fails). What an ambiguous one asks for is in the
lexicon; whether it is given is for the classifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from uproar.detect.phrases import Phrases
from uproar.detect.posttext import TAG, UNSPACED, Text, folded, words
from uproar.model.catalog import Catalog
from uproar.model.lexicon import Alias, Lexicon
from uproar.model.service import Service

SHORT = 4  # signs below which a Latin name is ambiguous, unless the lexicon calls it clear
INFLECTED = 6  # letters from which a safe name may have an ending: "Netflixie", "нетфликсе"
NAMED_MAX = 40  # places of a post where names are looked at

How = Literal["safe", "ambiguous", "marked", "failing-tag", "working-tag"]


class Known(msgspec.Struct, frozen=True):
    """A name: of which service, and whether it is an ordinary word too."""

    service: str
    ambiguous: bool
    alias: Alias | None = None


class Named(NamedTuple):
    """A place where a post names a service."""

    service: str
    how: How
    start: int
    end: int
    alias: Alias | None


def _forms(plain: str, known: Known) -> Iterator[str]:
    """Yield how a name may be written: as it is, and with an ending where it is long and safe."""
    yield plain
    if not known.ambiguous and len(plain) >= INFLECTED and plain.isalpha():
        yield plain + "*"


class Names:
    """All names of all services, as they are found in posts."""

    def __init__(self, lexicon: Lexicon, catalog: Catalog) -> None:
        """Index the names; of two services with one name the first in the order of slugs has it."""
        tags = lexicon.tags
        self._marks: tuple[tuple[How, tuple[str, ...], tuple[str, ...]], ...] = (
            ("working-tag", tags.working_before, tags.working_after),
            ("failing-tag", tags.failing_before, tags.failing_after),
        )
        self._clear = {folded(name) for name in lexicon.clear}
        self._common = {folded(name) for name in lexicon.common}
        self._aliases: Mapping[str, Alias] = {folded(one.name): one for one in lexicon.aliases}
        self._by_name: dict[str, Known] = {}
        self._by_tag: dict[str, Known] = {}
        self._whole_tags: dict[str, str] = {}
        for service in catalog:
            self._learn(service, lexicon.nicknames.get(service.slug, ()))
        self._regional = {folded(name): where for name, where in lexicon.regional.items()}
        self._phrases: Phrases[tuple[str, Known]] = Phrases(
            (form, (plain, known))
            for plain, known in self._by_name.items()
            for form in _forms(plain, known)
        )

    def _learn(self, service: Service, nicknames: Iterable[str]) -> None:
        slug = service.slug
        ambiguous = {folded(name) for name in service.ambiguous}
        for name in (service.name, *service.names, *nicknames):
            plain = folded(name)
            self._by_name.setdefault(plain, self._known(slug, plain, ambiguous))
            squeezed = "".join(words(name))
            self._by_tag.setdefault(squeezed, self._by_name[plain])
        for domain in service.domains:
            self._by_name.setdefault(folded(domain), Known(slug, ambiguous=False))
        for tag in service.hashtags:
            self._whole_tags.setdefault("".join(words(tag)), slug)

    def _known(self, slug: str, plain: str, ambiguous: set[str]) -> Known:
        found = words(plain)
        only = found[0] if len(found) == 1 else ""
        short = bool(only) and len(only) < SHORT and not UNSPACED.search(only)
        cut = bool(only) and only != plain  # "Disney+" is "disney" once its sign is gone
        doubtful = plain in self._common or plain in ambiguous or short or cut
        if plain in self._clear:
            doubtful = False
        alias = self._aliases.get(plain)
        if doubtful and alias is None:
            alias = Alias(plain, least=1)
        if len(only) == 1:
            alias = msgspec.structs.replace(alias or Alias(plain), least=2)
        return Known(slug, doubtful or alias is not None, alias)

    def may_be_in(self, plain: str, found: Sequence[str]) -> bool:
        """Tell, fast, whether a folded text of these words may name any service."""
        return self._phrases.may_hold(plain, found) or (
            "#" in plain
            and any(self._tag(match[1].replace("_", ""))[0] for match in TAG.finditer(plain))
        )

    def meant(self, named: Named, text: Text, language: str) -> str:
        """Return the service that a name means in a language: "O2" is another one in German."""
        name = text.folded[named.start : named.end]
        return self._regional.get(name, {}).get(language, named.service)

    def find(self, text: Text) -> list[Named]:
        """Return where a text names services: the longest of names that overlap, hashtags apart."""
        found = [*self._in_tags(text), *self._in_words(text)]
        found.sort(key=lambda one: (one.start, -one.end))
        kept: list[Named] = []
        end = -1
        for one in found:
            if one.start >= end:
                kept.append(one)
                end = one.end
        return kept[:NAMED_MAX]

    def _in_words(self, text: Text) -> Iterator[Named]:
        for start, end, (plain, known) in self._phrases.find(text):
            before = text.folded[start - 1] if start else ""
            if before == "#" or ("." in plain and text.folded[start:end] != plain):
                continue
            how: How = "ambiguous" if known.ambiguous else "safe"
            if plain.endswith("+") and text.folded.startswith("+", end):
                how = "safe"
            if before == "@":
                how = "marked"
            yield Named(known.service, how, start, end, known.alias)

    def _in_tags(self, text: Text) -> Iterator[Named]:
        for tag, start in text.tags:
            known, how = self._tag(tag)
            if known is not None:
                yield Named(known.service, how, start, start + 1 + len(tag), known.alias)

    def _tag(self, tag: str) -> tuple[Known | None, How]:
        for how, before, after in self._marks:
            for mark in after:
                known = self._by_tag.get(tag.removesuffix(mark)) if tag.endswith(mark) else None
                if known is not None:
                    return known, how
            for mark in before:
                known = self._by_tag.get(tag.removeprefix(mark)) if tag.startswith(mark) else None
                if known is not None:
                    return known, how
        if tag in self._whole_tags:
            return Known(self._whole_tags[tag], ambiguous=False), "failing-tag"
        known = self._by_tag.get(tag)
        return known, "ambiguous" if known is not None and known.ambiguous else "marked"
