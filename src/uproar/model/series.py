"""Series: counts by service, place, symptom and network, one step a tick.

The root of a service has every axis open (""); the other series of a service fix exactly one axis.
"""

from __future__ import annotations

from typing import NamedTuple


class SeriesKey(NamedTuple):
    """Which reports a series counts; an empty axis is not looked at."""

    service: str
    place: str = ""
    symptom: str = ""
    network: str = ""

    @property
    def is_root(self) -> bool:
        """Tell whether this series counts all reports of its service."""
        return not (self.place or self.symptom or self.network)
