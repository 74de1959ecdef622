"""The parts of the page on alarms: how often for nothing, how late, and at what cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import cells
import intervals
import plots_panels
from plots_frame import Axis

STRESSES = {
    "none": "nothing unusual",
    "ar": "waves of attention",
    "holiday": "holidays",
    "dst": "changes of the hour",
    "contaminated": "old outages",
    "shift": "a new level for good",
}
# False alarms over those asked for, from and to; None: no goal was set.
BANDS: dict[str, tuple[float, float] | None] = {"none": (0.5, 1.5), "shift": None}
STRESSED = (0.0, 2.0)
LIMIT_MINUTES = (2.0, 60.0)  # Exact limits for which delay over limit is judged.
RATIO_WORST = 1.6
GIB = 2**30
TICK = ("median_processor_s", "worst_processor_s", "worst_s")
Part = tuple[str, dict[str, str]]
Row = dict[str, Any]


class Calibrated(NamedTuple):
    """False alarms over those asked for, of services of one rate under one stress."""

    stress: str
    rate: float
    alarms: int
    weeks: float
    span: plots_panels.Span


def calibrated(result: Row) -> list[Calibrated]:
    """Return the rows of a result; older ones name their columns at greater length."""
    return [
        Calibrated(
            row["stress"],
            row.get("rate", row.get("rate_a_minute")),
            row["alarms"],
            row.get("weeks", row.get("service_weeks")),
            plots_panels.Span(row.get("ratio", row.get("of_nominal")), row["low"], row["high"]),
        )
        for row in result["rows"]
    ]


def calibration(result: Row) -> Part:
    """Return the part on false alarms, and its plot."""
    found = {(row.stress, row.rate): row for row in calibrated(result)}
    stresses = [name for name in STRESSES if any(name == stress for stress, _ in found)]
    rates = sorted({rate for _, rate in found})

    def span(stress: str, rate: float) -> plots_panels.Span | None:
        return found[stress, rate].span if (stress, rate) in found else None

    head = ["reports a minute", *(STRESSES[stress] for stress in stresses)]
    lines = [
        [cells.rate(rate), *(_shown(span(stress, rate), 2) for stress in stresses)]
        for rate in rates
    ]
    text = "Measured over asked for, with 95 % intervals:\n\n" + cells.table(head, lines)
    panels = [
        plots_panels.Panel(STRESSES[name], [span(name, rate) for rate in rates], BANDS.get(name, STRESSED))
        for name in stresses
    ]  # fmt: skip
    lows = [row.span.low for row in found.values() if row.span.low > 0]
    axis = Axis(
        max(0.1, 0.9 * min(lows, default=0.1)),
        1.1 * max(2.0, *(row.span.high for row in found.values())),
        (0.1, 0.2, 0.5, 1, 2, 5, 10),
        "log",
    )
    title = "False alarms over those asked for; the band is where they ought to be"
    names = [f"{cells.rate(rate)} a minute" for rate in rates]
    drawn = plots_panels.spans(title, names, panels, axis, "measured over asked for")
    weeks = max(row.weeks for row in found.values())
    what = f"{weeks:,.0f} service-weeks a figure; intervals are those of a Poisson count"
    return text + cells.foot(result, what), {"calibration.svg": drawn}


def _shown(span: plots_panels.Span | None, places: int) -> str:
    return cells.around(*span, places) if span else cells.DASH


def cell_of(row: Row) -> str:
    """Return a cell of the delay bench in words: 0.01 × 100, Poisson where it does not clump."""
    plain = (
        "" if row["size"] == 25 else ", Poisson" if row["size"] == "inf" else f", k={row['size']:g}"
    )
    return f"{cells.rate(row['rate'])} × {row['lift']:g}{plain}"


def ratio_of(row: Row) -> plots_panels.Span:
    """Return delay over the exact limit, with the interval of the delay."""
    return plots_panels.Span(*(row[name] / row["limit"] for name in ("delay", "low", "high")))


def judged(rows: Sequence[Row]) -> list[Row]:
    """Return the steps whose limit lies where delay over limit is judged."""
    low, high = LIMIT_MINUTES
    return [row for row in rows if row["ramp"] == 0 and low <= row["limit"] <= high]


def middle_ratio(rows: Sequence[Row]) -> plots_panels.Span:
    """Return the geometric mean of delay over limit, with its interval over chance of the delays."""
    logs = [math.log(row["delay"] / row["limit"]) for row in rows]
    errors = [(row["high"] - row["low"]) / (2 * intervals.Z * row["delay"]) for row in rows]
    mean, half = sum(logs) / len(logs), intervals.Z * math.hypot(*errors) / len(logs)
    return plots_panels.Span(math.exp(mean), math.exp(mean - half), math.exp(mean + half))


def held(rows: Sequence[Row]) -> tuple[float, float, float]:
    """Return the share of onset brackets that hold the true onset, with its interval."""
    many = sum(row["onsets"] for row in rows)
    hits = sum(row["held"] * row["onsets"] for row in rows)
    return hits / many if many else math.nan, *intervals.wilson(hits, many)


def delay(result: Row) -> Part:
    """Return the part on how late alarms are, and its plot."""
    rows = result["rows"]
    steps = [row for row in rows if row["ramp"] == 0]
    head = ("reports a minute × rise", "minutes to alarm", "nine in ten within",
            "exact limit, minutes", "delay over limit", "false alarms a week")  # fmt: skip
    lines = [
        [cell_of(row), cells.around(row["delay"], row["low"], row["high"], 1),
         cells.short(row["p90"]), cells.fixed(row["limit"], 1), _shown(ratio_of(row), 2),
         cells.fixed(row["false_per_week"], 2)]
        for row in steps
    ]  # fmt: skip
    text = "An outage that begins at once:\n\n" + cells.table(head, lines)
    lines = []
    for ramp in sorted({row["ramp"] for row in rows}):
        mine = [row for row in rows if row["ramp"] == ramp]
        worst = min(mine, key=lambda row: row["held"])
        lines.append(
            [f"over {ramp} minutes" if ramp else "at once", cells.percent(*held(mine)),
             f"{cells.percent(worst['held'])} ({cell_of(worst)})",
             cells.short(sorted(row["width"] for row in mine)[len(mine) // 2])]
        )  # fmt: skip
    head = ("the rise comes", "onset brackets that hold", "worst cell", "median width, minutes")
    text += "\nSince when, and how often the bracket holds the true onset:\n\n"
    text += cells.table(head, lines) + cells.foot(result, "Mean delays with 95 % intervals")
    shown = judged(rows)
    ratios = [ratio_of(row) for row in shown]
    if not ratios:
        return text, {}
    top = 1.05 * max(RATIO_WORST, *(span.high for span in ratios))
    axis = Axis(
        min(0.9, *(span.low for span in ratios)), top, (0.8, 1, 1.2, 1.4, 1.6, 2, 2.5, 3, 4)
    )
    panel = plots_panels.Panel("delay over the exact limit", ratios, (1.0, RATIO_WORST))
    drawn = plots_panels.spans(
        "How late an alarm is, over the exact limit", [cell_of(row) for row in shown], [panel],
        axis, "times the limit; the band ends where no cell ought to be beyond", left=190,
    )  # fmt: skip
    return text, {"delay.svg": drawn}


def cost(tick: Row, table: Row | None) -> Part:
    """Return the part on what detection costs."""
    head = ("series", "median tick, ms of processor", "worst tick, ms of processor",
            "worst by the clock, ms", "most memory, GiB")  # fmt: skip
    lines = [
        [f"{row['series']:,}", *(cells.short(1e3 * row[name]) for name in TICK),
         cells.short(row["peak_memory_bytes"] / GIB)]
        for row in tick["rows"]
    ]  # fmt: skip
    text = cells.table(head, lines) + cells.foot(tick)
    if table:
        row = table["rows"][0]
        text += (
            f"\n`uproar detect` over a table of {row['rows']:,} rows of {row['services']:,} services"
            f" takes {row['processor_s']:.0f} seconds of processor time and {row['memory_mb']} MB of"
            f" memory. `{table['command']}`\n"
        )
    return text, {}
