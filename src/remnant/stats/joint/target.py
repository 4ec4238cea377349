"""Log density of the joint posterior along one number of it, all others held."""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

from math import exp, inf, log, log1p

import numpy as np

from remnant.stats.joint.likelihood import compiled, expit, inlined, log_likelihood, size_log_likelihood

# A move of log odds by 1: how level, difference and offset change, and what that does to each compartment.
# All together; apart about the midpoint; the stem cells alone; the progenitors alone; the mature cells alone.
IN_SERIES = np.array([[1, 0, 0], [0, 1, 0], [0.5, 1, 0], [0.5, -1, -1], [0, 0, 1]])
IN_LOG_ODDS = np.array([[1, 1, 1], [0.5, -0.5, -0.5], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
ALL, ALONE = 0, 2
# Numbers of numpy, since numba would compile the functions that take a plain one anew for each of them.
VISIT, MEAN, SPREAD, SPREAD_ALONE, FP, FN, SLIDE, PURITY, BETWEEN, LENGTH = np.arange(10)
NONE, ANY = np.array([0, -1])
LEAST_SPREAD = 1e-6  # of its prior's scale: beneath it patients are equal


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


@compiled
def _log_beta(x, a, b):
    """Log density of the logit of a Beta(a, b) quantity, at the logit x."""
    p = expit(x)
    return a * log(max(p, 1e-300)) + b * log(max(1 - p, 1e-300))


@inlined
def logit(p):
    """Inverse of `expit`."""
    return log(p) - log1p(-p)


@inlined
def log_target(kind, i, j, h, numbers, scratch, data, state):
    """Log density along one coordinate, h away from where the chain stands; up to a constant.

    `i` and `j` are visit and direction, phase and direction, phase and series, or visit and compartment.
    """
    if kind in (BETWEEN, LENGTH):
        return _log_tie(kind, i, h, numbers[0], scratch, data, state)
    probe = state.probe
    fp, fn, size = probe[0], probe[1], probe[2]
    begin, end, phase, series, shift, row = 0, data.patient.shape[0], ANY, ANY, 0.0, ALL
    if kind == VISIT:
        value = -h * (numbers[0] * h / 2 + numbers[1])
        begin, end, shift, row = i, i + 1, h, j
    elif kind == MEAN:
        value = 0.0
        for s in range(data.series):
            value -= ((state.mean[s, i] + h * IN_SERIES[j, s]) / data.scales[s, 0]) ** 2 / 2
        phase, shift, row = i, h, j
    elif kind in (SPREAD, SPREAD_ALONE):
        spread = state.spread[j, i] * exp(h)
        if spread < LEAST_SPREAD * data.scales[j, 1]:
            return -inf
        value = h - (spread / data.scales[j, 1]) ** 2 / 2
        if kind == SPREAD_ALONE:
            shrunk = exp(-h)
            return value - h * numbers[2] - numbers[0] * shrunk**2 / 2 - numbers[1] * shrunk
        phase, series, shift, row = i, j, spread - state.spread[j, i], j if j < 2 else ALONE + j
    elif kind in (FP, FN):
        x = logit(probe[kind - FP]) + h
        fp, fn = (expit(x), fn) if kind == FP else (fp, expit(x))
        if fp + fn >= 1:
            return -inf
        value = _log_beta(x, data.errors[kind - FP, 0], data.errors[kind - FP, 1])
    elif kind == SLIDE:
        x = h - log(size)  # logit of rho
        size = exp(-x)
        value = _log_beta(x, 1.0, data.slide) + size_log_likelihood(size, data)
    else:
        return _log_purity(i, j, h, data, state)
    move = IN_LOG_ODDS[row]
    return value + log_likelihood(begin, end, phase, series, shift, move, fp, fn, size, data, state)


@compiled
def _log_purity(v, c, h, data, state):
    """Along the logit of the purity of one sort: the slides that hold its cells."""
    kept, probe = state.purity[v, c], state.probe
    x = logit(kept) + h
    state.purity[v, c] = expit(x)
    value = _log_beta(x, data.re_run[v, c, 0], data.re_run[v, c, 1]) + log_likelihood(
        v, v + 1, ANY, ANY, 0.0, IN_LOG_ODDS[ALONE + c], probe[0], probe[1], probe[2], data, state
    )
    state.purity[v, c] = kept
    return value


@compiled
def _log_tie(kind, s, h, nugget, scratch, data, state):
    """Along a tie of a patient's visits in one series: the density of u itself."""
    between, length = state.tie[s, 0], state.tie[s, 1]
    value = 0.0
    if kind == BETWEEN:
        x = logit(between) + h
        between = expit(x)
        value += _log_beta(x, 1.0, 1.0)
    else:
        value -= (log(length) + h - data.length) ** 2 / 2
        length *= exp(h)
    value += set_precision(s, between, length, nugget, data, scratch)
    for v in range(data.patient.shape[0]):
        begin = data.start[data.patient[v]]
        for w in range(begin, data.start[data.patient[v] + 1]):
            value -= 0.5 * state.u[v, s] * scratch[s, v, w - begin] * state.u[w, s]
    return value
