"""What all workers counted since the start, and which exporters they heard."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Sequence

import msgspec

from uproar.inlets.flows import sockets as udp
from uproar.inlets.flows.delivery import Delivery
from uproar.inlets.flows.exporters import EXPORTERS_MAX, Heard

SILENT_MS = 300_000  # An exporter that is not heard for so long has fallen silent.


class Figures(msgspec.Struct):
    """Counts since the start, as in `Delivery`; `overflowed` are datagrams that the kernel dropped.

    `heard_at` is when the last datagram came, ms UTC; `waiting` are bytes in the sockets, `room` what they hold
    at most; `unmeasured` is whether the kernel does not say what it drops; `bundles` were taken.
    """

    heard_at: int = 0
    datagrams: int = 0
    octets: int = 0
    flows: int = 0
    clock_off: int = 0
    ignored: int = 0
    failed: int = 0
    stalled: int = 0
    kept: int = 0
    unkept: int = 0
    cpu_ms: int = 0
    bundles: int = 0
    overflowed: int = 0
    waiting: int = 0
    room: int = 0
    unmeasured: bool = False
    lost: int = 0
    sampled_away: int = 0


class Counted:
    """The sums of deliveries, and of what the kernel says of the sockets, since the start."""

    def __init__(self, sockets: Sequence[socket.socket]) -> None:
        self._sockets = tuple(sockets)
        self.figures = Figures(room=sum(udp.granted(sock) for sock in sockets))
        self.aside: Counter[str] = Counter()
        self.exporters: dict[str, Heard] = {}

    def take(self, delivery: Delivery) -> None:
        """Add what a worker handed over."""
        figures = self.figures
        figures.datagrams += delivery.datagrams
        figures.octets += delivery.octets
        figures.flows += delivery.flows
        figures.clock_off += delivery.clock_off
        figures.ignored += delivery.ignored
        figures.failed += delivery.failed
        figures.stalled += delivery.stalled
        figures.kept += delivery.kept
        figures.unkept += delivery.unkept
        figures.cpu_ms += delivery.cpu_ms
        figures.bundles += bool(delivery.bundle)
        self.aside.update(delivery.aside)
        for heard in delivery.exporters:
            self._heard(heard)

    def _heard(self, heard: Heard) -> None:
        figures = self.figures
        figures.heard_at = max(figures.heard_at, heard.at)
        figures.lost += heard.lost
        figures.sampled_away += heard.dropped
        if not heard.address:
            return
        known = self.exporters.get(heard.address)
        if known is None:
            if len(self.exporters) >= EXPORTERS_MAX:
                by_age = sorted(self.exporters.values(), key=lambda each: each.at)
                for old in by_age[: EXPORTERS_MAX // 4]:
                    del self.exporters[old.address]
            self.exporters[heard.address] = heard
            return
        known.at = max(known.at, heard.at)
        known.datagrams += heard.datagrams
        known.flows += heard.flows
        known.lost += heard.lost
        known.dropped += heard.dropped
        known.sampling = heard.sampling or known.sampling

    def look(self) -> None:
        """Ask the kernel how the sockets are doing."""
        loads = [udp.load(sock) for sock in self._sockets]
        told = [load for load in loads if load is not None]
        self.figures.unmeasured = len(told) < len(loads)
        self.figures.waiting = sum(load.waiting for load in told)
        self.figures.overflowed = sum(load.dropped for load in told)

    def silent(self, now_ms: int) -> list[str]:
        """Return the exporters that were heard once, and are not any more."""
        return [each.address for each in self.exporters.values() if now_ms - each.at > SILENT_MS]

    def rejected(self) -> dict[str, int]:
        """Return what could not be used, by reason."""
        figures = self.figures
        more = {
            "exporter-not-listed": figures.ignored,
            "socket": figures.failed,
            "bundle-stalled": figures.stalled,
            "row-unkept": figures.unkept,
        }
        return {**self.aside, **{reason: count for reason, count in more.items() if count}}
