"""Which filters of requests would stop an attack that an access log shows, and what would each cost? None is applied.

Shares are of requests. Filters are made of hashes, for a log is held as such; whoever writes them gives the words, and only words that
every syntax can hold without being quoted in a special way are taken (`writable`): what comes from outside must not become a rule.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec
import numpy as np

from uproar.trace.addresses import text
from uproar.trace.compared import Pair, compare
from uproar.trace.logged import Surge
from uproar.trace.requests import Log, Rows
from uproar.trace.rules_choice import Option, Part, Scales, busiest, choose, top
from uproar.trace.rules_match import within
from uproar.trace.traffic import F64, hashed
from uproar.wire.packets.frames import I64, U64, Flag

BASELINE_LEAST = 100  # Requests; of fewer the cost is not known.
# What most requests have in common: a fifth may be of others, for whoever came as the attack did is taken for a part of it.
PATHS_MAX, AGENTS_MAX, WORDS_COVER, QUERY_COVER = 8, 4, 0.8, 0.8
WORDS_ASKED_MAX = 64  # Of the most frequent words of each kind, whose text is looked up.
WORD_MAX = 256  # Octets of one path or agent in a filter.
SOURCES_MAX, SOURCES_LEAST = 64, 0.2
WINDOW_S = 10  # Over which requests of one source are counted for a limit.
LIMIT_TIMES, LIMIT_LEAST = 1.5, 20
LIMIT_QUANTILE = (
    0.999  # Of the baseline's sources and windows: one odd client does not lift the limit.
)
GIVEN_UP = 499

Why = Literal["narrow", "broader", "broadest", "sources", "limit"]

_WRITABLE = re.compile(rb"[A-Za-z0-9/._~,;:()+=@*!&% -]+")


class Ask(msgspec.Struct, frozen=True):
    """Requests that have all of these; what is empty or false is not looked at.

    `paths` and `agents` are hashes as in `wire.accesslog`, any of which fits; `query`: a query that is not empty; `post`: the method is
    POST, told together with paths of log-ins only; `sources` are networks as text.
    """

    paths: tuple[int, ...] = ()
    agents: tuple[int, ...] = ()
    query: bool = False
    post: bool = False
    sources: tuple[str, ...] = ()


class HttpRule(msgspec.Struct, frozen=True):
    """One filter. `attack` and `baseline` are shares of requests, `hosts` of the baseline's sources; None where not known.

    `limit` is how many requests of one source in WINDOW_S seconds are let through, 0 where none are.
    """

    why: Why
    ask: Ask
    attack: float
    baseline: float | None
    hosts: float | None
    limit: int = 0


class HttpAdvice(msgspec.Struct, frozen=True):
    """The filters for one log: measured on so many requests of a file of an ordinary time, or of the same log.

    `unwritable` is how many of the most frequent paths and agents are left out because they cannot be written safely. `words` are the texts
    of the hashes in the filters. `hidden`: the log tells no addresses.
    """

    rules: tuple[HttpRule, ...]
    source: Literal["file", "same"]
    requests: int
    known: bool
    words: dict[int, bytes]
    unwritable: int
    hidden: bool


def writable(word: bytes) -> bool:
    """Tell whether a path or an agent may stand in a filter: short, and of signs that end or begin nothing in any syntax."""
    return len(word) <= WORD_MAX and _WRITABLE.fullmatch(word) is not None


def rows(ask: Ask, requests: Rows) -> Flag:
    """Return which requests a filter hits, of shape (n,)."""
    hit = np.ones(len(requests), np.bool_)
    if ask.paths:
        hit &= np.isin(requests.path, np.array(ask.paths, np.uint64))
    if ask.agents:
        hit &= np.isin(requests.agent, np.array(ask.agents, np.uint64))
    if ask.query:
        hit &= requests.query != 0
    if ask.post:
        hit &= requests.login
    if ask.sources:
        whence = np.zeros(len(requests), np.bool_)
        for each in ask.sources:
            whence |= within(ipaddress.ip_network(each), requests.hi, requests.lo)
        hit &= whence
    return hit


def attack_rows(log: Log, surge: Surge, ordinary: Log | None) -> tuple[Rows, Rows]:
    """Return the requests of the attack, and those of the baseline.

    Of the attack are those in its stretch, of the kind that its vector is made of, by sources that come more than twice as often as usual.
    """
    held = log.rows()
    during = (held.at_ms >= surge.from_ms) & (held.at_ms < surge.to_ms)
    usual = held.take(~during) if ordinary is None else ordinary.rows()
    inside = held.take(during)
    inside = inside.take(_of_kind(inside, surge.vector))
    covered = int(usual.at_ms[-1] - usual.at_ms[0]) + 1 if len(usual) else 1
    if ordinary is None:
        covered = max(int(held.at_ms[-1] - held.at_ms[0]) + 1 - (surge.to_ms - surge.from_ms), 1)
    scale = (surge.to_ms - surge.from_ms) / covered
    scale *= 1.0 if ordinary is None else ordinary.one_of / log.one_of
    _, hot = compare(Pair(inside, usual, usual, usual.take(usual.at_ms < 0), scale))
    return (inside.take(hot) if hot.any() else inside), usual


def _of_kind(inside: Rows, vector: str) -> Flag:
    if vector == "http.login-flood":
        return inside.login
    if vector == "http.slow":
        return inside.slow
    if vector == "http.rapid-reset":
        return np.asarray(inside.status == GIVEN_UP, np.bool_)
    return np.ones(len(inside), np.bool_)


def asked(attack: Rows) -> frozenset[int]:
    """Return the hashes of the most frequent paths and agents, whose words are to be looked up."""
    found: set[int] = set()
    for column in (attack.path, attack.agent):
        names, counts = np.unique(column, return_counts=True)
        found.update(names[np.argsort(-counts, kind="stable")[:WORDS_ASKED_MAX]].tolist())
    return frozenset(found - {0})


def advise(
    attack: Rows, usual: Rows, surge: Surge, words: Mapping[int, bytes], *, file: bool
) -> HttpAdvice:
    """Return filters against the requests of an attack. `words` are the texts of hashes; `file` tells that the baseline is one of its own."""
    known = len(usual) >= BASELINE_LEAST
    base = usual if known else None
    scales = Scales(
        np.ones(len(attack)),
        None if base is None else np.ones(len(base)),
        None if base is None else base.source,
    )
    safe = {number: word for number, word in words.items() if writable(word)}
    found = list(_by_words(attack, base, surge, frozenset(safe), scales))
    found += _by_sources(attack, base, scales)
    found += _by_rate(attack, base, surge.one_of)
    used = {number for rule in found for number in (*rule.ask.paths, *rule.ask.agents)}
    return HttpAdvice(
        rules=tuple(found),
        source="file" if file else "same",
        requests=len(usual) * surge.one_of,
        known=known,
        words={number: safe[number] for number in sorted(used)},
        unwritable=len(words) - len(safe),
        hidden=not attack.addressed.any(),
    )


def _part(name: str, ask: Ask, attack: Rows, base: Rows | None) -> Part:
    hit = np.zeros(0, np.bool_) if base is None else rows(ask, base)
    return Part(name, ask, rows(ask, attack), hit)


def _by_words(
    attack: Rows, base: Rows | None, surge: Surge, safe: frozenset[int], scales: Scales
) -> Iterator[HttpRule]:
    """Yield filters by what most of the requests have in common, but for their sources."""
    login = surge.vector == "http.login-flood"
    always: list[Part] = []
    may: list[Part] = []
    paths = _known(attack.path, safe, PATHS_MAX)
    if paths:
        ask = Ask(paths=paths, post=login)
        (always if login else may).append(_part("paths", ask, attack, base))
    agents = _known(attack.agent, safe, AGENTS_MAX)
    if agents and (always or not login):
        may.append(_part("agents", Ask(agents=agents), attack, base))
    if len(attack) and float((attack.query != 0).mean()) >= QUERY_COVER and (always or not login):
        may.append(_part("query", Ask(query=True), attack, base))
    order: tuple[Why, ...] = ("narrow", "broader", "broadest")
    for why, option in zip(order, choose(always, may, scales), strict=False):
        yield HttpRule(why, _whole(option), *option[1:])


def _known(column: U64, safe: frozenset[int], most: int) -> tuple[int, ...]:
    """Return the fewest values that can be written and that most of all rows have."""
    some = column[np.isin(column, np.array(sorted(safe), np.uint64))]
    if len(some) < WORDS_COVER * max(len(column), 1):
        return ()
    cover = WORDS_COVER * len(column) / max(len(some), 1)
    return tuple(sorted(top(some, np.ones(len(some)), most, cover)))


def _whole(option: Option) -> Ask:
    """Return all parts of a filter in one."""
    asks: list[Ask] = [part.value for part in option.parts]
    return Ask(
        paths=next((ask.paths for ask in asks if ask.paths), ()),
        agents=next((ask.agents for ask in asks if ask.agents), ()),
        query=any(ask.query for ask in asks),
        post=any(ask.post for ask in asks),
    )


def _by_sources(attack: Rows, base: Rows | None, scales: Scales) -> Iterator[HttpRule]:
    """Yield the filter of the busiest addresses: genuine ones, for a request is made on a connection that came about."""
    told = attack.take(attack.addressed)
    hosts = busiest(told.hi, told.lo, np.ones(len(told)), SOURCES_MAX, _host)
    if hosts:
        ask = Ask(sources=hosts)
        option = scales.option([_part("sources", ask, attack, base)])
        if option.attack >= SOURCES_LEAST:
            yield HttpRule("sources", ask, *option[1:])


def _host(hi: int, lo: int) -> str:
    return str(ipaddress.ip_network(text(hi, lo)))


def _by_rate(attack: Rows, base: Rows | None, one_of: int) -> Iterator[HttpRule]:
    """Yield the limit of requests of one address in WINDOW_S seconds that hardly anybody of the baseline comes to."""
    if base is None or not attack.addressed.any():
        return
    usual, place = _windows(base, one_of)
    most = float(np.quantile(usual, LIMIT_QUANTILE)) if len(usual) else 0.0
    limit = math.ceil(max(LIMIT_TIMES * most, LIMIT_LEAST))
    mine, _ = _windows(attack, one_of)
    stopped = beyond(mine, limit)
    if stopped < SOURCES_LEAST:
        return
    over = usual[place] > limit
    hit = np.zeros(len(base), np.bool_)
    hit[base.addressed] = over
    hosts = len(np.unique(base.source[hit])) / max(len(np.unique(base.source)), 1)
    yield HttpRule("limit", Ask(), stopped, beyond(usual, limit), hosts, limit)


def _windows(requests: Rows, one_of: int) -> tuple[F64, I64]:
    """Return how many requests each address makes in each window of WINDOW_S, and the place of each request's window."""
    told = requests.take(requests.addressed)
    pairs = hashed(told.source, told.at_ms // (WINDOW_S * 1_000))
    _, place, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    return counts.astype(np.float64) * one_of, place.astype(np.int64)


def beyond(counts: F64, limit: int) -> float:
    """Return the share of requests that come beyond the limit of their window."""
    return float(np.maximum(counts - limit, 0.0).sum() / max(float(counts.sum()), 1e-9))
