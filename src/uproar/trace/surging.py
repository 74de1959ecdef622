"""What is a surge: an attack, a crowd, clients that try again after an outage, a robot, or the ordinary up and down?

Each measure is held against five explanations and multiplies the odds of each. The ratios are judgements, written
beside the rule and in docs/explain/tracing.md; none is fitted to a log.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from uproar.trace.attack import Evidence
from uproar.trace.compared import EXCESS_LEAST, Compared

ATTACK, CROWD, RETRY, ROBOT, ORDINARY = "attack", "crowd", "retry-storm", "robot", "ordinary"
EXPLANATIONS = (ATTACK, CROWD, RETRY, ROBOT, ORDINARY)
PRIOR = (0.2, 0.25, 0.1, 0.15, 0.3)
P_LEAST = 0.01
SAID_FROM = 0.7  # An explanation less probable than this is not called: it cannot be told.
ATTACK_FLOOR = 200.0  # Requests of the excess; fewer are no attack, whatever their shape ...
SLOW_FLOOR = 50.0  # ... but held connections are, from so many on.
LOG_INS = 0.3  # Of the requests; people ask for far more than to log in.
NARROW = 0.3  # Of the pages that are usually asked for, in effect; less is a few.
OLD = 0.6  # Of the sources: these clients came before ...
OLD_OF_USUAL = 0.9  # ... or so many of what is usual, where fewer can be known.
NEW_OF_USUAL = 0.25
KNOWABLE = 0.2  # Of the usual come from networks that came before; of fewer nothing is known.
ROBOT_MOST = 600.0  # Of one address of a robot that minds what a service bears.
PAGE_FULL = 20.0  # So many come of one person in a moment, with one page or one look into an app.
AS_ALWAYS = 0.12  # Bits.
PEOPLE_MOST = 120.0  # Requests of one person in a minute, with all parts of the pages.


class Weighed(NamedTuple):
    """How probable each explanation is, summing to one, and what that rests on. Ratios are attack to the best other."""

    probability: dict[str, float]
    evidence: tuple[Evidence, ...]


class _Scales:
    def __init__(self) -> None:
        self.logs = dict(zip(EXPLANATIONS, map(math.log, PRIOR), strict=True))
        self.evidence: list[Evidence] = []

    def lay(
        self, about: str, value: float, attack: float, crowd: float, retry: float, robot: float,
        ordinary: float, detail: str = "",
    ) -> None:  # fmt: skip
        """Multiply the odds of each explanation, and note it."""
        ratios = (attack, crowd, retry, robot, ordinary)
        for name, ratio in zip(EXPLANATIONS, ratios, strict=True):
            self.logs[name] += math.log(ratio)
        ratio = attack / max(ratios[1:])
        self.evidence.append(Evidence(about, round(value, 4), round(ratio, 4), detail))

    def weighed(self) -> Weighed:
        most = max(self.logs.values())
        odds = {name: math.exp(log - most) for name, log in self.logs.items()}
        total = sum(odds.values())
        return Weighed(
            {name: min(max(odd / total, P_LEAST), 1 - P_LEAST) for name, odd in odds.items()},
            tuple(self.evidence),
        )


def weigh(seen: Compared) -> Weighed:
    """Return how probable each explanation of what was measured is."""
    scales = _Scales()
    if seen.excess < EXCESS_LEAST:
        return scales.weighed()
    _rise(seen, scales)
    _shape(seen, scales)
    _state(seen, scales)
    _mix(seen, scales)
    _kinds(seen, scales)
    _people(seen, scales)
    _agents(seen, scales)
    _sources(seen, scales)
    _habits(seen, scales)
    return scales.weighed()


def _rise(seen: Compared, scales: _Scales) -> None:
    if seen.factor is None:
        # A log that is alike throughout is, first of all, ordinary: what is usual there is not known.
        scales.lay("no-usual", 0.0, 0.1, 0.3, 0.3, 0.3, 1)
    elif seen.falls:
        scales.lay("falls", seen.factor, 1, 0.5, 0.5, 1, 3)
    elif seen.factor < 2:
        scales.lay("factor", seen.factor, 1, 0.2, 0.3, 1, 3)
    elif seen.factor < 4:
        scales.lay("factor", seen.factor, 1, 1, 1, 1, 1)
    elif seen.factor < 10:
        scales.lay("factor", seen.factor, 2, 2, 2, 2, 0.1)
    else:
        scales.lay("factor", seen.factor, 3, 3, 3, 2, 0.02)


def _shape(seen: Compared, scales: _Scales) -> None:
    """Tell what comes slowly, with the hour of the day, and what comes from the own network."""
    if seen.step is not None and seen.step < 1.8:
        scales.lay("step", seen.step, 0.3, 0.5, 0.2, 0.7, 10)
    if seen.special >= 0.8:
        scales.lay("special", seen.special, 0.1, 0.3, 1, 5, 1)


def _state(seen: Compared, scales: _Scales) -> None:
    """Condition on the service's own state: old clients with more requests after failures try again."""
    if seen.silent_before is not None and seen.silent_before >= 0.2:
        scales.lay("silent-before", seen.silent_before, 0.5, 0.5, 15, 0.5, 0.5)
    elif seen.failed_before is not None:
        if seen.failed_before >= 0.3:
            scales.lay("failed-before", seen.failed_before, 0.3, 0.2, 30, 0.3, 0.3)
        elif seen.failed_before < 0.05:
            scales.lay("failed-before", seen.failed_before, 1, 1, 0.05, 1, 1)
    elif seen.factor is None:
        scales.lay("failed-before", 0.0, 1, 1, 0.2, 1, 1, "unknown")
    _known(seen, scales)


