"""One patient through a calendar: the large clones by equations, the small ones cell by cell.

A clone of fewer than `threshold` cells is small; it counts as large again from twice as many (hysteresis). In
between, whole numbers say that it was small. A clone that falls below the threshold is rounded at the end of that
step, up or down with the chances that keep its mean.

A segment of constant dose is cut into spans, in which no small clone is expected to become large; a span into
steps of at most an eighth of a month, each stable, while any clone is large.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from remnant.dynamics.model.parameters import MALIGNANT, NORMAL, RESISTANT
from remnant.dynamics.stochastic.equations import growth, load_at, mutants, step
from remnant.dynamics.stochastic.events import run_events
from remnant.dynamics.stochastic.followers import (
    CHAIN,
    TINY,
    chain_answers,
    filter_step,
    mature_alone,
    release,
    whole,
)
from remnant.dynamics.stochastic.rates import (
    DIVIDING,
    MATURING,
    OUTPUT,
    PROGENITOR_DEATH,
    ROWS,
    at_dose,
    fastest,
    inlined,
    signal,
)
from remnant.scale.philox import READ, STREAM_WORDS, compiled, exponential, open_stream

LONGEST_STEP = 0.125  # months, as in the deterministic solver
LONGEST_SPAN = 1.0
PASSES = 3  # over a step whose signal is the mature cells at its end
HYBRID, EXACT, EQUATIONS = range(3)
STEM_EVENTS = np.uint64(1)  # purpose of the stream


class Room(NamedTuple):
    """Arrays that the steps of a patient write to."""

    now: Any  # (ROWS, 3): rates at the dose
    large: Any  # (3,)
    slopes: Any  # (4, 3, 2)
    after: Any  # (3, 2): stems at the end of a step
    inflow: Any  # (3, 3)
    fresh: Any  # (3, 1 + stages): followers at the end of a step
    small: Any  # (2,): cells of the small clones, and their growth
    blood: Any  # (4,): mature cells and their slope, at both ends of a step
    load: Any  # (3,)
    pending: Any  # (2,): what is left of the exponentials until the next event and the next founder
    alive: Any  # (3,): progenitors of the small clones at the end of a span
    grown: Any  # (3, stages)
    rest: Any  # (3, stages)
    answers: Any  # (3, 8, 8)
    keys: Any  # (3, 3): rates and step of these answers
    spare: Any  # (8, 8)


@inlined
def _room(stages):
    """Make room for one patient after another."""
    return Room(
        np.zeros((ROWS, 3)),
        np.zeros(3, np.bool_),
        np.zeros((4, 3, 2)),
        np.zeros((3, 2)),
        np.zeros((3, 3)),
        np.zeros((3, 1 + stages)),
        np.zeros(2),
        np.zeros(4),
        np.zeros(3),
        np.zeros(2),
        np.zeros(3),
        np.zeros((3, stages)),
        np.zeros((3, stages)),
        np.zeros((3, CHAIN, CHAIN)),
        np.full((3, 3), -1.0),
        np.zeros((CHAIN, CHAIN)),
    )


@compiled
def follow_patients(state, model, calendar, streams, threshold, method, mature, independent):
    """Follow every patient of a block; the arrays of `state` are changed.

    Parameters
    ----------
    state : tuple
        Stems (n, 3, 2) in cells, followers (n, 3, 1 + stages) in pools, words read (n,).
    model : tuple
        Rates (n, 9, 3), effects (n, drugs, 5, 3), stem cells of the healthy pool (n,).
    calendar : tuple
        Months of each segment (segments,), doses (1 or n, segments, drugs).
    streams : tuple
        Seed key, patients (n,), draw.
    """
    stems, followers, read = state
    rates, effects, pools = model
    months, doses = calendar
    stream = np.empty(STREAM_WORDS, np.uint64)
    room = _room(followers.shape[2] - 1)
    for n in range(stems.shape[0]):
        open_stream(stream, streams[0], streams[1][n], streams[2], STEM_EVENTS, read[n])
        own = doses[n if doses.shape[0] > 1 else 0]
        for s in range(months.shape[0]):
            at_dose(rates[n], effects[n], own[s], followers.shape[2] - 1, room.now)
            _judge(stems[n], threshold, method, room.large)
            for c in range(3):
                if not room.large[c]:
                    stems[n, c, 0], stems[n, c, 1] = (
                        whole(stems[n, c, 0], stream),
                        whole(stems[n, c, 1], stream),
                    )
            room.pending[:] = -1.0
            if mature:
                _follow_blood(
                    stems[n], followers[n], room, months[s], pools[n], threshold, method, independent, stream
                )
            else:
                _follow_niche(
                    stems[n], followers[n], room, months[s], pools[n], threshold, method, independent, stream
                )
        read[n] = stream[READ]


@inlined
def _judge(stems, threshold, method, large):
    """Say which clones follow the equations."""
    for c in range(3):
        total = stems[c, 0] + stems[c, 1]
        fraction = stems[c, 0] != math.floor(stems[c, 0]) or stems[c, 1] != math.floor(stems[c, 1])
        large[c] = total >= 2.0 * threshold or (total >= threshold and fraction)
        if method != HYBRID or c == NORMAL:
            large[c] = method == EQUATIONS or (method == HYBRID and c == NORMAL)


@inlined
def _follow_niche(stems, followers, room, length, pool, threshold, method, independent, stream):
    """Follow a segment of `length` months in spans, when self-renewal listens to the niche."""
    longest, t = min(LONGEST_STEP, 1.0 / fastest(room.now)), 0.0
    while t < length:
        span = _reach(stems, room.large, room.now, threshold, method)
        last = t + span >= length * (1.0 - 1e-12)
        if last:
            span = length - t
        steps = int(math.ceil(span / longest - 1e-9)) if _any_large(stems, room.large) else 1
        _follow_span(stems, followers, room, span, steps, pool, threshold, method, False, independent, stream)
        t = length if last else t + span


@inlined
def _follow_blood(stems, followers, room, length, pool, threshold, method, independent, stream):
    """Follow a segment when self-renewal listens to mature cells: each step is a span, for it needs them all."""
    longest = min(LONGEST_STEP, 1.0 / fastest(room.now))
    steps = int(math.ceil(length / longest - 1e-9))
    for _ in range(steps):
        _follow_span(
            stems, followers, room, length / steps, 1, pool, threshold, method, True, independent, stream
        )


@inlined
def _any_large(stems, large):
    """Say whether a clone that follows the equations has cells."""
    found = False
    for c in range(3):
        found |= large[c] and stems[c, 0] + stems[c, 1] > 0.0
    return found


@inlined
def _reach(stems, large, now, threshold, method):
    """Return months in which no small clone is expected to get more than half-way, on a logarithm, to large."""
    if method != HYBRID:
        return np.inf
    most, dividing = 0.0, 0.0
    for c in range(3):
        if c != NORMAL:
            if large[c]:
                return LONGEST_SPAN
            most = max(most, stems[c, 0] + stems[c, 1])
            dividing = max(dividing, now[DIVIDING, c])
    if most == 0.0:
        return np.inf
    return max(LONGEST_SPAN, 0.5 * math.log(2.0 * threshold / most) / dividing)


@compiled
def _follow_span(stems, followers, room, span, steps, pool, threshold, method, mature, independent, stream):
    """Follow a span in equal steps; its times count from its start."""
    large, now = room.large, room.now
    stages = followers.shape[1] - 1
    for c in range(3):
        if not large[c]:
            _begin(c, span, followers[c], room, pool, stream)
    for n in range(steps):
        start, end = span * n / steps, span * (n + 1) / steps
        equations = mature or _any_large(stems, large)
        flow = _step_large(stems, followers, room, start, end - start, pool, mature, equations)
        _run_small(stems, room, start, end, span, flow, independent, stages, stream)
        for c in range(3):
            if large[c] and c != NORMAL and method == HYBRID and stems[c, 0] + stems[c, 1] < threshold:
                stems[c, 0], stems[c, 1] = whole(stems[c, 0], stream), whole(stems[c, 1], stream)
                large[c] = False
                _begin(c, span - end, followers[c], room, pool, stream)
    for c in range(3):
        if not large[c]:
            _finish(c, followers[c], room, pool)
            if method == HYBRID and stems[c, 0] + stems[c, 1] >= 2.0 * threshold:
                large[c] = True


@inlined
def _begin(c, left, followers, room, pool, stream):
    """Take up the progenitors of a small clone, cell by cell, and follow them for `left` months."""
    stages = followers.shape[0] - 1
    room.alive[c] = 0.0
    room.grown[c, :] = 0.0
    room.rest[c, :] = 0.0
    if followers[stages] > 0.0 or followers[0] > 0.0:
        mature_alone(followers[1:], room.now[MATURING, c], left, stages, room.rest[c])
        count = whole(followers[0] * pool / room.now[OUTPUT, c], stream)
        loss, maturing = room.now[PROGENITOR_DEATH, c], room.now[MATURING, c]
        room.alive[c] = release(count, left, loss, maturing, stages, stream, room.grown[c])


@inlined
def _finish(c, followers, room, pool):
    """Put down the followers of a small clone at the end of a span, in healthy pools."""
    cell = room.now[OUTPUT, c] / pool
    followers[0] = room.alive[c] * cell
    for j in range(followers.shape[0] - 1):
        total = room.rest[c, j] + cell * room.grown[c, j]
        followers[1 + j] = total if total > TINY else 0.0


@inlined
def _blood(stems, followers, ahead, room, h):
    """Note mature cells and their slope: now, or with `ahead` at the end of the step as far as it is known."""
    stages = followers.shape[1] - 1
    total, slope = 0.0, 0.0
    for c in range(3):
        of = room.fresh[c] if ahead and room.large[c] else followers[c]
        rise = room.now[MATURING, c] * (of[stages - 1] - of[stages])
        total += of[stages] + (h * rise if ahead and not room.large[c] else 0.0)
        slope += rise
    place = 2 if ahead else 0
    room.blood[place], room.blood[place + 1] = max(0.0, total), slope


@inlined
def _step_large(stems, followers, room, start, h, pool, mature, equations):
    """Step the large clones and their followers; return the flow of founders at the start and at the end."""
    large, now, load = room.large, room.now, room.load
    stages = followers.shape[1] - 1
    load[0], load[1], load[2] = 0.0, 0.0, 1.0 / pool
    if not equations:
        return 0.0, 0.0
    counted = 0.0
    for c in range(3):
        if not large[c]:
            counted += stems[c, 0] + stems[c, 1]
    room.small[0], room.small[1] = counted, 0.0
    if mature:
        _blood(stems, followers, False, room, h)
        room.blood[2], room.blood[3] = max(0.0, room.blood[0] + h * room.blood[1]), room.blood[1]
    before = load_at(stems, large, room.small, room.blood, 0.0, h, pool, mature)
    sig = signal(before, now)
    room.small[1] = growth(stems, large, now, sig)
    first = mutants(stems, now, sig)
    for c in range(3):
        if large[c]:
            _answer(c, h, stages, room)
    for _ in range(PASSES if mature else 1):
        step(stems, large, now, h, pool, room.small, room.blood, mature, room.slopes, room.after, room.inflow)
        for c in range(3):
            if large[c]:
                filter_step(followers[c], room.inflow[c], h, stages, room.answers[c], room.fresh[c])
        if mature:
            _blood(stems, followers, True, room, h)
    for c in range(3):
        if large[c]:
            stems[c, :] = room.after[c]
            followers[c, :] = room.fresh[c]
    room.small[1] = 0.0 if mature else room.small[1]
    last = load_at(stems, large, room.small, room.blood, 1.0, h, pool, mature)
    flow = first, mutants(stems, now, signal(last, now))
    if mature:
        load[1], load[2] = (last - before) / h, 0.0
        load[0] = before - load[1] * start
    else:
        own = counted / pool
        load[1] = (last - before - room.small[1] * h / pool) / h
        load[0] = before - own - load[1] * start
    return flow


@inlined
def _answer(c, h, stages, room):
    """See that the answers of the followers of clone c are those of a step of `h` months."""
    loss, maturing = room.now[PROGENITOR_DEATH, c], room.now[MATURING, c]
    key = room.keys[c]
    if key[0] != h or key[1] != loss or key[2] != maturing:
        chain_answers(loss, maturing, h, stages, room.answers[c], room.spare)
        key[0], key[1], key[2] = h, loss, maturing


@inlined
def _run_small(stems, room, start, end, span, flow, independent, stages, stream):
    """Run the small clones through a step, with the resistant founders that a large malignant clone sends.

    Founders are a Poisson process whose intensity goes in a straight line from `flow[0]` to `flow[1]`.
    """
    large, now, t = room.large, room.now, start
    if large[MALIGNANT] and not large[RESISTANT] and flow[0] + flow[1] > 0.0:
        bend = (flow[1] - flow[0]) / (end - start)
        while True:
            if room.pending[1] < 0.0:
                room.pending[1] = exponential(stream)
            wait, intensity = room.pending[1], flow[0] + bend * (t - start)
            mass = (end - t) * (intensity + flow[1]) / 2.0
            if wait >= mass:
                room.pending[1] = wait - mass
                break
            root = math.sqrt(max(0.0, intensity * intensity + 2.0 * bend * wait))
            born = min(end, t + 2.0 * wait / (intensity + root))
            _run_until(stems, room, t, born, span, independent, stages, stream)
            stems[RESISTANT, 1] += 1.0
            room.pending[1] = -1.0
            t = born
    _run_until(stems, room, t, end, span, independent, stages, stream)


@compiled
def _run_until(stems, room, t, end, span, independent, stages, stream):
    run_events(
        stems,
        room.large,
        room.now,
        t,
        end,
        span,
        room.load,
        room.pending,
        independent,
        stages,
        stream,
        room.alive,
        room.grown,
    )
