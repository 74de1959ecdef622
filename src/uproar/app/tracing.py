"""From a file to what it shows: a capture is read in pieces, flow datagrams within it are read as flows."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import iptocc
import numpy as np
from numpy.typing import NDArray

from uproar.app import tracing_flows
from uproar.errors import CaptureInvalid
from uproar.inlets import networks
from uproar.inlets.addresses import text_of
from uproar.present import networks as networks_words
from uproar.store import flowfiles
from uproar.trace import origins, tracing
from uproar.trace.addresses import packed
from uproar.trace.attack import Traced
from uproar.trace.origins import Known
from uproar.trace.tally import Tally
from uproar.trace.traffic import UDP, hashed, of_flows, of_packets
from uproar.wire.flows.datagrams import Datagram
from uproar.wire.flows.reader import Reader
from uproar.wire.networks.spans import country_number
from uproar.wire.packets import capture
from uproar.wire.packets.captured import NO_TIME, Batch
from uproar.wire.packets.frames import GRE, NO_TUNNEL, U64, Flag, Packets
from uproar.wire.packets.headers import decode

PIECE_BYTES = 4_194_304
REGISTRIES = "delegations of the five registries: countries of assignment"
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
    tally: Tally


def known(path: Path | None = None) -> Known:
    """Return what is known of addresses: countries by the registries, systems by the operator's file if there is one.

    What that file says of countries is held against the registries. Raises NetworksInvalid where it is of no use.
    """
    told = f"iptocc {importlib.metadata.version('iptocc')} ({REGISTRIES})"
    if path is None:
        return origins.known(_countries, None, told)
    found = networks.load(path)
    by = ", ".join(networks_words.source(each) for each in found.told)
    attributions = tuple(each.attribution for each in found.told if each.attribution)
    told = f"{told}; systems by {by}"
    table = found.table
    if table is None:
        return origins.known(
            _countries,
            _one_by_one(lambda address: found.ask(address)[1]),
            told,
            second_of=_one_by_one(lambda address: country_number(found.ask(address)[0])),
            attributions=attributions,
        )
    second = table.countries if table.has_countries else None
    return origins.known(_countries, table.systems, told, table.names.of, second, attributions)


def _one_by_one(number_of: Callable[[bytes], int]) -> origins.NumbersOf:
    """Return how to ask an MMDB as it is: its reader knows no other way, and the addresses of a report are few."""

    def ask(hi: U64, lo: U64) -> NDArray[np.int64]:
        pairs = zip(hi.tolist(), lo.tolist(), strict=True)
        return np.fromiter((number_of(packed(*pair)) for pair in pairs), np.int64, len(hi))

    return ask


def _countries(addresses: Sequence[bytes]) -> list[str]:
    return [code or "" for code in iptocc.country_code([text_of(each) for each in addresses])]


def read(path: Path, about: Known) -> Read:
    """Return what a capture shows; raise CaptureInvalid where it is none, OSError where it cannot be read."""
    if path.suffix == flowfiles.SUFFIX:
        tally, flows = tracing_flows.tally(path)
        return Read(tracing.trace(tally, about), {}, "", flows, tally)
    with path.open("rb") as file:
        inside, damage = _taken(file)
    found = tracing.trace(inside.tally, about)
    return Read(found, inside.aside, damage, inside.flows, inside.tally)


def take(path: Path) -> Tally:
    """Return the traffic of a capture unjudged; raise CaptureInvalid where it is none, OSError where it cannot be read."""
    with path.open("rb") as file:
        return _taken(file)[0].tally


def _taken(file: BinaryIO) -> tuple[_Inside, str]:
    """Return what a capture holds, and how it is damaged, if it is."""
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
    return inside, reader.tally.damage


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
