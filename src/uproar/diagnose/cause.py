"""What a cause is: its words, what speaks for it and against it, and what it is confused with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Speaks:
    """What an expert would say before any data: if `item` is seen, by how much it speaks.

    `decibans` is ten times the decimal logarithm of how much more often the item is seen where this is
    the cause than where an average one is: +10 is ten times as often, -10 a tenth. It is where
    fitting starts from, not what it ends with.
    """

    item: str
    decibans: float
    because: str


@dataclass(frozen=True, slots=True)
class Confused:
    """Another cause that looks like this one, and what tells them apart."""

    leaf: str
    told_apart: str


@dataclass(frozen=True, slots=True)
class Example:
    """A real outage of this cause: what failed, on which date (ISO 8601), and who says so."""

    what: str
    date: str
    source: str


@dataclass(frozen=True, slots=True)
class Cause:
    """One mechanism. `id` is permanent and is the name of its file.

    `what` is one sentence that ends in a full stop, `phrase` fits after "the cause is", `does` says what an operator
    does about it and nothing else. `loci` and `agencies` are probabilities of whose side and what kind of
    hand, where this is the mechanism and nothing more is known; each sums to one.
    """

    id: str
    family: str
    name: str
    phrase: str
    what: str
    does: str
    speaks: tuple[Speaks, ...]
    loci: Mapping[str, float]
    agencies: Mapping[str, float]
    confused: tuple[Confused, ...]
    examples: tuple[Example, ...]
