"""What the decoders take and give: datagrams in, flows out, and what was set aside by reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from uproar.wire.flows.columns import Flows, concat


class Datagram(NamedTuple):
    """One datagram as it came: the caller's index of its exporter, arrival in ms UTC, and its bytes."""

    exporter: int
    received_ms: int
    body: bytes


Reason = Literal[
    "version",  # a datagram of another version, or of none
    "truncated",  # a datagram, set or sample that ends before what it announces
    "count-mismatch",  # a NetFlow v5 datagram that is longer than its count of records says
    "set-length",  # a set that says it is shorter than its own header, and all that follows it
    "reserved-set",  # a set with an identifier that has no meaning
    "trailing",  # an IPFIX message with bytes after its end
    "template-broken",  # a template that ends before its fields do, or has an identifier below 256
    "template-empty",  # a template whose records have no length
    "template-large",  # a template with more fields, or longer records, than we hold
    "template-limit",  # a template beyond what is kept of one exporter
    "exporter-limit",  # a datagram of an exporter or domain beyond those that are kept
    "no-template",  # a data set whose template never came, or came too late
    "no-address",  # a record that tells neither source nor destination
    "no-packet",  # a sample without any record of a packet that we read
    "not-ip",  # a sampled frame that holds no IP packet
    "agent",  # an sFlow datagram whose agent has an address of no kind that we know
    "counter-sample",  # a sample of interface counters, which says nothing of flows
    "other-sample",  # a sample or record of another kind
]


@dataclass(slots=True)
class Told:
    """What one call read beside the flows.

    aside: how many things were set aside, by reason; the reason says of what kind they are.
    lost: what sequence numbers say never arrived, by exporter: flows (v5), datagrams (v9, sFlow),
        records (IPFIX). Only whole gaps; what came late was subtracted again.
    clock_off: datagrams whose exporter's clock is so wrong that their arrival was taken instead.
    dropped: samples that sFlow agents say they dropped for want of resources, by exporter.
    """

    datagrams: int = 0
    records: int = 0
    templates: int = 0
    options: int = 0
    withdrawals: int = 0
    clock_off: int = 0
    aside: Counter[Reason] = field(default_factory=Counter)
    lost: Counter[int] = field(default_factory=Counter)
    dropped: Counter[int] = field(default_factory=Counter)

    def add(self, other: Told) -> None:
        """Add what another call told."""
        self.datagrams += other.datagrams
        self.records += other.records
        self.templates += other.templates
        self.options += other.options
        self.withdrawals += other.withdrawals
        self.clock_off += other.clock_off
        self.aside.update(other.aside)
        self.add_lost(other.lost)
        self.dropped.update(other.dropped)

    def add_lost(self, lost: Counter[int]) -> None:
        """Add what never arrived, by exporter; less than nothing where it was found again."""
        for exporter, count in lost.items():
            self.lost[exporter] += count


class Decoded(NamedTuple):
    """The flows of one call, and what else it read. Each decoder says in what order its rows come."""

    flows: Flows
    told: Told


def joined(parts: list[Decoded]) -> Decoded:
    """Return several calls' results as one."""
    told = Told()
    for part in parts:
        told.add(part.told)
    return Decoded(concat([part.flows for part in parts if len(part.flows)]), told)
