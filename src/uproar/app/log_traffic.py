"""Which access logs are followed, who judges them, and what is remembered of them: the way in "logs", put together."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog

from uproar.app import tracing
from uproar.app.familiar import Networks
from uproar.app.settings import Settings
from uproar.app.settings_logs import LogSettings
from uproar.errors import LogUnknown, StoreError
from uproar.inlets.logs.following import Follower, Piece, Position
from uproar.inlets.logs.inlet import Logs
from uproar.model.signal import Traffic
from uproar.model.tick import start_ms
from uproar.ports import Clock, Journal
from uproar.store.snapshots import Snapshot
from uproar.trace.loglive import Live, Remembered
from uproar.trace.origins import Known
from uproar.trace.requests import rows_of
from uproar.wire.accesslog import reading
from uproar.wire.accesslog.requests import REASONS, TOO_LONG, Format

STATE_FILE = "logs.state"
GRACE_MS = 2_000  # Servers write a request when it is over, and some hold lines back for a moment.
UNFIT_LEAST = 64  # So many lines in a row that do not fit, and the format is wrong.
MARKS_MAX = 4_096
SOURCE = "log:"
NEEDS_FIELDS = ("iis", "cloudfront")  # Formats that a file's first lines name the fields of.

_log = structlog.get_logger("uproar.logs")


class Kept(msgspec.Struct):
    """What lasts beyond the program: where each file, by its path, was read up to, and what is known of each service."""

    files: dict[str, Position] = msgspec.field(default_factory=dict)
    services: dict[str, Remembered] = msgspec.field(default_factory=dict)


class _Mark(NamedTuple):
    """A piece of a file that was read: where it begins, and its newest request."""

    begun: Position
    last_ms: int


class LogJudge:
    """Reads lines into requests and judges them by service; `Logs` asks it."""

    def __init__(
        self, logs: Sequence[LogSettings], kept: Kept, state: Snapshot, about: Known,
        networks: Networks, wall_ms: Callable[[], int],
    ) -> None:  # fmt: skip
        self._logs = tuple(logs)
        self._state = state
        self._networks = networks
        self._wall_ms = wall_ms
        self._forms: list[Format | None] = [_named(log.format) for log in logs]
        self._marks: list[deque[_Mark]] = [deque(maxlen=MARKS_MAX) for _ in logs]
        self._last_ms = [0 for _ in logs]
        self._clock_ms = 0
        self._read = 0
        self._aside: Counter[str] = Counter()
        self._trouble = ["" for _ in logs]
        self._unfit = [0 for _ in logs]  # Lines in a row that were set aside.
        self._live: dict[str, Live] = {}
        for log in logs:
            if log.service not in self._live:
                remembered = kept.services.get(log.service, Remembered())
                self._live[log.service] = Live(
                    log.service, f"{SOURCE}{log.service}", about, remembered, networks.of_rows
                )

    def take(self, file: int, piece: Piece, beginning: Callable[[], list[bytes]]) -> None:
        """Take lines of the file of that place."""
        self._aside[REASONS[TOO_LONG]] += piece.long
        form = self._forms[file] or self._sniffed(file, piece.lines, beginning)
        if form is None:
            self._aside["format-unknown"] += len(piece.lines)
            return
        requests = reading.read(piece.lines, form)
        self._forms[file] = requests.format
        self._read += len(requests)
        self._aside.update(requests.rejects)
        if len(requests) or not requests.rejects:
            self._unfit[file] = 0
        else:
            self._unfit[file] += sum(requests.rejects.values())
        name = Path(self._logs[file].path).name
        self._trouble[file] = (
            f"{name}: the last {self._unfit[file]} lines are not of the format {form.slug}; name another, or none"
            if self._unfit[file] >= UNFIT_LEAST
            else ""
        )
        rows = rows_of(requests)
        now_ms = self._wall_ms()
        taken = self._live[self._logs[file].service].take(rows, now_ms)
        self._aside["late"] += taken.late
        self._aside["future"] += taken.future
        past = rows.at_ms[rows.at_ms <= now_ms]
        if len(past):
            self._last_ms[file] = max(self._last_ms[file], int(past.max()))
            if piece.begun is not None:
                self._marks[file].append(_Mark(piece.begun, int(past.max())))

    def _sniffed(
        self, file: int, lines: Sequence[bytes], beginning: Callable[[], list[bytes]]
    ) -> Format | None:
        try:
            form = reading.sniff(beginning() or lines)
        except LogUnknown as problem:
            self._trouble[file] = f"{Path(self._logs[file].path).name}: {problem}"
            return None
        self._trouble[file] = ""
        return form

    def step(self, behind: Sequence[bool]) -> list[Traffic]:
        """Go on to now, or where a file waits to be read, to where it was read up to."""
        reached = [self._last_ms[file] for file, waits in enumerate(behind) if waits]
        self._clock_ms = max(self._clock_ms, min([self._wall_ms() - GRACE_MS, *reached]))
        told: list[Traffic] = []
        for service, live in self._live.items():
            stepped = live.step(self._clock_ms)
            told.extend(stepped.told)
            if len(stepped.ordinary):
                self._networks.add_rows(stepped.ordinary)
            for each in stepped.told:
                if each.state in ("raised", "cleared"):
                    _log.warning("an attack by requests", service=service, state=each.state, vector=next(iter(each.vectors), ""))  # fmt: skip
        return told

    def keep(self, files: Sequence[Follower]) -> None:
        """Keep what is remembered, and from where each file is to be read again. Raises StoreError."""
        places = {}
        for file, (log, follower) in enumerate(zip(self._logs, files, strict=True)):
            tick, marks = self._live[log.service].tick, self._marks[file]
            while marks and tick >= 0 and marks[0].last_ms < start_ms(tick):
                marks.popleft()
            position = marks[0].begun if marks else follower.position
            if position is not None:
                places[log.path] = position
        services = {service: live.remembered for service, live in self._live.items()}
        self._state.write(msgspec.msgpack.encode(Kept(places, services)))

    def counts(self) -> tuple[int, Mapping[str, int], int, str]:
        """Return how many lines were read, what was set aside by reason, the last request's instant, and what is wrong."""
        aside = {reason: count for reason, count in self._aside.items() if count}
        troubles = [*self._trouble, self._networks.trouble]
        return self._read, aside, max(self._last_ms), "; ".join(each for each in troubles if each)


