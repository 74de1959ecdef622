"""The parts of the page that set Uproar beside the rules of others: minutes, days, and mentions."""

from __future__ import annotations

from typing import Any

import cells
import plots

PROFILES = ("standard", "low_FP", "low_FN")
OURS = "ours"
MEASURES = ("pod", "sensitivity", "timeliness")
FARRINGTON = "Farrington Flexible"
LEAST_SHOWN = 0.002  # A share of none is drawn here, for the axis is logarithmic.
Part = tuple[str, dict[str, str]]
Row = dict[str, Any]


def is_ours(name: str) -> bool:
    """Return whether a detector is ours, in whichever variant."""
    return name.startswith(OURS)


def peers(result: Row) -> Part:
    """Return the part on other rules at one measured rate of false alarms, and its plot."""
    rows = result["rows"]
    places = list(dict.fromkeys((row["rate"], row["lift"]) for row in rows))
    names = list(dict.fromkeys(row["rule"] for row in rows))
    found = {(row["rule"], row["rate"], row["lift"]): row for row in rows}
    head = ["rule", *(f"{cells.rate(rate)} × {lift:g}" for rate, lift in places)]
    lines: list[list[str]] = []
    for name in names:
        mine = [found[name, *one] for one in places]
        lines.append([cells.strong(name, is_ours(name)), *(_minutes(row) for row in mine)])
    limits = [found[names[0], *one]["limit"] for one in places]
    lines.append(["*exact limit, all known*", *(cells.fixed(limit, 1) for limit in limits)])
    text = "Mean minutes to alarm, 60 where there was none (reports a minute × rise):\n\n"
    text += cells.table(head, lines)
    text += "\nFalse alarms a service-week on the test weeks, by which thresholds were set: "
    told = []
    for name in names:
        rates = [found[name, *one]["false_a_week"] for one in places]
        same = min(rates) == max(rates)
        told.append(f"{name} {min(rates):.2f}" + ("" if same else f" to {max(rates):.2f}"))
    text += ", ".join(told) + ". Where it is lower, the rule's statistic allows no nearer.\n"
    lines_of = {name: [found[name, *one]["delay"] for one in places] for name in names}
    shown = [f"{cells.rate(rate)} a minute × {lift:g}" for rate, lift in places]
    title = "Mean minutes to alarm at one false alarm in four weeks"
    drawn = plots.dots(title, shown, lines_of, OURS, "minutes")
    return text + cells.foot(result), {"peers.svg": drawn}


def _minutes(row: Row) -> str:
    if not row["half"]:
        return cells.fixed(row["delay"], 0)
    places = 1 if row["delay"] >= 10 else 2
    return f"{row['delay']:.{places}f} ± {row['half']:.{places}f}"


def peers_ff(result: Row) -> Part:
    """Return the part on Farrington Flexible on minutes."""
    head = ("reports a minute × rise", "outages", "minutes to alarm", "missed", "calm hours",
            "bins in alarm in them")  # fmt: skip
    lines = [
        [f"{cells.rate(row['rate'])} × {row['lift']:g}", row["outages"],
         f"{row['delay']:.0f} ± {row['half']:.0f}" if row["half"] else f"{row['delay']:.0f}",
         cells.percent(row["missed"]), row["calm_hours"], row["calm_bins_in_alarm"]]
        for row in result["rows"]
    ]  # fmt: skip
    return cells.table(head, lines) + cells.foot(result), {}


