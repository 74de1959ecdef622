"""From files of raw flows, as the collector keeps them, to what they show."""

from __future__ import annotations

from pathlib import Path

from uproar.store import flowfiles
from uproar.trace.tally import Tally
from uproar.trace.traffic import of_flows


def tally(path: Path) -> tuple[Tally, int]:
    """Return the traffic of a file and how many flows told of it.

    Raises CaptureInvalid where the file is none of ours, SettingsInvalid where pyarrow is missing, OSError.
    """
    found, count = Tally(), 0
    for flows in flowfiles.read(path):
        count += len(flows)
        found.add(of_flows(flows))
    return found, count
