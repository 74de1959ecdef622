"""A reporter's own words, cleaned: nothing invisible, nothing that names or reaches a person.

The rules are coarse on purpose. Better a date too many is blotted out than one telephone number kept.
They do not catch a name written out, or an address spelled "me at example dot com".
"""

from __future__ import annotations

import re
import unicodedata

from uproar.model.signal import WORDS_MAX
from uproar.model.signs import swept

BLOT = "[…]"
RAW_MAX = 4096  # characters that are looked at; a body is never longer
MARKS_MAX = 3  # combining marks in a row that are kept: enough for every script, not for towers
ROUNDS_MAX = 8

_MARKS = frozenset({"Mn", "Me"})

# Every expression either begins where a word does or has a bounded way to fail, so that no text of
# RAW_MAX characters takes more than about a millisecond.
_LINKED = re.compile(
    r"://|[@＠﹫]|^\W*(?:www\.|mailto:|tel:)|^[\w.-]+\.\w{2,}[/?]\S", re.IGNORECASE
)
_IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d])")
_HEXADECIMAL = re.compile(r"(?<![\w:.])[0-9a-f:.]*:[0-9a-f:.]*(?![\w:])", re.IGNORECASE)
_TOKEN = re.compile(r"(?<![\w-])(?=[\w-]*\d)[\w-]{20,}", re.ASCII)
_NUMBER = re.compile(r"\+?\(?\d(?:[ \t().,/–-]{0,2}\d){6,}|\d{6,}")


# Most words are of this kind, and need nothing done to them; what may be a link is not.
_HARMLESS = re.compile(
    r"(?!.*(?:www\.|\.[A-Z]))(?:[A-Za-z,.!?'()-]+(?: (?=\S)|\Z))*", re.IGNORECASE
)


def clean(text: str) -> str:
    """Return the words as they may be kept: NFC, one line, at most WORDS_MAX characters.

    Controls become spaces; zero-width signs, direction overrides, private and half characters are
    dropped. E-mail addresses, links, @names, IP addresses, long tokens and numbers of six digits or
    more become "[…]". Cleaning twice changes nothing more.
    """
    if len(text) <= WORDS_MAX and _HARMLESS.fullmatch(text):
        return text
    text = text[:RAW_MAX]
    for _ in range(ROUNDS_MAX):
        cleaned = _blotted(_legible(text))[:WORDS_MAX].rstrip()
        if cleaned == text:
            return cleaned
        text = cleaned
    return ""


def _legible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    kept = []
    marks = 0
    for sign in swept(unicodedata.normalize("NFC", text)):
        marks = marks + 1 if unicodedata.category(sign) in _MARKS else 0
        if marks <= MARKS_MAX:
            kept.append(sign)
    return unicodedata.normalize("NFC", "".join(kept))


def _blotted(text: str) -> str:
    tokens = [BLOT if _LINKED.search(token) else token for token in text.split()]
    line = " ".join(tokens)
    line = _IPV4.sub(BLOT, line)
    line = _HEXADECIMAL.sub(_blot_address, line)
    line = _TOKEN.sub(BLOT, line)
    return _NUMBER.sub(BLOT, line)


def _blot_address(found: re.Match[str]) -> str:
    """Blot an IPv6 or hardware address, and leave a time of day alone."""
    text = found[0]
    is_address = ("::" in text and len(text) > 2) or text.count(":") >= 4
    return BLOT if is_address else text
