"""What the owner's page says, in words: plain, with the bracket, and never more than is known."""

from __future__ import annotations

import msgspec
import pytest

from golden import views
from uproar.model.tick import MINUTE_MS
from uproar.present import ownpage, pages, sentences, words
from uproar.present.source_views import OwnPage, Record

NEAR = views.at("12:00")


def plain(own: OwnPage) -> str:
    return words.plain(ownpage.now(own, NEAR))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"state": "operational"}, "Its own status page shows no problem, since 10:20 UTC."),
        ({"state": "major"}, "Its own status page shows: major outage, since 10:20 UTC."),
        (
            {"state": "unknown", "unread": True, "why": "it answers 503"},
            "Its own status page could not be read since 10:20 UTC: it answers 503.",
        ),
        (
            {"state": "unknown", "why": "it lists nothing"},
            "Its own status page gives no state that we can read: it lists nothing.",
        ),
    ],
)
def test_the_page_as_a_whole_is_told_as_it_is(changes: dict[str, object], told: str) -> None:
    assert plain(msgspec.structs.replace(views.owner(), **changes)) == told


@pytest.mark.parametrize(
    ("lag", "told"),
    [
        ((36, 38), "36 to 38 min after reports rose"),
        ((37, 37), "37 min after reports rose"),
        ((-8, -5), "5 to 8 min before reports rose"),
        ((-1, 2), "while reports began to rise"),
    ],
)
def test_a_lag_is_a_bracket_because_the_onset_is_one(lag: tuple[int, int], told: str) -> None:
    least, most = lag
    assert ownpage.after((least * MINUTE_MS, most * MINUTE_MS)).replace("\xa0", " ") == told


def test_the_record_says_of_how_many_it_is() -> None:
    def told(*values: int | None) -> str:
        return ownpage.record(Record(*values)).replace("\xa0", " ")  # type: ignore[arg-type]

    minute = MINUTE_MS
    assert told(0, 1, None, None, None) == (
        "Its own page turned in 0 of 1 incident that we watched it through."
    )
    assert told(1, 1, 20 * minute, 20 * minute, 20 * minute).endswith(
        "it through: 20 min after reports rose (n = 1)."
    )
    assert told(2, 4, 20 * minute, -4 * minute, 44 * minute).endswith(
        "at the median 20 min after reports rose (n = 2; from 4 min before to 44 min after)."
    )


def test_among_the_sentences_stands_the_first_sight_and_nothing_where_nothing_is_known() -> None:
    view = views.noticed()
    now = view.incident
    assert now is not None
    told = " ".join(words.plain(part) for part in sentences.service(view)).replace("\xa0", " ")
    assert (
        "Its own status page says “Elevated error rates”: identified since 11:05 UTC, first seen "
        "10:20 UTC, 36 to 38 min after reports rose." in told
    )
    silent = OwnPage("https://s.example", "unknown", 0, why="it tells of incidents only")
    assert ownpage.of(silent, NEAR, going_on=True) == ()
    assert ownpage.of(None, NEAR, going_on=True) == ()


def test_a_page_that_is_read_is_no_longer_said_to_be_unread() -> None:
    assert "its own status page has not been read" in pages.service(views.quiet(), views.SITE)
    assert "its own status page has not been read" not in pages.service(views.noticed(), views.SITE)
