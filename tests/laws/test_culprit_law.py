"""Laws of blame: probabilities sum to one, names do not matter, more of the same makes surer."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.detect import culprit, mix
from uproar.detect.culprit import Explained
from uproar.detect.culprit_scene import Sighting, scene
from uproar.detect.mix import Mix
from uproar.stats import mixes as arithmetic

SERVICES = ("a", "b", "c", "d")
NETWORKS = ("AS1", "AS2", "AS3", "p:77")
PLACES = ("US", "GB")
CELLS = st.dictionaries(
    st.tuples(st.sampled_from(NETWORKS), st.sampled_from(PLACES)),
    st.integers(1, 40),
    max_size=6,
)
WORLDS = st.lists(
    st.tuples(CELLS, st.floats(0.01, 50.0), st.sampled_from([(), ("cdn",), ("cdn", "cloud")])),
    min_size=4,
    max_size=4,
)


def build(world: list[tuple[dict[tuple[str, str], int], float, tuple[str, ...]]]) -> list[Sighting]:
    return [
        Sighting(
            service,
            expected,
            20.0,
            cells,
            {(network, ""): n for (network, _), n in cells.items() if network.startswith("p:")},
            providers,
            frozenset(SERVICES) - {service},
            None,
            sum(cells.values()) > expected,
        )
        for service, (cells, expected, providers) in zip(SERVICES, world, strict=True)
    ]


def history() -> dict[str, Mix]:
    mixes: dict[str, Mix] = {}
    for number, service in enumerate(SERVICES):
        cells = {(n, p): 5 + number for n in ("AS1", "AS2", "p:1") for p in PLACES}
        mix.learn(mixes, service, cells, 0, room=100)
    return mixes


def told(found: tuple[Explained, ...]) -> dict[str, dict[tuple[str, str], float]]:
    return {each.service: {(a.kind, a.name): a.probability for a in each.answers} for each in found}


@given(WORLDS)
@settings(max_examples=40, deadline=None)
def test_the_answers_of_every_failing_service_sum_to_one(world: list) -> None:  # type: ignore[type-arg]
    seen = build(world)
    found = culprit.explain(scene(seen), history())
    assert {each.service for each in found} == {s.service for s in seen if s.is_failing}
    for each in found:
        assert all(0.0 <= answer.probability <= 1.0 for answer in each.answers)
        assert math.isclose(sum(a.probability for a in each.answers) + each.rest, 1.0, abs_tol=1e-9)


@given(WORLDS, st.permutations(range(4)))
@settings(max_examples=25, deadline=None)
def test_the_order_of_services_and_cells_changes_nothing(world: list, order: list[int]) -> None:  # type: ignore[type-arg]
    seen = build(world)
    mixed = [seen[i] for i in order]
    assert told(culprit.explain(scene(seen), history())) == told(
        culprit.explain(scene(mixed), history())
    )


@given(WORLDS)
@settings(max_examples=25, deadline=None)
def test_networks_under_other_names_are_blamed_as_much(world: list) -> None:  # type: ignore[type-arg]
    names = {"AS1": "AS901", "AS2": "AS902", "AS3": "AS903"}
    seen = build(world)
    renamed = [
        Sighting(
            each.service,
            each.expected,
            each.size,
            {(names.get(n, n), p): count for (n, p), count in each.cells.items()},
            each.sites,
            each.providers,
            each.rivals,
            each.onset,
            each.is_failing,
        )
        for each in seen
    ]
    mixes = history()
    others = {
        service: Mix(
            {
                f"{names.get(key.rpartition('|')[0], key.rpartition('|')[0])}|{key.rpartition('|')[2]}": n
                for key, n in known.cells.items()
            },
            known.total,
            known.day,
        )
        for service, known in mixes.items()
    }
    before = told(culprit.explain(scene(seen), mixes))
    after = told(culprit.explain(scene(renamed), others))
    for service, answers in before.items():
        for (kind, name), p in answers.items():
            other = names.get(name, name) if kind in {"access", "home"} else name
            assert math.isclose(after[service].get((kind, other), 0.0), p, abs_tol=1e-6)


@given(st.integers(5, 30), st.integers(2, 4), st.sampled_from(["service", "access"]))
@settings(max_examples=20, deadline=None)
def test_more_of_the_same_evidence_makes_the_answer_surer(
    count: int, times: int, kind: str
) -> None:
    def right(n: int) -> float:
        shares = {"AS1": 1.0} if kind == "access" else {"AS1": 0.35, "AS2": 0.35, "p:": 0.3}
        seen = []
        for service in SERVICES:
            hit = kind == "access" or service == "a"
            cells = {
                (f"p:{p}{i}" if name == "p:" else name, p): (
                    1 if name == "p:" else round(n * share / 2)
                )
                for p in PLACES
                for name, share in shares.items()
                for i in range(round(n * share / 2) if name == "p:" else 1)
            }
            cells = {cell: number for cell, number in cells.items() if number and hit}
            seen.append(Sighting(service, 0.5, 20.0, cells, is_failing=hit))
        name = "a" if kind == "service" else "AS1"
        return told(culprit.explain(scene(seen), history()))["a"].get((kind, name), 0.0)

    assert right(count * times) >= min(right(count), 0.999) - 1e-3


@given(st.floats(1e-6, 1e5))
def test_log_gamma_is_that_of_the_library(x: float) -> None:
    assert math.isclose(float(arithmetic.log_gamma(x)), math.lgamma(x), rel_tol=1e-9, abs_tol=1e-8)


@given(st.floats(0.01, 30.0), st.floats(0.5, 50.0))
def test_counts_have_a_probability_of_one_in_all(mean: float, size: float) -> None:
    counts = np.arange(4_000)
    assert math.isclose(
        float(np.exp(arithmetic.log_count(counts, mean, size)).sum()), 1.0, rel_tol=1e-6
    )


@given(st.integers(1, 12), st.floats(0.01, 0.99), st.floats(0.5, 300.0))
def test_a_group_and_its_complement_share_all_probability(
    n: int, share: float, worth: float
) -> None:
    total = sum(
        math.comb(n, k) * math.exp(float(arithmetic.in_group(k, n, share, worth)))
        for k in range(n + 1)
    )
    assert math.isclose(total, 1.0, rel_tol=1e-6)
