"""Vendors' feeds: each form is read as what it says, and a broken one as unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from uproar import catalog
from uproar.errors import FeedUnreadable
from uproar.model.service import FEED_KINDS, StatusFeed
from uproar.model.tick import DAY_MS, parse_iso
from uproar.wire import notices, signalbounds
from uproar.wire.notices import dates, normal, xmlbody
from uproar.wire.notices.normal import Item, Reading

SAMPLES = Path(__file__).parent.parent / "recordings" / "notices"
BASE = "https://status.example.com/incidents.json"

# Sample, the page's state, and of each item: id, state, phase.
READ = [
    ("statuspage-fine.json", "operational", []),
    (
        "statuspage-failing.json",
        "partial",
        ["p31 partial investigating", "m7 maintenance scheduled"],
    ),
    ("statuspage-history.json", "operational", ["p31 operational resolved"]),
    ("statuspage-no-parts.json", "unknown", []),
    ("statuspage-new-word.json", "unknown", []),
    ("incident-io-failing.json", "degraded", ["01J degraded identified"]),
    ("google-cloud-open.json", "partial", ["ow5 partial none", "old1 operational resolved"]),
    ("google-cloud-available.json", "degraded", ["ow5 degraded monitoring"]),
    ("google-cloud-past.json", "operational", ["ow5 operational resolved"]),
    ("google-cloud-empty.json", "unknown", []),
    (
        "aws-events.json",
        "major",
        [
            "arn:aws:health:us-east-1::event/s3/AWS_S3_OPERATIONAL_ISSUE/AWS_S3_1 major none",
            "arn:aws:health:eu-west-1::event/ec2/AWS_EC2_OPERATIONAL_ISSUE/AWS_EC2_2 operational resolved",
        ],
    ),
    ("aws-nothing.json", "unknown", []),
    (
        "aws-updates.xml",
        "degraded",
        [
            "kinesis-us-west-2_1786762200 degraded none",
            "s3-eu-central-1_1772445600 operational resolved",
        ],
    ),
    ("azure-nothing.xml", "operational", []),
    (
        "azure-failing.xml",
        "degraded",
        ["AZ-1 degraded none", "AZ-2 operational resolved", "AZ-3 degraded none"],
    ),
    ("slack-fine.json", "operational", []),
    ("slack-failing.json", "major", ["742 major none"]),
    ("slack-contradiction.json", "unknown", []),
    (
        "slack-history.json",
        "operational",
        ["742 operational resolved", "741 maintenance scheduled"],
    ),
    ("salesforce-active.json", "major", ["20004321 major none"]),
    ("salesforce-instances.json", "degraded", ["1 degraded none"]),
    ("salesforce-empty.json", "unknown", []),
    ("instatus-fine.json", "operational", []),
    (
        "instatus-failing.json",
        "major",
        [
            "https://status.example.dev/clx1 major investigating",
            "https://status.example.dev/clx2 maintenance scheduled",
        ],
    ),
    ("instatus-other-shape.json", "degraded", []),
    ("instatus-components.json", "partial", []),
    ("better-stack-fine.json", "operational", ["70 operational resolved"]),
    ("better-stack-unwatched.json", "unknown", []),
    (
        "better-stack-failing.json",
        "major",
        ["71 major none", "70 operational resolved", "72 maintenance scheduled"],
    ),
    ("status-io-fine.json", "operational", []),
    (
        "status-io-failing.json",
        "partial",
        ["66bc partial identified", "66bd maintenance scheduled"],
    ),
    ("status-io-new-code.json", "unknown", []),
    ("heroku-fine.json", "operational", []),
    ("heroku-failing.json", "major", ["2871 major none"]),
    ("zendesk-active.json", "partial", ["1201 partial none"]),
    ("zendesk-nothing.json", "unknown", []),
    ("cstate-fine.json", "operational", []),
    (
        "cstate-failing.json",
        "major",
        ["https://status.example.net/issues/2026-08-14-api/ major none"],
    ),
    ("upptime-fine.json", "operational", []),
    ("upptime-failing.json", "partial", ["site:api major none"]),
    (
        "rss-history.xml",
        "degraded",
        [
            "https://status.example.com/i/2 degraded identified",
            "https://status.example.com/i/1 operational resolved",
            "https://status.example.com/i/0 unknown none",
        ],
    ),
    (
        "atom-history.xml",
        "degraded",
        ["tag:status.example.com,2005:Incident/1 degraded monitoring"],
    ),
]


def kind_of(name: str) -> str:
    return max((kind for kind in FEED_KINDS if name.startswith(kind)), key=len)


def read(name: str) -> Reading:
    feed = StatusFeed(kind_of(name), BASE)  # type: ignore[arg-type]
    return notices.read(feed, (SAMPLES / name).read_bytes())


def item(name: str, native: str) -> Item:
    return next(each for each in read(name).items if each.native == native)


@pytest.mark.parametrize(("name", "state", "items"), READ, ids=[row[0] for row in READ])
def test_a_feed_is_read_as_what_it_says(name: str, state: str, items: list[str]) -> None:
    reading = read(name)
    assert reading.state == state
    assert [f"{each.native} {each.state} {each.phase}" for each in reading.items] == items
    assert bool(reading.why) == (state == "unknown")
    for each in reading.items:
        signalbounds.check(normal.as_notice(each, "x", BASE))


def test_every_sample_is_expected_and_every_readable_kind_has_one() -> None:
    assert {row[0] for row in READ} == {path.name for path in SAMPLES.glob("*.[jx]*")}
    readable = {kind for kind in FEED_KINDS if notices.is_read(StatusFeed(kind, BASE))}  # type: ignore[arg-type]
    assert {kind_of(row[0]) for row in READ} == readable == set(FEED_KINDS) - {"html"}


def test_the_fields_of_an_incident_come_through() -> None:
    found = item("statuspage-failing.json", "p31")
    assert found.title == "Elevated error rates on the API"
    assert found.components == ("API",)
    assert found.created_at == parse_iso("2026-08-14T10:02:00.123Z")
    assert found.link == "https://stspg.io/p31"
    plan = item("statuspage-failing.json", "m7")
    assert (plan.started_at, plan.until_at) == (
        parse_iso("2026-08-20T01:00:00Z"),
        parse_iso("2026-08-20T03:00:00Z"),
    )
    google = item("google-cloud-open.json", "ow5")
    assert google.started_at == parse_iso("2026-06-12T17:51:00Z")
    assert (google.components, google.regions) == (("Gmail",), ("europe-west1",))
    assert google.link == "https://status.example.com/incidents/ow5"
    assert item("slack-failing.json", "742").created_at == parse_iso("2026-08-14T10:02:00Z")
    azure = item("azure-failing.xml", "AZ-1")
    assert (azure.components, azure.regions) == (("Virtual Machines",), ("West US",))
    updates = item("aws-updates.xml", "kinesis-us-west-2_1786762200")
    assert (updates.components, updates.regions) == (("kinesis",), ("us-west-2",))
    assert updates.created_at == parse_iso("2026-08-15T02:50:00Z")
    over = item("statuspage-history.json", "p31")
    assert over.resolved_at == parse_iso("2026-08-14T11:30:00Z")


BROKEN = [
    b"",
    b"   \n",
    b"<!doctype html><html><body>502 Bad Gateway</body></html>",
    b"<html xmlns='http://www.w3.org/1999/xhtml'><head><title>Azure Status</title></head></html>",
    b"<rss version='2.0'><channel></channel></rss>",
    b"<rss version='2.0'><channel><title>Another feed</title></channel></rss>",
    b"<feed><title></title></feed>",
    b"null",
    b"{}",
    b"[]",
    b"[1]",
    b"[[]]",
    b'"operational"',
    b'{"status":"ok"}',
    b'{"page":{"id":"x"},"status":{"indicator":"none"}}',
    b'{"page":{"id":"x"},"status":{"indicator":"none"},"components":[]}',
    b'{"page":{},"status":{"indicator":"none"},"components":[{"status":"operational"}]}',
    b'{"result":{"status_overall":{"status_code":100},"status":[]}}',
    b"\xfe\xff",
    b"\xff\xfe[\x00",
    b"\xfe\xff\xd8\x00",
    b"[" * 100_000,
    b"<a>" * 100_000,
    b"<!DOCTYPE rss [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><rss><channel><title>&b;</title></channel></rss>",
    b"<!DOCTYPE rss SYSTEM 'file:///etc/passwd'><rss><channel><title>Azure Status</title></channel></rss>",
]


@pytest.mark.parametrize("kind", FEED_KINDS)
@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_feed_is_never_fine(kind: str, body: bytes) -> None:
    try:
        reading = notices.read(StatusFeed(kind, BASE), body)  # type: ignore[arg-type]
    except FeedUnreadable:
        pass
    else:
        assert reading.state == "unknown"
        assert reading.why


def test_a_feed_that_is_too_long_is_not_looked_at() -> None:
    with pytest.raises(FeedUnreadable, match="too long"):
        notices.read(StatusFeed("rss", BASE), b" " * (notices.BODY_BYTES_MAX + 1))


def test_what_is_asked_for_is_the_document_and_never_the_host_that_is_routed_by_region() -> None:
    def asked(kind: str, url: str) -> str:
        return notices.address(StatusFeed(kind, url))  # type: ignore[arg-type]

    assert asked("statuspage", "https://s.example/") == "https://s.example/api/v2/summary.json"
    assert asked("statuspage", "https://s.example/api/v2/incidents.json").endswith("incidents.json")
    assert asked("heroku", "https://status.heroku.com").endswith(".com/api/v4/current-status")
    assert asked("azure", "https://status.azure.com/en-us/status/feed/").startswith(
        "https://rssfeed."
    )
    assert asked("rss", "https://s.example/feed.xml") == "https://s.example/feed.xml"


def test_most_of_the_catalogs_feeds_can_be_read_and_have_an_address() -> None:
    feeds = [known.status for known in catalog.load() if known.status is not None]
    readable = [feed for feed in feeds if notices.is_read(feed)]
    assert len(readable) > 100
    assert all(notices.address(feed).startswith("https://") for feed in readable)


def test_an_open_incident_that_nobody_has_touched_for_weeks_stands_still() -> None:
    reading = read("statuspage-failing.json")
    at = parse_iso("2026-08-14T10:04:00Z")
    assert normal.settled(reading, at + DAY_MS) == reading
    still = normal.settled(reading, at + normal.STILL_MS + 1)
    assert (still.state, still.items[0].state, still.items[0].phase) == (
        "unknown",
        "unknown",
        "none",
    )
    assert still.items[1] == reading.items[1]


def test_a_page_of_several_services_speaks_of_the_one_it_names() -> None:
    reading = read("google-cloud-open.json")
    mail = normal.about(reading, ["Gmail", "Google Mail"], ["Google Drive"], by_product=True)
    assert (mail.state, len(mail.items)) == ("partial", 2)
    drive = normal.about(reading, ["Google Drive"], ["Gmail"], by_product=True)
    assert (drive.state, drive.items) == ("unknown", ())
    assert "other services" in drive.why
    past = read("google-cloud-past.json")
    assert normal.about(past, ["Google Drive"], ["Gmail"]).state == "operational"
    # A product that is none of ours is somebody else's; a part such as "Login" may be anyone's.
    voice = Reading("major", (Item("1", "major", components=("Google Voice",)),))
    assert normal.about(voice, ["Google Drive"], ["Gmail"], by_product=True).items == ()
    login = Reading("major", (Item("1", "major", components=("Login",)),))
    assert normal.about(login, ["ChatGPT"], ["Sora"]).state == "major"
    everywhere = Reading("major", (Item("1", "major", title="All products are down"),))
    assert normal.about(everywhere, ["Google Drive"], ["Gmail"]).state == "major"
    # "X" is a name as well, and no part of other words.
    assert (
        normal.about(
            Reading("major", (Item("1", "major", title="Xbox fails"),)), ["X"], ["Xbox"]
        ).items
        == ()
    )


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Thu, 23 Jul 2026 16:29:09 Z", "2026-07-23T16:29:09Z"),
        ("Fri, 14 Aug 2026 19:50:00 PDT", "2026-08-15T02:50:00Z"),
        ("Mon, 02 Mar 2026 02:00:00 PST", "2026-03-02T10:00:00Z"),
        ("14 Aug 2026 10:02 +0200", "2026-08-14T08:02:00Z"),
        ("Fri, 14 Aug 2026 10:02:00 -05:30", "2026-08-14T15:32:00Z"),
    ],
)
def test_dates_are_read_with_the_zones_that_feeds_write(text: str, at: str) -> None:
    assert dates.rfc822(text) == parse_iso(at)


@pytest.mark.parametrize(
    "text", ["Fri, 14 Aug 2026 10:02:00 XYZ", "14 Aug 2026", "32 Aug 2026 10:02:00 Z", "now"]
)
def test_a_date_with_a_zone_that_is_not_known_is_refused_and_not_taken_for_utc(text: str) -> None:
    with pytest.raises(FeedUnreadable):
        dates.rfc822(text)


def test_texts_are_cleaned_and_bounded() -> None:
    made = normal.made(
        7, "major", "none", "<script>a</script>\x00 \u202eevil\u200b &lt;b&gt; " + "w" * 500,
        components=["API", "API", "", None, "x" * 200, *map(str, range(50))],
        link="javascript:alert(1)",
    )  # fmt: skip
    assert made.native == "7"
    assert made.title.startswith("a evil <b> www")
    assert len(made.title) == 200
    assert made.components[:2] == ("API", "x" * 79 + "…")
    assert len(made.components) == 20
    assert made.link == ""
    with pytest.raises(FeedUnreadable):
        normal.made(None, "major")


def test_xml_is_read_plainly_and_within_bounds() -> None:
    root = xmlbody.parsed("<a:Rss x='1'><b>ü<![CDATA[<i>]]></b></a:Rss>".encode())
    assert (root.name, root.attributes, root.said("b")) == ("rss", {"x": "1"}, "ü<i>")
    for body in (
        b"<a>" * 40 + b"</a>" * 40,
        b"<a>" + b"<b/>" * 30_000 + b"</a>",
        b"<a>&x;</a>",
        b"<a/><b/>",
    ):
        with pytest.raises(FeedUnreadable):
            xmlbody.parsed(body)
