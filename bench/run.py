"""The benchmarks, one after the other: `python3 run.py bench [NAME ...]`; `bench --list` says what each takes.

Without a name the short ones are run. Those of detection that take long are run when asked for by
name; what follows `--` is handed on to them: `bench delay -- --services 30`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent


class Bench(NamedTuple):
    """A benchmark: its file, what it measures and what it takes, and whether that is long."""

    file: str
    told: str
    long: bool = False


BENCHMARKS = {
    "front": Bench("front.py", "reports and pages a second, beside a bare handler; a minute"),
    "journal": Bench("journal.py", "signals a second on disk; seconds"),
    "detect": Bench("detect_tick.py", "a tick of 50 to 100,000 series; a minute, 1 GB of memory"),
    "replay": Bench("replay.py", "a day of one million signals; a minute"),
    "false-alarms": Bench(
        "detection/false_alarms.py",
        "false alarms over asked for; LONG, minutes a stress",
        long=True,
    ),
    "delay": Bench(
        "detection/delay.py",
        "delay over the exact limit, onset brackets; LONG, many minutes",
        long=True,
    ),
    "waves": Bench("detection/waves.py", "waves found, ends told right; LONG, minutes", long=True),
    "culprit": Bench(
        "detection/culprit.py",
        "whose fault, and calibration; LONG, 60 cases a kind with 30 reports take a minute, the default 13",
        long=True,
    ),
    "where": Bench(
        "detection/where.py", "confined outages found and placed; LONG, a minute", long=True
    ),
    "reach": Bench("detection/reach.py", "published outages, each left out once; a second"),
    "liars": Bench(
        "detection/liars.py",
        "what campaigns need, what the caps cost; LONG, many minutes",
        long=True,
    ),
    "nab": Bench(
        "detection/nab.py",
        "mentions in public; needs the corpus (--nab PATH); LONG, a minute, with --cross many",
        long=True,
    ),
    "noufaily": Bench(
        "detection/noufaily.py", "daily outbreaks; LONG, minutes; R for --ff", long=True
    ),
    "peers": Bench(
        "detection/peers.py",
        "the rules of others on minutes; LONG, many minutes; R for --ff",
        long=True,
    ),
    "big-table": Bench(
        "detection/big_table.py",
        "a table of ten million rows; LONG, three minutes, 180 MB of disk",
        long=True,
    ),
    "posts-bursts": Bench(
        "posts_bursts.py", "false alarms and delays of bursts; LONG, minutes", long=True
    ),
    "posts-stream": Bench(
        "posts_stream.py", "posts a second, read, judged, counted and kept; half a minute"
    ),
    "posts": Bench(
        "posts/classifier.py", "posts read against their labels, and posts a second; seconds"
    ),
    "probe": Bench(
        "probe.py", "probes (HTTP, TLS), fingerprint matches and looks weighed a second; a minute"
    ),
    "trace": Bench("trace.py", "packets traced a second, from file to attack; a minute"),
    "watch": Bench(
        "watch_traffic.py",
        "live detection: its cost, its delay; LONG, minutes, with `-- --days 7` its false alarms, many minutes",
        long=True,
    ),
    "trace-logs-quality": Bench(
        "trace_logs_quality.py",
        "attacks in access logs told from none; LONG, minutes, --each N for fewer",
        long=True,
    ),
    "logs-live": Bench("logs_live.py", "lines of access logs followed, a second of processor time"),
    "trace-quality": Bench(
        "trace_quality.py",
        "attack or not, which vector, forged or not, on simulated traffic; LONG, minutes, --each N for fewer",
        long=True,
    ),
    "geo": Bench(
        "geo.py", "tables of networks: flattened, loaded, look-ups a second; half a minute"
    ),
    "trace-stacks": Bench(
        "trace_stacks.py",
        "crowds, retry storms and floods of real TCP stacks, captured and judged; root and tshark; LONG, four minutes",
        long=True,
    ),
    "captures": Bench("captures.py", "packets decoded, log lines read; a minute"),
    "flows": Bench(
        "flows_decode.py",
        "flow records decoded a second, beside PyPI netflow and netflume where installed; a minute",
    ),
    "fuzz-captures": Bench(
        "fuzz_captures.py",
        "ten million damaged frames, files and lines; LONG, some minutes",
        long=True,
    ),
    "fuzz-flows": Bench(
        "fuzz_flows.py",
        "ten million damaged flow datagrams; LONG, a quarter of an hour",
        long=True,
    ),
}


def main() -> None:
    """Run what is wanted; exit with 1 where any failed, with 2 where a name is not known."""
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    wanted, handed_on = sys.argv[1:split], sys.argv[split + 1 :]
    if wanted == ["--list"]:
        for name, bench in BENCHMARKS.items():
            print(f"{name:>12}  {bench.told}")
        return
    wanted = wanted or [name for name, bench in BENCHMARKS.items() if not bench.long]
    unknown = [name for name in wanted if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        sys.exit(2)
    cores = len(os.sched_getaffinity(0))
    print(f"# {cores} cores, Python {sys.version.split()[0]}", file=sys.stderr)
    failed = False
    for name in wanted:
        print(f"# {name}: {BENCHMARKS[name].told}", file=sys.stderr, flush=True)
        command = [sys.executable, BENCHMARKS[name].file, *handed_on]
        failed |= subprocess.run(command, cwd=HERE, check=False).returncode != 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
