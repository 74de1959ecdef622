"""What is concluded of an incident and what others say of it, as plain values for its page.

Instants are milliseconds UTC.
"""

from __future__ import annotations

import msgspec

from uproar.diagnose.diagnosis import Diagnosis
from uproar.diagnose.similar import Similar
from uproar.ledger.history import History
from uproar.ledger.record import Record
from uproar.model.signal import Claim
from uproar.present.source_views import Line


class Statement(msgspec.Struct, frozen=True):
    """A public statement: as an entry of the timeline, as it was entered, in which role, and its verdicts.

    `key` is its name within the incident (`ledger.entries.key_of`). Without `verdicts` it was not weighed yet.
    """

    line: Line
    key: str
    claim: Claim
    role: str
    verdicts: tuple[History, ...] = ()


class Spoken(msgspec.Struct, frozen=True):
    """All that was said of an incident: `at` is when it was weighed last (None: never), `set_aside` how many are left out.

    `records` are what those who spoke said of other incidents (`ledger.record`).
    """

    statements: tuple[Statement, ...] = ()
    at: int | None = None
    set_aside: int = 0
    records: tuple[Record, ...] = ()


class Why(msgspec.Struct, frozen=True):
    """What is concluded of an incident, and past ones that looked alike, the most alike first."""

    diagnosis: Diagnosis
    similar: tuple[Similar, ...] = ()
