"""Whose fault is it? The excess of many services explained together, with probabilities.

Expected is rate(service, network, place) = usual x (1 + own + network + place + provider) + echo.
At most one shared cause is at work in a scene (a provider, an access network, a place, one site, or
one that we do not know), and each service may also fail by itself, echo a far larger incident, or
rise for a reason that fits none of these. Given the shared cause the services are independent, so
that all hypotheses can be summed: what comes out are posterior probabilities, not scores. Evidence
that a shared cause explains no longer speaks against the service itself (explaining away).

Each likelihood is a marginal one: the size of an excess has a prior that is even on a logarithmic
scale, each step of it a gamma, so that counts are negative binomial; shares are Dirichlet about the
usual ones with three concentrations weighed by the counts themselves. `detect/culprit_terms` computes them, `docs/explain/culprit.md` says how well it does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from uproar.detect import culprit_echo, culprit_provider, culprit_site
from uproar.detect import culprit_terms as terms
from uproar.detect.culprit_scene import Scene
from uproar.detect.mix import Mix
from uproar.stats import mixes as arithmetic

F64 = NDArray[np.float64]
Kind = Literal["service", "provider", "access", "home", "place", "echo", "unknown"]
Label = tuple[Kind, str]

ANSWERS_KEPT = 8  # Answers told of one service; what is left of the probability stays unsaid.

# Priors: probability that a thing fails so that it shows within the hour or so that a scene covers.
# An own fault of about two hours once a month is 0.003 of the time. Of 384 post-mortems 43 blame
# something the named service depends on: 13 a cloud, 8 an access network, 7 a content network. Twenty
# for the 38 providers that the catalog lists behind a service, 341 for its 1,043 services: a provider
# fails 1.6 times as often as a service. Places (power, cables, a shutdown: Cloudflare Radar counts 180
# in 2025 over 250 places) are rarer. The prior of one site is a guess: its people report seldom.
OWN = 0.003
UNEXPLAINED = 0.0005
PROVIDER = 0.005
ACCESS = 0.002
PLACE = 0.0005
HOME = 0.002
BUSY = 0.2  # Probability that somebody at a site that is heard of often reports many services.
SHARED_UNKNOWN = 0.0005
# Probability that a network's usual share is not what we have learned, of one hardly seen and of one
# known; and of a service that it is so there as well.
NEW_NETWORK, CHANGED_NETWORK = 0.01, 0.0001
REACHED = 0.9
# Given a far larger incident at a rival: in every telecom case on record the rivals' reports rose.
ECHO_OF_RIVAL = 0.3
ECHO_OF_OTHER = 0.005

# How many of the services that a cause may reach do show it, each equally likely beforehand.
REACH_ACCESS = (0.4, 0.9)
REACH_PLACE = (0.4, 0.9)
REACH_HOME = (0.1, 0.5)
REACH_UNKNOWN = (0.1, 0.5)
OWN_NETWORK = 0.5  # Share of reports from which a network is what an access service is.
KNOWN_MIN = 20.0  # Reports from which a usual mix is known so far that another one is odd.


@dataclass(frozen=True, slots=True)
class Answer:
    """One explanation of one service's excess: `name` is a slug, network or place, or empty."""

    kind: Kind
    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class Explained:
    """All answers for one service, most probable first; with `rest` they sum to one."""

    service: str
    answers: tuple[Answer, ...]
    rest: float
    excess: float

    @property
    def leading(self) -> Answer:
        """Return the most probable answer."""
        return self.answers[0]


@dataclass(frozen=True, slots=True)
class _Cause:
    """A shared cause: its prior, how likely each service is reached, and how it then rises.

    A hypothesis is a reach together with a level; both are even beforehand.
    """

    kind: Kind
    name: str
    log_prior: float
    levels: F64  # (levels, services), log-likelihood of those reached
    reaches: F64  # (reaches, services), probabilities

    def reached(self, rows: slice) -> F64:
        """Return the joint log-probability of being reached, by (reach, level, service)."""
        out: F64 = np.log(self.reaches[:, None, rows]) + self.levels[:, rows]
        return out


def explain(scene: Scene, mixes: Mapping[str, Mix]) -> tuple[Explained, ...]:
    """Return whose fault the excess of each failing service of a scene is.

    `mixes` are the learned usual mixes (`detect/mix`). The order of services, networks and cells does
    not matter. The work is bounded by the constants of `detect/culprit_scene`.
    """
    if not any(seen.is_failing for seen in scene.sightings):
        return ()
    table = terms.Table(scene, mixes)
    alone = _alone(table)
    causes = _causes(table)
    background = arithmetic.log_sum(alone[0], axis=1)

    logs = [np.zeros(1)]
    mixtures = [background[None, :]]
    with np.errstate(divide="ignore"):
        for cause in causes:
            missed = np.log1p(-cause.reaches)[:, None] + background
            mixtures.append(_flat(np.logaddexp(cause.reached(slice(None)), missed)))
            grid = len(mixtures[-1])
            logs.append(np.full(grid, cause.log_prior - math.log(grid)))
    mixture = np.concatenate(mixtures)  # (hypotheses, services)
    shared = np.concatenate(logs) + mixture.sum(axis=1)
    shared -= arithmetic.log_sum(shared, axis=0)
    return tuple(
        _explained(table, row, causes, shared, mixture, alone)
        for row, seen in enumerate(scene.sightings)
        if seen.is_failing
    )


