"""Datagrams of any kind, as they come on one port, to flows."""

from __future__ import annotations

from collections.abc import Sequence

from uproar.wire.flows import ipfix, netflow5, netflow9
from uproar.wire.flows.columns import empty
from uproar.wire.flows.datagrams import Datagram, Decoded, Told, joined
from uproar.wire.flows.sequence import Sequences
from uproar.wire.flows.templates import Templates


class Reader:
    """What is remembered between datagrams, of all exporters, and how they are read.

    Give it datagrams in the order of their arrival, as many at once as have come: reading one by one costs
    ten times as much.
    """

    def __init__(self) -> None:
        self._templates = Templates()
        self._sequences = Sequences()

    def read(self, batch: Sequence[Datagram]) -> Decoded:
        """Return their flows, by version, and what was set aside; never raises, whatever the bytes."""
        told = Told()
        fives, nines, tens = [], [], []
        for datagram in batch:
            version = datagram.body[:2]
            if version == b"\x00\x05":
                fives.append(datagram)
            elif version == b"\x00\x09":
                nines.append(datagram)
            elif version == b"\x00\x0a":
                tens.append(datagram)
            else:
                told.aside["version"] += 1
        if batch:
            told.aside.update(self._templates.sweep(batch[-1].received_ms))
        parts = [Decoded(empty(), told)]
        if fives:
            parts.append(netflow5.decode(fives, self._sequences))
        if nines:
            parts.append(netflow9.decode(nines, self._templates, self._sequences))
        if tens:
            parts.append(ipfix.decode(tens, self._templates, self._sequences))
        return joined(parts)
