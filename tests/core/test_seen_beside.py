"""What fails beside it, and when that nothing does may be said."""

from __future__ import annotations

from uproar.diagnose.seen_beside import OTHERS_MAX, Beside, Other, beside


def test_nothing_else_fails_only_where_others_are_watched() -> None:
    assert beside([], 0) is None
    assert beside([], 4) is None
    assert beside([], 5) == Beside(0, frozenset())


def test_kinds_are_told_by_how_others_are_related() -> None:
    others = [
        Other("aws", "cloud"),
        Other("fastly", "cdn"),
        Other("ns1", "dns"),
        Other("okta", "identity"),
        Other("shop", depends=True),
        Other("mail"),
    ]
    found = beside(others, 0)
    assert found is not None
    assert found.count == 6
    assert found.kinds == {
        "cloud-region", "cdn", "dns-provider", "third-party", "own-dependents", "peer-services"
    }  # fmt: skip


def test_whose_fault_counts_from_evens_on() -> None:
    told = [("provider", "cdn", 0.6), ("access", "", 0.4), ("provider", "dns", 0.1)]
    assert beside([], 0, answers=told) == Beside(0, frozenset({"cdn"}))
    assert beside([], 0, answers=[("access", "", 0.9)]) == Beside(0, frozenset({"isp"}))
    assert beside([], 0, answers=[("service", "", 0.9), ("echo", "x", 0.9)]) is None


def test_the_own_page_is_one_of_them_and_not_a_service() -> None:
    assert beside([], 0, own_page_unread=True) == Beside(0, frozenset({"own-status-page"}))


def test_many_others_are_bounded_and_in_order() -> None:
    found = beside([Other(f"s{n:04}") for n in reversed(range(OTHERS_MAX + 50))], 9)
    assert found is not None
    assert found.count == OTHERS_MAX
    assert found.names == tuple(sorted(found.names))
