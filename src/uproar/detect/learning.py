"""What did the stretch that has just ended teach? Units, slots and hours, closed one after another.

Hours are learned by blocks of rows over the bins that follow (`catch_up`), and at once where little
is known yet and much was seen (`_learn_early`): a new series knows its level after minutes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.detect import attention, baseline, cusum, shift, tails
from uproar.detect.season import Season
from uproar.detect.state import (
    DAY,
    DUE,
    DUE_ROWS,
    DUE_UNIT,
    HOUR_MS,
    RING,
    ROWS,
    SEEN,
    SLOT,
    UNIT,
    Design,
    State,
)
from uproar.stats import drift, negbin

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

BLOCK_ROWS = 2_048  # Rows whose coefficients are computed together, so that they stay in the cache.
EARLY = 1.0  # A stretch that at least halves the doubt is learned at the end of its slot.
EARLY_ROWS_MAX = 8_192  # Rows learned early at the end of one slot; the others wait.
ECHO = 1.5  # What lifts one hour often lifts the next, so an hour teaches less than it seems.
LEAN_MIN = 1e-3  # Moves of the pool smaller than this wait until they have added up.
KIN_SHARE = (
    0.25  # A part of a series has nearly the season of the whole: of the prior variance, so much.
)
HORIZON_HOURS = 3  # No test looks further back than this when it allows for wandering.


def refresh(
    state: State, rows: slice | I64, design: Design, season: Season, *, whole: bool
) -> None:
    """Compute what stands still within a slot (and, if `whole`, within an hour) for these rows."""
    if isinstance(rows, slice):
        for first in range(rows.start, rows.stop, BLOCK_ROWS):
            block = slice(first, min(first + BLOCK_ROWS, rows.stop))
            _refresh(state, block, design, season, whole=whole)
    elif rows.size:
        _refresh(state, rows, design, season, whole=whole)


def _refresh(
    state: State, rows: slice | I64, design: Design, season: Season, *, whole: bool
) -> None:
    basis = drift.basis_for(design.bin_ms)
    slot_ms = design.slot_bins * design.bin_ms
    middle = (int(state.meta[SLOT]) + 0.5) * slot_ms
    point = season.points(basis, middle, state.calendar[rows])
    usual = np.exp(drift.log_rate(state.theta[rows], point))
    mean = usual * np.exp(state.level[rows])
    state.usual[rows] = usual
    state.mean[rows] = mean
    if whole:
        cov = state.cov[rows]
        # The doubt must hold until the hour ends, and a season not yet known moves within an hour.
        hour_ms = design.hour_units * design.unit_bins * design.bin_ms
        late = (int(middle) // hour_ms + 1) * hour_ms - 0.5 * slot_ms
        last = season.points(basis, late, state.calendar[rows])
        doubt = np.maximum(drift.variance(cov, point), drift.variance(cov, last))
        state.doubt[rows] = doubt
        scales = scales_of(design)
        variance = baseline.variances(state.clumping[:, :, rows], state.usual_clump, scales)

        own = attention.waves(variance, scales)
        state.waves[:, rows] = own
        # Where attention is followed, what is left is new from unit to unit.
        fresh = (own.alpha + state.level_doubt[rows]) * design.unit_bins

        def alpha_over(bins: F64) -> F64:
            whole = bins * baseline.variance_over(variance, scales, bins / design.unit_bins)
            return np.where(own.wave > 0.0, fresh, whole) + bins * doubt

        longest = HORIZON_HOURS * design.hour_units * design.unit_bins
        clump = cusum.clumping(mean, alpha_over, longest)
        state.clump[:, rows] = clump
        state.limit[:, rows] = cusum.limits(mean, clump, design.run_bins) + state.caution[rows]
        state.stretch[:, rows] = tails.stretch(state.tail[:, :, rows], mean, clump)
        wander = np.maximum(variance[2] - variance[0] / scales[2], doubt)
        state.alpha[rows] = variance[0] * design.unit_bins + design.slot_bins * wander
    _arm(state, rows)


def _arm(state: State, rows: slice | I64) -> None:
    """Compute what a count adds to each score, from what is expected of a bin now."""
    a, b = negbin.ratio_weights(state.mean[rows], cusum.COLUMN, state.clump[:, rows])
    state.gain[:, rows] = a / state.stretch[:, rows]
    state.cost[:, rows] = b / state.stretch[:, rows]


def _attend(state: State, count: F64, expected: F64, hold: Bool) -> None:
    """Let what is expected follow the attention that the last unit showed."""
    rows = len(count)
    own = attention.Waves(*state.waves[:, :rows])
    level, doubt = state.level[:rows], state.level_doubt[:rows]
    # What was followed before must be let go of, whether or not a neighbour has waves.
    if not (own.wave.any() or level.any() or doubt.any()):
        return
    still = hold | state.active[:rows]
    attention.follow(level, doubt, own, count=count, expected=expected, still=still)
    at = np.flatnonzero((own.wave > 0.0) | (level != 0.0))
    state.mean[at] = state.usual[at] * np.exp(level[at])
    _arm(state, at)


def prior_of(parent: I64, design: Design) -> F64:
    """Return the prior variance of every coefficient of rows with these parents: (row, coefficient)."""
    prior = drift.basis_for(design.bin_ms).prior
    out = np.where(parent[:, None] >= 0, prior * KIN_SHARE, prior)
    out[:, 0] = prior[0]
    return out


def scales_of(design: Design) -> tuple[int, int, int]:
    """Return how many units the three scales of clumping have."""
    return 1, design.slot_units, design.hour_units


def close_unit(state: State, hold: Bool, design: Design, season: Season) -> None:
    """End the present unit: remember its counts, learn its clumping, and end slot and hour if due."""
    meta = state.meta
    rows = int(meta[ROWS])
    seen = int(meta[SEEN])
    unit = int(meta[UNIT])
    ring = state.ring[unit % RING, :rows]
    ring[:] = np.nan
    if seen:
        count = state.unit_sum[:rows]
        bins = seen - state.unit_lost[:rows]
        expected = state.usual[:rows] * bins
        # A unit that was seen for less than half is no witness of when something began.
        np.divide(
            count * design.unit_bins,
            bins,
            out=ring,
            where=2 * bins >= design.unit_bins,
            casting="unsafe",
        )
        free = _hold_back(state, rows, hold, design)
        state.slot_sum[:rows] += count
        state.slot_mean[:rows] += expected
        state.slot_free[:rows] &= free
        state.hour_sum[:rows] += count
        state.hour_mean[:rows] += expected
        state.hour_units[:rows] += 1.0
        clump = _unit_clump(state, rows)
        # The units of one burst are one another's echo: together they count like a handful.
        worth = baseline.trust(state.doubt[:rows]) * free
        worth /= np.maximum(state.held_units[:rows], 1)
        nothing = np.zeros(rows)
        sums = state.clumping[0][:, :rows]
        baseline.add_up(sums, count, expected, clump=clump, doubt=nothing, worth=worth)
        tails.follow(
            state.score[:, :rows],
            state.stretch[:, :rows],
            state.peak[:, :rows],
            state.tail[:, :, :rows],
            baseline.trust(state.doubt[:rows]) * free,
        )
        _attend(state, count, expected, hold)
        count[:] = 0.0
        state.unit_lost[:rows] = 0.0
        meta[SEEN] = 0
    meta[UNIT] = unit + 1
    whole_hour = (unit + 1) % design.hour_units == 0
    if (unit + 1) % design.slot_units == 0:
        _close_slot(state, rows, design)
        if not whole_hour:
            _learn_early(state, rows, unit, design, season)
    if whole_hour:
        _close_hour(state, rows, unit, design, season)


def _unit_clump(state: State, rows: int) -> F64:
    sums = state.clumping[0]
    usual, certain = state.usual_clump[0], baseline.CERTAINTY[0]
    out: F64 = (sums[0, :rows] + usual * certain) / (sums[1, :rows] + certain)
    return np.clip(out, 1e-5, 1e4)


def _hold_back(state: State, rows: int, hold: Bool, design: Design) -> Bool:
    """Note which rows may not learn in this hour; return those whose clumping may be learned.

    Alarms that nobody holds on to are part of how a series behaves. Its level is learned from such
    hours too, as far as they are not odd, or an hour that is expected wrongly would alarm every day;
    so is its clumping, so that a series that often bursts stops alarming at every burst.
    """
    unit_ms = design.unit_bins * design.bin_ms
    held_units = state.held_units[:rows]
    held_units += 1
    kept = hold | state.active[:rows]
    held_units *= kept
    state.known_units[:rows] += ~kept
    limit = np.where(hold, design.absorb_ms // unit_ms, design.settle_ms // unit_ms)
    known = np.maximum(state.known_units[:rows], max(1, HOUR_MS // unit_ms))
    limit = np.minimum(limit, known)
    overdue = held_units == limit
    if overdue.any():
        # By now this is how things are: open the level so that it is taken in quickly.
        state.cov[:rows][overdue, 0, 0] += 0.5
    late = held_units >= limit
    free: Bool = ~hold | late
    state.hour_free[:rows] &= free
    return free


def _close_slot(state: State, rows: int, design: Design) -> None:
    """Learn from the slot that has ended how much minutes that follow each other resemble."""
    units = design.slot_units
    count, expected = state.slot_sum[:rows], state.slot_mean[:rows]
    doubt = state.doubt[:rows]
    worth = baseline.trust(doubt) * state.slot_free[:rows]
    worth *= units / np.maximum(state.held_units[:rows], units)
    sums = state.clumping[1][:, :rows]
    clump = _unit_clump(state, rows) / units
    baseline.add_up(sums, count, expected, clump=clump, doubt=doubt, worth=worth)
    count[:] = 0.0
    expected[:] = 0.0
    state.slot_free[:rows] = True


def _learn_early(state: State, rows: int, unit: int, design: Design, season: Season) -> None:
    """Learn the hour so far where it tells much more than what is known."""
    most = np.maximum(state.hour_sum[:rows], state.hour_mean[:rows])
    eager = state.doubt[:rows] * most > EARLY
    eager &= state.hour_free[:rows] & (state.hour_mean[:rows] > 0)
    at = np.flatnonzero(eager)[:EARLY_ROWS_MAX]
    if not at.size:
        return
    units = state.hour_units[at]
    scales = scales_of(design)
    variance = baseline.variances(state.clumping[:, :, at], state.usual_clump, scales)
    clump = baseline.variance_over(variance, scales, units)
    useful = state.doubt[at] > 1.0 / np.maximum(most[at], 1e-9) + clump
    at, units, clump = at[useful], units[useful], clump[useful]
    if not at.size:
        return
    unit_ms = design.unit_bins * design.bin_ms
    _take_in(
        state,
        at,
        count=state.hour_sum[at],
        expected=state.hour_mean[at],
        clump=clump,
        weight=np.ones(len(at)),
        point_ms=(unit + 1 - design.slot_units / 2) * unit_ms,
        hours=0.0,
        design=design,
        season=season,
    )
    state.hour_sum[at] = 0.0
    state.hour_mean[at] = 0.0
    state.hour_units[at] = 0.0
    refresh(state, at, design, season, whole=True)


def _take_in(
    state: State,
    rows: slice | I64,
    *,
    count: F64,
    expected: F64,
    clump: F64,
    weight: F64,
    point_ms: float,
    hours: float,
    design: Design,
    season: Season,
) -> None:
    basis = drift.basis_for(design.bin_ms)
    theta, cov = state.theta[rows], state.cov[rows]
    baseline.learn(
        theta,
        cov,
        season.points(basis, point_ms, state.calendar[rows]),
        count=count,
        expected=expected,
        clump=clump,
        weight=weight,
        basis=basis,
        hours=hours,
    )
    if not isinstance(rows, slice):
        state.theta[rows] = theta
        state.cov[rows] = cov


def _close_hour(state: State, rows: int, unit: int, design: Design, season: Season) -> None:
    """Put the hour that has ended by, to be learned over the bins that follow."""
    catch_up(state, design, season, everything=True)
    meta = state.meta
    for name in ("sum", "mean", "units", "free"):
        hour = getattr(state, f"hour_{name}")
        getattr(state, f"due_{name}")[:rows] = hour[:rows]
        hour[:rows] = name == "free"
    meta[[DUE, DUE_ROWS, DUE_UNIT]] = 0, rows, unit
    day = (unit + 1) * design.unit_bins * design.bin_ms // drift.DAY_MS
    if day != meta[DAY]:
        meta[DAY] = day
        if not design.pooled:
            return
        _pool(state, rows, design)


def _pool(state: State, rows: int, design: Design) -> None:
    """Find out, once a day, what the series have in common."""
    roots = state.parent[:rows] < 0
    basis = drift.basis_for(design.bin_ms)
    # Seasons are by clocks: where series live by different ones they have no coefficients in common.
    if (state.calendar[:rows] == state.calendar[0]).all():
        state.pool[:] = baseline.pooled(
            state.theta[:rows][roots],
            state.cov[:rows][roots],
            state.anchor[:rows][roots],
            basis.prior,
        )
    state.usual_clump[:] = baseline.in_common(
        state.clumping[:, :, :rows],
        roots,
        state.usual_clump,
        baseline.usual_clump(design.unit_bins * design.bin_ms),
        scales_of(design),
    )


def catch_up(state: State, design: Design, season: Season, *, everything: bool = False) -> None:
    """Learn the hour put by: of all rows, or of one block."""
    meta = state.meta
    rows = int(meta[DUE_ROWS])
    block = max(BLOCK_ROWS, -(-2 * rows // (design.hour_units * design.unit_bins)))
    while meta[DUE] < rows:
        first = int(meta[DUE])
        part = slice(first, min(first + block, rows))
        meta[DUE] = part.stop
        _learn_hour(state, part, design, season)
        refresh(state, part, design, season, whole=True)
        if not everything:
            return


def _learn_hour(state: State, rows: slice, design: Design, season: Season) -> None:
    units = design.hour_units
    unit_ms = design.unit_bins * design.bin_ms
    hours = units * unit_ms / HOUR_MS
    count, expected = state.due_sum[rows], state.due_mean[rows]
    covered = np.maximum(state.due_units[rows], 1.0)
    scales = scales_of(design)
    variance = baseline.variances(state.clumping[:, :, rows], state.usual_clump, scales)
    clump = baseline.variance_over(variance, scales, covered)
    doubt = state.doubt[rows]
    odd = state.odd_hours[rows]
    before = odd.copy()
    weight = baseline.weigh(count, expected, clump + doubt, odd)
    usable = state.due_free[rows] & (expected > 0)
    odd[~usable] = before[~usable]
    _lean(state, rows, design)
    _ask_clocks(state, rows, clump + doubt, usable & (covered >= units), design, season)
    _take_in(
        state,
        rows,
        count=count,
        expected=expected,
        clump=ECHO * clump,
        weight=weight * usable,
        point_ms=(int(state.meta[DUE_UNIT]) + 1 - units / 2) * unit_ms,
        hours=hours,
        design=design,
        season=season,
    )
    worth = baseline.trust(doubt) * state.due_free[rows] * (covered >= units)
    worth *= units / np.maximum(state.held_units[rows], units)
    kept = 1.0 - hours / baseline.MEMORY_HOURS
    state.clumping[:, :, rows] *= kept
    state.tail[:, :, rows] *= kept
    sums = state.clumping[2][:, rows]
    baseline.add_up(sums, count, expected, clump=clump, doubt=doubt, worth=worth)


def _ask_clocks(
    state: State, rows: slice, variance: F64, told: Bool, design: Design, season: Season
) -> None:
    """See whether the hour put by shows that clocks were changed, and move the seasons if so."""
    basis = drift.basis_for(design.bin_ms)
    unit_ms = design.unit_bins * design.bin_ms
    if not basis.day_waves or design.hour_units * unit_ms > HOUR_MS:
        return
    at_ms = (int(state.meta[DUE_UNIT]) + 1 - design.hour_units / 2) * unit_ms
    point = season.points(basis, at_ms, state.calendar[rows])
    shift.follow(
        state.moved[:, rows],
        state.theta[rows],
        point,
        basis,
        count=state.due_sum[rows],
        expected=state.due_mean[rows],
        variance=variance,
        # Days of rest have habits of their own, which may well look like another clock.
        worth=told * (1.0 - point[:, drift.rest_at(basis)]),
    )
    shift.settle(state.moved[:, rows], state.theta[rows], state.cov[rows], basis)


def _lean(state: State, rows: slice, design: Design) -> None:
    """Move the prior means of rows to where the pool, or the series that they are part of, now is."""
    parent = state.parent[rows]
    target = np.where(parent[:, None] < 0, state.pool, state.theta[np.maximum(parent, 0)])
    moved = target - state.anchor[rows]
    moved[:, 0] = 0.0
    if np.abs(moved).max(initial=0.0) < LEAN_MIN:
        return
    prior = prior_of(parent, design)
    drift.lean(state.theta[rows], state.cov[rows], prior, moved)
    state.anchor[rows] += moved
