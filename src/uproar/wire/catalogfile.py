"""One catalog file: the bytes of a TOML file to services, providers and what is wrong with it.

Sans-I/O. The form is described in docs/reference/catalog-format.md. A table with a mistake is left
out whole and every mistake in it is listed, with the line where it stands, so that one look mends
the file. What one file cannot know (whether a provider exists, whether two services share a name) is
looked at over all of them, in `uproar.wire.catalogset`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from uproar.model.service import Provider, Service
from uproar.wire.catalogtable import Reject, TableReader, nearest, shown
from uproar.wire.tomllines import Lines

FILE_MAX = 1_000_000  # bytes of one file
TABLES_MAX = 2_000  # services and providers of one file
REJECTS_MAX = 100  # mistakes that are listed; whoever has more mends these first

_TABLES = ("service", "provider")

# The parser of the standard library gives a line only within its sentence.
_SYNTAX = re.compile(
    r"(?P<what>.*?) \(at (?:line (?P<line>\d+), column \d+|end of document)\)\Z",
    re.DOTALL,
)


class Placed(NamedTuple):
    """A service or provider with the place where it was written; `removed` ones are to be taken away."""

    entry: Service | Provider
    file: str
    line: int
    removed: bool = False


class CatalogFile(NamedTuple):
    """What one file says. A removed entry has a slug and no more."""

    services: tuple[Placed, ...]
    providers: tuple[Placed, ...]
    rejects: tuple[Reject, ...]


def decode(content: bytes, file: str) -> CatalogFile:
    """Read one file; never raises, whatever the bytes. `file` is its name in the messages."""
    if len(content) > FILE_MAX:
        what = f"the file has {len(content)} bytes, more than {FILE_MAX}"
        return CatalogFile((), (), (Reject(file, 1, what, "split it into several"),))
    try:
        text = content.decode("utf-8-sig")
        tables = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reject = Reject(file, line, "this is not UTF-8 text", "save the file as UTF-8")
        return CatalogFile((), (), (reject,))
    except (ValueError, RecursionError) as error:
        return CatalogFile((), (), (_not_toml(file, error, content.count(b"\n") + 1),))
    return _Reader(file, Lines(text)).read(tables)


def _not_toml(file: str, error: Exception, last_line: int) -> Reject:
    if isinstance(error, RecursionError):
        return Reject(file, 1, "brackets are nested too deeply", "write plain tables and lists")
    said = _SYNTAX.match(str(error))
    what = said["what"] if said else str(error)
    line = int(said["line"] or last_line) if said else 1
    return Reject(file, line, f"this is not TOML: {what[:120]}", "mend the line")


class _Reader:
    """Reads the tables of one file and gathers its mistakes."""

    def __init__(self, file: str, lines: Lines) -> None:
        self.file = file
        self.lines = lines
        self.rejects: list[Reject] = []

    def read(self, tables: Mapping[str, Any]) -> CatalogFile:
        """Turn the parsed tables into entries."""
        for key in sorted(tables.keys() - set(_TABLES))[:REJECTS_MAX]:
            line = self.lines.key(key)
            self.reject(line, f"unknown table {shown(key)}", nearest(key, _TABLES, "tables"))
        entries = {kind: self.entries(kind, tables.get(kind, [])) for kind in _TABLES}
        self.rejects.sort()
        rejects = tuple(self.rejects[:REJECTS_MAX])
        return CatalogFile(entries["service"], entries["provider"], rejects)

    def reject(self, line: int, what: str, todo: str) -> None:
        """Note a mistake."""
        self.rejects.append(Reject(self.file, line, what, todo))

    def entries(self, kind: str, tables: object) -> tuple[Placed, ...]:
        """Read all tables of one kind; those with a mistake are left out."""
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.reject(self.lines.key(kind), f"{kind!r} is no list of tables", f"write [[{kind}]]")
            return ()
        if len(tables) > TABLES_MAX:
            line = self.lines.table(kind, TABLES_MAX)
            self.reject(line, f"more than {TABLES_MAX} tables", "split the file into several")
            return ()
        placed = []
        for number, table in enumerate(tables):
            if len(self.rejects) >= REJECTS_MAX:
                break
            line_of = partial(self.lines.table, kind, number)
            reader = TableReader(self.file, kind, table, line_of)
            entry = reader.read()
            self.rejects += reader.rejects
            if not reader.rejects:
                removed = table.get("remove") is True
                placed.append(Placed(entry, self.file, line_of(), removed))
        return tuple(placed)
