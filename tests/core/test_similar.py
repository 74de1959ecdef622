"""Which past incidents looked alike: by rare things seen in both, earlier ones only."""

from __future__ import annotations

import msgspec

from uproar.app import judging
from uproar.diagnose import similar
from uproar.diagnose.facts import Facts
from uproar.diagnose.past import Past


def past(
    name: str, date: str | None = "2020-01-01", *, verified: str = "read-digest", **seen: object
) -> Past:
    """Return a past incident of which these facts are known."""
    facts = msgspec.convert(seen, Facts)
    return Past(name, name, date, name, "bad-deploy", (), "a source", verified, facts)


COMMON = [past(f"c{number}", scope="global", onset="sudden") for number in range(8)]
RARE = past("rare", scope="global", onset="waves", symptoms=["packet-loss"])
INDEX = similar.index([*COMMON, RARE, past("undated", None, onset="waves", scope="global")])
SEEN = {"scope.global", "onset.waves", "symptom.packet-loss"}


def test_what_is_rare_brings_together_and_what_everybody_shows_does_not() -> None:
    assert INDEX.weights["scope.global"] == 0.0
    found = similar.nearest(SEEN, "2025-03-10", INDEX)
    assert [each.id for each in found] == ["rare"]
    assert found[0].likeness == 1.0
    assert found[0].shared[-1] == "scope.global"
    assert not similar.nearest({"scope.global", "onset.gradual"}, "2025-03-10", INDEX)


def test_only_what_came_before_is_past() -> None:
    assert not similar.nearest(SEEN, "2020-01-01", INDEX)
    assert similar.nearest(SEEN, "2020-01-02", INDEX)


def test_a_source_that_was_not_opened_is_told_as_such() -> None:
    index = similar.index(
        [*COMMON, past("a", verified="not-checked", onset="waves", scope="global")]
    )
    assert [
        each.opened for each in similar.nearest({"onset.waves", "scope.global"}, "2025", index)
    ] == [False]


def test_of_the_packaged_ones_at_most_five_are_told_the_most_alike_first() -> None:
    index = similar.index(judging.past_incidents())
    for each, seen in index.entries[:40]:
        found = similar.nearest(seen, "9999", index)
        assert len(found) <= similar.SHOWN_MAX
        assert [one.likeness for one in found] == sorted(
            (one.likeness for one in found), reverse=True
        )
        if len(seen) >= similar.SHARED_LEAST and any(index.weights[item] > 0 for item in seen):
            assert found, each.id
            assert found[0].likeness == 1.0 or abs(found[0].likeness - 1.0) < 1e-9
        assert all(similar.LIKENESS_LEAST <= one.likeness <= 1.0 + 1e-9 for one in found)
