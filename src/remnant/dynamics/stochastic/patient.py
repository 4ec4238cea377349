"""One patient through a calendar: the large clones by equations, the small ones cell by cell.

A clone of fewer than `threshold` cells is small; it counts as large again from twice as many (hysteresis). In
between, whole numbers say that it was small. A clone that falls below the threshold is rounded at the end of
that step, up or down with the chances that keep its mean.

A segment of constant dose is cut into spans, in which no small clone is expected to become large; a span into
steps of at most an eighth of a month, each stable, while any clone is large.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

import math

import numpy as np

from remnant.dynamics.model.parameters import MALIGNANT, NORMAL, RESISTANT
from remnant.dynamics.stochastic.equations import AFTER, growth, mutants, niche, step
from remnant.dynamics.stochastic.events import run_events
from remnant.dynamics.stochastic.followers import CHAIN, YOUNG, filter_step, put_down, take_up, whole
from remnant.dynamics.stochastic.rates import (
    DIVIDING,
    MATURING,
    ROWS,
    at_dose,
    inlined,
    longest_step,
    renewed,
    signal,
)
from remnant.scale.philox import READ, STREAM_WORDS, compiled, exponential, open_stream

LONGEST_SPAN = 1.0
PASSES = 3  # over a step whose signal is the mature cells at its end
HYBRID, EXACT, EQUATIONS = range(3)
STEM_EVENTS = np.uint64(1)  # purpose of the stream


@compiled
def follow_patients(
    stems,
    followers,
    read,
    rates,
    effects,
    pools,
    months,
    doses,
    seed_key,
    patients,
    draw,
    threshold,
    method,
    mature,
    independent,
):
    """Follow every patient of a block; `stems`, `followers` and `read` are changed.

    Parameters
    ----------
    stems, followers, read : ndarray, shapes (n, 3, 2), (n, 3, 1 + stages), (n,)
        Cells; healthy pools; numbers read of each stream.
    rates, effects, pools : ndarray, shapes (n, 9, 3), (n, drugs, 5, 3), (n,)
        As packed; stem cells of the healthy pool.
    months, doses : ndarray, shapes (segments,), (1 or n, segments, drugs)
        Length and relative doses of each segment.
    seed_key, patients, draw : uint64, ndarray of uint64 (n,), uint64
        Streams.
    """
    stages, own = followers.shape[2] - 1, np.empty((3, 2))
    behind, stream = np.empty((3, 1 + stages)), np.empty(STREAM_WORDS, np.uint64)
    now, large, young = np.zeros((ROWS, 3)), np.zeros(3, np.bool_), np.zeros((3, YOUNG))
    load, pending, blood = np.zeros(3), np.zeros(2), np.zeros(4)
    room, inflow, fresh = np.zeros((4, 3, 2)), np.zeros((3, 3)), np.zeros((3, 1 + stages))
    answers, spare = np.full((3, CHAIN + 1, CHAIN), -1.0), np.zeros((CHAIN, CHAIN))
    for n in range(stems.shape[0]):
        open_stream(stream, seed_key, patients[n], draw, STEM_EVENTS, read[n])
        for c in range(3):
            own[c, 0], own[c, 1] = stems[n, c, 0], stems[n, c, 1]
            for j in range(1 + stages):
                behind[c, j] = followers[n, c, j]
        for s in range(months.shape[0]):
            at_dose(n, rates, effects, doses, n if doses.shape[0] > 1 else 0, s, stages, now)
            _judge(own, threshold, method, large, stream)
            pending[0] = pending[1] = -1.0
            longest, t = longest_step(now, mature), 0.0
            while t < months[s]:
                left = months[s] - t
                span = _reach(own, now, left, longest, threshold, method, mature)
                steps = math.ceil(span / longest - 1e-9) if _equations(own, large) else 1
                _follow_span(
                    own, behind, large, now, span, steps, pools[n], threshold, method, mature, independent,
                    stream, young, load, pending, blood, room, inflow, fresh, answers, spare,
                )  # fmt: skip
                t = t + span if span < left else months[s]
        for c in range(3):
            stems[n, c, 0], stems[n, c, 1] = own[c, 0], own[c, 1]
            for j in range(1 + stages):
                followers[n, c, j] = behind[c, j]
        read[n] = stream[READ]


@inlined
def _judge(stems, threshold, method, large, stream):
    """Say which clones follow the equations, and see that the others are whole numbers of cells."""
    for c in range(3):
        q, a = stems[c, 0], stems[c, 1]
        fraction = q != math.floor(q) or a != math.floor(a)
        large[c] = q + a >= 2.0 * threshold or (q + a >= threshold and fraction)
        if method != HYBRID or c == NORMAL:
            large[c] = method != EXACT
        if not large[c]:
            stems[c, 0], stems[c, 1] = whole(q, stream), whole(a, stream)


@inlined
def _equations(stems, large):
    """Say whether a clone that follows the equations has cells."""
    found = False
    for c in range(3):
        found |= large[c] and stems[c, 0] + stems[c, 1] > 0.0
    return found


@inlined
def _reach(stems, now, left, longest, threshold, method, mature):
    """Return the length of the next span.

    In it no small clone is expected to get more than half-way, on a logarithm, to large, even where the niche
    is empty. When self-renewal listens to mature cells, a step is a span, for it needs the mature cells of
    every clone.
    """
    if mature:
        return left / math.ceil(left / longest - 1e-9)
    if method != HYBRID:
        return left
    most, growth, empty = 0.0, 0.0, signal(0.0, now)
    for c in range(3):
        if c != NORMAL:
            most = max(most, stems[c, 0] + stems[c, 1])
            growth = max(growth, (2.0 * renewed(empty, now, c) - 1.0) * now[DIVIDING, c])
    if most <= 0.0 or growth <= 0.0:
        return left
    reach = max(LONGEST_SPAN, 0.5 * math.log(2.0 * threshold / most) / growth)
    return reach if reach < left * (1.0 - 1e-12) else left


@compiled
def _follow_span(
    stems, followers, large, now, span, steps, pool, threshold, method, mature, independent, stream,
    young, load, pending, blood, room, inflow, fresh, answers, spare,
):  # fmt: skip
    """Follow a span in equal steps; times count from its start."""
    stages, h = followers.shape[1] - 1, span / steps
    for c in range(3):
        if not large[c]:
            take_up(c, followers, span, now, pool, stages, stream, young)
    for n in range(steps):
        start, end = n * h, span if n == steps - 1 else (n + 1) * h
        flow = _step_large(
            stems, followers, large, now, start, h, pool, mature, load, blood, room, inflow, fresh, answers,
            spare,
        )  # fmt: skip
        t = start
        while t < end:
            born = min(end, t + _wait(t, start, end, flow, pending, stream))
            run_events(stems, large, now, t, born, span, load, pending, independent, stages, stream, young)
            if born < end:
                stems[RESISTANT, 1] += 1.0
                pending[1] = -1.0
            t = born
        for c in range(3):
            if large[c] and c != NORMAL and method == HYBRID and stems[c, 0] + stems[c, 1] < threshold:
                stems[c, 0], stems[c, 1] = whole(stems[c, 0], stream), whole(stems[c, 1], stream)
                large[c] = False
                take_up(c, followers, span - end, now, pool, stages, stream, young)
    for c in range(3):
        if not large[c]:
            put_down(c, followers, now, pool, stages, young)
            large[c] = method == HYBRID and stems[c, 0] + stems[c, 1] >= 2.0 * threshold


@inlined
def _step_large(
    stems, followers, large, now, start, h, pool, mature, load, blood, room, inflow, fresh, answers, spare
):
    """Step the large clones and what follows them; set `load`.

    Returns
    -------
    first, last : float
        Flow of resistant founders from a large malignant clone to a small resistant one, cells per month, at
        the start and at the end.
    """
    stages, counted = followers.shape[1] - 1, 0.0
    for c in range(3):
        if not large[c]:
            counted += stems[c, 0] + stems[c, 1]
    load[0], load[1], load[2] = 0.0, 0.0, 1.0 / pool
    if not (mature or _equations(stems, large)):
        return 0.0, 0.0
    if mature:
        _mature(0.0, followers, large, now, stages, blood, 0, followers)
        blood[2], blood[3] = max(0.0, blood[0] + h * blood[1]), blood[1]
        before = blood[0]
    else:
        before = niche(stems, large, counted, pool)
    sig = signal(before, now)
    growing = growth(stems, large, now, sig)
    first = mutants(stems, now, sig)
    for _ in range(PASSES if mature else 1):
        step(stems, large, now, h, pool, counted, growing, mature, blood, room, inflow)
        for c in range(3):
            if large[c]:
                filter_step(c, followers, inflow, now, h, stages, answers, spare, fresh)
        if mature:
            _mature(h, followers, large, now, stages, blood, 2, fresh)
    for c in range(3):
        if large[c]:
            stems[c, 0], stems[c, 1] = room[AFTER, c, 0], room[AFTER, c, 1]
            for j in range(1 + stages):
                followers[c, j] = fresh[c, j]
    # The signal between events: what the large clones add, in a straight line, and every small cell as it
    # comes.
    after, own = (blood[2], 0.0) if mature else (niche(stems, large, counted, pool), counted / pool)
    load[1] = (after - before) / h
    load[0] = before - own - load[1] * start
    if mature:
        load[2] = 0.0
    if not large[MALIGNANT] or large[RESISTANT]:
        return 0.0, 0.0
    ahead = after if mature else after + h * growing / pool
    return first, mutants(stems, now, signal(ahead, now))


@inlined
def _mature(h, followers, large, now, stages, blood, place, fresh):
    """Note mature cells and their slope in `blood`: large clones from `fresh`, the others `h` months on."""
    total, slope = 0.0, 0.0
    for c in range(3):
        if large[c]:
            level, above = fresh[c, stages], fresh[c, stages - 1]
            rise = now[MATURING, c] * (above - level)
        else:
            rise = now[MATURING, c] * (followers[c, stages - 1] - followers[c, stages])
            level = followers[c, stages] + h * rise
        total, slope = total + level, slope + rise
    blood[place], blood[place + 1] = max(0.0, total), slope


@inlined
def _wait(t, start, end, flow, pending, stream):
    """Return months from t until the next founder, infinite if none comes before the end of the step.

    Founders are a Poisson process whose intensity goes in a straight line from `flow[0]` to `flow[1]`.
    """
    if flow[0] + flow[1] <= 0.0:
        return np.inf
    if pending[1] < 0.0:
        pending[1] = exponential(stream)
    bend = (flow[1] - flow[0]) / (end - start)
    intensity = flow[0] + bend * (t - start)
    mass = (end - t) * (intensity + flow[1]) / 2.0
    if pending[1] >= mass:
        pending[1] -= mass
        return np.inf
    return (
        2.0 * pending[1] / (intensity + math.sqrt(max(0.0, intensity * intensity + 2.0 * bend * pending[1])))
    )
