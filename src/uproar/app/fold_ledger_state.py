"""What the fold remembers of public statements beside their words: values only, as they lie in a checkpoint."""

from __future__ import annotations

import msgspec

from uproar.ledger.entries import Ledger
from uproar.ledger.record import Record


class Ledgers(msgspec.Struct):
    """The ledgers of incidents of which something can still be said, and what claimants said before.

    `open` is by incident. `heard` is how many statements had come about a service when they were weighed last.
    `records` are of incidents whose ledger is closed, by name (`ledger.record.name_of`).
    """

    open: dict[str, Ledger] = msgspec.field(default_factory=dict)
    heard: dict[str, int] = msgspec.field(default_factory=dict)
    records: dict[str, Record] = msgspec.field(default_factory=dict)
