"""The corpus of the Numenta Anomaly Benchmark, from a folder or an archive, as arrays."""

from __future__ import annotations

import csv
import io
import json
import sys
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "facts" / "nab.tar.xz"
MISSING = (
    "no benchmark data at {path}; give a folder or .tar.xz with data/<group>/*.csv and"
    " labels/combined_windows.json (github.com/numenta/NAB) by --nab PATH"
)


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """One series: `at_ms` and `value` of each record, windows as (first, last) records."""

    group: str
    name: str
    at_ms: NDArray[np.int64]
    value: F64
    windows: tuple[tuple[int, int], ...]

    @property
    def bin_ms(self) -> int:
        """Return the usual distance of two records, at least 10 s and at most a day."""
        usual = int(np.median(np.diff(self.at_ms)))
        return min(max(usual, 10_000), 86_400_000)


def load(path: Path) -> list[File]:
    """Return all files, by group and name; exit with a clear message where there are none."""
    texts = _texts(path) if path.exists() else {}
    labels = next((text for name, text in texts.items() if name.endswith("windows.json")), None)
    if labels is None:
        sys.exit(MISSING.format(path=path))
    windows = json.loads(labels)
    files = []
    for name in sorted(texts):
        if not name.endswith(".csv"):
            continue
        key = name.partition("data/")[2]
        rows = list(csv.DictReader(io.StringIO(texts[name])))
        at = np.array([_instant(row["timestamp"]) for row in rows])
        spans = []
        for first, last in windows[key]:
            low, high = np.searchsorted(at, [_instant(first), _instant(last)])
            spans.append((int(low), min(int(high), len(at) - 1)))
        value = np.array([float(row["value"]) for row in rows])
        group, _, file = key.partition("/")
        files.append(File(group, file, at, value, tuple(spans)))
    if not files:
        sys.exit(MISSING.format(path=path))
    return files


def _instant(text: str) -> int:
    moment = datetime.fromisoformat(text.partition(".")[0]).replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def _texts(path: Path) -> dict[str, str]:
    wanted = ("combined_windows.json", ".csv")
    if path.is_dir():
        found = [one for one in path.rglob("*") if one.name.endswith(wanted)]
        return {one.relative_to(path).as_posix(): one.read_text(encoding="utf-8") for one in found}
    texts = {}
    with tarfile.open(path) as box:
        for member in box.getmembers():
            if member.isfile() and member.name.endswith(wanted):
                source = box.extractfile(member)
                if source is not None:
                    texts[member.name] = source.read().decode("utf-8")
    return texts
