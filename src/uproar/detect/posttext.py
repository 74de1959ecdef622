"""How a post is written, undone: one spelling of letters, and the words it consists of.

Case, width and accents are folded, so that "ＮÃO" is "nao": people leave accents out when they are
in a hurry, and the phrases of the lexicon are folded in the same way. Thai, Chinese, Japanese and
Korean have no spaces that separate words reliably; their runs stay whole and are searched within.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

TEXT_MAX = 2_000  # signs of a post that are looked at; what follows says nothing
TAGS_MAX = 50  # hashtags of a post that are looked at
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
)
_BETWEEN = (
    "\x00-/:-@\\[-`{-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u060c\u061b\u061f"
    "\u066a-\u066d\u06d4\u0964\u0965\u2000-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u303f"
    "\ufe00-\ufe1f\uff00-\uff0f\uff1a-\uff20\uffe0-\uffff\U0001f000-\U0001faff"
)
WORD = re.compile(f"[^{_BETWEEN}{_UNSPACED}]+|[{_UNSPACED}]+")
UNSPACED = re.compile(f"[{_UNSPACED}]")
TAG = re.compile(f"[#＃]([^{_BETWEEN}]+(?:_[^{_BETWEEN}]+)*)")
_LINK = re.compile(r"https?://\S+|www\.\S+|[\w-]+(?:\.[\w-]+){1,4}/\S*")
_LONG = re.compile(r"([^\W\d])\1\1+")
_UNSEEN = re.compile(
    "[\u00ad\u0640\u064b-\u065f\u0670\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe0e\ufe0f\ufeff"
    "\u0300-\u036f]"
)
_END = re.compile(r"\.+(?=\s|$)|[!?。！？…؟\n।]+")


def _letters() -> dict[int, str]:
    """Return what single letters are folded to: Latin without its accents, Arabic in one spelling."""
    folded = {}
    for code in (*range(0x00C0, 0x0250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0].casefold()
        if base != chr(code):
            folded[code] = base
    same = "ıi łl đd øo æa œo ßs ёе أا إا آا ٱا ىي یي ةه کك ‘' ’' ʼ' `' ´'"
    return folded | {ord(pair[0]): pair[1] for pair in same.split()}


_LETTERS = _letters()


class Text(NamedTuple):
    """A post as it is read: folded, its words with where they begin and end, and its hashtags."""

    folded: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    tags: tuple[tuple[str, int], ...]
    ends: tuple[tuple[int, str], ...]
    links: int


def folded(text: str) -> str:
    """Return a text in the one spelling in which it is compared, of at most some TEXT_MAX signs."""
    text = text[:TEXT_MAX]
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text)[:TEXT_MAX].casefold()
    return _UNSEEN.sub("", plain.translate(_LETTERS))


def read(text: str) -> Text:
    """Return what a folded text consists of, without its links; a letter thrice or more is one."""
    bare, links = _LINK.subn(" ", text)
    bare = _LONG.sub(r"\1", bare)
    found = list(WORD.finditer(bare))
    tags = [(match[1].replace("_", ""), match.start()) for match in TAG.finditer(bare)][:TAGS_MAX]
    return Text(
        bare,
        tuple(match[0] for match in found),
        tuple(match.span() for match in found),
        tuple(tags),
        tuple((match.start(), match[0]) for match in _END.finditer(bare)),
        links,
    )


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text that need not be folded yet."""
    return tuple(WORD.findall(folded(text)))
