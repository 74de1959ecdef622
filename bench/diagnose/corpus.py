"""Make the catalog's past incidents of the corpus of post-mortems: `python bench/diagnose/corpus.py incidents-dev.jsonl`.

What is carried over are facts: words of the taxonomy, service, date, the source's name, whether it was read. Of
the vendor's wording only the words that an item looks for are kept. It needs to be run only when the corpus changes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from uproar.diagnose import record
from uproar.diagnose.items import ITEMS

FILE = Path(__file__).resolve().parents[2] / "src" / "uproar" / "catalog" / "causes" / "past.jsonl"
SHORT = {
    "notice.connectivity": "connectivity",
    "notice.slow": "degraded",
    "notice.errors": "errors",
    "notice.login": "login",
    "notice.dns": "dns",
    "notice.place": "zone",
    "notice.maintenance": "maintenance",
}
KEPT = (
    "scope", "onset", "recovery", "time_context", "symptoms", "traffic", "traffic_detail",
    "co_failing_kinds", "changes_before", "claims",
)  # fmt: skip


def carried(incident: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of one incident of the corpus."""
    facts, _ = record.facts_of(incident["evidence"])
    evidence = {key: incident["evidence"][key] for key in KEPT}
    evidence["co_failing"] = [f"other-{number + 1}" for number in range(facts.co_failing or 0)]
    said = [SHORT[item.id] for item in ITEMS if item.id in SHORT and item.look(facts)]
    if facts.notice is not None:
        evidence["vendor_status"] = " ".join(said) or "posted"
    return {
        "id": incident["id"],
        "service": incident["service"],
        "date": incident["date"],
        "event": incident["event"],
        "cause": incident["cause"],
        "also": incident["alt_causes"],
        "source": incident["source"],
        "verified": incident["verified"],
        "evidence": {
            key: value for key, value in evidence.items() if value not in (None, [], "unknown")
        },
    }


def main() -> None:
    """Write the file."""
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with FILE.open("w", encoding="utf-8") as out:
        for line in lines:
            out.write(json.dumps(carried(json.loads(line)), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
