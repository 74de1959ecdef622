#!/usr/bin/env python3
"""What a checkout is started with: makes .venv, installs, runs. Needs the standard library only.

    python3 run.py demo     replay 10 March 2025 and keep serving it
    python3 run.py serve    run an observatory
    python3 run.py test     run the tests
    python3 run.py check    style, types, format
    python3 run.py bench    measure; bench --list says what each takes

Everything after the command is handed on. The first run needs the package registry, later ones do not.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "uproar-installed"
MINIMUM = (3, 11)

COMMANDS = {
    "demo": ["-m", "uproar", "demo"],
    "serve": ["-m", "uproar", "serve"],
    # One more than there are cores: some tests wait for real clocks, and keep no core busy.
    "test": ["-m", "pytest", "-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal"],
    "bench": ["bench/run.py"],
    "check": ["bench/check.py"],
}


def main() -> None:
    """Install what is missing, then become the command."""
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command not in COMMANDS:
        print(__doc__)
        sys.exit(0 if command in {"", "help", "-h", "--help"} else 2)
    os.chdir(ROOT)
    if sys.version_info < MINIMUM:
        have = ".".join(map(str, sys.version_info[:3]))
        stop(f"Python {MINIMUM[0]}.{MINIMUM[1]} or newer is needed; this is {have}.")
    install()
    os.execv(PYTHON, [str(PYTHON), *COMMANDS[command], *sys.argv[2:]])


def install() -> None:
    """Make the environment and install the project into it, unless that is done already."""
    wanted = digest()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian splits it off into python3-venv
        import venv  # noqa: PLC0415 - the same
    except ImportError:
        stop("Python's venv is missing. On Debian or Ubuntu: apt install python3-venv")
    print("Installing into .venv (once; about a minute) ...", file=sys.stderr, flush=True)
    try:
        if not (PYTHON.exists() and (VENV / "bin" / "pip").exists()):
            venv.create(VENV, with_pip=True, clear=True, symlinks=True)
        run("-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--constraint", "constraints.txt", "--editable", ".[test]")  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as problem:
        stop(f"The installation failed: {problem}. Mend the cause named above and run this again.")
    STAMP.write_text(wanted)


def run(*arguments: str) -> None:
    """Run the environment's Python; its output on stdout would be taken for the command's."""
    subprocess.run([str(PYTHON), *arguments], check=True, stdout=sys.stderr)


def digest() -> str:
    """Return what the installation depends on, as one short text."""
    parts = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(b"\0".join([*parts, os.fsencode(ROOT)])).hexdigest()


def stop(message: str) -> None:
    """Say what is wrong in one line, and leave."""
    print(f"run.py: {message}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
