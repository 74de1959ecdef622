"""From what an incident carries to the parts of its page that say why and who said what."""

from __future__ import annotations

import json

import msgspec
import pytest

from core.markup_reader import read
from golden import views
from golden.views import at
from uproar.app import diagnosis_view
from uproar.diagnose.diagnosis import Reason
from uproar.ledger import entries
from uproar.ledger.verdicts import Evidence
from uproar.model.incident import Incident
from uproar.model.signal import Claim
from uproar.present import pages, spoken, twins, why


def incident(**more: object) -> Incident:
    """Return an incident that carries these values."""
    made = Incident(
        id="x-1",
        service="x",
        at=at("12:00"),
        turn="opened",
        phase="growth",
        onset=(at("09:41"), at("09:44")),
        recovery=None,
        waves=(),
        reports=5,
        works=0,
        places={},
        symptoms={},
        networks={},
        set_aside={},
    )
    return msgspec.structs.replace(made, **more)


class _State:
    """As much of the fold's state as is looked at."""

    def __init__(self, told: dict[str, dict[str, object]]) -> None:
        self.diagnoses = told


def view_of(told: dict[str, object], carried: dict[str, object]) -> diagnosis_view.Why | None:
    state = _State({"x-1": told} if told else {})
    return diagnosis_view.why_view(state, incident(diagnosis=carried))  # type: ignore[arg-type]


LOW = msgspec.to_builtins(views.judged("low"))
SEEN = msgspec.to_builtins(views.judged("seen"))


def test_the_state_is_fresher_than_what_the_incident_carries() -> None:
    assert view_of({}, {}) is None
    carried, fresh = view_of({}, LOW), view_of(SEEN, LOW)
    assert carried is not None
    assert carried.diagnosis == views.judged("low")
    assert fresh is not None
    assert fresh.diagnosis == views.judged("seen")
    assert fresh.similar
    assert all(each.date < "2025-03-10" for each in fresh.similar)


def test_a_statement_that_is_not_weighed_yet_stands_without_a_verdict() -> None:
    first = Claim(at("10:00"), "x", "The owner", "It was an attack.", native="a")
    later = Claim(at("11:00"), "x", "A paper", "Who knows.", native="b")
    ledger = entries.weighed(None, [first], Evidence(at("10:01"), views.judged("low")))
    made = diagnosis_view.spoken_view(incident(ledger=msgspec.to_builtins(ledger)), [first, later])
    assert [(each.key, len(each.verdicts)) for each in made.statements] == [("a", 1), ("b", 0)]
    assert made.at == at("10:01")
    alone = diagnosis_view.spoken_view(incident(), [first])
    assert alone.at is None
    assert alone.statements[0].role == "operator"


def test_below_the_floor_no_mechanism_stands_in_the_open() -> None:
    html = pages.incident(views.diagnosed(enough=False), views.SITE)
    opened = html[html.index('id="why"') : html.index('id="why-all"')]
    assert "insufficient" in opened
    assert "<table" not in opened
    assert "%" not in opened
    assert "An attack of any kind" not in html
    assert "near what is usual before any evidence" in html


def test_each_told_mechanism_has_its_reasons_both_ways_and_its_base_rate() -> None:
    found = views.judged("seen")
    now = views.diagnosed()
    told = why.told(why.Why(found), now)
    assert [each.cause.id for each in told] == list(
        dict.fromkeys(each.hypothesis for each in found.because)
    )
    for each in told:
        own = [one for one in found.because if one.hypothesis == each.cause.id]
        assert len(each.speak_for) + len(each.against) + each.more + 1 == len(own)
        assert each.before is not None
        assert "of 100 outages" in each.before.sentence
    page = read(pages.incident(now, views.SITE))
    assert page.by_id(f"why-{told[0].cause.id}").tag == "details"
    assert sum(row.p for row in why.rows(why.Why(found))) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("ref", "witness"),
    [
        ("reports:x-1", why.Witness("reports", "figures")),
        ("probe:web", why.Witness("a check by probes", "seen")),
        ("notice:x#1", why.Witness("a vendor's notice")),
        ("change:ci#1", why.Witness("a change", "timeline")),
        ("traffic:a1", why.Witness("traffic", "traffic")),
        ("claim:c1", why.Witness("a public statement", "claims")),
        ("incident:y-1", why.Witness("incident y-1", incident="y-1")),
    ],
)
def test_a_witness_is_a_link_where_the_page_shows_it(ref: str, witness: why.Witness) -> None:
    now = views.diagnosed()
    reason = Reason("hardware", "i", 7.0, "Seen.", (ref,))
    assert why.ground(reason, now) == why.Ground(
        "Seen.", "makes it about 5 times as likely", (witness,)
    )
    if witness.anchor:
        read(pages.incident(now, views.SITE)).by_id(witness.anchor)


def test_a_page_shows_the_weightiest_statements_and_a_record_once() -> None:
    many = tuple(
        Claim(at("12:00") + number, "x", f"user {number}", "attack", role="public")
        for number in range(20)
    )
    owner = Claim(at("13:00"), "x", "The owner", "attack", role="operator")
    again = Claim(at("14:00"), "x", "the  OWNER", "attack!", role="operator")
    told, more = spoken.told(views.weighed((*many, owner, again), name="The owner"), ())
    assert len(told) == spoken.STATEMENTS
    assert more == 22 - spoken.STATEMENTS
    assert [each.statement.claim.by for each in told[-2:]] == ["The owner", "the  OWNER"]
    assert [bool(each.record) for each in told[-2:]] == [True, False]
    assert "3 times: 0 supported, 1 contradicted, 2 unproven" in told[-2].record[0]


def test_every_word_that_can_be_asserted_is_told_in_plain_words() -> None:
    for axis, value, phrase in (
        ("mechanism", "attack-unspecified", "an attack of some kind"),
        ("mechanism", "tls-cert", why.CAUSES["tls-cert"].phrase),
        ("locus", "cdn", "the side of the content network before it"),
        ("agency", "human-error", "a human error"),
        ("agency", "malicious-action:state", "a state"),
        ("source", "UA", "Ukraine"),
        ("mechanism", "not a word", "not a word"),
    ):
        assert spoken.asserted(axis, value) == phrase


def test_the_twin_has_what_uproar_diagnose_prints_and_the_whole_ledger() -> None:
    now = views.diagnosed()
    made = json.loads(twins.incident(now, views.SITE)[".json"])
    assert views.judged("seen") == msgspec.convert(made["diagnosis"], type(views.judged("seen")))
    assert [each["by"] for each in made["ledger"]["entries"]] == [
        each.claim.by for each in now.spoken.statements
    ]
    source = made["ledger"]["entries"][2]["verdicts"][-1]
    assert (source["word"], source["value"]) == ("contradicted", "UA")
    assert [each["word"] for each in source["past"]] == ["insufficient", "contradicted"]
    assert source["at"] == "2025-03-10T21:00:00Z"
    bare = json.loads(twins.incident(views.watched(), views.SITE)[".json"])
    assert bare["diagnosis"] is None
