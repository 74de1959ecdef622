"""On which line of a TOML text does something stand?

The standard library's parser says so for faults of syntax only. This finds headings and keys in a
text that the parser has accepted already; for anything it cannot place it says line 1.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<text>\"\"\"(?:\\.|[^\\])*?\"\"\"+|'''.*?'''+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
    r"""|(?P<comment>\#[^\n]*)|(?P<end>\n)|(?P<open>[\[{])|(?P<close>[\]}])|[^\s"'\#\[\]{}]+|.""",
    re.DOTALL,
)
_HEADING = re.compile(r"(\[\[?)[ \t]*([^\]\n]*?)[ \t]*\]")
_KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+)""")


class Lines:
    """Where the tables of lists such as `[[service]]`, and their keys, stand in a text."""

    def __init__(self, text: str) -> None:
        self._keys: dict[str, int] = {}
        self._tables: dict[str, list[dict[str, int]]] = {}
        within = self._keys
        for line, statement in _statements(text):
            heading = _HEADING.match(statement)
            if heading is None:
                if key := _KEY.match(statement):
                    within.setdefault(_bare(key[1]), line)
            elif heading[1] == "[[":
                within = {"": line}
                self._tables.setdefault(_bare(heading[2]), []).append(within)
            else:
                within = self._section(heading[2], line)

    def key(self, key: str) -> int:
        """Return the line of a key at the top, or of the first table of that name; from 1."""
        tables = self._tables.get(key)
        return self._keys.get(key) or (tables[0][""] if tables else 1)

    def table(self, name: str, number: int, key: str = "") -> int:
        """Return the line of a key in a table of a list (from 0), or of its heading; from 1."""
        tables = self._tables.get(name, [])
        if number >= len(tables):
            return self.key(name)
        return tables[number].get(key, tables[number][""])

    def _section(self, path: str, line: int) -> dict[str, int]:
        """Note a heading such as `[service.status]`: a key of the table before it."""
        first, _, rest = path.partition(".")
        tables = self._tables.get(_bare(first.strip()))
        holder, key = (tables[-1], rest) if tables and rest else (self._keys, first)
        holder.setdefault(_bare(key.strip()), line)
        return {}


def _bare(key: str) -> str:
    return key[1:-1] if key[:1] in {'"', "'"} and key[-1:] == key[:1] else key


def _statements(text: str) -> list[tuple[int, str]]:
    """Return the first line of each statement with its number; a value may go on for many lines."""
    found: list[tuple[int, str]] = []
    line, depth, begins = 1, 0, True
    for token in _TOKEN.finditer(text):
        if token["end"]:
            line += 1
            begins = begins or depth <= 0
            depth = max(depth, 0)
            continue
        if begins and not token["comment"] and not token[0].isspace():
            start = token.start()
            end = text.find("\n", start)
            found.append((line, text[start : end if end >= 0 else len(text)]))
            begins = False
        depth += bool(token["open"]) - bool(token["close"])
        line += token[0].count("\n")
    return found
