"""Which filters of packets would stop an attack, and what would each cost? Nothing is applied: it is told, with shares.

Shares are of packets: of the attack those that a filter stops, of the baseline those that it hits as well. The baseline is other
traffic to the same target, of a capture of an ordinary time, or of the same capture; where there is too little of it,
the cost is not known. A filter is made of what most of a vector's packets have in common.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from uproar.trace.addresses import prefix, prefixes, text
from uproar.trace.attack import Attack, Traced
from uproar.trace.origins import SPOOFED_FROM
from uproar.trace.rules_choice import Option, Part, Scales, busiest, choose, hosts_hit, share, top
from uproar.trace.rules_match import Match, rows, within
from uproar.trace.rules_told import Action, Advice, Measured, Note, Rule, Why
from uproar.trace.seen import Named, Seen
from uproar.trace.shapes import Shapes, icmp_type, shapes
from uproar.trace.tally import Rate, Tally, rate
from uproar.trace.traffic import ICMP, ICMPV6, SECOND_MS, SIX_FLAGS, TCP, UDP, Traffic, sources
from uproar.trace.vectors import MINOR, named
from uproar.wire.packets.frames import Flag

ATTACKS_MAX = 16  # For which filters are worked out, the largest first.
BASELINE_LEAST = 50.0  # Packets that were looked at; of fewer the cost is not known.
PORTS_MAX, PORTS_COVER = 8, 0.9
FLAGS_MAX, FLAGS_COVER = 3, 0.9
TYPE_COVER = 0.9
LENGTH_ENDS = (
    0.005,
    0.995,
)  # Quantiles of the length: what is rarely longer or shorter does not widen it.
LENGTH_WIDE = 1_000  # Octets; a wider range tells nothing apart.
SOURCES_MAX = (
    64  # Addresses or prefixes in one filter: what a person can check, and a router can hold.
)
SOURCES_LEAST = 0.2  # Of the attack; a list that stops less is not told.
LIMIT_TIMES = 2.0  # A limit leaves so many times the highest second of the baseline.
LIMIT_LEAST = 10.0  # Packets a second; a smaller limit would stop what is rare.
LIMIT_OCTETS_LEAST = 9_600.0  # Octets a second; routers do not hold smaller ones well, says ExaBGP.


class _Held(NamedTuple):
    """The rows of one attack and of the baseline, None where there is too little of it, and the target."""

    attack: Traffic
    baseline: Traffic | None
    target: str

    def scales(self, own: Flag | None = None) -> Scales:
        """Return how much each row counts: its packets; of the attack only those of `own`, if it is given."""
        packets = self.attack.packets if own is None else self.attack.packets * own
        if self.baseline is None:
            return Scales(packets, None, None)
        return Scales(packets, self.baseline.packets, sources(self.baseline))

    def part(self, name: str, value: object, match: Match) -> Part:
        """Return one part of a filter with the rows that it hits."""
        base = np.zeros(0, np.bool_) if self.baseline is None else rows(match, self.baseline)
        return Part(name, value, rows(match, self.attack), base)


def advise(tally: Tally, found: Traced, ordinary: Tally | None) -> list[Advice | None]:
    """Return filters for each attack that was found in that traffic, in its order.

    `ordinary` is a capture of an ordinary time; without it the rest of the same traffic is the baseline. Filters are worked out for the
    ATTACKS_MAX attacks with the most packets; of others there is None.
    """
    if not found.attacks:
        return []
    traffic = tally.traffic()
    facts = shapes(traffic, tally.one_of)
    usual = usual_facts = None
    if ordinary is not None:
        usual = ordinary.traffic()
        usual_facts = shapes(usual, ordinary.one_of)
    sizes = [each.rates.packets for each in found.attacks]
    largest = sorted(range(len(sizes)), key=lambda place: -sizes[place])[:ATTACKS_MAX]
    return [
        _advice(each, traffic, facts, usual, usual_facts) if place in largest else None
        for place, each in enumerate(found.attacks)
    ]


def _advice(
    attack: Attack,
    traffic: Traffic,
    facts: Shapes,
    usual: Traffic | None,
    usual_facts: Shapes | None,
) -> Advice:
    seen = _seen(attack.target, traffic, facts)
    vectors = named(seen)
    hit = np.zeros(len(seen.traffic), np.bool_)
    for each in vectors:
        hit |= each.rows
    notes: list[Note] = []
    if usual is None or usual_facts is None:
        base = seen.traffic.take(~hit)
    else:
        beside = _seen(attack.target, usual, usual_facts)
        base = beside.traffic
        if named(beside):
            notes.append(Note("baseline-attacked"))
    mine = seen.traffic.take(hit)
    known = float(base.looked.sum()) >= BASELINE_LEAST
    measured = Measured(
        source="same" if usual is None else "file",
        packets=float(base.packets.sum()),
        before=float(base.packets[base.end_ms < attack.from_ms].sum()) if usual is None else 0.0,
        told=bool(mine.told.any() or (known and base.told.any())),
        known=known,
    )
    held = _Held(mine, base if known else None, str(ipaddress.ip_network(attack.target)))
    found: list[Rule] = []
    for place, vector in enumerate(vectors):
        own = mine.take(vector.rows[hit])
        found += _of_vector(vector.name, vector.rows[hit], held)
        found += _of_sources(vector, own, held, attack, notes, first=place == 0)
    if not known:
        notes.append(Note("no-limit"))
    found.append(Rule("", "blackhole", Match(held.target), "blackhole", 1.0, 1.0, 1.0))
    return Advice(attack.target, tuple(found), measured, tuple(notes))


def _seen(target: str, traffic: Traffic, facts: Shapes) -> Seen:
    at = np.flatnonzero(within(ipaddress.ip_network(target), traffic.dst_hi, traffic.dst_lo))
    return Seen(traffic.take(at), facts.take(at.astype(np.int64)))


def _of_vector(name: str, mine: Flag, held: _Held) -> Iterator[Rule]:
    """Yield the filters for one vector by what its packets have in common, the later fragments by themselves.

    They are chosen by how much of the vector they stop, and told by how much of the attack.
    """
    whole, own = Match(held.target), held.attack.take(mine)
    first = own.take(~own.later)
    if len(first):
        protocol = int(top(first.protocol, first.packets, 1, 0.0)[0])
        base = msgspec.structs.replace(whole, protocol=protocol)
        always = [held.part("protocol", protocol, base)]
        same = first.take(first.protocol == protocol)
        may = [
            held.part(key, value, msgspec.structs.replace(whole, **{key: value}))
            for key, value in _features(same, protocol)
        ]
        words: tuple[Why, ...] = ("narrow", "broader", "broadest")
        chosen = choose(always, may, held.scales(mine))
        options = [held.scales().option(each.parts) for each in chosen]
        for word, option in zip(words, options, strict=False):
            match = _match(whole, option)
            yield Rule(name, word, match, "drop", *option[1:])
        # The length of the packets is the first thing that an attack changes, so a limit does without.
        wide = next((each for each in options if _lengthless(each)), None)
        if wide is not None:
            yield from _limits(name, _match(whole, wide), held)
    later = own.take(own.later)
    if float(later.packets.sum()) >= MINOR * float(own.packets.sum()):
        protocol = int(top(later.protocol, later.packets, 1, 0.0)[0])
        match = msgspec.structs.replace(whole, protocol=protocol, later=True)
        option = held.scales().option([held.part("later", True, match)])
        yield Rule(name, "fragments", match, "drop", *option[1:])


def _lengthless(option: Option) -> bool:
    return all(part.name != "length" for part in option.parts)


def _match(whole: Match, option: Option) -> Match:
    return msgspec.structs.replace(whole, **{part.name: part.value for part in option.parts})


def _features(same: Traffic, protocol: int) -> Iterator[tuple[str, object]]:
    """Yield what most of those packets of one protocol have in common."""
    weights = same.packets
    if protocol in (TCP, UDP):
        for name, column in (("src_ports", same.src_port), ("dst_ports", same.dst_port)):
            ports = top(column, weights, PORTS_MAX, PORTS_COVER)
            if ports:
                yield name, tuple(sorted(ports))
    if protocol == TCP:
        flags = top(same.flags & SIX_FLAGS, weights, FLAGS_MAX, FLAGS_COVER)
        if flags:
            yield "flags", tuple(sorted(flags))
    if protocol in (ICMP, ICMPV6):
        kind = top(icmp_type(same), weights, 1, TYPE_COVER)
        if kind:
            yield "icmp_type", kind[0]
    order = np.argsort(same.size, kind="stable")
    gathered = np.cumsum(weights[order])
    ends = np.searchsorted(gathered, np.array(LENGTH_ENDS) * gathered[-1])
    low, high = (int(same.size[order[min(int(end), len(order) - 1)]]) for end in ends)
    if high - low <= LENGTH_WIDE:
        yield "length", (low, high)


def _of_sources(
    vector: Named, own: Traffic, held: _Held, attack: Attack, notes: list[Note], *, first: bool
) -> list[Rule]:
    """Return the filters that name sources; none, and why, where sources are forged or too many."""
    if first and attack.sources.spoofed >= SPOOFED_FROM:
        notes.append(Note("forged", vector.name, attack.sources.spoofed))
        return []
    if vector.name == "flood.dns-names":
        # They are resolvers that ordinary people use.
        notes.append(Note("names", vector.name))
        return []
    if not first and not vector.reflected:
        notes.append(Note("not-judged", vector.name))
        return []
    whole = Match(held.target)
    hosts = busiest(own.src_hi, own.src_lo, own.packets, SOURCES_MAX, _host)
    nets = busiest(*prefixes(own.src_hi, own.src_lo), own.packets, SOURCES_MAX, prefix)
    found: list[Rule] = []
    best = 0.0
    lists: tuple[tuple[Why, tuple[str, ...]], ...] = (("sources", hosts), ("prefixes", nets))
    for why, listed in lists:
        match = msgspec.structs.replace(whole, sources=listed)
        option = held.scales().option([held.part("sources", listed, match)])
        # Prefixes hit more than the hosts in them, so they must be worth it.
        if option.attack >= max(SOURCES_LEAST, best + SOURCES_LEAST):
            found.append(Rule(vector.name, why, match, "drop", *option[1:]))
        best = max(best, option.attack)
    if not found:
        notes.append(Note("too-many", vector.name, best))
    return found


def _host(hi: int, lo: int) -> str:
    return str(ipaddress.ip_network(text(hi, lo)))


def _limits(name: str, match: Match, held: _Held) -> Iterator[Rule]:
    """Yield limits that leave room for twice the highest second of the baseline, and stop what comes beyond."""
    if held.baseline is None:
        return
    usual = rate(held.baseline, rows(match, held.baseline))
    mine = rate(held.attack, rows(match, held.attack))
    kinds: tuple[tuple[Action, float], ...] = (
        ("limit-packets", LIMIT_LEAST), ("limit-octets", LIMIT_OCTETS_LEAST),
    )  # fmt: skip
    for action, least in kinds:
        of = "packets" if action == "limit-packets" else "octets"
        peak = usual.peak_packets if of == "packets" else usual.peak_bits / 8
        limit = math.ceil(max(LIMIT_TIMES * peak, least))
        total_mine, total_base = getattr(held.attack, of), getattr(held.baseline, of)
        hit = rows(match, held.baseline)
        matched = share(total_base, hit)
        beside = _mean(usual, of)
        stopped, lost = limited(mine, of, limit, beside)
        attack = stopped / max(float(total_mine.sum()), 1e-9)
        if attack >= SOURCES_LEAST:
            hosts = hosts_hit(sources(held.baseline), hit)
            yield Rule(name, "limit", match, action, attack, matched * lost, hosts, limit)


def _mean(usual: Rate, of: str) -> float:
    """Return how much of the baseline comes in a second on average."""
    counts = usual.packets if of == "packets" else usual.octets
    return float(counts.sum()) * SECOND_MS / max(len(counts) * usual.bin_ms, 1)


def limited(mine: Rate, of: str, limit: float, beside: float) -> tuple[float, float]:
    """Return how much of the attack a limit stops, and the share that ordinary packets lose while it lasts.

    A limit cannot tell packets apart: in each bin it stops the same share of all that it matches, of the attack and of the
    `beside` ordinary ones a second that come at the same time.
    """
    counts = mine.packets if of == "packets" else mine.octets
    parts = mine.bin_ms / SECOND_MS
    ordinary = beside * parts
    come = counts + ordinary
    lost = np.where(come > 0, np.maximum(come - limit * parts, 0.0) / np.maximum(come, 1e-9), 0.0)
    while_it_lasts = counts > 0
    mean = float(lost[while_it_lasts].mean()) if while_it_lasts.any() else 0.0
    return float((counts * lost).sum()), mean
