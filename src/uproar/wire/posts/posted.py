"""One form for what every network sends: a post with nothing left of its writer but a keyed hash.

A reader gives one of three: a `Posted`; a `Passed`, which is well formed and no new post (a like, a
deletion, a heartbeat) and only moves the cursor; or a `Rejected` with its reason.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Literal

import msgspec

from uproar.errors import BadInput
from uproar.model.signal import Post
from uproar.model.tick import parse_iso
from uproar.wire.signalbounds import AT_MAX, INSTANT_MAX, MAPS

FRAME_BYTES_MAX = 262_144  # Of one frame or line; posts take some hundred bytes.
TEXT_MAX = 3_000  # Characters of a post that are read: what Bluesky allows in bytes.
LANGUAGES_MAX = 5
LANGUAGE_MAX = MAPS[Post]["languages"][1]
TAGS_MAX = 20  # Hashtags of one post; whoever writes more says nothing with them.
TAG_MAX = MAPS[Post]["tags"][1]
ID_MAX = 1_000  # Characters of an id or an author that are hashed.
KEYS_TOLD = 12  # Of a frame that cannot be used, the names of its outermost fields are told,
KEY_TOLD_MAX = 24  # each cut at so many characters; never a value.

How = Literal["post", "reply", "repost"]

_TAG = re.compile(r"(?<![\w&/#])[#\uff03](\w{2,80})(?!\w)")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,2}", re.ASCII)
_KEY = re.compile(r"[\w.$-]+", re.ASCII)


class Posted(msgspec.Struct, frozen=True, gc=False):
    """A post. `key` and `author` are 64-bit keyed hashes, `author` 0 where nobody is named.

    `at` is the network's clock, in milliseconds UTC; what the writer claims is not looked at.
    `cursor` is where the stream stands with it, 0 where it has none. `tags` are hashtags in small letters
    without the sign, each once.
    """

    key: int
    author: int
    text: str
    languages: tuple[str, ...]
    tags: tuple[str, ...]
    at: int
    cursor: int = 0
    how: How = "post"


class Passed(msgspec.Struct, frozen=True, gc=False):
    """Something that is no new post. `at` and `cursor` as in `Posted`, 0 where not known."""

    at: int = 0
    cursor: int = 0


class Rejected(msgspec.Struct, frozen=True):
    """What could not be used: why (a slug), and which fields it had outermost; no value of any."""

    reason: str
    keys: tuple[str, ...] = ()


class Broken(msgspec.Struct, frozen=True):
    """The network says that it ends the stream, by the name it has for that."""

    name: str


Read = Posted | Passed | Rejected | Broken


def hashed(key: bytes, *parts: str) -> int:
    """Return the 64-bit keyed hash of some texts, never 0."""
    text = "\x00".join(parts)[:ID_MAX].encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8, key=key).digest(), "big") or 1


def languages_of(given: Iterable[str]) -> tuple[str, ...]:
    """Return the languages that a post names, without script and region: `pt-BR` is `pt`."""
    found: dict[str, None] = {}
    for each in given:
        if _LANGUAGE.fullmatch(each[: LANGUAGE_MAX + 1]):
            found[re.split("[-_]", each, maxsplit=1)[0].lower()] = None
            if len(found) == LANGUAGES_MAX:
                break
    return tuple(found)


def tags_of(text: str, given: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the hashtags that stand in a text, and those given beside it."""
    found: dict[str, None] = {}
    for tag in given:
        if match := _TAG.fullmatch(f"#{tag.removeprefix('#')[:TAG_MAX]}"):
            found[match[1].lower()[:TAG_MAX]] = None
    if "#" in text or "\uff03" in text:
        for match in _TAG.finditer(text):
            found[match[1].lower()[:TAG_MAX]] = None
    return tuple(found)[:TAGS_MAX]


def instant(text: str) -> int | None:
    """Return an RFC 3339 instant in milliseconds UTC, None where it is none."""
    if len(text) > INSTANT_MAX:
        return None
    try:
        at = parse_iso(text)
    except (BadInput, OverflowError):
        return None
    return at if 0 <= at <= AT_MAX else None


def milliseconds(value: Any) -> int | None:
    """Return an instant given as RFC 3339 text or as milliseconds UTC, None where it is none."""
    if isinstance(value, str):
        return instant(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 <= value <= AT_MAX else None


def rejected(reason: str, frame: bytes | str) -> Rejected:
    """Return the reject of a frame with the names of its outermost fields, if it is an object."""
    try:
        value = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Rejected("no-json")
    if not isinstance(value, Mapping):
        return Rejected("no-object")
    return Rejected(reason, tuple(_told(name) for name in list(value)[:KEYS_TOLD]))


def _told(name: str) -> str:
    return name[:KEY_TOLD_MAX] if _KEY.fullmatch(name[:KEY_TOLD_MAX]) else "?"
