"""One odds ratio for all patients by weighing their tables: Mantel-Haenszel, Peto, and how far they agree."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.special import chdtrc, ndtri

from remnant.stats.tables.fixed_patient import fitted_cells
from remnant.stats.tables.strata import Strata


@dataclass(frozen=True)
class Agreement:
    """Test that all patients share one odds ratio.

    Parameters
    ----------
    chi_square, p : float
        Statistic and its upper tail.
    freedom : int
        Degrees of freedom: patients that say something, less 1.
    """

    chi_square: float
    freedom: int
    p: float


@dataclass(frozen=True)
class MantelHaenszel:
    """Mantel-Haenszel odds ratio over patients.

    Parameters
    ----------
    value : float
        In [0, inf]: 0 or infinite under separation, and then without limits.
    log_error : float or None
        Robins-Breslow-Greenland standard error of the log.
    lower, upper : float or None
        Limits from it.
    chi_square, p : float
        Test of an odds ratio of 1, 1 degree of freedom, without correction for continuity.
    chi_square_corrected, p_corrected : float
        With it.
    breslow_day, tarone, heterogeneity : Agreement or None
        Breslow-Day, with Tarone's correction, and the inverse-variance sum of squares about the
        Mantel-Haenszel ratio; None where that is not finite, or where one patient alone says anything.
    """

    value: float
    log_error: float | None
    lower: float | None
    upper: float | None
    chi_square: float
    p: float
    chi_square_corrected: float
    p_corrected: float
    breslow_day: Agreement | None
    tarone: Agreement | None
    heterogeneity: Agreement | None


def mantel_haenszel(tables: Strata, *, confidence: float = 0.95) -> MantelHaenszel | None:
    """Pool tables of several patients; None where no patient has anything to compare.

    Parameters
    ----------
    tables : Strata
        From `strata`.
    confidence : float, default 0.95
        Coverage of the limits, in (0, 1).

    References
    ----------
    Mantel & Haenszel (1959) J Natl Cancer Inst 22:719-748; Robins, Breslow & Greenland (1986)
    Biometrics 42:311-323; Breslow & Day (1980) Statistical Methods in Cancer Research I; Tarone (1985)
    Biometrika 72:91-95.
    """
    if not tables.informative.any():
        return None
    free = tables.only(tables.informative)
    (a, b, c, d), total = free.cells, free.total
    r, s = a * d / total, b * c / total
    observed, spread = _above_expected(free)
    plain, corrected = (max(abs(observed) - gap, 0.0) ** 2 / spread for gap in (0.0, 0.5))
    if abs(observed) < 0.5:  # a correction may not exceed what it corrects
        corrected = plain
    tests = float(plain), float(chdtrc(1, plain)), float(corrected), float(chdtrc(1, corrected))
    if r.sum() == 0 or s.sum() == 0:
        value = inf if s.sum() == 0 else 0.0
        return MantelHaenszel(value, None, None, None, *tests, None, None, None)
    p, q = (a + d) / total, (b + c) / total
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    value, error = float(r.sum() / s.sum()), float(np.sqrt(variance))
    margin = float(ndtri((1 + confidence) / 2)) * error
    limits = float(value * np.exp(-margin)), float(value * np.exp(margin))
    agreements = *_breslow_day(free, value), _heterogeneity(free, value)
    return MantelHaenszel(value, error, *limits, *tests, *agreements)


@dataclass(frozen=True)
class Peto:
    """Peto's one-step log odds ratio; finite under separation, but biased where the ratio is far from 1.

    Parameters
    ----------
    log_odds, error, p : float
        Estimate, standard error, and two-sided normal p.
    """

    log_odds: float
    error: float
    p: float


def peto(tables: Strata) -> Peto | None:
    """Pool by Peto's method; None where no patient has anything to compare.

    References
    ----------
    Yusuf et al. (1985) Prog Cardiovasc Dis 27:335-371; bias: Greenland & Salvan (1990) Stat Med 9:247-252.
    """
    if not tables.informative.any():
        return None
    observed, spread = _above_expected(tables.only(tables.informative))
    return Peto(observed / spread, float(1 / np.sqrt(spread)), float(chdtrc(1, observed**2 / spread)))


def _above_expected(free: Strata) -> tuple[float, float]:
    """Sum of first cells above what an odds ratio of 1 expects, and its variance given the margins."""
    excess = free.k1 - free.n1 * free.column / free.total
    rows, columns = free.n1 * free.n2, free.column * (free.total - free.column)
    return float(excess.sum()), float((rows * columns / (free.total**2 * (free.total - 1))).sum())


def _breslow_day(free: Strata, psi: float) -> tuple[Agreement | None, Agreement | None]:
    fitted = fitted_cells(psi, free)
    excess, information = free.k1 - fitted[0], 1 / (1 / fitted).sum(axis=0)
    plain = float((excess**2 / information).sum())
    tarone = max(plain - float(excess.sum() ** 2 / information.sum()), 0.0)
    return _agreement(plain, len(excess)), _agreement(tarone, len(excess))


def _heterogeneity(free: Strata, psi: float) -> Agreement | None:
    """Half a nucleus goes only into tables with an empty cell."""
    cells = free.cells + np.where((free.cells == 0).any(axis=0), 0.5, 0.0)
    log_odds = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    error = np.sqrt((1 / cells).sum(axis=0))
    return _agreement(float((((log_odds - np.log(psi)) / error) ** 2).sum()), len(log_odds))


def _agreement(chi_square: float, patients: int) -> Agreement | None:
    freedom = patients - 1
    return Agreement(chi_square, freedom, float(chdtrc(freedom, chi_square))) if freedom else None
