"""Severity: three levels, by how many times the usual, how widely, and for how many people."""

from __future__ import annotations

import pytest

from uproar.detect import severity

CASES = [
    # reports in the highest quarter of an hour, usual, share of the service, people at least, level
    (41_000, 30.0, 1.0, None, "major"),
    (41_000, 30.0, 0.05, None, "moderate"),
    (600, 100.0, 1.0, None, "moderate"),
    (400, 100.0, 1.0, None, "minor"),
    (49, 0.1, 1.0, None, "moderate"),
    (51, 0.1, 1.0, None, "major"),
    (9, 0.01, 1.0, None, "minor"),
    (9, 0.01, 0.01, 2e6, "major"),
    (0, 0.0, 1.0, 9e5, "minor"),
]


@pytest.mark.parametrize(("peak", "usual", "share", "people", "level"), CASES)
def test_the_level_is_as_the_definitions_say(peak, usual, share, people, level) -> None:
    assert severity.judge(peak, usual, share, people).level == level


def test_more_reports_are_never_less_severe() -> None:
    order = [
        severity.LEVELS.index(severity.judge(peak, 5.0, 1.0, None).level)
        for peak in range(0, 400, 5)
    ]
    assert order == sorted(order)


def test_a_service_that_nobody_reports_is_not_endlessly_severe() -> None:
    assert severity.judge(12, 0.0, 1.0, None).times_usual == 12
