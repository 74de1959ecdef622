from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from core.log_samples import COMBINED_4, COMBINED_6, ENVOY_4, IIS_4, IIS_FIELDS, SAMPLES
from uproar.errors import LogUnknown
from uproar.wire.accesslog import columns, requests
from uproar.wire.accesslog.reading import FORMATS, read, sniff
from uproar.wire.accesslog.requests import METHODS, Requests

NOON_2_MS = 1_741_615_200_000  # 10 March 2025, 14:00:00 UTC.
NAN = float("nan")


def client(read_: Requests, row: int) -> str:
    number = int(read_.client_hi[row]) << 64 | int(read_.client_lo[row])
    address = ipaddress.IPv6Address(number)
    return str(address.ipv4_mapped or address)


def said(read_: Requests, row: int) -> dict[str, Any]:
    return {
        "client": client(read_, row),
        "second": (int(read_.at_ms[row]) - NOON_2_MS) // 1000,
        "method": METHODS[read_.method[row]],
        "path": read_.path[row],
        "query": bool(read_.query[row]),
        "status": int(read_.status[row]),
        "octets": int(read_.octets[row]),
    }


@pytest.mark.parametrize("slug", SAMPLES)
def test_every_format_is_recognised_and_says_the_same_of_the_same_requests(slug):
    lines = SAMPLES[slug]
    form = sniff(lines)
    assert form.slug == slug
    found = read(lines, form)
    assert found.rejects == {}
    assert said(found, 0) == {
        "client": "192.0.2.7",
        "second": 1,
        "method": "GET",
        "path": b"/a/b",
        "query": True,
        "status": 200,
        "octets": 512,
    }
    second = said(found, 1)
    assert second.pop("octets") in (0, 91, 217)
    assert second == {
        "client": "2001:db8::7",
        "second": 2,
        "method": "POST",
        "path": b"/login",
        "query": False,
        "status": 503,
    }
    assert found.line.tolist() == [len(lines) - 2, len(lines) - 1]
    assert len(found) == 2


def test_every_format_that_is_read_has_its_sample():
    assert set(SAMPLES) == set(FORMATS)


@pytest.mark.parametrize(
    ("slug", "timed", "durations", "origins", "ends"),
    [
        ("common", "either", (NAN, NAN), (0, 0), ("", "")),
        ("combined", "either", (NAN, NAN), (0, 0), ("", "")),
        ("ingress-nginx", "end", (250, 1), (200, 0), ("", "")),
        ("traefik", "start", (250, 1), (0, 0), ("", "traefik.no-server")),
        ("alb", "end", (250, NAN), (200, 0), ("", "alb.no-target")),
        ("haproxy", "start", (250, 5), (200, 0), ("", "haproxy.sc")),
        ("envoy", "start", (250, 1), (200, 0), ("", "envoy.uf,urx")),
        ("w3c", "end", (250, 1), (0, 0), ("", "")),
        ("cloudfront", "end", (250, 1), (0, 0), ("", "cloudfront.originconnecterror")),
        ("logpush", "start", (250, NAN), (200, 0), ("", "cloudflare.block")),
        ("caddy", "end", (250, 1), (0, 0), ("", "")),
        ("traefik-json", "start", (250, NAN), (200, 0), ("", "traefik.no-server")),
        ("envoy-json", "start", (250, NAN), (200, 0), ("", "envoy.uf,urx")),
    ],
)
def test_what_a_format_tells_beyond_that_is_taken(slug, timed, durations, origins, ends):
    found = read(SAMPLES[slug], sniff(SAMPLES[slug]))
    assert found.format.timed == timed
    assert found.duration_ms.tolist() == pytest.approx(list(durations), nan_ok=True)
    assert tuple(found.origin_status) == origins
    assert tuple(found.terminations[word] for word in found.termination) == ends


def test_a_field_that_an_operator_left_out_is_no_failure():
    line = SAMPLES["traefik-json"][0].replace(b"ServiceURL", b"Dropped")
    found = read([line], FORMATS["traefik-json"])
    assert found.terminations[found.termination[0]] == ""


def test_country_and_ja4_are_told_where_the_log_tells_them():
    found = read(SAMPLES["logpush"], FORMATS["logpush"])
    assert found.country.tolist() == [ord("G") << 8 | ord("B"), 0]
    assert found.ja4_hash[0] == columns.hashes([b"t13d1516h2_8daaf6152771_e5627efa2ab1"])[0]
    assert found.ja4_hash[1] == 0


