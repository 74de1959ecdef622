"""Services that people depend on, providers that services depend on, and the kinds of both."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

ProviderKind = Literal["cdn", "cloud", "dns", "identity", "isp", "hosting"]
FeedKind = Literal[
    "statuspage",
    "incident-io",
    "instatus",
    "better-stack",
    "status-io",
    "google-cloud",
    "aws",
    "azure",
    "slack",
    "salesforce",
    "heroku",
    "zendesk",
    "rss",
    "atom",
    "cstate",
    "upptime",
    "html",
]
PROVIDER_KINDS: tuple[str, ...] = get_args(ProviderKind)
FEED_KINDS: tuple[str, ...] = get_args(FeedKind)

SYMPTOMS_MIN = 6  # fewer choices push people to "other"
SYMPTOMS_MAX = 8  # more do not fit a phone's screen without scrolling


class StatusFeed(msgspec.Struct, frozen=True):
    """Where the owner publishes its own state: the format, and an https URL of page or feed."""

    kind: FeedKind
    url: str


class People(msgspec.Struct, frozen=True):
    """How many people use a service: a published figure, with what it counts, of when, and by whom."""

    count: int
    what: str
    as_of: str
    source: str


class Category(msgspec.Struct, frozen=True):
    """A kind of service, and the symptoms offered for it, most usual first."""

    id: str
    label: str
    symptoms: tuple[str, ...]


class Service(msgspec.Struct, frozen=True):
    """What people depend on.

    `names` are further names in use, besides `name`; `hashtags` are without "#"; `ambiguous` are
    those of its names that are ordinary words too, so that a text that holds one need not mean it.
    `domains` have no "www."; their subdomains are meant as well. `countries` are ISO 3166 alpha-2
    codes of main use, largest first. `providers` are slugs, where publicly known. `symptoms` are
    six to eight ids; empty in a file means those of the category, and never empty in a catalog.
    `people` is a published figure of how many use it, None where there is none.
    """

    slug: str
    name: str
    names: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    category: str = "other"
    domains: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    status: StatusFeed | None = None
    symptoms: tuple[str, ...] = ()
    people: People | None = None


class Provider(msgspec.Struct, frozen=True):
    """What services depend on: a CDN, cloud, DNS host, identity service, network or web host."""

    slug: str
    name: str
    names: tuple[str, ...] = ()
    kind: ProviderKind = "hosting"
    domains: tuple[str, ...] = ()
    status: StatusFeed | None = None


_CATEGORIES = (
    ("social", "Social networks", "connect http-5xx feed post media login app other"),
    ("messaging", "Messaging and calls", "message connect call media notify login app other"),
    ("mail", "Mail", "connect http-5xx message notify login files app other"),
    ("video", "Video and television", "connect media http-5xx slow login search app other"),
    ("music", "Music and audio", "connect media slow login search purchase app other"),
    ("games", "Games", "login match lag connect slow purchase app other"),
    ("game-platform", "Game platforms", "login match connect lag purchase files app other"),
    ("bank", "Banks", "login card transfer cash app connect http-5xx other"),
    ("payment", "Payment and money", "payment card transfer login connect http-5xx app other"),
    ("shop", "Shops", "connect http-5xx slow checkout login search app other"),
    ("delivery", "Delivery", "order delivery connect payment location login app other"),
    ("telecom", "Mobile operators", "no-signal mobile-data call sms internet tv app other"),
    ("isp", "Internet providers", "internet slow tv call dns login app other"),
    ("government", "Government", "connect http-5xx login form slow payment app other"),
    ("health", "Health", "connect http-5xx login booking form slow app other"),
    ("education", "Education", "connect http-5xx login files form slow app other"),
    ("ai", "AI assistants", "answer connect http-5xx slow login api app other"),
    ("developer", "Developer tools", "http-5xx connect build api files login slow other"),
    ("work", "Work tools", "connect login message meeting files notify slow other"),
    ("storage", "Storage and documents", "files sync connect http-5xx login slow app other"),
    ("search", "Search and knowledge", "connect search http-5xx slow location login app other"),
    ("travel", "Travel and transport", "booking connect login payment location notify app other"),
    ("news", "News", "connect http-5xx blank slow media login app other"),
    ("dating", "Dating", "connect login message feed media purchase app other"),
    ("finance", "Trading and crypto", "login order transfer connect http-5xx slow app other"),
    ("cloud", "Clouds and hosting", "connect http-5xx api build files login slow other"),
    ("home", "Devices and home", "connect login sync notify media slow app other"),
    ("other", "Other services", "connect http-5xx slow login blank notify app other"),
)

CATEGORIES: Mapping[str, Category] = MappingProxyType(
    {row[0]: Category(row[0], row[1], tuple(row[2].split())) for row in _CATEGORIES},
)
