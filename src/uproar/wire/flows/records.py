"""Records of one layout, from any number of sets, to flows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.wire.flows import elements as ie
from uproar.wire.flows.clocks import INSTANT_MAX, Ages, Ms, settle, uptime_age
from uproar.wire.flows.columns import DTYPES, MAPPED, Flows, concat, empty, zeros
from uproar.wire.flows.contents import NO_UPTIME, Contents
from uproar.wire.flows.layouts import Layout, Rows
from uproar.wire.flows.sampling import record_rates, selected

_ICMP, _ICMP6 = 1, 58
_PORT, _WIDE = DTYPES["src_port"], np.dtype("u8")
_MAPPED = np.uint64(MAPPED)
Columns = dict[str, NDArray[Any]]
NTP_1970_S = 2_208_988_800  # NTP counts from 1900 (RFC 5905, 6).


def flows(layout: Layout, contents: Contents) -> Flows:
    """Return the flows of records of one layout that tells an address: one a record, in their order.

    Where records tell both directions, the packets of the other (RFC 5103, or a responder's counts) are flows of
    their own, with the sides changed over, behind all others; a direction without packets is none.
    """
    n = contents.records.size
    if not n:
        return empty()
    reading = _Reading(layout, contents)
    forward = Flows.read(n, reading.columns)
    packets = reading.backward(2, ie.RESPONDER_PACKETS)
    octets = reading.backward(1, ie.RESPONDER_OCTETS)
    if packets is None and octets is None:
        return forward
    none = zeros("u8", n)
    packets, octets = (none if each is None else each for each in (packets, octets))
    returned = (packets | octets) > 0
    own: Columns = {
        "packets": packets, "octets": octets, "tcp_flags": reading.reverse(6, "u1"),
        "ttl_min": reading.reverse(52, "u1"), "ttl_max": reading.reverse(53, "u1"),
        "icmp": zeros("u2", n), "fragment": zeros("?", n),
    }  # fmt: skip

    def turned(name: str) -> Columns:
        return {name: own[name] if name in own else getattr(forward, _OTHER.get(name, name))}

    went = (forward.packets | forward.octets) > 0
    return concat([forward.take(went | ~returned), Flows.read(n, turned).take(returned)])


# The sides changed over: which column of the way there is a column of the way back.
_OTHER = {
    "src_hi": "dst_hi", "src_lo": "dst_lo", "dst_hi": "src_hi", "dst_lo": "src_lo",
    "src_port": "dst_port", "dst_port": "src_port", "input": "output", "output": "input",
}  # fmt: skip
# Columns that are a number of the record as it is, by the elements that tell it.
_NUMBERS = {
    "tcp_flags": ie.TCP_FLAGS, "packets": ie.PACKETS, "octets": ie.OCTETS, "ttl_min": ie.TTL_MIN,
    "ttl_max": ie.TTL_MAX, "input": ie.INPUT, "output": ie.OUTPUT,
}  # fmt: skip


class _Reading:
    """The rows of one view, and how columns come from them."""

    def __init__(self, layout: Layout, contents: Contents) -> None:
        self._layout = layout
        self._rows: Rows = contents.records.view(layout.dtype)
        self._contents = contents
        self._n = contents.records.size

    def columns(self, name: str) -> Columns:
        """Return the column of flows that is asked for, and those that fall out with it."""
        made = _MADE.get(name)
        return {name: self.first(_NUMBERS[name], DTYPES[name])} if made is None else made(self)

    def source(self) -> Columns:
        hi, lo = self.address(ie.SOURCE_V4, ie.SOURCE_V6)
        return {"src_hi": hi, "src_lo": lo}

    def destination(self) -> Columns:
        hi, lo = self.address(ie.DESTINATION_V4, ie.DESTINATION_V6)
        return {"dst_hi": hi, "dst_lo": lo}

    @cached_property
    def protocol(self) -> NDArray[np.uint8]:
        return self.first(ie.PROTOCOL, DTYPES["protocol"])

    def of_sets(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return by row what is told by set."""
        return values.repeat(self._contents.counts)

    def first(self, among: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Return the first of these elements that the records have, or zeros."""
        for element in among:
            column = self._layout.number(self._rows, element, dtype)
            if column is not None:
                return column
        return zeros(dtype, self._n)

    def reverse(self, element: int, dtype: str) -> NDArray[Any]:
        column = self._layout.number(self._rows, element, dtype, ie.REVERSE)
        return zeros(dtype, self._n) if column is None else column

    def backward(self, element: int, responder: int) -> NDArray[Any] | None:
        """Return a count of the other direction, or None where the records tell none."""
        column = self._layout.number(self._rows, element, "u8", ie.REVERSE)
        return self._layout.number(self._rows, responder) if column is None else column

    def address(self, four: int, six: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Return both halves; where records have room for both families, IPv4 unless it is 0.0.0.0."""
        layout, rows = self._layout, self._rows
        wide = layout.wide(rows, six) if layout.has(six, length=16) else None
        if not layout.has(four, length=4):
            nothing = zeros("u8", self._n)
            return wide or (nothing, nothing)
        column = layout.number(rows, four)
        assert column is not None
        if wide is None:
            return zeros("u8", self._n), np.bitwise_or(column, _MAPPED, out=column)
        return np.where(column > 0, 0, wide[0]), np.where(column > 0, column | _MAPPED, wide[1])

    def ports(self) -> Columns:
        """Return source port, destination port, and ICMP type and code, which many put into the latter."""
        src, dst = (self.first(each, _PORT) for each in (ie.SOURCE_PORT, ie.DESTINATION_PORT))
        protocol = self.protocol
        octets = protocol.tobytes()  # Bytes are searched sooner than compared.
        if _ICMP not in octets and _ICMP6 not in octets:
            return {"src_port": src, "dst_port": dst, "icmp": zeros("u2", self._n)}
        control = (protocol == _ICMP) | (protocol == _ICMP6)
        layout, rows = self._layout, self._rows
        told = [layout.number(rows, element, "u2") for element in ie.ICMP_BOTH]
        for kind_at, code_at in zip(ie.ICMP_TYPE, ie.ICMP_CODE, strict=True):
            kind, code = layout.number(rows, kind_at, "u2"), layout.number(rows, code_at, "u2")
            if kind is not None and code is not None:
                told.append(kind * np.uint16(256) + code)
        icmp = dst
        for column in reversed([column for column in told if column is not None]):
            icmp = np.where(column > 0, column, icmp)
        nothing = np.uint16(0)
        return {
            "src_port": np.where(control, nothing, src),
            "dst_port": np.where(control, nothing, dst),
            "icmp": np.where(control, icmp, nothing),
        }

    def times(self) -> Columns:
        """Return start and end in ms UTC: as dates where they are told as such, or uptimes, or before sending."""
        start: Ages | None = self._absolute(ie.START_ABSOLUTE)
        end: Ages | None = self._absolute(ie.END_ABSOLUTE)
        if start is None or end is None:
            begun, last = self._uptimes()
            start = begun if start is None else start
            end = last if end is None else end
        if start is None:
            start = self._before(ie.START_DELTA_US)
        if end is None:
            end = self._before(ie.END_DELTA_US)
        lasted = self._lasted()
        if end is None and (start is None or lasted is None):
            end = self._absolute(ie.OBSERVED)
        if end is None:
            end = np.zeros(self._n, np.int64) if start is None or lasted is None else start - lasted
        if start is None:
            start = end if lasted is None else end + lasted
        start_ms, end_ms = settle(self.of_sets(self._contents.anchor_ms), start, end)
        return {"start_ms": start_ms, "end_ms": end_ms}

    def _uptimes(self) -> tuple[Ages | None, Ages | None]:
        """Return the ages of start and end where they are told as uptime; without it, the end is now."""
        layout, rows = self._layout, self._rows
        last = layout.number(rows, ie.END_UPTIME, "u4")
        begun = layout.number(rows, ie.START_UPTIME, "u4")
        known = begun if last is None else last
        if known is None:
            return None, None
        uptimes = self._contents.uptime_ms
        init = layout.number(rows, ie.SYSTEM_INIT_MS)
        if init is not None:
            now = (self.of_sets(self._contents.exported_ms) - _instants(init)).astype(np.uint32)
        else:
            now = self.of_sets(uptimes.astype(np.uint32))
            if (uptimes == NO_UPTIME).any():
                now = np.where(self.of_sets(uptimes) == NO_UPTIME, known, now).astype(np.uint32)
        return (
            None if begun is None else uptime_age(now, begun),
            None if last is None else uptime_age(now, last),
        )

    def _absolute(self, among: tuple[tuple[int, str], ...]) -> Ms | None:
        """Return the ages of the first of these dates that the records have, or None."""
        layout, rows = self._layout, self._rows
        for element, unit in among:
            column = layout.number(rows, element)
            if column is None or (unit == "ntp" and not layout.has(element, length=8)):
                continue
            if unit == "ntp":  # Seconds since 1900, and as many 2^32nds of one (RFC 7011, 6.1.9).
                seconds = (column >> np.uint64(32)).astype(np.int64) - NTP_1970_S
                parts = (column & np.uint64(0xFFFFFFFF)) * np.uint64(1000) >> np.uint64(32)
                told = seconds * 1000 + parts.astype(np.int64)
            else:
                told = _instants(column) * (1000 if unit == "s" else 1)
            return self.of_sets(self._contents.exported_ms) - told
        return None

    def _before(self, element: int) -> Ms | None:
        """Return the ages that are told as microseconds before the time of sending, or None."""
        column = self._layout.number(self._rows, element)
        return None if column is None else _instants(column) // 1000

    def _lasted(self) -> Ms | None:
        for element, per_ms in ((ie.DURATION_MS, 1), (ie.DURATION_US, 1000)):
            column = self._layout.number(self._rows, element)
            if column is not None:
                return _instants(column) // per_ms
        return None

    def sampling(self) -> NDArray[np.uint32]:
        """Return by row one of how many packets was looked at: by the record, its selector, or its domain."""
        rates = self.of_sets(self._contents.sampling)
        if self._contents.named:
            rates = selected(self._contents.named, self.first(ie.SELECTOR, _WIDE), rates)
        own = record_rates(self._layout, self._rows)
        return rates if own is None else np.where(own > 0, own, rates).astype(np.uint32)

    def exporter(self) -> NDArray[np.int32]:
        return self.of_sets(self._contents.exporter)

    def fragment(self) -> NDArray[np.bool_]:
        """Return which records speak of fragments."""
        offset = self._layout.number(self._rows, ie.FRAGMENT_OFFSET)
        bits = self._layout.number(self._rows, ie.FRAGMENT_FLAGS)
        found = zeros("?", self._n) if offset is None else offset > 0
        return found if bits is None else found | ((bits & np.uint64(ie.MORE_FRAGMENTS)) > 0)


# Who makes which columns; those that are not here are numbers of the record as they are.
_MADE: dict[str, Callable[[_Reading], Columns]] = {
    "src_hi": _Reading.source, "src_lo": _Reading.source,
    "dst_hi": _Reading.destination, "dst_lo": _Reading.destination,
    "src_port": _Reading.ports, "dst_port": _Reading.ports, "icmp": _Reading.ports,
    "start_ms": _Reading.times, "end_ms": _Reading.times,
    "protocol": lambda reading: {"protocol": reading.protocol},
    "sampling": lambda reading: {"sampling": reading.sampling()},
    "exporter": lambda reading: {"exporter": reading.exporter()},
    "fragment": lambda reading: {"fragment": reading.fragment()},
}  # fmt: skip


def _instants(column: NDArray[np.uint64]) -> Ms:
    """Return unsigned numbers as signed ones that arithmetic cannot wrap."""
    return np.minimum(column, np.uint64(INSTANT_MAX)).astype(np.int64)
