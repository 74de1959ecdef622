"""Headers out of a buffer, many at once: the same few octets at many places, as one array of records."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.wire.packets.frames import I64, U8

HEADER_MAX = 64  # No record that is gathered is longer.


class Octets:
    """A buffer that may be read at any place: behind its end there are zeros, so that nothing is checked twice.

    The buffer itself is not copied, only its last octets are.
    """

    def __init__(self, data: U8) -> None:
        self._data = data
        self._tail_at = max(len(data) - HEADER_MAX, 0)
        tail = data[self._tail_at :]
        self._tail = np.zeros(len(tail) + HEADER_MAX, np.uint8)
        self._tail[: len(tail)] = tail

    def records(self, at: I64, kind: np.dtype[np.void]) -> NDArray[Any]:
        """Return the records that begin at those places; one outside of the buffer is all zeros.

        The caller knows from the lengths of the frame which of them mean anything.
        """
        if not len(at):
            return np.zeros(0, kind)
        last = len(self._data) - kind.itemsize
        if last < 0:
            return self._of_tail(at, kind)
        everywhere = _windows(self._data, kind)
        found = everywhere[np.minimum(np.maximum(at, 0), last)]
        beyond = np.flatnonzero(at > last)
        if len(beyond):
            found[beyond] = self._of_tail(at[beyond], kind).view(found.dtype)
        return found.view(kind)

    def _of_tail(self, at: I64, kind: np.dtype[np.void]) -> NDArray[Any]:
        windows = _windows(self._tail, kind)
        return windows[np.minimum(np.maximum(at - self._tail_at, 0), len(windows) - 1)].view(kind)


def _windows(data: U8, kind: np.dtype[np.void]) -> NDArray[Any]:
    """Return every record that there is in the buffer, one beginning at each octet, as a view."""
    count = len(data) - kind.itemsize + 1
    return np.ndarray((count,), np.dtype((np.void, kind.itemsize)), data, strides=(1,))
