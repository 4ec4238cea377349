"""One step backwards: what a change of its answers is worth by the stems where it began and by its law.

`b` holds the cotangents of the table `w` that `advance` filled, `push` those of the law. Each function undoes
the one of its name in `step`: it reads the cotangents of what that wrote and adds to those of what it read.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

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
from remnant.dynamics.deterministic.adjoint.renewal import averages_back
from remnant.dynamics.deterministic.adjoint.step import NEAR, STEEPEST, growth
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


@inlined
def _growth_back(p, law, k, c, pull, push):
    """Return what `pull` on the growth is worth by p."""
    mu, division = law[k, MUTATION, c], law[k, DIVISION, c]
    push[k, MUTATION, c] -= pull * p * division
    push[k, DIVISION, c] += pull * (2 * p - 1 - mu * p)
    push[k, KILL, c] -= pull
    push[k, REST, c] -= pull
    return pull * (2 - mu) * division


@inlined
def _renewal_back(load, law, k, c, pull, push):
    """Return what `pull` on the self-renewal is worth by the load."""
    under = 1 / (1 + law[k, FEEDBACK, c] * load)
    free = law[k, LEAD, c] * under
    if not free < 1:
        push[k, KEPT, c] += pull
        return 0.0
    push[k, KEPT, c] += pull * free
    by_lead = pull * law[k, KEPT, c] * under
    by_under = -by_lead * free
    push[k, LEAD, c] += by_lead
    push[k, FEEDBACK, c] += by_under * load
    return by_under * law[k, FEEDBACK, c]


@inlined
def _turning_back(load, rise, law, k, c, pull, push):
    """Return what `pull` on the turn of self-renewal is worth by the load and its rise."""
    feedback, kept = law[k, FEEDBACK, c], law[k, KEPT, c]
    under = 1 / (1 + feedback * load)
    free = law[k, LEAD, c] * under
    if not free < 1:
        return 0.0, 0.0
    ramp = 0.0
    if free > 1 - BAND:
        ramp = pull * kept * free * feedback * rise * under / BAND
        pull *= (1 - free) / BAND
    steep = -pull * free * under
    push[k, KEPT, c] += steep * feedback * rise
    push[k, LEAD, c] -= pull * kept * under * under * feedback * rise
    by_rise = steep * kept * feedback
    by_under = -2 * by_rise * rise * under - ramp * free * under
    push[k, LEAD, c] += ramp * under
    push[k, FEEDBACK, c] += steep * kept * rise + by_under * load
    return by_under * feedback, by_rise


@compiled
def look_back(law, k, base, w, b, push):
    """Undo `look`."""
    load, rise = w[base + SUM, 0], w[base + SUM, 1]
    by_load, by_rise = b[base + SUM, 0], b[base + SUM, 1]
    for c in range(3):
        if b[base + TURNING, c] != 0.0:
            more, higher = _turning_back(load, rise, law, k, c, b[base + TURNING, c], push)
            by_load += more
            by_rise += higher
    to_mutants = b[base + CYCLING, RESISTANT] + by_rise
    for c in range(3):
        q, a, p = w[base + Q, c], w[base + A, c], w[base + RENEWED, c]
        mu, division = law[k, MUTATION, c], law[k, DIVISION, c]
        resting, cycling = b[base + RESTING, c] + by_rise, b[base + CYCLING, c] + by_rise
        push[k, REST, c] += resting * a
        push[k, LEAVE, c] -= resting * q
        push[k, WAKE, c] += cycling * q
        push[k, MUTATION, c] += to_mutants * p * division * a
        push[k, DIVISION, c] += to_mutants * mu * p * a
        to_p = b[base + RENEWED, c] + to_mutants * mu * division * a
        to_p += _growth_back(p, law, k, c, cycling * a, push)
        by_load += _renewal_back(load, law, k, c, to_p, push)
        b[base + Q, c] += cycling * law[k, WAKE, c] - resting * law[k, LEAVE, c]
        b[base + A, c] += (
            resting * law[k, REST, c] + cycling * growth(p, law, k, c) + to_mutants * mu * p * division
        )
    for c in range(3):
        b[base + Q, c] += by_load
        b[base + A, c] += by_load


@inlined
def _predicted_back(h, law, k, w, b, push):
    """Undo `_predicted`."""
    b[SUM, 0] += b[FIRST + PATH, 0]
    b[SUM, 1] += h * b[FIRST + PATH, 1]
    pull = h * h / 2 * b[FIRST + PATH, 2]
    for c in range(3):
        division, p = law[k, DIVISION, c], w[RENEWED, c]
        push[k, WAKE, c] += pull * w[RESTING, c]
        push[k, LEAVE, c] -= pull * w[RESTING, c]
        push[k, KILL, c] -= pull * w[CYCLING, c]
        push[k, DIVISION, c] += pull * ((2 * p - 1) * w[CYCLING, c] + 2 * w[TURNING, c] * w[A, c])
        b[RESTING, c] += pull * (law[k, WAKE, c] - law[k, LEAVE, c])
        b[CYCLING, c] += pull * ((2 * p - 1) * division - law[k, KILL, c])
        b[RENEWED, c] += pull * 2 * division * w[CYCLING, c]
        b[TURNING, c] += pull * 2 * division * w[A, c]
        b[A, c] += pull * 2 * division * w[TURNING, c]


@inlined
def _corrected_back(h, b):
    """Undo `_corrected`."""
    value, slope, square, cube = (
        b[LAST + PATH, 0],
        b[LAST + PATH, 1],
        b[LAST + PATH, 2],
        b[LAST + PATH, 3],
    )
    to_jump = 3 * square - 2 * cube
    b[SUM, 0] += value - to_jump
    b[SUM, 1] += h * (slope - 2 * square + cube)
    b[TRIED + SUM, 0] += to_jump
    b[TRIED + SUM, 1] += h * (cube - square)


@inlined
def _exponential_back(base, c, w, b):
    """Return what the cotangents of an exponential are worth by top and bottom; by the others in `b`."""
    even, odd, gap, square = w[base + EVEN, c], w[base + ODD, c], w[base + GAP, c], w[base + SQUARE, c]
    upper, lower = w[base + UPPER, c], w[base + LOWER, c]
    to_even, apart = b[base + QQ, c] + b[base + AA, c], b[base + QQ, c] - b[base + AA, c]
    to_odd = apart * gap + b[base + QA, c] * upper + b[base + AQ, c] * lower
    if square < NEAR:
        level = even / (1 + square / 2 * (1 + square / 12))
        even_turns, odd_turns = level * (0.5 + square / 12), level * (1 / 6 + square / 60)
    else:
        even_turns, odd_turns = odd / 2, (even - odd) / (2 * square)
    to_mean = to_even * even + to_odd * odd
    to_square = to_even * even_turns + to_odd * odd_turns
    to_gap = apart * odd + 2 * gap * to_square
    b[base + UPPER, c] = b[base + QA, c] * odd + to_square * lower
    b[base + LOWER, c] = b[base + AQ, c] * odd + to_square * upper
    return (to_mean + to_gap) / 2, (to_mean - to_gap) / 2


@compiled
def carry_back(h, law, k, base, after, w, b, push):
    """Undo `carry`."""
    half, r = h / 2, RESISTANT
    early, amid = _mutants(h, law, k, base, w)
    for c in range(3):
        b[base + Q_END, c], b[base + A_END, c] = b[after + Q, c], b[after + A, c]
        b[base + A_HALF, c] = b[base + A_MIDDLE, c]
        b[base + QQ, c], b[base + QA, c], b[base + AQ, c], b[base + AA, c] = 0.0, 0.0, 0.0, 0.0
    to_q, to_a, to_middle = b[after + Q, r], b[after + A, r], b[base + A_MIDDLE, r]
    qq, qa, aq, aa = w[base + QQ, r], w[base + QA, r], w[base + AQ, r], w[base + AA, r]
    resting, active = qa * early, aa * early + amid
    to_resting, to_active = to_q * qq + to_a * aq, to_q * qa + to_a * aa
    b[base + QQ, r] += to_q * resting
    b[base + QA, r] += to_q * active + to_resting * early
    b[base + AQ, r] += to_a * resting
    b[base + AA, r] += to_a * active + to_active * early + 1.5 * to_middle * early
    to_early = to_resting * qa + to_active * aa + 1.5 * to_middle * aa
    to_amid, to_late = to_active + 0.375 * to_middle, to_a
    by0, by1, by2, by3 = 0.0, 0.0, 0.0, 0.0
    for c in range(3):
        q, a, q_half, a_half = w[Q, c], w[A, c], w[base + Q_HALF, c], w[base + A_HALF, c]
        a_end, mean, moment = w[base + A_END, c], w[base + MEAN, c], w[base + MOMENT, c]
        mu, division, kept = law[k, MUTATION, c], law[k, DIVISION, c], law[k, KEPT, c]
        # The mutants that the clone sends.
        rate = h / 6 * mu * division
        first, last = mean - 6 * moment, mean + 6 * moment
        to_rate = h / 6 * (to_early * first * a + to_amid * 4 * mean * a_half + to_late * last * a_end)
        to_a0 = rate * to_early * first
        to_half = b[base + A_HALF, c] + rate * to_amid * 4 * mean
        to_a_end = b[base + A_END, c] + rate * to_late * last
        to_mean = b[base + MEAN, c] + rate * (to_early * a + 4 * to_amid * a_half + to_late * a_end)
        to_moment = b[base + MOMENT, c] + 6 * rate * (to_late * a_end - to_early * a)
        push[k, MUTATION, c] += to_rate * division
        push[k, DIVISION, c] += to_rate * mu
        # Two halves of the step.
        qq, qa, aq, aa = w[base + QQ, c], w[base + QA, c], w[base + AQ, c], w[base + AA, c]
        to_q_end = b[base + Q_END, c]
        to_q_half = to_q_end * qq + to_a_end * aq
        to_half += to_q_end * qa + to_a_end * aa
        b[base + QQ, c] += to_q_end * q_half + to_q_half * q
        b[base + QA, c] += to_q_end * a_half + to_q_half * a
        b[base + AQ, c] += to_a_end * q_half + to_half * q
        b[base + AA, c] += to_a_end * a_half + to_half * a
        b[Q, c] += to_q_half * qq + to_half * aq
        b[A, c] += to_q_half * qa + to_half * aa + to_a0
        # What the exponential was made of.
        top, bottom = _exponential_back(base, c, w, b)
        lean, upper, lower = w[base + LEAN, c], b[base + UPPER, c], b[base + LOWER, c]
        push[k, LEAVE, c] -= half * top
        push[k, REST, c] += half * (1 - lean) * upper
        push[k, WAKE, c] += half * (1 + lean) * lower
        to_mean += _growth_back(mean, law, k, c, half * bottom, push)
        if abs(lean) < STEEPEST:
            to_lean = h * half * (law[k, WAKE, c] * lower - law[k, REST, c] * upper)
            to_moment += to_lean * (2 - mu) * division
            push[k, MUTATION, c] -= to_lean * division * moment
            push[k, DIVISION, c] += to_lean * (2 - mu) * moment
        if kept > 0:
            push[k, KEPT, c] += (to_mean * mean + to_moment * moment) / kept
        g0, g1, g2, g3, lead, feedback = averages_back(
            w[base + PATH, 0],
            w[base + PATH, 1],
            w[base + PATH, 2],
            w[base + PATH, 3],
            law[k, LEAD, c],
            law[k, FEEDBACK, c],
            kept * to_mean,
            kept * to_moment,
        )
        push[k, LEAD, c] += lead
        push[k, FEEDBACK, c] += feedback
        by0 += g0
        by1 += g1
        by2 += g2
        by3 += g3
    b[base + PATH, 0], b[base + PATH, 1], b[base + PATH, 2], b[base + PATH, 3] = by0, by1, by2, by3


@inlined
def _mutants(h, law, k, base, w):
    """Mutants that enter at the start and in the middle of the step."""
    early, amid = 0.0, 0.0
    for c in range(3):
        rate = h / 6 * law[k, MUTATION, c] * law[k, DIVISION, c]
        early += rate * (w[base + MEAN, c] - 6 * w[base + MOMENT, c]) * w[A, c]
        amid += rate * 4 * w[base + MEAN, c] * w[base + A_HALF, c]
    return early, amid


@inlined
def _sent_back(h, inflow, base, c, to_value, to_change, w, b):
    """Undo `_sent`; return what it is worth by the rate of inflow."""
    leaving, a = 1 - w[base + RENEWED, c], w[base + A, c]
    cycling, turning = w[base + CYCLING, c], w[base + TURNING, c]
    value, change = inflow * to_value, h * inflow * to_change
    b[base + RENEWED, c] -= value * a + change * cycling
    b[base + CYCLING, c] += change * leaving
    b[base + TURNING, c] -= change * a
    b[base + A, c] += value * leaving - change * turning
    return to_value * leaving * a + h * to_change * (leaving * cycling - turning * a)


@inlined
def _flow_back(h, law, k, w, b, push):
    """Undo `_flow`."""
    load = (w[SUM, 0] + w[END + SUM, 0]) / 2 + h / 8 * (w[SUM, 1] - w[END + SUM, 1])
    to_load = 0.0
    for c in range(3):
        second = 2 * b[FLOW + 2, c]
        fourth = 24 * b[FLOW, c] + second
        third = 6 * b[FLOW + 1, c]
        fourth -= 2 * third
        to_rise, to_turn = 3 * second - 2 * third - 8 * fourth, third - second + 2 * fourth
        to_bend = 16 * fourth
        v0, d0 = b[FLOW + 4, c] - to_bend - to_rise, b[FLOW + 3, c] - to_bend / 2 - to_rise - to_turn
        inflow, middle, amid = law[k, INFLOW, c], w[MIDDLE, c], w[AMID, c]
        push[k, INFLOW, c] += (
            to_bend * (1 - amid) * middle
            + _sent_back(h, inflow, START, c, v0, d0, w, b)
            + _sent_back(h, inflow, END, c, to_rise, to_turn, w, b)
        )
        to_load += _renewal_back(load, law, k, c, -to_bend * inflow * middle, push)
        to_middle = to_bend * inflow * (1 - amid)
        b[LAST + A_MIDDLE, c] = to_middle
        # The middle of the cycling cells.
        mu, division, wake = law[k, MUTATION, c], law[k, DIVISION, c], law[k, WAKE, c]
        mean, moment, moved = w[LAST + MEAN, c], w[LAST + MOMENT, c], w[Q, c] - w[END + Q, c]
        start, end = w[RENEWED, c] - mean, w[END + RENEWED, c] - mean
        missed = start * w[A, c] - end * w[END + A, c] - wake * h * moment * moved
        to_strength = h / 8 * to_middle * missed
        push[k, MUTATION, c] -= to_strength * division
        push[k, DIVISION, c] += to_strength * (2 - mu)
        pull = h / 8 * to_middle * (2 - mu) * division
        push[k, WAKE, c] -= pull * h * moment * moved
        b[RENEWED, c] += pull * w[A, c]
        b[A, c] += pull * start
        b[END + RENEWED, c] -= pull * w[END + A, c]
        b[END + A, c] -= pull * end
        b[LAST + MEAN, c] = pull * (w[END + A, c] - w[A, c])
        b[LAST + MOMENT, c] = -pull * wake * h * moved
        b[Q, c] -= pull * wake * h * moment
        b[END + Q, c] += pull * wake * h * moment
    b[SUM, 0] += to_load / 2
    b[END + SUM, 0] += to_load / 2
    b[SUM, 1] += h / 8 * to_load
    b[END + SUM, 1] -= h / 8 * to_load


@compiled
def advance_back(h, law, k, order, w, b, push):
    """Undo `advance`: from the cotangents of FLOW and of Q and A at END to those of Q and A at START.

    All others of `b` must be zero; those of the passes are set here before they are read.
    """
    _flow_back(h, law, k, w, b, push)
    look_back(law, k, END, w, b, push)
    carry_back(h, law, k, LAST, END, w, b, push)
    if order == 4:
        _corrected_back(h, b)
        look_back(law, k, TRIED, w, b, push)
        for c in range(3):
            b[FIRST + MEAN, c], b[FIRST + MOMENT, c], b[FIRST + A_MIDDLE, c] = 0.0, 0.0, 0.0
        carry_back(h, law, k, FIRST, TRIED, w, b, push)
    else:
        for i in range(4):
            b[FIRST + PATH, i] = b[LAST + PATH, i]
    _predicted_back(h, law, k, w, b, push)
    look_back(law, k, START, w, b, push)
