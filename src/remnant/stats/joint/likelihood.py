"""Slides of the joint model as compiled functions, and the arrays that they read.

Without numba the same functions run as Python. Only the outermost function is kept compiled between runs, by
`sampler.py`, under a number of these sources.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

from math import exp, log, log1p
from typing import NamedTuple

import numba
import numpy as np

compiled = numba.njit(nogil=True, error_model="numpy")
inlined = numba.njit(nogil=True, error_model="numpy", forceinline=True)
BINOMIAL_ABOVE = 1e6  # beta-binomial size from which a slide of any size is binomial


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
def expit(x):
    """Logistic function; 0 where it would underflow."""
    return 1 / (1 + exp(-x)) if x > -700 else 0.0


@inlined
def log_likelihood(begin, end, phase, series, shift, move, fp, fn, size, data, state):
    """Of the slides that a move touches: those of visits `begin` to `end`, of one phase or of all (-1).

    The log odds of a visit are moved by `shift` along `move`, a row of IN_LOG_ODDS, times its u of `series`
    where that is not -1. A slide whose cells stay where they are is left out, whatever the shift.
    """
    total = 0.0
    theta = state.theta
    for v in range(begin, end):
        if (phase >= 0 and data.phase[v] != phase) or data.first[v] == data.first[v + 1]:
            continue
        h = shift * state.u[v, series] if series >= 0 else shift
        a, b = expit(theta[v, 0] + h * move[0]), expit(theta[v, 1] + h * move[1])
        c = expit(theta[v, 2] + h * move[2]) if data.series == 3 else 0.5
        for j in range(data.first[v], data.first[v + 1]):
            own = data.compartment[j]
            other = data.other[v, own]
            if move[own] == 0 and (other < 0 or move[other] == 0):
                continue
            held = a if own == 0 else (b if own == 1 else c)
            if other >= 0:
                p = state.purity[v, own]
                held = p * held + (1 - p) * (a if other == 0 else (b if other == 1 else c))
            q = fp + (1 - fp - fn) * held
            total += slide_log_likelihood(data.abnormal[j], data.scored[j], q, size)
    return total


@compiled
def size_log_likelihood(size, data):
    """Of all slides, the part that depends on their correlation alone."""
    total = 0.0
    if size > 0 and size <= BINOMIAL_ABOVE:
        for j in range(data.scored.shape[0]):
            total -= log_rising(size, data.scored[j])
    return total
