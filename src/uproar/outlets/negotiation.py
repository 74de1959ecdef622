"""What does a request accept, and what does it have already? RFC 9110, sections 12.5.3 and 13.1.2."""

from __future__ import annotations

from functools import lru_cache

HEADER_BYTES_MAX = 1024  # of Accept-Encoding or If-None-Match that are looked at
_REMEMBERED = 256  # browsers send a few dozen different Accept-Encoding headers in all


@lru_cache(maxsize=_REMEMBERED)
def encodings(accept_encoding: bytes) -> tuple[bool, bool]:
    """Return whether a client takes (brotli, gzip). A refusal ("gzip;q=0") outweighs "*".

    Answers are remembered; cut the header to HEADER_BYTES_MAX before, so that memory stays bounded.
    """
    weights: dict[str, bool] = {}
    for part in accept_encoding.decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights[name.removeprefix("x-")] = all(map(_is_wanted, parameters))
    others = weights.get("*", False)
    return weights.get("br", others), weights.get("gzip", others)


def _is_wanted(parameter: str) -> bool:
    """Tell whether a parameter leaves the encoding wanted; a weight that is no number does not."""
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return True
    try:
        return 0 < float(value) <= 1
    except ValueError:
        return False


def has_already(if_none_match: bytes, etag: bytes) -> bool:
    """Tell whether a client has the page with this ETag: weak comparison, lists, and "*"."""
    if if_none_match == etag:
        return True
    if if_none_match.strip() == b"*":
        return True
    tags = if_none_match[:HEADER_BYTES_MAX].split(b",")
    return etag.removeprefix(b"W/") in {tag.strip().removeprefix(b"W/") for tag in tags}
