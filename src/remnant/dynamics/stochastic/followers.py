"""Progenitors and mature cells that follow a clone: by exact exponentials, or cell by cell.

Behind a large clone P and M answer linearly to the inflow, a quadratic through three points of the step. All of
the answers are entries of one exponential, of the bidiagonal matrix of the chain (inflow'', inflow', inflow, P,
M_1 ... M_k); these are divided differences of exp (Opitz), which scaling and squaring gives without the
singularities that closed forms have where two rates meet.

Behind a small clone every progenitor is a cell with an exponential life, so P has its exact law. Mature cells are
too many to count: M is the filter of P, each progenitor giving from its birth to its death.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

import math

from remnant.dynamics.stochastic.rates import inlined
from remnant.scale.philox import compiled, exponential, uniform

CHAIN = 8  # inflow with two derivatives, P, and at most four mature stages
_TERMS = 14  # of Taylor's series at a norm of 1/2: the next is below 1e-15
TINY = 1e-30  # pools: below, none, lest arithmetic on subnormal numbers slow the rest


@compiled
def chain_answers(loss, maturing, h, stages, out, room):
    """Fill `out` with exp of the chain's matrix over a step of `h` months; `room` is of its shape (8, 8)."""
    size = 4 + stages
    scale, halvings = max(1.0, loss * h, 2.0 * maturing * h), 1
    while scale > 0.5:
        scale, halvings = scale / 2.0, halvings + 1
    part = 0.5 ** (halvings - 1)
    out[:] = 0.0
    for i in range(size):
        out[i, i] = 1.0
    for term in range(_TERMS, 0, -1):  # Horner: out = 1 + B out / term
        for i in range(size - 1, -1, -1):
            decay = 0.0 if i < 3 else (loss if i == 3 else maturing) * h
            fed = 0.0 if i == 0 else (1.0 if i < 4 else maturing * h)
            for j in range(i + 1):
                above = out[i - 1, j] if i > 0 else 0.0
                out[i, j] = part / term * (fed * above - decay * out[i, j]) + (1.0 if i == j else 0.0)
    for _ in range(halvings - 1):
        for i in range(size):
            for j in range(i + 1):
                total = 0.0
                for k in range(j, i + 1):
                    total += out[i, k] * out[k, j]
                room[i, j] = total
        for i in range(size):
            for j in range(i + 1):
                out[i, j] = room[i, j]


@inlined
def filter_step(before, inflow, h, stages, answers, after):
    """Step P and M behind one clone: `before` and `after` (1 + stages,), `inflow` at three points (3,)."""
    bend = 4.0 * h * (inflow[0] - 2.0 * inflow[1] + inflow[2])
    rise = h * (4.0 * inflow[1] - 3.0 * inflow[0] - inflow[2])
    level = h * inflow[0]
    for i in range(3, 4 + stages):
        total = answers[i, 0] * bend + answers[i, 1] * rise + answers[i, 2] * level
        for j in range(3, i + 1):
            total += answers[i, j] * before[j - 3]
        after[i - 3] = total if total > TINY else 0.0


@inlined
def release(count, left, loss, maturing, stages, stream, grown):
    """Let some progenitors live from now for `left` months at most; return how many are alive then.

    Adds to `grown` (stages,) the mature cells that they have made by then, in units of one progenitor: of one
    that lived from t to d, tail_j(T - d) - tail_j(T - t), with tail_j(x) the chance that a cell needs longer than
    x for j stages.
    """
    alive = 0
    for _ in range(count):
        lived = exponential(stream) / loss
        if lived >= left:
            alive += 1
        else:
            _add_tails(maturing * (left - lived), 1.0, stages, grown)
    for j in range(stages):
        grown[j] += alive
    _add_tails(maturing * left, -count, stages, grown)
    return alive


@inlined
def _add_tails(x, weight, stages, grown):
    """Add weight times the chance that fewer than j + 1 Poisson events come, at mean x, for each stage j."""
    term = weight * math.exp(-x)
    tail = 0.0
    for j in range(stages):
        tail += term
        grown[j] += tail
        term *= x / (j + 1)


@inlined
def mature_alone(before, maturing, left, stages, out):
    """Fill `out` (stages,) with what is left of mature stages `before` after `left` months, fed by nothing."""
    x = maturing * left
    for j in range(stages):
        total, term = 0.0, math.exp(-x)
        for i in range(j, -1, -1):
            total += before[i] * term
            term *= x / (j - i + 1)
        out[j] = total


@inlined
def whole(value, stream):
    """Round to a whole number, up with the chance that keeps the mean; what is whole already draws nothing."""
    near = math.floor(value + 0.5)
    if abs(value - near) <= 1e-9 * max(1.0, value):
        return near
    low = math.floor(value)
    return low + (1.0 if uniform(stream) < value - low else 0.0)
