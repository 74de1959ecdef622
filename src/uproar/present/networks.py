"""A table of networks in words and as values: what it was made of, how much it knows, and on what terms."""

from __future__ import annotations

from typing import Any

import msgspec

from uproar.present.legible import one_line
from uproar.wire.networks.table import Table, Told

UNTOLD = "licence not told"


def source(told: Told) -> str:
    """Return a source on one line: its name, day and licence."""
    date = f" of {told.date}" if told.date else ", day not told"
    return one_line(f"{told.name}{date} ({told.licence or UNTOLD})")


def lines(table: Table, path: str, size: int, known: float, systems: int) -> list[str]:
    """Return what a table is, for a person; `known` is the share of IPv4 whose network it knows."""
    found = [
        f"{path}: {size / 1e6:,.1f} MB, digest {table.digest or 'not kept yet'}",
        f"  {len(table.four.starts):,} stretches of IPv4, {len(table.six):,} of IPv6",
        f"  {systems:,} networks, {len(table.names.numbers):,} of them with names",
        f"  the network is known of {known:.1%} of IPv4; countries: {'yes' if table.has_countries else 'no'}",
    ]
    for told in table.told:
        found.append(f"from {source(told)}")
        several = f", {told.several:,} with several networks" if told.several else ""
        found.append(f"  {told.rows:,} rows ({told.form}){several}")
        found += [f"  set aside: {count:,} {reason}" for reason, count in told.aside.items()]
        if told.attribution:
            found.append(f"  to be said where it is shown: {one_line(told.attribution)}")
    return found


def values(table: Table, size: int, known: float, systems: int) -> dict[str, Any]:
    """Return the same as values of a JSON line."""
    return {
        "kind": "networks",
        "digest": table.digest,
        "bytes": size,
        "stretches": {"ipv4": len(table.four.starts), "ipv6": len(table.six)},
        "networks": systems,
        "names": len(table.names.numbers),
        "known_of_ipv4": round(known, 4),
        "countries": table.has_countries,
        "sources": [msgspec.to_builtins(told) for told in table.told],
    }


def answer(address: str, system: int, name: str, country: str) -> str:
    """Return what is known of one address, for a person."""
    network = f"AS{system} {name}".rstrip() if system else "network not known"
    return one_line(f"{address} {network} {country}")


def answer_values(address: str, system: int, name: str, country: str) -> dict[str, Any]:
    """Return the same as values of a JSON line; null where it is not known."""
    return {
        "kind": "address",
        "address": address,
        "asn": f"AS{system}" if system else None,
        "name": name or None,
        "country": country or None,
    }
