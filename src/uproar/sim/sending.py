"""Datagrams over real UDP, each from the socket of its exporter, at its time."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from uproar.sim.exporters import Addressed

BUFFER_BYTES = 1 << 22
Address = tuple[str, int]


@dataclass(slots=True)
class Went:
    """What was sent: datagrams, octets, the latest that one was behind its time, and the first that told of harm.

    first_harm_s: by the clock that was given; None where none did.
    """

    datagrams: int = 0
    octets: int = 0
    late_s: float = 0.0
    first_harm_s: float | None = None


class Senders:
    """One socket for each exporter, each from a port of its own, all to the same collectors."""

    def __init__(self, sources: Sequence[str], collectors: Sequence[Address]) -> None:
        """Bind a socket to each source address; IPv4 and IPv6, as the collectors are."""
        self._to = list(collectors)
        self._sockets = [_bound(source) for source in sources]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in self._sockets:
            each.close()

    def send(
        self,
        stream: Sequence[Addressed],
        begin_s: float,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Went:
        """Send a stream in its order, each datagram `at_us` after `begin_s` of the clock or as soon after as it goes.

        What a collector's kernel has no room for is lost there, as on a real line; what this machine's refuses to take is raised
        as OSError.
        """
        went = Went()
        for exporter, datagram in stream:
            due = begin_s + datagram.at_us / 1e6
            now = clock()
            if due > now:
                sleep(due - now)
            else:
                went.late_s = max(went.late_s, now - due)
            if datagram.harm and went.first_harm_s is None:
                went.first_harm_s = clock()
            sender = self._sockets[exporter]
            for to in self._to:
                sender.sendto(datagram.body, to)
            went.datagrams += 1
            went.octets += len(datagram.body)
        return went


def _bound(source: str) -> socket.socket:
    found = socket.socket(socket.AF_INET6 if ":" in source else socket.AF_INET, socket.SOCK_DGRAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    found.bind((source, 0))
    return found
