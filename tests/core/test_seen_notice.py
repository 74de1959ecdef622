"""What the vendor says of an incident: the first word of it, in one line."""

from __future__ import annotations

from uproar.diagnose.seen_notice import LINE_MAX, Said, first, line

ONSET = (10_000_000, 10_300_000)
LATER = ONSET[1] + 3_600_000


def test_the_first_word_about_it_counts() -> None:
    early = Said(ONSET[1] + 60_000, "a", "Investigating login problems", "partial")
    late = Said(ONSET[1] + 600_000, "b", "Root cause: an attack", "major")
    assert first([late, early], ONSET, LATER) == early
    assert first([late, early], ONSET, ONSET[1]) is None
    assert first([], ONSET, LATER) is None


def test_an_incident_says_more_than_the_page_of_the_same_instant() -> None:
    page = Said(ONSET[1], "", "", "major")
    own = Said(ONSET[1], "a", "Errors", "major")
    assert first([page, own], ONSET, LATER) == own
    assert line(page) == "Something is wrong"


def test_old_failures_and_work_announced_later_are_not_about_it() -> None:
    old = Said(ONSET[0] - 2 * 3_600_000, "a", "Errors", "major")
    work = Said(ONSET[1] + 60_000, "m", "Database upgrade", "maintenance", planned=True)
    assert first([old, work], ONSET, LATER) is None
    told = Said(ONSET[0] - 5 * 86_400_000, "m", "Database upgrade", "maintenance", planned=True)
    assert first([told], ONSET, LATER) == told
    assert line(told) == "Scheduled maintenance: Database upgrade"


def test_the_line_is_bounded_and_one_line() -> None:
    said = line(Said(1, "a", "Slow\n pages " + "x" * 999, "degraded"))
    assert said.startswith("Degraded performance: Slow pages x")
    assert len(said) == LINE_MAX
