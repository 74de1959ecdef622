"""Records of one layout, from any number of sets, to flows."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uproar.wire.flows import elements as ie
from uproar.wire.flows.clocks import INSTANT_MAX, Ages, Ms, settle, uptime_age
from uproar.wire.flows.columns import DTYPES, MAPPED, Flows, concat, empty, zeros
from uproar.wire.flows.layouts import Layout, Rows
from uproar.wire.flows.sampling import Named, record_rates, selected

_ICMP, _ICMP6 = 1, 58
_PORT, _WIDE = DTYPES["src_port"], np.dtype("u8")
_MAPPED = np.uint64(MAPPED)
NTP_1970_S = 2_208_988_800  # NTP counts from 1900 (RFC 5905, 6).
NO_UPTIME = -1


# What a datagram says of all its records: exporter, anchor and sending by the exporter's clock in ms UTC, its uptime in
# ms modulo 2^32 or NO_UPTIME. A plain tuple, for one is made for each datagram.
Sent = tuple[int, int, int, int]
UPTIME_AT = 3


class Contents(NamedTuple):
    """Records of one layout: the octets of all, each of the layout's length; by set, how many, and what goes for them.

    counts, exporter, anchor_ms, exported_ms, uptime_ms, sampling: arrays of shape (sets,).
    """

    records: NDArray[np.void]
    counts: NDArray[np.int64]
    exporter: NDArray[np.int32]
    anchor_ms: Ms
    exported_ms: Ms
    uptime_ms: Ms
    sampling: NDArray[np.uint32]
    named: Named


class Gathered:
    """Sets of one layout that wait to be read together, in the order in which they came."""

    def __init__(self, layout: Layout, named: Named) -> None:
        self._layout = layout
        self._named = named  # The rates of the samplers that the records name.
        self._whole: list[Contents] = []
        self._records: list[bytes] = []
        self._counts: list[int] = []
        self._sent: list[int] = []  # `Sent` of each set, end to end.
        self._sampling: list[int] = []

    def one(self, records: bytes, count: int, sent: Sent, sampling: int) -> None:
        """Add one set."""
        self._records.append(records)
        self._counts.append(count)
        self._sent += sent
        self._sampling.append(sampling)

    def many(
        self, records: NDArray[np.void], counts: NDArray[np.int64], sent: Ms, sampling: int
    ) -> None:
        """Add many sets at once. sent: `Sent` of each, of shape (sets, 4)."""
        self._close()
        rates = np.full(len(counts), sampling, np.uint32)
        self._whole.append(self._contents(records, counts, sent, rates))

    def flows(self) -> Flows:
        """Return their flows."""
        self._close()
        contents = self._whole[0]
        if len(self._whole) > 1:
            records = [each.records.reshape(-1) for each in self._whole]
            others = [
                np.concatenate(column)
                for column in zip(*(each[1:-1] for each in self._whole), strict=True)
            ]
            contents = Contents(np.concatenate(records), *others, self._named)
        return flows(self._layout, contents)

    def _close(self) -> None:
        """Make one of those that came one by one."""
        if self._counts:
            records = np.frombuffer(b"".join(self._records), (np.void, self._layout.length))
            counts = np.array(self._counts, np.int64)
            sent = np.array(self._sent, np.int64).reshape(-1, UPTIME_AT + 1)
            rates = np.array(self._sampling, np.uint32)
            self._whole.append(self._contents(records, counts, sent, rates))
            self._records, self._counts, self._sent, self._sampling = [], [], [], []

    def _contents(
        self,
        records: NDArray[np.void],
        counts: NDArray[np.int64],
        sent: Ms,
        rates: NDArray[np.uint32],
    ) -> Contents:
        exporter, anchor_ms, exported_ms, uptime_ms = sent.T
        return Contents(
            records,
            counts,
            exporter.astype(np.int32),
            anchor_ms,
            exported_ms,
            uptime_ms,
            rates,
            self._named,
        )


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
    own: dict[str, NDArray[Any]] = {
        "packets": packets, "octets": octets, "tcp_flags": reading.reverse(6, "u1"),
        "ttl_min": reading.reverse(52, "u1"), "ttl_max": reading.reverse(53, "u1"),
        "icmp": zeros("u2", n), "fragment": zeros("?", n),
    }  # fmt: skip

    def turned(name: str) -> dict[str, NDArray[Any]]:
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

    def columns(self, name: str) -> dict[str, NDArray[Any]]:
        """Return the column of flows that is asked for, and those that fall out with it."""
        if name in _NUMBERS:
            return {name: self.first(_NUMBERS[name], DTYPES[name])}
        if name in {"src_hi", "src_lo"}:
            hi, lo = self.address(ie.SOURCE_V4, ie.SOURCE_V6)
            return {"src_hi": hi, "src_lo": lo}
        if name in {"dst_hi", "dst_lo"}:
            hi, lo = self.address(ie.DESTINATION_V4, ie.DESTINATION_V6)
            return {"dst_hi": hi, "dst_lo": lo}
        if name in {"src_port", "dst_port", "icmp"}:
            src, dst, icmp = self.ports()
            return {"src_port": src, "dst_port": dst, "icmp": icmp}
        if name in {"start_ms", "end_ms"}:
            start, end = self.times()
            return {"start_ms": start, "end_ms": end}
        if name == "protocol":
            return {name: self.protocol}
        if name == "sampling":
            return {name: self.sampling()}
        if name == "exporter":
            return {name: self.of_sets(self._contents.exporter)}
        return {"fragment": self.fragment()}

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

    def ports(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return source port, destination port, and ICMP type and code, which many put into the latter."""
        src, dst = (self.first(each, _PORT) for each in (ie.SOURCE_PORT, ie.DESTINATION_PORT))
        protocol = self.protocol
        control = (protocol == _ICMP) | (protocol == _ICMP6)
        if not control.any():
            return src, dst, zeros("u2", self._n)
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
        return (
            np.where(control, nothing, src),
            np.where(control, nothing, dst),
            np.where(control, icmp, nothing),
        )

    def times(self) -> tuple[Ms, Ms]:
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
        return settle(self.of_sets(self._contents.anchor_ms), start, end)

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

    def fragment(self) -> NDArray[np.bool_]:
        """Return which records speak of fragments."""
        offset = self._layout.number(self._rows, ie.FRAGMENT_OFFSET)
        bits = self._layout.number(self._rows, ie.FRAGMENT_FLAGS)
        found = zeros("?", self._n) if offset is None else offset > 0
        return found if bits is None else found | ((bits & np.uint64(ie.MORE_FRAGMENTS)) > 0)


def _instants(column: NDArray[np.uint64]) -> Ms:
    """Return unsigned numbers as signed ones that arithmetic cannot wrap."""
    return np.minimum(column, np.uint64(INSTANT_MAX)).astype(np.int64)
