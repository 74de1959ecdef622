"""How well is the observatory itself? The answers of /healthz, /readyz and /metrics."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from uproar.app.fold import State
from uproar.detect import history
from uproar.journal.receipt import State as JournalState

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def ready(journal: JournalState, failure: str, state: State) -> tuple[int, bytes]:
    """Return status and body of /readyz: 200 when reports are taken and ticks end, else 503."""
    problems = [text for text in (journal.unwritable, failure) if text]
    body = {
        "ready": not problems,
        "problems": problems,
        "journal": msgspec.to_builtins(journal),
        "tick": state.tick,
        "series": len(state.keys),
    }
    return (503 if problems else 200), msgspec.json.encode(body)


def metrics(journal: JournalState, counters: Mapping[str, int], state: State) -> bytes:
    """Return the text of /metrics in Prometheus' format. Countries are not labels: too many."""
    registry = CollectorRegistry()

    def gauge(name: str, text: str, value: float) -> None:
        Gauge(name, text, registry=registry).set(value)

    gauge("uproar_reports_total", "Reports folded so far, set aside ones included.",
          state.reports_total)  # fmt: skip
    gauge("uproar_series", "Series that are watched.", len(state.keys))
    gauge("uproar_tick", "Number of the last tick that was folded.", state.tick)
    gauge("uproar_late_beats_total", "Beats that came for a tick already folded.", state.late_beats)
    gauge("uproar_journal_queue", "Signals that wait to be written.",
          journal.waiting)  # fmt: skip
    gauge("uproar_journal_ahead_seconds", "How far stamps are ahead of the machine's clock.",
          journal.ahead_ms / 1000)  # fmt: skip
    for name, value in sorted(counters.items()):
        gauge(f"uproar_{name}", "Counted by the web front since it started.", value)

    active = Gauge("uproar_incident_active", "Whether a service has an open incident.",
                   ["service"], registry=registry)  # fmt: skip
    reports = Gauge("uproar_reports_15min", "Reports counted in the last 15 minutes.",
                    ["service"], registry=registry)  # fmt: skip
    for row, service in enumerate(state.services):
        count = history.last_minutes(state.hours, row, 15)
        tracker = state.trackers.get(service)
        if count or (tracker is not None and tracker.is_open):
            reports.labels(service).set(count)
            active.labels(service).set(tracker is not None and tracker.is_open)
    return generate_latest(registry)
