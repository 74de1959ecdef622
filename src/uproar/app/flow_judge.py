"""Who judges flows: what the settings say is ours, the state of the watch, and where that is remembered."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Protocol

import structlog

from uproar.app.familiar import Networks
from uproar.app.flow_worker import EVERYTHING, Charge, Keep
from uproar.app.settings_traffic import TrafficSettings
from uproar.errors import BundleDamaged, StoreError
from uproar.model.signal import Traffic
from uproar.trace import bundle, watch, watch_kept
from uproar.trace.bundle import Counted
from uproar.trace.origins import Known
from uproar.trace.ours import Design, Hostgroup, Ours
from uproar.trace.watch_state import State

SALT_BITS = 63
ALL = "all"  # The group of every address, where the settings name none.

_log = structlog.get_logger("uproar.flows")


class Remembered(Protocol):
    """Where the state outlives the process."""

    def read(self) -> bytes | None:
        """Return what was written last, None where nothing was. Raises StoreError."""
        ...

    def write(self, body: bytes) -> None:
        """Put bytes in the place of the last. Raises StoreError."""
        ...


class FlowJudge:
    """Judges bundles by `trace.watch`. `damaged` counts those that were none; `counted` is what the others counted.

    With `networks` it says how much comes of networks that came in the last weeks, and learns them while no attack goes on.
    """

    def __init__(
        self,
        design: Design,
        about: Known,
        remembered: Remembered | None = None,
        networks: Networks | None = None,
    ) -> None:
        self.design = design
        self._about = about
        self._remembered = remembered
        self._networks = networks
        self._state = self._recalled()
        self.damaged = 0
        self.counted = Counted()

    def _recalled(self) -> State:
        """Return the state that was kept last; one that cannot be read is told, and begun anew."""
        try:
            raw = None if self._remembered is None else self._remembered.read()
            return State() if raw is None else watch_kept.of_bytes(raw)
        except (StoreError, BundleDamaged) as problem:
            _log.warning("what is usual of traffic is learned anew", why=str(problem))
            return State()

    def step(self, bundles: Sequence[bytes], now_ms: int) -> list[Traffic]:
        """Return what is to be told after these bundles."""
        read = []
        for raw in bundles:
            try:
                read.append(found := bundle.of_bytes(raw))
                self.counted += found.counted
            except BundleDamaged as problem:
                self.damaged += 1
                _log.warning("a bundle was left out", why=str(problem))
        networks = self._networks
        share = None if networks is None else networks.of_sources
        self._state, told = watch.step(self._state, read, now_ms, self.design, self._about, share)
        if networks is not None and not any(attack.live for attack in self._state.attacks):
            for each in read:
                networks.add_traffic(each.sample.rows, now_ms)
        return told

    def keep(self) -> None:
        """Keep the state, where there is a place for it, and the networks. Raises StoreError.

        The rows that are looked at are left out: they bear addresses of sources, which are never kept, and
        ten seconds later there are new ones.
        """
        if self._networks is not None:
            self._networks.save()
        if self._remembered is None:
            return
        rows, self._state.rows = self._state.rows, []
        try:
            body = watch_kept.to_bytes(self._state)
        finally:
            self._state.rows = rows
        self._remembered.write(body)


def design_of(traffic: TrafficSettings) -> Design:
    """Return what workers and judge share. The number that chooses rows is drawn anew: nobody is to know it."""
    groups = tuple(
        Hostgroup(
            name=group.name,
            prefixes=group.prefixes,
            service=group.service,
            floors=group.floors,
        )
        for group in traffic.hostgroups
    )
    everything = (Hostgroup(name=ALL, prefixes=EVERYTHING),)
    return Design(Ours(groups or everything), secrets.randbits(SALT_BITS))


def charge(traffic: TrafficSettings, design: Design) -> Charge:
    """Return what a worker is told."""
    keep = None
    if traffic.keep_flows:
        keep = Keep(
            folder=traffic.keep_flows,
            octets=traffic.keep_mb * 1_000_000,
            age_ms=traffic.keep_hours * 3_600_000,
            mask=traffic.mask_sources,
        )
    return Charge(exporters=list(traffic.exporters), design=design, keep=keep)
