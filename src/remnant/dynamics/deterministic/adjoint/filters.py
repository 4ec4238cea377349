r"""The filters of `deterministic.filters` for all kinds and clones of a patient side by side, with slopes.

Only the rows of progenitors and mature cells are wanted, and the block of the powers is known: the
exponential of a shift. So a squaring multiplies (1 + stages) rows, not a matrix, and all lanes at once.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

import math

import numpy as np

from remnant.dynamics.deterministic.adjoint.law import LOSS, TURNOVER, compiled

POWERS = 5  # a quartic inflow
TERMS = 16  # and one for each stage: the next of the smallest entry is below 1e-13 of it
MOST_HALVINGS = 64
VALUE, BY_LOSS, BY_TURNOVER = range(3)


@compiled
def _halvings(law):
    """So many that no rate times the shortened step is above 1/2."""
    most = 0.5
    for k in range(len(law)):
        for c in range(3):
            most = max(most, law[k, LOSS, c], law[k, TURNOVER, c])
    return min(MOST_HALVINGS, 1 + math.ceil(math.log2(most))) if most < np.inf else MOST_HALVINGS


@compiled
def transfer(law, stages, sides):
    """Return the filters, shape (sides, 1 + stages, 6 + stages, lanes), lane 3 k + c for clone c of kind k.

    With `sides` 1 the value alone; with 3 also its slopes by LOSS and by TURNOVER.
    """
    lanes, size = 3 * len(law), POWERS + 1 + stages
    halvings = _halvings(law)
    short = 0.5**halvings
    x, y = np.empty(lanes), np.empty(lanes)
    for k in range(len(law)):
        for c in range(3):
            x[3 * k + c], y[3 * k + c] = law[k, LOSS, c] * short, law[k, TURNOVER, c] * short
    whole = np.zeros((sides, 1 + stages, size, lanes))
    for r in range(1 + stages):
        _series(whole, r, x, y, short, sides)
    powers, sum_ = np.empty(POWERS), np.empty(lanes)
    for _ in range(halvings):
        powers[0] = 1.0
        for n in range(1, POWERS):
            powers[n] = powers[n - 1] * short / n
        for r in range(stages, -1, -1):  # from below, since a row needs those above it as they were
            for side in range(sides - 1, -1, -1):
                _squared(whole, side, r, powers, sum_)
        short *= 2
    return whole


@compiled
def _series(whole, r, x, y, short, sides):
    """Set row r by its Taylor series, each term the one before times the generator."""
    lanes, size = len(x), whole.shape[2]
    term = np.zeros((sides, size + 1, lanes))
    term[VALUE, POWERS + r] = 1.0
    whole[VALUE, r, POWERS + r] = 1.0
    for n in range(1, TERMS + whole.shape[1]):
        over = 1.0 / n
        for j in range(max(0, POWERS + r - n), POWERS + r + 1):
            for side in range(sides - 1, -1, -1):
                here, there = term[side, j], term[side, j + 1]
                own, left, sum_ = term[VALUE, j], term[VALUE, j + 1], whole[side, r, j]
                if j < POWERS:
                    for lane in range(lanes):
                        here[lane] = over * short * there[lane]
                        sum_[lane] += here[lane]
                elif j == POWERS:
                    to_own = short if side == BY_LOSS else 0.0
                    to_left = short if side == BY_TURNOVER else 0.0
                    for lane in range(lanes):
                        moved = y[lane] * there[lane] - x[lane] * here[lane]
                        here[lane] = over * (moved - to_own * own[lane] + to_left * left[lane])
                        sum_[lane] += here[lane]
                else:
                    to_both = short if side == BY_TURNOVER else 0.0
                    for lane in range(lanes):
                        moved = y[lane] * (there[lane] - here[lane])
                        here[lane] = over * (moved + to_both * (left[lane] - own[lane]))
                        sum_[lane] += here[lane]


@compiled
def _squared(whole, side, r, powers, sum_):
    """Square row r of the value, or the slope of that square, in place."""
    lanes = whole.shape[3]
    for j in range(POWERS + r + 1):
        for lane in range(lanes):
            sum_[lane] = 0.0
        for i in range(j, POWERS):
            factor, part = powers[i - j], whole[side, r, i]
            for lane in range(lanes):
                sum_[lane] += factor * part[lane]
        for m in range(max(0, j - POWERS), r + 1):
            left, right = whole[side, r, POWERS + m], whole[VALUE, m, j]
            for lane in range(lanes):
                sum_[lane] += left[lane] * right[lane]
            if side:
                left, right = whole[VALUE, r, POWERS + m], whole[side, m, j]
                for lane in range(lanes):
                    sum_[lane] += left[lane] * right[lane]
        for lane in range(lanes):
            whole[side, r, j, lane] = sum_[lane]
