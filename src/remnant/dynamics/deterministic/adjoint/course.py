"""Whole courses, one patient after the other, forwards and backwards: what is kept compiled between runs."""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numba
import numpy as np

from remnant.dynamics.deterministic.adjoint import back, filters, law, renewal, step, work
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
        if h == 0.0:
            every[n + 1], error[n] = every[n], 0.0
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
            pull[n] += pull[n + 1]
            continue
        for c in range(3):
            w[Q, c], w[A, c] = every[n, 0, c], every[n, 1, c]
        advance(h, laws, k, order, w)
        b[:FLOW] = 0.0
        for c in range(3):
            b[END + Q, c], b[END + A, c] = pull[n + 1, 0, c], pull[n + 1, 1, c]
            lane = 3 * k + c
            for q in range(POWERS):
                b[FLOW + q, c] = 0.0
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


def _kept_compiled(sources: int):
    """Compile both directions, and keep the machine code under a number of all sources they are made of.

    Numba looks at the file of the outermost function alone, and at what that encloses: `sources`.
    """
    kept = numba.njit(cache=True, nogil=True, error_model="numpy")

    @kept
    def forwards(rates, effects, initial, months, doses, kinds, visits, order, states, error, every):
        assert sources > 0
        stages = initial.shape[2] - 3
        laws = np.empty((months.shape[1], FIELDS, 3))
        scratch = np.empty((1 + kinds.shape[1], 3 + stages, 3))
        for i in range(len(rates)):
            plan = i if len(months) > 1 else 0
            whole = every[i] if len(every) > 0 else scratch
            fill(rates[i], effects[i], months[plan], doses[plan], stages, laws)
            kernel = transfer(laws, stages, 1)[VALUE]
            whole[0] = initial[i].T
            _course(months[plan], kinds[plan], laws, kernel, order, whole, error[i])
            for t in range(visits.shape[1]):
                states[i, t] = whole[visits[plan, t]].T

    @kept
    def backwards(
        rates, effects, months, doses, kinds, visits, order, every, pull, to_rates, to_effects, to_initial
    ):
        assert sources > 0
        stages = every.shape[2] - 3
        laws = np.empty((months.shape[1], FIELDS, 3))
        for i in range(len(rates)):
            plan = i if len(months) > 1 else 0
            fill(rates[i], effects[i], months[plan], doses[plan], stages, laws)
            whole = transfer(laws, stages, 3)
            pulls, push = np.zeros_like(every[i]), np.zeros_like(laws)
            to_kernel = np.zeros_like(whole[VALUE])
            for t in range(visits.shape[1]):
                pulls[visits[plan, t]] += pull[i, t].T
            _course_back(
                months[plan], kinds[plan], laws, whole[VALUE], order, every[i], pulls, push, to_kernel
            )
            for k in range(len(laws)):
                for c in range(3):
                    for r in range(to_kernel.shape[0]):
                        for j in range(to_kernel.shape[1]):
                            weight = to_kernel[r, j, 3 * k + c]
                            push[k, LOSS, c] += weight * whole[BY_LOSS, r, j, 3 * k + c]
                            push[k, TURNOVER, c] += weight * whole[BY_TURNOVER, r, j, 3 * k + c]
            to_rates[i], to_effects[i], to_initial[i] = 0.0, 0.0, pulls[0].T
            fill_back(
                rates[i],
                effects[i],
                months[plan],
                doses[plan],
                stages,
                laws,
                push,
                to_rates[i],
                to_effects[i],
            )

    return forwards, backwards


def _number_of(*files: str) -> int:
    """A number that differs where the bytes of the files do."""
    read = b"".join(Path(file).read_bytes() for file in files)
    return int.from_bytes(sha256(read).digest()[:7], "big") + 1


SOURCES = tuple(str(module.__file__) for module in (back, filters, law, renewal, step, work)) + (__file__,)
forwards, backwards = _kept_compiled(_number_of(*SOURCES))
