"""What is read from access logs: requests in columns, and the lines that were set aside.

No cookie, user name, agent or query is kept, and no header but by its hash. The address of a client and the paths
live as long as the batch does: whoever sums them up drops them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Flag = NDArray[np.bool_]

LINE_MAX = 65_536  # Octets of one line. Longer ones are set aside unread.
FIELDS_MAX = 128  # Named by one `#Fields:` directive.
TERMINATIONS_MAX = 1_024  # Words for how requests ended, in one batch.
OCTETS_MAX = 1 << 53  # Sent for one request; more is a slip of the pen.

# What `Requests.method` counts from; 0 is any other, and a request that is none.
METHODS = (
    "",
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "PATCH",
    "CONNECT",
    "TRACE",
    "PRI",
)

# Why a line is set aside.
REASONS = (
    "",
    "too-long",  # More than LINE_MAX octets.
    "control-characters",  # Which servers escape: the line is damaged, or no line of a log.
    "other-format",  # Not of the format that the file was told to be.
    "bad-time",  # Its time is none, or lies before 1970 or after 2242.
    "no-fields",  # Stands before the directive that says what its fields are.
)
TOO_LONG, CONTROL_CHARACTERS, OTHER_FORMAT, BAD_TIME, NO_FIELDS = range(1, 6)


@dataclass(frozen=True, slots=True)
class Format:
    """How lines are written: a format of `reading.FORMATS`, with the fields that a file has named itself.

    `timed` is the instant of a request that its time tells: its `start`, its `end`, or `either`, where servers
    that write alike differ (Apache writes the start, nginx the end).
    """

    slug: str
    timed: Literal["start", "end", "either"]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Requests:
    """One row a request, in the order of the lines; `line` is its place in what was given, from 0.

    `client_hi` and `client_lo` are the address as in `wire.packets.frames`, both zero where the log hides it or
    gives a name. `status` and `origin_status` are 0 where there was none. `octets` went to the client.
    `duration_ms` is NaN and hashes are 0 where the log does not tell. `country` is two letters as
    256 * first + second, 0 unknown. `termination` is the place in `terminations` of how the request ended by the words of
    who wrote the log (`haproxy.sh`, `envoy.uf`), 0 where nothing is told or all went well.
    `rejected_line` and `rejected_why` (a place in REASONS) are the lines that were set aside.
    """

    format: Format
    line: I64
    at_ms: I64
    client_hi: U64
    client_lo: U64
    method: U8
    path: Sequence[bytes]
    path_hash: U64
    query: Flag
    query_hash: U64
    status: U16
    origin_status: U16
    octets: I64
    duration_ms: F64
    agent_hash: U64
    referer_hash: U64
    host_hash: U64
    country: U16
    ja4_hash: U64
    termination: U16
    terminations: Sequence[str]
    rejected_line: I64
    rejected_why: U8

    @property
    def rejects(self) -> dict[str, int]:
        """How many lines were set aside, by reason."""
        counts = np.bincount(self.rejected_why, minlength=len(REASONS))
        return {word: int(n) for word, n in zip(REASONS, counts, strict=True) if word and n}

    def __len__(self) -> int:
        return len(self.line)


# What a format tells of its lines: columns by name, each with one entry a line that fits.
# Names are those of `Requests`, and `time`, `client`, `request`, `target`, `agent`, `referer`, `host`, `ja4`.
Told = dict[str, Sequence[Any] | NDArray[Any]]
