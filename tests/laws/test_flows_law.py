"""Flow datagrams: what is written is read, and no bytes do harm."""

from __future__ import annotations

import random
import struct
import tracemalloc
from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core import flow_samples as fs
from core.flow_samples import NOW_MS, UPTIME_MS, V5, VARIABLE
from uproar.wire.flows.columns import DTYPES, MAPPED, Flows
from uproar.wire.flows.datagrams import Datagram
from uproar.wire.flows.elements import REVERSE
from uproar.wire.flows.reader import Reader
from uproar.wire.flows.sequence import Sequences
from uproar.wire.flows.sflow import MANY

MEMORY_FACTOR = 60  # Bytes of memory for each byte of a batch, at the most; docs/reference/flow-formats.md says so.
MEMORY_FLOOR = 2_000_000  # What tables of layouts and the like take beside, whatever the batch.

# Element -> column and the lengths it may have; counts and ports in fewer bytes than usual too.
COLUMNS = {
    7: ("src_port", (1, 2)),
    11: ("dst_port", (1, 2)),
    6: ("tcp_flags", (1,)),
    2: ("packets", (1, 2, 3, 4, 5, 6, 7, 8)),
    1: ("octets", (1, 2, 3, 4, 5, 6, 7, 8)),
    10: ("input", (1, 2, 3, 4)),
    14: ("output", (1, 2, 3, 4)),
    52: ("ttl_min", (1,)),
    53: ("ttl_max", (1,)),
}
u8, u16, u32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))
v4s = st.ip_addresses(v=4).map(str)
v6s = st.ip_addresses(v=6).filter(lambda each: int(each) > 0)


def column_values(flows: Flows) -> Counter[tuple[Any, ...]]:
    return Counter(zip(*(getattr(flows, name).tolist() for name in DTYPES), strict=True))


@given(
    st.lists(
        st.lists(
            st.builds(
                V5, src=v4s, dst=v4s, src_port=u16, dst_port=u16, protocol=st.sampled_from([0, 6, 17, 47, 255]),
                flags=u8, packets=u32, octets=u32, input=u16, output=u16,
                first=st.integers(UPTIME_MS - 10_000, UPTIME_MS - 5_000),
                last=st.integers(UPTIME_MS - 5_000, UPTIME_MS),
            ),
            max_size=30,
        ),
        max_size=5,
    )
)  # fmt: skip
def test_netflow5_is_read_as_it_was_written(datagrams: list[list[V5]]) -> None:
    batch = [Datagram(1, NOW_MS, fs.netflow5(records, nanoseconds=0)) for records in datagrams]
    flows = Reader().read(batch).flows
    written = [record for records in datagrams for record in records]
    assert flows.src_lo.tolist() == [
        MAPPED | int.from_bytes(fs.v4(each.src), "big") for each in written
    ]
    assert flows.dst_lo.tolist() == [
        MAPPED | int.from_bytes(fs.v4(each.dst), "big") for each in written
    ]
    for name in ("src_port", "dst_port", "protocol", "packets", "octets", "input", "output"):
        assert getattr(flows, name).tolist() == [getattr(each, name) for each in written]
    assert flows.tcp_flags.tolist() == [each.flags for each in written]
    assert flows.start_ms.tolist() == [NOW_MS - UPTIME_MS + each.first for each in written]
    assert flows.end_ms.tolist() == [NOW_MS - UPTIME_MS + each.last for each in written]