def reading_logs(
    settings: Settings, journal: Journal, clock: Clock, networks: Networks
) -> Logs | None:
    """Return the way in for logs, None where none are named. Raises StoreError."""
    logs = settings.traffic.logs
    if not logs:
        return None
    folder = Path(settings.journal.folder)
    state = Snapshot(folder / STATE_FILE)
    kept = _kept(state)
    database = settings.reports.network_database
    about = tracing.known(Path(database) if database else None)

    def elapsed_s() -> float:
        return clock.monotonic_ms() / 1_000

    files = [Follower(Path(log.path), kept.files.get(log.path), elapsed_s) for log in logs]
    judge = LogJudge(logs, kept, state, about, networks, clock.wall_ms)
    return Logs(files, judge, journal, elapsed_s=elapsed_s)


def _kept(state: Snapshot) -> Kept:
    """Return what is remembered; what cannot be read is begun anew, and told of in the log."""
    try:
        octets = state.read()
        return Kept() if octets is None else msgspec.msgpack.decode(octets, type=Kept)
    except (StoreError, msgspec.DecodeError) as problem:
        _log.warning("what was known of logs is begun anew", why=str(problem))
        return Kept()


def _named(slug: str) -> Format | None:
    return None if not slug or slug in NEEDS_FIELDS else reading.FORMATS[slug]
