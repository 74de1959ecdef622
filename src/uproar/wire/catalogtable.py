"""One table of a catalog file: its fields to a service or a provider, every mistake noted.

Pure: the parsed table and the way to find a key's line come in, values and rejects go out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, cast

from uproar.model import signs
from uproar.model.place import CODES
from uproar.model.service import (
    CATEGORIES,
    FEED_KINDS,
    PROVIDER_KINDS,
    SYMPTOMS_MAX,
    SYMPTOMS_MIN,
    FeedKind,
    People,
    Provider,
    ProviderKind,
    Service,
    StatusFeed,
)
from uproar.model.symptom import SYMPTOMS

NAME_MAX = 60  # characters of a name, hashtag or any other entry
LIST_MAX = 30  # entries of a list
URL_MAX = 200  # characters of an address

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_DOMAIN = re.compile(r"(?=.{4,100}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z")
_URL = re.compile(r"https://(?P<host>[a-z0-9.-]+)(?::\d{1,5})?(?:/[!-~]*)?\Z")
# A name is compared: the joiners have no place in it either.
_CONTROL = re.compile(
    f"[{signs.CONTROLS}{signs.LINE_ENDS}{signs.UNSEEN}{signs.JOINERS}{signs.HALVES}]"
)

PEOPLE_MAX = 10_000_000_000  # more than there are
UNKNOWN_KEYS_MAX = 20  # unknown keys of one table that are listed

_SERVICE_KEYS = (*Service.__struct_fields__, "remove")
_PROVIDER_KEYS = (*Provider.__struct_fields__, "remove")

_STATUS_FORM = 'write status = { kind = "statuspage", url = "https://status.example.org" }'

_PEOPLE_FORM = (
    'write people = { count = 40_000, what = "customers", as_of = "2025-06", source = "..." }'
)


class Reject(NamedTuple):
    """One mistake: the file and line where it stands, what it is, and what to do."""

    file: str
    line: int
    what: str
    todo: str

    def text(self) -> str:
        """Return all of it as one line for people."""
        return f"{self.file}:{self.line}: {self.what}; {self.todo}"


def nearest(word: str, among: Iterable[str], kind: str) -> str:
    """Return what to do about an unknown word: the nearest known one, or the list of them."""
    words = sorted(among)
    near = get_close_matches(word[:80], words, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"use one of the {kind}: {', '.join(words)}"


def shown(value: object) -> str:
    """Return a value as it is quoted in a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _in_hashtag(sign: str) -> bool:
    """Tell letters, digits and "_"; and marks, which Thai and Hindi words cannot be without."""
    return sign == "_" or unicodedata.category(sign)[0] in "LNM"