def _known(seen: Compared, scales: _Scales) -> None:
    """Tell old clients from new ones, as well as the usual allows: a short log knows few of those who always come."""
    known, usual = seen.known, seen.known_usual
    if known is None or usual is None or usual < KNOWABLE:
        return
    if known >= min(OLD, OLD_OF_USUAL * usual):
        scales.lay("known", known, 0.4, 0.5, 5, 0.5, 3)
    elif known < NEW_OF_USUAL * usual:
        scales.lay("known", known, 2, 1.5, 0.1, 1, 0.2)


def _mix(seen: Compared, scales: _Scales) -> None:
    """Look at what is asked for, and how the service fares by it."""
    if as_always(seen) and seen.agent_paths is not None:
        scales.lay("agent-paths", seen.agent_paths, 0.3, 2.5, 2, 0.3, 2)
    elif seen.path_divergence is not None:
        if seen.path_divergence < 0.1:
            scales.lay("path-divergence", seen.path_divergence, 0.3, 0.7, 3, 0.3, 4)
        elif seen.path_divergence > 0.4:
            scales.lay("path-divergence", seen.path_divergence, 3, 1.5, 0.1, 2, 0.1)
    if seen.failed >= 0.2 and (seen.failed_before or 0) < 0.05:
        scales.lay("failed", seen.failed, 2, 1, 0.5, 0.5, 0.3)
    if seen.refused >= 0.3:
        scales.lay("refused", seen.refused, 3, 0.5, 1, 2, 0.3)


