"""What is expected before anybody has reported: by size and kind, and only beside the others."""

from __future__ import annotations

import numpy as np
import pytest

from uproar.detect import coldstart
from uproar.model.service import People, Service


def service(slug, category="other", people=None, countries=()):
    figure = People(people, "daily users", "2025-01", "a report") if people else None
    return Service(slug=slug, name=slug, category=category, people=figure, countries=countries)


def test_weights_are_relative_and_their_mean_is_one():
    some = [service("a", people=10**9), service("b", countries=("FR",)), service("c")]
    weights = coldstart.weights(some)
    assert weights.mean() == pytest.approx(1.0)
    assert coldstart.weights([]).shape == (0,)
    assert coldstart.weights(some[:1]) == pytest.approx([1.0])


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (service("a", people=10**9), service("b", people=10**7)),
        (service("a", countries=("US",)), service("b", countries=("IS",))),
        (service("a", countries=("US", "GB")), service("b", countries=("US",))),
        (service("a", "social", 10**8), service("b", "cloud", 10**8)),
    ],
    ids=["people", "a larger country", "another country", "kind"],
)
def test_the_larger_and_the_readier_are_expected_more_often(more, less):
    first, second = coldstart.weights([more, less])
    assert first > second


def test_neither_giants_nor_dwarfs_are_out_of_bounds():
    weights = coldstart.weights([service("a", "social", 10**12), service("b", "cloud", 1)])
    assert weights.max() / weights.min() == pytest.approx(
        coldstart.WEIGHT_MAX / coldstart.WEIGHT_MIN
    )
    assert np.isfinite(weights).all()
