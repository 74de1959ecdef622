"""Series: counts by service, place, symptom, network and kind, one step a tick.

The root of a service has every axis open (""); the other series of a service fix exactly one axis.
"""

from __future__ import annotations

from typing import NamedTuple


class SeriesKey(NamedTuple):
    """What a series counts; an empty axis is not looked at.

    `kind` is empty for reports; "post", "measurement" and "traffic" are the others, and `item` is then the
    hashtag, the check or the attack that is told of, empty for all of them, or "stream" for all that a network carries.
    """

    service: str
    place: str = ""
    symptom: str = ""
    network: str = ""
    kind: str = ""
    item: str = ""

    @property
    def is_root(self) -> bool:
        """Tell whether this series counts all reports of its service."""
        return not any(self[1:])
