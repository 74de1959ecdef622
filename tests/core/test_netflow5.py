"""NetFlow v5: every field comes out as it went in, and what contradicts itself is set aside by reason."""

from __future__ import annotations

import ipaddress

import numpy as np
import pytest

from core import flow_samples as fs
from core.flow_samples import NOW_MS, UPTIME_MS, V5
from uproar.wire.flows import netflow5
from uproar.wire.flows.batches import Batch
from uproar.wire.flows.columns import DTYPES, Flows, concat, empty
from uproar.wire.flows.datagrams import Datagram, Decoded
from uproar.wire.flows.sequence import Sequences


def decode(
    *bodies: bytes, sequences: Sequences | None = None, received: int = NOW_MS + 260
) -> Decoded:
    batch = [Datagram(3, received, body) for body in bodies]
    return netflow5.decode(Batch(batch), sequences or Sequences())


def address(flows: Flows, side: str, row: int = 0) -> str:
    hi, lo = int(getattr(flows, f"{side}_hi")[row]), int(getattr(flows, f"{side}_lo")[row])
    whole = ipaddress.IPv6Address(hi << 64 | lo)
    return str(whole.ipv4_mapped or whole)


def test_every_field_of_a_record_becomes_its_column() -> None:
    flows, told = decode(fs.netflow5([V5(flags=0x1B, protocol=6)]))
    assert address(flows, "src") == "192.0.2.1"
    assert address(flows, "dst") == "198.51.100.7"
    row = {name: getattr(flows, name)[0].item() for name in DTYPES if name[4:] not in {"hi", "lo"}}
    assert row == {
        "src_port": 123, "dst_port": 40000, "protocol": 6, "tcp_flags": 0x1B, "packets": 3, "octets": 1404,
        "sampling": 1, "start_ms": NOW_MS + 250 - 20_000, "end_ms": NOW_MS + 250 - 5_000,
        "ttl_min": 0, "ttl_max": 0, "icmp": 0, "fragment": False, "exporter": 3, "input": 4, "output": 9,
    }  # fmt: skip
    assert {name: getattr(flows, name).dtype for name in DTYPES} == DTYPES
    assert (told.datagrams, told.records, told.aside) == (1, 1, {})


def test_records_of_many_datagrams_of_unequal_size_keep_their_order() -> None:
    bodies = [fs.netflow5([V5(src_port=10 * n + k) for k in range(n)]) for n in (3, 0, 1, 30, 2)]
    flows, told = decode(*bodies)
    assert flows.src_port.tolist() == [10 * n + k for n in (3, 0, 1, 30, 2) for k in range(n)]
    assert told.records == 36


def test_datagrams_of_one_size_say_the_same_as_one_by_one() -> None:
    batch = [
        Datagram(
            n % 3,
            NOW_MS + n,
            fs.netflow5([V5(src_port=n), V5(octets=n)], sampling=n, nanoseconds=n * 10**6),
        )
        for n in range(8)
    ]
    together = netflow5.decode(Batch(batch), Sequences()).flows
    alone = concat([netflow5.decode(Batch([each]), Sequences()).flows for each in batch])
    for name in DTYPES:
        np.testing.assert_array_equal(getattr(together, name), getattr(alone, name), name)


@pytest.mark.parametrize(
    ("reason", "body"),
    [
        ("truncated", b""),
        ("truncated", fs.netflow5([V5()])[:23]),
        ("truncated", fs.netflow5([V5(), V5()])[:-1]),
        ("truncated", fs.netflow5([V5()], count=65535)),
        ("count-mismatch", fs.netflow5([V5(), V5()], count=1)),
        ("count-mismatch", fs.netflow5([V5()]) + b"\0"),
        ("version", fs.netflow5([V5()], version=7)),
    ],
)
def test_a_datagram_that_contradicts_itself_is_set_aside_whole(reason: str, body: bytes) -> None:
    flows, told = decode(fs.netflow5([V5()]), body, fs.netflow5([V5()]))
    assert len(flows) == 2
    assert told.aside == {reason: 1}
    alone = decode(body)
    assert len(alone.flows) == 0
    assert alone.told.aside == {reason: 1}


