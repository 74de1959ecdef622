"""Lines of a story about the cause and about claims: read as they are written, met only where they hold."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from stories.expected import is_known, unmet
from stories.reading import Story
from stories.telling import Told
from uproar.diagnose.axes import AGENCIES, FAMILIES, LEAVES, LOCI
from uproar.model.incident import Incident

DIAGNOSIS: dict[str, Any] = {
    "mechanism": dict.fromkeys(LEAVES, 0.0)
    | {"ddos-volumetric": 0.4, "ddos-application": 0.1, "bad-deploy": 0.3, "config-error": 0.2},
    "family": dict.fromkeys(FAMILIES, 0.0) | {"attack": 0.5, "change": 0.5},
    "locus": dict.fromkeys(LOCI, 0.0) | {"origin": 0.9, "cdn": 0.1},
    "agency": dict.fromkeys(AGENCIES, 0.2),
    "attack": 0.5,
    "insufficient": False,
    "withheld": ["agency"],
    "second": "config-error",
    "because": [{"hypothesis": "bad-deploy", "item": "symptom.503", "decibans": 3.0}],
}


class Ledgered(Incident, frozen=True, tag_field="kind", tag="incident"):
    """An incident with what was claimed of it, in the form of `ledger.entries.Ledger`."""

    ledger: dict[str, Any] = msgspec.field(default_factory=dict)


def _told(diagnosis: dict[str, Any]) -> Told:
    verdicts = [
        {"now": {"axis": "mechanism", "word": "unproven"}},
        {"now": {"axis": "agency", "word": "insufficient"}},
    ]
    dropped = {"now": {"axis": "mechanism", "word": "supported"}, "stands": False}
    entries = [{"verdicts": [verdicts[0]]}, {"verdicts": [*verdicts, dropped]}]
    turn = Ledgered(
        id="i-1", service="x", at=1, turn="opened", phase="growth", onset=(0, 1), recovery=None,
        waves=(), reports=1, works=0, places={}, symptoms={}, networks={}, set_aside={},
        diagnosis=diagnosis, ledger={"at": 1, "entries": entries},
    )  # fmt: skip
    return Told((turn,), ())


def _missed(line: str, told: Told) -> bool:
    assert is_known(line), f"cannot be read: {line}"
    return unmet(Story("a", timeline=[line]), told) == [line]


HOLDS = [
    "x diagnosis ddos-volumetric 0.4..0.5",
    "x diagnosis ddos-volumetric or ddos-application 0.45..0.9",
    "x family change 0.5..1",
    "x locus origin or cdn 1..1.0",
    "x mechanism top2 holds bad-deploy",
    "x family top2 holds attack",
    "x attack at most 0.5",
    "x attack at least 0.5",
    "x diagnosis sufficient",
    "x agency insufficient",
    "x second cause config-error",
    "x diagnosis rests on symptom.503",
    "x claim 1 unproven",
    "x claim 2 agency insufficient",
    "x claim 2 mechanism unproven",
]
FAILS = [
    "x diagnosis ddos-volumetric 0.41..0.5",
    "x diagnosis ddos-volumetric or ddos-application 0..0.49",
    "x locus cdn 0.2..1",
    "x mechanism top1 holds bad-deploy",
    "x mechanism top9 holds hardware",
    "x attack at most 0.49",
    "x attack at least 0.51",
    "x diagnosis insufficient",
    "x mechanism insufficient",
    "x second cause bad-deploy",
    "x diagnosis rests on symptom.dns",
    "x claim 1 supported",
    "x claim 2 unproven",
    "x claim 2 locus unproven",
    "x claim 3 unproven",
]
ODD = [
    "x diagnosis gremlins 0.1..0.2",
    "x diagnosis ddos 0.1..0.2",
    "x diagnosis bad-deploy 0.1..2",
    "x mechanism top0 holds bad-deploy",
    "x attack at most 7",
    "x claim 1 true",
    "x motive insufficient",
]


@pytest.mark.parametrize("line", HOLDS)
def test_a_line_that_holds_is_met(line: str) -> None:
    assert not _missed(line, _told(DIAGNOSIS))


@pytest.mark.parametrize("line", FAILS)
def test_a_line_that_does_not_hold_is_missed(line: str) -> None:
    assert _missed(line, _told(DIAGNOSIS))


@pytest.mark.parametrize("line", [line for line in HOLDS if "claim" not in line])
def test_without_a_diagnosis_no_line_about_it_is_met(line: str) -> None:
    assert _missed(line, _told({}))
    assert _missed(line, Told((), ()))


@pytest.mark.parametrize("line", ODD)
def test_a_line_with_an_odd_word_cannot_be_read(line: str) -> None:
    assert not is_known(line)


def test_below_the_floor_nothing_may_be_said_on_any_axis() -> None:
    told = _told(DIAGNOSIS | {"insufficient": True, "withheld": []})
    for axis in ("diagnosis", "mechanism", "locus", "agency"):
        assert not _missed(f"x {axis} insufficient", told)
    assert _missed("x diagnosis sufficient", told)