class TableReader:
    """Reads the fields of one table; a field with a mistake is noted and taken as its default."""

    def __init__(
        self,
        file: str,
        kind: str,
        table: Mapping[str, Any],
        line_of: Callable[[str], int],
    ) -> None:
        """Take a table of `kind` "service" or "provider"; `line_of("")` is that of its heading."""
        self.file = file
        self.kind = kind
        self.table = table
        self.line_of = line_of
        self.rejects: list[Reject] = []

    def reject(self, key: str, what: str, todo: str) -> None:
        """Note a mistake at a key."""
        slug = self.table.get("slug")
        named = f"{self.kind} {slug}: " if isinstance(slug, str) and _SLUG.match(slug) else ""
        self.rejects.append(Reject(self.file, self.line_of(key), named + what, todo))

    def read(self) -> Service | Provider:
        """Read the table as what it is; of no use when there are rejects."""
        return self.service() if self.kind == "service" else self.provider()

    def service(self) -> Service:
        """Read a service."""
        if self._removes(_SERVICE_KEYS):
            return Service(self._slug(), "")
        name = self._name()
        names = self._list("names", self._plain)
        return Service(
            slug=self._slug(),
            name=name,
            names=names,
            hashtags=self._list("hashtags", self._tag),
            ambiguous=self._ambiguous(name, names),
            category=self._choice("category", CATEGORIES, "categories"),
            domains=self._list("domains", self._domain),
            countries=self._list("countries", self._country),
            providers=self._list("providers", self._provider),
            status=self._status(),
            symptoms=self._symptoms(),
            people=self._people(),
        )

    def provider(self) -> Provider:
        """Read a provider."""
        if self._removes(_PROVIDER_KEYS):
            return Provider(self._slug(), "")
        kind = self._choice("kind", PROVIDER_KINDS, "kinds") or "hosting"
        return Provider(
            slug=self._slug(),
            name=self._name(),
            names=self._list("names", self._plain),
            kind=cast("ProviderKind", kind),
            domains=self._list("domains", self._domain),
            status=self._status(),
        )

    def _removes(self, keys: tuple[str, ...]) -> bool:
        for key in sorted(self.table.keys() - set(keys))[:UNKNOWN_KEYS_MAX]:
            self.reject(key, f"unknown key {shown(key)}", nearest(key, keys, "keys"))
        if "remove" not in self.table:
            return False
        if self.table["remove"] is not True:
            self.reject("remove", "remove is not true", "write remove = true, or leave it out")
        elif len(self.table) > 2:
            self.reject("remove", "a table that removes says more", "keep only slug and remove")
        return True

    def _slug(self) -> str:
        slug = self.table.get("slug")
        if isinstance(slug, str) and _SLUG.match(slug):
            return slug
        what = "slug is missing" if slug is None else f"slug {shown(slug)} is none"
        self.reject("slug", what, "use 1 to 40 of a-z, 0-9 and -, not - first")
        return ""

    def _name(self) -> str:
        name = self.table.get("name")
        if name is None:
            self.reject("", "name is missing", 'add name = "..."')
            return ""
        return self._plain("name", name) or ""

    def _plain(self, key: str, text: object) -> str | None:
        if not isinstance(text, str):
            self.reject(key, f"{shown(text)} in {key} is no text", "write it in quotes")
        elif not text.strip() or text != text.strip() or len(text) > NAME_MAX:
            what = f"{shown(text)} in {key} is empty, padded or too long"
            self.reject(key, what, f"use 1 to {NAME_MAX} characters without outer spaces")
        elif _CONTROL.search(text):
            what = f"{shown(text)} in {key} has invisible or control characters"
            self.reject(key, what, "take them out")
        else:
            return text
        return None

    def _list(self, key: str, read: Callable[[str, object], str | None]) -> tuple[str, ...]:
        items = self.table.get(key, [])
        if not isinstance(items, list):
            self.reject(key, f"{key} is no list", f'write {key} = ["...", "..."]')
            return ()
        if len(items) > LIST_MAX:
            self.reject(key, f"{key} has {len(items)} entries", f"use at most {LIST_MAX}")
            return ()
        found = [entry for entry in (read(key, item) for item in items) if entry is not None]
        for entry in dict.fromkeys(entry for entry in found if found.count(entry) > 1):
            self.reject(key, f"{shown(entry)} is twice in {key}", "keep one")
        return tuple(found)

    def _tag(self, key: str, text: object) -> str | None:
        tag = self._plain(key, text)
        if tag is not None and not all(map(_in_hashtag, tag)):
            self.reject(key, f"{shown(tag)} is no hashtag", 'use letters and digits, without "#"')
            return None
        return tag

    def _domain(self, key: str, text: object) -> str | None:
        domain = self._plain(key, text)
        if domain is not None and (not _DOMAIN.match(domain) or domain.startswith("www.")):
            todo = 'write it bare and in small letters, like "example.org", without "www."'
            self.reject(key, f"{shown(domain)} is no domain", todo)
            return None
        return domain

    def _country(self, key: str, text: object) -> str | None:
        code = self._plain(key, text)
        if code is not None and code not in CODES:
            todo = f"did you mean {code.upper()!r}?" if code.upper() in CODES else ""
            todo = 'use "GB"' if code == "UK" else todo or "use an ISO 3166 code of two capitals"
            self.reject(key, f"{shown(code)} is no country code", todo)
            return None
        return code

    def _provider(self, key: str, text: object) -> str | None:
        slug = self._plain(key, text)
        if slug is not None and not _SLUG.match(slug):
            self.reject(key, f"{shown(slug)} is no slug of a provider", "use a provider's slug")
            return None
        return slug

    def _choice(self, key: str, among: Iterable[str], many: str) -> str:
        word = self.table.get(key)
        if isinstance(word, str) and word in set(among):
            return word
        if word is None:
            self.reject("", f"{key} is missing", nearest("", among, many))
        else:
            self.reject(key, f"unknown {key} {shown(word)}", nearest(str(word), among, many))
        return ""

    def _ambiguous(self, name: str, names: tuple[str, ...]) -> tuple[str, ...]:
        found = self._list("ambiguous", self._plain)
        for word in found:
            if word not in (name, *names):
                what = f"{shown(word)} in ambiguous is neither name nor in names"
                self.reject("ambiguous", what, "write it as it stands there")
        return found

    def _symptoms(self) -> tuple[str, ...]:
        if "symptoms" not in self.table:
            return ()
        found = self._list("symptoms", self._plain)
        for word in found:
            if word not in SYMPTOMS:
                todo = nearest(word, SYMPTOMS, "symptoms")
                self.reject("symptoms", f"unknown symptom {shown(word)}", todo)
        if not SYMPTOMS_MIN <= len(found) <= SYMPTOMS_MAX or "other" not in found:
            todo = f"list {SYMPTOMS_MIN} to {SYMPTOMS_MAX}, 'other' among them"
            self.reject("symptoms", f"{len(found)} symptoms", f"{todo}, or leave the key out")
        return found

    def _status(self) -> StatusFeed | None:
        feed = self.table.get("status")
        if feed is None:
            return None
        if not isinstance(feed, dict) or feed.keys() != {"kind", "url"}:
            self.reject("status", "status is not a kind and a url", _STATUS_FORM)
            return None
        kind, url = feed["kind"], feed["url"]
        if kind not in FEED_KINDS:
            self.reject(
                "status", f"unknown kind {shown(kind)}", nearest(str(kind), FEED_KINDS, "kinds")
            )
            return None
        match = _URL.match(url) if isinstance(url, str) and len(url) <= URL_MAX else None
        if match is None or not _DOMAIN.match(match["host"]):
            self.reject("status", f"{shown(url)} is no https address", _STATUS_FORM)
            return None
        return StatusFeed(cast("FeedKind", kind), url)

    def _people(self) -> People | None:
        told = self.table.get("people")
        if told is None:
            return None
        if not isinstance(told, dict) or told.keys() != set(People.__struct_fields__):
            what = "people is not a count, what it counts, as_of and source"
            self.reject("people", what, _PEOPLE_FORM)
            return None
        count = told["count"]
        if type(count) is not int or not 0 < count <= PEOPLE_MAX:
            self.reject("people", f"{shown(count)} is no count of people", _PEOPLE_FORM)
            return None
        words = [self._plain("people", told[key]) for key in ("what", "as_of", "source")]
        return None if None in words else People(count, *(word or "" for word in words))