def _kinds(seen: Compared, scales: _Scales) -> None:
    """Lay down what only attacks do: ever new queries, log-ins, held connections, requests taken back at once."""
    if seen.novelty >= 0.5:
        scales.lay("novelty", seen.novelty, 50 if few_paths(seen) else 5, 0.5, 0.5, 2, 0.5)
    if seen.login >= LOG_INS and (seen.login_usual is None or seen.login_usual < LOG_INS / 2):
        # Who tries passwords may load the form before each; people load far more.
        scales.lay("login", seen.login, 50 if seen.login >= 0.5 else 10, 0.5, 1, 0.2, 0.3)
    if seen.slow >= 0.3:
        all_suffer = seen.slow_known is not None and seen.slow_known >= 0.2
        scales.lay("slow", seen.slow, 2 if all_suffer else 40, 1, 1, 0.2, 0.3)
    if seen.reset >= 0.5:
        scales.lay("reset", seen.reset, 30, 0.5, 1, 0.5, 0.2)
    if seen.beside is not None:
        # People who log in load pages too; who only logs in, or only dawdles, is no visitor.
        if seen.beside >= 1:
            scales.lay("beside", seen.beside, 0.03, 3, 2, 0.3, 3)
        elif seen.beside < 0.25:
            scales.lay("beside", seen.beside, 2, 0.3, 1, 1, 0.5)


def _people(seen: Compared, scales: _Scales) -> None:
    """People load the parts of a page, come from links, and have browsers of their own."""
    usual = seen.sub_usual
    if usual is None:
        if seen.sub >= 0.3:
            scales.lay("sub", seen.sub, 0.1, 3, 2, 0.2, 3)
    elif usual >= 0.15:
        if seen.sub < usual / 4:
            scales.lay("sub", seen.sub, 10, 0.1, 1, 8, 0.2, f"{usual:.2f}")
        elif seen.sub >= usual / 2:
            scales.lay("sub", seen.sub, 0.1, 3, 2, 0.2, 3, f"{usual:.2f}")
    usual = seen.referred_usual
    if usual is not None and usual >= 0.15:
        if seen.referred < usual / 4:
            # Who types an address, or opens it in an app, comes from nowhere either.
            scales.lay("referred", seen.referred, 3, 0.6, 1, 4, 0.3, f"{usual:.2f}")
        elif seen.referred >= usual * 0.75:
            scales.lay("referred", seen.referred, 0.4, 3, 1, 0.2, 1.5, f"{usual:.2f}")


def _agents(seen: Compared, scales: _Scales) -> None:
    usual = seen.agent_usual
    if usual is not None and usual < 0.5 and seen.agent > 0.7:
        if seen.agent_old:  # As the app of a service is, when its people are told to look.
            scales.lay("agent", seen.agent, 2, 0.7, 1, 2, 0.5, f"{usual:.2f}")
        else:
            scales.lay("agent", seen.agent, 8, 0.1, 0.7, 8, 0.2, f"{usual:.2f}")
    apart = seen.agent_divergence
    if apart is not None and apart < 0.12:
        scales.lay("agent-divergence", apart, 0.4, 2, 2, 0.3, 2)
    elif apart is not None and apart > 0.5 and not as_always(seen):
        scales.lay("agent-divergence", apart, 2, 0.5, 0.5, 2, 0.5)
    if seen.new_agents is not None and seen.new_agents >= 0.8:
        scales.lay("new-agents", seen.new_agents, 3, 0.5, 0.2, 2, 0.2)
    elif seen.new_agents is not None and seen.new_agents < 0.1:
        scales.lay("new-agents", seen.new_agents, 0.7, 1.5, 1.5, 0.7, 1.5)
    if seen.agents_per_request > 0.5 and seen.per_minute > 2:
        scales.lay("agents-per-request", seen.agents_per_request, 20, 0.1, 0.1, 0.3, 0.1)


def _habits(seen: Compared, scales: _Scales) -> None:
    """People look at another page, and go; a program that many hosts run asks for the same, and stays."""
    if seen.top_sources >= 0.7:
        return
    if seen.again >= 0.6 and (seen.again_usual is None or seen.again >= 2 * seen.again_usual):
        scales.lay("again", seen.again, 5, 0.25, 1, 0.5, 0.5)
    elif seen.again < 0.3:
        scales.lay("again", seen.again, 0.7, 1.3, 1, 1, 1)
    # In a short stretch a visit lasts as long as it does: only what is unlike the visits here tells anything.
    usual = 1.0 if seen.spread_usual is None else seen.spread_usual
    if seen.spread is not None and seen.spread >= max(0.6, 1.5 * usual):
        scales.lay("spread", seen.spread, 5, 0.15, 1, 1, 0.7)
    elif seen.spread is not None and seen.spread < 0.35:
        scales.lay("spread", seen.spread, 0.25, 2, 1, 0.3, 1)


