"""The ledger in the fold: what is weighed when, what an incident carries, and what a checkpoint keeps."""

from __future__ import annotations

import threading

import msgspec
import pytest

from core.ledger_cases import WORLDWIDE, diagnosis
from uproar.app import checkpoint, fold, fold_claims, fold_ledger
from uproar.app.fold_traffic_state import Struck
from uproar.app.publish import Publisher
from uproar.ledger.entries import Ledger
from uproar.ledger.verdicts import Evidence
from uproar.model.catalog import Catalog
from uproar.model.incident import Decision, Incident
from uproar.model.service import Service
from uproar.model.signal import Claim, Report, Traffic
from uproar.model.tick import DAY_MS, MINUTE_MS, TICKS_PER_MINUTE, end_ms
from uproar.outlets.site import Site
from uproar.present.views import Site as Frame
from uproar.wire import decisions

CATALOG = Catalog([Service("alpha", "Alpha"), Service("beta", "Beta")])
DESIGN = fold.Design()
FIRST = 174_000_000
OPEN = FIRST + 90


@pytest.fixture
def state() -> fold.State:
    """Return a state with one open incident."""
    state = fold.start(CATALOG, DESIGN)
    for tick in range(FIRST, OPEN):
        people = 20 if tick > FIRST + 60 else 0
        arrived = [Report(at=0, service="alpha", reporter=f"{tick}-{n}") for n in range(people)]
        state, _ = fold.step(state, arrived, tick, DESIGN)
    assert len(state.incidents) == 1
    return state


def only(state: fold.State) -> Incident:
    (incident,) = state.incidents.values()
    return incident


def say(state: fold.State, said: str, at: int = end_ms(OPEN), native: str = "") -> None:
    fold_claims.take(state, Claim(at, "alpha", "The owner", said, native=native))


def run(
    state: fold.State, tick: int, attack: float = 0.4, *, decided: tuple[Decision, ...] = ()
) -> list[Decision]:
    """Weigh what is due at a tick, with a diagnosis of that probability of an attack."""
    return fold_ledger.follow(
        state, decided, tick, lambda _, __, at: Evidence(at, diagnosis(attack))
    )


def words(incident: Incident) -> list[str]:
    ledger = msgspec.convert(incident.ledger, Ledger)
    return [each.now.word for entry in ledger.entries for each in entry.verdicts]


def test_nothing_is_weighed_while_nothing_was_said(state: fold.State) -> None:
    run(state, OPEN)
    assert only(state).ledger == {}
    assert b'"ledger"' not in decisions.encode(only(state))


def test_a_statement_is_weighed_when_it_comes_and_then_once_a_minute(state: fold.State) -> None:
    tick = OPEN - OPEN % TICKS_PER_MINUTE
    say(state, "A massive cyberattack.")
    run(state, tick)
    assert words(only(state)) == ["unproven"]
    for later in range(tick + 1, tick + TICKS_PER_MINUTE - 1):
        run(state, later, attack=0.9)
        assert words(only(state)) == ["unproven"]
    run(state, tick + TICKS_PER_MINUTE - 1, attack=0.9)
    assert words(only(state)) == ["supported"]
    told = msgspec.convert(only(state).ledger, Ledger)
    assert [past.word for past in told.entries[0].verdicts[0].past] == ["unproven", "supported"]


def test_the_turns_of_an_incident_carry_its_ledger(state: fold.State) -> None:
    bare = only(state)
    say(state, "A massive cyberattack.")
    (turned,) = run(state, OPEN, decided=(bare,))
    assert isinstance(turned, Incident)
    assert words(turned) == ["unproven"]
    assert b'"ledger":{"at":' in decisions.encode(turned)
    # The next turn comes from the fold without one.
    state.incidents[bare.id] = bare
    run(state, OPEN + 1, decided=(bare,))
    assert words(only(state)) == ["unproven"]


def test_statements_of_other_services_and_before_the_onset_do_not_belong_to_it(
    state: fold.State,
) -> None:
    fold_claims.take(state, Claim(end_ms(OPEN), "beta", "The owner", "An attack."))
    say(state, "An attack.", at=only(state).onset[0] - MINUTE_MS)
    run(state, OPEN)
    assert only(state).ledger == {}
    assert state.ledgers.open == {}


def test_without_a_diagnosis_what_traffic_tells_is_weighed_all_the_same(state: fold.State) -> None:
    say(state, "IP addresses originating in the Ukraine area.")
    fold_ledger.reweigh(state, only(state).id, None, WORLDWIDE, {}, end_ms(OPEN))
    assert words(only(state)) == ["contradicted"]
    fold_ledger.reweigh(state, "no-such-incident", None, None, {}, end_ms(OPEN))


