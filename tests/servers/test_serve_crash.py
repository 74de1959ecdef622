"""An observatory that is killed under load loses nothing, and decides what it would have decided."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CRASH = Path(__file__).resolve().parents[2] / "bench" / "crash_serve.py"
ROUNDS = os.environ.get("UPROAR_CRASH_SERVE_ROUNDS", "")
# By default one kill under load, one while it starts, one while it stops: these wait for no tick.
QUICK = ["--rounds", "3", "--seed", "11"]


@pytest.mark.slow
def test_an_observatory_killed_with_kill_9_keeps_what_it_acknowledged_and_decided(
    tmp_path: Path,
) -> None:
    chosen = ["--rounds", ROUNDS] if ROUNDS else QUICK
    done = subprocess.run(
        [sys.executable, str(CRASH), "--folder", str(tmp_path), *chosen],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *rounds, summary = map(json.loads, done.stdout.splitlines())
    assert len(rounds) == summary["rounds"] == int(chosen[1])
    assert 0 < summary["acknowledged"] <= summary["signals"]
    assert summary["decisions"] > 0
