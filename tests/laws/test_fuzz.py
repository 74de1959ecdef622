"""A short run of the benches that read damaged bytes; ten million and more of them are read by `run.py bench`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parent.parent.parent / "bench"


@pytest.mark.parametrize(("name", "inputs"), [("fuzz_flows", 5_000), ("fuzz_captures", 20_000)])
def test_damaged_bytes_are_read_without_raising(name: str, inputs: int) -> None:
    command = [sys.executable, str(BENCH / f"{name}.py"), "--inputs", str(inputs), "--seed", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["inputs"] >= inputs
