"""The lexicon as a value: how people say that something fails, and what else a name may mean."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

# What a phrase is a cue for. docs/reference/lexicon-format.md tells each.
CUES = (
    "down",
    "notworking",
    "login",
    "slow",
    "ask",
    "back",
    "mine",
    "now",
    "past",
    "news",
    "maybe",
    "denial",
    "others",
    "local",
    "no",
    "opens",
    "use",
    "reject",
)
OUTCOMES = ("failing", "working", "asking", "talk", "other")


class Language(msgspec.Struct, frozen=True):
    """The phrases of one language by what they are a cue for; a last word with "*" is a beginning."""

    code: str
    cues: Mapping[str, tuple[str, ...]]


class Alias(msgspec.Struct, frozen=True):
    """A name that is an ordinary word too: what must stand near it, and what must not.

    `least` is how many different words that speak for it a post must hold for it to count at all.
    Where `languages` are named, it counts in posts of those only, and where no language is known.
    """

    name: str
    evidence: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()
    least: int = 0
    languages: tuple[str, ...] = ()


class Tags(msgspec.Struct, frozen=True):
    """What stands before or after a name within a hashtag that says that it fails, or is back."""

    failing_before: tuple[str, ...] = ()
    failing_after: tuple[str, ...] = ()
    working_before: tuple[str, ...] = ()
    working_after: tuple[str, ...] = ()


class Lexicon(msgspec.Struct, frozen=True):
    """All of it.

    `common` are names that are ordinary words besides those that the catalog says are, `clear` are
    those of the catalog, or short ones, that posts hardly use otherwise.
    `nicknames` are further names of services by slug, `regional` says by name and language
    which service one name means there. `surroundings` are words that speak for a
    service of a category. `weights` are those of the features, by outcome.
    """

    languages: tuple[Language, ...]
    aliases: tuple[Alias, ...]
    common: tuple[str, ...]
    clear: tuple[str, ...]
    nicknames: Mapping[str, tuple[str, ...]]
    surroundings: Mapping[str, tuple[str, ...]]
    regional: Mapping[str, Mapping[str, str]]
    tags: Tags
    weights: Mapping[str, Mapping[str, float]]
