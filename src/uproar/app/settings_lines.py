"""Where in its text a setting stands, and what an unknown name was meant to be."""

from __future__ import annotations

import difflib
from typing import Any, get_args, get_origin

import msgspec

from uproar.app.settings_shapes import Settings


def unknown_names(table: dict[str, Any], text: str, name: str) -> list[str]:
    """Return a complaint for every section and name that does not exist, with its line of the file."""
    problems = []
    sections = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    for section, values in table.items():
        if section not in sections:
            problems.append(_unknown(name, line_of(text, section, ""), section, list(sections)))
            continue
        if not isinstance(values, dict):
            line = line_of(text, "", section)
            problems.append(f"{name}:{line}: {section} is a section; write [{section}]")
            continue
        problems.extend(_unknown_in(sections[section], values, section, text, name))
    return problems


def _unknown_in(kind: Any, values: dict[str, Any], section: str, text: str, name: str) -> list[str]:
    """Return the names in a section that do not exist, also in sections below it that an operator names."""
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    problems = [
        _unknown(name, line_of(text, section, key), f"{section}.{key}", list(fields))
        for key in values
        if key not in fields
    ]
    for key, inner in fields.items():
        if get_origin(inner) is tuple and isinstance(values.get(key), list):
            problems += _unknown_in_tables(
                get_args(inner)[0], values[key], f"{section}.{key}", text, name
            )
        if get_origin(inner) is not dict or not isinstance(values.get(key), dict):
            continue
        below = get_args(inner)[1]
        if not (isinstance(below, type) and issubclass(below, msgspec.Struct)):
            continue
        for own, given in values[key].items():
            if isinstance(given, dict):
                problems += _unknown_in(below, given, f"{section}.{key}.{own}", text, name)
    return problems


def _unknown_in_tables(
    kind: Any, tables: list[Any], section: str, text: str, name: str
) -> list[str]:
    """Return the names in a list of tables that do not exist; a line is that of the first so called."""
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return []
    known = [field.name for field in msgspec.structs.fields(kind)]
    names = {key for table in tables if isinstance(table, dict) for key in table}
    return [
        _unknown(name, line_of(text, section, key), f"{section}.{key}", known)
        for key in sorted(names - set(known))
    ]


def _unknown(name: str, line: int, word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word.rpartition(".")[2], known, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    return f"{name}:{line}: there is no setting {word}; {hint}"


def located(problem: str, table: dict[str, Any], text: str, name: str) -> str:
    """Turn msgspec's path ("... - at `$.server.port`") into a line of the file."""
    message, _, path = problem.partition(" - at `$.")
    section, _, key = path.rstrip("`").partition(".")
    key, named, below = key.partition("[...]")
    said = f"{message[0].lower()}{message[1:]}"
    if named and isinstance(own := table[section][key], dict):
        # The path does not say by which name the operator calls it: the first that is wrong is it.
        kind: Any = next(f.type for f in msgspec.structs.fields(Settings) if f.name == section)
        inner = next(f.type for f in msgspec.structs.fields(kind) if f.name == key)
        wrong = next((each for each in own if not _converts(own[each], get_args(inner)[1])), "")
        where = f"{section}.{key}.{wrong}"
        line = line_of(text, where, below.strip(".").partition("[")[0])
        return f"{name}:{line}: {where}{below}: {said}"
    key = key.partition("[")[0]
    return f"{name}:{line_in(text, section, key)}: {section}.{key}: {said}"


def _converts(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def line_in(text: str, section: str, key: str) -> int:
    """Return the line of a key of a section, or of the first table of that name."""
    table = line_of(text, f"{section}.{key}", "")
    return table if table > 1 else line_of(text, section, key)


def line_of(text: str, section: str, key: str) -> int:
    """Return the line on which a key of a section stands, or the section's own, or 1."""
    current = ""
    found = 1
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            current = stripped.strip("[] ").split("#")[0].strip()
            if current == section:
                found = number
        elif (key and current == section and stripped.split("=")[0].strip().strip('"') == key) or (
            not section and stripped.split("=")[0].strip() == key
        ):
            return number
    return found
