"""Write the reference pages that come from the code: `python docs/reference/generate.py [--check]`.

cli.md from the commands, settings.md from the settings' types, phases.md from the incident's table, causes.md and
the pages below causes/ from the causes, evidence-format.md from the reader of records.
With --check nothing is written; it exits with 1 when a page is stale.
"""

from __future__ import annotations

import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import cause_pages
import msgspec
import typer

from uproar.app.settings import Settings
from uproar.catalog import tells
from uproar.cli import app
from uproar.detect import phases
from uproar.diagnose import record
from uproar.diagnose.items import ITEMS
from uproar.diagnose.roles import ROLES
from uproar.model.fault import LAYERS

HERE = Path(__file__).resolve().parent
NOTE = "<!-- Written by docs/reference/generate.py; change the code, not this page. -->\n\n"
CLI_NOTE = (
    "Results go to stdout, progress and logs to stderr. Exit codes: 0 success, 1 the answer is "
    '"something is wrong" and `--fail` asked for that, 2 bad input, with one clear line.\n'
)
PROBE_NOTE = """
With `--json` it prints one line, in ASCII whatever a peer sent. Its `kind` is `measurement`; `url`, `at` and `took_ms`
say what was looked at and when.

| key | holds |
|---|---|
| `state`, `step`, `layer`, `side`, `answered`, `relayed`, `status`, `notes` | the finding |
| `failure` | OONI's `failure` string with `operation`, `layer` and the `detail` it rests on, or null |
| `fingerprint` | the match that decides: `id`, `vendor`, `kind`, `strength`, `meaning`, `rests_on`; or null |
| `hops[].phases_ms` | `resolve`, `connect`, `tls`, `processing`, `transfer`, as blackbox_exporter names them |
| `hops[].dns`, `.tcp`, `.tls`, `.http` | every lookup, connection, handshake and exchange, each with its own `ms` and `failure` |
"""
FINGERPRINTS_NOTE = """\
How `uproar probe` tells who wrote an answer. There are {count}, in
`src/uproar/catalog/fingerprints/*.toml`:

```toml
[[fingerprint]]
id = "cloudflare.520"
vendor = "Cloudflare"
layer = "origin_server"     # who failed first; the side follows from it
strength = "decisive"       # decisive, strong, medium or weak
mark = "S"                  # how well it is known, see below
meaning = "The edge got an empty, unknown or malformed answer from the server behind it."
status = [520]              # any one of these
headers = {{ server = '(?i)^cloudflare' }}                   # all of these
body = ['(?i)error code: 520', '(?i)an unknown error']     # any one of these
```

Besides these there are `headers_any` (one of several), `body_all` (all of them), `hosts` (the answer comes from one
of these names or a name below it) and `covers` (more general fingerprints that say nothing more where this one
holds). All that is given must hold together: words alone are copied by others. Expressions are Python's, with an
upper bound on every repeat; one that could run away is refused. Only the first 64 KiB of a body are looked at,
references to characters resolved first. In an answer of success (status below 400) a fingerprint without a header counts
only on a page of at most 16 KiB, because longer pages quote what they like, and only if it is strong.

Marks: S vendor's own documents or source, C several public sources agree, L measured by us, M from memory and
unverified.

| id | vendor | meaning | layer | side | strength, mark | asks for |
|---|---|---|---|---|---|---|
"""
SETTINGS_NOTE = (
    "One TOML file, given with `--config`. Every value has the default shown; folders are seen "
    "from where the file lies. `uproar check --config FILE` names mistakes with their lines.\n"
)


def cli() -> str:
    """Return the page of the commands."""
    lines = [
        "# Commands\n",
        NOTE,
        CLI_NOTE,
    ]
    for name, command in _commands(typer.main.get_command(app)):
        help_text = " ".join((command.help or "").split())
        lines.append(f"\n## uproar {name}\n\n{help_text}\n\n")
        lines.append("| option | meaning | default |\n|---|---|---|\n")
        for parameter in command.params:
            if parameter.name == "help":
                continue
            is_argument = not parameter.opts[0].startswith("-")
            spelling = parameter.name.upper() if is_argument else ", ".join(parameter.opts)
            default = parameter.default
            if isinstance(default, list) or default in {None, "", -1, False}:
                default = ""
            text = " ".join((parameter.help or "").split())
            lines.append(f"| `{spelling}` | {text} | {f'`{default}`' if default != '' else ''} |\n")
        if name == "probe":
            lines.append(PROBE_NOTE)
    return "".join(lines)


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Return every command with its whole name; a group is its commands."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def settings() -> str:
    """Return the page of the settings."""
    lines = [
        "# Settings\n",
        NOTE,
        SETTINGS_NOTE,
    ]
    for section in msgspec.structs.fields(Settings):
        kind: Any = section.type
        lines.append(f"\n## [{section.name}]\n\n{' '.join(kind.__doc__.split())}\n\n```toml\n")
        fields = msgspec.structs.fields(kind)
        tables = {field.name: table for field in fields if (table := _table(field.type))}
        named = {field.name: get_args(field.type)[1] for field in fields if _is_named(field.type)}
        lines.extend(_setting(field) for field in fields if field.name not in {*named, *tables})
        lines.append("```\n")
        for name, table in tables.items():
            lines.append(f"\n{' '.join((table.__doc__ or '').split())}\n\n```toml\n")
            lines.append(f"[[{section.name}.{name}]]\n")
            lines.extend(_setting(field) for field in msgspec.structs.fields(table))
            lines.append("```\n")
        for name, inner in named.items():
            lines.append(
                f"\n### [{section.name}.{name}.NAME]\n\n{' '.join(inner.__doc__.split())}\n\n"
            )
            lines.append("```toml\n")
            lines.extend(_setting(field) for field in msgspec.structs.fields(inner))
            lines.append("```\n")
    return "".join(lines)


