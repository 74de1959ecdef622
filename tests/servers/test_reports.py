"""A report over a real socket: on disk before it is acknowledged, and without the person."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from servers.desk import CATALOG, REPORTS, desk
from uproar.errors import JournalFull
from uproar.inlets.reporter import FILE_NAME
from uproar.model.signal import Report, Signal
from uproar.model.tick import parse_iso
from uproar.ports import Receipt

FORM = "application/x-www-form-urlencoded"
AGENT = {"user-agent": "Mozilla/5.0 (nobody in particular)"}


def test_a_report_is_kept_without_the_person_and_then_acknowledged(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            body = {"service": "#TwitterDown", "symptom": "feed", "words": "mail me at a@b.example"}
            reply = await front.post(json.dumps(body).encode(), **AGENT)
            assert reply.status == 202
            told = json.loads(reply.body)
            (kept,) = front.reports()
            assert told == {"id": "1", "status": "accepted", "service": "x", "at": told["at"]}
            assert parse_iso(told["at"]) == kept.at
            assert (kept.service, kept.symptom, kept.place) == ("x", "feed", "ZZ")
            assert kept.words == "mail me at […]"
            assert kept.network.startswith("p:")
            assert len(kept.reporter) == 16
            assert front.intake.counts["reports_accepted_total"] == 1

    asyncio.run(story())
    for path in tmp_path.iterdir():
        if path.name != FILE_NAME:
            raw = path.read_bytes()
            assert b"127.0.0.1" not in raw
            assert b"nobody in particular" not in raw
            assert b"b.example" not in raw


def test_a_vote_that_it_works_is_kept_as_one(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            reply = await front.post(b'{"service":"x","works":true,"place":"gb"}')
            assert reply.status == 202
            (kept,) = front.reports()
            assert (kept.works, kept.place, kept.symptom) == (True, "GB", "other")

    asyncio.run(story())


@pytest.mark.parametrize("kind", [FORM, FORM + ";charset=UTF-8"])
def test_a_form_without_javascript_is_answered_with_the_way_back(tmp_path: Path, kind: str) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            fields = {"service": "x", "symptom": "login", "place": "", "words": "Größe 5\r\nja"}
            reply = await front.post(
                urlencode(fields).encode(), "/s/x/report", kind, sec_fetch_site="same-origin"
            )
            assert reply.status == 303
            assert reply.headers["location"] == "/s/x?reported=1#thanks"
            (kept,) = front.reports()
            assert (kept.words, kept.symptom, kept.channel) == ("Größe 5 ja", "login", "form")

    asyncio.run(story())


def test_a_mistake_in_a_form_is_answered_with_a_page(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            reply = await front.post(b"symptom=%3Cscript%3E", "/s/x/report", FORM)
            assert reply.status == 422
            assert reply.headers["content-type"].startswith("text/html")
            assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
            assert b'href="/s/x"' in reply.body
            assert b"The symptoms of X are connect" in reply.body
            assert b"<script>" not in reply.body
            reply = await front.post(b"symptom=login", "/s/%3Cb%3Enone/report", FORM)
            assert reply.status == 404
            assert b"<b>none" not in reply.body
            reply = await front.post(b"symptom=login", "/s/Twitter/report", FORM)
            assert reply.status == 404
            assert b"did you mean x?" in reply.body
            assert front.reports() == []

    asyncio.run(story())


def test_the_same_idempotency_key_gives_the_same_answer_and_one_report(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            first = await front.report(idempotency_key="abc")
            again = await front.report(idempotency_key='"abc"')
            field = await front.post(b'{"service":"x","id":"abc"}')
            assert [first.status, again.status, field.status] == [202, 202, 202]
            assert first.body == again.body == field.body
            assert "idempotency-replayed" not in first.headers
            assert again.headers["idempotency-replayed"] == "true"
            assert len(front.reports()) == 1

            other = await front.post(b'{"service":"github"}', idempotency_key="abc")
            assert (other.status, other.error["slug"]) == (422, "idempotency-conflict")
            someone = await front.report(idempotency_key="abc", **AGENT)
            assert someone.status == 202
            assert "idempotency-replayed" not in someone.headers
            assert len(front.reports()) == 2

            torn = await front.post(b'{"service":"x","id":"a"}', idempotency_key="b")
            assert (torn.status, torn.error["slug"]) == (422, "two-ids")
            long = await front.report(idempotency_key="k" * 65)
            assert (long.status, long.error["field"]) == (422, "id")

    asyncio.run(story())


@pytest.mark.parametrize(
    ("service", "hint"),
    [("githib", "did you mean github?"), ("<img src=x onerror=alert(1)>", "search for it")],
)
def test_an_unknown_service_is_answered_with_what_may_be_meant(
    tmp_path: Path, service: str, hint: str
) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            reply = await front.post(json.dumps({"service": service}).encode())
            assert (reply.status, reply.error["slug"]) == (404, "unknown-service")
            assert hint in reply.error["message"]
            assert service not in reply.error["message"]
            assert front.reports() == []

    asyncio.run(story())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "cross-site", "origin": "http://uproar.test"}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://uproar.test"}, 202),
        ({"sec_fetch_site": "same-origin", "origin": "https://behind.a.proxy"}, 202),
        ({"sec_fetch_site": "none"}, 202),
        ({}, 202),
    ],
)
def test_no_page_of_another_site_can_make_its_readers_report(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            reply = await front.report(**headers)
            assert reply.status == status
            assert len(front.reports()) == (status == 202)

    asyncio.run(story())


def test_nothing_is_acknowledged_once_the_journal_cannot_write(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            front.journal.close()
            reply = await front.report()
            assert (reply.status, reply.error["slug"]) == (503, "not-kept")
            assert reply.headers["retry-after"] == "5"
            assert str(tmp_path) not in reply.body.decode()
            page = await front.post(b"works=1", "/s/x/report", FORM)
            assert page.status == 503
            assert b"acknowledges nothing" in page.body

    asyncio.run(story())


class FullJournal:
    """A journal whose queue is full: the real one's bound is in its own tests."""

    async def append(self, signal: Signal, once: bytes | None = None) -> Receipt:
        assert isinstance(signal, Report)
        assert once is None
        raise JournalFull(7)


