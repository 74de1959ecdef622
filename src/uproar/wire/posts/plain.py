"""The text that a person reads in a piece of HTML, by an HTML parser; nothing of it is kept as HTML."""

from __future__ import annotations

from html.parser import HTMLParser

HTML_MAX = (
    20_000  # Characters that are looked at; Mastodon allows 500 by default, others some thousand.
)
_BREAKS = frozenset({"p", "br", "div", "li", "blockquote", "pre"})
_HIDDEN = frozenset({"script", "style"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(  # type: ignore[explicit-override] # typing.override came with 3.12
        self,
        tag: str,
        attrs: list[tuple[str, str | None]],  # noqa: ARG002 - as the library calls it
    ) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:  # type: ignore[explicit-override] # typing.override came with 3.12
        if tag in _HIDDEN and self._hidden:
            self._hidden -= 1
        elif tag == "p":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:  # type: ignore[explicit-override] # typing.override came with 3.12
        if not self._hidden:
            self.parts.append(data)


def text_of(html: str) -> str:
    """Return the text of a piece of HTML; broken HTML gives what a browser would show, or less."""
    reader = _Reader()
    try:
        reader.feed(html[:HTML_MAX])
        reader.close()
    except (AssertionError, ValueError):  # What the parser raises at some malformed declarations.
        pass
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)
