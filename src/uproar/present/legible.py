"""What may be shown of a text that came from outside: everything a person can read, nothing else.

Names come from catalog files, claims from strangers. Escaping (HTML, XML, CSV) is done where the
text is written; here goes what no escaping helps against: characters that are illegal in XML, that
turn the direction of the text around them, or that are there without being seen.
"""

from __future__ import annotations

import re

from uproar.model import signs

SHOWN_MAX = 2_000  # characters of one text that a page shows

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Tabs and line ends are no harm on a page. What is private can be seen, as a box at worst.
_ILLEGAL = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{signs.HALVES}{signs.NONCHARACTERS}]")
# The joiners stay: what is shown is read, and not compared.
_UNSEEN = re.compile(f"[{signs.UNSEEN}{signs.LINE_ENDS}]")


def clean(text: str) -> str:
    """Return a text as it may be shown: at most SHOWN_MAX characters, none of them unseen.

    Control characters, lone surrogates and noncharacters become U+FFFD, so that it can be seen that
    something was there; signs without width or that turn the direction are dropped.
    """
    shown = _UNSEEN.sub("", _ILLEGAL.sub(_REPLACEMENT, text))
    return shown if len(shown) <= SHOWN_MAX else shown[: SHOWN_MAX - 1] + "…"


_LINE_ENDS = str.maketrans("\t\n\r", "   ")


def on_a_line(text: str) -> str:
    """Return a text for one line of a terminal, its columns as they are: nothing writes over anything."""
    return clean(text).translate(_LINE_ENDS)


def one_line(text: str, most: int = SHOWN_MAX) -> str:
    """Return a text as it may stand in one line, of a terminal or a log, at most `most` characters."""
    shown = " ".join(clean(text).split())
    return shown if len(shown) <= most else shown[: most - 1] + "…"
