"""The built-in days of the world: each says what really failed, and what it plays is fit for a journal."""

from __future__ import annotations

import pytest

from uproar import catalog
from uproar.diagnose.axes import ATTACKS, FAMILY_OF
from uproar.model.catalog import Catalog
from uproar.model.signal import Beat, Report
from uproar.model.tick import MINUTE_MS, tick_of
from uproar.sim import scenario
from uproar.wire import signals

DAYS = [name for name in scenario.names() if scenario.load(name).plan.cause is not None]
TWINS = ("openai-2023-11-08-capacity", "openai-2023-11-08-ddos")


@pytest.fixture(scope="module")
def known() -> Catalog:
    return catalog.load()


def test_there_are_days_of_every_family_of_causes() -> None:
    causes = [cause for name in DAYS if (cause := scenario.load(name).plan.cause) is not None]
    found = {FAMILY_OF[word] for each in causes for word in (each.mechanism, each.also) if word}
    assert found == set(FAMILY_OF.values())
    assert len(DAYS) >= 26


def test_the_twins_fail_at_one_service_on_one_day_for_opposite_causes() -> None:
    morning, night = (scenario.load(name).plan for name in TWINS)
    assert morning.cause is not None
    assert night.cause is not None
    assert morning.cause.service == night.cause.service
    assert (morning.cause.mechanism in ATTACKS, night.cause.mechanism in ATTACKS) == (False, True)
    assert morning.fault[0].truth.end < night.fault[0].truth.onset


@pytest.mark.parametrize("name", DAYS)
def test_a_day_of_the_world_says_where_it_is_from(name: str) -> None:
    story = scenario.load(name)
    assert "simulation" in story.note.lower()
    assert "published" in story.note
    assert story.plan.sources
    assert story.plan.claim, "somebody said something on each of these days"


@pytest.mark.parametrize("name", DAYS)
def test_no_outsider_is_told_what_only_the_operator_knew(name: str) -> None:
    plan = scenario.load(name).plan
    assert plan.change == ()
    assert plan.traffic == ()


@pytest.mark.parametrize("name", DAYS)
def test_what_a_day_plays_around_its_onset_can_stand_in_a_journal(
    name: str, known: Catalog
) -> None:
    story = scenario.load(name)
    assert story.plan.cause is not None
    service = story.plan.cause.service
    fault = next(each for each in story.plan.fault if each.service == service)
    first = min(wave.assumed.onset for wave in fault.wave)
    since, until = tick_of(first - 10 * MINUTE_MS), tick_of(first + 20 * MINUTE_MS)
    failing = [0, 0]
    for _, arrived in scenario.signals(story, known, since=since, until=until):
        for signal in arrived:
            if not isinstance(signal, Beat):
                assert signals.decode(signals.encode(signal)) == signal
            if isinstance(signal, Report) and signal.service == service and not signal.works:
                failing[signal.at >= first] += 1
    assert failing[1] > 2 * failing[0]
