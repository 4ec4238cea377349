"""The sampler of the joint model, compiled once a machine: slice sampling of one number at a time.

The state holds standardised series u, so that z = mean + spread u and nothing is lost where a spread is near 0.
Every number is updated by a slice (Neal 2003, Ann Stat 31:705-767), which needs no tuning. Means and spreads
are moved twice, once with u held and once with z held, so that both many and few nuclei mix (interweaving:
Yu & Meng 2011, J Comput Graph Stat 20:531-570). Without numba the same functions run as Python.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

from math import exp, inf, log, log1p, sqrt
from typing import NamedTuple

import numba
import numpy as np

compiled = numba.njit(cache=True, nogil=True, error_model="numpy")
inlined = numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)

# A move of log odds by 1: how level, difference and offset change, and what that does to each compartment.
# All together; apart about the midpoint; the stem cells alone; the progenitors alone; the mature cells alone.
IN_SERIES = np.array([[1, 0, 0], [0, 1, 0], [0.5, 1, 0], [0.5, -1, -1], [0, 0, 1]])
IN_LOG_ODDS = np.array([[1, 1, 1], [0.5, -0.5, -0.5], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
VISIT, MEAN, SPREAD, SPREAD_ALONE, FP, FN, SLIDE, PURITY, BETWEEN, LENGTH = range(10)
BINOMIAL_ABOVE = 1e6  # beta-binomial size from which a slide of any size is binomial
LEAST_SPREAD = 1e-6  # of its prior's scale: beneath it patients are equal


class Data(NamedTuple):
    """The study and its prior, as the kernels read them."""

    series: int
    correlated: bool
    start: np.ndarray  # (patients + 1,) first visit of each patient
    patient: np.ndarray  # (V,)
    day: np.ndarray
    phase: np.ndarray
    first: np.ndarray  # (V + 1,) first slide of each visit
    compartment: np.ndarray  # (L,)
    abnormal: np.ndarray
    scored: np.ndarray
    other: np.ndarray  # (V, 3) contaminant where the sort is impure, else -1
    re_run: np.ndarray  # (V, 3, 2) shape of the Beta of each purity
    scales: np.ndarray  # (3, 2)
    errors: np.ndarray  # (2, 2) shapes of fp and fn
    slide: float  # b of the Beta(1, b) of rho; 0 where rho is 0
    length: float  # log of the median length


class State(NamedTuple):
    """Where a chain stands."""

    u: np.ndarray  # (V, 3)
    theta: np.ndarray  # (V, 3) log odds of each compartment, kept in step
    mean: np.ndarray  # (3, phases)
    spread: np.ndarray  # (3, phases)
    tie: np.ndarray  # (3, 2) correlation between phases, and length
    precision: np.ndarray  # (3, V, most visits of a patient)
    log_root: np.ndarray  # (3,) half the log determinant of the precisions
    probe: np.ndarray  # fp, fn, beta-binomial size (0: binomial)
    purity: np.ndarray  # (V, 3)


@compiled
def log_rising(a, k):
    """Logarithm of a (a + 1) ... (a + k - 1), a > 0: as it stands while short, then by Stirling, to 1e-9."""
    low = 1.0
    while k > 0 and (a < 8 or k < 6):
        low *= a
        a += 1
        k -= 1
    if k <= 0:
        return log(low)
    b = a + k
    x, y = 1 / (a * a), 1 / (b * b)
    tail = (1 / 12 - y * (1 / 360 - y / 1260)) / b - (1 / 12 - x * (1 / 360 - x / 1260)) / a
    return (b - 0.5) * log(b) - (a - 0.5) * log(a) - k + tail + (log(low) if low != 1 else 0.0)


@inlined
def slide_log_likelihood(k, n, q, size):
    """Of k abnormal among n, without what does not depend on q."""
    q = min(max(q, 1e-300), 1 - 1e-15)
    if size == 0 or size > BINOMIAL_ABOVE:
        return (k * log(q) if k > 0 else 0.0) + ((n - k) * log1p(-q) if n > k else 0.0)
    value = log_rising(q * size, k) if k > 0 else 0.0
    return value + log_rising((1 - q) * size, n - k) if n > k else value


@inlined
def _expit(x):
    return 1 / (1 + exp(-x)) if x > -700 else 0.0


@inlined
def visit_log_likelihood(v, stem, progenitor, bulk, fp, fn, size, data, purity):
    """Of all slides of a visit, at the log odds of its compartments."""
    if data.first[v] == data.first[v + 1]:
        return 0.0
    a, b, c = _expit(stem), _expit(progenitor), _expit(bulk)
    total = 0.0
    for j in range(data.first[v], data.first[v + 1]):
        own = data.compartment[j]
        h = a if own == 0 else (b if own == 1 else c)
        other = data.other[v, own]
        if other >= 0:
            p = purity[v, own]
            h = p * h + (1 - p) * (a if other == 0 else (b if other == 1 else c))
        total += slide_log_likelihood(data.abnormal[j], data.scored[j], fp + (1 - fp - fn) * h, size)
    return total


@compiled
def study_log_likelihood(fp, fn, size, data, state):
    """Of all slides, with the part that depends on the slides' correlation."""
    total = 0.0
    theta = state.theta
    for v in range(theta.shape[0]):
        total += visit_log_likelihood(
            v, theta[v, 0], theta[v, 1], theta[v, 2], fp, fn, size, data, state.purity
        )
    if size > 0 and size <= BINOMIAL_ABOVE:
        for j in range(data.scored.shape[0]):
            total -= log_rising(size, data.scored[j])
    return total