def test_a_full_journal_says_when_to_come_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            front.intake.journal = FullJournal()  # type: ignore[assignment]
            reply = await front.report()
            assert (reply.status, reply.error["slug"]) == (503, "busy")
            assert reply.headers["retry-after"] == "7"

    asyncio.run(story())


def test_many_at_once_are_all_kept_exactly_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            replies = await asyncio.gather(
                *(front.report(idempotency_key=f"k{n % 100}") for n in range(200))
            )
            assert {reply.status for reply in replies} == {202}
            ids = {json.loads(reply.body)["id"] for reply in replies}
            assert len(ids) == len(front.reports()) == 100

    asyncio.run(story())


def test_every_symptom_that_a_service_offers_is_taken(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            symptoms = CATALOG.services["x"].symptoms
            for symptom in symptoms:
                body = json.dumps({"service": "x", "symptom": symptom}).encode()
                assert (await front.post(body, REPORTS)).status == 202
            assert [report.symptom for report in front.reports()] == list(symptoms)

    asyncio.run(story())


def test_what_was_taken_and_what_was_refused_is_told_by_reason(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            assert front.intake.seeing().heard_at == 0
            for key in ("a", "a", "b"):
                assert (await front.report(idempotency_key=key)).status == 202
            await front.post(b"no json")
            await front.post(b'{"service":"nobody knows it"}')
            seen = front.intake.seeing()
            assert (seen.read, seen.signals) == (5, 2)
            assert seen.rejected == {"json-invalid": 1, "unknown-service": 1, "repeated": 1}
            assert seen.heard_at == front.reports()[-1].at
            assert front.intake.name == "reports"

    asyncio.run(story())
