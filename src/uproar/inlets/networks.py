"""Where a report comes from, coarsely: country and network. After this the address is dropped.

The country comes from `iptocc` (the five registries' own delegations, part of the package) or from
a file that knows countries; the network from an MMDB file with autonomous systems, from a table that `uproar geo build`
made, or from any text that it reads. Nothing of an address goes into a log, an error or the journal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import iptocc
import maxminddb

from uproar.errors import NetworksInvalid
from uproar.inlets import networkfiles
from uproar.inlets.addresses import text_of
from uproar.inlets.reporter import network_of
from uproar.model.place import CODES
from uproar.model.signal import UNKNOWN_PLACE
from uproar.wire.networks.records import of_record
from uproar.wire.networks.spans import country_code
from uproar.wire.networks.table import Table, Told, table

_CHUNK_BYTES = 1_048_576


@dataclass(frozen=True)
class Networks:
    """What is known of addresses: `ask` gives what the file itself says, (country or "", system's number or 0).

    `digest` is of the file behind it, for the journal, empty without a file; `note` says in words
    what is known, `told` what the file was made of. `table` is there unless an MMDB is asked as it is.
    """

    ask: Callable[[bytes], tuple[str, int]]
    digest: str = ""
    note: str = ""
    told: tuple[Told, ...] = ()
    table: Table | None = None

    def locate(self, address: bytes, key: bytes) -> tuple[str, str]:
        """Return (place, network) of a packed address, as `Report` wants them."""
        country, number = self.ask(address)
        country = country or _registry_country(address)
        network = f"AS{number}" if number else network_of(key, address)
        return country if country in CODES else UNKNOWN_PLACE, network


def by_country_only() -> Networks:
    """Return what is known without a file: countries."""
    return Networks(lambda _: ("", 0), note="countries only")


def load(path: Path) -> Networks:
    """Return what a table of our own, an MMDB file (*.mmdb) or a text of networks (anything else) knows.

    Raises NetworksInvalid when it cannot be read.
    """
    try:
        if networkfiles.is_kept(path):
            kept = networkfiles.load(path)
            return _from_table(kept, kept.digest, "; ".join(each.name for each in kept.told))
        if path.suffix.lower() == ".mmdb":
            return _from_mmdb(path)
        source, _ = networkfiles.read(path)
    except NetworksInvalid as problem:
        raise NetworksInvalid(f"{problem}; see reports.network_database") from None
    aside = sum(source.told.aside.values())
    note = f"rows of networks: {source.told.rows}, lines set aside: {aside}"
    return _from_table(table([source]), _digest(path), note)


def _from_table(known: Table, digest: str, note: str) -> Networks:
    def ask(address: bytes) -> tuple[str, int]:
        number, country = known.one(address)
        return country_code(country), number

    return Networks(ask, digest, note, known.told, known)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.blake2b(digest_size=16)
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _from_mmdb(path: Path) -> Networks:
    try:
        digest = _digest(path)
        reader = maxminddb.open_database(path)
    except OSError as problem:
        raise NetworksInvalid(f"{path}: cannot be read ({problem.strerror})") from None
    except maxminddb.InvalidDatabaseError:
        raise NetworksInvalid(f"{path}: is no MMDB file, or a damaged one") from None

    def ask(address: bytes) -> tuple[str, int]:
        try:
            record = reader.get(text_of(address))
        except (maxminddb.InvalidDatabaseError, ValueError):
            record = None  # An IPv6 address in an IPv4 database, or a damaged branch of the tree.
        return of_record(record)

    about = reader.metadata()
    told = networkfiles.of_database(about, path.name)
    return Networks(ask, digest, about.database_type, (told,))


def _registry_country(address: bytes) -> str:
    return iptocc.country_code(text_of(address)) or ""
