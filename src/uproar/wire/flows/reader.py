"""Datagrams of any kind, as they come on one port, to flows."""

from __future__ import annotations

from collections.abc import Sequence

from uproar.wire.flows import ipfix, netflow5, netflow9, sflow
from uproar.wire.flows.batches import Batch
from uproar.wire.flows.columns import empty
from uproar.wire.flows.datagrams import Datagram, Decoded, Told, joined
from uproar.wire.flows.sequence import Sequences
from uproar.wire.flows.templates import Templates

# How a datagram begins: the version in two bytes; sFlow has it in four.
_NETFLOW_5, _NETFLOW_9, _IPFIX, _SFLOW = b"\0\5", b"\0\x09", b"\0\x0a", b"\0\0"


class Reader:
    """What is remembered between datagrams, of all exporters, and how they are read.

    Give it datagrams in the order of their arrival, as many at once as have come: reading one by one costs
    some fifty times as much.
    """

    def __init__(self) -> None:
        self._templates = Templates()
        self._sequences = Sequences()
        self._drops = sflow.Drops()

    def read(self, batch: Sequence[Datagram]) -> Decoded:
        """Return their flows, by version, and what was set aside; never raises, whatever the bytes."""
        if not batch:
            return Decoded(empty(), Told())
        gone = self._templates.sweep(batch[-1].received_ms)
        parts = [self._read(kind, some) for kind, some in Batch(batch).kinds().items()]
        if len(parts) > 1:
            parts = [joined(parts)]
        parts[0].told.aside.update(gone)
        return parts[0]

    def _read(self, kind: bytes, datagrams: Batch) -> Decoded:
        """Read datagrams that begin with the same two bytes."""
        if kind == _NETFLOW_5:
            return netflow5.decode(datagrams, self._sequences)
        if kind == _NETFLOW_9:
            return netflow9.decode(datagrams, self._templates, self._sequences)
        if kind == _IPFIX:
            return ipfix.decode(datagrams, self._templates, self._sequences)
        if kind == _SFLOW:
            return sflow.decode(datagrams, self._sequences, self._drops)
        told = Told()
        told.aside["version"] += len(datagrams)
        return Decoded(empty(), told)
