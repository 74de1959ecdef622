"""The minimum of a smooth function of many numbers: L-BFGS with backtracking.

Nocedal, J., Updating quasi-Newton matrices with limited storage, Math. Comp. 35 (1980). Deterministic:
the same function and start give the same minimum.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
REMEMBERED = 12  # Steps from which the curvature is guessed.
HALVINGS_MAX = 40
_SUFFICIENT = 1e-4  # Share of the promised decrease that a step must bring (Armijo).


def minimum(
    function: Callable[[F64], tuple[float, F64]],
    start: F64,
    *,
    steps_max: int = 300,
    tolerance: float = 1e-9,
) -> F64:
    """Return where `function`, which gives its value and gradient, is least, from `start` on.

    Ends when a step lessens the value by less than `tolerance` of it, or after `steps_max`.
    """
    at = start.astype(np.float64)
    value, slope = function(at)
    moves: list[F64] = []
    turns: list[F64] = []
    for _ in range(steps_max):
        way = -_curved(slope, moves, turns)
        promised = float(slope @ way)
        if promised > -1e-14:
            break
        size = 1.0 if moves else 1.0 / max(1.0, float(np.linalg.norm(slope)))
        for _ in range(HALVINGS_MAX):
            there = at + size * way
            lower, steeper = function(there)
            if lower <= value + _SUFFICIENT * size * promised:
                break
            size /= 2.0
        else:
            break
        move, turn = there - at, steeper - slope
        if float(move @ turn) > 1e-12:
            moves, turns = [*moves, move][-REMEMBERED:], [*turns, turn][-REMEMBERED:]
        gained = value - lower
        at, value, slope = there, lower, steeper
        if gained < tolerance * max(1.0, abs(value)):
            break
    return at


def _curved(slope: F64, moves: list[F64], turns: list[F64]) -> F64:
    """Return the slope, bent by the curvature that was seen (the two loops of L-BFGS)."""
    bent = slope.copy()
    shares = []
    for move, turn in zip(reversed(moves), reversed(turns), strict=True):
        share = float(move @ bent) / float(turn @ move)
        shares.append(share)
        bent -= share * turn
    if moves:
        bent *= float(moves[-1] @ turns[-1]) / float(turns[-1] @ turns[-1])
    for move, turn, share in zip(moves, turns, reversed(shares), strict=True):
        bent += move * (share - float(turn @ bent) / float(turn @ move))
    return bent
