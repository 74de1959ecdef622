"""The page on posts says what the bench measured, and the halves of the labelled set stay apart."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from uproar.catalog import load
from uproar.model.mention import SAYS

BENCH = Path(__file__).resolve().parent.parent / "bench" / "posts"


def posts(half: str) -> list[dict[str, object]]:
    found = sorted((BENCH / "labelled" / half).glob("*.jsonl"))
    return [json.loads(line) for path in found for line in path.read_text("utf-8").splitlines()]


def test_the_page_says_what_was_measured() -> None:
    command = [sys.executable, str(BENCH / "report.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("half", "bit"), [("dev", 0), ("heldout", 1)])
def test_a_post_is_in_the_half_that_its_text_says(half: str, bit: int) -> None:
    found = posts(half)
    assert len(found) > 1_000
    digests = [hashlib.sha256(str(post["text"]).encode()).digest()[0] & 1 for post in found]
    assert set(digests) == {bit}


def test_labels_name_services_of_the_catalog_once_a_post() -> None:
    catalog = load()
    for post in [*posts("dev"), *posts("heldout")]:
        says = post["says"]
        assert isinstance(says, list)
        assert len({service for service, _ in says}) == len(says)
        assert all(service in catalog and outcome in SAYS for service, outcome in says)
        assert (post["kind"] == "other-meaning") == (says == [])
