"""Who judges flows remembers what is usual over a restart, and nobody's address."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from uproar.app.familiar import Networks
from uproar.app.flow_judge import FlowJudge
from uproar.app.flow_worker import Charge, Gathering
from uproar.model.tick import DAY_MS
from uproar.trace.familiar import Hashes
from uproar.trace.origins import known
from uproar.trace.ours import Design, Hostgroup, Ours
from uproar.trace.traffic import F64
from uproar.wire.flows.columns import DTYPES, MAPPED, Flows

NOW = 1_790_000_000_000
DESIGN = Design(Ours((Hostgroup("web", ("198.51.100.0/24",)),)), 7)
ABOUT = known(lambda addresses: [""] * len(addresses), None, "")
SOURCE, TARGET = 0xCB007109, 0xC6336407


class Memory:
    def __init__(self) -> None:
        self.body: bytes | None = None

    def read(self) -> bytes | None:
        return self.body

    def write(self, body: bytes) -> None:
        self.body = body


def bundle(at_ms: int, source: int = SOURCE, flags: int = 0) -> bytes:
    columns = {name: np.zeros(40, dtype) for name, dtype in DTYPES.items()}
    columns["src_lo"] += np.uint64(MAPPED | source)
    columns["dst_lo"] += np.uint64(MAPPED | TARGET)
    columns["protocol"] += np.uint8(6 if flags else 17)
    columns["tcp_flags"] += np.uint8(flags)
    columns["packets"] += np.uint64(3)
    columns["octets"] += np.uint64(300)
    columns["sampling"] += np.uint32(1)
    columns["start_ms"] += at_ms - 500
    columns["end_ms"] += at_ms - 400
    gathering = Gathering(Charge(design=DESIGN))
    assert gathering.close(at_ms) == b""
    gathering.add(Flows(**columns), at_ms)
    return gathering.close(at_ms)


def test_the_state_goes_on_after_a_restart_and_bears_no_address_of_a_source() -> None:
    memory = Memory()
    judge = FlowJudge(DESIGN, ABOUT, memory)
    for second in range(25):
        judge.step([bundle(NOW + second * 1000)], NOW + second * 1000)
    judge.keep()
    assert memory.body is not None
    for form in ("<Q", ">Q", "<I", ">I"):
        assert struct.pack(form, SOURCE if form[1] == "I" else MAPPED | SOURCE) not in memory.body
    assert struct.pack("<Q", MAPPED | TARGET) in memory.body
    at = NOW + 25_000
    again = FlowJudge(DESIGN, ABOUT, memory)
    went_on = [each.target for each in judge.step([bundle(at)], at)]
    assert [each.target for each in again.step([bundle(at)], at)] == went_on


def test_a_bundle_that_is_none_is_counted_and_the_others_are_judged() -> None:
    judge = FlowJudge(DESIGN, ABOUT)
    assert judge.step([b"nonsense", b"", bundle(NOW)], NOW) == []
    assert judge.damaged == 2


def test_a_state_that_cannot_be_read_is_begun_anew() -> None:
    memory = Memory()
    memory.body = b"nonsense"
    assert FlowJudge(DESIGN, ABOUT, memory).step([bundle(NOW)], NOW) == []


@pytest.mark.parametrize(("flags", "known"), [(0x1B, 1.0), (0x02, 0.0)])
def test_networks_that_came_with_connections_on_other_days_are_known(
    flags: int, known: float, tmp_path: Path
) -> None:
    """Addresses of SYNs alone may be forged: nobody becomes known by them."""
    networks = Networks(tmp_path, lambda: NOW)
    judge = FlowJudge(DESIGN, ABOUT, networks=networks)
    other = SOURCE ^ 0x00FF_0000
    for day in range(4):
        at = NOW + day * DAY_MS
        judge.step([bundle(at, flags=flags), bundle(at, other, 0x1B)], at)
    at = NOW + 4 * DAY_MS
    told = []
    for second in range(12):
        told += judge.step([bundle(at + second * 1000, flags=0x1B)], at + second * 1000)
    assert told[-1].known == known
    judge.keep()
    again = Networks(tmp_path, lambda: NOW)
    assert again.share(*_asked(again), (NOW + 4 * DAY_MS) // DAY_MS) == known


def _asked(networks: Networks) -> tuple[Hashes, F64]:
    source = np.array([MAPPED | SOURCE], np.uint64)
    return networks.hashes(np.zeros(1, np.uint64), source), np.ones(1)
