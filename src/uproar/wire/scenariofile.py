"""A scenario file: TOML text to a plan, refused where a figure is neither published nor assumed.

Sans-I/O. The rule that this file enforces: every number and every instant of a scenario stands

*   below a table named `assumed` that says `why`, or
*   in a table that names its `source`, a key of `[sources]`, or
*   in a table with `assumed = true` and `why`, or
*   among the settings of the experiment: `format`, `seed`, `span`.

So a reader of the file always knows which figures the world gave and which we made up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import msgspec

from uproar.errors import ScenarioInvalid
from uproar.wire.scenariosense import unsound
from uproar.wire.scenariotable import Plan

FILE_MAX = 1_000_000  # bytes of one file
DEPTH_MAX = 12  # tables within tables
MISTAKES_MAX = 50  # mistakes that are listed; whoever has more mends these first
SETTINGS = ("format", "seed", "span")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def world_name(content: bytes, file: str) -> str:
    """Return the name of the world that a scenario file wants; raise ScenarioInvalid if it has none."""
    name = _table(content, file).get("world", "ordinary")
    if not isinstance(name, str):
        raise ScenarioInvalid(f"{file}: `world` is no text; write the name of a world")
    return name


def decode(content: bytes, world: bytes, file: str) -> Plan:
    """Return the plan that a scenario file and the file of its world hold.

    The tables below `[assumed]` of the scenario replace those of the world. Raises ScenarioInvalid
    with every mistake that was found, one a line.
    """
    table = _table(content, file)
    base = _table(world, f"{file}: its world")
    table["assumed"] = _own(base, "assumed", file) | _own(table, "assumed", file)
    table["sources"] = _own(base, "sources", file) | _own(table, "sources", file)
    mistakes = list(unmarked(table))
    if not mistakes:
        try:
            plan = msgspec.convert(_instants(table), type=Plan)
        except msgspec.ValidationError as problem:
            mistakes.append(_readable(problem))
        else:
            mistakes.extend(unsound(plan))
            if not mistakes:
                return plan
    shown = [f"{file}: {mistake}" for mistake in mistakes[:MISTAKES_MAX]]
    if len(mistakes) > len(shown):
        shown.append(f"{file}: and {len(mistakes) - len(shown)} more")
    raise ScenarioInvalid("\n".join(shown))


def unmarked(table: Mapping[str, Any]) -> Iterator[str]:
    """Return a sentence for every number or instant that is neither published nor assumed."""
    sources = table.get("sources")
    known = set(sources) if isinstance(sources, dict) else set()
    for key, value in table.items():
        if key not in SETTINGS:
            yield from _unmarked(value, key, known, marked=False, below=key == "assumed")


def _unmarked(
    node: object, path: str, known: set[str], *, marked: bool, below: bool, depth: int = 0
) -> Iterator[str]:
    """Walk down: `below` a table named assumed, numbers are `marked` once a `why` was seen."""
    if depth > DEPTH_MAX:
        yield f"{path}: tables are nested too deeply; flatten them"
    elif isinstance(node, dict):
        reason = node.get("why")
        source = node.get("source")
        reasoned = isinstance(reason, str) and bool(reason.strip())
        if reasoned and (below or node.get("assumed") is True):
            marked = True
        if isinstance(source, str) and source:
            if source in known:
                marked = True
            else:
                yield f"{path}.source: {source!r} is no key of [sources]; add it there"
        for key, value in node.items():
            under = below or key == "assumed"
            yield from _unmarked(
                value, f"{path}.{key}", known, marked=marked, below=under, depth=depth + 1
            )
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _unmarked(
                value, f"{path}[{number}]", known, marked=marked, below=below, depth=depth + 1
            )
    elif not marked and isinstance(node, int | float | datetime) and not isinstance(node, bool):
        yield (
            f"{path} = {node} is neither published nor marked as assumed; "
            "give its table a `source`, or move it below `assumed` with a `why`"
        )


def _table(content: bytes, file: str) -> dict[str, Any]:
    if len(content) > FILE_MAX:
        raise ScenarioInvalid(f"{file}: {len(content)} bytes, more than {FILE_MAX}; shorten it")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as problem:
        raise ScenarioInvalid(f"{file}: this is not TOML: {str(problem)[:200]}") from None


def _own(table: Mapping[str, Any], key: str, file: str) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise ScenarioInvalid(f"{file}: `{key}` is no table; write [{key}]")
    return value


def _instants(node: object) -> object:
    """Turn the instants of the file into milliseconds UTC."""
    match node:
        case dict():
            return {key: _instants(value) for key, value in node.items()}
        case list():
            return [_instants(value) for value in node]
        case datetime() if node.tzinfo is not None:
            delta = node - _EPOCH
            return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000
        case date() | time():
            return f"{node} has no time zone; write it like 2025-03-10T09:25:00Z"
        case _:
            return node


def _readable(problem: msgspec.ValidationError) -> str:
    said, _, where = str(problem).partition(" - at `$")
    return f"{where.rstrip('`').lstrip('.') or 'the file'}: {said}"
