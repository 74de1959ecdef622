"""Does a service fail, or does a probe? What several probes saw of one check, weighed by failure domain.

Probes err, and probes that share a network, a resolver or a place err together. So domains are counted,
never probes; a look of a probe whose controls fail beside it is void; a wall, a maintenance and what is
not known are never down. A check is raised when at least two domains and more than half of those heard
fail, one of them at two looks in a row, so that the other confirms it; if all that fail share a network
or a resolver that the others do not, it is theirs and stays local. Heard from one domain only, three
looks in a row are needed. It is cleared when it works twice in a row in more than half of the domains
heard. Each alarm within the last hour asks for one look more, so that what flaps tires.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from uproar.detect.schedule import domain
from uproar.model.measurement import State
from uproar.model.probe import Origin
from uproar.model.tick import HOUR_MS, MINUTE_MS

# Of one look, after it was repeated in place: what published services assume (docs/explain/probes.md).
FALSE_FAILURE = 0.005
RAISES_KEPT = 10

Domain = tuple[str, str, str]
Extent = Literal["", "one place", "local", "some", "everywhere"]


class Design(msgspec.Struct, frozen=True):
    """When what probes see is an alarm. A look is heard for `window_ms`; `looks` are in a row."""

    window_ms: int = 5 * MINUTE_MS
    domains: int = 2
    looks: int = 2
    looks_alone: int = 3
    looks_clear: int = 2
    tired_ms: int = HOUR_MS


class Facts(msgspec.Struct, frozen=True):
    """What a look found, in the words that its sentence is made of."""

    state: State = "works"
    step: str = ""
    layer: str = ""
    failure: str = ""
    status: int = 0
    answered: str = ""
    fingerprint: str = ""


class Latest(msgspec.Struct):
    """What one probe saw last of one check. `bad` and `good` count looks in a row; void ones count as none.

    `first_bad_at` is the first look of the row that fails, `last_good_at` the last that did not, 0 for none.
    `half` is the one family over which it fails where it works over the other.
    """

    at: int
    origin: Origin
    facts: Facts
    bad: int = 0
    good: int = 0
    first_bad_at: int = 0
    last_good_at: int = 0
    void: bool = False
    half: Literal["", "ipv4", "ipv6"] = ""


class Standing(msgspec.Struct, frozen=True):
    """How a check stands: domains that were heard, that fail, that are known to be well again.

    `void` are probes that were not counted because their controls fail. `only` is what all that fail
    share and no other has: ("network", "AS3320"). `half` is a family over which alone it fails, for most.
    """

    heard: int = 0
    failing: int = 0
    void: int = 0
    extent: Extent = ""
    only: tuple[str, str] | None = None
    half: Literal["", "ipv4", "ipv6"] = ""
    facts: Facts = Facts()
    onset: tuple[int, int] | None = None
    raises: bool = False
    clears: bool = False


def note(
    latest: Latest | None,
    at: int,
    origin: Origin,
    facts: Facts,
    *,
    void: bool,
    half: Literal["", "ipv4", "ipv6"] = "",
) -> Latest:
    """Return what is remembered of a probe after one more look at `at`, later than all before."""
    last = latest or Latest(at, origin, facts)
    bad, good = last.bad, last.good
    first_bad, last_good = last.first_bad_at, last.last_good_at
    if not void and facts.state == "fails":
        first_bad = first_bad if bad else at
        bad, good = bad + 1, 0
    elif not void and facts.state == "works":
        bad, good, last_good = 0, good + 1, at
    elif not void:
        bad, good = 0, 0  # A wall or a maintenance is neither; it begins a row anew.
    return Latest(at, origin, facts, bad, good, first_bad, last_good, void, half)


def judge(
    seen: Mapping[str, Latest], raised_at: Iterable[int], now_ms: int, design: Design
) -> Standing:
    """Return how a check stands. `raised_at` are the alarms that it had before."""
    recent = [one for one in seen.values() if one.at > now_ms - design.window_ms]
    counted = [one for one in recent if not one.void and one.facts.state in {"works", "fails"}]
    void = sum(one.void for one in recent)
    domains: dict[Domain, list[Latest]] = {}
    for one in counted:
        domains.setdefault(domain(one.origin), []).append(one)
    failing = {each for each, looks in domains.items() if 2 * _count(looks, "fails") > len(looks)}
    tired = sum(at > now_ms - design.tired_ms for at in raised_at)
    bad = [one for one in counted if one.bad and domain(one.origin) in failing]
    rows = max((one.bad for one in bad), default=0)
    alone = separate(domains) < 2
    local = None if alone else _only(failing, domains)
    is_local = local is not None and local[0] != "place"
    most = 2 * len(failing) > len(domains)
    if alone:
        raises = most and rows >= design.looks_alone + tired
    else:
        enough = separate(failing) >= design.domains and most
        raises = enough and not is_local and rows >= design.looks + tired
    well = [
        each
        for each, looks in domains.items()
        if 2 * sum(one.good >= design.looks_clear + max(0, tired - 1) for one in looks) > len(looks)
    ]
    return Standing(
        heard=len(domains),
        failing=len(failing),
        void=void,
        extent=_extent(failing, domains, alone=alone, is_local=is_local),
        only=local,
        half=_half(counted),
        facts=_facts(bad),
        onset=_onset(bad),
        raises=raises,
        clears=2 * len(well) > len(domains),
    )


def separate(domains: Iterable[Domain]) -> int:
    """Return how many of some domains can fail apart: those of one network, or one resolver, are one."""
    known = list(domains)
    networks = {each[0] or each for each in known}
    resolvers = {each[2] or each for each in known}
    return min(len(networks), len(resolvers))


def surprise(failing: int, heard: int) -> float:
    """Return how unlikely it is that so many of so many domains err at once, in nats, if they err apart."""
    if not failing:
        return 0.0
    p = FALSE_FAILURE
    tail = math.fsum(
        math.comb(heard, k) * p**k * (1 - p) ** (heard - k) for k in range(failing, heard + 1)
    )
    return round(-math.log(tail), 3)


def _count(looks: Iterable[Latest], state: State) -> int:
    return sum(one.facts.state == state for one in looks)


def _only(failing: set[Domain], domains: Mapping[Domain, object]) -> tuple[str, str] | None:
    """Return what all that fail share and none of the others has."""
    others = [each for each in domains if each not in failing]
    if not failing or not others:
        return None
    for axis, name in ((0, "network"), (2, "resolver"), (1, "place")):
        shared = {each[axis] for each in failing}
        value = next(iter(shared))
        is_known = value not in {"", "ZZ"}
        if len(shared) == 1 and is_known and all(each[axis] != value for each in others):
            return name, value
    return None


def _extent(
    failing: set[Domain], domains: Mapping[Domain, object], *, alone: bool, is_local: bool
) -> Extent:
    if not failing:
        return ""
    if alone:
        return "one place"
    if is_local:
        return "local"
    return "everywhere" if len(failing) == len(domains) else "some"


def _half(counted: list[Latest]) -> Literal["", "ipv4", "ipv6"]:
    families: tuple[Literal["ipv6", "ipv4"], ...] = ("ipv6", "ipv4")
    for family in families:
        if 2 * sum(one.half == family for one in counted) > len(counted):
            return family
    return ""


def _facts(bad: list[Latest]) -> Facts:
    """Return what most of those that fail found; of equally many, the one that says most."""
    if not bad:
        return Facts()
    counts: dict[tuple[object, ...], int] = {}
    for one in bad:
        key = msgspec.structs.astuple(one.facts)
        counts[key] = counts.get(key, 0) + 1
    best = max(counts, key=lambda key: (counts[key], bool(key[6]), *map(str, key)))
    return Facts(*best)  # type: ignore[arg-type] # these are the fields of one


def _onset(bad: list[Latest]) -> tuple[int, int] | None:
    """Return from the last look that was well to the first that was not, over all that fail."""
    if not bad:
        return None
    first = min(one.first_bad_at for one in bad)
    before = [one.last_good_at for one in bad if 0 < one.last_good_at < first]
    return (max(before, default=first), first)
