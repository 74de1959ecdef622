"""Write the picture of the README: `python docs/picture.py`. It folds the built-in day, as the demo does."""

from __future__ import annotations

from pathlib import Path

from uproar import catalog
from uproar.app import fold
from uproar.app.incident_view import incident_view
from uproar.present import twins
from uproar.present.views import Site
from uproar.sim import scenario

HERE = Path(__file__).resolve().parent
STORY = "x-2025-03-10"


def main() -> None:
    """Fold the day and draw its incident."""
    known = catalog.load()
    story = scenario.load(STORY)
    design = scenario.design(story)
    state = fold.start(known, design)
    for tick, arrived in scenario.signals(story, known):
        state, _ = fold.step(state, arrived, tick, design)
    (incident,) = state.incidents.values()
    view = incident_view(state, known, incident, story.end)
    path = HERE / f"{STORY}.svg"
    path.write_bytes(twins.incident(view, Site())[".svg"])
    print(f"{path.name}: {len(view.waves)} waves, {view.reports} reports")


if __name__ == "__main__":
    main()
