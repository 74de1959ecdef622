"""How a verdict came to be what it is: every change of its word, with its instant and reason.

A verdict is weighed again each minute, and its probability moves each time. Kept is what a reader would call
another verdict: another word. The verdict of the moment stands beside, with its figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from uproar.ledger.verdicts import Verdict

CHANGES_MAX = 24  # Changes of the word that are kept of one verdict.


class History(msgspec.Struct, frozen=True):
    """One thing that a statement asserts, and what became of it.

    `now` is the verdict as it was weighed last. `past` are the verdicts at which the word was another one than
    before, oldest first; the last of them has the word of `now`. Beyond `CHANGES_MAX` the first stays, those
    after it go, and `dropped` counts them. `stands` is False once a correction no longer asserts it; then it is weighed no more.
    """

    now: Verdict
    past: tuple[Verdict, ...]
    dropped: int = 0
    stands: bool = True

    @property
    def asserted(self) -> tuple[str, str]:
        """Return the axis and the value that it is about."""
        return self.now.axis, self.now.value


def begun(verdict: Verdict) -> History:
    """Return the history of a verdict that is the first."""
    return History(verdict, (verdict,))


def with_verdict(history: History, verdict: Verdict) -> History:
    """Return a history with a newer verdict on the same thing; it stands again if it did not."""
    if verdict.word == history.past[-1].word:
        return History(verdict, history.past, history.dropped)
    past = (*history.past, verdict)
    over = max(0, len(past) - CHANGES_MAX)
    return History(verdict, (past[0], *past[1 + over :]), history.dropped + over)


def reweighed(histories: Sequence[History], verdicts: Iterable[Verdict]) -> tuple[History, ...]:
    """Return the histories of a statement after it was weighed again; what it no longer asserts stays, and falls."""
    fresh: dict[tuple[str, str], Verdict] = {(each.axis, each.value): each for each in verdicts}
    kept = []
    for history in histories:
        verdict = fresh.pop(history.asserted, None)
        kept.append(
            msgspec.structs.replace(history, stands=False)
            if verdict is None
            else with_verdict(history, verdict)
        )
    return (*kept, *map(begun, fresh.values()))
