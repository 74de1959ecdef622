"""Datagrams of any kind, as they come on one port, to flows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from uproar.wire.flows import ipfix, netflow5, netflow9, sflow
from uproar.wire.flows.columns import empty
from uproar.wire.flows.datagrams import Datagram, Decoded, Told, joined
from uproar.wire.flows.sequence import Sequences
from uproar.wire.flows.templates import Templates

# How a datagram begins: the version in two bytes, of sFlow in four.
_NETFLOW_5, _NETFLOW_9, _IPFIX, _SFLOW_5 = b"\0\5", b"\0\x09", b"\0\x0a", b"\0\0\0\5"
_KINDS = frozenset({_NETFLOW_5, _NETFLOW_9, _IPFIX, _SFLOW_5})


class Reader:
    """What is remembered between datagrams, of all exporters, and how they are read.

    Give it datagrams in the order of their arrival, as many at once as have come: reading one by one costs
    ten times as much.
    """

    def __init__(self) -> None:
        self._templates = Templates()
        self._sequences = Sequences()
        self._drops = sflow.Drops()

    def read(self, batch: Sequence[Datagram]) -> Decoded:
        """Return their flows, by version, and what was set aside; never raises, whatever the bytes."""
        told = Told()
        kinds: defaultdict[bytes, list[Datagram]] = defaultdict(list)
        for datagram in batch:
            kind = datagram.body[:4] if datagram.body[:2] == b"\0\0" else datagram.body[:2]
            if kind in _KINDS:
                kinds[kind].append(datagram)
            else:
                told.aside["version"] += 1
        if batch:
            told.aside.update(self._templates.sweep(batch[-1].received_ms))
        templates, sequences = self._templates, self._sequences
        parts = [Decoded(empty(), told)]
        if fives := kinds[_NETFLOW_5]:
            parts.append(netflow5.decode(fives, sequences))
        if nines := kinds[_NETFLOW_9]:
            parts.append(netflow9.decode(nines, templates, sequences))
        if tens := kinds[_IPFIX]:
            parts.append(ipfix.decode(tens, templates, sequences))
        if samples := kinds[_SFLOW_5]:
            parts.append(sflow.decode(samples, sequences, self._drops))
        return joined(parts)
