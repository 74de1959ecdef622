"""What came to the service, by the word of those who hold its traffic: more, less or as usual, and made of what.

Whether it is an attack is what `trace` found; nothing is concluded here from how much it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

SURGE = 2.0  # Times the usual from which more came,
DROP = 0.5  # and up to which less came.
SMOOTH = 5  # Minutes over which a level is averaged.
KNOWN_MIN = 3  # Minutes that must have been told of, with what is usual.
MANY = 1_000  # Senders from which there are many,
FEW = 20  # and up to which there are few.
LIKELY = 0.5  # Probability from which addresses count as forged.
ALIKE = 0.5  # Share of senders known from before from which the mix is the usual one,
CROWD = 0.8  # or the probability that people came.
TOLD = 0.5  # Share of the traffic whose countries must be told,
HOME = 0.2  # and the share of the usual countries up to which it came from elsewhere.
AGAIN = 0.6  # Share of requests that are made again.


class Came(msgspec.Struct, frozen=True):
    """One attack (`attack` true) or one rush of people, as `trace` described it at its highest.

    `at` is (from, until) in milliseconds UTC. `vectors` are names of `trace`, `flash_crowd`, `spoofed` and `known` as in
    `model.signal.Traffic`; `requests` is whether requests were counted and not packets; `again` is the share of
    requests that repeat earlier ones, None if not measured.
    """

    ref: str
    at: tuple[int, int]
    attack: bool
    requests: bool = False
    vectors: tuple[str, ...] = ()
    sources: int = 0
    spoofed: float | None = None
    known: float | None = None
    flash_crowd: float | None = None
    meaningful: bool = False
    countries: Mapping[str, float] = {}
    times_usual: float | None = None
    again: float | None = None


def amount(rates: Sequence[float], usual: Sequence[float], came: Iterable[Came] = ()) -> str | None:
    """Return "inbound-surge", "inbound-drop" or "usual"; None where nobody told, or nobody knows what is usual.

    `rates` and `usual` are what came minute by minute about the onset, a second; negative where nothing was told.
    What was told of by name is a surge where it stood far above the usual, or nobody could say what is usual.
    """
    shares = [
        rate / known for rate, known in zip(rates, usual, strict=True) if rate >= 0 and known > 0
    ]
    runs = [sum(shares[at : at + SMOOTH]) / SMOOTH for at in range(len(shares) - SMOOTH + 1)]
    if not runs and len(shares) >= KNOWN_MIN:
        runs = [sum(shares) / len(shares)]
    if any(one.times_usual is None or one.times_usual >= SURGE for one in came):
        return "inbound-surge"
    if not runs:
        return None
    if max(runs) >= SURGE:
        return "inbound-surge"
    return "inbound-drop" if min(runs) <= DROP else "usual"


def details(came: Iterable[Came], home: frozenset[str] = frozenset()) -> frozenset[str] | None:
    """Return what it was made of, None where nobody described it. `home` are countries of usual use (ISO 3166)."""
    found = {word for one in came for word in _details(one, home)}
    return frozenset(found) or None


def _details(one: Came, home: frozenset[str]) -> Iterable[str]:
    forged = one.spoofed is not None and one.spoofed >= LIKELY
    if forged:
        yield "spoofed"
    elif one.sources >= MANY:
        yield "many-sources"
    elif 0 < one.sources <= FEW:
        yield "single-source" if one.sources == 1 else "few-sources"
    if one.requests:
        yield "http-requests"
    for vector in one.vectors:
        yield from _of_vector(vector)
    is_crowd = one.flash_crowd is not None and one.flash_crowd >= CROWD
    is_alike = one.known is not None and one.known >= ALIKE
    if not one.attack and (is_crowd or is_alike):
        yield "normal-client-mix"
    if one.again is not None and one.again >= AGAIN:
        yield "retries" if not one.attack else "repeated-same-url"
    if one.meaningful and not forged and home and _is_foreign(one.countries, home):
        yield "foreign-sources"


def _of_vector(vector: str) -> Iterable[str]:
    family, _, name = vector.partition(".")
    if family == "amplification":
        yield "amplification"
        yield "tcp" if name.startswith("tcp") else "udp"
    elif name == "syn":
        yield "syn"
        yield "tcp"
    elif name.startswith("dns"):
        yield "dns-queries"
    elif name in {"udp", "icmp"}:
        yield name
    elif name in {"ack", "fin", "rst", "syn-ack", "tcp-odd"} or vector == "slow.connections":
        yield "tcp"


def _is_foreign(countries: Mapping[str, float], home: frozenset[str]) -> bool:
    told = sum(countries.values())
    return (
        told >= TOLD
        and sum(share for code, share in countries.items() if code in home) <= HOME * told
    )


def attack_seen(came: Iterable[Came]) -> float | None:
    """Return how probable it is that what came is an attack, None where nobody judged what came.

    Of what was told as an attack it is what is left when people are ruled out as far as `trace` could; of several, the
    highest. A rush that is not surely people (a robot, clients that try again) is not judged at all.
    """
    judged = [
        1.0 - one.flash_crowd
        for one in came
        if one.flash_crowd is not None and (one.attack or one.flash_crowd >= LIKELY)
    ]
    return round(max(judged), 4) if judged else None