@compiled
def set_precision(s, between, length, nugget, data, precision):
    """Invert the correlation of every patient's visits; return half the log determinant of the inverse."""
    half = 0.0
    for i in range(data.start.shape[0] - 1):
        begin, end = data.start[i], data.start[i + 1]
        n = end - begin
        work = np.zeros((n, 2 * n))
        for v in range(n):
            work[v, n + v] = 1.0
            for w in range(n):
                apart = abs(data.day[begin + v] - data.day[begin + w])
                alike = (1 - nugget) * exp(-apart / length)
                if data.phase[begin + v] != data.phase[begin + w]:
                    alike *= between
                work[v, w] = 1.0 if v == w else alike
        for v in range(n):
            pivot = work[v, v]
            half -= 0.5 * log(pivot)
            for w in range(2 * n):
                work[v, w] /= pivot
            for row in range(n):
                if row != v:
                    factor = work[row, v]
                    for w in range(2 * n):
                        work[row, w] -= factor * work[v, w]
        for v in range(n):
            for w in range(n):
                precision[s, begin + v, w] = work[v, n + w]
    return half


@inlined
def _pull(s, v, data, state):
    """Row v of precision times u."""
    begin = data.start[data.patient[v]]
    total = 0.0
    for w in range(begin, data.start[data.patient[v] + 1]):
        total += state.precision[s, v, w - begin] * state.u[w, s]
    return total


@inlined
def _shifted(v, shift, move, data, state):
    """Log-likelihood of a visit whose log odds are moved along a row of IN_LOG_ODDS."""
    theta, probe = state.theta, state.probe
    return visit_log_likelihood(
        v, theta[v, 0] + shift * move[0], theta[v, 1] + shift * move[1], theta[v, 2] + shift * move[2],
        probe[0], probe[1], probe[2], data, state.purity,
    )  # fmt: skip


@compiled
def _log_beta(x, shape):
    """Log density of the logit of a Beta quantity, at the logit x."""
    p = _expit(x)
    return shape[0] * log(max(p, 1e-300)) + shape[1] * log(max(1 - p, 1e-300))


@inlined
def _logit(p):
    return log(p) - log1p(-p)


@compiled
def log_target(kind, i, j, h, numbers, scratch, data, state):
    """Log density along one coordinate, h away from where the chain stands; up to a constant."""
    probe = state.probe
    if kind == VISIT:
        return -h * (numbers[0] * h / 2 + numbers[1]) + _shifted(i, h, IN_LOG_ODDS[j], data, state)
    if kind == MEAN:
        value = 0.0
        for s in range(data.series):
            value -= ((state.mean[s, i] + h * IN_SERIES[j, s]) / data.scales[s, 0]) ** 2 / 2
        for v in range(data.phase.shape[0]):
            if data.phase[v] == i:
                value += _shifted(v, h, IN_LOG_ODDS[j], data, state)
        return value
    if kind == SPREAD or kind == SPREAD_ALONE:
        spread = state.spread[j, i] * exp(h)
        if spread < LEAST_SPREAD * data.scales[j, 1]:
            return -inf
        value = h - (spread / data.scales[j, 1]) ** 2 / 2
        if kind == SPREAD_ALONE:
            shrunk = exp(-h)
            return value - h * numbers[2] - numbers[0] * shrunk**2 / 2 - numbers[1] * shrunk
        move = IN_LOG_ODDS[j if j < 2 else 4]
        for v in range(data.phase.shape[0]):
            if data.phase[v] == i:
                value += _shifted(v, (spread - state.spread[j, i]) * state.u[v, j], move, data, state)
        return value
    if kind == FP or kind == FN:
        x = _logit(probe[kind - FP]) + h
        fp, fn = (_expit(x), probe[1]) if kind == FP else (probe[0], _expit(x))
        if fp + fn >= 1:
            return -inf
        return _log_beta(x, data.errors[kind - FP]) + study_log_likelihood(fp, fn, probe[2], data, state)
    if kind == SLIDE:
        x = h - log(probe[2])  # logit of rho
        shape = (1.0, data.slide)
        return _log_beta(x, shape) + study_log_likelihood(probe[0], probe[1], exp(-x), data, state)
    if kind == PURITY:
        kept = state.purity[i, j]
        x = _logit(kept) + h
        state.purity[i, j] = _expit(x)
        value = _log_beta(x, data.re_run[i, j]) + _shifted(i, 0.0, IN_LOG_ODDS[0], data, state)
        state.purity[i, j] = kept
        return value
    # How visits of a patient are tied: the density of u itself.
    between, length = state.tie[i, 0], state.tie[i, 1]
    value = 0.0
    if kind == BETWEEN:
        x = _logit(between) + h
        between = _expit(x)
        value += _log_beta(x, (1.0, 1.0))
    else:
        value -= (log(length) + h - data.length) ** 2 / 2
        length *= exp(h)
    value += set_precision(i, between, length, numbers[0], data, scratch)
    for v in range(data.patient.shape[0]):
        begin = data.start[data.patient[v]]
        for w in range(begin, data.start[data.patient[v] + 1]):
            value -= 0.5 * state.u[v, i] * scratch[i, v, w - begin] * state.u[w, i]
    return value


