"""Log density of the joint posterior along one number of it, all others held."""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

from math import exp, inf, log, log1p

import numpy as np

from remnant.stats.joint.likelihood import (
    compiled,
    expit,
    inlined,
    study_log_likelihood,
    visit_log_likelihood,
)

# A move of log odds by 1: how level, difference and offset change, and what that does to each compartment.
# All together; apart about the midpoint; the stem cells alone; the progenitors alone; the mature cells alone.
IN_SERIES = np.array([[1, 0, 0], [0, 1, 0], [0.5, 1, 0], [0.5, -1, -1], [0, 0, 1]])
IN_LOG_ODDS = np.array([[1, 1, 1], [0.5, -0.5, -0.5], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
VISIT, MEAN, SPREAD, SPREAD_ALONE, FP, FN, SLIDE, PURITY, BETWEEN, LENGTH = range(10)
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
    p = expit(x)
    return shape[0] * log(max(p, 1e-300)) + shape[1] * log(max(1 - p, 1e-300))


@inlined
def logit(p):
    """Inverse of `expit`."""
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
    if kind in (SPREAD, SPREAD_ALONE):
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
    if kind in (FP, FN):
        x = logit(probe[kind - FP]) + h
        fp, fn = (expit(x), probe[1]) if kind == FP else (probe[0], expit(x))
        if fp + fn >= 1:
            return -inf
        return _log_beta(x, data.errors[kind - FP]) + study_log_likelihood(fp, fn, probe[2], data, state)
    if kind == SLIDE:
        x = h - log(probe[2])  # logit of rho
        shape = (1.0, data.slide)
        return _log_beta(x, shape) + study_log_likelihood(probe[0], probe[1], exp(-x), data, state)
    if kind == PURITY:
        kept = state.purity[i, j]
        x = logit(kept) + h
        state.purity[i, j] = expit(x)
        value = _log_beta(x, data.re_run[i, j]) + _shifted(i, 0.0, IN_LOG_ODDS[0], data, state)
        state.purity[i, j] = kept
        return value
    # How visits of a patient are tied: the density of u itself.
    between, length = state.tie[i, 0], state.tie[i, 1]
    value = 0.0
    if kind == BETWEEN:
        x = logit(between) + h
        between = expit(x)
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
