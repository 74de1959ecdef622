"""The page on live traffic says what the benches measured, and calls right what is right."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parent.parent / "bench"
SYN = {"vector": "flood.syn", "pps": 60_000}
SMALL = {"vector": "flood.syn", "pps": 15_000}
REFLECTED = {"vector": "reflection.syn-ack", "pps": 60_000}
CROWD = {"vector": None, "pps": 72_000}


def page():
    spec = importlib.util.spec_from_file_location("live_page", BENCH / "live_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def said(peer, *called, alerts=1, after_s=1.0, elsewhere=0, early=0):
    return {
        "peer": peer, "called": list(called), "alerts": alerts, "after_s": after_s, "elsewhere": elsewhere,
        "early": early,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("run", "peer", "is_right"),
    [
        (SYN, said("Uproar", "flood.syn"), True),
        (SYN, said("FastNetMon", "syn_flood"), True),
        (SYN, said("Uproar", "flood.udp"), False),
        (SYN, said("Uproar", "flood.syn", alerts=2), False),
        (SYN, said("Uproar", "flood.syn", elsewhere=1), False),
        (SYN, said("Uproar", "flood.syn", early=1), False),
        (SYN, said("Uproar", alerts=0, after_s=None), False),
        (REFLECTED, said("FastNetMon", "syn_flood"), False),
        (SMALL, said("FastNetMon", alerts=0, after_s=None), True),
        (SMALL, said("Uproar", alerts=0, after_s=None), False),
        (CROWD, said("Uproar", alerts=0, after_s=None), True),
        (CROWD, said("FastNetMon", "syn_flood", after_s=None), False),
    ],
)
def test_right_is_one_alert_by_its_name_and_none_where_there_is_no_attack(run, peer, is_right):
    assert page().right(run, peer) is is_right


def test_the_page_says_what_was_measured():
    command = [sys.executable, str(BENCH / "live_page.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
