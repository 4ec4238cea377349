r"""Progenitors and mature cells that follow the stem cells, through one step of length h at constant loss.

With inflow f, P' = f - l P and M_j' = m (M_(j-1) - M_j), M_0 = P, are linear filters. For f a quadratic in
time, their answer is a sum of divided differences of the exponential at 0, x = -l h and y = -m h::

    P(h)   = e^x P + h sum_k k! f_k [0^(k+1), x]
    M_j(h) = (mh)^j ([x, y^j] P + h sum_k k! f_k [0^(k+1), x, y^j]) + sum_i (mh)^(j-i) / (j-i)! e^y M_i

and these are found without the loss of digits that x - y, x or y near 0 bring: from phi functions and a
recursion that divides by the larger of |x| and |y|, or, where both are below 1, from their series.
Hochbruck & Ostermann (2010) Acta Numerica 19:209-286; de Boor (2005) Surv Approx Theory 1:46-69.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

POWERS = 3  # of a quadratic
_TERMS = 20  # of the series: below 1 the next is 1e-19


@dataclass(frozen=True)
class Propagator:
    """What a step does to P, M1..Mk and what an inflow adds.

    Parameters
    ----------
    kept : ndarray, shape (1 + stages, 1 + stages, ...)
        From each of P, M1..Mk (second axis) to each (first axis); upper part 0.
    gained : ndarray, shape (3, 1 + stages, ...)
        To each, from the inflow at the start, middle and end of the step.
    """

    kept: Array
    gained: Array

    def after(self, before: Array, gained: Array) -> Array:
        """Return P, M1..Mk, shape (1 + stages, ...), after a step that adds `gained`."""
        after = gained.copy()
        for i in range(len(before)):
            for j in range(i + 1):
                after[i] += self.kept[i, j] * before[j]
        # A quadratic through falling inflow can dip below zero where it nearly stops; cells cannot.
        return np.maximum(after, 0.0, out=after)


def propagator(loss: Array, mature: Array, h: float, stages: int) -> Propagator:
    """Return what a step of length h does.

    Parameters
    ----------
    loss, mature : ndarray, shape (...)
        l and m: rates of loss of P and of each stage, at least 0.
    h : float
        Length of the step, above 0.
    stages : int
        Mature stages.
    """
    x, y = np.broadcast_arrays(-loss * h, -mature * h)
    last, chained = np.exp(y), _chained(x, y, stages)
    kept = np.zeros((1 + stages, 1 + stages, *x.shape))
    kept[0, 0] = np.exp(x)
    powers = [np.ones(y.shape)]
    for _ in range(stages):
        powers.append(-y * powers[-1])
    for i in range(1, 1 + stages):
        kept[i, 0] = powers[i] * chained[i - 1]
        for j in range(1, i + 1):
            kept[i, j] = powers[i - j] / factorial(i - j) * last
    # From powers of time, in units of the step, to the values at its start, middle and end.
    power = [h * factorial(k) * np.stack(row) for k, row in enumerate(_driven(x, y, chained, stages))]
    nodes = power[0] - 3 * power[1] + 2 * power[2], 4 * (power[1] - power[2]), 2 * power[2] - power[1]
    scale = np.stack(powers)
    return Propagator(kept, np.stack([node * scale for node in nodes]))


def _phi(x: Array, count: int) -> list[Array]:
    """Return phi_1..phi_count at x <= 0: phi_(n+1) = (phi_n - 1/n!) / x, phi_0 = exp."""
    near = x > -1
    safe = np.where(near, -1.0, x)
    answers, phi = [], np.exp(safe)
    for n in range(count):
        phi = (phi - 1 / factorial(n)) / safe
        answers.append(phi)
    if near.any():
        small = np.where(near, x, 0.0)
        phi = _exponential_series(small, count)
        for n in range(count - 1, -1, -1):
            answers[n] = np.where(near, phi, answers[n])
            phi = small * phi + 1 / factorial(n)
    return answers


def _exponential_series(x: Array, n: int) -> Array:
    """Return phi_n(x) = sum_i x^i / (i + n)! where |x| is at most 1."""
    total = np.full(x.shape, 1 / factorial(_TERMS + n))
    for i in range(_TERMS - 1, -1, -1):
        total *= x
        total += 1 / factorial(i + n)
    return total


def _chained(x: Array, y: Array, stages: int) -> list[Array]:
    """Return [x, y^j], j = 1..stages: e^y phi_j(x - y), as e^x psi_j(x - y) where x is the larger.

    psi_j(d) = e^-d phi_j(d), psi_(j+1) = (psi_j - e^-d / j!) / d: no exponential grows.
    """
    answers = [np.exp(y) * phi for phi in _phi(np.minimum(x - y, 0.0), stages)]
    above = x > y
    if not above.any():
        return answers
    d = np.where(above, x - y, 1.0)
    near = d < 1
    safe, psi, left = np.where(near, 1.0, d), np.ones(d.shape), np.exp(-d)
    for n in range(stages):
        psi = (psi - left / factorial(n)) / safe
        series = np.exp(y) * _exponential_series(np.where(near, d, 0.0), n + 1)
        answers[n] = np.where(above, np.where(near, series, np.exp(x) * psi), answers[n])
    return answers


def _driven(x: Array, y: Array, chained: list[Array], stages: int) -> list[list[Array]]:
    """Return [0^(k+1), x, y^j] for k = 0..2 and j = 0..stages: divide by the larger of x and y."""
    rows: list[list[Array]] = [[phi] for phi in _phi(x, POWERS)]
    by_y, near = np.abs(y) >= np.abs(x), np.maximum(np.abs(x), np.abs(y)) < 1
    safe = np.where(near, -1.0, np.where(by_y, y, x))
    alone = None if by_y.all() else _alone(y, stages)
    for j in range(1, stages + 1):
        for k in range(POWERS):
            less = rows[k - 1][j] if k else chained[j - 1]
            other = rows[k][j - 1] if alone is None else np.where(by_y, rows[k][j - 1], alone[k][j])
            rows[k].append((less - other) / safe)
        _replace_near(rows, near, x, y, j)
    return rows


def _alone(y: Array, stages: int) -> list[list[Array]]:
    """Return [0^(k+1), y^j] for k = 0..2 and j = 0..stages."""
    rows = [[np.full(y.shape, 1 / factorial(k))] for k in range(POWERS)]
    near, last = y > -1, np.exp(y)
    safe = np.where(near, -1.0, y)
    for j in range(1, stages + 1):
        for k in range(POWERS):
            less = rows[k - 1][j] if k else last / factorial(j - 1)
            rows[k].append((less - rows[k][j - 1]) / safe)
        _replace_near(rows, near, None, y, j)
    return rows


def _replace_near(
    rows: list[list[Array]], near: NDArray[np.bool_], x: Array | None, y: Array, j: int
) -> None:
    """Where all nodes are near 0, take the row of k = 2 from its series and the others from that one.

    y [0^(k+1), x, y^j] = [0^k, x, y^j] - [0^(k+1), x, y^(j-1)], read from the left.
    """
    if not near.any():
        return
    value = _series(None if x is None else np.where(near, x, 0.0), np.where(near, y, 0.0), j)
    for k in range(POWERS - 1, -1, -1):
        rows[k][j] = np.where(near, value, rows[k][j])
        value = y * value + rows[k][j - 1]


def _series(x: Array | None, y: Array, j: int) -> Array:
    """Return [0^3, x, y^j], or without x, as sum_n h_n / (n + nodes - 1)!, h_n complete homogeneous."""
    nodes = POWERS + j + (x is not None)
    own, homogeneous = np.ones(y.shape), np.ones(y.shape)
    total = np.full(y.shape, 1 / factorial(nodes - 1))
    for n in range(1, _TERMS):
        own = own * (y * ((n + j - 1) / n))  # of y alone: binomial (n + j - 1, n) y^n
        homogeneous = own if x is None else x * homogeneous + own
        total += homogeneous / factorial(n + nodes - 1)
    return total
