"""A journal that is killed under load keeps every signal that it acknowledged, exactly once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CRASH = Path(__file__).resolve().parents[2] / "bench" / "crash.py"
ROUNDS = int(os.environ.get("UPROAR_CRASH_ROUNDS", "10"))


@pytest.mark.slow
def test_what_was_acknowledged_before_kill_9_is_there_exactly_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(CRASH), "--rounds", str(ROUNDS), "--folder", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["rounds"] == ROUNDS
    assert 0 < figures["acknowledged"] <= figures["signals"]
