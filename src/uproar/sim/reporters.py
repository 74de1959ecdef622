"""Who reports, and with what: one column an attribute, for all reports of one place and day.

A reporter is 64 random bits, drawn anew every day, like the keyed hash of a real one. Some people
report again; some type words; some come through a large network, the others through small ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from uproar.errors import ScenarioInvalid
from uproar.model.signal import NO_AGENT, Report
from uproar.model.tick import DAY_MS, MINUTE_MS, TICK_MS, TICKS_PER_DAY

ARRIVALS_MAX = 5_000_000  # reports of one place in one day
REPEATS_MAX = 5  # times that one person reports again
SMALL_NETWORKS = 400  # small networks of one place
_STRIDE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that the small networks all differ
_SMALL = -1
FORM = "form"  # the channel of people; programs say nothing of what they are

Codes = NDArray[np.int32]
Instants = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Columns:
    """Reports as columns of one length; texts are codes of `Texts`.

    `prefix` is the network where `network` is -1, and else the corner of it that a report came from.
    """

    at: Instants
    service: Codes
    symptom: Codes
    works: NDArray[np.bool_]
    place: Codes
    network: Codes
    prefix: NDArray[np.uint64]
    reporter: NDArray[np.uint64]
    words: Codes
    channel: Codes
    agent: Codes

    def take(self, rows: NDArray[np.int64]) -> Columns:
        """Return some rows, in the order asked for."""
        return Columns(*(getattr(self, field.name)[rows] for field in fields(self)))


class Texts:
    """Texts by code. The codes mean nothing outside one run, and nothing depends on them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._codes: dict[str, int] = {}

    def code(self, text: str) -> int:
        """Return the code of a text, making one for a new text."""
        if text not in self._codes:
            self._codes[text] = len(self.texts)
            self.texts.append(text)
        return self._codes[text]


class Choice:
    """A weighted choice among texts; without options nothing can be chosen."""

    def __init__(self, texts: Texts, weights: Mapping[str, float]) -> None:
        self.codes = np.array([texts.code(text) for text in weights], np.int32)
        total = np.cumsum(np.fromiter(weights.values(), np.float64, len(weights)))
        self._upto = total / total[-1]

    def draw(self, dice: np.random.Generator, count: int) -> Codes:
        """Return `count` codes, chosen independently."""
        if self.codes.size == 1:
            return np.full(count, self.codes[0], np.int32)
        return self.at(dice.random(count))

    def at(self, where: NDArray[np.float64]) -> Codes:
        """Return the codes that lie at numbers from 0 to 1."""
        return np.asarray(self.codes[np.searchsorted(self._upto, where, side="right")])


@dataclass(frozen=True, slots=True)
class Crowd:
    """People of one place at one service: what they may say, and through which networks.

    `prefix` is where the day's hashes of the small networks begin; `silent` is the code of no words.
    `words` holds for a symptom's code the wordings that go with it.
    """

    service: int
    place: int
    prefix: int
    symptoms: Choice
    channels: Choice
    agents: Choice
    networks: Choice | None
    small_share: float
    words: Mapping[int, Choice]
    words_share: float
    silent: int


