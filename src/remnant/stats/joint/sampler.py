"""The sampler of the joint model, compiled once a machine: slice sampling of one number at a time.

The state holds standardised series u, so that z = mean + spread u and nothing is lost where a spread is near
0. Each number is updated by a slice (Neal 2003, Ann Stat 31:705-767), which needs no tuning. Means and
spreads are moved twice, once with u held and once with z held, so that both many and few nuclei mix
(interweaving: Yu & Meng 2011, J Comput Graph Stat 20:531-570).
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

from hashlib import sha256
from math import exp, inf, log, sqrt
from pathlib import Path

import numba
import numpy as np

from remnant.stats.joint import likelihood, target
from remnant.stats.joint.likelihood import compiled, expit, inlined, log_likelihood, size_log_likelihood
from remnant.stats.joint.target import (
    ALL,
    ANY,
    BETWEEN,
    FN,
    FP,
    IN_LOG_ODDS,
    IN_SERIES,
    LENGTH,
    MEAN,
    NONE,
    PURITY,
    SLIDE,
    SPREAD,
    SPREAD_ALONE,
    VISIT,
    log_target,
    logit,
    set_precision,
)


@inlined
def _pull(s, v, data, state):
    """Row v of precision times u."""
    begin = data.start[data.patient[v]]
    total = 0.0
    for w in range(begin, data.start[data.patient[v] + 1]):
        total += state.precision[s, v, w - begin] * state.u[w, s]
    return total


@compiled
def draw(kind, i, j, width, numbers, scratch, data, state, rng):
    """Draw the step of one coordinate by a slice: an interval laid about 0 at random, then shrunk."""
    h, left, right, floor = 0.0, -width, 0.0, inf
    while right - left > 1e-13:
        value = log_target(kind, i, j, h, numbers, scratch, data, state)  # once, since it is laid in line
        if floor == inf:
            floor = value + log(1 - rng.random())
            left = -width * rng.random()
            right = left + width
        elif value > floor:
            return h
        elif h < 0:
            left = h
        else:
            right = h
        h = left + (right - left) * rng.random()
    return 0.0


@inlined
def _move(v, h, j, data, state):
    """Move the log odds of one visit and keep u in step."""
    for s in range(data.series):
        state.u[v, s] += h * IN_SERIES[j, s] / state.spread[s, data.phase[v]]
    for c in range(3):
        state.theta[v, c] += h * IN_LOG_ODDS[j, c]


@compiled
def update_visits(numbers, scratch, data, state, rng):
    """Move each visit along each direction."""
    for v in range(data.phase.shape[0]):
        here = v - data.start[data.patient[v]]
        for j in range(5 if data.series == 3 else 4):
            curve, slope = 0.0, 0.0
            for s in range(data.series):
                step = IN_SERIES[j, s] / state.spread[s, data.phase[v]]
                if step != 0:
                    curve += step * step * state.precision[s, v, here]
                    slope += step * _pull(s, v, data, state)
            numbers[0], numbers[1] = curve, slope
            width = min(4 / sqrt(curve), 4.0)
            _move(v, draw(VISIT, v, j, width, numbers, scratch, data, state, rng), j, data, state)


@compiled
def update_means(sweep, numbers, scratch, data, state, rng):
    """Move the mean of each phase: by itself, then with its visits, along every second direction in turn."""
    for p in range(state.mean.shape[1]):
        for s in range(data.series):
            spread, scale = state.spread[s, p], data.scales[s, 0]
            curve, slope = 1 / scale**2, -state.mean[s, p] / scale**2
            for v in range(data.phase.shape[0]):
                if data.phase[v] == p:
                    slope += _pull(s, v, data, state) / spread
                    begin = data.start[data.patient[v]]
                    for w in range(begin, data.start[data.patient[v] + 1]):
                        if data.phase[w] == p:
                            curve += state.precision[s, v, w - begin] / spread**2
            h = slope / curve + rng.standard_normal() / sqrt(curve)
            state.mean[s, p] += h
            for v in range(data.phase.shape[0]):
                if data.phase[v] == p:
                    state.u[v, s] -= h / spread
        for j in range(sweep % 2, 5 if data.series == 3 else 4, 2):
            h = draw(MEAN, p, j, 3.0, numbers, scratch, data, state, rng)
            for s in range(data.series):
                state.mean[s, p] += h * IN_SERIES[j, s]
            for v in range(data.phase.shape[0]):
                if data.phase[v] == p:
                    for c in range(3):
                        state.theta[v, c] += h * IN_LOG_ODDS[j, c]


@compiled
def update_spreads(numbers, scratch, data, state, rng):
    """Scale the spread of each phase: by itself, then with its visits."""
    for p in range(state.mean.shape[1]):
        for s in range(data.series):
            inner, across, count = 0.0, 0.0, 0.0
            for v in range(data.phase.shape[0]):
                if data.phase[v] == p:
                    count += 1
                    begin = data.start[data.patient[v]]
                    for w in range(begin, data.start[data.patient[v] + 1]):
                        product = state.u[v, s] * state.precision[s, v, w - begin] * state.u[w, s]
                        if data.phase[w] == p:
                            inner += product
                        else:
                            across += product
            numbers[0], numbers[1], numbers[2] = inner, across, count
            h = draw(SPREAD_ALONE, p, s, 4.0, numbers, scratch, data, state, rng)
            state.spread[s, p] *= exp(h)
            for v in range(data.phase.shape[0]):
                if data.phase[v] == p:
                    state.u[v, s] *= exp(-h)
            h = draw(SPREAD, p, s, 4.0, numbers, scratch, data, state, rng)
            more = state.spread[s, p] * (exp(h) - 1)
            state.spread[s, p] += more
            for v in range(data.phase.shape[0]):
                if data.phase[v] == p:
                    for c in range(3):
                        state.theta[v, c] += more * state.u[v, s] * IN_LOG_ODDS[s if s < 2 else 4, c]


@compiled
def update_assay(numbers, scratch, data, state, rng):
    """Move the probe's errors, the correlation within slides and every purity."""
    for kind in (FP, FN):
        h = draw(kind, NONE, NONE, 1.5, numbers, scratch, data, state, rng)
        state.probe[kind - FP] = expit(logit(state.probe[kind - FP]) + h)
    if data.slide > 0:
        state.probe[2] *= exp(-draw(SLIDE, NONE, NONE, 4.0, numbers, scratch, data, state, rng))
    for v in range(data.phase.shape[0]):
        for c in range(3):
            if data.other[v, c] >= 0:
                h = draw(PURITY, v, c, 1.5, numbers, scratch, data, state, rng)
                state.purity[v, c] = expit(logit(state.purity[v, c]) + h)


