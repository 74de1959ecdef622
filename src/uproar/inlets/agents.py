"""What kind of program sent a report? One of seven words, read from the User-Agent.

Coarse on purpose: the words are so common that they single out nobody. The header is a claim that
anybody can write, so it can only ever make a report count for less (detect/strata).
"""

from __future__ import annotations

from functools import lru_cache

from uproar.model.signal import NO_AGENT

READ_BYTES = 512  # of a header that are looked at

# The first mark that is found decides. Browsers name each other's engines, so the order matters:
# Edge names Chrome and Safari, Chrome names Safari, and programs that drive a browser name it too.
_MARKS: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("other", (b"bot", b"crawl", b"spider", b"headless", b"phantom", b"selenium", b"puppeteer")),
    ("app", (b"; wv)", b"fban/", b"fbav/", b"instagram ", b"okhttp", b"cfnetwork", b"dalvik")),
    ("edge", (b"edg/", b"edga/", b"edgios/", b"edge/")),
    ("firefox", (b"firefox/", b"fxios/", b"focus/")),
    ("chrome", (b"chrome/", b"crios/", b"chromium/")),
    ("safari", (b"safari/",)),
    ("app", (b"applewebkit/",)),  # A web view inside of an app on a phone names no browser.
)


@lru_cache(maxsize=1024)
def agent_of(header: bytes) -> str:
    """Return which of `AGENTS` a User-Agent header is; none where it is empty."""
    text = header[:READ_BYTES].strip().lower()
    if not text:
        return NO_AGENT
    for agent, marks in _MARKS:
        if any(mark in text for mark in marks):
            return agent
    return "other"