@compiled
def draw(kind, i, j, width, numbers, scratch, data, state, rng):
    """Draw the step of one coordinate by a slice: an interval laid about 0 at random, then shrunk."""
    floor = log_target(kind, i, j, 0.0, numbers, scratch, data, state) + log(1 - rng.random())
    left = -width * rng.random()
    right = left + width
    while right - left > 1e-13:
        h = left + (right - left) * rng.random()
        if log_target(kind, i, j, h, numbers, scratch, data, state) > floor:
            return h
        if h < 0:
            left = h
        else:
            right = h
    return 0.0


@compiled
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
        h = draw(kind, 0, 0, 1.5, numbers, scratch, data, state, rng)
        state.probe[kind - FP] = _expit(_logit(state.probe[kind - FP]) + h)
    if data.slide > 0:
        state.probe[2] *= exp(-draw(SLIDE, 0, 0, 4.0, numbers, scratch, data, state, rng))
    for v in range(data.phase.shape[0]):
        for c in range(3):
            if data.other[v, c] >= 0:
                h = draw(PURITY, v, c, 1.5, numbers, scratch, data, state, rng)
                state.purity[v, c] = _expit(_logit(state.purity[v, c]) + h)


@compiled
def update_ties(nugget, numbers, scratch, data, state, rng):
    """Move the correlations of visits over phases and time."""
    numbers[0] = nugget
    for s in range(data.series):
        h = draw(BETWEEN, s, 0, 5.0, numbers, scratch, data, state, rng)
        state.tie[s, 0] = _expit(_logit(state.tie[s, 0]) + h)
        state.tie[s, 1] *= exp(draw(LENGTH, s, 0, 4.0, numbers, scratch, data, state, rng))
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
def sample(warm_up, draws, nugget, data, state, rng, kept, kept_theta):
    """Run one chain; each kept row is means, spreads, ties, fp, fn, rho and the gain of a binomial."""
    numbers, scratch = np.zeros(3), np.zeros(state.precision.shape)
    for s in range(3):
        state.log_root[s] = set_precision(s, state.tie[s, 0], state.tie[s, 1], nugget, data, state.precision)
    restore(data, state)
    for sweep in range(warm_up + draws):
        update_visits(numbers, scratch, data, state, rng)
        update_means(sweep, numbers, scratch, data, state, rng)
        update_spreads(numbers, scratch, data, state, rng)
        update_assay(numbers, scratch, data, state, rng)
        if data.correlated and sweep % 4 == 0:
            update_ties(nugget, numbers, scratch, data, state, rng)
        restore(data, state)
        row = sweep - warm_up
        if row >= 0:
            size = state.mean.size
            for n in range(size):
                kept[row, n] = state.mean.flat[n]
                kept[row, size + n] = state.spread.flat[n]
            for n in range(6):
                kept[row, 2 * size + n] = state.tie.flat[n]
            fp, fn, phi = state.probe[0], state.probe[1], state.probe[2]
            kept[row, 2 * size + 6], kept[row, 2 * size + 7] = fp, fn
            kept[row, 2 * size + 8] = 1 / (1 + phi) if phi > 0 else 0.0
            kept[row, 2 * size + 9] = study_log_likelihood(fp, fn, 0.0, data, state) - study_log_likelihood(
                fp, fn, phi, data, state
            )
            kept_theta[row] = state.theta