@compiled
def update_ties(nugget, numbers, scratch, data, state, rng):
    """Move the correlations of visits over phases and time."""
    numbers[0] = nugget
    for s in range(data.series):
        h = draw(BETWEEN, s, NONE, 5.0, numbers, scratch, data, state, rng)
        state.tie[s, 0] = expit(logit(state.tie[s, 0]) + h)
        state.tie[s, 1] *= exp(draw(LENGTH, s, NONE, 4.0, numbers, scratch, data, state, rng))
        state.log_root[s] = set_precision(s, state.tie[s, 0], state.tie[s, 1], nugget, data, state.precision)


@compiled
def restore(data, state):
    """Work the log odds out anew, so that rounding does not gather."""
    for v in range(data.phase.shape[0]):
        p = data.phase[v]
        level = state.mean[0, p] + state.spread[0, p] * state.u[v, 0]
        half = (state.mean[1, p] + state.spread[1, p] * state.u[v, 1]) / 2
        state.theta[v, 0], state.theta[v, 1] = level + half, level - half
        if data.series == 3:
            state.theta[v, 2] = level - half + state.mean[2, p] + state.spread[2, p] * state.u[v, 2]


@compiled
def keep(row, data, state, kept, kept_theta):
    """Write one row: means, spreads, ties, fp, fn, rho and the gain of a binomial; and the log odds."""
    size = 3 * state.mean.shape[1]
    for s in range(3):
        for p in range(state.mean.shape[1]):
            kept[row, s * state.mean.shape[1] + p] = state.mean[s, p]
            kept[row, size + s * state.mean.shape[1] + p] = state.spread[s, p]
        kept[row, 2 * size + 2 * s] = state.tie[s, 0]
        kept[row, 2 * size + 2 * s + 1] = state.tie[s, 1]
    fp, fn, phi = state.probe[0], state.probe[1], state.probe[2]
    kept[row, 2 * size + 6], kept[row, 2 * size + 7] = fp, fn
    kept[row, 2 * size + 8] = 1 / (1 + phi) if phi > 0 else 0.0
    gain = -size_log_likelihood(phi, data)
    for side in range(2):
        one = log_likelihood(
            NONE, data.patient.shape[0], ANY, ANY, 0.0, IN_LOG_ODDS[ALL], fp, fn, phi * side, data, state
        )
        gain += one if side == 0 else -one
    kept[row, 2 * size + 9] = gain
    for v in range(state.theta.shape[0]):
        for c in range(3):
            kept_theta[row, v, c] = state.theta[v, c]


def _kept_compiled(sources: int):
    """Compile `sample`, and keep the machine code under a number of all sources that it is made of.

    Numba looks at the file of the outermost function alone, and at what that encloses: `sources`.
    """

    @numba.njit(cache=True, nogil=True, error_model="numpy")
    def sample(warm_up, draws, nugget, data, state, rng, kept, kept_theta):
        assert sources > 0
        numbers, scratch = np.zeros(3), np.zeros_like(state.precision)
        for s in range(3):
            state.log_root[s] = set_precision(
                s, state.tie[s, 0], state.tie[s, 1], nugget, data, state.precision
            )
        restore(data, state)
        for sweep in range(warm_up + draws):
            update_visits(numbers, scratch, data, state, rng)
            update_means(sweep, numbers, scratch, data, state, rng)
            update_spreads(numbers, scratch, data, state, rng)
            update_assay(numbers, scratch, data, state, rng)
            if data.correlated and sweep % 4 == 0:
                update_ties(nugget, numbers, scratch, data, state, rng)
            restore(data, state)
            if sweep >= warm_up:
                keep(sweep - warm_up, data, state, kept, kept_theta)

    return sample


def _number_of(*files: str) -> int:
    """A number that differs where the bytes of the files do."""
    read = b"".join(Path(file).read_bytes() for file in files)
    return int.from_bytes(sha256(read).digest()[:7], "big") + 1


SOURCES = likelihood.__file__, target.__file__, __file__
sample = _kept_compiled(_number_of(*SOURCES))
