"""The records of an MMDB: which network and country they tell, whoever made them (MaxMind, DB-IP, IPinfo, iptoasn)."""

from __future__ import annotations

from uproar.wire.networks.forms import Row, origin_of
from uproar.wire.networks.spans import SYSTEM_MAX, country_number

_NUMBERS = ("autonomous_system_number", "asn")
_NAMES = ("autonomous_system_organization", "as_name", "name")
_COUNTRIES = ("country", "country_code", "registered_country")


def row_of(span: tuple[int, int], record: object) -> Row | None:
    """Return what a record says of its addresses, or None where that is neither network nor country."""
    country, number = of_record(record)
    code = country_number(country)
    if not isinstance(record, dict) or not (number or code):
        return None
    name = next((record[key] for key in _NAMES if isinstance(record.get(key), str)), "")
    return Row(span, number, code, name if number else "")


def of_record(record: object) -> tuple[str, int]:
    """Return (country or "", network's number or 0) as a record tells them."""
    if not isinstance(record, dict):
        return "", 0
    number = next((record[key] for key in _NUMBERS if key in record), 0)
    if isinstance(number, str):
        number = origin_of(number)[0]
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= SYSTEM_MAX:
        number = 0
    for key in _COUNTRIES:
        told = record.get(key)
        if isinstance(told, dict):
            told = told.get("iso_code")
        if isinstance(told, str) and len(told) == 2:
            return told, number
    return "", number
