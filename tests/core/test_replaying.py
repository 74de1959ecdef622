"""A replay says when it was not given what the journal was made with."""

from __future__ import annotations

from pathlib import Path

import pytest

from uproar import catalog
from uproar.app import checkpoint, fold, replaying
from uproar.errors import CatalogInvalid
from uproar.model.catalog import Catalog
from uproar.model.service import Service
from uproar.model.signal import Reference, Signal

CATALOG = Catalog([Service("alpha", "Alpha")])
DESIGN = fold.Design()

OURS = (
    Reference(0, "catalog", CATALOG.digest()),
    Reference(0, "design", checkpoint.digest_of(DESIGN)),
)
OTHERS = Reference(5_000, "catalog", "other"), Reference(6_000, "networks", "unknown to us")


def told(*signals: Signal) -> list[str]:
    lines: list[str] = []
    ticks = [(number, [signal]) for number, signal in enumerate(signals)]
    assert list(replaying.with_warnings(ticks, CATALOG, DESIGN, lines.append)) == ticks
    return lines


def test_nothing_is_told_of_the_same_catalog_and_design() -> None:
    assert told(*OURS, *OURS) == []


def test_another_catalog_is_told_once() -> None:
    (line,) = told(*OURS, *OTHERS, *OTHERS)
    assert line.startswith("from 1970-01-01T00:00:05Z on the journal was made with another catalog")


def test_a_catalog_may_hold_nothing_but_ones_own_services(tmp_path: Path) -> None:
    own = (
        '[[service]]\nslug = "portal"\nname = "Portal"\ncategory = "work"\nproviders = ["fastly"]\n'
    )
    (tmp_path / "ours.toml").write_text(own, encoding="utf-8")
    known = catalog.load(tmp_path, only=True)
    assert list(known.services) == ["portal"]
    assert "fastly" in known.providers


def test_a_catalog_without_a_service_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogInvalid, match="holds no service"):
        catalog.load(tmp_path, only=True)
