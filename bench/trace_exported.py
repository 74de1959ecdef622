"""Is it an attack, by what: simulated traffic as `uproar trace` finds it in packets, and in what routers tell of the same packets.

`python bench/trace_exported.py [--seed N] [--each N] [--json FILE]`: cases of `uproar.sim.traffic` that are seen whole, their packets
through a flow cache (60 s, 15 s) and out as NetFlow v5, v9 and IPFIX, and read back. A line of JSON for each form: what flow records hide.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from detection.intervals import wilson

from uproar.app import tracing as app
from uproar.sim import traffic
from uproar.sim.exporters import FORMS, Timeouts, exported, metered
from uproar.sim.telemetry import Exporter
from uproar.trace import tracing
from uproar.trace.tally import Tally
from uproar.trace.traffic import of_flows
from uproar.wire.flows.datagrams import Datagram
from uproar.wire.flows.reader import Reader

BEGIN_MS = traffic.BEGIN_S * 1_000
PACKETS = "packets"
COMMAND = "python bench/trace_exported.py --seed {} --each {}"


def traced(case: traffic.Case, form: str, path: Path, about: Any) -> list[Any]:
    """Return the attacks that are found in a case by way of that form."""
    if form == PACKETS:
        path.write_bytes(case.capture())
        return list(app.read(path, about).found.attacks)
    outgoing = exported(metered(case.packets, Timeouts()), Exporter(form, 1), BEGIN_MS)
    batch = [Datagram(0, BEGIN_MS + each.at_us // 1_000, each.body) for each in outgoing]
    tally = Tally()
    tally.add(of_flows(Reader().read(batch).flows))
    return list(tracing.trace(tally, about).attacks)


def share(hits: int, of: int) -> dict[str, Any]:
    return {"hits": hits, "of": of, "interval": list(wilson(hits, of)) if of else []}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=501)
    parser.add_argument("--each", type=int, default=100)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    about = app.known(None)
    forms = (PACKETS, *(form for form in FORMS if form != "sflow"))
    right: Counter[str] = Counter()
    told: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    missed: Counter[tuple[str, str, str]] = Counter()
    attacks = silent = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.pcap"
        for number in range(given.each):
            for case in (traffic.attack(given.seed, number), traffic.silent(given.seed, number)):
                if case.truth.view == "sampled":
                    continue
                is_attack = bool(case.truth.vectors)
                attacks += is_attack
                silent += not is_attack
                for form in forms:
                    found = traced(case, form, path, about)
                    if not is_attack:
                        lines[form] += bool(found)
                        certain = [each for each in found if each.flash_crowd < 0.5]
                        wrong[form] += bool(certain)
                        if certain:
                            missed[form, case.truth.kind, certain[0].vector] += 1
                        continue
                    told[form] += bool(found)
                    first = found[0].vector if found else "nothing"
                    right[form] += first == case.truth.vectors[0]
                    if first != case.truth.vectors[0]:
                        missed[form, case.truth.vectors[0], first] += 1
    figures = [
        {
            "form": form, "seed": given.seed, "attacks_told": share(told[form], attacks),
            "vector_right": share(right[form], attacks), "a_line_of_none": share(lines[form], silent), "above_half_of_none": share(wrong[form], silent),
            "taken_for": [[meant, said, count] for (of, meant, said), count in sorted(missed.items()) if of == form],
        }
        for form in forms
    ]  # fmt: skip
    for line in figures:
        print(json.dumps(line), flush=True)
    if given.json:
        given.json.write_text(
            json.dumps(
                {"command": COMMAND.format(given.seed, given.each), "forms": figures}, indent=1
            )
            + "\n",
            "utf-8",
        )


if __name__ == "__main__":
    main()
