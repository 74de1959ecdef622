"""How long requests took, as logs write it, to milliseconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from uproar.wire.accesslog.requests import F64

DURATION_MAX = 1e15  # Of whatever unit; more is a slip of the pen.


def milliseconds(words: Sequence[bytes | float | None], each_ms: float) -> F64:
    """Return durations in units of `each_ms`; what is no number, or negative, is NaN: not known."""
    read = {word: _number(word) for word in set(words)}
    return np.array([read[word] for word in words], np.float64) * each_ms


def _number(word: bytes | float | None) -> float:
    if word is None:
        return np.nan
    try:
        number = float(word)
    except (ValueError, OverflowError):
        return np.nan
    return number if 0 <= number <= DURATION_MAX else np.nan
