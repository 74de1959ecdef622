"""Write src/uproar/stats/threshold_table.py: thresholds of the CUSUM bank from exact run lengths.

Run as `python bench/make_threshold_table.py`; takes a few minutes on one core.
"""

from __future__ import annotations

import base64
import sys
import zlib
from multiprocessing import Pool
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from uproar.stats import runlength  # noqa: E402

LIFTS = (1.2, 1.35, 1.5, 1.75, 2.0, 2.5, 3.5, 6.0, 12.0, 35.0, 100.0)
LOG_MEANS = tuple(np.arange(-5.0, 4.01, 0.5))
LOG_ALPHAS = tuple(np.arange(-5.0, 2.01, 0.5))
LOG_RUNS = (1.5, 3.0, 4.5, 6.0, 8.0, 10.0)
CLUMPING_MAX = 300.0  # Beyond alpha * mean = 300 the threshold hardly moves; the law is cut there.

HEAD = '''"""Thresholds of the CUSUM bank from exact run lengths. Written by bench/make_threshold_table.py.

The payload holds thresholds in thousandths of a nat as little-endian 16-bit integers, indexed by
(lift, log10 mean, log10 alpha, log10 mean run in bins), differenced along the last axis.
"""

from __future__ import annotations

'''


def of_lift(lift: float) -> list[list[list[float]]]:
    runs = tuple(10.0**exponent for exponent in LOG_RUNS)
    out = []
    for log_mean in LOG_MEANS:
        row = []
        for log_alpha in LOG_ALPHAS:
            alpha = 10.0**log_alpha
            mean = min(10.0**log_mean, CLUMPING_MAX / alpha)
            row.append(runlength.threshold_for(mean, alpha, lift, runs))
        out.append(row)
    print(f"lift {lift}: done", file=sys.stderr)
    return out


def main() -> None:
    shape = (len(LIFTS), len(LOG_MEANS), len(LOG_ALPHAS), len(LOG_RUNS))
    with Pool(2) as pool:
        table = np.array(pool.map(of_lift, LIFTS, chunksize=1)).reshape(shape)
    steps = np.diff(np.round(table * 1000).astype("<i2"), axis=3, prepend=np.int16(0))
    packed = base64.b85encode(zlib.compress(steps.astype("<i2").tobytes(), 9)).decode()
    lines = [packed[i : i + 92] for i in range(0, len(packed), 92)]
    body = "\n".join(f'    "{line}"' for line in lines)
    text = HEAD
    for name, values in (
        ("LIFTS", LIFTS),
        ("LOG_MEANS", LOG_MEANS),
        ("LOG_ALPHAS", LOG_ALPHAS),
        ("LOG_RUNS", LOG_RUNS),
    ):
        text += f"{name} = ({', '.join(str(round(float(value), 2)) for value in values)})\n"
    text += f"PAYLOAD = (\n{body}\n)\n"
    (ROOT / "src/uproar/stats/threshold_table.py").write_text(text)


if __name__ == "__main__":
    main()
