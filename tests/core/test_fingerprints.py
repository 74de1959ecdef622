"""Who answered? Each fingerprint is borne by its own answer and by no other's."""

from __future__ import annotations

import pytest

from core.answer_samples import CLOUDFLARE, CLOUDFRONT, SAMPLES, Sample, cloudflare_page, nginx_page
from uproar.catalog import tells
from uproar.errors import FingerprintsInvalid
from uproar.model.measurement import Match
from uproar.wire import patterns
from uproar.wire.fingerprintfile import decode
from uproar.wire.fingerprints import HEAD_MAX, Answer, gathered, match, readable

KNOWN = tells.load()
ALL = {one.match.id: one for one in KNOWN.everything()}


def borne(sample: Sample) -> tuple[Match, ...]:
    return match(sample.answer(), KNOWN)


def faults(sample: Sample) -> list[str]:
    return [one.id for one in borne(sample) if one.kind != "relay"]


def test_every_fingerprint_has_a_sample_and_every_sample_a_fingerprint() -> None:
    assert len(ALL) == 169
    assert ALL.keys() == SAMPLES.keys()


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_sample_bears_its_own_fingerprint_and_none_of_the_others(name: str) -> None:
    found = borne(SAMPLES[name])
    vendor = name.partition(".")[0]
    assert name in [one.id for one in found]
    judged = [one.id for one in found if one.kind != "relay"]
    assert judged == ([] if ALL[name].match.kind == "relay" else [name])
    # An edge may be told beside it by its headers, but only the one that the sample is of.
    assert all(one.id.partition(".")[0] == vendor for one in found)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_match_rests_on_all_that_its_fingerprint_asks_for(name: str) -> None:
    told = next(one for one in borne(SAMPLES[name]) if one.id == name)
    one = ALL[name]
    assert bool(one.status) == any(part.startswith("status") for part in told.rests_on)
    assert {f"header {header}" for header, _ in one.headers} <= set(told.rests_on)
    assert bool(one.body or one.body_all) == ("text" in told.rests_on)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_fingerprint_needs_each_of_its_parts(name: str) -> None:
    sample, one = SAMPLES[name], ALL[name]
    if one.status:
        assert name not in faults(sample._replace(status=418))
    if one.headers or one.headers_any:
        assert name not in [each.id for each in borne(sample._replace(headers=()))]
    if one.body or one.body_all:
        assert name not in faults(sample._replace(body="Something else."))
    if one.hosts:
        assert name not in faults(sample._replace(host="copycat.example"))


def test_an_answer_as_any_site_gives_it_bears_nothing() -> None:
    page = "<title>Welcome</title><p>Our office is open from nine to five.</p>"
    assert borne(Sample(200, (("server", "nginx"), ("content-type", "text/html")), page)) == ()


def test_a_page_of_nginx_through_an_edge_was_written_by_nginx() -> None:
    found = borne(Sample(502, CLOUDFLARE, nginx_page("502 Bad Gateway")))
    assert [(one.id, one.kind) for one in found] == [
        ("nginx.502", "fault"),
        ("cloudflare.identity", "relay"),
    ]


def test_an_error_relayed_by_cloudfront_is_not_called_its_own() -> None:
    headers = (*dict(CLOUDFRONT, server="nginx").items(),)
    found = faults(Sample(404, headers, nginx_page("404 Not Found")))
    assert found[0] == "nginx.page"
    assert ALL["cloudfront.x_cache_error"].match.strength == "weak"


def test_the_words_of_an_edge_without_its_header_are_a_copy() -> None:
    copied = cloudflare_page(520, "Web server is returning an unknown error")
    assert faults(Sample(520, (("server", "Apache"),), copied)) == []


def test_an_error_may_hide_in_an_answer_of_success() -> None:
    told = borne(Sample(200, (), "<h1>Error establishing a database connection</h1>"))
    assert told[0].id == "wordpress.db"


def test_a_long_page_of_success_may_quote_an_error() -> None:
    text = "<p>How to mend “Error establishing a database connection”:</p>"
    assert faults(Sample(200, (), text + "<p>Look at the settings first.</p>" * 2_000)) == []
    assert faults(Sample(500, (), text + "<p>Look at the settings first.</p>" * 2_000)) != []


