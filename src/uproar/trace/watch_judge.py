"""Is what is hot an attack? The rules of `tracing` say so on the rows that are looked at; a rate alone never does."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from uproar.trace import sums as s
from uproar.trace.attack import Attack
from uproar.trace.bundle import Bundle
from uproar.trace.origins import Known
from uproar.trace.ours import Floors, Ours, lookup
from uproar.trace.sums import Sums
from uproar.trace.tally import Tally
from uproar.trace.thinning import Sample, gathered, identity, thinned
from uproar.trace.tracing import trace
from uproar.trace.traffic import KINDS, SECOND_MS, Traffic, hashed
from uproar.trace.watch_slow import VECTOR, Slow, slow
from uproar.trace.watch_state import GROUP, NET, WIDER, State

# What is judged by its rules has to come at this part of a floor at least: of what is hot, not all is part of the attack.
HOSTILE_SHARE: Final = 0.5
# Rows of so many seconds are judged together: first few, in which what begins is not drowned by what came before.
JUDGED_S: Final = (2, 6)


class Verdict(NamedTuple):
    """What the rules say of one spot: the attacks they name on its rows, none where they find nothing; all its rows."""

    vectors: dict[str, float]  # Shares, the largest first; empty where it is no attack.
    attacks: tuple[Attack, ...]
    rows: Sample
    crowd: float | None
    packets_s: float
    bits_s: float
    slow: Slow | None = None


def sampled(bundles: list[Bundle], sums: Sums, salt: int) -> Sample:
    """Return the rows of all workers' bundles together, each counted for those that are not looked at.

    `sums` are those of the same bundles. The order of rows does not depend on that of bundles.
    """
    sample = thinned(gathered([bundle.sample for bundle in bundles]), salt)
    if not len(sample):
        return sample
    sample = sample.take(np.argsort(identity(sample.rows), kind="stable"))
    return Sample(_weighted(sample, sums), sample.hi, sample.lo, sample.level)


def _weighted(sample: Sample, sums: Sums) -> Traffic:
    """Return the rows so that their sums are those of all rows, for each target and kind.

    Of what is left out, one part is pairs, which the level tells; the other is rows of pairs that are kept, and these were looked at.
    """
    t = sample.rows
    kind = s.kinds(t.protocol, t.flags, t.src_port)
    sent = (sample.hi != t.dst_hi) | (sample.lo != t.dst_lo)
    names, of = np.unique(
        hashed(sample.hi, sample.lo, np.where(sent, np.uint8(s.SENT), kind)), return_inverse=True
    )
    told, packets, octets = s.whole(sums)
    at = np.minimum(np.searchsorted(told, names), max(len(told) - 1, 0))
    known = told[at] == names if len(told) else np.zeros(len(names), np.bool_)
    by_level = np.exp2(sample.level.astype(np.float64))
    columns = {name: getattr(t, name) for name in KINDS}
    for name, total in (("packets", packets), ("octets", octets)):
        seen = np.maximum(np.bincount(of, columns[name], len(names)), 1e-9)
        times = np.where(known, total[at] / seen, 0.0)[of] if len(told) else np.zeros(len(of))
        by = np.maximum(np.where(known[of], times, by_level), 1.0)
        if name == "packets":
            columns["looked"] = t.looked * np.maximum(by / by_level, 1.0)
        columns[name] = columns[name] * by
    return Traffic(**columns)


def recent(state: State, seconds: int) -> Sample:
    """Return the rows of the last seconds."""
    since = state.now_ms - seconds * SECOND_MS
    return gathered([sample for at, sample in state.rows if at > since])


def of_spot(state: State, spot: int, sample: Sample, ours: Ours) -> Sample:
    """Return the rows of one spot, what it sends too."""
    p = state.spots
    hi, lo = sample.hi, sample.lo
    level = int(p.level[spot])
    if level == GROUP:
        return sample.take(lookup(ours).of(hi, lo) == p.group[spot])
    if level == NET:
        hi, lo = s.netted(hi, lo)
    elif level == WIDER:
        hi, lo = s.widened(hi, lo)
    return sample.take((hi == p.hi[spot]) & (lo == p.lo[spot]))


def judge(rows: Sample, about: Known, floors: Floors, times: float) -> Verdict:
    """Return what the rules say of the rows of a spot whose floors are multiplied so."""
    tally = Tally()
    tally.add(rows.rows)
    traced = trace(tally, about)
    crowd = traced.quiet.flash_crowd if traced.quiet else None
    packets = sum(
        _rate(each, each.rates.packets, each.rates.peak_packets_s) for each in traced.attacks
    )
    octets = sum(
        _rate(each, each.rates.octets * 8, each.rates.peak_bits_s) for each in traced.attacks
    )
    verdict = Verdict(_shares(traced.attacks), traced.attacks, rows, crowd, packets, octets)
    if not verdict.vectors or _enough(verdict, floors, HOSTILE_SHARE * times):
        return verdict
    return Verdict({}, (), rows, crowd, packets, octets)


def held(rows: Sample, connections: float, salt: int, verdict: Verdict) -> Verdict:
    """Return the verdict with what the connections show that are held open, where nothing else was found."""
    found = None if verdict.vectors else slow(rows, connections, salt)
    if found is None:
        return verdict
    return verdict._replace(vectors={VECTOR: 1.0}, slow=found)


def _shares(attacks: tuple[Attack, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for attack in attacks:
        for vector in attack.vectors:
            found[vector.name] = found.get(vector.name, 0.0) + vector.packets
    total = sum(found.values())
    order = sorted(found, key=lambda name: (-found[name], name))
    return {name: found[name] / max(total, 1e-9) for name in order}


def _rate(attack: Attack, whole: float, peak: float) -> float:
    """Return its rate: the highest second; of what lasted less, all of it, for tenths of a second are too uneven."""
    if attack.rates.bin_ms >= SECOND_MS:
        return peak
    return whole / max((attack.to_ms - attack.from_ms) / SECOND_MS, 1.0)


def _enough(verdict: Verdict, floors: Floors, times: float) -> bool:
    """Tell whether what the rules call hostile is above a floor of its own."""
    opened = sum(v for name, v in verdict.vectors.items() if name.startswith("flood.syn"))
    answered = sum(v for name, v in verdict.vectors.items() if name.startswith("amplification."))
    return (
        verdict.packets_s >= times * floors.packets_s
        or verdict.bits_s >= times * floors.bits_s
        or verdict.packets_s * opened >= times * floors.opening_s
        or verdict.bits_s * answered >= times * floors.answers_bits_s
    )
