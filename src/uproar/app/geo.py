"""Tables of networks: built of the operator's sources, shown, and asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from uproar.errors import NetworksInvalid
from uproar.inlets import networkfiles
from uproar.inlets.addresses import packed
from uproar.wire.networks.spans import country_code
from uproar.wire.networks.table import Source, Table, table

SOURCES_MAX = 16
FIELDS = ("name", "date", "licence", "attribution")


class Built(NamedTuple):
    """A table that was built and kept: its size in bytes, and of each source the first lines that could not be used."""

    table: Table
    size: int
    shown: list[list[str]]


class Answer(NamedTuple):
    """What a table says of one address: number and name of its network, its country; 0 and empty where it does not know."""

    address: str
    system: int
    name: str
    country: str


def build(sources: Sequence[Path], told: Sequence[dict[str, str]], output: Path) -> Built:
    """Build a table of all sources and keep it; raises NetworksInvalid where one is of no use.

    `told` is what the operator says of each source: name, date, licence, attribution.
    """
    if len(sources) > SOURCES_MAX:
        raise NetworksInvalid(f"{len(sources)} sources; at most {SOURCES_MAX} make one table")
    read: list[Source] = []
    shown: list[list[str]] = []
    for path, about in zip(sources, told, strict=True):
        source, lines = networkfiles.read(path, **about)
        read.append(source)
        shown.append(lines)
    size = networkfiles.keep(table(read), output)
    return Built(networkfiles.load(output), size, shown)


def look(made: Table, address: str) -> Answer | None:
    """Return what a table says of an address, or None where the text is none."""
    raw = packed(address)
    if raw is None:
        return None
    system, country = made.one(raw)
    return Answer(address, system, made.names.of(system), country_code(country))


def shares(made: Table) -> tuple[float, int]:
    """Return the share of IPv4 of which the table knows the network, and how many networks it knows."""
    sizes = np.diff(np.append(made.four.starts.astype(np.int64), 1 << 32))
    known = float(sizes[np.asarray(made.four.systems) != 0].sum()) / (1 << 32)
    systems = np.union1d(made.four.systems, made.six.systems)
    return known, int((systems != 0).sum())


def load(path: Path) -> Table:
    """Return a table that was kept; raises NetworksInvalid where the file is none."""
    return networkfiles.load(path)
