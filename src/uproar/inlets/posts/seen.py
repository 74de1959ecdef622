"""What has been counted already, within bounds: of a window that is open, and of those that are kept.

A window that is not acknowledged is read again from the journal's cursor. So what was first met in it
is forgotten with it (`drop`), and remembered once it is on disk (`keep`).
"""

from __future__ import annotations

GENERATION_MAX = 100_000  # Entries after which the older half of the memory is forgotten.


class Seen:
    """A set of numbers with two generations. `since` is the place in a stream from which it is whole.

    `span` is how far, in the unit of the places given to `keep`, a generation may reach; 0 is as far
    as its size allows.
    """

    def __init__(self, *, generation_max: int = GENERATION_MAX, span: int = 0) -> None:
        self._most = generation_max
        self._span = span
        self._open: set[int] = set()
        self._new: set[int] = set()
        self._old: set[int] = set()
        self._new_since: int | None = None
        self._old_since: int | None = None

    @property
    def since(self) -> int | None:
        """Where the memory begins; None before anything was kept."""
        return self._new_since if self._old_since is None else self._old_since

    def first(self, number: int) -> bool:
        """Tell whether this is the first time, and remember it for the open window."""
        if number in self._open or number in self._new or number in self._old:
            return False
        self._open.add(number)
        return True

    def keep(self, begun: int, ended: int) -> None:
        """Remember what the open window, which reached from `begun` to `ended`, has met."""
        if self._new_since is None:
            self._new_since = begun
        self._new |= self._open
        self._open = set()
        reached = self._span > 0 and ended - self._new_since >= self._span
        if len(self._new) >= self._most or reached:
            self._old, self._old_since = self._new, self._new_since
            self._new, self._new_since = set(), ended

    def drop(self) -> None:
        """Forget what the open window has met: it will come again."""
        self._open = set()