def test_what_was_said_of_a_closed_incident_goes_into_the_records(state: fold.State) -> None:
    say(state, "A massive cyberattack.")
    say(state, "It was a power outage.", native="gone")
    fold_claims.take(
        state, Claim(0, "alpha", "(withdrawn)", "(withdrawn)", native="gone", withdrawn=True)
    )
    run(state, OPEN, attack=0.02)
    incident = only(state)
    recovery = (end_ms(OPEN), end_ms(OPEN))
    over = msgspec.structs.replace(incident, recovery=recovery)
    state.incidents[incident.id] = over
    run(state, OPEN + DAY_MS // 10_000)
    assert incident.id in state.ledgers.open  # For a day more can be said of it.
    run(state, OPEN + DAY_MS // 10_000 + 1)
    assert state.ledgers.open == {}
    (record,) = state.ledgers.records.values()
    assert [(each.value, each.times) for each in record.tallies] == [("attack-unspecified", 1)]
    assert "contradicted" in words(only(state))  # The incident keeps it as it stood.
    # The next incident shows it beside what the same claimant says now.
    fold_claims.take(state, Claim(end_ms(OPEN), "beta", "the OWNER", "An attack."))
    other = msgspec.structs.replace(incident, id="other", service="beta", ledger={}, recovery=None)
    state.incidents["other"] = other
    run(state, OPEN + DAY_MS // 10_000 + 2)
    (shown,) = msgspec.convert(state.incidents["other"].ledger, Ledger).records
    assert shown == record


def test_a_ledger_whose_incident_is_forgotten_is_closed(state: fold.State) -> None:
    say(state, "A massive cyberattack.")
    run(state, OPEN)
    state.incidents.clear()
    run(state, OPEN + 1)
    assert (state.ledgers.open, list(state.ledgers.records)) == ({}, ["the owner"])


def test_a_checkpoint_keeps_ledgers_and_records(state: fold.State) -> None:
    say(state, "A massive cyberattack.")
    run(state, OPEN)
    run(state, OPEN + 5, attack=0.9)
    state.incidents["gone"] = msgspec.structs.replace(only(state), id="gone")
    state.ledgers.open["gone"] = next(iter(state.ledgers.open.values()))
    del state.incidents["gone"]
    run(state, OPEN + 6)
    back = checkpoint.decode(checkpoint.encode(state, CATALOG, DESIGN), CATALOG, DESIGN)
    assert back.ledgers == state.ledgers
    assert (len(back.ledgers.open), len(back.ledgers.records)) == (1, 1)
    assert only(back).ledger == only(state).ledger
    run(back, OPEN + 11, attack=0.01)
    run(state, OPEN + 11, attack=0.01)
    assert only(back).ledger == only(state).ledger


def test_sources_are_those_of_the_heaviest_attack_within_the_incident(state: fold.State) -> None:
    incident = only(state)
    onset = incident.onset[0]

    def struck(
        name: str, begin: int, rate: float, country: str, cleared: int | None = None
    ) -> Struck:
        worst = Traffic(
            begin,
            "198.51.100.7",
            "alpha",
            packets_s=rate,
            countries={country: 0.9},
            meaningful=True,
        )
        return Struck(name, (begin, begin), begin, worst, cleared_at=cleared)

    assert fold_ledger.sources_of(state, incident) is None
    state.traffic.attacks["alpha"] = [
        struck("long-ago", onset - DAY_MS, 1e9, "DE", onset - DAY_MS + MINUTE_MS),
        struck("small", onset, 10.0, "FR"),
        struck("large", onset + MINUTE_MS, 1000.0, "BR"),
    ]
    found = fold_ledger.sources_of(state, incident)
    assert found is not None
    assert (dict(found.countries), found.meaningful, found.witness) == (
        {"BR": 0.9},
        True,
        ("large",),
    )


def test_reviews_are_published_beside_the_page_and_go_with_it(state: fold.State) -> None:
    site = Site()
    publisher = Publisher(
        CATALOG, site, Frame(base_url="https://status.example"), threading.RLock()
    )
    publisher.publish(state, end_ms(OPEN))
    path = f"/i/{only(state).id}/claims.jsonld"
    assert path not in site.pages
    say(state, "A massive cyberattack.")
    run(state, OPEN)
    publisher.publish(state, end_ms(OPEN))
    assert path in site.pages
    state.incidents.clear()
    state.trackers.clear()
    publisher.publish(state, end_ms(OPEN))
    assert path not in site.pages
