"""What fails beside it, and how that is related: what it depends on, what depends on it, or neither.

That nothing else fails is said only where enough others are watched. What is itself an echo (people who blame the wrong
name) is no failure of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

WATCHED_MIN = 5  # Other services that must be known well enough before their silence counts.
OTHERS_MAX = 200  # Others that are counted.
SURE = 0.5  # Probability from which an answer to "whose fault" counts as an observation.

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "cdn": "cdn",
        "cloud": "cloud-region",
        "hosting": "cloud-region",
        "dns": "dns-provider",
        "isp": "isp",
        "identity": "third-party",
    }
)


class Other(msgspec.Struct, frozen=True):
    """Another service or provider that fails at the same time.

    `provider` is the kind of provider that it is to ours, empty if ours does not depend on it; `depends` is whether it
    depends on ours.
    """

    name: str
    provider: str = ""
    depends: bool = False


class Beside(msgspec.Struct, frozen=True):
    """How many others fail, of which kinds, and their names in order."""

    count: int
    kinds: frozenset[str]
    names: tuple[str, ...] = ()


def beside(
    others: Iterable[Other],
    watched: int,
    *,
    answers: Iterable[tuple[str, str, float]] = (),
    own_page_unread: bool = False,
) -> Beside | None:
    """Return what fails beside a service, None where that nothing does cannot be known.

    `watched` is how many other services are known well enough for their failure to be seen; `answers` are
    (kind, kind of the provider, probability) of `detect.culprit` about this incident.
    """
    found = {one.name: one for one in others}
    names = tuple(sorted(found))[:OTHERS_MAX]
    kinds = {_kind(found[name]) for name in names}
    for kind, provider, probability in answers:
        if probability < SURE:
            continue
        if kind == "provider":
            kinds.add(_KINDS.get(provider, "third-party"))
        elif kind == "access":
            kinds.add("isp")
    if own_page_unread:
        kinds.add("own-status-page")
    if not kinds and watched < WATCHED_MIN:
        return None
    return Beside(len(names), frozenset(kinds), names)


def _kind(other: Other) -> str:
    if other.provider:
        return _KINDS.get(other.provider, "third-party")
    return "own-dependents" if other.depends else "peer-services"