def _table(kind: Any) -> type[msgspec.Struct] | None:
    """Return what a setting that is a list of tables holds, None for all others."""
    inner = next(iter(typing.get_args(kind)), None)
    is_table = isinstance(inner, type) and issubclass(inner, msgspec.Struct)
    return inner if is_table else None


def phases_page() -> str:
    """Return the page of an incident's phases."""
    return (
        "# Phases of an incident\n"
        + NOTE
        + " ".join((phases.__doc__ or "").split())
        + f"\n\n```mermaid\n{phases.mermaid()}```\n"
    )


def fingerprints() -> str:
    """Return the page of the fingerprints."""
    known = tells.load().everything()
    lines = ["# Fingerprints\n", NOTE, FINGERPRINTS_NOTE.format(count=len(known))]
    for one in known:
        told = one.match
        asks = [f"status {'/'.join(map(str, sorted(one.status)))}"] if one.status else []
        asks += [f"`{name}`" for name, _ in (*one.headers, *one.headers_any)]
        asks += ["text"] if one.body or one.body_all else []
        asks += [f"host {' or '.join(one.hosts)}"] if one.hosts else []
        lines.append(
            f"| `{told.id}` | {told.vendor} | {told.meaning} | `{told.layer}` "
            f"| {LAYERS[told.layer]} | {told.strength} {one.mark} | {', '.join(asks)} |\n"
        )
    return "".join(lines)


def _is_named(kind: Any) -> bool:
    """Tell whether a setting holds sections of its own, by names that an operator chooses."""
    return get_origin(kind) is dict and issubclass(get_args(kind)[1], msgspec.Struct)


def _setting(field: Any) -> str:
    if field.default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
        return f"{field.name} = {{}}\n"
    if field.default is msgspec.NODEFAULT:
        words = [word for word in get_args(field.type) if isinstance(word, str)]
        return f"{field.name} = ...  # must be given{': ' + ', '.join(words) if words else ''}\n"
    return f"{field.name} = {_toml(field.default)}\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def evidence() -> str:
    """Return the page on records of evidence: fields and words, from the reader itself."""
    fields = (
        ("scope", "one word", record.SCOPES),
        ("onset", "one word", record.ONSETS),
        ("recovery", "one word; read, and not used: it is not known while it matters", record.RECOVERIES),
        ("time_context", "words", record.TIMES),
        ("symptoms", "words; also `http-` and a status", record.SYMPTOMS),
        ("traffic", "one word; `normal` is `usual`", record.TRAFFIC),
        ("traffic_detail", "words, of a surge", record.DETAILS),
        ("co_failing", "names of what fails beside it; only how many is looked at", ()),
        ("co_failing_kinds", "words", ("none-reported", *record.KINDS)),
        ("changes_before", "objects with `type` and `minutes_before` (null: not known when)", ("none-known", *record.CHANGES)),
        ("vendor_status", "the vendor's wording, a text", ()),
        ("claims", "objects with `by` (freely; a role is read from it) and `cause`", record.CLAIMED),
    )  # fmt: skip
    rows = "".join(
        f"| `{name}` | {what} | {', '.join(f'`{word}`' for word in words)} |\n"
        for name, what, words in fields
    )
    items = "".join(
        f"| `{item.id}` | {item.view} | `{item.field}` | {item.sentence} |\n" for item in ITEMS
    )
    return (
        f"{NOTE}# Records of evidence\n\n"
        'A line of JSON for each incident: `{"id": ..., "evidence": {...}}`. Every field is optional; `"unknown"`, `null` and\n'
        "an empty list all mean *not known*. A word that is not listed is set aside and named; facts that contradict each other are both set aside.\n\n"
        f"| field | holds | words |\n| --- | --- | --- |\n{rows}\n"
        f"Roles of claimants: {', '.join(f'`{role}`' for role in ROLES)}.\n\n"
        "## Items of evidence\n\nWhat is looked for in the facts. An item that is not seen says nothing.\n\n"
        f"| item | who can know | reads | says |\n| --- | --- | --- | --- |\n{items}"
    )


PAGES = {
    "evidence-format.md": evidence,
    "cli.md": cli,
    "settings.md": settings,
    "phases.md": phases_page,
    "fingerprints.md": fingerprints,
    **cause_pages.pages(NOTE),
}


def main() -> None:
    """Write the pages, or check them."""
    stale = []
    for name, make in PAGES.items():
        path, text = HERE / name, make()
        if "--check" in sys.argv:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"stale: {', '.join(stale)}; run python docs/reference/generate.py")
        sys.exit(1)


if __name__ == "__main__":
    main()
