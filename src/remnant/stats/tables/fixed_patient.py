"""Logistic regression with an intercept for each patient and one log odds ratio, solved along the ratio.

Given the odds ratio psi and a patient's margins, the intercept that fits best makes the fitted cells a, b, c,
d (a + b = n1, a + c = abnormal, ad = psi bc), so the likelihood equation is sum k1 = sum a(psi): one unknown,
however many patients. The slope of a(psi) in log psi is 1 / (1/a + 1/b + 1/c + 1/d), also the information.

With few nuclei in each patient the estimate runs away from 0 (for one nucleus of each kind, to its double):
the conditional estimate does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, xlogy

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.roots import falling_root
from remnant.stats.tables.strata import Separation, Strata


@dataclass(frozen=True)
class FixedPatientFit:
    """Maximum likelihood with fixed patients.

    Parameters
    ----------
    log_odds, error : float
        Log odds ratio and its standard error.
    deviance : float
        Against a model with a fraction of its own for each compartment of each patient.
    chi_square, p : float
        Likelihood-ratio test of an odds ratio of 1, 1 degree of freedom.
    """

    log_odds: float
    error: float
    deviance: float
    chi_square: float
    p: float


def fixed_patient_logistic(tables: Strata) -> FixedPatientFit | None:
    """Fit one log odds ratio with fixed patients; None where separation leaves none that is finite.

    Parameters
    ----------
    tables : Strata
        From `strata`; those without a choice in their margins fit exactly and say nothing.

    References
    ----------
    Breslow & Day (1980) Statistical Methods in Cancer Research I, chapter 6.

    Examples
    --------
    >>> from remnant.stats.tables.strata import strata
    >>> fit = fixed_patient_logistic(strata([2, 1, 4, 3], [6, 5, 9, 7], [1, 2, 3, 1], [20, 25, 30, 18]))
    >>> round(fit.log_odds, 6), round(fit.error, 6), round(fit.deviance, 6)
    (1.97315, 0.565686, 0.746572)
    """
    if tables.separation is not Separation.NONE:
        return None
    free = tables.only(tables.informative)
    seen = free.k1.sum()

    def gap(log_psi: FloatArray) -> tuple[FloatArray, FloatArray]:
        fitted = [fitted_cells(float(np.exp(x)), free) for x in log_psi]
        values = [seen - cells[0].sum() for cells in fitted]
        return np.array(values), np.array([-_information(cells) for cells in fitted])

    reach = 2.0
    while gap(np.array([-reach]))[0] < 0 or gap(np.array([reach]))[0] > 0:
        reach *= 2
    log_odds = float(falling_root(gap, np.array([-reach]), np.array([reach]), tolerance=1e-13)[0])
    fitted = fitted_cells(float(np.exp(log_odds)), free)
    own, null = (_deviance(free.cells, cells) for cells in (fitted, fitted_cells(1.0, free)))
    gain = max(null - own, 0.0)
    return FixedPatientFit(
        log_odds, float(1 / np.sqrt(_information(fitted))), own, gain, float(chdtrc(1, gain))
    )


def fitted_cells(psi: float, free: Strata) -> FloatArray:
    """Cells within the margins whose odds ratio is `psi`, shape (4, strata), each to its last digits.

    Parameters
    ----------
    psi : float
        Above 0, finite.
    free : Strata
        Informative strata only.
    """
    if psi < 1:
        # Normal nuclei in place of abnormal ones turn the ratio over.
        mirrored = Strata(free.n1 - free.k1, free.n1, free.n2 - free.k2, free.n2)
        return fitted_cells(1 / psi, mirrored)[[1, 0, 3, 2]]
    row1, row2, column, other = free.n1, free.n2, free.column, free.total - free.column
    # b and c are the small cells; their difference is known, the smaller a root without cancellation.
    gap = row1 - column
    first, second = np.where(gap < 0, row1, column), np.where(gap < 0, other, row2)
    half = psi * np.abs(gap) + first + second
    smaller = 2 * first * second / (half + np.sqrt(half**2 + 4 * (psi - 1) * first * second))
    b, c = smaller + np.maximum(gap, 0), smaller + np.maximum(-gap, 0)
    # So is that of a and d, whose product is then psi bc.
    lead = column - row2
    product = psi * b * c
    smaller = 2 * product / (np.abs(lead) + np.sqrt(lead**2 + 4 * product))
    return np.array([smaller + np.maximum(lead, 0), b, c, smaller + np.maximum(-lead, 0)])


def _information(cells: FloatArray) -> float:
    return float((1 / (1 / cells).sum(axis=0)).sum())


def _deviance(cells: FloatArray, fitted: FloatArray) -> float:
    return max(float(2 * xlogy(cells, cells / fitted).sum()), 0.0)
