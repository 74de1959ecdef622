"""One port for all: datagrams of every kind in one batch, and of none."""

from __future__ import annotations

import pickle
import struct
from typing import Any

import numpy as np
import pytest

from core import flow_samples as fs
from core.flow_samples import NOW_MS, V5
from uproar.wire.flows.columns import DTYPES, Flows, concat
from uproar.wire.flows.datagrams import Datagram
from uproar.wire.flows.elements import REVERSE
from uproar.wire.flows.reader import Reader


def test_datagrams_of_every_kind_are_told_apart_by_how_they_begin() -> None:
    nine = fs.netflow9(
        fs.flow_set(0, fs.template9(260, (8, 4))), fs.flow_set(260, fs.v4("192.0.2.9"))
    )
    ten = fs.ipfix(
        fs.flow_set(2, fs.template10(260, (8, 4))), fs.flow_set(260, fs.v4("192.0.2.10"))
    )
    frame = fs.ethernet(fs.packet4("192.0.2.11", "198.51.100.7", 17, fs.udp(1, 2, b"")))
    bodies = [
        fs.sflow(fs.flow_sample(fs.raw_header(frame))), ten, nine, fs.netflow5([V5(src="192.0.2.5")]),
        b"", b"\0", b"\0\0\0\4" + bytes(40), b"GET / HTTP/1.1",
    ]  # fmt: skip
    flows, told = Reader().read([Datagram(n, NOW_MS, body) for n, body in enumerate(bodies)])
    assert dict(zip((flows.src_lo & 0xFF).tolist(), flows.exporter.tolist(), strict=True)) == {
        5: 3,
        9: 2,
        10: 1,
        11: 0,
    }
    assert told.datagrams == 4
    assert told.aside == {"version": 4}
    assert len(Reader().read([]).flows) == 0


def test_what_waited_in_vain_is_told_by_a_later_call() -> None:
    reader = Reader()
    lone = fs.netflow9(fs.flow_set(260, fs.v4("192.0.2.9")))
    assert reader.read([Datagram(0, NOW_MS, lone)]).told.aside == {}
    later = [Datagram(0, NOW_MS + 3_600_000, fs.netflow5([V5()]))]
    assert reader.read(later).told.aside == {"no-template": 1}


def both_directions() -> Flows:
    """Flows of three datagrams, of one of which each record is two flows."""
    two = fs.template10(400, (8, 4), (12, 4), (7, 2), (2, 4), (2, 4, REVERSE), (4, 1))
    record = fs.v4("192.0.2.1") + fs.v4("192.0.2.2") + struct.pack(">HIIB", 7, 5, 6, 17)
    bodies = [
        fs.netflow5([fs.V5(), fs.V5(protocol=1)]),
        fs.ipfix(fs.flow_set(2, two), fs.flow_set(400, record * 3)),
        fs.netflow5([fs.V5(src="203.0.113.7")]),
    ]
    return Reader().read([Datagram(0, NOW_MS, body) for body in bodies]).flows


def rows(flows: Flows) -> list[tuple[object, ...]]:
    return list(zip(*(getattr(flows, name).tolist() for name in DTYPES), strict=True))


@pytest.mark.parametrize(
    "chosen",
    [
        slice(2, 7, 2),
        slice(None, None, -1),
        np.array([1, 1, -1]),
        np.array([True, False, True, False, True, False, True, False, True]),
        np.array([], np.intp),
    ],
)
def test_rows_that_are_taken_are_the_same_before_and_after_their_columns_are_made(
    chosen: Any,
) -> None:
    flows = both_directions()
    early = flows.take(chosen)
    everything = rows(flows)
    assert len(everything) == len(flows) == 9
    wanted = [everything[at] for at in np.arange(9)[chosen].tolist()]
    assert rows(early) == rows(flows.take(chosen)) == wanted
    assert len(early) == len(wanted)
    assert rows(concat([early, flows])) == wanted + everything


def test_rows_are_taken_as_they_were_chosen_then() -> None:
    flows = both_directions()
    for chosen in (np.ones(9, np.bool_), np.arange(9)):
        taken = flows.take(chosen)
        chosen[:] = 0
        assert rows(taken) == rows(flows)


@pytest.mark.parametrize("chosen", [np.ones(8, np.bool_), np.array([9])])
def test_rows_that_are_not_there_cannot_be_taken(chosen: Any) -> None:
    with pytest.raises(IndexError):
        both_directions().take(chosen)


def test_a_copy_in_another_process_has_all_columns() -> None:
    flows = both_directions()
    assert rows(pickle.loads(pickle.dumps(flows))) == rows(flows)
    assert not hasattr(flows, "anything_else")


def test_every_exporter_has_its_own_sampling_in_one_batch_with_the_others() -> None:
    reader = Reader()
    options = fs.flow_set(1, fs.options9(300, [(1, 4)], [(34, 4)]))
    template = fs.flow_set(0, fs.template9(256, (8, 4), (1, 4)))
    reader.read(
        [
            Datagram(n, NOW_MS, fs.netflow9(template, options, fs.flow_set(300, struct.pack(">II", 0, rate))))
            for n, rate in enumerate((100, 1000, 1))
        ]
    )  # fmt: skip
    data = fs.flow_set(256, fs.v4("192.0.2.1") + struct.pack(">I", 60))
    batch = [Datagram(n % 3, NOW_MS, fs.netflow9(data, sequence=1 + n // 3)) for n in range(12)]
    flows, told = reader.read(batch)
    assert dict(zip(flows.exporter.tolist(), flows.sampling.tolist(), strict=True)) == {
        0: 100, 1: 1000, 2: 1,
    }  # fmt: skip
    assert (len(flows), +told.lost) == (12, {})


def test_a_template_that_changes_amid_a_batch_is_read_as_it_was_at_each_datagram() -> None:
    def data(n: int) -> bytes:
        return fs.netflow9(fs.flow_set(256, fs.v4("192.0.2.1") + bytes([0, 7])), sequence=n)

    octets, packets = (fs.flow_set(0, fs.template9(256, (8, 4), (each, 2))) for each in (1, 2))
    bodies = [
        fs.netflow9(octets, sequence=0), *map(data, range(1, 6)),
        fs.netflow9(packets, sequence=6), *map(data, range(7, 12)),
    ]  # fmt: skip
    flows, told = Reader().read([Datagram(0, NOW_MS, body) for body in bodies])
    assert (flows.octets.tolist(), flows.packets.tolist()) == ([7] * 5 + [0] * 5, [0] * 5 + [7] * 5)
    assert +told.lost == {}