@st.composite
def templated(
    draw: st.DrawFn,
) -> tuple[list[tuple[int, ...]], list[bytes], list[dict[str, int]], bool]:
    """Fields in any order with foreign ones between, records of them, and what those hold."""
    ipfix = draw(st.booleans())
    chosen = draw(st.lists(st.sampled_from(sorted(COLUMNS)), unique=True))
    fields: list[tuple[int, ...]] = [
        (each, draw(st.sampled_from(COLUMNS[each][1]))) for each in chosen
    ]
    fields += [(9000 + n, draw(st.integers(0, 20))) for n in range(draw(st.integers(0, 3)))]
    if ipfix:
        fields += [(1, draw(st.integers(0, 9)), 9), (2, VARIABLE, 35632), (95, VARIABLE)][
            : draw(st.integers(0, 3))
        ]
    fields.append(draw(st.sampled_from([(8, 4), (27, 16)])))
    fields = draw(st.permutations(fields))
    records, held = [], []
    for _ in range(draw(st.integers(0, 6))):
        parts, values = [], {}
        for element, length, *enterprise in fields:
            if length == VARIABLE:
                text = draw(st.binary(max_size=300))
                long = len(text) > 254 or draw(st.booleans())
                parts.append(
                    (b"\xff" + len(text).to_bytes(2, "big") if long else bytes([len(text)])) + text
                )
                continue
            content = draw(st.binary(min_size=length, max_size=length))
            parts.append(content)
            value = int.from_bytes(content, "big")
            if element in COLUMNS and not enterprise:
                values[COLUMNS[element][0]] = value
            elif element == 8:
                values |= {"src_hi": 0, "src_lo": MAPPED | value}
            elif element == 27:
                values |= {"src_hi": value >> 64, "src_lo": value & (2**64 - 1)}
        records.append(b"".join(parts))
        held.append(values)
    return fields, records, held, ipfix


@given(templated(), st.integers(0, 3), st.booleans())
def test_any_template_reads_what_it_describes(
    drawn: tuple[list[tuple[int, ...]], list[bytes], list[dict[str, int]], bool],
    padding: int,
    late: bool,
) -> None:
    fields, records, held, ipfix = drawn
    sets = [
        fs.flow_set(2 if ipfix else 0, (fs.template10 if ipfix else fs.template9)(777, *fields)),
        fs.flow_set(777, b"".join(records), padding=padding, fill=b"\0"),
    ]
    write = fs.ipfix if ipfix else fs.netflow9
    reader = Reader()
    bodies = [write(sets[1]), write(sets[0])] if late else [write(*sets)]
    flows, told = reader.read([Datagram(0, NOW_MS, body) for body in bodies])
    assert told.aside == {}
    assert len(flows) == len(held)
    for name in held[0] if held else []:
        assert getattr(flows, name).tolist() == [each[name] for each in held], name


