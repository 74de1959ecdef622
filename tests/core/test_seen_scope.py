"""How far it reaches, by places, networks and symptoms: one word, and none where nothing is known."""

from __future__ import annotations

import pytest

from uproar.diagnose.seen_scope import Extent, scope

ALL = Extent("everywhere", (), 1.0)
GERMANY = Extent("only", ("DE",), 0.1)
ONE_NETWORK = Extent("mostly", ("AS3320",), 0.05)
TWO_NETWORKS = Extent("mostly", ("AS3320", "AS3209"), 0.1)
POSTING = Extent("only", ("post", "media"), 0.2)
ERRORS = Extent("only", ("http-5xx",), 0.1)


@pytest.mark.parametrize(
    ("axes", "word"),
    [
        ({}, None),
        ({"place": ALL}, "global"),
        ({"place": GERMANY}, "regional"),
        ({"place": ALL, "network": ONE_NETWORK}, "single-isp"),
        ({"network": TWO_NETWORKS}, None),
        ({"place": ALL, "symptom": POSTING}, "partial-function"),
        ({"place": ALL, "symptom": ERRORS}, "global"),
        ({"symptom": Extent("everywhere")}, None),
        ({"place": Extent("several", ("US", "GB"), 0.8)}, "global"),
        ({"place": Extent("several", ("US", "GB"), 0.6)}, None),
        ({"place": Extent("several", ("IT", "FR"), 0.2)}, "regional"),
        ({"place": Extent("unknown")}, None),
    ],
)
def test_axes_have_one_word_or_none(axes: dict[str, Extent], word: str | None) -> None:
    assert scope(axes) == word


def test_an_access_network_fails_for_its_own_customers() -> None:
    assert scope({"place": ALL}, is_access=True) == "single-isp"
    assert scope({}, is_access=True) is None


def test_probes_tell_where_reports_do_not() -> None:
    assert scope({}, probes_everywhere=True) == "global"
    assert scope({}, probes_everywhere=False) is None
    assert scope({"place": GERMANY}, probes_everywhere=True) == "regional"
