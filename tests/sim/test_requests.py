"""Simulated access logs: the same for the same seed, as servers write them, and with nothing that gives their truth away."""

from __future__ import annotations

import numpy as np
import pytest

from uproar.sim import requests
from uproar.sim.loglines import FORMS, lines
from uproar.sim.requestfloods import ASSAULTS
from uproar.wire.accesslog import reading

CASES = [make(2, number) for number in range(6) for make in (requests.attack, requests.silent)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.truth.kind)
def test_every_line_is_read_by_the_format_that_it_was_written_in(case: requests.Case) -> None:
    log = case.log()
    form = reading.sniff(log[:64])
    assert form.slug == case.truth.format
    read = reading.read(log, form)
    assert len(read) == len(log) == len(case.asked)
    assert not read.rejects


@pytest.mark.parametrize("form", FORMS)
def test_all_formats_tell_of_the_same_requests(form: str) -> None:
    case = CASES[0]
    some = case.asked[:2_000]
    read = reading.read(lines(some, case.words, form), reading.FORMATS[form])
    assert len(read) == len(some)
    assert sorted(read.status.tolist()) == sorted(some["status"].tolist())
    assert len(np.unique(read.path_hash)) == len(np.unique(some["path"]))
    both = np.stack([read.client_hi, read.client_lo], axis=1)
    assert len(np.unique(both, axis=0)) == len(np.unique(some["who"]))


def test_the_same_seed_makes_the_same_log() -> None:
    assert requests.attack(5, 1).log() == requests.attack(5, 1).log()
    assert requests.attack(5, 1).log() != requests.attack(6, 1).log()


def test_only_attacks_have_requests_that_are_marked() -> None:
    for case in CASES:
        assert bool(case.asked["evil"].any()) == bool(case.truth.vector)
        if case.truth.vector:
            assert ASSAULTS[case.truth.kind][0] == case.truth.vector


def test_addresses_do_not_tell_who_attacks() -> None:
    """Sources of attacks lie among those of people: by their first octet nobody can tell them apart."""
    evil = np.concatenate([np.unique(c.asked["who"][c.asked["evil"]]) for c in CASES])
    kind = np.concatenate([np.unique(c.asked["who"][~c.asked["evil"]]) for c in CASES])
    shares = [np.bincount(each >> 24, minlength=256) / len(each) for each in (evil, kind)]
    assert float(np.minimum(*shares).sum()) > 0.4
