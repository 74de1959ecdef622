"""One of how many packets an exporter looks at: as options say it, and as records do."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uproar.wire.flows import elements as ie
from uproar.wire.flows.layouts import Layout, Rows

RATE_MAX = (1 << 32) - 1
SELECTORS_MAX = 64  # Samplers kept of one domain.

Named = tuple[tuple[int, int], ...]  # Samplers' rates: (selector, rate), sorted.


class Rates(NamedTuple):
    """What is known of a domain's sampling: by options that name no sampler, by sampler, and what goes for the rest.

    usual: the stated rate, or that of all samplers where they agree, else 1. stated: 0 where nothing was.
    """

    usual: int = 1
    stated: int = 0
    named: Named = ()

    def learned(self, layout: Layout, rows: Rows) -> Rates:
        """Return the rates after options records, the latest of each sampler."""
        told = record_rates(layout, rows)
        if told is None:
            return self
        stated, named = self.stated, dict(self.named)
        selectors = next(
            (column for each in ie.SELECTOR if (column := layout.number(rows, each)) is not None),
            np.zeros(len(told), np.uint64),
        )[-SELECTORS_MAX:].tolist()
        for number, rate in zip(selectors, told[-SELECTORS_MAX:].tolist(), strict=True):
            if rate and not layout.selects:
                stated = rate
            elif rate and (number in named or len(named) < SELECTORS_MAX):
                named[number] = rate
        agreed = set(named.values())
        usual = stated or (agreed.pop() if len(agreed) == 1 else 1)
        if named == dict(self.named):
            return self._replace(
                usual=usual, stated=stated
            )  # The same samplers stay the same value.
        return Rates(usual, stated, tuple(sorted(named.items())))


def selected(
    named: Named, selectors: NDArray[np.uint64], otherwise: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """Return the rates of these selectors, each of shape (n,); `otherwise` where one is not known."""
    known = np.array([number for number, _ in named], np.uint64)
    rates = np.array([rate for _, rate in named], np.uint32)
    at = np.minimum(np.searchsorted(known, selectors), len(known) - 1)
    return np.where(known[at] == selectors, rates[at], otherwise)


def record_rates(layout: Layout, rows: Rows) -> NDArray[np.uint32] | None:
    """Return by row the rate that it tells itself, 0 where it says 0; or None where it tells none.

    `samplingInterval` N and `samplerRandomInterval` N are one of N. A count of packets and a space (RFC
    5477, 8.2.2) are count of count + space; size and population, size of population; a probability is itself.
    """
    for element in ie.SAMPLING_INTERVAL:
        column = layout.number(rows, element)
        if column is not None:
            return _capped(column)
    taken = layout.number(rows, ie.SAMPLING_PACKET_INTERVAL)
    if taken is not None:
        space = layout.number(rows, ie.SAMPLING_PACKET_SPACE)
        if space is None:  # The older reading of the element alone: one of so many.
            return _capped(taken)
        return _ratio(taken.astype(np.float64) + space, taken)
    size = layout.number(rows, ie.SAMPLING_SIZE)
    population = layout.number(rows, ie.SAMPLING_POPULATION)
    if size is not None and population is not None:
        return _ratio(population, size)
    if layout.has(ie.SAMPLING_PROBABILITY, length=8):
        raw = layout.number(rows, ie.SAMPLING_PROBABILITY)
        assert raw is not None
        share = raw.view(np.float64)
        sensible = (share > 0) & (share <= 1)
        return _ratio(sensible, np.where(sensible, share, 1))
    return None


def _capped(column: NDArray[np.uint64]) -> NDArray[np.uint32]:
    return np.minimum(column, np.uint64(RATE_MAX)).astype(np.uint32)


def _ratio(whole: NDArray[Any], part: NDArray[Any]) -> NDArray[np.uint32]:
    """Return whole / part, rounded; 0 where there is no part."""
    some = part > 0
    with np.errstate(over="ignore"):  # Of the least parts there are: more than any rate, and cut.
        share = np.asarray(whole, np.float64) / np.where(some, part, 1)
    return np.where(some, np.clip(np.rint(share), 0, RATE_MAX), 0).astype(np.uint32)
