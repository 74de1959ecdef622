"""The lines of tables of networks, form by form: what one line says, or why it cannot be used.

Prefix and number a line; CAIDA's pfx2as (prefix, length, number); iptoasn's TSV; the CSV of ip-location-db and DB-IP (first and
last address, then number and name, or a country); CSV with a head, as IPinfo and GeoLite2 give it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from uproar.wire.networks.spans import (
    SYSTEM_MAX,
    V4_BITS,
    V6_BITS,
    country_number,
    is_four,
    number_of,
    of_prefix,
)

# Why a line is set aside.
NO_FORM = "not of the file's form"
NO_ADDRESS = "no address"
NO_LENGTH = "no prefix length of its family"
NO_ORDER = "ends before it begins, or in another family"
NO_SYSTEM = "no number of a network from 1 to 4294967295"
DEFAULT_ROUTE = "the default route, which names no network"
NOT_TEXT = "not text"
TOO_LONG = "too long"
NOTHING = "says neither network nor country"

COLUMNS_MAX = 64
_LONGEST = str(V4_BITS), str(V6_BITS)
_SEVERAL = str.maketrans({",": " ", "_": " ", "{": " ", "}": " ", "[": " ", "]": " "})
_HEADS: Mapping[str, str] = MappingProxyType(
    {
        "network": "prefix", "prefix": "prefix", "cidr": "prefix", "ip_range": "prefix",
        "start_ip": "first", "ip_range_start": "first", "range_start": "first", "start": "first",
        "end_ip": "last", "ip_range_end": "last", "range_end": "last", "end": "last",
        "asn": "system", "autonomous_system_number": "system", "as_number": "system",
        "as_name": "name", "autonomous_system_organization": "name", "organization": "name",
        "country_code": "country", "country_iso_code": "country", "country": "country",
    }
)  # fmt: skip


class Row(NamedTuple):
    """What a line says: first and last address (128 bits), network, country; 0 and empty where it does not.

    `several`: it names more than one network, and this is the first of them.
    """

    span: tuple[int, int]
    system: int
    country: int
    name: str
    several: bool = False


Read = Row | str
Reading = Callable[[str], Read]


def prefix_row(address: str, length: str, system: str) -> Read:
    """Return what a prefix and the text of its origin say."""
    span = prefix_span(address, length)
    if isinstance(span, str):
        return span
    origin, several = origin_of(system)
    return Row(span, origin, 0, "", several) if origin else NO_SYSTEM


def prefix_span(address: str, length: str) -> tuple[int, int] | str:
    """Return the first and last address of a prefix, or why it is none."""
    number = number_of(address)
    if number is None:
        return NO_ADDRESS
    four, six = is_four(number), ":" in address
    bits = _whole(length, V6_BITS if six else V4_BITS)
    if bits is not None and four and six:
        bits -= V6_BITS - V4_BITS  # ::ffff:192.0.2.0/120 is 192.0.2.0/24.
    if bits is None or bits < 0:
        return NO_LENGTH
    return of_prefix(number, bits) if bits else DEFAULT_ROUTE


def origin_of(text: str) -> tuple[int, bool]:
    """Return the first of the networks that a text names, 0 where it names none, and whether there are others.

    CAIDA joins several origins of one prefix by "_" and the members of an AS set by ","; bgpdump puts a set in braces.
    """
    names = text.translate(_SEVERAL).split()
    numbers = [_whole(each.upper().removeprefix("AS"), SYSTEM_MAX) for each in names]
    if not numbers or any(each is None for each in numbers):
        return 0, False
    return numbers[0] or 0, len(set(numbers)) > 1


def prefixes(line: str) -> Read:
    """Read "192.0.2.0/24 64500"."""
    words = line.split()
    if len(words) != 2 or "/" not in words[0]:
        return NO_FORM
    address, _, length = words[0].partition("/")
    return prefix_row(address, length, words[1])


def pfx2as(line: str) -> Read:
    """Read a line of CAIDA's Routeviews prefix-to-AS tables: "192.0.2.0<TAB>24<TAB>64500_64501,64502"."""
    words = line.split()
    return prefix_row(*words) if len(words) == 3 else NO_FORM


def iptoasn(line: str) -> Read:
    """Read a line of iptoasn: first, last, number, country, name, by tabs; or first, last and country."""
    words = line.split("\t")
    if len(words) == 5:
        return _range(words[0], words[1], words[2], words[3], words[4])
    return _range(words[0], words[1], "", words[2], "") if len(words) == 3 else NO_FORM


def ranges(line: str) -> Read:
    """Read a line of CSV as ip-location-db and DB-IP write it: first, last, then number and name, or a country."""
    words = fields(line)
    if not 3 <= len(words) <= COLUMNS_MAX:
        return NO_FORM
    third = words[2].strip()
    if third.upper().removeprefix("AS").isdecimal():
        return _range(words[0], words[1], third, "", words[3] if len(words) > 3 else "")
    return _range(words[0], words[1], "", third, "") if len(third) <= 2 else NO_FORM


def headed(head: str) -> Reading | None:
    """Return how to read the lines below a head of CSV, or None where its columns are not known."""
    found: dict[str, int] = {}
    for at, word in enumerate(fields(head)[:COLUMNS_MAX]):
        meant = _HEADS.get(word.strip().lower())
        # `country_code` is better than `country`, which may be a name; the first that is a code wins.
        if meant and (meant not in found or word.strip().lower().endswith("_code")):
            found[meant] = at
    if not ({"first", "last"} <= found.keys() or ("prefix" in found and "first" not in found)):
        return None
    if not {"system", "country"} & found.keys():
        return None

    def read(line: str) -> Read:
        words = fields(line)
        if not max(found.values()) < len(words) <= COLUMNS_MAX:
            return NO_FORM
        told = {meant: words[at].strip() for meant, at in found.items()}
        rest = told.get("system", ""), told.get("country", ""), told.get("name", "")
        if "first" in told:
            return _range(told["first"], told["last"], *rest)
        address, slash, length = told["prefix"].partition("/")
        span = prefix_span(address, length if slash else _LONGEST[":" in address])
        return span if isinstance(span, str) else _said(span, *rest)

    return read


def fields(line: str) -> list[str]:
    """Return the fields of a line of CSV (RFC 4180); a line that is broken has none."""
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return []


def _range(first: str, last: str, system: str, country: str, name: str) -> Read:
    begin, end = number_of(first.strip()), number_of(last.strip())
    if begin is None or end is None:
        return NO_ADDRESS
    if end < begin or is_four(begin) != is_four(end):
        return NO_ORDER
    return _said((begin, end), system, country, name)


def _said(span: tuple[int, int], system: str, country: str, name: str) -> Read:
    origin, several = 0, False
    if system.strip() not in {"", "0"}:
        origin, several = origin_of(system)
        if not origin:
            return NO_SYSTEM
    code = country_number(country.strip())
    if not origin and not code:
        return NOTHING
    return Row(span, origin, code, name if origin else "", several)


def _whole(text: str, most: int) -> int | None:
    """Return a whole number from 0 to `most`, or None."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        return None
    number = int(text)
    return number if number <= most else None


FORMS: Mapping[str, Reading] = MappingProxyType(
    {"prefixes": prefixes, "iptoasn": iptoasn, "pfx2as": pfx2as, "ranges": ranges}
)