def test_icmp_has_no_ports_and_its_type_and_code_come_from_the_destination_port() -> None:
    flows, _ = decode(fs.netflow5([V5(protocol=1, src_port=7, dst_port=0x0301), V5()]))
    assert flows.icmp.tolist() == [0x0301, 0]
    assert flows.src_port.tolist() == [0, 123]
    assert flows.dst_port.tolist() == [0, 40000]


@pytest.mark.parametrize(
    ("field", "rate"), [(0, 1), (1000, 1000), (0x4000 | 512, 512), (0x8000, 1)]
)
def test_the_sampling_interval_is_the_lower_fourteen_bits_and_counts_stay_as_exported(
    field: int, rate: int
) -> None:
    flows, _ = decode(fs.netflow5([V5()], sampling=field))
    assert flows.sampling.tolist() == [rate]
    assert flows.packets.tolist() == [3]


def test_a_flow_that_began_before_the_uptime_wrapped_has_its_true_age() -> None:
    flows, _ = decode(fs.netflow5([V5(first=2**32 - 4_000, last=2_000)], uptime=3_000))
    assert flows.start_ms.tolist() == [NOW_MS + 250 - 7_000]
    assert flows.end_ms.tolist() == [NOW_MS + 250 - 1_000]


def test_nonsense_times_are_the_time_of_sending() -> None:
    flows, _ = decode(
        fs.netflow5(
            [
                V5(first=UPTIME_MS + 90_000, last=UPTIME_MS + 80_000),  # yet to come
                V5(first=5, last=6, octets=1),  # ten hours before: long, but possible
                V5(first=UPTIME_MS - 1_000, last=UPTIME_MS - 9_000),  # begins after its end
                V5(first=UPTIME_MS - 90_000_000 & 0xFFFFFFFF, last=UPTIME_MS - 3_000),  # over a day
            ]
        )
    )
    sent = NOW_MS + 250
    assert flows.end_ms.tolist() == [sent, sent - UPTIME_MS + 6, sent - 9_000, sent - 3_000]
    assert flows.start_ms.tolist() == [sent, sent - UPTIME_MS + 5, sent - 9_000, sent - 3_000]


def test_where_the_exporters_clock_is_far_off_the_arrival_stands_for_it() -> None:
    flows, told = decode(fs.netflow5([V5()], seconds=fs.NOW_S - 40 * 86_400))
    assert flows.end_ms.tolist() == [NOW_MS + 260 - 5_000]
    assert told.clock_off == 1


def test_missing_numbers_are_lost_flows_and_late_ones_are_found_again() -> None:
    sequences = Sequences()
    first = decode(fs.netflow5([V5()] * 30, sequence=0), sequences=sequences)
    gap = decode(fs.netflow5([V5()] * 30, sequence=90), sequences=sequences)
    late = decode(fs.netflow5([V5()] * 30, sequence=30), sequences=sequences)
    after = decode(fs.netflow5([V5()] * 30, sequence=120), sequences=sequences)
    assert [each.told.lost[3] for each in (first, gap, late, after)] == [0, 60, -30, 0]


def test_a_restart_and_a_wrap_of_the_numbers_lose_nothing_and_engines_count_apart() -> None:
    bodies = [
        fs.netflow5([V5()] * 2, sequence=2**32 - 2),
        fs.netflow5([V5()] * 2, sequence=0),
        fs.netflow5([V5()], sequence=77, engine=1),
        fs.netflow5([V5()], sequence=2),
        fs.netflow5([V5()], sequence=78, engine=1),
        fs.netflow5([V5()], sequence=1_000_000_000),
        fs.netflow5([V5()], sequence=5),
    ]
    assert +decode(*bodies).told.lost == {}


def test_nothing_gives_no_flows() -> None:
    assert len(decode().flows) == 0
    assert len(concat([])) == len(empty()) == 0