def first_prefix(place: str, day: int) -> int:
    """Return where the hashes of a place's small networks begin; they change daily, like real ones."""
    digest = hashlib.blake2b(f"{place}/{day}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def arrivals(dice: np.random.Generator, means: NDArray[np.float64], day: int) -> Instants:
    """Return the instants of a Poisson process of a day, in order.

    `means` is the expected count of each of equal parts of the day: 1,440 minutes or 8,640 ticks.
    """
    upto = np.cumsum(means)
    if upto[-1] > ARRIVALS_MAX:
        raise ScenarioInvalid(
            f"{upto[-1]:.0f} reports of one place in one day, more than {ARRIVALS_MAX}; lower the counts"
        )
    count = int(dice.poisson(upto[-1]))
    if not count:
        return np.zeros(0, np.int64)
    drawn = dice.random(count) * upto[-1]
    part = np.minimum(np.searchsorted(upto, drawn, side="right"), means.size - 1)
    width = DAY_MS // means.size
    return np.sort(day * DAY_MS + part * width + dice.integers(0, width, count))


def reports(
    dice: np.random.Generator, crowd: Crowd, at: Instants, *, works: bool = False
) -> Columns:
    """Return one report of each of so many people, at these instants."""
    count = at.size
    symptom = crowd.symptoms.draw(dice, count)
    words = np.full(count, crowd.silent, np.int32)
    if crowd.words and not works:
        talks = dice.random(count) < crowd.words_share
        for code, choice in crowd.words.items():
            rows = np.flatnonzero(talks & (symptom == code))
            words[rows] = choice.draw(dice, rows.size)
    network = np.full(count, _SMALL, np.int32)
    if crowd.networks is not None:
        large = np.flatnonzero(dice.random(count) >= crowd.small_share)
        network[large] = crowd.networks.draw(dice, large.size)
    small = dice.integers(0, SMALL_NETWORKS, count).astype(np.uint64)
    reporter = dice.integers(0, 2**64, count, np.uint64)
    return Columns(
        at=at,
        service=np.full(count, crowd.service, np.int32),
        symptom=symptom,
        works=np.full(count, works),
        place=np.full(count, crowd.place, np.int32),
        network=network,
        prefix=np.uint64(crowd.prefix) + small * _STRIDE,
        reporter=reporter,
        words=words,
        channel=crowd.channels.draw(dice, count),
        agent=crowd.agents.at((reporter >> np.uint64(11)).astype(np.float64) * 2.0**-53),
    )


def again(
    dice: np.random.Generator, firsts: Columns, share: float, minutes: float, silent: int
) -> Columns:
    """Return the further reports of people who have reported; what falls after midnight is left out.

    At midnight the key of the reporter hash is thrown away, and a repeat would look like a first.
    """
    rows = np.flatnonzero(dice.random(firsts.at.size) < share)
    times = np.minimum(dice.geometric(0.7, rows.size), REPEATS_MAX)
    rows = np.repeat(rows, times)
    columns = firsts.take(rows)
    begins = np.concatenate([[True], rows[1:] != rows[:-1]]) if rows.size else np.zeros(0, np.bool_)
    waits = np.cumsum(dice.exponential(minutes * MINUTE_MS, rows.size))
    before = np.concatenate([[0.0], waits[:-1]]) if rows.size else waits
    started = np.maximum.accumulate(np.where(begins, before, 0.0))
    columns.at[:] += (waits - started).astype(np.int64) + 1_000
    columns.words[:] = silent
    return columns.take(np.flatnonzero(columns.at // DAY_MS == firsts.at[rows] // DAY_MS))


def joined(parts: Sequence[Columns]) -> Columns:
    """Return all parts as one, in the order of arrival; ties keep the order of the parts."""
    whole = Columns(
        *(
            np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(Columns)
        )
    )
    return whole.take(np.argsort(whole.at, kind="stable"))


def values(columns: Columns, texts: Texts) -> list[Report]:
    """Return the reports of columns as they would be read from a journal."""
    known = texts.texts
    form = known.index(FORM) if FORM in known else -1
    origins = [
        (known[code], f"{prefix >> 32:08x}") if code >= 0 else (f"p:{prefix:016x}", "")
        for code, prefix in zip(columns.network.tolist(), columns.prefix.tolist(), strict=True)
    ]
    return [
        Report(
            at,
            known[service],
            known[symptom],
            works,
            known[place],
            network,
            f"{reporter:016x}",
            known[words],
            known[channel],
            known[agent] if channel == form else NO_AGENT,
            prefix if network.startswith("AS") else "",
        )
        for at, service, symptom, works, place, (
            network,
            prefix,
        ), reporter, words, channel, agent in zip(
            columns.at.tolist(),
            columns.service.tolist(),
            columns.symptom.tolist(),
            columns.works.tolist(),
            columns.place.tolist(),
            origins,
            columns.reporter.tolist(),
            columns.words.tolist(),
            columns.channel.tolist(),
            columns.agent.tolist(),
            strict=True,
        )
    ]


def tick_bounds(columns: Columns, day: int) -> list[int]:
    """Return where each tick of a day begins among the rows, with the end as the last."""
    edges = day * DAY_MS + np.arange(TICKS_PER_DAY + 1) * TICK_MS
    return [int(row) for row in np.searchsorted(columns.at, edges)]
