"""What does the vendor say? One line of its own status page, with the word that it uses for its state.

It is the vendor's text: bounded here, cleaned when it came in, and looked at for a few plain words only.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

LINE_MAX = 200  # Characters of the vendor's wording that are looked at.
EARLY_MS = 3_600_000  # A page that turned so long before the onset may speak of the same failure.

# Only states that name what fails; the rest is in the title.
_STATES: Mapping[str, str] = MappingProxyType(
    {"degraded": "Degraded performance", "maintenance": "Under maintenance"}
)


class Said(msgspec.Struct, frozen=True):
    """One incident or maintenance of a vendor's page: since when we saw it say so, and in which words.

    `native` is the vendor's own id, empty for the page as a whole.
    """

    at: int
    native: str
    title: str
    state: str
    planned: bool = False


def first(said: Iterable[Said], onset: tuple[int, int], until: int) -> Said | None:
    """Return what the vendor said first of an incident, None where it said nothing.

    Planned work counts if it was announced before the latest onset; a failure from an hour before the onset on.
    """
    near = [
        one
        for one in said
        if (one.at <= onset[1] if one.planned else onset[0] - EARLY_MS <= one.at <= until)
    ]
    return min(
        near, key=lambda one: (one.planned, one.at, not one.native, one.native), default=None
    )


def line(said: Said) -> str:
    """Return the vendor's wording in one line of at most `LINE_MAX` characters."""
    title = " ".join(said.title.split()) if said.native else ""
    word = "Scheduled maintenance" if said.planned else _STATES.get(said.state, "")
    return ": ".join(part for part in (word, title) if part)[:LINE_MAX] or "Something is wrong"