GOOD = [
    fs.netflow5([V5(), V5(protocol=1)]),
    fs.netflow9(
        fs.flow_set(0, fs.template9(260, (8, 4), (12, 4), (4, 1), (1, 4), (22, 4), (21, 4))),
        fs.flow_set(1, fs.options9(300, [(1, 4)], [(34, 4), (48, 1)])),
        fs.flow_set(260, bytes(range(63))),
        fs.flow_set(300, bytes(range(18))),
    ),
    fs.ipfix(
        fs.flow_set(
            2, fs.template10(261, (27, 16), (82, VARIABLE), (1, 8), (1, 4, REVERSE), (152, 8))
        ),
        fs.flow_set(3, fs.options10(301, 1, (302, 4), (305, 4), (306, 4), (311, 8))),
        fs.flow_set(261, bytes(16) + b"\x02ab" + bytes(20) + bytes(100)),
        fs.flow_set(301, bytes(range(40))),
    ),
    fs.sflow(
        fs.flow_sample(
            fs.raw_header(fs.ethernet(fs.packet4("192.0.2.1", "192.0.2.2", 17, fs.udp(1, 2, b"x"))))
        ),
        fs.flow_sample(fs.item(3, bytes(32)), expanded=True),
        fs.item(2, bytes(20)),
    ),
]
versions = st.sampled_from([b"\0\5", b"\0\x09", b"\0\x0a", b"\0\0\0\5\0\0\0\1", b""])


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good datagram with some bytes changed, taken out or put in."""
    body = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(body) - 1, 0)))
        kind = draw(st.integers(0, 3))
        if kind == 0 and body:
            body[at] = draw(
                st.sampled_from([0, 1, 2, 255, body[at] ^ 1 << draw(st.integers(0, 7))])
            )
        elif kind == 1:
            del body[at : at + draw(st.integers(1, 9))]
        elif kind == 2:
            body[at:at] = draw(st.binary(max_size=9))
        else:
            body = body[:at]
    return bytes(body)


@given(
    st.lists(
        st.tuples(st.integers(0, 2), versions, st.binary(max_size=300))
        | st.tuples(st.integers(0, 2), st.just(b""), mutated())
    )
)
def test_any_bytes_give_flows_or_are_set_aside_and_never_raise(
    bodies: list[tuple[int, bytes, bytes]],
) -> None:
    batch = [Datagram(exporter, NOW_MS, version + body) for exporter, version, body in bodies]
    flows, told = Reader().read(batch)
    assert len(flows) <= sum(len(each.body) for each in batch)
    assert told.datagrams + sum(told.aside.values()) >= len(batch)
    assert bool((flows.start_ms <= flows.end_ms).all())
    assert bool((flows.sampling >= 1).all())
    assert {name: getattr(flows, name).dtype for name in DTYPES} == DTYPES


@given(st.lists(mutated() | st.sampled_from(GOOD), max_size=8))
def test_how_datagrams_are_batched_changes_no_flow(bodies: list[bytes]) -> None:
    batch = [Datagram(n % 2, NOW_MS + n, body) for n, body in enumerate(bodies)]
    together, apart = Reader(), Reader()
    at_once = together.read(batch)
    one_by_one: Counter[tuple[Any, ...]] = Counter()
    aside: Counter[str] = Counter()
    for each in batch:
        flows, told = apart.read([each])
        one_by_one += column_values(flows)
        aside += told.aside
    assert column_values(at_once.flows) == one_by_one
    assert +at_once.told.aside == aside


def single(kind: int, number: int, ipfix: bool, sequence: int, domain: int) -> bytes:
    """A datagram with one set: data of one of two templates, a template that changes, options, or none of these."""
    contents = [
        fs.flow_set(260, bytes(range(number % 50))),
        fs.flow_set(261, bytes(range(60))),
        fs.flow_set(300, struct.pack(">HII", 1, number, 7)),
        fs.flow_set(2 if ipfix else 0, fs.template10(260, (8, 4), (1, 1 + number % 9))),
        fs.flow_set(5, b"abcd"),
    ]
    write = fs.ipfix if ipfix else fs.netflow9
    return write(contents[kind], sequence=sequence, **{"domain" if ipfix else "source": domain})


@given(
    st.booleans(),
    st.lists(
        st.tuples(
            st.sampled_from([0, 0, 0, 0, 1, 1, 1, 2, 3, 4]),
            st.integers(0, 60),
            st.sampled_from([0, 1, 2, 40]),
            st.sampled_from([0, 0, 0, 0, 0, 0, 1]),
        ),
        max_size=40,
    ),
)
def test_datagrams_of_one_set_are_read_together_as_one_by_one(
    ipfix: bool, drawn: list[tuple[int, int, int, int]]
) -> None:
    first = (
        fs.ipfix(
            fs.flow_set(
                2,
                fs.template10(260, (8, 4), (1, 2))
                + fs.template10(261, (12, 4), (302, 2), (160, 8)),
            ),
            fs.flow_set(3, fs.options10(300, 1, (302, 2), (34, 4), (8, 4))),
        )
        if ipfix
        else fs.netflow9(
            fs.flow_set(
                0, fs.template9(260, (8, 4), (1, 2)) + fs.template9(261, (12, 4), (48, 2), (21, 4))
            ),
            fs.flow_set(1, fs.options9(300, [(1, 2)], [(34, 4), (8, 4)])),
        )
    )
    batch = [Datagram(0, NOW_MS, first)] + [
        Datagram(
            exporter, NOW_MS + n, single(kind, number, ipfix, 7 * n % 5 + sequence, exporter // 2)
        )
        for n, (kind, number, sequence, exporter) in enumerate(drawn)
    ]
    together, apart = Reader(), Reader()
    at_once = together.read(batch)
    alone = [apart.read([each]) for each in batch]
    assert column_values(at_once.flows) == sum(
        (column_values(each.flows) for each in alone), Counter()
    )
    for name in ("datagrams", "records", "templates", "options", "clock_off"):
        assert getattr(at_once.told, name) == sum(getattr(each.told, name) for each in alone), name
    assert +at_once.told.aside == sum((each.told.aside for each in alone), Counter())
    lost: Counter[int] = Counter()
    for each in alone:
        for exporter, count in each.told.lost.items():
            lost[exporter] += count
    assert {key: n for key, n in at_once.told.lost.items() if n} == {
        key: n for key, n in lost.items() if n
    }


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.integers(0, 1),
                st.integers(0, 1),
                st.sampled_from([0, 30, 60, 90, 120, 2**32 - 30, 10**9]),
                st.just(30) | st.integers(0, 31),
            ),
            max_size=20,
        ),
        max_size=4,
    )
)
def test_numbers_of_many_datagrams_say_what_they_say_one_by_one(
    batches: list[list[tuple[int, int, int, int]]],
) -> None:
    together, apart = Sequences(), Sequences()
    for batch in batches:
        columns = np.array(batch, np.int64).reshape(-1, 4).T
        lost = together.note_many(
            columns[0].astype(np.int32), *(each.astype(np.uint32) for each in columns[1:]), 5
        )
        alone: Counter[int] = Counter()
        for exporter, stream, number, units in batch:
            alone[exporter] += apart.note(exporter, (5, stream), number, units)
        assert {key: n for key, n in lost.items() if n} == {key: n for key, n in alone.items() if n}


def greedy() -> list[tuple[str, list[bytes]]]:
    """Batches that ask for the most memory a byte that we know of."""
    dense = fs.flow_set(2, fs.template10(256, (8, 4)))
    twice = fs.flow_set(2, fs.template10(256, (8, 4), (1, 1, REVERSE)))
    empties = fs.flow_set(2, fs.template10(256, *[(82, VARIABLE)] * 500))
    small = b"".join(fs.template9(256 + n, (8, 4)) for n in range(8_000))
    wide = fs.flow_set(0, fs.template9(256, *[(8, 1)] * 512))
    options = fs.flow_set(3, fs.options10(256, 1, (302, 2), (34, 1)))
    layouts = [
        fs.flow_set(0, fs.template9(256 + n, (8, 4), (9000 + n, 1)))
        + fs.flow_set(256 + n, bytes(8))
        for n in range(2_000)
    ]
    tiny = fs.item(1, bytes(28) + struct.pack(">I", 1) + fs.item(3, bytes(32)))
    return [
        ("records of four bytes", [fs.ipfix(dense, fs.flow_set(256, b"\1" * 60_000))] * 8),
        ("two flows in five bytes", [fs.ipfix(twice, fs.flow_set(256, b"\1" * 60_000))] * 8),
        ("fields of no length", [fs.ipfix(empties, fs.flow_set(256, bytes(60_000)))] * 4),
        ("many templates", [fs.netflow9(fs.flow_set(0, small))] * 4),
        ("wide templates", [fs.netflow9(wide, fs.flow_set(256, bytes(60_000)))] * 4),
        ("options", [fs.ipfix(options, fs.flow_set(256, random.Random(1).randbytes(60_000)))] * 4),
        ("many layouts", [fs.netflow9(*layouts[n : n + 1_000]) for n in (0, 1_000)]),
        ("sets that wait", [fs.netflow9(*[fs.flow_set(300, bytes(4))] * 7_000)] * 8),
        ("many samples", [fs.sflow(*[tiny] * 800)] * 8),
        ("empty datagrams", [fs.netflow5([])] * 2_000),
        ("v5", [fs.netflow5([V5()] * 1_300)] * 8),
    ]


def test_memory_is_bounded_by_the_bytes_that_come() -> None:
    asked = {}
    for name, bodies in greedy():
        batch = [Datagram(0, NOW_MS, body) for body in bodies]
        Reader().read(batch[:1])
        tracemalloc.start()
        flows, _ = Reader().read(batch)
        columns = [getattr(flows, name) for name in DTYPES]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert {column.shape for column in columns} == {(len(flows),)}
        asked[name] = (peak - MEMORY_FLOOR) / sum(map(len, bodies))
    assert max(asked.values()) <= MEMORY_FACTOR, asked


def sampled(kind: int, number: int) -> bytes:
    """An sFlow sample of a kind: a raw header (some after other records, some of IPv6), told fields, counters, or broken."""
    packet = fs.packet4("192.0.2.1", "192.0.2.2", 17, fs.udp(number, 2, b"abc"))
    raw = fs.raw_header(fs.ethernet(packet)[: 60 - number % 50], length=number)
    told = fs.item(3, struct.pack(">II", number, 17) + bytes(range(8)) + bytes(16))
    kinds = [
        fs.flow_sample(raw, drops=number, source=number % 3, rate=number),
        fs.flow_sample(fs.item(1001, bytes(16)), told, raw, expanded=True, drops=number),
        fs.flow_sample(fs.raw_header(packet, protocol=11), left=number << 24, drops=number),
        fs.flow_sample(told, drops=7),
        fs.item(2, bytes(number)),
        fs.item(77, bytes(8)),
        fs.flow_sample(fs.raw_header(packet, protocol=9)),
        fs.flow_sample(count=number),
        fs.flow_sample(*[told] * 9, raw),
        struct.pack(">II", 1, number),
    ]
    return kinds[kind]


@given(
    st.lists(
        st.tuples(
            st.lists(
                st.tuples(st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9]), st.integers(0, 255)),
                max_size=4,
            ),
            st.integers(0, 1),
            st.sampled_from(["192.0.2.9", "192.0.2.9", "192.0.2.9", "2001:db8::9"]),
            st.sampled_from([None, None, None, 1, 70]),
            st.sampled_from([5, 5, 5, 5, 4]),
            st.sampled_from([None, None, None, None, 30, 7]),
        ),
        min_size=MANY,
        max_size=3 * MANY,
    )
)  # fmt: skip
def test_samples_are_read_together_as_one_by_one(drawn: list[Any]) -> None:
    batch = [
        Datagram(
            exporter,
            NOW_MS + n,
            fs.sflow(
                *(sampled(*each) for each in samples),
                sequence=2 * n, agent=agent, count=count, version=version,
            )[:cut],
        )
        for n, (samples, exporter, agent, count, version, cut) in enumerate(drawn)
    ]  # fmt: skip
    together, apart = Reader(), Reader()
    at_once = together.read(batch)
    alone = [apart.read([each]) for each in batch]
    rows = [
        list(zip(*(getattr(each.flows, name).tolist() for name in DTYPES), strict=True))
        for each in (at_once, *alone)
    ]
    assert Counter(rows[0]) == sum(map(Counter, rows[1:]), Counter())
    at_once_by_arrival = sorted(
        rows[0], key=lambda row: row[11]
    )  # Stable: the order within each datagram stays.
    assert at_once_by_arrival == [row for part in rows[1:] for row in part]
    told: Counter[str] = Counter()
    dropped: Counter[int] = Counter()
    lost: Counter[int] = Counter()
    for each in alone:
        told += each.told.aside
        dropped += each.told.dropped
        lost += each.told.lost
    assert (+at_once.told.aside, +at_once.told.dropped) == (told, dropped)
    assert +at_once.told.lost == lost
    assert at_once.told.records == sum(each.told.records for each in alone)
    assert at_once.told.datagrams == sum(each.told.datagrams for each in alone)
