"""One port for all: datagrams of every kind in one batch, and of none."""

from __future__ import annotations

from core import flow_samples as fs
from core.flow_samples import NOW_MS, V5
from uproar.wire.flows.datagrams import Datagram
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
