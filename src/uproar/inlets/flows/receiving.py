"""Datagrams from sockets, in batches: many at once are read some thirty times as fast as one by one."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Sequence

from uproar.inlets.flows.exporters import REFUSED, Exporters
from uproar.wire.flows.datagrams import Datagram

BATCH_MAX = 1_024  # Datagrams. More is hardly faster, and keeps more of them waiting.
BATCH_S = 0.05  # For so long a batch waits for more.
PAUSE_S = 0.01  # Between two looks for more: the smallest buffer holds what comes meanwhile.
TURN_MAX = 64  # Datagrams of one socket before the next has its turn.
DATAGRAM_BYTES_MAX = 65_535


class Receiver:
    """The sockets of one worker.

    ignored: datagrams of senders that are not on the list of exporters.
    failed: how often a socket could not be read for another reason than that nothing was there.
    """

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        exporters: Exporters,
        wall_ms: Callable[[], int],
    ) -> None:
        self._exporters = exporters
        self._wall_ms = wall_ms
        self._poll = select.epoll()
        self._sockets = {sock.fileno(): sock for sock in sockets}
        for number in self._sockets:
            self._poll.register(number, select.EPOLLIN)
        self.ignored = 0
        self.failed = 0

    def batch(self, wait_s: float) -> list[Datagram]:
        """Return what came, in the order of arrival on each socket; nothing after `wait_s` without any."""
        ready = self._poll.poll(wait_s)
        if not ready:
            return []
        batch: list[Datagram] = []
        until = time.monotonic() + min(BATCH_S, wait_s)
        waiting = [self._sockets[number] for number, _ in ready]
        while True:
            while waiting and len(batch) < BATCH_MAX:
                turn = BATCH_MAX if len(waiting) == 1 else TURN_MAX
                now_ms = self._wall_ms()
                waiting = [
                    sock
                    for sock in waiting
                    if self._drain(sock, batch, min(turn, BATCH_MAX - len(batch)), now_ms)
                ]
            left = until - time.monotonic()
            if len(batch) >= BATCH_MAX or left <= 0:
                return batch
            time.sleep(min(PAUSE_S, left))
            waiting = [self._sockets[number] for number, _ in self._poll.poll(0)]

    def _drain(self, sock: socket.socket, batch: list[Datagram], most: int, now_ms: int) -> bool:
        """Take at most so many datagrams of a socket; tell whether there may be more."""
        known, receive, append = self._exporters.numbers, sock.recvfrom, batch.append
        try:
            for _ in range(most):
                body, sender = receive(DATAGRAM_BYTES_MAX)
                number = known.get(sender[0])
                if number is None:
                    number = self._exporters.number(sender[0])
                    if number == REFUSED:
                        self.ignored += 1
                        continue
                append(Datagram(number, now_ms, body))
        except BlockingIOError:
            return False
        except OSError:  # The interface went, or memory is short: it is counted, and tried again.
            self.failed += 1
            return False
        return True

    def close(self) -> None:
        """Stop looking; the sockets are the caller's."""
        self._poll.close()
