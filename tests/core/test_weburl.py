"""An address on the web is read strictly, and redirects lead where a browser would go."""

from __future__ import annotations

import pytest

from uproar.errors import UrlInvalid
from uproar.model.measurement import EXPECT_MAX
from uproar.wire import weburl


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("example.org", "https://example.org/"),
        ("example.org:8443/a", "https://example.org:8443/a"),
        ("HTTP://Example.ORG:80", "http://example.org/"),
        ("https://example.org:443/a?b=c#d", "https://example.org/a?b=c"),
        ("https://example.org./", "https://example.org/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://faß.de", "https://xn--fa-hia.de/"),
        ("https://EXAMPLE。org/", "https://example.org/"),
        ("http://[2001:DB8::0:1]:8080/", "http://[2001:db8::1]:8080/"),
        ("http://192.0.2.1", "http://192.0.2.1/"),
        ("https://a.example/über maß".replace(" ", ""), "https://a.example/%C3%BCberma%C3%9F"),
        ("https://a.example/a/../b/./c/..", "https://a.example/b/"),
        ("localhost:8080", "https://localhost:8080/"),
        ("https://_dmarc.example.org/", "https://_dmarc.example.org/"),
    ],
)
def test_an_address_has_one_form(text: str, url: str) -> None:
    assert weburl.check(text).url == url
    assert weburl.check(url).url == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ftp://example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "gopher://example.org:70/",
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://example.org\\@evil.example/",
        "https://example.org/\r\nX: y",
        "https://example.org/a b",
        "https://example.org/\x00",
        "https://exam\tple.org/",
        "https:///path",
        "https://example.org:0/",
        "https://example.org:65536/",
        "https://example.org:999999/",
        "https://example.org:80x/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://1.2.3.0x4/",
        "https://①②⑦.0.0.0x1/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://[::ffff:zz]/",
        "https://-a.example/",
        "https://a..example/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 127}example/",
        "https://example.org/" + "a" * 2_048,
        "https://ex ample.org/",
        "https://xn--\u202e.example/",
    ],
)
def test_what_is_doubtful_is_refused_with_one_line(text: str) -> None:
    with pytest.raises(UrlInvalid) as refused:
        weburl.check(text)
    assert "\n" not in str(refused.value)
    assert str(refused.value).isprintable()


def test_a_number_in_other_digits_is_the_address_it_looks_like() -> None:
    # The guard sees 127.0.0.1, because it is given the form that is connected to.
    assert weburl.check("http://１２７.0.0.1/").host == "127.0.0.1"


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "https://a.example/b"),
        ("b", "https://a.example/x/b"),
        ("../b", "https://a.example/b"),
        ("?q", "https://a.example/x/y?q"),
        ("#part", "https://a.example/x/y?z"),
        ("", "https://a.example/x/y?z"),
        ("//other.example/b", "https://other.example/b"),
        ("http://other.example", "http://other.example/"),
    ],
)
def test_a_redirect_leads_where_a_browser_would_go(location: str, url: str) -> None:
    base = weburl.check("https://a.example/x/y?z", expect="hello")
    moved = weburl.moved(base, location)
    assert moved.url == url
    assert moved.expect == "hello"


@pytest.mark.parametrize(
    "location", ["javascript:x", "ftp://a/", "//user@b.example/", "http://0x7f.1/", "/a\nb", "//"]
)
def test_a_redirect_to_what_is_no_address_is_refused(location: str) -> None:
    with pytest.raises(UrlInvalid):
        weburl.moved(weburl.check("https://a.example/"), location)


def test_an_expected_text_has_a_bound() -> None:
    with pytest.raises(UrlInvalid):
        weburl.check("a.example", expect="x" * (EXPECT_MAX + 1))
