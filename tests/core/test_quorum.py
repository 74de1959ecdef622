"""When what probes see is an alarm: domains are counted, walls are not down, one place is not the world."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.looks import PROBES, T0, seen
from uproar.detect import quorum
from uproar.detect.quorum import FALSE_FAILURE, Design, Facts, Latest, judge
from uproar.model.probe import Origin

DESIGN = Design()


@pytest.mark.parametrize(
    ("rows", "raises", "extent"),
    [
        ("lhr:G iad:G nrt:G", False, ""),
        ("lhr:BB iad:B nrt:G", True, "some"),
        ("lhr:BB iad:B nrt:B", True, "everywhere"),
        ("lhr:B iad:B nrt:B", False, "everywhere"),  # each only once: nobody has looked twice
        ("lhr:BBBBB iad:G nrt:G", False, "local"),  # one network alone
        ("lhr:BB lhr-2:BB dub:BB iad:G nrt:G", False, "local"),  # three probes of one network
        ("lhr:BB lhr-2:BB dub:BB iad:B nrt:G gru:G fra:G", False, "some"),  # 3 of 6 are not more than half
        ("lhr:BB iad:G nrt:G gru:B fra:B", True, "some"),
        ("lhr:BB iad:B", True, "everywhere"),
        ("lhr:BB iad:G", False, "local"),
        ("lhr:WW iad:WW nrt:WW", False, ""),
        ("lhr:MM iad:MM nrt:MM", False, ""),
        ("lhr:UU iad:UU nrt:UU", False, ""),
        ("lhr:BB iad:W nrt:W", False, "one place"),  # a wall does not confirm
        ("lhr:BB iad:B nrt:W gru:W", True, "everywhere"),  # and does not contradict
        ("lhr:BBB", True, "one place"),
        ("lhr:BB", False, "one place"),
        ("lhr:BBG iad:G", False, ""),
        ("lhr:BGB iad:BGB nrt:BGB", False, "everywhere"),  # flapping: never twice in a row
        ("lhr:BB lhr-2:GG", False, ""),  # two probes of one domain that differ
        ("lhr:BVB iad:B", True, "everywhere"),  # a void look neither counts nor ends a row
        ("lhr:BBV iad:BBV nrt:G", False, ""),  # and while it is the last, nothing is known
    ],
)  # fmt: skip
def test_what_is_an_alarm_and_how_far_it_goes(rows: str, raises: bool, extent: str) -> None:
    stands = judge(seen(rows), (), T0 + 1, DESIGN)
    assert (stands.raises, stands.extent) == (raises, extent)


@pytest.mark.parametrize(
    ("rows", "clears"),
    [
        ("lhr:BBGG iad:BGG nrt:B", True),
        ("lhr:BBG iad:BG nrt:BG", False),
        ("lhr:BBGG iad:B nrt:B", False),
        ("lhr:GGW iad:GGW nrt:GGW", False),  # a wall says nothing, and nothing clears nothing
        ("", False),
    ],
)
def test_an_alarm_is_cleared_by_two_good_looks_in_most_domains(rows: str, clears: bool) -> None:
    assert judge(seen(rows), (T0 - 7_200_000,), T0 + 1, DESIGN).clears == clears


def test_each_alarm_within_the_hour_asks_for_one_look_more() -> None:
    before = [T0 - 600_000, T0 - 1_200_000]
    assert not judge(seen("lhr:BBB iad:BBB nrt:BBB"), before, T0 + 1, DESIGN).raises
    assert judge(seen("lhr:BBBB iad:BBBB nrt:BBBB"), before, T0 + 1, DESIGN).raises
    assert judge(seen("lhr:BBB iad:BBB nrt:BBB"), [T0 - 4_000_000], T0 + 1, DESIGN).raises


def test_what_was_seen_too_long_ago_is_not_heard() -> None:
    stands = judge(seen("lhr:BB iad:B nrt:G"), (), T0 + DESIGN.window_ms + 1, DESIGN)
    assert (stands.heard, stands.raises, stands.clears) == (0, False, False)


def test_the_time_of_the_first_failure_is_kept() -> None:
    stands = judge(seen("lhr:GBBB iad:GGB"), (), T0 + 1, DESIGN)
    assert stands.onset == (T0 - 180_000, T0 - 120_000)


def test_what_all_that_fail_share_is_told_and_a_place_does_not_make_it_local() -> None:
    latest = seen("lhr:BB iad:B nrt:G")
    latest["iad"].origin = Origin("iad", "GB", "AS64502")
    stands = judge(latest, (), T0 + 1, DESIGN)
    assert stands.only == ("place", "GB")
    assert stands.raises


def test_two_networks_behind_one_resolver_cannot_raise_an_alarm_of_others() -> None:
    latest = seen("lhr:BB iad:BB nrt:G")
    for name in ("lhr", "iad"):
        old = PROBES[name]
        latest[name].origin = Origin(name, old.place, old.network, "resolver-a")
    stands = judge(latest, (), T0 + 1, DESIGN)
    assert (stands.only, stands.extent, stands.raises) == (
        ("resolver", "resolver-a"),
        "local",
        False,
    )


def test_one_family_that_fails_is_told_apart_and_is_no_failure() -> None:
    latest = {
        name: Latest(T0, PROBES[name], Facts(), good=1, half="ipv6")
        for name in ("lhr", "iad", "nrt")
    }
    latest["gru"] = Latest(T0, PROBES["gru"], Facts(), good=1)
    stands = judge(latest, (), T0 + 1, DESIGN)
    assert (stands.half, stands.raises, stands.failing) == ("ipv6", False, 0)


def test_the_surprise_is_the_tail_of_chance() -> None:
    p = FALSE_FAILURE
    assert quorum.surprise(0, 5) == 0.0
    assert quorum.surprise(5, 5) == pytest.approx(-5 * math.log(p), abs=1e-3)
    assert quorum.surprise(2, 2) == pytest.approx(-math.log(p * p), abs=1e-3)
    tail = sum(math.comb(5, k) * p**k * (1 - p) ** (5 - k) for k in (3, 4, 5))
    assert quorum.surprise(3, 5) == pytest.approx(-math.log(tail), abs=1e-3)


# ---------------------------------------------------------------- the arithmetic of false alarms


def alarms(bad: np.ndarray, networks: list[str]) -> float:
    """Return how often, by look and target, the rule raises over a table (looks, targets, probes) of errors.

    A target's rows begin anew after an alarm; what the module does with one target, this does with all.
    """
    rows = np.zeros(bad.shape[1:], np.int64)
    raised = 0
    domains = sorted(set(networks))
    member = np.array([[network == each for each in domains] for network in networks])
    sizes = member.sum(0)
    for look in bad:
        rows = np.where(look, rows + 1, 0)
        failing = 2 * (look @ member) > sizes
        enough = (failing.sum(1) >= DESIGN.domains) & (2 * failing.sum(1) > len(domains))
        counted = look & (failing @ member.T)
        turned = enough & (np.where(counted, rows, 0).max(1) >= DESIGN.looks)
        raised += int(turned.sum())
        rows[turned] = 0
    return raised / (bad.shape[0] * bad.shape[1])


def by_the_module(bad: np.ndarray, networks: list[str]) -> float:
    """Return the same by the module itself, one target after the other."""
    raised = 0
    origins = [Origin(f"p{n}", "ZZ", network) for n, network in enumerate(networks)]
    for target in range(bad.shape[1]):
        latest: dict[str, Latest] = {}
        for number in range(bad.shape[0]):
            for origin, fails in zip(origins, bad[number, target], strict=True):
                facts = Facts("fails" if fails else "works")
                at = T0 + number * 60_000
                latest[origin.name] = quorum.note(
                    latest.get(origin.name), at, origin, facts, void=False
                )
            if judge(latest, (), T0 + number * 60_000 + 1, DESIGN).raises:
                raised += 1
                for one in latest.values():
                    one.bad = 0
    return raised / (bad.shape[0] * bad.shape[1])


FIVE = ["AS1", "AS2", "AS3", "AS4", "AS5"]


def expected(p: float, n: int) -> float:
    """Return the rate that docs/explain/probes.md derives: k of n err, one of them the look before as well."""
    least = n // 2 + 1
    return sum(
        math.comb(n, k) * p**k * (1 - p) ** (n - k) * (1 - (1 - p) ** k)
        for k in range(least, n + 1)
    )


def test_the_simulation_is_the_rule() -> None:
    rng = np.random.default_rng(7)
    bad = rng.random((60, 40, 5)) < 0.35
    assert by_the_module(bad, FIVE) == pytest.approx(alarms(bad, FIVE), abs=1e-12)


def test_independent_errors_raise_as_rarely_as_the_arithmetic_says() -> None:
    rng = np.random.default_rng(11)
    p = 0.05  # ten times the assumed rate, so that there is something to count
    bad = rng.random((400, 10_000, 5)) < p
    measured = alarms(bad, FIVE)
    assert measured == pytest.approx(expected(p, 5), rel=0.12)
    # At the assumed rate: some ten a year for a thousand targets that are looked at each minute.
    year = 365 * 24 * 60 * 1_000
    assert expected(FALSE_FAILURE, 5) * year < 11
    assert expected(FALSE_FAILURE, 5) == pytest.approx(1.9e-8, rel=0.1)


def test_probes_that_err_together_are_one_domain_and_raise_nothing_alone() -> None:
    rng = np.random.default_rng(13)
    networks = ["AS1", "AS1", "AS1", "AS2", "AS3"]  # three of five agents share a network
    shared = rng.random((400, 5_000, 1)) < 0.05  # which fails as a whole
    own = rng.random((400, 5_000, 5)) < 0.005
    bad = own.copy()
    bad[:, :, :3] |= shared
    as_agents = alarms(bad, FIVE)
    as_domains = alarms(bad, networks)
    assert as_agents > 1e-3  # three of five: agents that are counted cry wolf
    assert as_domains < as_agents / 20
