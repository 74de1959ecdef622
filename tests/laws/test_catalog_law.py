"""Laws of the catalog: no bytes bring it down, and no order of files changes it."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from uproar import catalog
from uproar.model.catalog import LIMIT_MAX, TYPO_TWO, Catalog, fold
from uproar.model.service import Provider, Service
from uproar.wire.catalogfile import REJECTS_MAX, decode
from uproar.wire.catalogset import assemble
from uproar.wire.tomllines import Lines

KNOWN = catalog.load()
SOME = Catalog(list(KNOWN)[::20], KNOWN.providers.values())

GOOD = b"""[[service]]
slug = "a"
name = "Aa"
names = ["Bb", "Cc"]
category = "social"
domains = ["a.org"]
countries = ["US"]
status = { kind = "html", url = "https://a.org" }
[[provider]]
slug = "p"
name = "Pp"
kind = "cdn"
"""

WORDS = """service provider slug names = [[ ]] [ ] { } " ''' # a 1 true . , \\ é 1979-05-27 inf"""
words = st.sampled_from([*WORDS.split(), '"""', "\n", " ", "\u200b"])
scalars = st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.floats(allow_nan=True))


def toml(value: object) -> str:
    """Write a value as TOML; for what hypothesis makes here, not for all there is."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(sign):08x}" for sign in value) + '"'
    return str(value)


@given(content=st.binary(max_size=300))
def test_no_bytes_are_too_bad_for_decode(content: bytes) -> None:
    decode(content, "f")


@given(pieces=st.lists(words, max_size=60))
def test_no_text_that_looks_like_toml_is_too_bad_for_decode(pieces: list[str]) -> None:
    content = "".join(pieces).encode()
    read = decode(content, "f")
    last = content.count(b"\n") + 1
    assert len(read.rejects) <= REJECTS_MAX
    assert all(1 <= reject.line <= last for reject in read.rejects)
    Lines(content.decode())


@given(place=st.integers(0, len(GOOD)), cut=st.integers(0, 20), put=st.binary(max_size=6))
def test_a_file_with_a_wound_says_where_or_is_read(place: int, cut: int, put: bytes) -> None:
    content = GOOD[:place] + put + GOOD[place + cut :]
    read = decode(content, "f")
    last = content.count(b"\n") + 1
    assert all(1 <= reject.line <= last for reject in read.rejects)
    assemble([[read]])


@given(
    key=st.sampled_from([*Service.__struct_fields__, *Provider.__struct_fields__, "remove"]),
    value=st.one_of(scalars, st.lists(scalars, max_size=3)),
    kind=st.sampled_from(["service", "provider"]),
)
def test_no_value_of_any_type_is_too_bad_for_a_field(key: str, value: object, kind: str) -> None:
    text = f"\n[[{kind}]]\n{key} = {toml(value)}\n"
    read = decode(text.encode(), "f")
    assert read.services + read.providers or read.rejects
    assert all(reject.what and reject.todo and 1 <= reject.line <= 3 for reject in read.rejects)


@given(text=st.text(max_size=400), limit=st.integers(-5, 10_000))
def test_a_search_is_bounded_and_never_fails(text: str, limit: int) -> None:
    found = KNOWN.search(text, limit)
    assert len(found) <= max(0, min(limit, LIMIT_MAX))
    assert len({service.slug for service in found}) == len(found)
    KNOWN.resolve(text)
    KNOWN.did_you_mean(text)


@settings(max_examples=20)
@given(service=st.sampled_from(list(KNOWN)), sign=st.sampled_from(["", "#", "@", " "]))
def test_what_a_word_names_is_found_first_when_searched_for(service: Service, sign: str) -> None:
    names = (service.slug, service.name, *service.names, *service.hashtags, *service.domains)
    for name in names:
        assert KNOWN.search(sign + name)[0] == service
        assert KNOWN.search(sign + name.upper(), limit=1) == [service]


LONG = sorted({fold(s.name) for s in KNOWN if len(fold(s.name)) >= TYPO_TWO})


@given(name=st.sampled_from(LONG), at=st.integers(1, 50), put=st.sampled_from(["", "q", "é"]))
def test_a_long_name_with_a_wrong_or_missing_letter_is_still_found(
    name: str, at: int, put: str
) -> None:
    at = 1 + at % (len(name) - 1)
    wrong = name[:at] + put + name[at + 1 :]
    assert KNOWN.resolve(name) in KNOWN.search(wrong, LIMIT_MAX)


@given(text=st.text(max_size=40))
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(seed=st.integers(0, 2**32))
def test_the_digest_does_not_depend_on_the_order(seed: int) -> None:
    services, providers = list(SOME), list(SOME.providers.values())
    dice = random.Random(seed)
    dice.shuffle(services)
    dice.shuffle(providers)
    assert Catalog(services, providers).digest() == SOME.digest()


@given(slug=st.sampled_from([*SOME.services, *SOME.providers]))
def test_the_digest_depends_on_every_service_and_provider(slug: str) -> None:
    services = [service for service in SOME if service.slug != slug]
    providers = [provider for provider in SOME.providers.values() if provider.slug != slug]
    assert Catalog(services, providers).digest() != SOME.digest()
