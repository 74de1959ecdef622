"""What was changed before it began, and when that nothing was may be said."""

from __future__ import annotations

import pytest

from uproar.diagnose.facts import ChangeFact
from uproar.diagnose.seen_changes import CHANGES_MAX, MINUTE_MS, Made, before, kind

ONSET = (1_000_000_000_000, 1_000_000_000_000 + 4 * MINUTE_MS)
MIDDLE = ONSET[0] + 2 * MINUTE_MS


def made(minutes: float, what: str = "deploy", state: str = "finished", **more: object) -> Made:
    at = MIDDLE - round(minutes * MINUTE_MS)
    return Made(
        **{
            "ref": f"change:ci#{minutes}",
            "what": what,
            "state": state,
            "begins": at,
            "ends": at,
            **more,
        }
    )


def facts(*entries: Made) -> list[ChangeFact]:
    found = before(entries, ONSET, ONSET[0])
    assert found is not None
    return [fact for fact, _ in found]


def test_nobody_told_is_not_nothing_changed() -> None:
    assert before([], ONSET, None) is None
    assert before([], ONSET, ONSET[0] - 30 * 86_400_000) is None
    assert before([], ONSET, ONSET[0] - 86_400_000) == ()


def test_changes_are_told_nearest_first_with_their_minutes() -> None:
    assert facts(made(90, "config"), made(20), made(-30)) == [
        ChangeFact("deploy", 20.0),
        ChangeFact("config-change", 90.0),
    ]


def test_what_goes_on_at_the_onset_is_no_minute_before_it() -> None:
    work = made(60, "maintenance", "started", ends=ONSET[1] + 9)
    assert facts(work) == [ChangeFact("maintenance", 0.0)]
    assert facts(made(1)) == [ChangeFact("deploy", 1.0)]
    assert facts(made(-1)) == [ChangeFact("deploy", 0.0)]


@pytest.mark.parametrize(
    "entry",
    [
        made(7 * 60),
        made(30 * 60, "dns"),
        made(20, state="cancelled"),
        made(20, state="planned"),
        made(20, "maintenance", "unknown", planned=True, ends=ONSET[1]),
        made(20, "maintenance", "planned", planned=True),
    ],
)
def test_what_is_far_was_not_made_or_only_planned_does_not_count(entry: Made) -> None:
    assert facts(entry) == []


def test_names_and_certificates_reach_further_and_a_window_that_covers_it_counts() -> None:
    assert facts(made(20 * 60, "dns")) == [ChangeFact("dns-change", 1_200.0)]
    window = made(30, "maintenance", "planned", planned=True, ends=ONSET[1] + 1)
    assert facts(window) == [ChangeFact("maintenance", 0.0)]


def test_they_are_bounded() -> None:
    assert len(facts(*(made(n) for n in range(5, 60)))) == CHANGES_MAX


@pytest.mark.parametrize(
    ("what", "title", "word"),
    [
        ("infra", "Migrate the database", "migration"),
        ("maintenance", "Failover drill", "failover"),
        ("infra", "scale-out of web", "capacity-change"),
        ("infra", "rack 3", "other"),
        ("deploy", "migration of users", "deploy"),
        ("bgp", "", "bgp-change"),
        ("cert", "", "cert-rotation"),
        ("a new kind", "", "other"),
    ],
)
def test_kinds_have_words(what: str, title: str, word: str) -> None:
    assert kind(made(1, what, title=title)) == word