def test_hashes_are_the_same_in_every_format_and_for_every_spelling_of_a_host():
    example = columns.hashes([b"example.org"])[0]
    for slug in ("alb", "envoy", "cloudfront", "caddy", "logpush", "vhost-combined"):
        assert read(SAMPLES[slug], sniff(SAMPLES[slug])).host_hash[0] == example, slug
    found = read(SAMPLES["combined"], FORMATS["combined"])
    assert found.referer_hash.tolist() == [example, 0]
    assert found.path_hash[0] == columns.hashes([b"/a/b"])[0]
    assert found.query_hash.tolist() == [columns.hashes([b"x=1"])[0], 0]


def one(line: bytes, slug: str = "combined") -> Requests:
    return read([line], FORMATS[slug])


@pytest.mark.parametrize(
    ("told", "method", "path"),
    [
        (b"GET /a%20b HTTP/1.1", "GET", b"/a%20b"),
        (b"GET /a b c HTTP/1.1", "GET", b"/a b c"),
        (b"GET https://user@example.org:1/x?y HTTP/1.1", "GET", b"/x"),
        (b"GET https://example.org?y HTTP/1.1", "GET", b""),
        (b"CONNECT example.org:443 HTTP/1.1", "CONNECT", b"example.org:443"),
        (b"BREW /pot HTTP/1.1", "", b"/pot"),
        (b"GET /old", "GET", b"/old"),
        (b'GET /\\x22\\"q HTTP/1.1', "GET", b'/""q'),
        (b"GET /\\ HTTP/1.1", "GET", b"/\\"),
        (b"\\x16\\x03\\x01", "", b""),
        (b"-", "", b""),
        (b"", "", b""),
        ("GET /ä/日 HTTP/1.1".encode(), "GET", "/ä/日".encode()),
        (b"GET /\xff\xfe HTTP/1.1", "GET", b"/\xff\xfe"),
    ],
)
def test_request_lines_of_every_sort_are_requests(told, method, path):
    found = one(COMBINED_4.replace(b"GET /a/b?x=1 HTTP/1.1", told))
    assert found.rejects == {}
    assert (METHODS[found.method[0]], found.path[0]) == (method, path)


@pytest.mark.parametrize(
    ("word", "address"),
    [
        (b"192.0.2.7", "192.0.2.7"),
        (b"::ffff:192.0.2.7", "192.0.2.7"),
        (b"[2001:db8::1]", "2001:db8::1"),
        (b"fe80::1%eth0", "fe80::1"),
        (b"192.0.2.999", "::"),
        (b"192.0.2.xxx", "::"),
        (b"host.example.org", "::"),
        (b"-", "::"),
        (b"9" * 100, "::"),
        (b":" * 40, "::"),
    ],
)
def test_an_address_is_read_and_what_hides_it_is_none(word, address):
    assert client(one(COMBINED_4.replace(b"192.0.2.7", word)), 0) == address


def test_of_forwarded_addresses_the_last_counts_because_the_server_wrote_it():
    assert client(read([ENVOY_4], FORMATS["envoy"]), 0) == "192.0.2.7"


@pytest.mark.parametrize(
    ("user", "fits"),
    [
        (b"jo smith", True),
        (b"[jo]", True),
        (b'[10/Mar/2025:14:00:00 +0000] \\"GET /forged HTTP/1.1\\" 200 1', True),
        (b"x" * 600, False),
    ],
)
def test_a_user_cannot_forge_a_request_by_name(user, fits):
    found = one(COMBINED_6.replace(b" jo ", b" " + user + b" "))
    assert len(found) == fits
    assert list(found.path) == [b"/login"] * fits


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (COMBINED_4.replace(b"10/Mar", b"31/Feb"), "bad-time"),
        (COMBINED_4.replace(b"10/Mar", b"10/Mrz"), "bad-time"),
        (COMBINED_4.replace(b"/2025", b"/1969"), "bad-time"),
        (COMBINED_4.replace(b"14:00:01", b"99:00:01"), "bad-time"),
        (COMBINED_4.replace(b"X11", b"\x1b[2J"), "control-characters"),
        (COMBINED_4.replace(b"X11", b"a\nb"), "control-characters"),
        (COMBINED_4.replace(b"X11", b"a\rb"), "control-characters"),
        (COMBINED_4.replace(b"X11", b"\x00"), "control-characters"),
        (COMBINED_4.replace(b"X11", b"\x7f"), "control-characters"),
        (COMBINED_4.replace(b"X11", b"x" * requests.LINE_MAX), "too-long"),
        (b"A" * 10_000_000, "too-long"),
        (COMBINED_4[:-1], "other-format"),
        (COMBINED_4 + b'"', "other-format"),
        (COMBINED_4.replace(b" 200 ", b" 2x0 "), "other-format"),
        (COMBINED_4.replace(b'" 200', b'\\" 200'), "other-format"),
        (b'{"a":1}', "other-format"),
        (b"\xff\xfe\xfd", "other-format"),
    ],
)
def test_what_does_not_fit_is_set_aside_with_its_line_and_its_reason(line, reason):
    found = read([COMBINED_4, line, b"", COMBINED_6], FORMATS["combined"])
    assert found.rejects == {reason: 1}
    assert found.rejected_line.tolist() == [1]
    assert found.line.tolist() == [0, 3]
    assert list(found.path) == [b"/a/b", b"/login"]


