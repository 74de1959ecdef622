"""The parts of the page on incidents: whose fault, waves and ends, where, and how many people."""

from __future__ import annotations

from typing import Any

import cells
import intervals
import plots_panels
from plots_frame import Axis

REPORTS = 30  # The number that is shown at length, where it was tried.
FIVE = ("service", "provider", "access", "home", "echo")
KINDS = {
    "service": "the service itself",
    "provider": "a provider",
    "access": "an access network",
    "home": "one home or office",
    "echo": "an echo",
    "place": "a country",
    "unknown": "unknown",
}
EVERY_CELL = "all"
FALLS = {"step": "at once", "halves": "by halves"}
FOUND_GOAL = (0.95, 1.0)
HELD_GOAL = (0.85, 1.0)  # A bracket that holds more often than it says is too wide, not false.
Part = tuple[str, dict[str, str]]
Row = dict[str, Any]


def by_kind(result: Row, reports: int) -> dict[str, Row]:
    """Return how often the top answer was right, by kind of fault, for so many reports."""
    return {
        row["kind"]: row
        for row in result["rows"]
        if row.get("reports") == reports and row.get("kind") in KINDS
    }


def pooled(rows: list[Row]) -> tuple[float, float, float]:
    """Return the share of right answers over several kinds, with its interval."""
    many = sum(row["n"] for row in rows)
    hits = sum(round(row["top1"] * row["n"]) for row in rows)
    return hits / many, *intervals.wilson(hits, many)


def bins_of(result: Row, reports: int) -> list[Row]:
    """Return how often answers were right, by what probability was told."""
    rows = result["rows"]
    return [row for row in rows if row.get("reports") == reports and "bin" in row and row["n"]]


def asked_with(result: Row) -> list[int]:
    """Return the numbers of reports that were tried."""
    return sorted({row["reports"] for row in result["rows"] if row.get("kind") in KINDS})


def culprit(result: Row) -> Part:
    """Return the part on whose fault it is, and the plot of told against true."""
    tried = asked_with(result)
    reports = REPORTS if REPORTS in tried else tried[-1]
    text = f"{reports} reports of the fault in all services together:\n\n"
    text += _by_fault(by_kind(result, reports))
    if len(tried) > 1:
        text += "\nWith fewer and with more reports:\n\n" + _by_reports(result, tried)
    drawn = {}
    bins = bins_of(result, reports)
    if bins:
        lines = [
            [_told(row["bin"]), row["n"], cells.percent(row["told"]),
             cells.percent(row["right"], row["low"], row["high"])]
            for row in bins
        ]  # fmt: skip
        text += f"\nIs a probability worth what it says? {reports} reports:\n\n"
        text += cells.table(("told", "answers", "mean told", "right"), lines)
        points = [(row["told"], plots_panels.Span(row["right"], row["low"], row["high"]))
                  for row in bins]  # fmt: skip
        title = f"Whose fault: what came true over what was told, {reports} reports"
        drawn["culprit.svg"] = plots_panels.reliability(title, points, _shares())
    return text + cells.foot(result, "Simulated worlds"), drawn


def _by_fault(kinds: dict[str, Row]) -> str:
    lines = [
        [KINDS[kind], row["n"], cells.percent(row["top1"], row["low"], row["high"]),
         ", ".join(f"{KINDS.get(other, other)} {many}" for other, many in
                   sorted(row["taken"].items(), key=lambda pair: -pair[1])) or cells.DASH]
        for kind, row in kinds.items()
    ]  # fmt: skip
    five = [kinds[kind] for kind in FIVE if kind in kinds]
    if len(five) == len(FIVE):
        many = sum(row["n"] for row in five)
        lines.append(["*all but countries*", many, cells.percent(*pooled(five)), ""])
    return cells.table(("at fault", "cases", "top answer right", "else taken for"), lines)


def _by_reports(result: Row, tried: list[int]) -> str:
    errors = {
        r["reports"]: r["calibration_error"] for r in result["rows"] if "calibration_error" in r
    }
    lines = []
    for reports in tried:
        kinds = by_kind(result, reports)
        five = [kinds[kind] for kind in FIVE if kind in kinds]
        worst = min(five, key=lambda row: row["top1"])
        lines.append(
            [reports, sum(row["n"] for row in five), cells.percent(*pooled(five)),
             f"{KINDS[worst['kind']]}: {cells.percent(worst['top1'], worst['low'], worst['high'])}",
             cells.fixed(errors.get(reports), 3)]
        )  # fmt: skip
    head = ("reports", "cases", "top answer right", "worst", "mean calibration error")
    return cells.table(head, lines)


def _told(edges: list[float]) -> str:
    low, high = edges
    if low == 0:
        return f"under {100 * high:g} %"
    return f"{100 * low:g} to {100 * high:g} %"


def _shares() -> Axis:
    ticks = (0.1, 0.5, 0.8, 0.95, 0.99, 0.999)
    return Axis(0.02, 0.99995, ticks, "logit", [f"{100 * tick:g} %" for tick in ticks])


