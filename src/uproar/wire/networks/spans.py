"""Stretches of addresses and what a source says of each: a network's number, a country.

They may lie in one another in any way; `flat` makes them disjoint. Addresses are two halves of 64 bits, IPv4 as
::ffff:a.b.c.d, as everywhere in tracing.
"""

from __future__ import annotations

import ipaddress
from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uproar.errors import NetworksInvalid
from uproar.model.place import CODES

U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
Flag = NDArray[np.bool_]

ROWS_MAX = 16_000_000  # Of one source; the whole Internet has 1.3 million prefixes, the largest databases some millions.
SYSTEM_MAX = 4_294_967_295  # RFC 6793.
ADDRESS_TEXT_MAX = 45  # The longest an address can be written (RFC 4291, 2.2).
V4_BITS, V6_BITS = 32, 128
MAPPED_HIGH = 0xFFFF
_MAPPED = MAPPED_HIGH << V4_BITS
_HALF = (1 << 64) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Columns of shape (n,): first and last address, both within; `systems` and `countries` are 0 where not known.

    A country is its two letters as a number, the first in the upper eight bits.
    """

    first_hi: U64
    first_lo: U64
    last_hi: U64
    last_lo: U64
    systems: U32
    countries: U16

    def __len__(self) -> int:
        return len(self.first_hi)

    def take(self, rows: Flag) -> Spans:
        """Return these rows only."""
        return Spans(
            self.first_hi[rows], self.first_lo[rows], self.last_hi[rows], self.last_lo[rows],
            self.systems[rows], self.countries[rows],
        )  # fmt: skip


class Gathering:
    """Spans in the making."""

    def __init__(self) -> None:
        self._halves = tuple(array("Q") for _ in range(4))
        self._systems = array("I")
        self._countries = array("H")

    def __len__(self) -> int:
        return len(self._systems)

    def add(self, span: tuple[int, int], system: int, country: int) -> None:
        """Take a stretch; raises NetworksInvalid beyond ROWS_MAX."""
        if len(self._systems) >= ROWS_MAX:
            raise NetworksInvalid(
                f"more than {ROWS_MAX:,} rows; the Internet has a tenth of that, is it a table of networks?"
            )
        first, last = span
        for column, value in zip(
            self._halves, (first >> 64, first & _HALF, last >> 64, last & _HALF), strict=True
        ):
            column.append(value)
        self._systems.append(system)
        self._countries.append(country)

    def spans(self) -> Spans:
        """Return what was taken."""
        first_hi, first_lo, last_hi, last_lo = (np.array(each, np.uint64) for each in self._halves)
        return Spans(
            first_hi, first_lo, last_hi, last_lo,
            np.array(self._systems, np.uint32), np.array(self._countries, np.uint16),
        )  # fmt: skip


def number_of(text: str) -> int | None:
    """Return an address as one number of 128 bits, IPv4 as mapped, or None where the text is none.

    A bare number is an address too, as some tables write them: IPv4 below 2^32, IPv6 from there on.
    """
    if len(text) > ADDRESS_TEXT_MAX:
        return None
    if text.isdecimal() and text.isascii():
        number = int(text)
        if number >> V4_BITS == 0:
            return _MAPPED | number
        return number if number >> V6_BITS == 0 else None
    try:
        if ":" in text:
            return int(ipaddress.IPv6Address(text))
        return _MAPPED | int(ipaddress.IPv4Address(text))
    except ValueError:
        return None


def is_four(number: int) -> bool:
    """Tell whether an address is of IPv4."""
    return number >> V4_BITS == MAPPED_HIGH


def of_prefix(number: int, length: int) -> tuple[int, int]:
    """Return the first and last address of a prefix; `length` counts within the address's own family."""
    host = (V4_BITS if is_four(number) else V6_BITS) - length
    first = number >> host << host
    return first, first | ((1 << host) - 1)


def country_number(code: str) -> int:
    """Return a country as a number, 0 for all that is no country of ISO 3166 (ZZ, EU, AP, None)."""
    code = code.upper()
    return ord(code[0]) << 8 | ord(code[1]) if code in CODES else 0


def country_code(number: int) -> str:
    """Return the two letters of a country, empty for 0."""
    return chr(number >> 8) + chr(number & 0xFF) if number else ""