def _alone(table: terms.Table) -> tuple[F64, list[list[Label]]]:
    """Return what each service may show by itself: log-weights by (service, label), and the labels.

    No excess at all is one of them, and counts as unknown: then the alarm was chance.
    """
    own = terms.even(table.own)
    labels: list[list[Label]] = []
    weights: list[list[float]] = []
    for row, seen in enumerate(table.scene.sightings):
        # Where it is not known whence reports usually come, no mix of them is odd.
        odd: Label = ("unknown", "")
        if table.shares.known[row] < KNOWN_MIN:
            odd = ("service", seen.service)
        found: list[Label] = [("service", seen.service), odd, ("unknown", "")]
        weight = [
            math.log(OWN) + float(own[row]),
            math.log(UNEXPLAINED) + float(table.unexplained[row]),
            float(table.calm[row]),
        ]
        for source, likelihood in culprit_echo.echoes(table, row):
            other = table.scene.sightings[source].service
            prior = ECHO_OF_RIVAL if other in seen.rivals else ECHO_OF_OTHER
            found.append(("echo", other))
            weight.append(math.log(prior) + likelihood)
        labels.append(found)
        weights.append(weight)
    width = max(map(len, weights))
    out = np.full((len(weights), width), -np.inf)
    for row, weight in enumerate(weights):
        out[row, : len(weight)] = weight
    return out, labels


def _causes(table: terms.Table) -> list[_Cause]:
    """Return the shared causes that the scene gives reason to ask after."""
    seen = table.scene.sightings
    rows = len(seen)
    everyone = np.ones(rows)
    own = terms.near(table.own)
    causes = [_Cause("unknown", "", math.log(SHARED_UNKNOWN), own, _grid(REACH_UNKNOWN, everyone))]
    scattered = np.concatenate([terms.near(table.own, s) for s in culprit_provider.SPREADS])
    for slug, reaches in culprit_provider.providers(table):
        causes.append(_Cause("provider", slug, math.log(PROVIDER), scattered, reaches))
    counts, shares = table.network_counts(table.networks)
    found = table.of_group(counts, shares, terms.MULTIPLES, relative=True)
    renumbered = table.renumbered(table.networks, counts, shares)
    for column, name in enumerate(table.networks):
        # That a network's usual share is not what we learned goes with every other explanation.
        known = np.logaddexp(math.log(REACHED) + renumbered[:, column], math.log1p(-REACHED))
        odds = float(terms.even(known.sum(axis=0)))
        prior = math.log(NEW_NETWORK if table.is_new(name) else CHANGED_NETWORK)
        handicap = float(np.logaddexp(0.0, prior + odds))
        reaches = _grid(REACH_ACCESS, everyone)
        levels = terms.near(found[:, column])
        causes.append(_Cause("access", name, math.log(ACCESS) - handicap, levels, reaches))
    for column, name in enumerate(table.places):
        reaches = _grid(REACH_PLACE, everyone)
        levels = terms.near(table.in_place[:, column])
        causes.append(_Cause("place", name, math.log(PLACE), levels, reaches))
    for name, likelihood, visits in culprit_site.sites(table):
        handicap = float(np.logaddexp(0.0, math.log(BUSY) + visits))
        reaches = _grid(REACH_HOME, everyone)
        causes.append(
            _Cause("home", name, math.log(HOME) - handicap, terms.near(likelihood), reaches)
        )
    return causes


def _flat(hypotheses: F64) -> F64:
    return hypotheses.reshape(-1, hypotheses.shape[-1])


def _grid(reach: Sequence[float], everyone: F64) -> F64:
    return np.array(reach)[:, None] * everyone


def _explained(
    table: terms.Table,
    row: int,
    causes: Sequence[_Cause],
    shared: F64,
    mixture: F64,
    alone: tuple[F64, list[list[Label]]],
) -> Explained:
    """Sum the posterior of one service's explanations over all shared causes."""
    seen = table.scene.sightings[row]
    found: dict[Label, float] = {}
    left = [shared[:1] - mixture[:1, row]]
    start = 1
    with np.errstate(divide="ignore"):
        for cause in causes:
            reached = cause.reached(slice(row, row + 1))[..., 0]
            span = slice(start, start + reached.size)
            start = span.stop
            odds = (shared[span] - mixture[span, row]).reshape(reached.shape)
            label = _relabelled(table, row, cause)
            found[label] = found.get(label, 0.0) + float(np.exp(odds + reached).sum())
            left.append((odds + np.log1p(-cause.reaches[:, row, None])).ravel())
    log_left = arithmetic.log_sum(np.concatenate(left), axis=0)
    for column, label in enumerate(alone[1][row]):
        mass = float(np.exp(alone[0][row, column] + log_left))
        found[label] = found.get(label, 0.0) + mass
    total = math.fsum(found.values())
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    kept = [Answer(kind, name, mass / total) for (kind, name), mass in ranked[:ANSWERS_KEPT]]
    rest = max(0.0, 1.0 - math.fsum(answer.probability for answer in kept))
    return Explained(seen.service, tuple(kept), rest, float(table.excess[row]))


def _relabelled(table: terms.Table, row: int, cause: _Cause) -> Label:
    """Return whom a shared cause means to one service.

    A service that is a network itself, and most of whose reports come from that network, has a
    fault of its own when the network has one. So has a provider that is a service as well.
    """
    seen = table.scene.sightings[row]
    if cause.kind == "provider" and seen.service == cause.name:
        return "service", seen.service
    if cause.kind == "access" and seen.is_access:
        share = table.network_counts([cause.name])[1][row, 0]
        if share >= OWN_NETWORK:
            return "service", seen.service
    return cause.kind, cause.name
