"""Grafana annotations: what tools post to `/api/annotations`, sent here instead or as well.

Source: grafana.com/docs, "Annotations HTTP API": `time` and `timeEnd` in milliseconds, `tags`, `text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.errors import ChangeRejected
from uproar.wire.changes.normal import Draft, Passed, epoch, kind_of, word

SOURCE = "grafana"
TAGS_MAX = 40
_SERVICE, _ENVIRONMENTS = "service:", ("environment:", "env:")


def read(told: Mapping[str, Any]) -> list[Draft] | Passed:
    """Return the change that an annotation tells. Raises ChangeRejected."""
    text = word(told.get("text"))
    given = told.get("tags")
    tags = [word(tag) for tag in given[:TAGS_MAX]] if isinstance(given, list) else []
    if not text and not tags:
        raise ChangeRejected("shape", "an annotation has a text or tags")
    if word(told.get("alertId")) not in {"", "0"} or told.get("newState"):
        return Passed("not-a-change", "the annotation was made by an alert")
    begins = epoch(told.get("time"), "time")
    ends = epoch(told.get("timeEnd"), "timeEnd")
    if ends is None or ends == 0:
        ends = begins
    what = kind_of(*tags)
    environments = [tag.partition(":")[2] for tag in tags if tag.lower().startswith(_ENVIRONMENTS)]
    named = [tag.removeprefix(_SERVICE) for tag in tags]
    return [
        Draft(
            source=SOURCE,
            native=word(told.get("id")),
            what=what if what != "other" else kind_of(text),
            state="finished",
            title=text or ", ".join(tags),
            names=tuple(filter(None, named)),
            environment=environments[0] if environments else "",
            started_at=begins if begins != ends else None,
            finished_at=ends,
        )
    ]
