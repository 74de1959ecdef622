"""The catalog: what is in it, how a text finds a service, and what a bad file is told."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest

from uproar import catalog
from uproar.errors import CatalogInvalid
from uproar.model.catalog import LIMIT_MAX, Catalog
from uproar.model.service import (
    CATEGORIES,
    FEED_KINDS,
    PROVIDER_KINDS,
    SYMPTOMS_MAX,
    SYMPTOMS_MIN,
    Service,
)
from uproar.model.symptom import SYMPTOMS
from uproar.wire.catalogfile import FILE_MAX, TABLES_MAX, decode
from uproar.wire.catalogset import assemble

KNOWN = catalog.load()
DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_packaged_catalog_is_wide() -> None:
    assert len(KNOWN) >= 250
    assert len(KNOWN.providers) >= 25
    networks = [service for service in KNOWN if service.category in {"telecom", "isp"}]
    assert len({country for service in networks for country in service.countries}) >= 20
    counts = Counter(service.category for service in KNOWN)
    assert {name: n for name, n in counts.items() if n < 3} == {}
    kinds = Counter(provider.kind for provider in KNOWN.providers.values())
    assert {kind for kind in PROVIDER_KINDS if kinds[kind] < 3} == set()


def test_every_service_can_be_shown_and_reported() -> None:
    for service in KNOWN:
        assert service.category in CATEGORIES, service.slug
        assert SYMPTOMS_MIN <= len(service.symptoms) <= SYMPTOMS_MAX, service.slug
        assert set(service.symptoms) <= SYMPTOMS.keys(), service.slug
        assert service.symptoms[-1] == "other", service.slug
        assert set(service.providers) <= KNOWN.providers.keys(), service.slug
        assert service.countries, service.slug


def test_the_categories_offer_symptoms_that_exist() -> None:
    for category in CATEGORIES.values():
        assert SYMPTOMS_MIN <= len(category.symptoms) <= SYMPTOMS_MAX
        assert len(set(category.symptoms)) == len(category.symptoms)
        assert set(category.symptoms) <= SYMPTOMS.keys()
        assert category.symptoms[-1] == "other"


FOUND = [
    ("x", "x"),
    ("twitter", "x"),
    ("TWITTER", "x"),
    ("@Twitter", "x"),
    ("#TwitterDown", "x"),
    ("TwitterDown", "x"),
    ("#twitterdown", "x"),
    ("x.com", "x"),
    ("https://www.x.com/home?lang=en", "x"),
    ("https://user@mobile.twitter.com:443/a#b", "x"),
    ("ＹｏｕＴｕｂｅ", "youtube"),
    ("you  tube", "youtube"),
    ("music.youtube.com", "youtube-music"),
    ("m.youtube.com.", "youtube"),
    ("微信", "wechat"),
    ("#카카오톡오류", "kakaotalk"),
]


@pytest.mark.parametrize(("text", "slug"), FOUND)
def test_a_text_that_names_a_service_finds_it(text: str, slug: str) -> None:
    found = KNOWN.resolve(text)
    assert found is not None
    assert found.slug == slug


@pytest.mark.parametrize("text", ["", "  ", "#", "@", "#x.com", "notx.com", "com", "qqqqqq", "."])
def test_a_text_that_names_none_finds_none(text: str) -> None:
    assert KNOWN.resolve(text) is None


def test_a_slug_finds_its_service_and_every_name_too() -> None:
    for service in KNOWN:
        words = (service.slug, service.name, *service.names, *service.domains)
        assert {KNOWN.resolve(word) for word in words} == {service}, service.slug
        assert {KNOWN.resolve("#" + tag) for tag in service.hashtags} <= {service}, service.slug


def test_search_puts_the_whole_name_first_and_forgives_a_typo() -> None:
    assert KNOWN.search("youtube")[0].slug == "youtube"
    assert KNOWN.search("youtub")[0].slug == "youtube"
    assert KNOWN.search("yuotube")[0].slug == "youtube"
    assert KNOWN.search("twitter")[0].slug == "x"
    assert KNOWN.search("") == []
    assert KNOWN.search("a", limit=0) == []
    assert len(KNOWN.search("a", limit=10_000)) == LIMIT_MAX


def test_an_unknown_slug_is_answered_with_the_near_one() -> None:
    assert KNOWN.did_you_mean("whatsap") == "whatsapp"
    assert KNOWN.did_you_mean("twitter.com") == "x"
    assert KNOWN.did_you_mean("zzzzzzzzzzzz") is None


def test_an_operators_folder_adds_replaces_and_removes(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[[service]]\nslug = "intranet"\nname = "Our Intranet"\ncategory = "work"\n'
        'providers = ["machine-room"]\n'
        '[[service]]\nslug = "x"\nname = "X of ours"\ncategory = "social"\n'
        '[[service]]\nslug = "tiktok"\nremove = true\n'
        '[[provider]]\nslug = "machine-room"\nname = "Machine room"\nkind = "hosting"\n'
        '[[provider]]\nslug = "cloudflare"\nremove = true\n',
        encoding="utf-8",
    )
    (tmp_path / "notes.txt").write_text("not read", encoding="utf-8")
    ours = catalog.load(tmp_path)
    assert ours.services["intranet"].providers == ("machine-room",)
    assert ours.services["intranet"].symptoms == CATEGORIES["work"].symptoms
    assert ours.services["x"].name == "X of ours"
    assert ours.resolve("twitter.com") is None
    assert "tiktok" not in ours
    assert "cloudflare" not in ours.providers
    assert all("cloudflare" not in service.providers for service in ours)
    assert len(ours) == len(KNOWN)
    assert ours.digest() != KNOWN.digest()


def test_an_empty_folder_changes_nothing(tmp_path: Path) -> None:
    assert catalog.load(tmp_path).digest() == KNOWN.digest()


def test_a_folder_that_is_none_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CatalogInvalid, match="is no folder; make it"):
        catalog.load(tmp_path / "none")


def test_a_mistake_in_an_operators_file_stops_the_load_with_all_mistakes(tmp_path: Path) -> None:
    text = '[[service]]\nslug = "a"\nname = "A one"\ncategory = "soical"\ncolour = 1\n'
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogInvalid) as caught:
        catalog.load(tmp_path)
    file = tmp_path / "own.toml"
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"{file}:4: service a: unknown category 'soical'; did you mean 'soc")
    assert lines[1].startswith(f"{file}:5: service a: unknown key 'colour'; ")
    assert len(lines) == 2


HEAD = '[[service]]\nslug = "a"\nname = "Aa"\ncategory = "social"\n'
FEED = "status = { kind = "

WRONG = [
    ("", "[[service]\n", "f:1: this is not TOML: "),
    ("", 'service = "x\n', "f:1: this is not TOML: "),
    ("", "\n\n[service]\nslug = 'a'\n", "f:3: 'service' is no list of tables; write [[service]]"),
    ("", "\nservice = [1]\n", "f:2: 'service' is no list of tables; "),
    ("", "\n[[sevice]]\n", "f:2: unknown table 'sevice'; did you mean 'service'?"),
    ("", "name = 1\n", "f:1: unknown table 'name'; "),
    ("", "a=" + "[" * 3000 + "]" * 3000, "f:1: brackets are nested too deeply; "),
    ("", "\n[[service]]\nname = 'A'\ncategory = 'ai'\n", "f:2: slug is missing; "),
    ("", "[[service]]\n\nslug = 'A b'\nname = 'A'\ncategory = 'ai'\n", "f:3: slug 'A b' is none; "),
    ("", "[[service]]\nslug = 'a'\ncategory = 'ai'\n", "f:1: service a: name is missing; "),
    ("", "[[service]]\nslug = 'a'\nname = 'A'\n", "f:1: service a: category is missing; use one"),
    ("", "[[provider]]\nslug = 'a'\nname = 'A'\n", "f:1: provider a: kind is missing; use one of"),
    ("", "[[provider]]\nslug = 'a'\nname = 'A'\nkind = 'cdm'\n", "f:4: provider a: unknown kind"),
    ("", "[[service]]\nslug = 'a'\nremove = false\n", "f:3: service a: remove is not true; "),
    ("", "[[service]]\nslug = 'a'\nremove = true\nname = 'A'\n", "f:3: service a: a table that"),
    ("", "[[service]]\nslug = 'zz'\nremove = true\n", "f:1: there is no 'zz' to remove; "),
    (HEAD, "colour = 'red'\n", "f:5: service a: unknown key 'colour'; "),
    (HEAD, "names = 'B'\n", "f:5: service a: names is no list; "),
    (HEAD, "names = [1]\n", "f:5: service a: 1 in names is no text; "),
    (HEAD, "names = ['']\n", "f:5: service a: '' in names is empty, padded or too long; "),
    (HEAD, "names = [' B']\n", "f:5: service a: ' B' in names is empty, padded or too long; "),
    (HEAD, 'names = ["B\\u200b"]\n', "f:5: service a: 'B\\u200b' in names has invisible or"),
    (HEAD, "names = [\n  'B',\n  'B',\n]\n", "f:5: service a: 'B' is twice in names; keep one"),
    (HEAD, f"names = {[f'n{i}' for i in range(31)]}\n", "f:5: service a: names has 31 entries; "),
    (HEAD, "hashtags = ['#ADown']\n", "f:5: service a: '#ADown' is no hashtag; "),
    (HEAD, "ambiguous = ['B']\n", "f:5: service a: 'B' in ambiguous is neither name nor in names"),
    (HEAD, "domains = ['www.a.org']\n", "f:5: service a: 'www.a.org' is no domain; "),
    (HEAD, "domains = ['https://a.org']\n", "f:5: service a: 'https://a.org' is no domain; "),
    (HEAD, "countries = ['us']\n", "f:5: service a: 'us' is no country code; did you mean 'US'?"),
    (HEAD, "countries = ['UK']\n", "f:5: service a: 'UK' is no country code; use \"GB\""),
    (HEAD, "countries = ['XX']\n", "f:5: service a: 'XX' is no country code; use an ISO 3166"),
    (HEAD, "providers = ['A b']\n", "f:5: service a: 'A b' is no slug of a provider; "),
    (HEAD, "providers = ['fastli']\n", "f:1: a: unknown provider 'fastli'; add a [[provider]]"),
    (HEAD, "symptoms = ['login']\n", "f:5: service a: 1 symptoms; list 6 to 8"),
    (
        HEAD,
        "people = 40\n",
        "f:5: service a: people is not a count, what it counts, as_of and source",
    ),
    (
        HEAD,
        "people = {count = -1, what = 'customers', as_of = '2025', source = 'us'}\n",
        "f:5: service a: -1 is no count of people",
    ),
    (
        HEAD,
        "symptoms = ['logn']\n",
        "f:5: service a: unknown symptom 'logn'; did you mean 'login'?",
    ),
    (HEAD, "status = 'https://a.org'\n", "f:5: service a: status is not a kind and a url; write"),
    (HEAD, f"{FEED}'statuspag', url = 'https://a.org' }}\n", "f:5: service a: unknown kind 'sta"),
    (HEAD, f"{FEED}'html', url = 'http://a.org' }}\n", "f:5: service a: 'http://a.org' is no"),
    (HEAD, f"{FEED}'html', url = 'https://nowhere' }}\n", "f:5: service a: 'https://nowhere' is"),
    (HEAD, HEAD, "f:5: 'a' is there already, at f:1; keep one of the two"),
    (HEAD, HEAD.replace('"a"', '"b"'), "f:5: b: 'Aa' stands for 'a' already; give it to one"),
]


@pytest.mark.parametrize(("head", "tail", "complaint"), WRONG)
def test_a_mistake_is_named_with_its_line_and_what_to_do(
    head: str, tail: str, complaint: str
) -> None:
    read = decode((head + tail).encode(), "f")
    _, rejects = assemble([[read]])
    texts = [reject.text() for reject in rejects]
    assert [text for text in texts if text.startswith(complaint)], texts
    assert all("; " in text and "\n" not in text for text in texts)


def test_a_file_that_is_no_text_or_too_big_is_named() -> None:
    latin = decode(b"# first\n# caf\xe9\n", "f").rejects
    assert [reject.text() for reject in latin] == [
        "f:2: this is not UTF-8 text; save the file as UTF-8"
    ]
    big = decode(b"#" * (FILE_MAX + 1), "f").rejects
    assert big[0].text().startswith("f:1: the file has 1000001 bytes, more than 1000000; split")
    many = decode(b"[[service]]\n" * (TABLES_MAX + 1), "f").rejects
    assert many[0].text().startswith("f:2001: more than 2000 tables; split the file")


def test_a_table_with_a_mistake_does_not_spoil_its_neighbours() -> None:
    text = HEAD + '[[service]]\nslug = "b"\nname = "Bb"\ncategory = "nope"\n'
    read = decode(text.encode(), "f")
    assert [placed.entry.slug for placed in read.services] == ["a"]
    assert len(read.rejects) == 1


def test_a_hashtag_may_be_of_any_script() -> None:
    read = decode((HEAD + "hashtags = ['ทรูล่ม', 'बंद', '微博崩了']\n").encode(), "f")
    assert read.rejects == ()
    found = assemble([[read]])[0].resolve("#ทรูล่ม")
    assert found is not None
    assert found.slug == "a"


def test_a_catalog_can_be_empty() -> None:
    empty = Catalog([])
    assert len(empty) == 0
    assert empty.resolve("x") is None
    assert empty.search("x") == []
    assert empty.did_you_mean("x") is None


@pytest.mark.parametrize("name", ["reference/catalog-format.md", "howto/add-a-service.md"])
def test_the_examples_of_the_documents_are_in_order(name: str, tmp_path: Path) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    examples = re.findall(r"^ *```toml\n(.*?)^ *```$", text, flags=re.MULTILINE | re.DOTALL)
    assert examples
    for number, example in enumerate(examples):
        (tmp_path / f"{number}.toml").write_text(dedent(example), encoding="utf-8")
    catalog.load(tmp_path)


def test_the_reference_lists_every_category_and_kind() -> None:
    text = (DOCS / "reference/catalog-format.md").read_text(encoding="utf-8")
    words = set(re.findall(r"`([a-z-]+)`", text))
    assert {*CATEGORIES, *PROVIDER_KINDS, *FEED_KINDS, *Service.__struct_fields__} <= words
