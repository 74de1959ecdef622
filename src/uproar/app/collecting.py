"""The collector: sockets, the workers that read them under a supervisor, and the bundles that wait to be judged."""

from __future__ import annotations

import socket
import sys
from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from uproar.app.flow_worker import Charge
from uproar.app.supervise import Supervisor
from uproar.inlets.flows import sockets as udp
from uproar.inlets.flows.counted import SILENT_MS, Counted
from uproar.inlets.flows.delivery import Delivery
from uproar.inlets.flows.workers import HUNG_S, WorkerProcess

BUNDLES_MAX = 64  # Of each worker, that wait to be judged: a minute; then the oldest goes.
# Without the working folder on the path: nothing that lies there by chance is run.
WORKER = (sys.executable, "-P", "-m", "uproar.app.flow_worker")
OVERFLOWED_MS = 600_000  # For so long it is told that the kernel dropped datagrams.


class Collector:
    """Takes telemetry until it is cancelled. `unjudged` counts bundles that went because nobody judged them in time."""

    def __init__(
        self,
        shares: Sequence[Sequence[socket.socket]],
        charge: Charge,
        *,
        wall_ms: Callable[[], int],
        elapsed_s: Callable[[], float],
        chance: Callable[[], float],
        command: Sequence[str] = WORKER,
        patience_s: float = HUNG_S,
    ) -> None:
        sockets = [sock for share in shares for sock in share]
        self.counted = Counted(sockets)
        self.listening = list(dict.fromkeys(udp.addresses(sockets)))
        self.unjudged = 0
        self.workers = [
            WorkerProcess(
                number, command, _charged(charge), share, self._take, patience_s=patience_s
            )
            for number, share in enumerate(shares, 1)
        ]
        self._wall_ms = wall_ms
        self._begun_at = wall_ms()
        self._bundles: deque[bytes] = deque(maxlen=BUNDLES_MAX * len(shares))
        self._narrow = [sock for sock in sockets if udp.granted(sock) < udp.BUFFER_BYTES_LEAST]
        self._overflowed_at = 0
        self._supervisor = Supervisor(
            self.workers, wall_ms=wall_ms, elapsed_s=elapsed_s, chance=chance
        )

    def _take(self, delivery: Delivery) -> None:
        self.counted.take(delivery)
        if delivery.bundle:
            self.unjudged += len(self._bundles) == self._bundles.maxlen
            self._bundles.append(delivery.bundle)

    async def run(self) -> None:
        """Keep the workers going, for ever."""
        await self._supervisor.run()

    def bundles(self) -> list[bytes]:
        """Return what was delivered since the last call, and look how the sockets are."""
        before = self.counted.figures.overflowed
        self.counted.look()
        if self.counted.figures.overflowed > before:
            self._overflowed_at = self._wall_ms()
        taken = list(self._bundles)
        self._bundles.clear()
        return taken

    @property
    def restarts(self) -> int:
        """How often workers were started again."""
        return sum(each.restarts for each in self._supervisor.standing())

    def troubles(self) -> list[str]:
        """Return what is not as it should be, a sentence each. No address is in them: they are shown to all."""
        now_ms, figures = self._wall_ms(), self.counted.figures
        troubles = [
            f"{each.name} waits to be started again ({each.why})"
            for each in self._supervisor.standing()
            if each.state == "waiting"
        ]
        if self._overflowed_at and now_ms - self._overflowed_at < OVERFLOWED_MS:
            troubles.append(
                f"the kernel dropped datagrams for want of room ({figures.overflowed} since the start); "
                "raise traffic.workers, or net.core.rmem_max"
            )
        if self._narrow:
            troubles.append(
                f"the kernel gave {len(self._narrow)} sockets less than {udp.BUFFER_BYTES_LEAST} bytes of room; "
                f"raise net.core.rmem_max to {udp.BUFFER_BYTES}"
            )
        if figures.unmeasured:
            troubles.append("the kernel does not say what it drops")
        silent = len(self.counted.silent(now_ms))
        if now_ms - max(figures.heard_at, self._begun_at) > SILENT_MS:
            troubles.append(f"no exporter was heard for {SILENT_MS // 60_000} minutes")
        elif silent:
            troubles.append(f"{silent} of {len(self.counted.exporters)} exporters fell silent")
        return troubles


def _charged(charge: Charge) -> Callable[[list[int]], bytes]:
    """Return what tells a worker its charge, once the numbers of its sockets are known."""
    return lambda numbers: msgspec.json.encode(msgspec.structs.replace(charge, descriptors=numbers))
