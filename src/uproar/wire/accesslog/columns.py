"""From what a format tells of its lines to columns: numbers, addresses, and hashes in place of words.

Hashes are the first 64 bits of BLAKE2b, the same for the same octets everywhere and always, so that batches can be
compared with one another; they say nothing to who does not know what to look for, and are dropped with the batch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from uproar.wire.accesslog import clients
from uproar.wire.accesslog.requests import (
    BAD_TIME,
    I64,
    METHODS,
    OCTETS_MAX,
    TERMINATIONS_MAX,
    U64,
    Format,
    Requests,
    Told,
)

_CODES = {name.encode(): code for code, name in enumerate(METHODS) if name}
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b"b": b"\b"}
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]{0,15}://[^/?#]*")
_AUTHORITY = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]{0,15}://([^/?#\s]*)")
_WORD = re.compile(r"[a-z0-9][a-z0-9._,-]{0,63}")
_ABSENT = (b"", b"-")


def build(
    told: Told, line: I64, form: Format, *, rejected: tuple[I64, NDArray[np.uint8]]
) -> Requests:
    """Return the columns of lines that fit; those whose time is none join the rejected."""
    at_ms = np.asarray(told["at_ms"], np.int64)
    timed = at_ms >= 0
    if not timed.all():
        keep = np.flatnonzero(timed)
        told = {name: _some(column, keep) for name, column in told.items()}
        late = line[~timed]
        rejected = (
            np.append(rejected[0], late),
            np.append(rejected[1], np.full(len(late), BAD_TIME, np.uint8)),
        )
        line, at_ms = line[keep], at_ms[keep]
    count = len(line)
    methods, targets = _targets(told, count)
    cut = [target.partition(b"?") for target in targets]
    paths = [path for path, _, _ in cut]
    hi, lo = clients.halves(cast("Sequence[bytes]", told.get("client", [b""] * count)))
    termination, terminations = _words(told.get("termination"), count)
    order = np.argsort(rejected[0], kind="stable")
    return Requests(
        format=form,
        line=line,
        at_ms=at_ms,
        client_hi=hi,
        client_lo=lo,
        method=np.array([_CODES.get(method, 0) for method in methods], np.uint8),
        path=paths,
        path_hash=hashes(paths),
        query=np.array([bool(mark) for _, mark, _ in cut], np.bool_),
        query_hash=hashes([query for _, _, query in cut]),
        status=_numbers(told.get("status"), count, np.uint16, 999),
        origin_status=_numbers(told.get("origin_status"), count, np.uint16, 999),
        octets=_numbers(told.get("octets"), count, np.int64, OCTETS_MAX),
        duration_ms=np.asarray(told.get("duration_ms", np.full(count, np.nan)), np.float64),
        agent_hash=_hashed(told.get("agent"), count),
        referer_hash=_hashed(told.get("referer"), count, _host_of_referer),
        host_hash=_hashed(told.get("host"), count, host),
        country=_countries(told.get("country"), count),
        ja4_hash=_hashed(told.get("ja4"), count),
        termination=termination,
        terminations=terminations,
        rejected_line=rejected[0][order],
        rejected_why=rejected[1][order],
    )


def hashes(words: Sequence[bytes]) -> U64:
    """Return the hash of each, 0 for what is empty or a dash."""
    made = {
        word: int.from_bytes(blake2b(word, digest_size=8).digest(), "big") for word in set(words)
    }
    for absent in _ABSENT:
        made[absent] = 0
    return np.array([made[word] for word in words], np.uint64)


def host(word: bytes) -> bytes:
    """Return a host in one spelling: small letters, no port, no dot at its end."""
    name = word.lower()
    if not name.startswith(b"["):
        name = name.partition(b":")[0]
    return name.rstrip(b".")


def _host_of_referer(word: bytes) -> bytes:
    match = _AUTHORITY.match(word)
    return host(match[1].rpartition(b"@")[2]) if match else b""


def plain(word: bytes) -> bytes:
    r"""Return a quoted field without the escapes that nginx (`\x22`) and Apache (`\"`) write."""
    if b"\\" not in word:
        return word
    return _ESCAPE.sub(_unescaped, word)


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)]) if match[1] else _ESCAPED.get(match[2], match[2])


def _targets(told: Told, count: int) -> tuple[Sequence[bytes], list[bytes]]:
    """Return method and target of each request; the target without scheme and host."""
    methods: Sequence[bytes]
    targets: Sequence[bytes]
    if "request" in told:
        cut = [_split(request) for request in told["request"]]
        methods, targets = [method for method, _ in cut], [target for _, target in cut]
    else:
        methods = cast("Sequence[bytes]", told.get("method", [b""] * count))
        targets = cast("Sequence[bytes]", told.get("target", [b""] * count))
    return methods, [
        target if target[:1] == b"/" else _SCHEME.sub(b"", target, count=1) for target in targets
    ]


def _split(request: bytes) -> tuple[bytes, bytes]:
    """Cut `GET /path HTTP/1.1`; what is no request line has neither method nor target."""
    parts = request.split(b" ")
    if len(parts) == 3:
        return parts[0], plain(parts[1])
    if len(parts) > 3 and parts[-1].startswith(
        b"HTTP/"
    ):  # A target with spaces, as scanners send it.
        return parts[0], plain(b" ".join(parts[1:-1]))
    if len(parts) == 2 and parts[0] in _CODES:  # HTTP/0.9 names no version.
        return parts[0], plain(parts[1])
    return b"", b""


def _some(column: Any, keep: I64) -> Any:
    return column[keep] if isinstance(column, np.ndarray) else [column[row] for row in keep]


def _numbers(column: Any, count: int, kind: type[np.generic], most: int) -> NDArray[Any]:
    """Return whole numbers; what is none, negative or beyond `most` is 0."""
    if column is None:
        return np.zeros(count, kind)
    read = {word: _whole(word, most) for word in set(column)}
    return np.array([read[word] for word in column], kind)


def _whole(word: bytes | float | None, most: int) -> int:
    if word is None or (isinstance(word, bytes) and not word.isdigit()):
        return 0
    try:
        number = int(word)
    except (ValueError, OverflowError):
        return 0
    return number if 0 <= number <= most else 0


def _hashed(column: Any, count: int, spelt: Callable[[bytes], bytes] | None = None) -> U64:
    if column is None:
        return np.zeros(count, np.uint64)
    if spelt is None:
        return hashes(column)
    spelling = {word: spelt(word) for word in set(column)}
    return hashes([spelling[word] for word in column])


def _countries(column: Any, count: int) -> NDArray[np.uint16]:
    if column is None:
        return np.zeros(count, np.uint16)
    read = {word: _country(word) for word in set(column)}
    return np.array([read[word] for word in column], np.uint16)


def _country(word: bytes) -> int:
    code = word.upper()
    # XX is Cloudflare's word for not known, T1 for Tor: neither is a country.
    return code[0] << 8 | code[1] if len(code) == 2 and code.isalpha() and code != b"XX" else 0


def _words(column: Any, count: int) -> tuple[NDArray[np.uint16], list[str]]:
    """Return a place in a list of words for each, and the list; its first word is empty."""
    listed = {"": 0}
    if column is None:
        return np.zeros(count, np.uint16), list(listed)
    for word in dict.fromkeys(column):
        if len(listed) < TERMINATIONS_MAX and _WORD.fullmatch(word):
            listed.setdefault(word, len(listed))
    return np.array([listed.get(word, 0) for word in column], np.uint16), list(listed)
