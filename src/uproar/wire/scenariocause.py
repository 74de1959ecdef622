"""The shape of the answer that a scenario holds: what really failed, for whoever checks a diagnosis.

It is never played: no signal, page or decision has anything of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from uproar.wire.scenariofields import Slug

# Who has shown it: the operator or a public body; others, by measurements; nobody, and it is argued; nobody.
Established = Literal["official", "independent", "disputed", "unknown"]


class TrueCause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What failed, seen from `service`: a mechanism, perhaps `also` a second one, and who has shown it.

    Both are words of the taxonomy (`uproar.diagnose.axes`), which whoever loads the file checks.
    """

    service: Slug
    mechanism: Slug
    established: Established
    also: Slug | Literal[""] = ""
    source: str = ""
    assumed: bool = False
    why: str = ""


def unsound(cause: TrueCause, failing: frozenset[str]) -> Iterator[str]:
    """Return a sentence for everything in it that cannot be meant; `failing` are services with a fault."""
    if not (cause.source or (cause.assumed and cause.why)):
        yield "cause: say its `source`, or `assumed = true` and `why`"
    if cause.service not in failing:
        yield f"cause.service: nothing fails at {cause.service!r} in this file; name one that fails"
    if cause.also == cause.mechanism:
        yield "cause.also: is the mechanism itself; leave it out"
