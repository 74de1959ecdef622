"""How does a bank of CUSUMs behave when its model is exact? Writes src/uproar/stats/bank_table.py.

For each mean and clumping of a bin, counts are drawn from the very law that the bank assumes, and
two things are taken down: how many times more often the bank alarms than one of its CUSUMs was meant
to (FACTOR), and by how much the peaks of each score that pass PEAK_FROM nats pass it on average
(EXCESS). Seeded; about five minutes on one core.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

import numpy as np  # noqa: E402

from uproar.stats import negbin, thresholds  # noqa: E402

LOG_MEANS = (-4.0, -3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
LOG_ALPHAS = (-4.0, -3.0, -2.0, -1.0, 0.0, 1.0)
ROWS, BINS, RUN = 800, 10_000, 40_000.0
PEAK_FROM, PEAK_MAX, ENDED = 3.0, 8.0, 0.5
CERTAIN = 30.0  # Peaks that an exponential law of mean one is worth where few were seen.


def measure(mean: float, alpha: float, dice: np.random.Generator) -> tuple[float, list[float]]:
    """Return (alarms of the bank over those of one CUSUM, mean excess of peaks by lift)."""
    lifts = thresholds.LIFTS[:, None]
    a, b = negbin.ratio_weights(np.full(1, mean), lifts, np.full((len(lifts), 1), alpha))
    limit = thresholds.look_up(np.full(1, mean), np.full((len(lifts), 1), alpha), RUN)
    score = np.zeros((len(lifts), ROWS))
    peak = np.zeros_like(score)
    passed, excess = np.full(len(lifts), 0.0), np.full(len(lifts), 0.0)
    alarms = 0
    for _ in range(BINS):
        counts = dice.poisson(dice.gamma(1 / alpha, mean * alpha, ROWS))
        score = np.maximum(score + a * counts - b, 0.0)
        np.maximum(peak, score, out=peak)
        over = (score >= limit).any(axis=0)
        ended = score < ENDED
        if over.any():
            alarms += int(over.sum())
            score[:, over] = 0.0
            ended[:, over] = True
        told = ended & (peak > PEAK_FROM)
        if told.any():
            passed += told.sum(axis=1)
            excess += np.where(told, np.minimum(peak - PEAK_FROM, PEAK_MAX), 0.0).sum(axis=1)
        peak[ended] = 0.0
    shrunk = (excess + CERTAIN) / (passed + CERTAIN)
    return max(alarms, 1) / (ROWS * BINS / RUN), [round(float(v), 3) for v in shrunk]


def main() -> None:
    """Measure every cell and write the table."""
    factor, excess = [], []
    for number, log_mean in enumerate(LOG_MEANS):
        factors, excesses = [], []
        for place, log_alpha in enumerate(LOG_ALPHAS):
            dice = np.random.default_rng([number, place])
            one, many = measure(10.0**log_mean, 10.0**log_alpha, dice)
            factors.append(round(one, 2))
            excesses.append(many)
        print(log_mean, factors, [row[5] for row in excesses], file=sys.stderr, flush=True)
        factor.append(factors)
        excess.append(excesses)
    text = '"""A bank of CUSUMs under its own law. Written by bench/make_bank_table.py.\n\n'
    text += "FACTOR is by (log10 mean, log10 alpha), EXCESS by (log10 mean, log10 alpha, lift).\n"
    text += '"""\n\nfrom __future__ import annotations\n\n'
    for name in ("LOG_MEANS", "LOG_ALPHAS", "PEAK_FROM", "PEAK_MAX", "ENDED"):
        text += f"{name} = {globals()[name]}\n"
    text += f"FACTOR = {factor}\nEXCESS = {excess}\n"
    (ROOT / "src/uproar/stats/bank_table.py").write_text(text)


if __name__ == "__main__":
    main()
