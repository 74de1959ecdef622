"""What a hook could not read, as it is set aside: the body with the few headers that readers look at.

One line of JSON with the headers, then the body as it came. Signatures, tokens and addresses are not
among the headers, so that a letter tells nothing that lets somebody pass for its sender.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from uproar.errors import ChangeRejected

KEPT = ("content-type", "x-github-event", "x-gitlab-event")
KEPT_HEAD = "ce-"  # The attributes of a CloudEvent in binary mode.
HEADERS_MAX = 40
VALUE_MAX = 500  # Characters of one value.

_HEADERS = msgspec.json.Decoder(dict[str, str])


def folded(headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a letter of headers, with names in small letters, and a body."""
    kept = {
        name: value[:VALUE_MAX]
        for name, value in headers.items()
        if name in KEPT or name.startswith(KEPT_HEAD)
    }
    return msgspec.json.encode(dict(list(kept.items())[:HEADERS_MAX])) + b"\n" + body


def unfolded(letter: bytes) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of a letter. Raises ChangeRejected where it is none of ours."""
    head, _, body = letter.partition(b"\n")
    try:
        return _HEADERS.decode(head), body
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ChangeRejected("letter", "this is no letter of a hook") from None
