"""Who publishes tables of networks, on what terms, and what has to be said where they are used; told by a table's own name.

Terms change: look them up before you show what rests on them. The operator's own word, given when a table is built, comes first.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Publisher(NamedTuple):
    """A table's name, its licence and the line of attribution that the licence asks for; empty where not known."""

    name: str = ""
    licence: str = ""
    attribution: str = ""

    def named(self, database: str) -> str:
        """Return how one of its databases is called."""
        return f"{self.name} ({database})" if self.name else database


_CC_BY = "CC BY 4.0"
# A pattern of the database type of an MMDB, or of a file's name; the first that fits.
_KNOWN: tuple[tuple[re.Pattern[str], Publisher], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), publisher)
    for pattern, publisher in (
        # Before GeoLite2: its databases say that they are made like those.
        (
            r"db-?ip",
            Publisher("DB-IP", _CC_BY, "IP Geolocation by DB-IP, https://db-ip.com"),
        ),
        (
            r"geolite2?-?(asn|country|city)",
            Publisher(
                "MaxMind GeoLite2",
                "GeoLite2 End User License Agreement",
                "This product includes GeoLite data created by MaxMind, available from https://www.maxmind.com",
            ),
        ),
        (
            r"^geoip2|^geoip-",
            Publisher("MaxMind GeoIP", "MaxMind End User License Agreement"),
        ),
        (
            r"ipinfo",
            Publisher(
                "IPinfo",
                "CC BY-SA 4.0 (IPinfo Lite)",
                "IP address data is powered by IPinfo, https://ipinfo.io",
            ),
        ),
        (
            r"ip2asn|iptoasn",
            Publisher("iptoasn", "PDDL 1.0"),
        ),
        (
            r"ip2location",
            Publisher(
                "IP2Location LITE",
                "CC BY-SA 4.0",
                "This site or product includes IP2Location LITE data available from https://lite.ip2location.com",
            ),
        ),
        (
            r"pfx2as|routeviews-rv",
            Publisher(
                "CAIDA Routeviews prefix-to-AS",
                "CAIDA Acceptable Use Agreement",
                "The CAIDA UCSD RouteViews Prefix to AS mappings dataset, https://www.caida.org/catalog/datasets/routeviews-prefix2as/",
            ),
        ),
        (
            r"route-?views|^rib\.",
            Publisher(
                "RouteViews",
                _CC_BY,
                "University of Oregon RouteViews Project, https://www.routeviews.org",
            ),
        ),
        (
            r"^bview\.|ripe-?ris",
            Publisher(
                "RIPE RIS", "RIPE NCC terms of service", "RIPE NCC Routing Information Service"
            ),
        ),
    )
)


def published(name: str) -> Publisher:
    """Return who publishes a table of that name; nothing is said where the name tells nobody."""
    for pattern, publisher in _KNOWN:
        if pattern.search(name):
            return publisher
    return Publisher()
