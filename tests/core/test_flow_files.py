"""Raw flows on disk: whole files, within bounds, and strangers' addresses masked."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from uproar.errors import CaptureInvalid
from uproar.store import flowfiles
from uproar.store.flowfiles import Bounds, FlowFiles
from uproar.wire.flows.columns import DTYPES, MAPPED, Flows

NOW = 1_790_000_000_000
V4 = np.uint64(MAPPED | 0xC0000207)
V6 = np.uint64(0x20010DB8_00010002)


def flows(count: int) -> Flows:
    columns = {name: np.zeros(count, dtype) for name, dtype in DTYPES.items()}
    columns["src_lo"] += V4
    columns["dst_hi"] += V6
    columns["dst_lo"] += np.uint64(7)
    return Flows(**columns)


def test_addresses_are_cut_to_their_network() -> None:
    hi, lo = np.array([0, V6, 0], np.uint64), np.array([V4, 7, V4], np.uint64)
    cut_hi, cut_lo = flowfiles.masked(hi, lo, np.array([True, True, False]))
    assert cut_hi.tolist() == [0, 0x20010DB8_00010000, 0]
    assert cut_lo.tolist() == [MAPPED | 0xC0000200, 0, int(V4)]


@pytest.mark.parametrize("masks", [True, False])
def test_what_was_added_is_in_whole_files(tmp_path: Path, masks: bool) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    ours = (lambda hi, _: hi > 0) if masks else None
    files = FlowFiles(tmp_path / "new" / "flows", "w", Bounds(10**9, 10**9), ours, lambda: NOW)
    files.add(flows(3), NOW)
    files.add(flows(4), NOW + flowfiles.FILE_MS)
    files.add(flows(5), NOW + 2 * flowfiles.FILE_MS)
    files.close()
    tables = [parquet.read_table(path) for path in (tmp_path / "new" / "flows").iterdir()]
    assert sorted(len(table) for table in tables) == [5, 7]
    assert files.since() == (12, 0)
    assert tables[0].column_names == list(DTYPES)
    assert tables[0]["src_lo"][0].as_py() == (int(V4) & ~0xFF if masks else int(V4))
    assert tables[0]["dst_hi"][0].as_py() == int(V6)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "new" / "flows").iterdir()} == {
        0o600
    }


def test_a_disk_that_refuses_costs_rows_and_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    files = FlowFiles(tmp_path / "flows", "w", Bounds(10**9, 10**9), None, lambda: NOW)
    (tmp_path / "flows").rmdir()
    files.add(flows(3), NOW)
    files.close()
    assert files.since() == (0, 3)


def test_the_oldest_files_go_first_and_what_was_left_half_written(tmp_path: Path) -> None:
    def file(name: str, size: int, age_s: int) -> None:
        (tmp_path / name).write_bytes(bytes(size))
        os.utime(tmp_path / name, (NOW / 1000 - age_s, NOW / 1000 - age_s))

    file("flows-a.parquet", 10, 5_000)
    file("flows-b.parquet", 40, 300)
    file("flows-c.parquet", 40, 200)
    file("flows-d.parquet", 40, 100)
    file("flows-e.part", 1, 1_000)
    file("flows-f.part", 1, 10)
    file("mine.parquet", 1_000, 9_000)
    assert flowfiles.pruned(tmp_path, Bounds(90, 3_600_000), NOW) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "flows-c.parquet", "flows-d.parquet", "flows-f.part", "mine.parquet"
    ]  # fmt: skip


def test_what_was_kept_is_read_as_it_was(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    files = FlowFiles(tmp_path, "w", Bounds(10**9, 10**9), None, lambda: NOW)
    given = flows(100_000)
    files.add(given, NOW)
    files.close()
    (path,) = tmp_path.iterdir()
    parts = list(flowfiles.read(path))
    assert [len(part) for part in parts] == [65_536, 34_464]
    for name in DTYPES:
        column = np.concatenate([getattr(part, name) for part in parts])
        assert column.dtype == DTYPES[name]
        assert (column == getattr(given, name)).all()


@pytest.mark.parametrize("case", ["no parquet", "another table", "a hole", "cut"])
def test_what_is_no_file_of_flows_is_refused(case: str, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "x.parquet"
    whole = {name: pa.array(getattr(flows(3), name)) for name in DTYPES}
    if case == "no parquet":
        path.write_bytes(b"PAR1 and more")
    elif case == "another table":
        parquet.write_table(pa.table({**whole, "packets": pa.array(["a", "b", "c"])}), path)
    elif case == "a hole":
        parquet.write_table(
            pa.table({**whole, "packets": pa.array([1, None, 3], pa.uint64())}), path
        )
    else:
        parquet.write_table(pa.table(whole), path)
        path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CaptureInvalid, match="no file of flows"):
        list(flowfiles.read(path))
