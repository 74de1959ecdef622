"""A small day in which every source speaks, folded whole: who saw it first is on the page of the incident."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.test_scenario_sources import HEAD, at
from uproar import catalog
from uproar.app import fold
from uproar.app.incident_view import incident_view
from uproar.model.incident import Alarm
from uproar.model.tick import MINUTE_MS
from uproar.present import pages
from uproar.present.views import IncidentView, Site
from uproar.sim import scenario

TOLD = """
[[notice]]
service = "x"
page = "https://status.example/"
state = "operational"
assumed = { why = "made up for a test", at = 2025-04-02T00:10:00Z }
[[claim]]
service = "x"
by = "The owner"
said = "We are looking into it."
source = "press"
assumed = { why = "made up for a test", at = 2025-04-02T11:30:00Z }
"""


def _view(folder: Path, text: str) -> tuple[IncidentView, list[Alarm]]:
    own = folder / "own.toml"
    own.write_text(text, encoding="utf-8")
    story, known = scenario.load(str(own)), catalog.load()
    design = scenario.design(story)
    state = fold.start(known, design)
    alarms: list[Alarm] = []
    for tick, arrived in scenario.signals(story, known):
        state, decided = fold.step(state, arrived, tick, design)
        alarms += [each for each in decided if isinstance(each, Alarm) and each.series.kind]
    (incident,) = [each for each in state.incidents.values() if each.service == "x"]
    return incident_view(state, known, incident, story.end), alarms


@pytest.fixture(scope="module")
def folded(tmp_path_factory: pytest.TempPathFactory) -> tuple[IncidentView, list[Alarm]]:
    return _view(tmp_path_factory.mktemp("strips"), HEAD + TOLD)


def test_every_source_that_spoke_has_a_strip_with_its_first_sight(
    folded: tuple[IncidentView, list[Alarm]],
) -> None:
    view, _ = folded
    strips = {strip.source: strip for strip in view.strips}
    assert list(strips) == ["probes", "posts", "notices", "changes", "claims"]
    firsts = {source: strip.first_at for source, strip in strips.items()}
    assert firsts["notices"] == at("10:40")
    assert firsts["claims"] == at("11:30")
    assert firsts["changes"] is None
    assert firsts["probes"] is not None
    assert abs(firsts["probes"] - at("10:00")) <= 5 * MINUTE_MS
    assert firsts["posts"] is not None
    assert at("10:04") <= firsts["posts"] <= at("10:20")


def test_alarms_of_probes_and_posts_stand_beside_the_incident(
    folded: tuple[IncidentView, list[Alarm]],
) -> None:
    view, alarms = folded
    raised = {alarm.series.kind for alarm in alarms if alarm.state == "raised"}
    assert raised == {"measurement", "post"}
    kinds = {line.kind for line in view.timeline}
    assert {"probe", "post", "change", "claim"} <= kinds
    page = pages.incident(view, Site())
    for line in view.timeline:
        assert f'<li class="{line.kind}"' in page


def test_reports_alone_decide(folded: tuple[IncidentView, list[Alarm]], tmp_path: Path) -> None:
    view, _ = folded
    quiet = HEAD[: HEAD.index("[[vantage]]")] + HEAD[HEAD.index("[[fault]]") :]
    bare, alarms = _view(tmp_path, quiet)
    assert alarms == []
    assert bare.strips == ()
    assert (bare.id, bare.onset, bare.recovery, bare.waves) == (
        view.id,
        view.onset,
        view.recovery,
        view.waves,
    )
    assert (bare.reports, bare.works, bare.set_aside) == (view.reports, view.works, view.set_aside)
