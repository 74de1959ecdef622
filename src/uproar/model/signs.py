"""Which signs of a text from outside have no place in what is kept, shown or compared.

Everybody who cleans or refuses a text takes the classes from here. They are the insides of a class of
a regular expression. What differs from place to place is what is done with a class: who keeps a text
drops, who shows one to people marks that something was there, who reads a file of ours refuses it.
"""

from __future__ import annotations

import re

CONTROLS = "\x00-\x1f\x7f-\x9f"  # Category Cc, tabs and line ends among them.
LINE_ENDS = "\u2028\u2029"  # Categories Zl and Zp: they end a line where nobody looks for it.
SPACES = " \xa0\u1680\u2000-\u200a\u202f\u205f\u3000"  # Category Zs.
HALVES = "\ud800-\udfff"  # Half a character: it cannot be written as UTF-8.
# Never a character in any release of Unicode, so that no encoding has to carry it.
NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane * 0x1_0000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
# Whatever a font of ours makes of them, another one makes something else.
PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
# Persian words and many emoji are spelt with them. To whoever compares they are nothing.
JOINERS = "\u200c\u200d"
# There without being seen, or turning the direction of what is around: Default_Ignorable_Code_Point of
# the Unicode Character Database, without the joiners and without the variation selectors (which choose
# how the sign before them looks), and what a font draws as nothing: marks of annotations and of things
# that are not there, and the empty Braille pattern.
UNSEEN = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffc\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)

_SPACED = re.compile(f"[{CONTROLS}{LINE_ENDS}{SPACES}]")
_DROPPED = re.compile(f"[{UNSEEN}{JOINERS}{HALVES}{PRIVATE}{NONCHARACTERS}]")


def swept(text: str) -> str:
    """Return a text as it may be kept: each control, line end and space a space, the unseen dropped.

    Joiners are dropped too: what is kept is searched and compared.
    """
    if text.isascii() and text.isprintable():
        return text
    return _DROPPED.sub("", _SPACED.sub(" ", text))


def printable(text: str, most: int) -> str:
    """Return at most `most` characters of a text that a message repeats, a ? for each strange sign."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:most])
