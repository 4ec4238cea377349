"""Progenitors and mature cells that follow a clone: by exact exponentials, or cell by cell.

Behind a large clone P and M answer linearly to the inflow, a quadratic through three points of the step. All
of the answers are entries of one exponential, of the bidiagonal matrix of the chain (inflow'', inflow',
inflow, P, M_1 ... M_k); these are divided differences of exp (Opitz), which scaling and squaring gives
without the singularities that closed forms have where two rates meet.

Behind a small clone every progenitor is a cell with an exponential life, so P has its exact law. Mature cells
are too many to count: M is the filter of P, each progenitor giving from its birth to its death.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

import math

from remnant.dynamics.stochastic.rates import MATURING, OUTPUT, PROGENITOR_DEATH, inlined
from remnant.scale.philox import compiled, exponential, uniform

STAGES = 4  # at most
CHAIN = 4 + STAGES  # inflow with two derivatives, P, mature stages
KEY = CHAIN  # row of the answers that notes for which step and rates they hold
# Columns of what a small clone's progenitors come to at the end of a span: those alive; by stage, the mature
# cells that they made, in units of one progenitor; and those left from before, in healthy pools.
ALIVE, MADE, OLD = 0, 1, 1 + STAGES
YOUNG = 1 + 2 * STAGES
_TERMS = 14  # of Taylor's series at a norm of 1/2: the next is below 1e-15
_FORGOTTEN = 50.0  # lives or stages: exp(-50) is 2e-22, and four stages make it 1e-17 at most
TINY = 1e-30  # pools: below, none, lest arithmetic on subnormal numbers slow the rest


@compiled
def filter_step(c, followers, inflow, now, h, stages, answers, spare, fresh):
    """Step P and M behind clone c by `h` months: `followers` (3, 1 + stages) before, `fresh` after.

    Parameters
    ----------
    inflow : ndarray, shape (3, 3)
        At the start of the step, half-way and at its end.
    answers : ndarray, shape (3, 9, 8)
        Exponentials of the chain of each clone; computed anew where the step or a rate is another.
    spare : ndarray, shape (8, 8)
        Room to compute them.
    """
    loss, maturing = now[PROGENITOR_DEATH, c], now[MATURING, c]
    if answers[c, KEY, 0] != h or answers[c, KEY, 1] != loss or answers[c, KEY, 2] != maturing:
        _answer(c, loss * h, maturing * h, 4 + stages, answers, spare)
        answers[c, KEY, 0], answers[c, KEY, 1], answers[c, KEY, 2] = h, loss, maturing
    bend = 4.0 * h * (inflow[c, 0] - 2.0 * inflow[c, 1] + inflow[c, 2])
    rise = h * (4.0 * inflow[c, 1] - 3.0 * inflow[c, 0] - inflow[c, 2])
    level = h * inflow[c, 0]
    for i in range(3, 4 + stages):
        total = answers[c, i, 0] * bend + answers[c, i, 1] * rise + answers[c, i, 2] * level
        for j in range(3, i + 1):
            total += answers[c, i, j] * followers[c, j - 3]
        fresh[c, i - 3] = total if total > TINY else 0.0


@inlined
def _answer(c, loss, maturing, size, answers, spare):
    """Fill `answers[c]` with exp of the chain: decay 0, 0, 0, loss, maturing ..., feeds 1, 1, 1, maturing."""
    norm, part, doublings = max(1.0, loss, 2.0 * maturing), 1.0, 0
    while norm * part > 0.5:
        part, doublings = part / 2.0, doublings + 1
    for i in range(size):
        for j in range(size):
            answers[c, i, j] = 1.0 if i == j else 0.0
    for term in range(_TERMS, 0, -1):  # Horner: exp(B) = 1 + B (1 + B / 2 (1 + ...
        for i in range(size - 1, -1, -1):
            decay, fed = 0.0 if i < 3 else (loss if i == 3 else maturing), 1.0 if i < 4 else maturing
            for j in range(i + 1):
                above = fed * answers[c, i - 1, j] if i > 0 else 0.0
                start = 1.0 if i == j else 0.0
                answers[c, i, j] = start + part / term * (above - decay * answers[c, i, j])
    for _ in range(doublings):
        for i in range(size):
            for j in range(i + 1):
                spare[i, j] = answers[c, i, j]
        for i in range(size):
            for j in range(i + 1):
                total = 0.0
                for k in range(j, i + 1):
                    total += spare[i, k] * spare[k, j]
                answers[c, i, j] = total


@compiled
def release(c, count, left, now, stages, stream, young):
    """Let `count` progenitors of clone c live from now, and see what they come to in `left` months.

    One that lives from t to d has made, by T, tail_j(T - d) - tail_j(T - t) mature cells of stage j, in units
    of itself; tail_j(x) is the chance that j stages take longer than x. Where nothing of them will be left,
    with a chance of failure below 1e-16, no life is drawn.
    """
    loss, maturing = now[PROGENITOR_DEATH, c], now[MATURING, c]
    if min(loss, maturing) * left > _FORGOTTEN:
        return
    alive = 0
    for _ in range(count):
        lived = exponential(stream) / loss
        if lived >= left:
            alive += 1
        elif maturing * (left - lived) < _FORGOTTEN:
            _add_tails(c, maturing * (left - lived), 1.0, stages, young)
    _add_tails(c, 0.0, float(alive), stages, young)
    _add_tails(c, maturing * left, -float(count), stages, young)
    young[c, ALIVE] += alive


@inlined
def _add_tails(c, x, weight, stages, young):
    """Add weight times the chance that fewer than j + 1 Poisson events come, at mean x, for each stage j."""
    term, tail = weight * math.exp(-x), 0.0
    for j in range(stages):
        tail += term
        young[c, MADE + j] += tail
        term *= x / (j + 1)


@compiled
def take_up(c, followers, left, now, pool, stages, stream, young):
    """Count the progenitors of a small clone; see what they and its mature cells come to in `left` months."""
    for j in range(young.shape[1]):
        young[c, j] = 0.0
    if followers[c, 0] + followers[c, stages] == 0.0:
        return
    x = now[MATURING, c] * left
    for j in range(stages):
        term = math.exp(-x)
        for i in range(j, -1, -1):
            young[c, OLD + j] += followers[c, 1 + i] * term
            term *= x / (j - i + 1)
    count = whole(followers[c, 0] * pool / now[OUTPUT, c], stream)
    release(c, int(count), left, now, stages, stream, young)


@inlined
def put_down(c, followers, now, pool, stages, young):
    """Note the followers of a small clone at the end of a span, in healthy pools."""
    cell = now[OUTPUT, c] / pool
    followers[c, 0] = young[c, ALIVE] * cell
    for j in range(stages):
        total = young[c, OLD + j] + cell * young[c, MADE + j]
        followers[c, 1 + j] = total if total > TINY else 0.0


@compiled
def whole(value, stream):
    """Round to a whole number, up with the chance that keeps the mean; what is whole draws nothing."""
    near = math.floor(value + 0.5)
    if abs(value - near) <= 1e-9 * max(1.0, value):
        return near
    low = math.floor(value)
    return low + (1.0 if uniform(stream) < value - low else 0.0)
