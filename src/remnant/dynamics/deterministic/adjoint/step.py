"""One step of the stem cells: `cascade._stems` and `cascade._inflow`, clone by clone in a table of work."""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

import math

from remnant.dynamics.deterministic.adjoint.law import (
    BAND,
    DIVISION,
    FEEDBACK,
    INFLOW,
    KEPT,
    KILL,
    LEAD,
    LEAVE,
    MUTATION,
    REST,
    WAKE,
    compiled,
    inlined,
)
from remnant.dynamics.deterministic.adjoint.renewal import averages
from remnant.dynamics.deterministic.adjoint.work import (
    A_END,
    A_HALF,
    A_MIDDLE,
    AA,
    AMID,
    AQ,
    CYCLING,
    END,
    EVEN,
    FIRST,
    FLOW,
    GAP,
    LAST,
    LEAN,
    LOWER,
    MEAN,
    MIDDLE,
    MOMENT,
    ODD,
    PATH,
    Q_END,
    Q_HALF,
    QA,
    QQ,
    RENEWED,
    RESTING,
    SQUARE,
    START,
    SUM,
    TRIED,
    TURNING,
    UPPER,
    A,
    Q,
)
from remnant.dynamics.model.parameters import RESISTANT

STEEPEST = 0.9  # of LEAN
NEAR = 1e-4  # squared gap of the eigenvalues below which cosh and sinh are series
TINY = 1e-300


@inlined
def growth(p, law, k, c):
    """Rate at which active cells grow, less those that rest, die or turn resistant."""
    births = (2 * p - 1 - law[k, MUTATION, c] * p) * law[k, DIVISION, c]
    return births - law[k, KILL, c] - law[k, REST, c]


@inlined
def renewal(load, law, k, c):
    """Chance that a division self-renews; its cap at 1 is kept as it stands."""
    return law[k, KEPT, c] * min(1.0, law[k, LEAD, c] / (1 + law[k, FEEDBACK, c] * load))


@compiled
def look(law, k, base, w):
    """From Q and A: their load, self-renewal and slopes per month, and how self-renewal turns."""
    load, rise, mutants = 0.0, 0.0, 0.0
    for c in range(3):
        load += w[base + Q, c] + w[base + A, c]
    for c in range(3):
        q, a, p = w[base + Q, c], w[base + A, c], renewal(load, law, k, c)
        w[base + RENEWED, c] = p
        w[base + RESTING, c] = law[k, REST, c] * a - law[k, LEAVE, c] * q
        w[base + CYCLING, c] = law[k, WAKE, c] * q + growth(p, law, k, c) * a
        mutants += law[k, MUTATION, c] * p * law[k, DIVISION, c] * a
    w[base + CYCLING, RESISTANT] += mutants
    for c in range(3):
        rise += w[base + RESTING, c] + w[base + CYCLING, c]
    for c in range(3):
        under = 1 + law[k, FEEDBACK, c] * load
        free = law[k, LEAD, c] / under
        steep = -law[k, KEPT, c] * free * law[k, FEEDBACK, c] * rise / under
        w[base + TURNING, c] = steep * min(1.0, (1 - free) / BAND) if free < 1 else 0.0
    w[base + SUM, 0], w[base + SUM, 1] = load, rise


@inlined
def _predicted(h, law, k, w):
    """Set the path of the first pass: the Taylor series of the load at the start."""
    turn = 0.0
    for c in range(3):
        wake, leave, division = law[k, WAKE, c], law[k, LEAVE, c], law[k, DIVISION, c]
        turn += (wake - leave) * w[RESTING, c] + 2 * division * w[TURNING, c] * w[A, c]
        turn += ((2 * w[RENEWED, c] - 1) * division - law[k, KILL, c]) * w[CYCLING, c]
    w[FIRST + PATH, 0], w[FIRST + PATH, 1] = w[SUM, 0], h * w[SUM, 1]
    w[FIRST + PATH, 2], w[FIRST + PATH, 3] = h * h * turn / 2, 0.0


@inlined
def _corrected(h, w):
    """Set the path of the last pass: the cubic through both ends and their slopes."""
    start, first = w[SUM, 0], h * w[SUM, 1]
    jump, last = w[TRIED + SUM, 0] - start, h * w[TRIED + SUM, 1]
    w[LAST + PATH, 0], w[LAST + PATH, 1] = start, first
    w[LAST + PATH, 2], w[LAST + PATH, 3] = 3 * jump - 2 * first - last, first + last - 2 * jump


@inlined
def _exponential(top, bottom, base, c, w):
    """Set exp [[top, upper], [lower, bottom]] and its parts."""
    mean, gap = (top + bottom) / 2, (top - bottom) / 2
    square = gap * gap + w[base + UPPER, c] * w[base + LOWER, c]
    if square < NEAR:
        level = math.exp(mean)
        even = level * (1 + square / 2 * (1 + square / 12))
        odd = level * (1 + square / 6 * (1 + square / 20))
    else:
        root = math.sqrt(square)
        grown, shrunk = math.exp(mean + root), math.exp(mean - root)
        even, odd = (grown + shrunk) / 2, (grown - shrunk) / (2 * root)
    w[base + EVEN, c], w[base + ODD, c], w[base + GAP, c], w[base + SQUARE, c] = even, odd, gap, square
    w[base + QQ, c], w[base + QA, c] = even + odd * gap, odd * w[base + UPPER, c]
    w[base + AQ, c], w[base + AA, c] = odd * w[base + LOWER, c], even - odd * gap


