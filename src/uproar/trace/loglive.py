"""Is a service under attack now, as its access log tells? Requests come in as they are written; a line of `Traffic` comes out each tick.

The clock is the log's. Whenever more comes than usual, or log-ins or held requests do, the last minutes are weighed as a
whole log is (`trace.logged`). An attack is raised when two looks in a row call it one, and cleared when none has for a minute. What
comes meanwhile is not learned; all else is, once it is so old that it can no longer be the beginning of an attack.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from uproar.model.signal import Traffic, TrafficState
from uproar.model.tick import TICK_MS, end_ms, iso, start_ms, tick_of
from uproar.trace import logtold
from uproar.trace.compared import Familiarity
from uproar.trace.habits import unwaiting
from uproar.trace.logged import Ordinary, Surge, trace_rows
from uproar.trace.logusual import Profile, Sample, learn, rate
from uproar.trace.logwindow import WINDOW_TICKS, Window
from uproar.trace.origins import Known
from uproar.trace.requests import Rows, joined

LOOK_MS = 2_000  # Between two looks, by the log's clock.
RECENT_MS = 10_000
GATE = 1.8  # Times the usual of the last seconds: below it nothing is weighed ...
GATE_LEAST = 30  # ... nor where fewer come, of all, of log-ins or of those that are held open.
KINDS_MS = 60_000  # Log-ins and held requests are counted over so much.
AGAIN = 2  # Looks in a row that call it an attack.
NOW_MS = 20_000  # A stretch that ended longer ago is over.
CLEAR_MS = 60_000
FUTURE_MS = 60_000  # A request that claims to be so much later than it can be is not believed.
COLD_MS = 60_000  # After so much of a log it may be compared with itself.


class Remembered(msgspec.Struct):
    """What lasts beyond the program: what is usual, and an attack that went on. No request, and no address."""

    profile: Profile = msgspec.field(default_factory=Profile)
    attack: str = ""
    tick: int = -1  # That is to be told next.


class Taken(NamedTuple):
    """How many requests were taken, and how many were not: too old to count, or of the future."""

    rows: int
    late: int
    future: int


class Stepped(NamedTuple):
    """What is to be told, and requests of which it is now known that they came in ordinary times."""

    told: list[Traffic]
    ordinary: Rows


class Live:
    """One service. `take` what was written, then `step` to the instant up to which all is written."""

    def __init__(
        self, service: str, source: str, about: Known, remembered: Remembered,
        familiar: Familiarity | None = None,
    ) -> None:  # fmt: skip
        self.remembered = remembered
        self._service = service
        self._source = source
        self._about = about
        self._familiar = familiar
        self._sample = Sample()
        self._window = Window()
        self._begun_ms = 0  # The log's first instant.
        self._tick = remembered.tick  # The one that is told next; what came before it was told.
        self._learned = remembered.tick - 1  # The last one that was let go of.
        self._looked_ms = 0
        self._called = 0
        self._last_called_ms = 0
        self._surge: Surge | None = None  # What the last look found.
        self._hot: list[tuple[int, int]] = []  # Ticks of attacks, from and to.
        self._fresh: list[Rows] = []

    @property
    def tick(self) -> int:
        """The tick that is told next, -1 before the first request."""
        return self._tick

    @property
    def attack(self) -> str:
        """The name of the attack that goes on, empty where there is none."""
        return self.remembered.attack

    def take(self, rows: Rows, now_ms: int) -> Taken:
        """Take what was written by an instant of the wall's clock."""
        future = rows.at_ms > now_ms + FUTURE_MS
        late = rows.at_ms < start_ms(self._learned + 1)
        fit = rows.take(~future & ~late)
        if len(fit):
            if not self._begun_ms:
                self._begun_ms = int(fit.at_ms.min())
            if self._tick < 0:
                self._tick = tick_of(self._begun_ms)
                self._learned = self._tick - 1
            self._window.add(fit)
        return Taken(len(fit), int((late & ~future).sum()), int(future.sum()))

    def step(self, at_ms: int) -> Stepped:
        """Go on to an instant. A time longer than the window in which nothing came is passed over untold."""
        told: list[Traffic] = []
        while self._tick >= 0 and end_ms(self._tick) <= at_ms:
            self._skip(at_ms)
            end = end_ms(self._tick)
            if end > at_ms:
                break
            told.extend(self._look(end))
            told.append(self._tell(end))
            self._let_go(self._tick - WINDOW_TICKS)
            self._tick += 1
        if self._tick >= 0:
            told.extend(self._look(at_ms))
        self.remembered.tick = self._tick
        ordinary = joined(self._fresh)
        self._fresh = []
        return Stepped(told, ordinary)

    def _skip(self, at_ms: int) -> None:
        last = tick_of(at_ms) - WINDOW_TICKS
        held = [number for number in self._window.numbers() if number >= self._tick]
        target = min([*held, last]) if self._tick < last else self._tick
        if target > self._tick:
            for number in [each for each in self._window.numbers() if each < target - WINDOW_TICKS]:
                self._let_go(number)
            self._tick = target
            self._learned = max(self._learned, target - WINDOW_TICKS - 1)

    def _look(self, at_ms: int) -> list[Traffic]:
        """Weigh the last minutes, where there is reason to; return what is to be told at once."""
        if at_ms - self._looked_ms < LOOK_MS:
            return []
        self._looked_ms = at_ms
        last = tick_of(at_ms)
        usual_s = rate(self.remembered.profile, at_ms)
        if self.attack or self._gate(at_ms, usual_s):
            held = self._window.of(last - WINDOW_TICKS + 1, last)
            ordinary = self._sample.ordinary(usual_s)
            if ordinary is not None:
                ordinary = Ordinary(ordinary.rows, ordinary.covers_ms * held.one_of)
            self._surge = trace_rows(
                held.rows.take(held.rows.at_ms < at_ms), ordinary, self._about,
                one_of=held.one_of, familiar=self._familiar,
            )  # fmt: skip
        else:
            self._surge = None
        surge = self._surge
        if surge is None or not surge.attack or surge.to_ms < at_ms - NOW_MS:
            self._called = 0
            return []
        self._called += 1
        self._last_called_ms = at_ms
        if self.attack or self._called < AGAIN:
            return []
        self.remembered.attack = f"{self._service}@{iso(surge.from_ms)}"
        self._hot.append((tick_of(surge.from_ms), last))
        begin = min(surge.from_ms, at_ms - 1_000)
        return [self._line(begin, at_ms, "raised")]

    def _gate(self, at_ms: int, usual_s: float | None) -> bool:
        """Tell whether so much comes, of all or of what is dear to serve, that it is worth a look."""
        came = self._window.between(at_ms - RECENT_MS, at_ms)
        if usual_s is None:
            if at_ms - self._begun_ms < COLD_MS:
                return False
            since = max(self._begun_ms, at_ms - WINDOW_TICKS * TICK_MS)
            usual_s = self._window.between(since, at_ms - RECENT_MS) / max(at_ms - RECENT_MS - since, 1) * 1_000  # fmt: skip
        if came >= GATE_LEAST and came > GATE * usual_s * RECENT_MS / 1_000:
            return True
        ordinary = self._sample.ordinary(usual_s)
        recent, one_of = self._window.of(tick_of(at_ms - KINDS_MS), tick_of(at_ms))
        usual = ordinary.rows if ordinary is not None else None
        recent = unwaiting(recent, usual)
        for kind in ("login", "slow"):
            count = float(getattr(recent, kind).sum()) * one_of
            share = 0.0
            if ordinary is not None and usual is not None:
                share = float(getattr(unwaiting(usual, usual), kind).sum()) / ordinary.covers_ms
            if count >= GATE_LEAST and count > GATE * share * KINDS_MS:
                return True
        return False

    def _tell(self, end: int) -> Traffic:
        state: TrafficState = "usual"
        if self.attack:
            state = "going"
            if not self._hot:  # It was raised before the program began.
                self._hot.append((self._tick - WINDOW_TICKS, self._tick))
                self._last_called_ms = end
            self._hot[-1] = (self._hot[-1][0], self._tick)
            if end - self._last_called_ms >= CLEAR_MS:
                state = "cleared"
        told = self._line(end - TICK_MS, end, state)
        if state == "cleared":
            self.remembered.attack = ""
        return told

    def _line(self, from_ms: int, to_ms: int, state: TrafficState) -> Traffic:
        first, last = tick_of(from_ms), tick_of(to_ms - 1)
        held = self._window.of(first, last)
        sums = [self._window.sums(number) for number in range(first, last + 1)]
        return logtold.line(
            held.rows, self._about, service=self._service, source=self._source, state=state,
            attack=self.attack, from_ms=start_ms(first), to_ms=to_ms,
            sums=(sum(each[0] for each in sums), sum(each[1] for each in sums),
                  max(each[2] for each in sums), max(each[3] for each in sums)),
            usual_s=rate(self.remembered.profile, from_ms),
            known=None if self._familiar is None or not len(held.rows) else self._familiar(held.rows),
            one_of=held.one_of, surge=self._surge,
        )  # fmt: skip

    def _let_go(self, number: int) -> None:
        """Let go of a tick that is older than the window; learn from it, unless it was one of an attack."""
        (rows, _), requests = self._window.pop(number)
        self._learned = max(self._learned, number)
        self._hot = [each for each in self._hot if each[1] >= number]
        if (
            not self._begun_ms
            or number < tick_of(self._begun_ms)
            or any(a <= number <= b for a, b in self._hot)
        ):
            return
        learn(self.remembered.profile, requests, start_ms(number), end_ms(number))
        self._sample.add(rows, requests, start_ms(number), end_ms(number))
        if len(rows):
            self._fresh.append(rows)
