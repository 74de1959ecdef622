"""A case of an access log by its seed: an ordinary time, what comes on top, and the truth of it.

What comes on top and what the service does about it (it slows down, fails, refuses) are drawn alike for attacks and for what
is none, so that neither size nor failures, formats nor addresses give the truth away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from uproar.sim import rushes
from uproar.sim.loglines import FORMS, lines
from uproar.sim.requestfloods import ASSAULTS, SLOW
from uproar.sim.website import ASKED, Rows, Site, Words, everyday, site
from uproar.sim.world import dice

BEGIN_MS = 1_741_600_800_000  # 10 March 2025, 10:00 UTC; each case begins within a day of it.
SPAN_MIN = (12, 40)
ORDINARY = (2_500, 12_000)  # Requests of the ordinary time, log-uniform.
SINCE = (0.45, 0.85)  # Of the time is over when something begins.
FACTOR = (3.0, 40.0)  # The rate while it lasts, to the ordinary one; log-uniform.
ON_TOP_MAX = 22_000  # Requests on top of the ordinary; they bound what a case takes.
BEARS = (2.0, 60.0)  # Times its ordinary rate a service bears, log-uniform; beyond it answers fail.
OUTAGE_MIN = (1.0, 8.0)
CROWD_SHARE = 0.5  # Of the cases that are none.
SILENT = {**rushes.CROWDS, **rushes.OTHERS}


@dataclass(frozen=True, slots=True)
class Truth:
    """What a case is. `vector` is "" where it is no attack; from and to in ms UTC, of what came on top."""

    kind: str
    vector: str
    crowd: bool
    format: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Requests of all, by time; `words` are what they ask for and with."""

    truth: Truth
    asked: Rows
    words: Words

    def log(self) -> list[bytes]:
        """Return the lines of the log, without their ends."""
        return lines(self.asked, self.words, self.truth.format)


def attack(seed: int, number: int) -> Case:
    """Return the attack of that number."""
    roll = dice(seed, "requests", "attack", number)
    kind = str(roll.choice(list(ASSAULTS)))
    vector, assault = ASSAULTS[kind]
    return _case(roll, kind, vector, assault)


def silent(seed: int, number: int) -> Case:
    """Return the case of that number that is no attack."""
    roll = dice(seed, "requests", "silent", number)
    kinds = rushes.CROWDS if roll.random() < CROWD_SHARE else rushes.OTHERS
    kind = str(roll.choice(list(kinds)))
    return _case(roll, kind, "", kinds[kind])


def _case(roll: np.random.Generator, kind: str, vector: str, more: rushes.Rush) -> Case:
    words = Words()
    span = int(roll.uniform(*SPAN_MIN) * 60_000)
    begin = BEGIN_MS + int(roll.integers(0, 86_400_000))
    at = site(roll, words, begin, span, app=kind == "app-push")
    ordinary = int(np.exp(roll.uniform(*np.log(ORDINARY))))
    since = float(roll.uniform(*SINCE))
    calm = _within(at, np.concatenate(everyday(at, ordinary)))
    usual = len(calm) / span
    if kind == "retry-storm":
        calm = _broken(at, calm, since)
    count = (np.exp(roll.uniform(*np.log(FACTOR))) - 1) * usual * (1 - since) * span
    some = more(at, since, int(np.clip(count, 600, ON_TOP_MAX)))
    top = _within(at, np.concatenate(some)) if some else np.zeros(0, ASKED)
    top["evil"] = bool(vector)
    asked = np.concatenate([calm, top])
    # What is not over when the log ends was not written.
    asked = asked[asked["at"] + asked["took"] < begin + span]
    asked = asked[np.argsort(asked["at"], kind="stable")]
    _strained(roll, asked, usual)
    forms = [name for name, form in FORMS.items() if form.timed or kind not in SLOW]
    first, last = (int(top["at"].min()), int(top["at"].max())) if len(top) else (0, 0)
    truth = Truth(kind, vector, kind in rushes.CROWDS, str(roll.choice(forms)), first, last)
    return Case(truth, asked, words)


def _within(at: Site, asked: Rows) -> Rows:
    found: Rows = asked[(asked["at"] >= at.begin_ms) & (asked["at"] < at.begin_ms + at.span_ms)]
    return found


def _broken(at: Site, calm: Rows, since: float) -> Rows:
    """Return what comes before a storm of retries: for minutes the service fails, or hardly a request gets through."""
    roll = at.roll
    until = at.begin_ms + since * at.span_ms
    out = (calm["at"] >= until - roll.uniform(*OUTAGE_MIN) * 60_000) & (calm["at"] < until)
    if roll.random() < 0.4:
        kept: Rows = calm[~out | (roll.random(len(calm)) < 0.02)]
        return kept
    hit = out & (roll.random(len(calm)) < roll.uniform(0.5, 1))
    calm["status"][hit] = int(roll.choice([500, 502, 503, 504]))
    return calm


def _strained(roll: np.random.Generator, asked: Rows, usual: float) -> None:
    """Let a service suffer from what it does not bear: slower, and then failing, for all alike."""
    bears = np.exp(roll.uniform(*np.log(BEARS)))
    second = (asked["at"] - asked["at"][0]) // 1_000
    load = np.bincount(second).astype(float) / max(usual * 1_000, 1e-9)
    load = np.convolve(load, np.ones(10) / 10, mode="same")[second]
    over = np.clip(1 - bears / np.maximum(load, 1e-9), 0, 0.9)
    quick = (asked["took"] < 10_000) & (asked["status"] != 499)
    asked["took"] = np.where(
        quick, np.minimum(asked["took"] * (1 + 4 * over), 9_000), asked["took"]
    )
    failing = (roll.random(len(asked)) < over) & (asked["status"] < 400)
    asked["status"] = np.where(failing, int(roll.choice([502, 503, 504, 429])), asked["status"])
