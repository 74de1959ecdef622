"""Write the reference pages that come from the code: `python docs/reference/generate.py [--check]`.

cli.md from the commands, settings.md from the settings' types, phases.md from the incident's table.
With --check nothing is written; it exits with 1 when a page is stale.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
import typer

from uproar.app.settings import Settings
from uproar.cli import app
from uproar.detect import phases

HERE = Path(__file__).resolve().parent
NOTE = "<!-- Written by docs/reference/generate.py; change the code, not this page. -->\n\n"
CLI_NOTE = (
    "Results go to stdout, progress and logs to stderr. Exit codes: 0 success, 1 the answer is "
    '"something is wrong" and `--fail` asked for that, 2 bad input, with one clear line.\n'
)
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
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        help_text = " ".join((command.help or "").split())
        lines.append(f"\n## uproar {name}\n\n{help_text}\n\n")
        lines.append("| option | meaning | default |\n|---|---|---|\n")
        for parameter in command.params:
            if parameter.name == "help":
                continue
            is_argument = not parameter.opts[0].startswith("-")
            spelling = parameter.name.upper() if is_argument else ", ".join(parameter.opts)
            default = parameter.default if parameter.default not in {None, "", -1, False} else ""
            text = " ".join((parameter.help or "").split())
            lines.append(f"| `{spelling}` | {text} | {f'`{default}`' if default != '' else ''} |\n")
    return "".join(lines)


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
        lines.extend(f"{field.name} = {_toml(field.default)}\n" for field in fields)
        lines.append("```\n")
    return "".join(lines)


def phases_page() -> str:
    """Return the page of an incident's phases."""
    return (
        "# Phases of an incident\n"
        + NOTE
        + " ".join((phases.__doc__ or "").split())
        + f"\n\n```mermaid\n{phases.mermaid()}```\n"
    )


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


PAGES = {"cli.md": cli, "settings.md": settings, "phases.md": phases_page}


def main() -> None:
    """Write the pages, or check them."""
    stale = []
    for name, make in PAGES.items():
        path, text = HERE / name, make()
        if "--check" in sys.argv:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"stale: {', '.join(stale)}; run python docs/reference/generate.py")
        sys.exit(1)


if __name__ == "__main__":
    main()
