"""Where a report comes from, coarsely: country and network. After this the address is dropped.

The country comes from `iptocc` (the five registries' own delegations, part of the package) or from
an MMDB file that knows countries; the network from an MMDB file with autonomous systems or from a
prefix file. Nothing of an address goes into a log, an error or the journal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import iptocc
import maxminddb

from uproar.errors import NetworksInvalid
from uproar.inlets import prefixes
from uproar.inlets.addresses import text_of
from uproar.inlets.reporter import network_of
from uproar.model.place import CODES
from uproar.model.signal import UNKNOWN_PLACE

_CHUNK_BYTES = 1_048_576


@dataclass(frozen=True)
class Networks:
    """What is known of addresses: `look_up` gives (country or "", system's number or 0).

    `digest` is of the file behind it, for the journal, empty without a file; `note` says in words
    what is known.
    """

    look_up: Callable[[bytes], tuple[str, int]]
    digest: str = ""
    note: str = ""

    def locate(self, address: bytes, key: bytes) -> tuple[str, str]:
        """Return (place, network) of a packed address, as `Report` wants them."""
        country, number = self.look_up(address)
        network = f"AS{number}" if number else network_of(key, address)
        return country if country in CODES else UNKNOWN_PLACE, network


def by_country_only() -> Networks:
    """Return what is known without a file: countries."""
    return Networks(lambda address: (_registry_country(address), 0), note="countries only")


def load(path: Path) -> Networks:
    """Return what an MMDB file (*.mmdb) or a prefix file (anything else) knows.

    Raises NetworksInvalid when it cannot be read.
    """
    if path.suffix.lower() == ".mmdb":
        return _from_mmdb(path)
    table, rejects = prefixes.load(path)
    note = f"prefixes: {table.rows}, lines set aside: {rejects.count}"
    return Networks(
        lambda address: (_registry_country(address), table.number(address)), table.digest, note
    )


def _from_mmdb(path: Path) -> Networks:
    try:
        with path.open("rb") as file:
            digest = hashlib.blake2b(digest_size=16)
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
        reader = maxminddb.open_database(path)
    except OSError as problem:
        raise NetworksInvalid(
            f"{path}: cannot be read ({problem.strerror}); see reports.network_database"
        ) from None
    except maxminddb.InvalidDatabaseError:
        raise NetworksInvalid(f"{path}: is no MMDB file, or a damaged one") from None

    def look_up(address: bytes) -> tuple[str, int]:
        try:
            record = reader.get(text_of(address))
        except (maxminddb.InvalidDatabaseError, ValueError):
            record = None  # An IPv6 address in an IPv4 database, or a damaged branch of the tree.
        country, number = _of_record(record)
        return country or _registry_country(address), number

    return Networks(look_up, digest.hexdigest(), reader.metadata().database_type)


def _of_record(record: Any) -> tuple[str, int]:
    """Read the fields that the common databases use (MaxMind, DB-IP, IPinfo, RouteViews' MMDB)."""
    if not isinstance(record, dict):
        return "", 0
    number: object = record.get("autonomous_system_number", record.get("asn", 0))
    if isinstance(number, str):
        digits = number.removeprefix("AS")
        number = int(digits) if digits.isascii() and digits.isdecimal() else 0
    country = record.get("country", record.get("country_code", ""))
    if isinstance(country, dict):
        country = country.get("iso_code", "")
    if not isinstance(number, int) or not 0 < number <= prefixes.ASN_MAX:
        number = 0
    return country if isinstance(country, str) else "", number


def _registry_country(address: bytes) -> str:
    return iptocc.country_code(text_of(address)) or ""
