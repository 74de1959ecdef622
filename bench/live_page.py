"""Write the measured figures of live traffic into docs/explain/live-traffic.md: `python bench/live_page.py`.

Reads bench/live.json, bench/collectors.json and bench/trace_exported.json (written by the benches of those names) and fills
what stands between the markers `figures: NAME` and `end of figures`. `--check` writes nothing and exits with 1 where the
page is not what the results give. No figure of those parts is typed by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "explain" / "live-traffic.md"
PART = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)
PEERS = ("FastNetMon", "Uproar")
THRESHOLD_PPS = 20_000  # FastNetMon's own, of one host.
DETECTED_S, CARPET_S = 2.0, 3.0  # What is asked for.

# The rows of the table: what it is called, and the cases that it stands for.
TWELVE = (
    ("SYN flood, 60,000 packets/s, NetFlow v5, v9 and IPFIX", ("syn-v5", "syn-v9", "syn-ipfix")),
    ("SYN flood, 200,000/s, sFlow 1 of 1,000", ("syn-sflow",)),
    ("UDP to random ports, 60,000/s", ("udp",)),
    ("NTP amplification, 90,000/s", ("ntp",)),
    ("ACK flood, 60,000/s", ("ack",)),
    ("SYN-ACK reflection, 60,000/s", ("syn-ack",)),
    ("ICMP flood, 60,000/s", ("icmp",)),
    ("flash crowd, whole connections, 72,000/s", ("crowd",)),
    ("NTP over a whole /24, 90,000/s", ("carpet",)),
    ("NTP over a whole /24, 4,500,000/s", ("carpet-large",)),
    ("SYN flood, 15,000/s", ("syn-small",)),
    ("one host, 3,000/s: 40 flows of 60 s told together", ("long-flows",)),
)
MORE = (
    ("SYN-ACK reflection, each sent three times in 3 s, told together", ("syn-ack-again",)),
    ("flash crowd of which one in seven gets no answer", ("crowd-unanswered",)),
    ("flash crowd with its answers, IPFIX", ("crowd-answered",)),
    ("IPv6: SYN flood, 60,000/s, NetFlow v9", ("syn-v9-six",)),
    ("IPv6: SYN flood, 200,000/s, sFlow 1 of 1,000", ("syn-sflow-six",)),
    ("IPv6: UDP to random ports, 60,000/s, IPFIX", ("udp-ipfix-six",)),
    ("IPv6: NTP amplification, 90,000/s, IPFIX", ("ntp-ipfix-six",)),
    ("IPv6: NTP over 256 hosts, 90,000/s, IPFIX", ("carpet-ipfix-six",)),
    ("IPv6: flash crowd, 72,000/s, NetFlow v9", ("crowd-v9-six",)),
    ("the ordinary alone", ("ordinary",)),
)
ALL = tuple(case for _, cases in (*TWELVE, *MORE) for case in cases)
# The finest word that FastNetMon has for a vector; it has none for the others.
COARSE = {
    "flood.syn": "syn_flood", "flood.udp": "udp_flood", "flood.icmp": "icmp_flood", "amplification.ntp": "udp_flood",
}  # fmt: skip
Run = dict[str, Any]


def right(run: Run, peer: Run) -> bool:
    """Return whether a collector said what is so: an attack once, by its name, and nothing else; nothing where there is none.

    Where FastNetMon is silent below its own threshold it does what it is set to do, and that is counted as right.
    """
    if run["vector"] is None:
        return bool(peer["alerts"] == 0)
    if peer["peer"] == "FastNetMon" and run["pps"] < THRESHOLD_PPS:
        return bool(peer["alerts"] == 0)
    named = run["vector"] if peer["peer"] == "Uproar" else COARSE.get(run["vector"])
    alone = peer["alerts"] == 1 and not peer["elsewhere"] and not peer["early"]
    return bool(alone and peer["called"] == [named] and peer["after_s"] is not None)


def mine(runs: list[Run], cases: tuple[str, ...], name: str) -> list[tuple[Run, Run]]:
    """Return the runs of those cases with what that collector made of each."""
    return [
        (run, peer)
        for run in runs
        if run["case"] in cases
        for peer in run["peers"]
        if peer["peer"] == name
    ]


def said(found: list[tuple[Run, Run]]) -> str:
    """Return in words what a collector said: how many alerts, when, and what it called it."""
    if not found:
        return "not measured"
    marks = sum(right(*each) for each in found)
    sign = "right" if marks == len(found) else f"{marks} of {len(found)} right"
    if not marks:
        sign = "**wrong**"
    counts = sorted(peer["alerts"] for _, peer in found)
    called = sorted({name for _, peer in found for name in peer["called"]})
    if not counts[-1]:
        below = found[0][0]["vector"] and found[0][0]["pps"] < THRESHOLD_PPS
        return f"{sign}: no alert" + (" (below its threshold)" if below and sign == "right" else "")
    many = (
        f"{counts[0]} to {counts[-1]} alerts" if counts[0] != counts[-1] else f"{counts[0]} alerts"
    )
    words = [] if counts == [1] * len(counts) else [many]
    words.append(", ".join(f"`{name}`" for name in called))
    return f"{sign}: {'; '.join(words)}{_after(found)}"


def _after(found: list[tuple[Run, Run]]) -> str:
    times = sorted(peer["after_s"] for _, peer in found if peer["after_s"] is not None)
    if not times:
        return ""
    middle = statistics.median(times)
    if len(times) == 1:
        return f" after {middle:.1f} s"
    return f" after {middle:.1f} s ({times[0]:.1f} to {times[-1]:.1f})"


def table(head: tuple[str, ...], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [list(head), ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def beside(runs: list[Run], wanted: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    """Return the table of scenarios, a column for each collector."""
    rows = [[name, *(said(mine(runs, cases, peer)) for peer in PEERS)] for name, cases in wanted]
    return table(("sent", *PEERS), rows)


def twelve(results: dict[str, Any]) -> str:
    """Return the twelve scenarios, how many each got right, and what was asked for."""
    runs = results["live"]["runs"]
    totals = []
    for name in PEERS:
        held = [mine(runs, cases, name) for _, cases in TWELVE]
        good = sum(bool(found) and all(right(*each) for each in found) for found in held)
        totals.append(f"**{good} of {len(TWELVE)}**")
    repeats = max(sum(run["case"] == "syn-v5" for run in runs), 1)
    head = f"`{results['live']['command']}`; each scenario {repeats} times, with other dice. In brackets the least and the most.\n\n"
    last = f"| right every time | {' | '.join(totals)} |\n"
    return head + beside(runs, TWELVE) + last + "\n" + _goals(runs)


def _goals(runs: list[Run]) -> str:
    """Return what was asked for beside the worst that was measured."""
    rows = []
    single = tuple(
        case
        for _, cases in TWELVE
        for case in cases
        if case not in ("carpet", "carpet-large", "syn-small")
    )
    for words, cases, most in (
        (
            "attack on one host at three times FastNetMon's threshold or more: seconds until told, slowest",
            single,
            DETECTED_S,
        ),
        ("a whole /24 at 90,000/s: seconds until told, slowest", ("carpet",), CARPET_S),
    ):
        cells = []
        for name in PEERS:
            found = [each for each in mine(runs, cases, name) if each[0]["vector"]]
            times = [peer["after_s"] for _, peer in found]
            missed = sum(each is None for each in times)
            known = [each for each in times if each is not None]
            worst = f"{max(known):.1f}" if known else "never"
            cells.append(
                worst + (f", {missed} of {len(times)} not told" if missed and known else "")
            )
        rows.append([words, f"{most:g}", *cells])
    lost = []
    for name in PEERS:
        shares = [peer["dropped"] / run["datagrams"] for run, peer in mine(runs, ALL, name)]
        lost.append(f"{100 * max(shares, default=0):.1f} %")
    rows.append(["datagrams lost at the socket, most in one run", "", *lost])
    return table(("", "asked for", *PEERS), rows)


def more(results: dict[str, Any]) -> str:
    """Return what was sent beside the twelve."""
    runs = results["live"]["runs"]
    often = sorted(sum(run["case"] == case for run in runs) for _, (case, *_) in MORE)
    times = f"{often[0]}" if often[0] == often[-1] else f"{often[0]} to {often[-1]}"
    return f"Each {times} times.\n\n" + beside(runs, MORE)


def rates(results: dict[str, Any]) -> str:
    """Return flows a second of processor time at equal offered rates."""
    steps = results["collectors"]["steps"]
    names = list(dict.fromkeys(step["collector"] for step in steps))
    rows = []
    for form, asked in dict.fromkeys((step["form"], step["asked_flows_s"]) for step in steps):
        cells = []
        for name in names:
            one = [
                step
                for step in steps
                if (step["form"], step["asked_flows_s"], step["collector"]) == (form, asked, name)
            ]
            cells.append(_rate(one[0]) if one else "not measured")
        rows.append([form, f"{asked / 1e6:.2f}", *cells])
    return table(("", "offered, M flows/s", *names), rows)


def _rate(step: Run) -> str:
    lost = f", {100 * step['lost']:.1f} % lost" if step["lost"] >= 0.001 else ""
    kept = step["counted_of_sent"]
    if kept is not None and kept < 0.999 - step["lost"]:
        lost += f", {100 * kept:.0f} % counted"
    return f"{step['flows_per_cpu_s'] / 1e6:.2f} M{lost}"


def exported(results: dict[str, Any]) -> str:
    """Return how well attacks are told from packets, and from flow records of the same packets."""
    told = results["trace_exported"]
    rows = [
        [
            form["form"],
            *(
                _share(form[key])
                for key in ("vector_right", "a_line_of_none", "above_half_of_none")
            ),
        ]
        for form in told["forms"]
    ]
    head = (
        "read from",
        "largest vector right",
        "none, yet an attack told",
        "none, yet with more than 0.5",
    )
    return f"`{told['command']}`\n\n" + table(head, rows)


def _share(one: dict[str, Any]) -> str:
    low, high = (f"{100 * bound:.0f}" for bound in one["interval"])
    return f"{one['hits']} of {one['of']} ({low} to {high} %)"


PARTS = {"exported": exported, "twelve": twelve, "more": more, "rates": rates}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    results = {
        name: json.loads((HERE / f"{name}.json").read_text("utf-8"))
        for name in ("live", "collectors", "trace_exported")
    }
    page = PAGE.read_text("utf-8")
    filled = PART.sub(lambda part: f"{part[1]}\n{PARTS[part[2]](results)}\n{part[3]}", page)
    if given.check:
        if filled != page:
            print(f"{PAGE.name} is not what the results give: run bench/live_page.py")
            sys.exit(1)
        return
    PAGE.write_text(filled, "utf-8")


if __name__ == "__main__":
    main()
