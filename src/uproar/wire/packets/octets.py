"""Headers out of a buffer, many at once: the same few octets at many places, as one array of records."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.wire.packets.frames import I64, U8

HEADER_MAX = 64  # No record that is gathered is longer.


class Octets:
    """A buffer that may be read at any place: behind its end there are zeros, so that nothing is checked twice."""

    def __init__(self, data: U8) -> None:
        self._data = np.zeros(len(data) + HEADER_MAX, np.uint8)
        self._data[: len(data)] = data
        self._last = len(data)

    def records(self, at: I64, kind: np.dtype[np.void]) -> NDArray[Any]:
        """Return the records that begin at those places; one outside of the buffer is all zeros.

        The caller knows from the lengths of the frame which of them mean anything.
        """
        everywhere = np.ndarray(
            (self._last + 1,), np.dtype((np.void, kind.itemsize)), self._data, strides=(1,)
        )
        inside = np.minimum(at, self._last)
        np.maximum(inside, 0, out=inside)
        return everywhere[inside].view(kind)