def test_a_block_comes_before_a_fault_of_the_same_strength() -> None:
    page = nginx_page("403 Forbidden") + '<div id="px-captcha"></div>'
    assert faults(Sample(403, (), page)) == ["perimeterx.block", "nginx.page"]


def test_references_to_characters_are_resolved_first() -> None:
    assert readable(b"Reference&#32;&#35;179&#46;6c") == "Reference #179.6c"


@pytest.mark.parametrize(
    "body",
    [
        b"&#" + b"9" * 60_000 + b";",
        b"&#x" + b"f" * 60_000,
        b"&" * HEAD_MAX,
        b"error" + b" " * HEAD_MAX,
        b"error code" * 6_000,
        b"<title>502 Bad Gateway</title>" * 2_000,
        b"<hr><center>nginx (" * 3_000,
        b"upstream connect error or disconnect/reset before header" * 1_000,
        b"<center><h1>502 " * 4_000,
        b"the requested url was rejected" * 2_000,
        b"service is currently unavailable " * 2_000,
        b"Server Error in '/" * 3_000,
        b"\x00\xff\xfe" * 20_000,
        "\u202e\u0130\u017f".encode() * 10_000,
    ],
)
def test_a_hostile_body_is_read_and_bears_nothing(body: bytes) -> None:
    for status in (200, 403, 500, 502, 503, 530):
        for headers in ((), CLOUDFLARE, CLOUDFRONT, (("retry-after", "5"),)):
            found = match(Answer("x.com", status, headers, body, len(body)), KNOWN)
            assert [one.id for one in found if "text" in one.rests_on] == []


def test_only_the_head_of_a_body_is_looked_at() -> None:
    page = b" " * HEAD_MAX + b"<h1>Server Error (500)</h1>"
    assert match(Answer("a.example", 500, (), page, len(page)), KNOWN) == ()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a.*b", "upper bound"),
        ("a+", "upper bound"),
        ("a{3,}", "upper bound"),
        (".{0,2000}.{0,2000}x", "ways"),
        ("(a{0,99}){0,99}", "ways"),
        ("a" * 301, "longer"),
        ("(", "unterminated"),
    ],
)
def test_an_expression_that_could_run_away_is_refused(source: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        patterns.compiled(source)


@pytest.mark.parametrize(
    ("source", "literal"),
    [
        ("(?i)Web server is down", "web server is down"),
        (r"(?i)error\s{0,4}(code\s{0,4})?:?\s{0,4}520\b", "520"),
        (r"(?i)<center>cloudflare(-nginx)?</center>", "<center>cloudflare"),
        ("abc?d", "ab"),
        ("a|b", ""),
        (r"\Ano healthy upstream\s{0,4}\Z", "no healthy upstream"),
        (r"\d{3}", ""),
        ("[abc]def", "def"),
    ],
)
def test_the_literal_of_an_expression_is_in_all_that_it_finds(source: str, literal: str) -> None:
    assert patterns.compiled(source).literal == literal


HEAD = '[[fingerprint]]\nid = "a.b"\nvendor = "A"\nstrength = "weak"\nmark = "M"\nmeaning = "m"\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEAD + 'layer = "nowhere"\nstatus = [500]', "no layer"),
        (HEAD + 'layer = "edge"', "asks for nothing"),
        (HEAD + 'layer = "edge"\nbody = ["a*"]', "upper bound"),
        (HEAD + 'layer = "edge"\nstatus = [500]\ncolour = 1', "colour"),
        ("[[fingerprint", "end of document"),
        ("\xff", "utf-8"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_name(text: str, reason: str) -> None:
    with pytest.raises(FingerprintsInvalid, match=rf"own\.toml.*{reason}"):
        decode(text.encode("latin-1"), "own.toml")


def test_fingerprints_are_told_apart_by_id_and_cover_what_there_is() -> None:
    one = decode((HEAD + 'layer = "edge"\nstatus = [500]').encode(), "own.toml")
    with pytest.raises(FingerprintsInvalid, match="twice"):
        gathered([*one, *one])
    lost = decode((HEAD + 'layer = "edge"\nstatus = [500]\ncovers = ["x.y"]').encode(), "own.toml")
    with pytest.raises(FingerprintsInvalid, match=r"x\.y"):
        gathered(lost)
