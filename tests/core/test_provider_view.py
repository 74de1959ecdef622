"""Providers' own pages: which are asked, whose they are, and what a service's incident shows of them."""

from __future__ import annotations

import msgspec

from uproar import catalog as packaged
from uproar.app import fold, fold_notices, noticing, provider_view
from uproar.inlets.feeds import Feed, Subject, about
from uproar.model.catalog import Catalog
from uproar.model.service import Provider, Service, StatusFeed
from uproar.model.signal import Notice
from uproar.model.tick import HOUR_MS, MINUTE_MS
from uproar.wire.notices import normal

EDGE = StatusFeed("statuspage", "https://status.edge.example")
HTML = StatusFeed("html", "https://status.html.example")
CATALOG = Catalog(
    [
        Service("x", "X", providers=("edge", "both")),
        Service("both", "Both", status=EDGE, providers=("both",)),
        Service("mute", "Mute", status=HTML, providers=("mute",)),
    ],
    [
        Provider("edge", "Edge", ("Edge Network",), kind="cdn", status=EDGE),
        Provider("both", "Both", kind="cloud", status=StatusFeed("rss", "https://other.example")),
        Provider("idle", "Idle", kind="cdn", status=EDGE),
        Provider("mute", "Mute", kind="cloud", status=StatusFeed("rss", "https://mute.example")),
    ],
)
ONSET = (1_741_600_000_000, 1_741_600_120_000)


def test_what_somebody_depends_on_is_asked_and_a_service_speaks_for_its_own_slug() -> None:
    read = {feed.status.url: [s.slug for s in feed.subjects] for feed in noticing.feeds(CATALOG)}
    assert read == {
        "https://status.edge.example": ["both", "edge"],
        # The service's own page is for people; the provider's of the same company can be read.
        "https://mute.example": ["mute"],
    }


def test_the_packaged_catalog_asks_the_large_providers() -> None:
    read = {s.slug for feed in noticing.feeds(packaged.load()) for s in feed.subjects}
    assert {"cloudflare", "fastly", "akamai", "aws", "google-cloud", "azure"} <= read
    assert {"cloudfront", "route53", "azure-front-door", "google-cdn"} <= read


def test_a_slug_that_is_service_and_provider_is_one_company_in_the_packaged_catalog() -> None:
    known = packaged.load()
    both = known.services.keys() & known.providers.keys()
    assert len(both) > 20
    for slug in both:
        service, provider = known.services[slug], known.providers[slug]
        named = {service.name, *service.names}
        assert named & {provider.name, *provider.names}, slug


def item(title: str, *components: str) -> normal.Item:
    return normal.Item("n", "partial", "investigating", title, components=components)


def test_a_provider_takes_nothing_from_the_service_whose_page_it_shares() -> None:
    service, provider = Subject("both", ("Both",)), Subject("edge", ("Edge",), is_provider=True)
    feed = Feed(EDGE, (service, provider))
    reading = normal.Reading("partial", (item("Edge is slow"), item("Login", "Accounts")))
    assert about(feed, service, reading) == reading
    heard = about(feed, provider, reading)
    assert [each.title for each in heard.items] == ["Edge is slow"]
    alone = Feed(EDGE, (provider,))
    assert about(alone, provider, reading) == reading


def board(*notices: Notice) -> fold.State:
    state = fold.start(CATALOG, fold.Design())
    for notice in notices:
        fold_notices.take(state, notice)
    return state


def told(at: int, native: str = "e1", **fields: object) -> Notice:
    notice = Notice(at, "edge", EDGE.url, native, "partial", "investigating", "Errors")
    return msgspec.structs.replace(notice, **fields)


def fine(at: int) -> Notice:
    return Notice(at, "edge", EDGE.url, "", "operational")


def said(state: fold.State, until: int | None = None) -> list[str]:
    lines = provider_view.lines(state, CATALOG, "x", ONSET, until, ONSET[0] + 9 * HOUR_MS)
    return [line.text for line in lines]


def test_a_provider_that_nobody_depends_on_has_no_board() -> None:
    stray = msgspec.structs.replace(told(ONSET[0]), service="idle")
    assert board(stray, told(ONSET[0])).boards.keys() == {"edge"}


def test_what_a_provider_said_about_then_is_told_with_its_turns() -> None:
    state = board(
        fine(ONSET[0] - HOUR_MS),
        told(ONSET[0] + 5 * MINUTE_MS),
        told(ONSET[0] + 50 * MINUTE_MS, phase="resolved", state="operational"),
    )
    assert said(state) == [
        "Its provider Edge says: investigating. “Errors”",
        "Its provider Edge says: resolved.",
    ]
    shown = provider_view.strip(state, CATALOG, "x", ONSET, None, ONSET[0] + HOUR_MS)
    assert shown is not None
    assert shown.first_at == ONSET[0] + 5 * MINUTE_MS
    assert [spot.state for spot in shown.spots] == ["bad", "neutral"]
    assert "That it is the same is not known" in shown.said


def test_what_stood_there_when_we_first_looked_is_told_as_such() -> None:
    assert said(board(told(ONSET[0] + MINUTE_MS))) == [
        "Its provider Edge says: investigating. “Errors” It stood there when we first looked."
    ]


def test_what_it_said_at_another_time_is_not_told() -> None:
    early = ONSET[0] - fold_notices.EARLY_MS - 1
    late = ONSET[1] + 4 * HOUR_MS
    for at in (early, late):
        state = board(fine(early - HOUR_MS), told(at))
        assert said(state, until=ONSET[1]) == []
        shown = provider_view.strip(state, CATALOG, "x", ONSET, ONSET[1], late + HOUR_MS)
        assert shown is not None
        assert shown.spots == ()
        assert shown.said == "Of Edge, whose pages are read, none told of a failure about then."


def test_of_a_provider_that_fails_all_over_only_the_nearest_are_told() -> None:
    state = board(
        fine(ONSET[0] - 2 * HOUR_MS),
        *(told(ONSET[0] + n * MINUTE_MS, f"e{n}", title=f"Fault {n}") for n in range(9)),
    )
    assert [text[-9:] for text in said(state)] == ["“Fault 0”", "“Fault 1”", "“Fault 2”"]


def test_a_service_that_is_its_own_provider_hears_itself_once() -> None:
    state = board(msgspec.structs.replace(told(ONSET[0]), service="both"))
    assert provider_view.lines(state, CATALOG, "both", ONSET, None, ONSET[1]) == []
    assert len(provider_view.lines(state, CATALOG, "x", ONSET, None, ONSET[1])) == 1


def test_without_any_page_that_is_read_there_is_no_strip() -> None:
    assert provider_view.strip(board(), CATALOG, "x", ONSET, None, ONSET[1]) is None
