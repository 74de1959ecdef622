"""From a file to what it shows: a capture is read in pieces, flow datagrams within it are read as flows."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import iptocc
import numpy as np

from uproar.app import tracing_flows
from uproar.errors import CaptureInvalid
from uproar.inlets import networks
from uproar.inlets.addresses import text_of
from uproar.store import flowfiles
from uproar.trace import tracing
from uproar.trace.attack import Traced
from uproar.trace.tally import Tally
from uproar.trace.traffic import UDP, hashed, of_flows, of_packets
from uproar.wire.flows.datagrams import Datagram
from uproar.wire.flows.reader import Reader
from uproar.wire.packets import capture
from uproar.wire.packets.captured import NO_TIME, Batch
from uproar.wire.packets.frames import GRE, NO_TUNNEL, Flag, Packets
from uproar.wire.packets.headers import decode

PIECE_BYTES = 4_194_304
# Where collectors listen: NetFlow, IPFIX (RFC 7011, 4739), sFlow (6343), and what is usual beside them.
FLOW_PORTS = (2055, 2056, 4432, 4739, 6343, 9555, 9995, 9996)
_BEGINNINGS = (b"\0\5", b"\0\x09", b"\0\x0a", b"\0\0\0\5")
EXPORTERS_MAX = 4_096  # Of one file; datagrams of others are packets like any.
# GRE between so many pairs of hosts is no overlay and no mirror: the tunnel itself is what is sent.
TUNNEL_PAIRS_MAX = 16


class Read(NamedTuple):
    """What a file shows, and what of it could not be read, by reason."""

    found: Traced
    aside: dict[str, int]
    damage: str
    flows: int


def known(path: Path | None = None) -> tracing.Known:
    """Return what is known of addresses: countries by the registries, systems by the operator's file if there is one."""
    version = importlib.metadata.version("iptocc")
    told = f"iptocc {version} (delegations of the five registries: countries of assignment)"
    if path is None:
        return tracing.known(_countries, None, told)
    table = networks.load(path)

    def systems(addresses: Sequence[bytes]) -> list[int]:
        return [table.look_up(address)[1] for address in addresses]

    return tracing.known(_countries, systems, f"{told}; systems by {path.name}")


def _countries(addresses: Sequence[bytes]) -> list[str]:
    return [code or "" for code in iptocc.country_code([text_of(each) for each in addresses])]


def read(path: Path, about: tracing.Known) -> Read:
    """Return what a capture shows; raise CaptureInvalid where it is none, OSError where it cannot be read."""
    if path.suffix == flowfiles.SUFFIX:
        tally, flows = tracing_flows.tally(path)
        return Read(tracing.trace(tally, about), {}, "", flows)
    with path.open("rb") as file:
        return _read(file, about)


def _read(file: BinaryIO, about: tracing.Known) -> Read:
    piece = file.read(PIECE_BYTES)
    if not piece:
        raise CaptureInvalid("the file is empty; a capture has at least a header")
    reader = capture.reader(piece)
    inside = _Inside()
    while piece:
        for batch in reader.feed(piece):
            inside.take(batch)
        piece = file.read(PIECE_BYTES)
    for batch in reader.end():
        inside.take(batch)
    for reason, count in reader.tally.rejects.items():
        inside.aside[reason] = inside.aside.get(reason, 0) + count
    found = tracing.trace(inside.tally, about)
    return Read(found, inside.aside, reader.tally.damage, inside.flows)


class _Inside:
    """What a capture holds: packets that are traffic, and datagrams that tell of flows."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.aside: dict[str, int] = {}
        self.flows = 0
        self._reader = Reader()
        self._exporters: dict[tuple[int, int], int] = {}

    def take(self, batch: Batch) -> None:
        """Take a batch of frames."""
        packets = decode(batch.frames, batch.link)
        if (packets.tunnel == GRE).any():
            packets = self._outside(batch, packets)
        for reason, count in packets.rejects.items():
            self.aside[reason] = self.aside.get(reason, 0) + count
        exported = self._exported(batch, packets)
        at_ns = batch.at_ns
        if exported.any():
            at_ns = np.where(exported, NO_TIME, at_ns)
        self.tally.add(of_packets(packets, batch.frames, at_ns))

    def _outside(self, batch: Batch, packets: Packets) -> Packets:
        """Return the tunnels rather than what is in them, where too many hosts send them to be an overlay."""
        outer = decode(batch.frames, batch.link, inner=False)
        rows = (outer.tunnel != NO_TUNNEL) & outer.ok
        pairs = hashed(
            outer.src_hi[rows], outer.src_lo[rows], outer.dst_hi[rows], outer.dst_lo[rows]
        )
        return outer if len(np.unique(pairs)) > TUNNEL_PAIRS_MAX else packets

    def _exported(self, batch: Batch, packets: Packets) -> Flag:
        """Read flow datagrams; return which packets were such, for they are no traffic themselves."""
        whole = packets.payload_captured == packets.payload_length
        candidates = (packets.protocol == UDP) & np.isin(packets.dst_port, FLOW_PORTS)
        candidates &= packets.ok & ~packets.fragment & whole & (batch.at_ns != NO_TIME)
        exported = np.zeros(len(packets), np.bool_)
        datagrams: list[Datagram] = []
        rows: list[int] = []
        for row in np.flatnonzero(candidates).tolist():
            begin = int(packets.payload_at[row])
            body = batch.frames.data[begin : begin + int(packets.payload_length[row])].tobytes()
            sender = int(packets.src_hi[row]), int(packets.src_lo[row])
            room = sender in self._exporters or len(self._exporters) < EXPORTERS_MAX
            if room and body.startswith(_BEGINNINGS):
                index = self._exporters.setdefault(sender, len(self._exporters))
                datagrams.append(Datagram(index, int(batch.at_ns[row]) // 1_000_000, body))
                rows.append(row)
        if datagrams:
            decoded = self._reader.read(datagrams)
            for reason, count in decoded.told.aside.items():
                self.aside[f"flow-{reason}"] = self.aside.get(f"flow-{reason}", 0) + count
            if decoded.told.records or decoded.told.templates:
                exported[rows] = True
            if len(decoded.flows):
                self.flows += len(decoded.flows)
                self.tally.add(of_flows(decoded.flows))
        return exported
