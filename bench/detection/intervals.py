"""How sure is a figure? 95 % intervals of shares and of rare counts, for all benches."""

from __future__ import annotations

import math

Z = 1.96


def wilson(hits: float, many: float) -> tuple[float, float]:
    """Return Wilson's interval of a share of `hits` in `many`; all of it where nothing was seen."""
    if not many:
        return 0.0, 1.0
    share = hits / many
    middle = (share + Z * Z / (2 * many)) / (1 + Z * Z / many)
    half = Z * math.sqrt(share * (1 - share) / many + Z * Z / (4 * many * many))
    half /= 1 + Z * Z / many
    return max(0.0, middle - half), min(1.0, middle + half)


def poisson(total: float) -> tuple[float, float]:
    """Return the interval of a Poisson mean (Byar's approximation, good to a per cent)."""
    low = total * (1 - 1 / (9 * total) - Z / (3 * total**0.5)) ** 3 if total else 0.0
    more = total + 1
    return low, more * (1 - 1 / (9 * more) + Z / (3 * more**0.5)) ** 3
