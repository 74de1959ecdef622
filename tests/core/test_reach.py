"""People affected: estimated where there is a way to know, refused where there is none."""

from __future__ import annotations

import math

import msgspec
import pytest

from uproar.detect import reach
from uproar.model.service import People

MANY = People(238_000_000, "daily users", "2022-06", "somebody")
KNOWN = reach.Design(awareness=1.0)
UNKNOWN = reach.Design()


def facts(**changes):
    start = reach.Facts(reports=10_000, works=0, people=MANY)
    return msgspec.structs.replace(start, **changes)


def test_without_a_published_number_of_people_there_is_no_estimate() -> None:
    found = reach.estimate(facts(people=None), KNOWN)
    assert found.mid is None
    assert "no published figure" in found.why


def test_an_observatory_that_does_not_know_how_well_known_it_is_refuses() -> None:
    found = reach.estimate(facts(), UNKNOWN)
    assert found.mid is None
    assert "not known" in found.why
    plain = reach.as_dict(found, facts())
    assert plain["people"] is None
    assert plain["reports"] == 10_000


def test_a_handful_of_reports_says_nothing_of_people() -> None:
    assert reach.estimate(facts(reports=19), KNOWN).mid is None


def test_the_report_rate_gives_a_wide_interval_around_the_published_rate() -> None:
    found = reach.estimate(facts(), KNOWN)
    assert found.low is not None
    assert found.mid is not None
    assert found.high is not None
    assert found.low < found.mid < found.high
    assert found.mid == pytest.approx(10_000 / math.exp(reach.PRIOR.mean), rel=0.1)
    assert found.high / found.low > 50
    assert found.method == ("rate",)


def test_nobody_is_affected_who_does_not_use_the_service() -> None:
    few = People(40_000, "customers", "2025-06", "the operator")
    found = reach.estimate(facts(people=few), KNOWN)
    assert found.high is not None
    assert found.high <= 40_000


def test_votes_are_a_denominator_where_the_report_rate_is_not_known() -> None:
    half = reach.estimate(facts(works=5_000), UNKNOWN)
    most = reach.estimate(facts(works=100_000), UNKNOWN)
    assert half.method == most.method == ("votes",)
    assert half.mid is not None
    assert most.mid is not None
    assert most.mid < half.mid


def test_at_night_the_same_reports_stand_for_more_people() -> None:
    day, night = (reach.estimate(facts(up=up), KNOWN).mid for up in (1.0, 0.2))
    assert day is not None
    assert night is not None
    assert night > 2 * day


def test_people_without_a_connection_cannot_report() -> None:
    online, cut_off = (reach.estimate(facts(access=access), KNOWN) for access in (False, True))
    assert online.mid is not None
    assert cut_off.mid is not None
    assert cut_off.mid > 1.5 * online.mid


def test_what_votes_told_of_earlier_incidents_narrows_the_next_estimate() -> None:
    known = None
    for _ in range(5):
        known = reach.learn(known, math.log(1e-4), 0.5)
    found = reach.estimate(facts(learned=known), UNKNOWN)
    wide = reach.estimate(facts(), KNOWN)
    assert found.mid == pytest.approx(1e8, rel=0.3)
    assert found.high is not None
    assert found.low is not None
    assert wide.high is not None
    assert wide.low is not None
    assert found.high / found.low < wide.high / wide.low


def test_an_incident_tells_of_the_report_rate_only_when_people_have_voted() -> None:
    assert reach.told(facts()) is None
    said = reach.told(facts(works=5_000))
    assert said is not None
    assert said[0] < 0 < said[1]


@pytest.mark.parametrize(("value", "shown"), [(3.4, 3), (1_234_567, 1_200_000), (96_500, 96_000)])
def test_numbers_of_people_have_two_digits(value, shown) -> None:
    assert reach.rough(value) == shown
