"""LaunchDarkly's webhooks: entries of its audit log about flags and segments of an environment.

Source: docs.launchdarkly.com, "Webhooks" and "Audit log". What an entry did stands in `accesses`, as an
action and a resource, `proj/x:env/production:flag/new-login`. Entries may come out of order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from uproar.wire.changes.normal import Draft, Passed, epoch, needed, objects, within, word

SOURCE = "launchdarkly"

_RESOURCE = re.compile(r"proj/([^:;]+)(?:;[^:]*)?:env/([^:;]+)(?:;[^:]*)?:(flag|segment)/([^:;]+)")
# What is said of a flag, and changes nothing that people get.
_WORDS_ONLY = re.compile(
    r"(?i)(name|description|tags|maintainer|comments?|customproperties|includeinsnippet"
    r"|clientsideavailability|bypass|approval|workflow|schedule|review|codereferences|export)"
)


def read(told: Mapping[str, Any]) -> list[Draft] | Passed:
    """Return the change that an entry tells, or why it tells none. Raises ChangeRejected."""
    native = needed(told.get("_id"), "_id")
    if word(told.get("kind")) not in {"flag", "segment"}:
        return Passed("not-a-change", "the entry is about neither a flag nor a segment")
    reached = [
        found
        for access in objects(told.get("accesses"))
        if (found := _RESOURCE.match(word(access.get("resource")))) is not None
        and not _WORDS_ONLY.search(word(access.get("action")))
        and not word(access.get("action")).lower().startswith("create")
    ]
    if not reached:
        return Passed("not-a-change", "the entry changes nothing that people get")
    project, environment, kind, key = reached[0].groups()
    verb = word(told.get("titleVerb"))
    name = word(told.get("name")) or word(within(told, "target").get("name")) or key
    return [
        Draft(
            source=SOURCE,
            native=native,
            what="flag" if kind == "flag" else "config",
            state="finished",
            title=f"{name}: {verb}" if verb else name,
            names=(f"{project}/{key}", key, project),
            environment=environment,
            finished_at=epoch(told.get("date"), "date"),
        )
    ]
