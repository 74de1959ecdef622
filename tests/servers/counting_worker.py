"""A worker that only counts: its bundle is the number of flows, and how large it is can be asked for.

`python counting_worker.py BYTES` fills every bundle up to so many bytes, also where nothing came.
"""

from __future__ import annotations

import sys

from uproar.app import flow_worker
from uproar.wire.flows.columns import Flows


class Counting:
    def __init__(self, size: int) -> None:
        self._size = size
        self._flows = 0

    def add(self, flows: Flows, received_ms: int) -> None:
        assert received_ms > 0
        self._flows += len(flows)

    def close(self, now_ms: int) -> bytes:
        assert now_ms > 0
        told, self._flows = str(self._flows).encode(), 0
        return told.ljust(self._size) if self._size or told != b"0" else b""


if __name__ == "__main__":
    flow_worker.work(flow_worker.charged(), Counting(int(sys.argv[1])))
