"""What could not be used, counted by reason. Its shape is told in the log, hardly ever; its content never."""

from __future__ import annotations

from collections import Counter

import structlog

from uproar.wire.posts.posted import Rejected

_log = structlog.get_logger("uproar.posts")


def set_aside(counts: Counter[str], found: Rejected, source: str) -> None:
    """Count a reject; tell of the first, the tenth, the hundredth, ... of each reason."""
    counts[found.reason] += 1
    count = counts[found.reason]
    if str(count).rstrip("0") == "1":
        _log.info(
            "set aside", source=source, reason=found.reason, count=count, fields=list(found.keys)
        )
