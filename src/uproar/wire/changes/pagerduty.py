"""PagerDuty change events (v2): what tools send to `/v2/change/enqueue`, sent here instead or as well.

Source: developer.pagerduty.com, "Send a change event". The `routing_key` in the body is the secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.wire.changes.normal import Draft, instant, kind_of, needed, objects, within, word

SOURCE = "pagerduty"


def read(told: Mapping[str, Any]) -> list[Draft]:
    """Return the change that an event tells. Raises ChangeRejected."""
    payload = within(told, "payload")
    summary = needed(payload.get("summary"), "payload.summary")
    details = within(payload, "custom_details")
    links = [word(link.get("href")) for link in objects(told.get("links"))]
    names = (word(details.get("service")), word(payload.get("source")))
    return [
        Draft(
            source=SOURCE,
            native="",
            what=kind_of(summary),
            state="finished",
            title=summary,
            names=tuple(filter(None, names)),
            environment=word(details.get("environment")),
            region=word(details.get("region")),
            revision=word(details.get("revision")) or word(details.get("version")),
            link=links[0] if links else "",
            finished_at=instant(payload.get("timestamp"), "payload.timestamp"),
        )
    ]
