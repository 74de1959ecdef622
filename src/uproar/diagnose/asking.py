"""What is not known yet and would change the answer most.

Of each thing that could be asked for: the expected divergence, in bits, of the answer after from the answer before,
over the items that it may show. How often an item is seen where a mechanism is the cause is its share in
the corpus times what its weight says, held within bounds (a guess: the weights were learned to answer, not to foretell).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from uproar.diagnose.diagnosis import NextEvidence
from uproar.diagnose.items import IDS, ITEMS
from uproar.diagnose.model import F64, Model
from uproar.diagnose.posterior import NATS, Sums

TOLD = 3
LEAST_BITS = 0.01
SEEN_MOST = 0.95  # No item is foretold more surely than this.
SEEN_LEAST = 0.001
SEEN_UNHEARD = 0.03  # An item that the corpus never shows is taken to be so frequent.


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that can be got: as a phrase, by whom, and the beginnings of the ids that it settles."""

    phrase: str
    by: Literal["anyone", "the operator"]
    items: tuple[str, ...]


ASKS = (
    Ask(
        "a summary of the traffic that came in: flows, or the access log of the minutes before",
        "the operator",
        ("traffic.",),
    ),
    Ask(
        "the log of deployments, configuration and maintenance of the hours before",
        "the operator",
        ("change.",),
    ),
    Ask(
        "questions to its name servers from several networks",
        "anyone",
        ("symptom.dns", "symptom.nxdomain", "symptom.servfail"),
    ),
    Ask("its certificate, as several probes see it", "anyone", ("symptom.tls",)),
    Ask("the routes to its addresses, from a public collector", "anyone", ("symptom.bgp",)),
    Ask(
        "the page that people see, and who answers it: its own servers or what stands before them",
        "anyone",
        (
            "symptom.5xx",
            "symptom.503",
            "symptom.origin-page",
            "symptom.full",
            "symptom.challenge",
            "symptom.maintenance",
            "symptom.4xx",
        ),
    ),
    Ask(
        "probes from more networks and countries, to see whether it fails everywhere",
        "anyone",
        ("scope.", "symptom.unreachable", "symptom.packet-loss", "symptom.timeout"),
    ),
    Ask("what else fails: its cloud, its content network, its dependents", "anyone", ("co.",)),
    Ask("what the vendor says on its own page", "anyone", ("notice.",)),
    Ask("how the curve of reports began: at once, slowly, in waves", "anyone", ("onset.",)),
    Ask(
        "what was due at that hour: maintenance, certificates, an event that many came for",
        "anyone",
        ("time.window", "time.event", "time.date-boundary"),
    ),
)


def worth_asking(sums: Sums, model: Model) -> tuple[NextEvidence, ...]:
    """Return what would change the answer most, best first; nothing of which it is known already."""
    found = [
        NextEvidence(ask.phrase, ask.by, bits, items)
        for ask in ASKS
        for bits, items in [_gain(ask, sums, model)]
        if bits >= LEAST_BITS
    ]
    return tuple(sorted(found, key=lambda each: -each.bits)[:TOLD])


def _gain(ask: Ask, sums: Sums, model: Model) -> tuple[float, tuple[str, ...]]:
    """Return the bits that an answer is expected to bring, and the items that it would settle."""
    rows = [
        row
        for row, id_ in enumerate(IDS)
        if id_ not in sums.known and any(id_.startswith(start) for start in ask.items)
    ]
    bits = sum(_divergence(sums.p, model.items[row], float(model.seen[row])) for row in rows)
    return round(float(bits), 3), tuple(ITEMS[row].id for row in rows)


def _divergence(p: F64, weight: F64, seen: float) -> float:
    """Return chance of seeing an item times the divergence of the answer with it from the one without."""
    usual = max(seen, SEEN_UNHEARD) if seen < SEEN_LEAST * 3 else seen
    by_cause = np.clip(usual * np.exp(NATS * weight), SEEN_LEAST, SEEN_MOST)
    moved = p * np.exp(NATS * weight)
    after = moved / moved.sum()
    # Chances may have fallen to nothing; what is nothing before and after adds nothing.
    ratio = np.log2(np.maximum(after, 1e-300) / np.maximum(p, 1e-300))
    return float((p @ by_cause) * (after @ ratio))
