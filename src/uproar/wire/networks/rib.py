"""Who announces a prefix, of the lines of a routing table as `bgpdump -m` writes them.

A table has a line for each prefix and peer. The origin is the last network of a path; of several origins that peers
see, the one that most of them see is taken, and of equal ones the lowest. A route without a network at its end (a path of our own
network) says nothing.
"""

from __future__ import annotations

from uproar.errors import NetworksInvalid
from uproar.wire.networks.forms import NO_FORM, NO_SYSTEM, Row, origin_of, prefix_span

# Type, time, B, peer, peer's network, prefix, path, ... as bgpdump writes them, with "|" between.
TYPES = ("TABLE_DUMP2", "TABLE_DUMP")
PREFIXES_MAX = 4_000_000  # Prefixes and origins that differ; the Internet has 1.3 million.
_PREFIX, _PATH = 5, 6
_CONFEDERATION = str.maketrans({"(": " ", ")": " "})


class Routes:
    """The routes of a table, gathered by prefix and origin."""

    def __init__(self) -> None:
        self.time = 0  # Seconds UTC, of the first line.
        self._prefixes: dict[str, int] = {}
        self._spans: list[tuple[int, int] | str] = []
        self._origins: dict[str, tuple[int, bool]] = {}
        self._seen: dict[int, int] = {}
        self._several: set[int] = set()

    def take(self, line: str) -> str:
        """Take a line; return why it cannot be used, empty where it can."""
        words = line.split("|", _PATH + 1)
        if len(words) <= _PATH or words[0] not in TYPES:
            return NO_FORM
        if not self.time and words[1].isdecimal() and len(words[1]) <= 10:
            self.time = int(words[1])
        place = self._prefixes.get(words[_PREFIX])
        if place is None:
            place = self._placed(words[_PREFIX])
        span = self._spans[place]
        if isinstance(span, str):
            return span
        origin, several = self._origin(words[_PATH])
        if not origin:
            return NO_SYSTEM
        key = place << 32 | origin
        seen = self._seen.get(key, 0)
        if not seen and len(self._seen) >= PREFIXES_MAX:
            raise NetworksInvalid(
                f"more than {PREFIXES_MAX:,} prefixes and origins; is it a routing table?"
            )
        self._seen[key] = seen + 1
        if several:
            self._several.add(place)
        return ""

    def rows(self) -> list[Row]:
        """Return a row for each prefix, in the order in which they came."""
        best: dict[int, tuple[int, int]] = {}
        for key, seen in self._seen.items():
            place, origin = key >> 32, key & 0xFFFF_FFFF
            held = best.get(place)
            if held is not None:
                self._several.add(place)
            if held is None or (seen, -origin) > (held[0], -held[1]):
                best[place] = seen, origin
        found = []
        for place, (_, origin) in sorted(best.items()):
            span = self._spans[place]
            if not isinstance(span, str):
                found.append(Row(span, origin, 0, "", place in self._several))
        return found

    def _placed(self, text: str) -> int:
        if len(self._spans) >= PREFIXES_MAX:
            raise NetworksInvalid(f"more than {PREFIXES_MAX:,} prefixes; is it a routing table?")
        address, slash, length = text.partition("/")
        place = self._prefixes[text] = len(self._spans)
        self._spans.append(prefix_span(address, length) if slash else NO_FORM)
        return place

    def _origin(self, path: str) -> tuple[int, bool]:
        """Return the origin at the end of a path, whether it is one of several (an AS set, RFC 4271 5.1.2)."""
        last = path.rpartition(" ")[2]
        found = self._origins.get(last)
        if found is None:
            found = origin_of(last.translate(_CONFEDERATION))
            if len(self._origins) < PREFIXES_MAX:
                self._origins[last] = found
        return found


def is_route(line: str) -> bool:
    """Tell whether a line is one of a routing table."""
    return line.startswith(tuple(f"{each}|" for each in TYPES))
