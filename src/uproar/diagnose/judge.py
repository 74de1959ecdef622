"""Who turns facts into a diagnosis, as the fold is handed it: a function, and the digest of all that it weighs by."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

from uproar.diagnose.diagnosis import Diagnosis
from uproar.diagnose.facts import Facts


@final
class Judge:
    """A pure function of facts; `digest` names its weights and base rates, so that a replay knows what it needs."""

    __slots__ = ("digest", "weigh")

    def __init__(self, digest: str, weigh: Callable[[Facts], Diagnosis]) -> None:
        self.digest = digest
        self.weigh = weigh