def noufaily(result: Row) -> Part:
    """Return the part on daily outbreaks, and its plot."""
    text = "All replicates of each signal and size, with 95 % intervals:\n\n"
    text += _outbreaks(result["rows"])
    paired = result["paired"]
    if paired:
        many = max(row["replicates"] for row in paired)
        text += f"\nThe {many} replicates that Farrington Flexible was run on:\n\n"
        text += _outbreaks([r for r in paired if is_ours(r["method"]) or r["method"] == FARRINGTON])
    if result["checked"]:
        text += f"\nOur C1 and C2: {result['checked']}.\n"
    text += cells.foot(result)
    rows = paired or result["rows"]
    sizes = sorted({row["size"] for row in rows})
    names = list(dict.fromkeys(row["method"] for row in rows))
    share = {
        name: [max(1 - row["pod"][0], LEAST_SHOWN) for size in sizes for row in rows
               if row["method"] == name and row["size"] == size]
        for name in names
    }  # fmt: skip
    places = [f"size {size}" for size in sizes]
    title = f"Share of outbreaks missed, by size (none: at {LEAST_SHOWN:g})"
    drawn = plots.dots(title, places, share, OURS, "share missed")
    return text, {"noufaily.svg": drawn}


def _outbreaks(rows: list[Row]) -> str:
    head = ("size, method", "false days", "outbreaks found", "sensitivity", "timeliness")
    ordered = sorted(rows, key=lambda row: row["size"])
    lines = [
        [f"{row['size']}, {cells.strong(row['method'], is_ours(row['method']))}",
         f"{100 * row['fpr'][0]:.1f} %",
         f"{100 * row['pod'][0]:.0f} ± {100 * row['pod'][1]:.0f} %",
         *(f"{row[name][0]:.2f} ± {row[name][1]:.2f}" for name in MEASURES[1:])]
        for row in ordered
    ]  # fmt: skip
    return cells.table(head, lines)


def nab(result: Row, published: Row) -> Part:
    """Return the part on the Numenta benchmark, and its plot."""
    rows = result["rows"]
    mine = [row for row in rows if row["group"] == "realTweets"]
    lines = [
        [cells.strong(row["detector"], is_ours(row["detector"])), row["threshold"],
         *(_ranged(row, name) for name in PROFILES)]
        for row in mine if row["detector"] != "null"
    ]  # fmt: skip
    lines += [
        [f"{row['detector']} (published)", row["threshold"], *(row[name] for name in PROFILES)]
        for row in published["rows"]
    ]
    head = ("detector", "threshold for", "standard", "low FP", "low FN")
    text = "realTweets, ten series of mentions of companies, 33 windows:\n\n"
    text += cells.table(head, lines, left=2)
    others = [
        [row["group"], *(_ranged(row, name) for name in PROFILES), row["standard_found"],
         row["standard_false"]]
        for row in rows if row["detector"] == OURS and row["threshold"] == "corpus"
    ]  # fmt: skip
    text += "\nOurs, by group, one threshold for the whole corpus:\n\n"
    text += cells.table(
        ("group", "standard", "low FP", "low FN", "found", "records outside"), others
    )
    gaussian = next(row for row in rows if "published" in row)
    text += "\nThe rules are kept: the windowed Gaussian at its published threshold scores "
    text += " / ".join(f"{gaussian[name]:.1f}" for name in PROFILES) + " here and is published as "
    text += " / ".join(f"{gaussian['published'][name]:.1f}" for name in PROFILES) + ".\n"
    text += (
        "\nRanges are 95 % when files are drawn anew from these, threshold fixed. The group"
        " realKnownCause is not among our files: published corpus-wide thresholds had it to serve too.\n"
    )
    text += cells.foot(result)
    shown = [(row["detector"], row["standard"], False) for row in published["rows"]
             if row["threshold"] == "corpus"]  # fmt: skip
    shown += [("windowed Gaussian", gaussian["standard"], False)]
    shown += [(OURS, row["standard"], True) for row in mine
              if row["detector"] == OURS and row["threshold"] == "corpus"]  # fmt: skip
    shown.sort(key=lambda one: -one[1])
    title = "NAB realTweets, standard profile, one threshold for the corpus"
    return text, {"nab.svg": plots.bars(title, shown, 100.0)}


def _ranged(row: Row, name: str) -> str:
    """Return a score with its range where there is one."""
    if f"{name}_range" not in row:
        return str(row[name])
    low, high = row[f"{name}_range"]
    return f"{row[name]} ({round(low)} to {round(high)})"