def waves(result: Row) -> Part:
    """Return the part on waves and ends, and its plot."""
    rows = result["rows"]
    head = ("reports a minute × rise, fall", "waves found", "too many, an incident",
            "called off too soon", "recovery bracket holds", "bracket of the fault's end holds")  # fmt: skip
    lines = [
        [f"*{EVERY_CELL}*" if row["cell"] == EVERY_CELL else cell_of(row),
         cells.percent(row["found"], *row["found_interval"]),
         cells.fixed(row["extra_per_incident"], 2), f"{row['premature']:.0f} of {row['incidents']}",
         cells.percent(row["bracket_held"], *row["bracket_interval"]),
         cells.percent(row["fault_end_held"], *row["fault_end_interval"])]
        for row in rows
    ]  # fmt: skip
    shown = [row for row in rows if row["cell"] != EVERY_CELL]
    panels = [
        plots_panels.Panel(
            name, [plots_panels.Span(row[key], *row[interval]) for row in shown], band
        )
        for name, key, interval, band in (
            ("waves found", "found", "found_interval", FOUND_GOAL),
            ("recovery bracket", "bracket_held", "bracket_interval", HELD_GOAL),
            ("fault's end bracket", "fault_end_held", "fault_end_interval", HELD_GOAL),
        )
    ]
    ticks = (0.6, 0.7, 0.8, 0.9, 1.0)
    least = min([0.65, *(span.low for panel in panels for span in panel.spans if span)])
    axis = Axis(least, 1.0, ticks, words=[f"{100 * tick:.0f} %" for tick in ticks])
    drawn = plots_panels.spans(
        "Waves found and ends told right, by cell", [cell_of(row) for row in shown], panels, axis,
        "share, 95 % interval", left=168,
    )  # fmt: skip
    text = cells.table(head, lines)
    every = next((row for row in rows if row["cell"] == EVERY_CELL), None)
    if every:
        text += (
            f"\nMedian width of the recovery bracket {every['bracket_width']:.0f} minutes, of the"
        )
        text += f" bracket of the fault's end {every['fault_end_width']:.0f}.\n"
    return text + cells.foot(result), {"waves.svg": drawn}


def long_faults(result: Row) -> Part:
    """Return the part on outages that last for days."""
    head = ("reports a minute × rise", "months of fault", "called off too soon, a month of fault",
            "of the fault not shown", "over, minutes after the end")  # fmt: skip
    lines = []
    for row in result["rows"]:
        whole = row["rate_per_minute"] == EVERY_CELL
        name = f"*{EVERY_CELL}*" if whole else f"{row['rate_per_minute']:g} × {row['lift']:g}"
        late = row["minutes_late"]
        lines.append(
            [name, cells.fixed(row["fault_months"], 1),
             cells.around(row["premature_a_fault_month"], *row["interval"], 0),
             cells.percent(row["share_not_shown"]),
             cells.DASH if late is None else f"{late:.0f}"]
        )  # fmt: skip
    return cells.table(head, lines) + cells.foot(result), {}


def cell_of(row: Row) -> str:
    """Return a cell of the bench in words: "1.0/min x5 step" is 1 × 5, at once."""
    words = row["cell"].replace("/min", "").split()
    if len(words) != 3:
        return str(row["cell"])
    rate, lift, fall = words
    return f"{float(rate):g} × {lift.removeprefix('x')}, {FALLS.get(fall, fall)}"


def where(result: Row) -> Part:
    """Return the part on where it is."""
    asked = [key for key in result["rows"][0] if key.startswith("after_")]
    head = ["share of the region", "minutes, whole alone", "minutes, whole and parts"]
    head += [_when(key) for key in asked]
    lines = []
    for row in result["rows"]:
        missed = row["whole_missed"]
        whole = (
            f"{row['services'] - missed} of {row['services']} found"
            if missed
            else _mean(row["whole"])
        )
        line = [cells.percent(row["share"]), whole, _mean(row["tree"])]
        for key in asked:
            precise, recall = row[key]["precision"], row[key]["recall"]
            line.append(f"{cells.percent(recall[0])} / {cells.percent(precise[0])}")
        lines.append(line)
    return cells.table(head, lines) + cells.foot(result), {}


def _when(key: str) -> str:
    minutes = int(key.removeprefix("after_"))
    return f"named / right, {minutes} min after" if minutes else "named / right, at the alarm"


def _mean(figures: list[float]) -> str:
    places = 0 if figures[0] >= 100 else 1
    return cells.around(figures[0], figures[1], figures[2], places)


def reach(result: Row) -> Part:
    """Return the part on how many people are affected."""
    head = ("outage", "one report for", "estimate from the other cases, 90 %", "published", "held")
    lines = [
        [row["case"], f"{1 / row['rate']:,.0f} people",
         f"{cells.large(row['low'])} to {cells.large(row['high'])}", cells.large(row["people"]),
         "yes" if row["held"] else "**no**"]
        for row in sorted(result["rows"], key=lambda row: -row["people"])
    ]  # fmt: skip
    low, high = result["interval"]
    text = cells.table(head, lines)
    text += (
        f"\nThe interval held {result['held']} of {result['of']} cases; so few say no more than that"
        f" it holds {cells.percent(low)} to {cells.percent(high)} of them. It is wide: its ends are a"
        f" factor of {result['width']:.0f} apart, and nobody can be affected who does not use the"
        " service.\n"
    )
    return text + cells.foot(result, "Each case left out of the fit that judges it"), {}
