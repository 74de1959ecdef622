"""What was promised of detection, what was measured, and is it met? The first table of the page.

Goals are written here; what was measured is computed from the results, worst cell included. A goal is
*met* or *not met* by the measured figures; *unsure* is added where a 95 % interval leaves that open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import cells
import intervals
import parts_alarms as alarms
import parts_incidents as incidents
import parts_others as others
import verdicts

Row = dict[str, Any]
Results = Mapping[str, Row]

RATIO_MEAN = 1.2
MINUTES = {
    (0.01, 100.0): 4.2,
    (0.1, 20.0): 3.7,
    (1.0, 5.0): 3.9,
    (10.0, 2.0): 5.3,
    (100.0, 2.0): 2.5,
    (1000.0, 1.5): 5.8,
}
SIZE = 25.0  # Clumping of the services that the minutes above are promised for.
STRESSED = ("ar", "holiday", "dst", "contaminated")
SERIES, TICK_S, MEMORY_GIB = 100_000, 0.25, 2.0
NAB = (("first", (74.5, 73.1, 76.9)), ("then", (83.2, 74.6, 88.8)))
FALSE_DAYS = 0.025
RIVALS = (("rows", "EARS C2"), ("paired", others.FARRINGTON))
REPORTS, TOP = incidents.REPORTS, 0.95
WAVES, ONSET, PREMATURE = 0.95, (0.85, 0.95), 1.0
INCIDENTS_A_MONTH = 30 / 7
NOT_MEASURED = "not measured"


class Line(NamedTuple):
    """A promise, what was measured of it, where it is worst, and whether it is met."""

    goal: str
    measured: str = cells.DASH
    worst: str = cells.DASH
    met: str = NOT_MEASURED


def promises(results: Results) -> tuple[str, dict[str, str]]:
    """Return the table, from whatever has been measured."""
    lines = [line for writer in WRITERS for line in writer(results)]
    head = ("promised", "measured (95 % interval)", "worst", "")
    text = cells.table(head, lines, left=len(head))
    told = []
    for word, begin in (("met", "met"), ("not met", "**not met"), (NOT_MEASURED, NOT_MEASURED)):
        mine = [line for line in lines if line.met.startswith(begin)]
        unsure = sum(line.met.endswith("unsure") for line in mine)
        told += [f"{len(mine)} {word}" + (f" ({unsure} of them unsure)" if unsure else "")] * bool(
            mine
        )
    text += (
        f"\nOf {len(lines)} promises {', '.join(told)}. *Unsure*: the interval leaves it open.\n"
    )
    return text, {}


def delays(results: Results) -> Iterator[Line]:
    """Yield how late alarms may be, against the exact limit and in minutes."""
    low, high = alarms.LIMIT_MINUTES
    goal = (
        f"delay over exact limit, {low:g} to {high:g} minutes: geometric mean at most"
        f" {RATIO_MEAN:.2f}, no cell above {alarms.RATIO_WORST:g}"
    )
    rows = results["delay"]["rows"] if "delay" in results else []
    steps = alarms.judged(rows)
    if steps:
        mean = alarms.middle_ratio(steps)
        last = max(steps, key=lambda row: row["delay"] / row["limit"])
        ratio = alarms.ratio_of(last)
        parts = [verdicts.within(mean, 0.0, RATIO_MEAN)]
        parts += [verdicts.within(alarms.ratio_of(row), 0.0, alarms.RATIO_WORST) for row in steps]
        worst = f"{cells.around(*ratio, 2)} at {alarms.cell_of(last)}"
        yield Line(goal, cells.around(*mean, 2), worst, verdicts.verdict_of(parts))
    else:
        yield Line(goal)
    found = {(row["rate"], row["lift"]): row for row in rows
             if row["ramp"] == 0 and row["size"] == SIZE}  # fmt: skip
    for (rate, lift), limit in MINUTES.items():
        goal = f"minutes to alarm, {cells.rate(rate)} a minute × {lift:g}: at most {limit:g}"
        row = found.get((rate, lift))
        if row is None:
            yield Line(goal)
            continue
        span = row["delay"], row["low"], row["high"]
        yield Line(goal, cells.around(*span, 1), met=verdicts.below(*span, limit))


def false_alarms(results: Results) -> Iterator[Line]:
    """Yield whether false alarms are as rare as was asked for, plain and under each stress."""
    rows = alarms.calibrated(results["calibration"]) if "calibration" in results else []
    low, high = alarms.BANDS["none"] or (0.0, 0.0)
    for stress in ("none", *STRESSED):
        floor, top = (low, high) if stress == "none" else alarms.STRESSED
        limits = f"{floor:g} to {top:g}" if floor else f"at most {top:g}"
        name = alarms.STRESSES[stress]
        goal = f"false alarms over asked for, {name}, each decade: {limits}"
        mine = [row for row in rows if row.stress == stress]
        if not mine:
            yield Line(goal)
            continue
        spans = [row.span for row in mine]
        # The worst is the one farthest out, on the scale on which doubling and halving weigh alike.
        middle = (floor * top) ** 0.5

        def far(span: alarms.plots_panels.Span, middle: float = middle) -> float:
            return max(span.middle / middle, middle / span.middle) if middle else span.middle

        last = max(mine, key=lambda row: far(row.span))
        parts = [verdicts.within(span, floor, top) for span in spans]
        reached = f"{min(s.middle for s in spans):.2f} to {max(s.middle for s in spans):.2f}"
        worst = f"{cells.around(*last.span, 2)} at {cells.rate(last.rate)} a minute"
        yield Line(goal, reached, worst, verdicts.verdict_of(parts))


def cost(results: Results) -> Iterator[Line]:
    """Yield whether a tick of very many series is quick and small enough."""
    goals = (
        f"a tick of {SERIES:,} series: under {TICK_S:g} s",
        f"memory of {SERIES:,} series: under {MEMORY_GIB:g} GiB",
    )
    rows = [r for r in results.get("tick", {}).get("rows", []) if r["series"] == SERIES]
    if not rows:
        yield from map(Line, goals)
        return
    row = rows[0]
    memory = row["peak_memory_bytes"] / alarms.GIB
    worst = row["worst_processor_s"]
    yield Line(
        goals[0],
        f"median {row['median_processor_s']:.3f} s of processor",
        f"{worst:.3f} s",
        verdicts.verdict(worst < TICK_S),
    )
    yield Line(goals[1], f"{memory:.2f} GiB", met=verdicts.verdict(memory < MEMORY_GIB))


def mentions(results: Results) -> Iterator[Line]:
    """Yield whether mentions in public are scored above the best that was published."""
    rows = [row for row in results.get("nab", {}).get("rows", [])
            if row["detector"] == others.OURS and row["group"] == "realTweets"]  # fmt: skip
    ours = {row["threshold"]: row for row in rows}
    row = ours.get("group") or ours.get("corpus")
    for word, goals in NAB:
        limits = " / ".join(f"{goal:g}" for goal in goals)
        goal = f"NAB realTweets, standard / low FP / low FN, {word}: above {limits}"
        if row is None:
            yield Line(goal)
            continue
        pairs = list(zip(others.PROFILES, goals, strict=True))
        name, limit = min(pairs, key=lambda pair: row[pair[0]] - pair[1])
        spans = [(row[key], *row.get(f"{key}_range", (0.0, 100.0))) for key in others.PROFILES]
        parts = [(span[0] > one, not span[1] <= one <= span[2])
                 for span, one in zip(spans, goals, strict=True)]  # fmt: skip
        measured = " / ".join(f"{row[profile]:g}" for profile in others.PROFILES)
        worst = f"{name.replace('_', ' ')} {row[name]:g} against {limit:g}"
        if f"{name}_range" in row:
            worst += " ({:.0f} to {:.0f})".format(*row[f"{name}_range"])
        yield Line(goal, measured, worst, verdicts.verdict_of(parts))


def outbreaks(results: Results) -> Iterator[Line]:
    """Yield whether daily outbreaks are found better than by the rules that health offices use."""
    for key, rival in RIVALS:
        goal = (
            f"daily outbreaks of every size, false days at most {100 * FALSE_DAYS:g} %: found,"
            f" sensitivity and timeliness better than {rival}"
        )
        rows = {(r["method"], r["size"]): r for r in results.get("noufaily", {}).get(key, [])}
        sizes = sorted({size for _, size in rows})
        if not any(method == rival for method, _ in rows):
            yield Line(goal)
            continue
        leads = []
        for size in sizes:
            mine, other = rows[others.OURS, size], rows[rival, size]
            for name in others.MEASURES:
                sign = -1 if name == "timeliness" else 1
                lead = sign * (mine[name][0] - other[name][0])
                half = (mine[name][1] ** 2 + other[name][1] ** 2) ** 0.5
                leads.append((lead, half, name.replace("pod", "found"), size, mine[name][0], other[name][0]))  # fmt: skip
        false = max(rows[others.OURS, size]["fpr"][0] for size in sizes)
        ahead = sum(lead > 0 for lead, *_ in leads)
        lead, _, name, size, own, theirs = min(
            leads, key=lambda each: (each[0] > 0, each[0] - each[1])
        )
        measured = f"ahead in {ahead} of {len(leads)}; false days at most {100 * false:.1f} %"
        worst = f"{name}, size {size}: {own:.2f} against {theirs:.2f}"
        parts = [(one[0] > 0, abs(one[0]) > one[1]) for one in leads]
        yield Line(
            goal, measured, worst, verdicts.verdict_of([*parts, (false <= FALSE_DAYS, True)])
        )


def blame(results: Results) -> Iterator[Line]:
    """Yield whether the culprit is found, and whether its probabilities are worth what they say."""
    goals = (
        f"culprit, {REPORTS} reports: top answer right, at least {100 * TOP:g} %",
        "culprit: what is told is what comes true, in every bin",
    )
    kinds = incidents.by_kind(results["culprit"], REPORTS) if "culprit" in results else {}
    if not all(kind in kinds for kind in incidents.FIVE):
        yield from map(Line, goals)
        return
    rows = [kinds[kind] for kind in incidents.FIVE]
    span = incidents.pooled(rows)
    last = min(rows, key=lambda row: row["top1"])
    worst = (
        f"{incidents.KINDS[last['kind']]}: {cells.percent(last['top1'], last['low'], last['high'])}"
    )
    yield Line(goals[0], cells.percent(*span), worst, verdicts.above(*span, TOP))
    bins = incidents.bins_of(results["culprit"], REPORTS)
    if not bins:
        yield Line(goals[1])
        return
    true = [row["low"] <= row["told"] <= row["high"] for row in bins]
    off = [row for row, fits in zip(bins, true, strict=True) if not fits] or bins
    last = max(off, key=lambda row: abs(row["told"] - row["right"]) / (row["high"] - row["low"]))
    worst = f"told {cells.percent(last['told'])}, right {cells.percent(last['right'], last['low'], last['high'])}"
    yield Line(goals[1], f"{sum(true)} of {len(bins)} bins", worst, verdicts.verdict(all(true)))


def courses(results: Results) -> Iterator[Line]:
    """Yield whether waves, beginnings and ends of incidents are told right."""
    rows = results["waves"]["rows"] if "waves" in results else []
    every = next((row for row in rows if row["cell"] == incidents.EVERY_CELL), None)
    goals = (
        f"waves found: at least {100 * WAVES:g} %",
        f"onset brackets that hold: {100 * ONSET[0]:g} to {100 * ONSET[1]:g} %",
        f"incidents called off too soon: under {PREMATURE:g} a service-month, an incident a week",
        f"incidents called off too soon: under {PREMATURE:g} a month of unbroken fault, days long",
    )
    parts = [row for row in rows if row is not every]
    if every is None:
        yield Line(goals[0])
    else:
        last = min(parts, key=lambda row: row["found"])
        worst = (
            f"{cells.percent(last['found'], *last['found_interval'])} at {incidents.cell_of(last)}"
        )
        span = every["found"], *every["found_interval"]
        yield Line(goals[0], cells.percent(*span), worst, verdicts.above(*span, WAVES))
    yield _onsets(goals[1], results)
    if every is None:
        yield Line(goals[2])
    else:
        monthly = INCIDENTS_A_MONTH / every["incidents"]
        span = (every["premature"] * monthly,
                *(edge * monthly for edge in intervals.poisson(every["premature"])))  # fmt: skip
        last = max(parts, key=lambda row: row["premature"])
        measured = f"{cells.around(*span, 2)}: {every['premature']:.0f} of {every['incidents']}"
        worst = f"{last['premature']:.0f} of {last['incidents']} at {incidents.cell_of(last)}"
        yield Line(goals[2], measured, worst, verdicts.below(*span, PREMATURE))
    yield _long_faults(goals[3], results)


def _long_faults(goal: str, results: Results) -> Line:
    rows = results["long_faults"]["rows"] if "long_faults" in results else []
    every = next((row for row in rows if row["lift"] == incidents.EVERY_CELL), None)
    if every is None:
        return Line(goal)
    last = max((row for row in rows if row is not every), key=lambda row: row["premature"])
    span = every["premature_a_fault_month"], *every["interval"]
    worst = (
        f"{cells.around(last['premature_a_fault_month'], *last['interval'], 0)} at"
        f" {last['rate_per_minute']:g} a minute × {last['lift']:g}"
    )
    return Line(goal, cells.around(*span, 0), worst, verdicts.below(*span, PREMATURE))


def _onsets(goal: str, results: Results) -> Line:
    rows = results["delay"]["rows"] if "delay" in results else []
    if not rows:
        return Line(goal)
    by_ramp = {ramp: alarms.held([row for row in rows if row["ramp"] == ramp])
               for ramp in sorted({row["ramp"] for row in rows})}  # fmt: skip
    middle = sum(ONSET) / 2
    ramp, span = max(by_ramp.items(), key=lambda pair: abs(pair[1][0] - middle))
    parts = [verdicts.within(held, *ONSET) for held in by_ramp.values()]
    worst = f"{cells.percent(*span)}, rise {f'over {ramp} minutes' if ramp else 'at once'}"
    return Line(goal, cells.percent(*alarms.held(rows)), worst, verdicts.verdict_of(parts))


WRITERS: tuple[Callable[[Results], Iterator[Line]], ...] = (
    delays, false_alarms, cost, mentions, outbreaks, blame, courses,
)  # fmt: skip