def test_an_agent_that_is_no_utf_8_does_not_vanish_from_a_log_of_json():
    lines = [line.replace(b"curl/8", b"curl/\xff") for line in SAMPLES["caddy"]]
    assert len(read(lines, FORMATS["caddy"])) == 2


@pytest.mark.parametrize("slug", ["logpush", "caddy", "traefik-json", "envoy-json"])
@pytest.mark.parametrize(
    "line", [b"{", b"{}", b"[]", b"null", b"[" * 60_000, b'{"a":' * 12_000, b'{"ts":{}}', b"\xff"]
)
def test_json_of_another_shape_is_set_aside(slug, line):
    found = read([line, SAMPLES[slug][0]], FORMATS[slug])
    assert found.rejects == {"other-format": 1}
    assert len(found) == 1


@pytest.mark.parametrize(
    "number", ["1e999", "-5", "NaN", "99999999999999999999999999", '"x"', "true"]
)
def test_numbers_beyond_reason_are_not_known(number):
    line = SAMPLES["caddy"][0].replace(b'"duration": 0.25', b'"duration": ' + number.encode())
    found = read([line], FORMATS["caddy"])
    assert len(found) == 0 or found.duration_ms.tolist() == pytest.approx([NAN], nan_ok=True)


@pytest.mark.parametrize(
    ("stamp", "ms"),
    [
        ("1741615200", 0), ("1741615200.5", 500), ("1741615200250", 250), ("1741615200250000", 250),
        ("1741615200250000000", 250), ('"2025-03-10T15:00:00.250+01:00"', 250),
        ('"2025-03-10T14:00:00Z"', 0),
    ],
)  # fmt: skip
def test_a_time_may_be_a_number_in_any_unit_or_words(stamp, ms):
    line = SAMPLES["caddy"][0].replace(b"1741615201.25", stamp.encode())
    assert read([line], FORMATS["caddy"]).at_ms[0] - NOON_2_MS == ms


def test_fields_that_a_file_names_anew_count_from_there_on_and_into_the_next_batch():
    short = b"#Fields: date time c-ip cs-uri-stem sc-status"
    lines = [IIS_FIELDS, IIS_4, short, b"2025-03-10 14:00:05 192.0.2.9 /new 404", IIS_4]
    found = read(lines, sniff(lines))
    assert [said(found, row)["status"] for row in range(2)] == [200, 404]
    assert found.rejects == {"other-format": 1}
    after = read([b"2025-03-10 14:00:06 192.0.2.9 /next 404"], found.format)
    assert list(after.path) == [b"/next"]


def test_lines_before_any_directive_say_nothing():
    assert read([IIS_4], FORMATS["w3c"]).rejects == {"no-fields": 1}
    assert read([b"#Fields: a b", b"1 2"], FORMATS["w3c"]).rejects == {"no-fields": 1}


def test_a_log_is_recognised_with_some_damaged_lines_and_not_with_many():
    assert sniff([COMBINED_4, b"garbage", COMBINED_6]).slug == "combined"
    with pytest.raises(LogUnknown, match="at most 1 fit one format"):
        sniff([COMBINED_4, b"garbage", b"more garbage"])
    with pytest.raises(LogUnknown, match="no line"):
        sniff([b"", b"\r\n"])


def test_line_ends_and_the_mark_of_windows_are_no_part_of_a_line():
    lines = [b"\xef\xbb\xbf" + COMBINED_4 + b"\r\n", COMBINED_6 + b"\n"]
    assert len(read(lines, sniff(lines))) == 2


def test_words_for_ends_are_bounded():
    flags = [b"U<F", *(b"F%d" % number for number in range(requests.TERMINATIONS_MAX))]
    lines = [SAMPLES["envoy"][1].replace(b"UF,URX", flag) for flag in flags]
    found = read(lines, FORMATS["envoy"])
    assert len(found) == len(lines)
    assert len(found.terminations) == requests.TERMINATIONS_MAX
    assert found.terminations[:2] == ["", "envoy.f0"]


def test_no_lines_are_no_requests():
    for form in FORMATS.values():
        assert len(read([], form)) == 0
