"""From packets to what exporters send of them: flow caches with timeouts, sampling, datagrams in the order of their times."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from uproar.sim.packets import ACK, FIN, ICMP, PSH, SYN, TCP, Sent, totals
from uproar.sim.telemetry import Exporter, Outgoing, Records, netflow5, ordered, records
from uproar.sim.telemetry_sflow import sflow
from uproar.sim.telemetry_templates import ipfix, netflow9

FORMS = {"netflow5": netflow5, "netflow9": netflow9, "ipfix": ipfix, "sflow": sflow}
SCAN_US = 100_000  # How often a flow cache looks for what has expired.


@dataclass(frozen=True, slots=True)
class Timeouts:
    """When a flow cache gives a flow to its exporter: so long after its first packet, or so long after its last."""

    active_us: int = 60_000_000
    inactive_us: int = 15_000_000


class Addressed(NamedTuple):
    """A datagram of the stream, and the index of who sends it."""

    exporter: int
    datagram: Outgoing


def metered(sent: Sent, timeouts: Timeouts) -> Records:
    """Return the records of a flow cache that sees these packets, in the order in which it exports them.

    A flow is what has both ends, ports and protocol alike. A silence of the inactive timeout ends it; one that goes on is
    told in pieces of the active timeout, counted from its first packet. Flags are OR-ed. Flows that still run when the
    packets end are told when they expire.
    """
    if not len(sent):
        return records(0)
    order = np.lexsort((sent["at_us"], *(sent[name] for name in _KEY)))
    rows = sent[order]
    other = np.ones(len(rows), np.bool_)
    other[1:] = np.logical_or.reduce([rows[name][1:] != rows[name][:-1] for name in _KEY])
    quiet = np.diff(rows["at_us"], prepend=rows["at_us"][0]) >= timeouts.inactive_us
    began = _since(rows["at_us"], other | quiet)
    piece = (rows["at_us"] - began) // timeouts.active_us
    first = np.flatnonzero(other | quiet | (np.diff(piece, prepend=0) != 0))
    begin, end = rows["at_us"][first], rows["at_us"][np.append(first[1:], len(rows)) - 1]
    expires = np.minimum(
        began[first] + (piece[first] + 1) * timeouts.active_us, end + timeouts.inactive_us
    )
    icmp = rows["protocol"][first] == ICMP
    held = records(
        len(first), ready_us=-(-expires // SCAN_US) * SCAN_US, first_us=begin, last_us=end,
        src=rows["src"][first], dst=rows["dst"][first], sport=rows["sport"][first],
        dport=np.where(icmp, 0, rows["dport"][first]), icmp=np.where(icmp, rows["dport"][first], 0),
        protocol=rows["protocol"][first], flags=np.bitwise_or.reduceat(rows["flags"], first),
        packets=np.diff([*first, len(rows)]), octets=np.add.reduceat(totals(rows), first),
        ttl_min=np.minimum.reduceat(rows["ttl"], first), ttl_max=np.maximum.reduceat(rows["ttl"], first),
        truth=np.maximum.reduceat(rows["vector"], first),
    )  # fmt: skip
    return ordered([held])


_KEY = ("src", "dst", "sport", "dport", "protocol")


def _since(at_us: NDArray[np.int64], begins: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for each packet when the run that it is in began."""
    first = np.flatnonzero(begins)
    return np.repeat(at_us[first], np.diff([*first, len(at_us)]))


def sampled(held: Records, dice: np.random.Generator, one_of: int) -> Records:
    """Return the packets of these flows that are looked at, one of so many by chance, each a record of its own.

    The flags of one packet: the first of a TCP connection begins it, the last ends it, the others carry it on; where a flow
    has but one kind of flags, all its packets have them.
    """
    drawn = dice.poisson(held["packets"] / one_of)
    rows = np.repeat(np.arange(len(held)), drawn)
    found = held[rows]
    span = np.maximum(found["last_us"] - found["first_us"], 1)
    at = found["first_us"] + (dice.random(len(rows)) * span).astype(np.int64)
    found["octets"] = np.maximum(found["octets"] // found["packets"], 1)
    whole = (found["protocol"] == TCP) & ((found["flags"] & (SYN | FIN)) == SYN | FIN)
    place = (dice.random(len(rows)) * found["packets"]).astype(np.int64)
    flags = np.where(dice.random(len(rows)) < 0.5, ACK, ACK | PSH)
    flags = np.where(place == 0, found["flags"] & (SYN | ACK), flags)
    flags = np.where(place == found["packets"] - 1, FIN | ACK, flags)
    found["flags"] = np.where(whole, flags, found["flags"])
    found["first_us"] = found["last_us"] = found["ready_us"] = at
    found["packets"] = 1
    return ordered([found])


def exported(held: Records, exporter: Exporter, begin_ms: int) -> list[Outgoing]:
    """Return the datagrams of records in order of readiness, in the order of their times; `begin_ms`: UTC of instant 0."""
    return list(FORMS[exporter.form](held, exporter, begin_ms))


def together(streams: Sequence[Sequence[Outgoing]]) -> list[Addressed]:
    """Return the datagrams of several exporters in the order of their times."""
    named = ([Addressed(at, each) for each in stream] for at, stream in enumerate(streams))
    return list(heapq.merge(*named, key=lambda each: each.datagram.at_us))


def shared_out(held: Records, parts: int) -> list[Records]:
    """Return the records by which of so many routers saw them; a flow and its answer pass the same one."""
    outer = (held["src"][:, 1] ^ held["dst"][:, 1] ^ held["sport"] ^ held["dport"]) % parts
    return [held[outer == number] for number in range(parts)]
