"""What may be shown of a text that came from outside: everything a person can read, nothing else.

Names come from catalog files, claims from strangers. Escaping (HTML, XML, CSV) is done where the
text is written; here goes what no escaping helps against: characters that are illegal in XML, that
turn the direction of the text around them, or that are there without being seen.
"""

from __future__ import annotations

import re

SHOWN_MAX = 2_000  # characters of one text that a page shows

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# Marks and overrides of direction, then what has no width and no meaning. The joiners U+200C and
# U+200D stay: Persian words and many emoji are spelt with them.
_UNSEEN = re.compile(
    "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u00ad\u034f\u115f\u1160\u17b4\u17b5"
    "\u180e\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\U000e0000-\U000e007f]"
)


def clean(text: str) -> str:
    """Return a text as it may be shown: at most SHOWN_MAX characters, none of them unseen.

    Control characters, lone surrogates and noncharacters become U+FFFD, so that it can be seen that
    something was there; signs without width or that turn the direction are dropped.
    """
    shown = _UNSEEN.sub("", _ILLEGAL.sub(_REPLACEMENT, text))
    return shown if len(shown) <= SHOWN_MAX else shown[: SHOWN_MAX - 1] + "…"
