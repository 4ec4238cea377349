"""The whole course of one patient, forwards and backwards."""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

import numpy as np

from remnant.dynamics.deterministic.adjoint.back import advance_back
from remnant.dynamics.deterministic.adjoint.filters import BY_LOSS, BY_TURNOVER, POWERS, VALUE, transfer
from remnant.dynamics.deterministic.adjoint.law import FIELDS, LOSS, TURNOVER, compiled, fill, fill_back
from remnant.dynamics.deterministic.adjoint.step import advance, correction
from remnant.dynamics.deterministic.adjoint.work import END, FLOW, ROWS, WIDTH, A, Q


@compiled
def _course(months, kinds, laws, kernel, order, every, error):
    """Fill the states (1 + steps, 3 + stages, 3) from the first."""
    w, rows = np.zeros((ROWS, WIDTH)), kernel.shape[0]
    for n in range(len(kinds)):
        k = kinds[n]
        h = months[k]
        if h == 0.0:  # of a padded plan
            error[n] = 0.0
            for r in range(2 + rows):
                for c in range(3):
                    every[n + 1, r, c] = every[n, r, c]
            continue
        for c in range(3):
            w[Q, c], w[A, c] = every[n, 0, c], every[n, 1, c]
        advance(h, laws, k, order, w)
        error[n] = correction(order, w)
        for c in range(3):
            every[n + 1, 0, c], every[n + 1, 1, c] = w[END + Q, c], w[END + A, c]
            for r in range(rows):
                fed, kept = 0.0, 0.0
                for q in range(POWERS):
                    fed += kernel[r, q, 3 * k + c] * w[FLOW + q, c]
                for j in range(r + 1):
                    kept += kernel[r, POWERS + j, 3 * k + c] * every[n, 2 + j, c]
                every[n + 1, 2 + r, c] = h * fed + kept


@compiled
def _course_back(months, kinds, laws, kernel, order, every, pull, push, to_kernel):
    """Carry the cotangents `pull` of all states back to the first, and collect those of laws and filters."""
    w, b, rows = np.zeros((ROWS, WIDTH)), np.zeros((ROWS, WIDTH)), kernel.shape[0]
    for n in range(len(kinds) - 1, -1, -1):
        k = kinds[n]
        h = months[k]
        if h == 0.0:
            for r in range(2 + rows):
                for c in range(3):
                    pull[n, r, c] += pull[n + 1, r, c]
            continue
        for c in range(3):
            w[Q, c], w[A, c] = every[n, 0, c], every[n, 1, c]
        advance(h, laws, k, order, w)
        for row in range(ROWS):
            for c in range(3):
                b[row, c] = 0.0
        for c in range(3):
            b[END + Q, c], b[END + A, c] = pull[n + 1, 0, c], pull[n + 1, 1, c]
            lane = 3 * k + c
            for r in range(rows):
                more = pull[n + 1, 2 + r, c]
                for q in range(POWERS):
                    b[FLOW + q, c] += h * kernel[r, q, lane] * more
                    to_kernel[r, q, lane] += h * w[FLOW + q, c] * more
                for j in range(r + 1):
                    pull[n, 2 + j, c] += kernel[r, POWERS + j, lane] * more
                    to_kernel[r, POWERS + j, lane] += every[n, 2 + j, c] * more
        advance_back(h, laws, k, order, w, b, push)
        for c in range(3):
            pull[n, 0, c] += b[Q, c]
            pull[n, 1, c] += b[A, c]


@compiled
def forwards(i, rates, effects, initial, months, doses, kinds, visits, order, states, error, every):
    """Follow patient i; the states of all steps are kept in `every`."""
    stages = initial.shape[2] - 3
    laws = np.empty((months.shape[1], FIELDS, 3))
    fill(rates[i], effects[i], months[i], doses[i], stages, laws)
    for c in range(3):
        for r in range(3 + stages):
            every[0, r, c] = initial[i, c, r]
    kernel = transfer(laws, stages, 1)[VALUE]
    _course(months[i], kinds[i], laws, kernel, order, every, error[i])
    for t in range(visits.shape[1]):
        for c in range(3):
            for r in range(3 + stages):
                states[i, t, c, r] = every[visits[i, t], r, c]


@compiled
def backwards(
    i, rates, effects, months, doses, kinds, visits, order, every, pull, to_rates, to_effects, to_initial
):
    """Set the cotangents of patient i from those of the states at his visits."""
    rows = every.shape[2]
    stages = rows - 3
    laws = np.empty((months.shape[1], FIELDS, 3))
    fill(rates[i], effects[i], months[i], doses[i], stages, laws)
    whole = transfer(laws, stages, 3)
    pulls, push = np.zeros((every.shape[1], rows, 3)), np.zeros((len(laws), FIELDS, 3))
    to_kernel = np.zeros((1 + stages, whole.shape[2], whole.shape[3]))
    for t in range(visits.shape[1]):
        for c in range(3):
            for r in range(rows):
                pulls[visits[i, t], r, c] += pull[i, t, c, r]
    _course_back(months[i], kinds[i], laws, whole[VALUE], order, every[i], pulls, push, to_kernel)
    for k in range(len(laws)):
        for c in range(3):
            lane = 3 * k + c
            for r in range(1 + stages):
                for j in range(POWERS + 1 + r):
                    push[k, LOSS, c] += to_kernel[r, j, lane] * whole[BY_LOSS, r, j, lane]
                    push[k, TURNOVER, c] += to_kernel[r, j, lane] * whole[BY_TURNOVER, r, j, lane]
    for c in range(3):
        for r in range(rows):
            to_initial[i, c, r] = pulls[0, r, c]
    fill_back(rates[i], effects[i], months[i], doses[i], stages, laws, push, to_rates[i], to_effects[i])
