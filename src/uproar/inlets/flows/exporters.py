"""Who sends telemetry: each exporter by its address, with a number of its own for the decoders.

Whoever can send a datagram can write any sender into it. So a list of exporters keeps mistakes out, and a liar
only where the network drops what has a false sender.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from uproar.inlets.addresses import Prefix, packed
from uproar.wire.flows.datagrams import Datagram, Decoded

EXPORTERS_MAX = 4_096  # Known at once; then the quarter that was silent for longest is forgotten.
REFUSED_MAX = 4_096  # Senders that are remembered as not being on the list.
REFUSED = -1


class Heard(msgspec.Struct, array_like=True):
    """What came from one exporter since it was told last. Counts but for `at` and `sampling`.

    at: when its last datagram came, ms UTC. sampling: one of how many packets it looks at, by its last flows.
    lost: what its numbers say never arrived, in its own units; less than nothing where it was found again.
    dropped: samples that it says it dropped itself.
    """

    address: str
    at: int
    datagrams: int = 0
    flows: int = 0
    lost: int = 0
    dropped: int = 0
    sampling: int = 0


class Exporters:
    """The exporters of one worker. Numbers are never given again: what is remembered by them must not mix."""

    def __init__(self, allowed: Sequence[Prefix] = ()) -> None:
        self._allowed = tuple(allowed)
        self._refused: set[str] = set()
        self._last_heard: dict[int, int] = {}
        self._addresses: dict[int, str] = {}
        self._since: dict[int, Heard] = {}
        self._next = 0
        self.numbers: dict[str, int] = {}

    def number(self, address: str) -> int:
        """Return the number of an exporter that is not among `numbers`, or REFUSED."""
        if self._allowed and not self._is_allowed(address):
            return REFUSED
        if len(self.numbers) >= EXPORTERS_MAX:
            self._forget()
        number, self._next = self._next, self._next + 1
        self.numbers[address] = number
        self._addresses[number] = address
        return number

    def _is_allowed(self, address: str) -> bool:
        if address in self._refused:
            return False
        raw = packed(address)
        if raw is not None and any(each.holds(raw) for each in self._allowed):
            return True
        if len(self._refused) >= REFUSED_MAX:
            self._refused.clear()
        self._refused.add(address)
        return False

    def _forget(self) -> None:
        """Let go of the quarter that was heard least lately."""
        by_age = sorted(self.numbers.items(), key=lambda each: self._last_heard.get(each[1], -1))
        for address, number in by_age[: EXPORTERS_MAX // 4]:
            del self.numbers[address], self._addresses[number]
            self._last_heard.pop(number, None)

    def note(self, batch: Sequence[Datagram], decoded: Decoded) -> None:
        """Take in a batch of datagrams and what it held."""
        at = batch[-1].received_ms
        senders = Counter([each.exporter for each in batch])
        for number, datagrams in senders.items():
            self._heard(number, at).datagrams += datagrams
        flows = decoded.flows
        if len(flows):
            alone = len(senders) == 1  # As where there is one router, or much comes.
            rows = [(batch[0].exporter, -1, len(flows))] if alone else _by_exporter(flows.exporter)
            for number, row, count in rows:
                heard = self._heard(number, at)
                heard.flows += count
                heard.sampling = int(flows.sampling[row])
        for number, count in decoded.told.lost.items():
            self._heard(number, at).lost += count
        for number, count in decoded.told.dropped.items():
            self._heard(number, at).dropped += count

    def _heard(self, number: int, at: int) -> Heard:
        self._last_heard[number] = at
        heard = self._since.get(number)
        if heard is None:
            heard = self._since[number] = Heard(self._addresses.get(number, ""), at)
        heard.at = at
        return heard

    def since(self) -> list[Heard]:
        """Return who was heard since the last call, and begin anew."""
        told = list(self._since.values())
        self._since.clear()
        return told


def _by_exporter(column: np.ndarray) -> Iterable[tuple[int, int, int]]:
    """Return the number, last row and rows of each exporter of a column."""
    last = len(column) - 1
    numbers, first, counts = np.unique(column[::-1], return_index=True, return_counts=True)
    return zip(numbers.tolist(), (last - first).tolist(), counts.tolist(), strict=True)
