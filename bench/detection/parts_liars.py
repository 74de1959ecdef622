"""The parts of the page on liars, and on what comes because an incident is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cells
import plots_panels
from plots_frame import Axis

KINDS = {
    "strange": "networks strange to the service",
    "own": "its own largest networks",
}
NEVER = "never"
BEYOND = "never, up to 30,000; networks:"
Part = tuple[str, dict[str, str]]
Row = dict[str, Any]


def liars(result: Row) -> Part:
    """Return what a campaign needs and what the caps cost, and the plot of the former."""
    campaign = [row for row in result["rows"] if row["table"] == "campaign"]
    text, panels = "", []
    for kind, words in KINDS.items():
        rows = [row for row in campaign if row["kind"] == kind]
        text += f"Reports needed from {words}:\n\n{_needed(rows)}\n"
        panels.append((f"From {words}", _curves(rows)))
    rates = sorted({row["rate_per_minute"] for row in campaign})
    most = max(row["with_caps"] or row["without_caps"] for row in campaign)
    drawn = plots_panels.curves(
        "Reports needed to open an incident at a healthy service", panels,
        Axis(rates[0] / 1.8, rates[-1] * 1.8, rates, "log"),
        Axis(3, 1.4 * most, (5, 10, 100, 1_000, 10_000), "log"),
        ("usual reports a minute", "reports needed"), BEYOND,
    )  # fmt: skip
    text += (
        f"Medians, the weakest service in brackets where it differs; *{NEVER}* is none with up to"
        " 30,000 reports. With fewer networks than shown none was opened at any size.\n"
    )
    text += _costs([row for row in result["rows"] if row["table"] == "cost"])
    return text + cells.foot(result), {"liars.svg": drawn}


def _needed(rows: Sequence[Row]) -> str:
    found = {(row["rate_per_minute"], row["networks"]): row for row in rows}
    rates = sorted({rate for rate, _ in found})
    shown = _opening(rows)
    head = ["usual reports a minute", "without caps", *(f"{many} networks" for many in shown)]
    lines = []
    for rate in rates:
        line = [cells.rate(rate), _count(found[rate, shown[0]], "without_caps")]
        line += [_count(found[rate, many], "with_caps") for many in shown]
        lines.append(line)
    return cells.table(head, lines)


def _opening(rows: Sequence[Row]) -> list[int]:
    """Return the numbers of networks that opened any incident, and the largest that opened none."""
    numbers = sorted({row["networks"] for row in rows})
    able = {row["networks"] for row in rows if row["with_caps_least"] is not None}
    none = [many for many in numbers if many not in able]
    return none[-1:] + [many for many in numbers if many in able]


def _count(row: Row, name: str) -> str:
    middle, least = row[name], row[f"{name}_least"]
    if middle is None:
        return NEVER if least is None else f"{NEVER} ({least:,})"
    return f"{middle:,}" if least in {None, middle} else f"{middle:,} ({least:,})"


def _curves(rows: Sequence[Row]) -> list[plots_panels.Curve]:
    able = _opening(rows)
    base = sorted({(row["rate_per_minute"], float(row["without_caps"])) for row in rows})
    out = [plots_panels.Curve("without caps", "", base)]
    for many in able:
        mine = sorted(
            (r for r in rows if r["networks"] == many), key=lambda r: r["rate_per_minute"]
        )
        points = [(row["rate_per_minute"], row["with_caps"]) for row in mine]
        out.append(plots_panels.Curve(f"{many} networks", f"{many}", points))
    return out


def _costs(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    worst = max(rows, key=lambda row: row["loss"])
    mean = sum(row["loss"] for row in rows) / len(rows)
    return (
        f"\nWhat the caps cost: over {len(rows)} cells of real outages, alarms come"
        f" {100 * mean:.1f} % later on average, and at the worst {100 * worst['loss']:.1f} %"
        f" ({100 * worst['loss_low']:.1f} to {100 * worst['loss_high']:.1f};"
        f" {cells.rate(worst['rate_per_minute'])} a minute × {worst['lift']:g}).\n"
    )


def publicity(result: Row) -> Part:
    """Return what becomes of incidents that being shown feeds, with the model and without."""
    worlds = list(dict.fromkeys((r["world_seen"], r["world_stirred"]) for r in result["rows"]))
    head = ("what being shown adds", "expected?", "incidents", "closed too soon",
            "minutes late to close", "open after 15 hours")  # fmt: skip
    lines = []
    for seen, stirred in worlds:
        for model in ("without", "with"):
            rows = [r for r in result["rows"] if r["model"] == model and r["world_seen"] == seen]
            done = [row["opened"] - row["still_open"] for row in rows]
            late = [
                row["minutes_late"] * many for row, many in zip(rows, done, strict=True) if many
            ]
            lines.append([
                f"{100 * seen:.0f} % of the usual, {stirred:g} a report" if seen else "nothing",
                "yes" if model == "with" else "no", sum(row["opened"] for row in rows),
                sum(row["premature"] for row in rows),
                cells.fixed(sum(late) / sum(done), 0) if sum(done) else cells.DASH,
                sum(row["still_open"] for row in rows),
            ])  # fmt: skip
    return cells.table(head, lines) + cells.foot(result), {}
