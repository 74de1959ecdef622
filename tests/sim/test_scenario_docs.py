"""What is written about scenarios is true."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from uproar import catalog
from uproar.sim import figures, scenario
from uproar.wire import scenariocause, scenariosources, scenariotable, scenariotraffic

DOCS = Path(__file__).resolve().parents[2] / "docs"


def tables() -> list[type[msgspec.Struct]]:
    return [
        value
        for module in (scenariotable, scenariosources, scenariotraffic, scenariocause)
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, msgspec.Struct)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    ]


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.__name__)
def test_every_key_of_the_format_is_in_its_reference(table: type[msgspec.Struct]) -> None:
    text = (DOCS / "reference" / "scenario-format.md").read_text(encoding="utf-8")
    keys = {field.encode_name for field in msgspec.structs.fields(table)}
    assert {key for key in keys if not re.search(rf"\b{key}\b", text)} == set()


def test_the_example_of_the_guide_can_be_played(tmp_path: Path) -> None:
    text = (DOCS / "howto" / "write-a-scenario.md").read_text(encoding="utf-8")
    own = tmp_path / "wednesday.toml"
    own.write_text("\n".join(re.findall(r"```toml\n(.*?)```", text, re.DOTALL)), encoding="utf-8")
    (found,) = figures.measure(scenario.load(str(own)), catalog.load())
    assert found.reports_15min == pytest.approx(240, abs=4 * 240**0.5)


def test_the_measured_figures_are_those_of_the_document() -> None:
    text = (DOCS / "explain" / "simulation.md").read_text(encoding="utf-8")
    for found in figures.measure(scenario.load("x-2025-03-10"), catalog.load()):
        assert f"| {found.declared.reports_15min:,.0f} |" in text
        assert f"| {found.reports_15min:,} |" in text, "measure again and write it down"