def _sources(seen: Compared, scales: _Scales) -> None:
    usual, rate = seen.per_minute_usual, seen.per_minute
    # Without a usual, a service may always be asked by a few busy clients or through a proxy.
    busy = 1.0 if usual is None else 0.3
    if rate > PEOPLE_MOST and (usual is None or rate > 3 * usual):
        scales.lay("per-minute", rate, 10, 0.05, 0.5, 4, busy)
    elif usual is not None:
        ratio = rate / max(usual, 1e-9)
        if ratio > 5 and rate > PAGE_FULL:
            scales.lay("per-minute", rate, 5, 0.2, 2, 3, 0.2, f"{usual:.1f}")
        elif ratio < 1.5:
            scales.lay("per-minute", rate, 1, 2, 0.7, 0.5, 1.5, f"{usual:.1f}")
    if seen.top_sources > 0.7 and seen.excess >= ATTACK_FLOOR:
        scales.lay("top-sources", seen.top_sources, 4, 0.02, 0.2, 6, busy)
    elif seen.top_sources < 0.2:
        scales.lay("top-sources", seen.top_sources, 1, 1, 1, 0.03, 1)
    if seen.top_sources > 0.7:
        _few(seen, scales)
    if seen.path_distinct < 0.05:
        scales.lay("path-distinct", seen.path_distinct, 1, 1, 1, 0.1, 1)


def _few(seen: Compared, scales: _Scales) -> None:
    """Look at few busy sources: a robot, a client with a fault, or an attacker who has no more."""
    harmed = max(seen.failed, seen.refused) >= 0.05
    if seen.factor is not None and not harmed:
        scales.lay("unharmed", seen.factor, 0.15 if seen.factor < 4 else 0.4, 1, 1, 1.5, 1)
    if seen.factor is not None and seen.top_one > 0.7:
        # A whole service is seldom attacked from one address: one client has a fault.
        scales.lay("top-one", seen.top_one, 0.4, 0.3, 0.5, 3, 1)
    if seen.top_known is not None and seen.top_known >= 0.8:
        # Whoever always asked and now asks too often has a fault, more likely than a grudge.
        scales.lay("top-known", seen.top_known, 0.3, 0.5, 1, 4, 2)
    # A robot reads: page after page, hardly one twice, and no faster than a service bears.
    minds = seen.per_minute < ROBOT_MOST or not harmed
    if seen.asked_once > 0.5 and minds and not few_paths(seen):
        scales.lay("asked-once", seen.asked_once, 0.3, 0.2, 0.1, 10, 0.5)


def vector(seen: Compared) -> str:
    """Return how an attack with those measures is made."""
    if seen.reset >= 0.5:
        return "http.rapid-reset"
    if seen.slow >= 0.3:
        return "http.slow"
    if seen.login >= LOG_INS:
        return "http.login-flood"
    if seen.novelty >= 0.5 and few_paths(seen):
        return "http.cache-busting"
    return "http.flood"


def as_always(seen: Compared) -> bool:
    """Tell whether those who came ask for what clients of the same agents always ask for."""
    return seen.agent_paths is not None and seen.agent_paths < AS_ALWAYS


def few_paths(seen: Compared) -> bool:
    """Tell whether what came asks for far fewer pages than is usual there; a robot that reads asks for many."""
    return seen.path_distinct < 0.2 if seen.breadth is None else seen.breadth < NARROW


def enough(seen: Compared) -> bool:
    """Tell whether so much came that it may be called an attack."""
    return seen.excess >= (SLOW_FLOOR if seen.slow >= 0.3 else ATTACK_FLOOR)
