"""How well is the observatory itself? The answers of /healthz, /readyz and /metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from uproar.app.fold import State
from uproar.app.noticing import Standing
from uproar.app.supervise import Standing as WayIn
from uproar.detect import history
from uproar.journal.receipt import State as JournalState
from uproar.model.seeing import LettersState

NO_LETTERS = LettersState()
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def ready(
    journal: JournalState,
    failure: str,
    state: State,
    notices: Standing,
    ways_in: Sequence[WayIn] = (),
    letters: LettersState = NO_LETTERS,
) -> tuple[int, bytes]:
    """Return status and body of /readyz: 200 when reports are taken and ticks end, else 503.

    Ways in that see badly are told and change nothing: reports are taken all the same.
    """
    problems = [text for text in (journal.unwritable, failure) if text]
    body = {
        "ready": not problems,
        "problems": problems,
        "journal": msgspec.to_builtins(journal),
        "tick": state.tick,
        "series": len(state.keys),
        "notices": msgspec.to_builtins(notices),
        "ways_in": msgspec.to_builtins(ways_in),
        "letters": msgspec.to_builtins(letters),
    }
    return (503 if problems else 200), msgspec.json.encode(body)


def metrics(
    journal: JournalState,
    counters: Mapping[str, int],
    state: State,
    notices: Standing,
    ways_in: Sequence[WayIn] = (),
    letters: LettersState = NO_LETTERS,
) -> bytes:
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

    if notices.enabled:
        gauge("uproar_notice_feeds", "Vendors' status feeds that are read.", notices.feeds)
        gauge("uproar_notice_feeds_unread", "Feeds whose last look failed.", notices.unread)
        gauge("uproar_notice_looks_total", "Looks at feeds since the start.", notices.looks)
        gauge("uproar_notice_looks_failed_total", "Looks that failed.", notices.failed)
        gauge("uproar_notices_total", "Notices kept since the start.", notices.notices)
        if notices.oldest_s is not None:
            gauge("uproar_notice_oldest_look_seconds", "Age of the oldest last good look.",
                  notices.oldest_s)  # fmt: skip
    _ways_in(registry, ways_in)
    waiting = Gauge("uproar_letters", "Dead letters that are kept, to be looked at or tried again.",
                    ["inlet"], registry=registry)  # fmt: skip
    for name, kept in letters.kept.items():
        waiting.labels(name).set(kept)
    gauge("uproar_letters_pushed_out_total", "Letters that were let go for lack of room or age.",
          letters.pushed_out)  # fmt: skip
    gauge("uproar_letters_lost_total", "Letters that could not be kept.", letters.lost)
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


def _ways_in(registry: CollectorRegistry, ways_in: Sequence[WayIn]) -> None:
    """Add what every way in tells of itself, by its name."""
    told: dict[str, tuple[str, Callable[[WayIn], float]]] = {
        "uproar_inlet_up": ("Whether the way in runs and knows of no trouble.", lambda way: way.is_well),
        "uproar_inlet_restarts_total": ("How often it was started again.", lambda way: way.restarts),
        "uproar_inlet_read_total": ("What it read.", lambda way: way.seeing.read),
        "uproar_inlet_signals_total": ("Signals that the journal acknowledged.", lambda way: way.seeing.signals),
        "uproar_inlet_lost_total": ("Dropped because its buffer was full.", lambda way: way.seeing.lost),
        "uproar_inlet_waiting": ("What waits in its buffer.", lambda way: way.seeing.waiting),
        "uproar_inlet_heard_seconds": ("When its source was last heard, since 1970.", lambda way: way.seeing.heard_at / 1000),
    }  # fmt: skip
    for name, (text, value) in told.items():
        gauge = Gauge(name, text, ["inlet"], registry=registry)
        for way in ways_in:
            gauge.labels(way.name).set(value(way))
    rejected = Gauge("uproar_inlet_rejected_total", "What it set aside, by reason.",
                     ["inlet", "reason"], registry=registry)  # fmt: skip
    for way in ways_in:
        for reason, count in sorted(way.seeing.rejected.items()):
            rejected.labels(way.name, reason).set(count)
