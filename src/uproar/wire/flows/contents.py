"""Records of one layout, from any number of sets, and what their datagrams say of them all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from uproar.wire.flows.clocks import Ms
from uproar.wire.flows.layouts import Layout
from uproar.wire.flows.sampling import Named

NO_UPTIME = -1

# What a datagram says of all its records: exporter, anchor and sending by the exporter's clock in ms UTC, its uptime in
# ms modulo 2^32 or NO_UPTIME. A plain tuple, for one is made for each datagram.
Sent = tuple[int, int, int, int]
UPTIME_AT = 3


class Contents(NamedTuple):
    """Records of one layout: the octets of all, each of the layout's length; by set, how many, and what goes for them.

    counts, exporter, anchor_ms, exported_ms, uptime_ms, sampling: arrays of shape (sets,).
    """

    records: NDArray[np.void]
    counts: NDArray[np.int64]
    exporter: NDArray[np.int32]
    anchor_ms: Ms
    exported_ms: Ms
    uptime_ms: Ms
    sampling: NDArray[np.uint32]
    named: Named


class Gathered:
    """Sets of one layout that wait to be read together, in the order in which they came."""

    def __init__(self, layout: Layout, named: Named) -> None:
        self.layout = layout
        self._named = named  # The rates of the samplers that the records name.
        self._parts: list[Contents] = []
        self._records: list[bytes] = []
        self._counts: list[int] = []
        self._sent: list[int] = []  # `Sent` of each set, end to end.
        self._sampling: list[int] = []

    def one(self, records: bytes, count: int, sent: Sent, sampling: int) -> None:
        """Add one set."""
        self._records.append(records)
        self._counts.append(count)
        self._sent += sent
        self._sampling.append(sampling)

    def many(
        self, records: NDArray[np.void], counts: NDArray[np.int64], sent: Ms, sampling: int
    ) -> None:
        """Add many sets at once. sent: `Sent` of each, of shape (sets, 4)."""
        self._close()
        rates = np.full(len(counts), sampling, np.uint32)
        self._parts.append(self._contents(records, counts, sent, rates))

    def contents(self) -> Contents:
        """Return all of them as one."""
        self._close()
        parts = self._parts
        if len(parts) == 1:
            return parts[0]
        sets = [
            np.concatenate(column) for column in zip(*(each[1:-1] for each in parts), strict=True)
        ]
        counts, exporter, anchor_ms, exported_ms, uptime_ms, sampling = sets
        records = np.concatenate([each.records.reshape(-1) for each in parts])
        return Contents(
            records, counts, exporter, anchor_ms, exported_ms, uptime_ms, sampling, self._named
        )

    def _close(self) -> None:
        """Make one of those that came one by one."""
        if self._counts:
            records = np.frombuffer(b"".join(self._records), (np.void, self.layout.length))
            counts = np.array(self._counts, np.int64)
            sent = np.array(self._sent, np.int64).reshape(-1, UPTIME_AT + 1)
            rates = np.array(self._sampling, np.uint32)
            self._parts.append(self._contents(records, counts, sent, rates))
            self._records, self._counts, self._sent, self._sampling = [], [], [], []

    def _contents(
        self,
        records: NDArray[np.void],
        counts: NDArray[np.int64],
        sent: Ms,
        rates: NDArray[np.uint32],
    ) -> Contents:
        exporter, anchor_ms, exported_ms, uptime_ms = sent.T
        return Contents(
            records,
            counts,
            exporter.astype(np.int32),
            anchor_ms,
            exported_ms,
            uptime_ms,
            rates,
            self._named,
        )