@compiled
def carry(h, law, k, base, after, w):
    """Take the stems at START along the path of the pass `base`, to Q and A of the look `after`."""
    half = h / 2
    early, amid, late = 0.0, 0.0, 0.0
    c0, c1, c2, c3 = w[base + PATH, 0], w[base + PATH, 1], w[base + PATH, 2], w[base + PATH, 3]
    for c in range(3):
        mean, moment = averages(c0, c1, c2, c3, law[k, LEAD, c], law[k, FEEDBACK, c])
        mean *= law[k, KEPT, c]
        moment *= law[k, KEPT, c]
        lean = h * (2 - law[k, MUTATION, c]) * law[k, DIVISION, c] * moment
        lean = min(max(lean, -STEEPEST), STEEPEST)
        w[base + MEAN, c], w[base + MOMENT, c], w[base + LEAN, c] = mean, moment, lean
        w[base + UPPER, c] = half * law[k, REST, c] * (1 - lean)
        w[base + LOWER, c] = half * law[k, WAKE, c] * (1 + lean)
        _exponential(-half * law[k, LEAVE, c], half * growth(mean, law, k, c), base, c, w)
        q, a = w[Q, c], w[A, c]
        qq, qa, aq, aa = w[base + QQ, c], w[base + QA, c], w[base + AQ, c], w[base + AA, c]
        q_half, a_half = qq * q + qa * a, aq * q + aa * a
        a_end = aq * q_half + aa * a_half
        w[base + Q_HALF, c], w[base + A_HALF, c] = q_half, a_half
        w[base + Q_END, c], w[base + A_END, c] = qq * q_half + qa * a_half, a_end
        w[base + A_MIDDLE, c] = a_half
        # Mutants enter all along the step: Simpson's rule.
        rate = h / 6 * law[k, MUTATION, c] * law[k, DIVISION, c]
        early += rate * (mean - 6 * moment) * a
        amid += rate * 4 * mean * a_half
        late += rate * (mean + 6 * moment) * a_end
    for c in range(3):
        w[after + Q, c], w[after + A, c] = w[base + Q_END, c], w[base + A_END, c]
    r = RESISTANT
    qq, qa, aq, aa = w[base + QQ, r], w[base + QA, r], w[base + AQ, r], w[base + AA, r]
    resting, active = qa * early, aa * early + amid
    w[after + Q, r] += qq * resting + qa * active
    w[after + A, r] += aq * resting + aa * active + late
    w[base + A_MIDDLE, r] += 1.5 * aa * early + 0.375 * amid  # trapezium


@inlined
def _flow(h, law, k, w):
    """Set the inflow of progenitors: the quartic through ends, their slopes, and the middle."""
    load = (w[SUM, 0] + w[END + SUM, 0]) / 2 + h / 8 * (w[SUM, 1] - w[END + SUM, 1])
    for c in range(3):
        strength = (2 - law[k, MUTATION, c]) * law[k, DIVISION, c]
        mean, moment = w[LAST + MEAN, c], w[LAST + MOMENT, c]
        missed = (w[RENEWED, c] - mean) * w[A, c] - (w[END + RENEWED, c] - mean) * w[END + A, c]
        missed -= law[k, WAKE, c] * h * moment * (w[Q, c] - w[END + Q, c])
        w[MIDDLE, c] = w[LAST + A_MIDDLE, c] + h / 8 * strength * missed
        w[AMID, c] = renewal(load, law, k, c)
        inflow = law[k, INFLOW, c]
        v0, d0 = _sent(h, inflow, START, c, w)
        v1, d1 = _sent(h, inflow, END, c, w)
        rise, turn = v1 - v0 - d0, d1 - d0
        bend = inflow * (1 - w[AMID, c]) * w[MIDDLE, c] - v0 - d0 / 2
        fourth = 16 * bend - 8 * rise + 2 * turn
        third = turn - 2 * rise - 2 * fourth
        w[FLOW, c], w[FLOW + 1, c] = 24 * fourth, 6 * third
        w[FLOW + 2, c], w[FLOW + 3, c], w[FLOW + 4, c] = 2 * (3 * rise - turn + fourth), d0, v0


@inlined
def _sent(h, inflow, base, c, w):
    """Progenitors that the stems of a look send, and how that changes over a step."""
    leaving, a = 1 - w[base + RENEWED, c], w[base + A, c]
    return inflow * leaving * a, h * inflow * (leaving * w[base + CYCLING, c] - w[base + TURNING, c] * a)


@compiled
def advance(h, law, k, order, w):
    """Fill the table from Q and A at START."""
    look(law, k, START, w)
    _predicted(h, law, k, w)
    if order == 4:
        carry(h, law, k, FIRST, TRIED, w)
        look(law, k, TRIED, w)
        _corrected(h, w)
    else:
        for i in range(4):
            w[LAST + PATH, i] = w[FIRST + PATH, i]
    carry(h, law, k, LAST, END, w)
    look(law, k, END, w)
    _flow(h, law, k, w)


@compiled
def correction(order, w):
    """How far the last correction moved the answer, relative to each clone's stem cells."""
    expected = 0.0
    for i in range(4):
        expected += w[LAST + PATH, i]
    worst = 0.0
    for c in range(3):
        q, a = w[END + Q, c], w[END + A, c]
        if order == 4:
            gap = abs(q - w[TRIED + Q, c]) + abs(a - w[TRIED + A, c])
        else:
            gap = abs(a - a * expected / w[END + SUM, 0])
        worst = max(worst, gap / max(q + a, TINY))
    return worst
