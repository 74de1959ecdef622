"""Regular expressions from data files, held to bounded work.

A text of a stranger is searched, so an expression may not be able to run away: every repeat has an
upper bound, and the ways in which repeats can be combined are counted. What is left is linear in
the text with a known factor. Each expression also yields a literal that any match must hold, so
that most are ruled out by one search for plain text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

WAYS_MAX = 5_000  # ways in which the repeats of one expression may be combined
LENGTH_MAX = 300  # characters of one expression

_ESCAPE = re.compile(r"\\.", re.DOTALL)
_CLASS = re.compile(r"\[[^\]]*\]")
_REPEAT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}|(?<!\()[?*+]")
_FLAGS = re.compile(r"\(\?[a-z]+\)")
_SPECIAL = frozenset(".^$[]()|{}*+?\\")


class Pattern(NamedTuple):
    """A compiled expression; `literal` is lower-case text that every match holds, or empty."""

    expression: re.Pattern[str]
    literal: str

    def found(self, text: str, lowered: str) -> bool:
        """Tell whether the text holds it; `lowered` is the same text in lower case."""
        if self.literal and self.literal not in lowered:
            return False
        return self.expression.search(text) is not None


def compiled(source: str) -> Pattern:
    """Compile an expression; raise ValueError where it is none, or where its work has no bound."""
    if len(source) > LENGTH_MAX:
        raise ValueError(f"longer than {LENGTH_MAX} characters")
    ways = 1
    bare = _CLASS.sub("x", _ESCAPE.sub("x", _FLAGS.sub("", source)))
    for repeat in _REPEAT.finditer(bare):
        if repeat[0] in {"*", "+"} or (repeat[2] and not repeat[3]):
            raise ValueError("a repeat without an upper bound; write {0,40}")
        if repeat[0] == "?" or repeat[2]:
            ways *= 2 if repeat[0] == "?" else int(repeat[3]) - int(repeat[1]) + 1
    if ways > WAYS_MAX:
        raise ValueError(f"its repeats combine in {ways} ways; at most {WAYS_MAX}")
    try:
        expression = re.compile(source, re.ASCII | re.DOTALL | re.MULTILINE)
    except re.error as error:
        raise ValueError(str(error)) from None
    return Pattern(expression, literal(source))


def literal(source: str) -> str:
    """Return the longest lower-case text that every match of an expression must hold."""
    runs = [""]
    depth = 0
    source = _FLAGS.sub("", source)
    at = 0
    while at < len(source):
        sign = source[at]
        at += 1
        if sign == "\\":
            # A letter after the stroke is a class or an anchor; anything else is itself.
            plain, sign = not source[at].isalnum(), source[at]
            at += 1
        else:
            plain = sign not in _SPECIAL
        if plain:
            if depth == 0:
                runs[-1] += sign
            continue
        if sign == "|" and depth == 0:
            return ""
        if sign in "?{*+" and depth == 0:
            runs[-1] = runs[-1][:-1]  # the sign before may be absent
        if sign == "[":
            at = source.index("]", at + 1) + 1
        elif sign == "{":
            at = source.index("}", at) + 1
        depth += {"(": 1, ")": -1}.get(sign, 0)
        runs.append("")
    # Digits are rarer than words: the number on a page tells more than "error" beside it.
    return max(runs, key=lambda run: (any(map(str.isdigit, run)), len(run))).lower()
