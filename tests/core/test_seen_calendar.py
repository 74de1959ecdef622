"""When it began: by local clocks, midnight UTC, turns of dates and certificates, and announced windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uproar.diagnose import seen_calendar
from uproar.diagnose.seen_calendar import MINUTE_MS, context
from uproar.model.tick import parse_iso

HOUR_MS = 60 * MINUTE_MS


def bracket(text: str, minutes: int = 4) -> tuple[int, int]:
    at = parse_iso(text)
    return at, at + minutes * MINUTE_MS


@pytest.mark.parametrize(
    ("onset", "word", "is_so"),
    [
        (bracket("2025-03-10T23:58:00Z"), "midnight-utc", True),
        (bracket("2025-03-11T00:02:00Z"), "midnight-utc", True),
        (bracket("2025-03-11T00:06:00Z"), "midnight-utc", False),
        (bracket("2025-03-10T23:40:00Z", 50), "midnight-utc", False),
        (bracket("2025-03-31T23:58:00Z"), "cert-or-date-boundary", True),
        (bracket("2024-02-28T23:58:00Z"), "cert-or-date-boundary", True),
        (bracket("2025-02-27T23:58:00Z"), "cert-or-date-boundary", False),
        (bracket("2025-03-10T09:40:00Z"), "cert-or-date-boundary", False),
        (bracket("2038-01-19T03:13:00Z"), "cert-or-date-boundary", True),
        (bracket("2019-04-06T23:58:00Z"), "cert-or-date-boundary", True),
    ],
)
def test_instants_are_held_by_narrow_brackets_only(
    onset: tuple[int, int], word: str, is_so: bool
) -> None:
    assert (word in (context(onset, ()) or ())) is is_so


def test_certificates_and_windows_that_cover_the_onset() -> None:
    onset = bracket("2025-03-10T09:40:00Z")
    assert context(onset, (), turns=[onset[0] + MINUTE_MS]) == {"cert-or-date-boundary"}
    assert context(onset, (), turns=[onset[0] - HOUR_MS]) is None
    assert context(onset, (), [(onset[0] - HOUR_MS, onset[0] + HOUR_MS)]) == {"scheduled-window"}
    assert context(onset, (), [(onset[0] - HOUR_MS, None)]) == {"scheduled-window"}
    assert context(onset, (), [(onset[1] + HOUR_MS, None)]) is None


def local(hour: float, *, rest: bool = False, share: float = 1.0) -> tuple[float, float, bool]:
    return share, 20_000 * seen_calendar.DAY_MS + hour * HOUR_MS, rest


@pytest.mark.parametrize(
    ("clocks", "words"),
    [
        ([local(10)], {"business-hours"}),
        ([local(19)], set()),
        ([local(3)], {"off-peak"}),
        ([local(11, rest=True)], {"weekend-or-holiday"}),
        ([local(2, rest=True)], {"weekend-or-holiday", "off-peak"}),
        ([local(10, share=0.4), local(4, share=0.35), local(19, share=0.25)], set()),
        ([local(10, share=0.65), local(4, share=0.35)], {"business-hours"}),
        ([local(10, share=0.45), local(4, share=0.55)], set()),
        ([], set()),
    ],
)
def test_what_most_clocks_show(clocks: list[tuple[float, float, bool]], words: set[str]) -> None:
    assert (context(bracket("2025-03-10T09:40:00Z"), clocks) or set()) == words


def test_the_top_of_the_hour() -> None:
    assert seen_calendar.at_full_hour(bracket("2025-03-10T09:59:00Z"))
    assert not seen_calendar.at_full_hour(bracket("2025-03-10T09:40:00Z"))
    assert not seen_calendar.at_full_hour(bracket("2025-03-10T09:45:00Z", 20))


@given(st.integers(0, 60_000))
def test_days_are_those_of_the_calendar(day: int) -> None:
    that = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
    assert seen_calendar._civil(day) == (that.year, that.month, that.day)
