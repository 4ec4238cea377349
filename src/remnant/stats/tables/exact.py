"""Two by two tables: the conditional odds ratio with exact limits, and the classics beside it.

Given both margins the count x of the first cell has P(x) proportional to C(n1, x) C(n2, m - x) psi^x,
where psi is the odds ratio (Fisher). Limits are the psi at which each tail holds half of what confidence
leaves; they are solved in log psi, where they are well behaved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import chdtrc, gammaln, logsumexp, ndtri

from remnant.stats.fractions.proportion import wilson
from remnant.stats.numerics.arrays import FloatArray


@dataclass(frozen=True)
class OddsRatio:
    """Conditional odds ratio of the first row against the second.

    Parameters
    ----------
    value, lower, upper : float
        In [0, inf]; infinite limits are real answers here.
    p_two_sided : float
        Sum over tables no more likely than the one seen.
    p_greater, p_mid : float
        One-sided for an odds ratio above 1; and the same with half of the seen table.
    informative : bool
        Whether the margins leave any choice: False for 0 of n against 0 of m.
    """

    value: float
    lower: float
    upper: float
    p_two_sided: float
    p_greater: float
    p_mid: float
    informative: bool


def odds_ratio(k1: int, n1: int, k2: int, n2: int, *, confidence: float = 0.95) -> OddsRatio:
    """Compare k1 of n1 with k2 of n2 by exact conditional inference.

    Examples
    --------
    >>> found = odds_ratio(3, 12, 0, 150)
    >>> found.value, round(found.lower, 2), found.upper
    (inf, 5.78, inf)
    """
    return stratified_odds_ratio([k1], [n1], [k2], [n2], confidence=confidence)


def stratified_odds_ratio(
    k1: npt.ArrayLike, n1: npt.ArrayLike, k2: npt.ArrayLike, n2: npt.ArrayLike, *, confidence: float = 0.95
) -> OddsRatio:
    """Common odds ratio of several tables (a stratum is a patient), by exact conditional inference.

    The sum of the first cells is sufficient; its law is the convolution of the strata's.

    References
    ----------
    Gart (1970) Biometrika 57:471-475, doi:10.1093/biomet/57.3.471.
    """
    tables = [np.atleast_1d(np.asarray(x, int)) for x in (k1, n1, k2, n2)]
    seen = int(tables[0].sum())
    low, log_weight = 0, np.zeros(1)
    for a, n, c, m in zip(*tables, strict=True):
        start, own = _hypergeometric(int(n), int(m), int(a + c))
        low, log_weight = low + start, _convolve(log_weight, own)
    support = np.arange(low, low + len(log_weight), dtype=float)
    high = support[-1]
    tail = (1 - confidence) / 2

    def law(log_psi: float) -> FloatArray:
        log_mass = log_weight + log_psi * support
        return np.exp(log_mass - logsumexp(log_mass))

    def solve(gap: Callable[[float], float]) -> float:
        bound = 1.0
        while gap(-bound) * gap(bound) > 0:
            bound *= 2
        return float(np.exp(brentq(gap, -bound, bound, xtol=1e-14, rtol=1e-14)))

    at, at_least = support == seen, support >= seen
    if seen == low:
        value = 0.0
    elif seen == high:
        value = inf
    else:
        value = solve(lambda t: float(law(t) @ support) - seen)
    lower = 0.0 if seen == low else solve(lambda t: float(law(t)[at_least].sum()) - tail)
    upper = inf if seen == high else solve(lambda t: float(law(t)[~at_least | at].sum()) - tail)
    null = law(0.0)
    p_greater = float(null[at_least].sum())
    # Tables as likely as the one seen differ from it by rounding alone.
    p_two_sided = float(null[null <= null[at] * (1 + 1e-7)].sum())
    return OddsRatio(
        value,
        lower,
        upper,
        min(p_two_sided, 1.0),
        min(p_greater, 1.0),
        min(p_greater - float(null[at][0]) / 2, 1.0),
        bool(high > low),
    )


def newcombe_difference(
    k1: int, n1: int, k2: int, n2: int, *, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Difference of two fractions, first less second, with limits joined from two Wilson intervals.

    References
    ----------
    Newcombe (1998) Stat Med 17:873-890, method 10.
    """
    p1, p2 = k1 / n1, k2 / n2
    (l1, u1), (l2, u2) = (wilson(k, n, confidence=confidence) for k, n in ((k1, n1), (k2, n2)))
    below = np.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2)
    above = np.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)
    return p1 - p2, float(p1 - p2 - below), float(p1 - p2 + above)


@dataclass(frozen=True)
class MantelHaenszel:
    """Pooled odds ratio over strata and how far the strata agree on it.

    Parameters
    ----------
    value, lower, upper : float
        Mantel-Haenszel odds ratio with Robins-Breslow-Greenland limits.
    chi_square, p : float
        Test of an odds ratio of 1, without continuity correction, 1 degree of freedom.
    breslow_day, breslow_day_p, tarone, tarone_p : float
        Test that all strata share the odds ratio, strata less 1 degrees of freedom.
    """

    value: float
    lower: float
    upper: float
    chi_square: float
    p: float
    breslow_day: float
    breslow_day_p: float
    tarone: float
    tarone_p: float


def mantel_haenszel(
    k1: npt.ArrayLike, n1: npt.ArrayLike, k2: npt.ArrayLike, n2: npt.ArrayLike, *, confidence: float = 0.95
) -> MantelHaenszel | None:
    """Pool tables of several patients; None where the tables give no finite pooled ratio.

    References
    ----------
    Mantel & Haenszel (1959) J Natl Cancer Inst 22:719-748; Robins, Breslow & Greenland (1986)
    Biometrics 42:311-323; Breslow & Day (1980) Statistical Methods in Cancer Research I; Tarone (1985)
    Biometrika 72:91-95.
    """
    a, row1, c, row2 = (np.asarray(x, float) for x in (k1, n1, k2, n2))
    b, d, total, column = row1 - a, row2 - c, row1 + row2, a + c
    r, s = a * d / total, b * c / total
    if r.sum() == 0 or s.sum() == 0:
        return None
    pooled = r.sum() / s.sum()
    p, q = (a + d) / total, (b + c) / total
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    margin = ndtri((1 + confidence) / 2) * np.sqrt(variance)
    expected = row1 * column / total
    spread = row1 * row2 * column * (total - column) / (total**2 * (total - 1))
    chi_square = (a - expected).sum() ** 2 / spread.sum()
    fitted, inverse = _expected_under(pooled, row1, row2, column)
    own = inverse > 0
    breslow = float((((a - fitted) ** 2)[own] * inverse[own]).sum())
    # A stratum whose margins leave no choice has no variance and says nothing of agreement.
    tarone = breslow - float((a - fitted)[own].sum() ** 2 / (1 / inverse[own]).sum())
    freedom = max(int(own.sum()) - 1, 1)
    return MantelHaenszel(
        float(pooled),
        float(pooled * np.exp(-margin)),
        float(pooled * np.exp(margin)),
        float(chi_square),
        float(chdtrc(1, chi_square)),
        breslow,
        float(chdtrc(freedom, breslow)),
        tarone,
        float(chdtrc(freedom, max(tarone, 0.0))),
    )


def _expected_under(
    psi: float, row1: FloatArray, row2: FloatArray, column: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """First cell that has odds ratio `psi` within the margins, and one over its variance (0 if fixed)."""
    qa, qb, qc = 1 - psi, row2 - column + psi * (row1 + column), -psi * row1 * column
    # The root within the margins, in the form without cancellation; it holds for psi = 1 too.
    fitted = -2 * qc / (qb + np.sqrt(qb**2 - 4 * qa * qc))
    cells = [fitted, row1 - fitted, column - fitted, row2 - column + fitted]
    fixed = np.min(cells, axis=0) <= 1e-9
    inverse = np.sum([1 / np.where(fixed, 1.0, cell) for cell in cells], axis=0)
    return fitted, np.where(fixed, 0.0, inverse)


def _hypergeometric(n: int, m: int, column: int) -> tuple[int, FloatArray]:
    """Smallest first cell and log C(n, x) C(m, column - x) from there on."""
    x = np.arange(max(0, column - m), min(n, column) + 1, dtype=float)
    y = column - x
    log_mass = -(gammaln(x + 1) + gammaln(n - x + 1) + gammaln(y + 1) + gammaln(m - y + 1))
    return int(x[0]), log_mass - log_mass.max()


def _convolve(first: FloatArray, second: FloatArray) -> FloatArray:
    """Log of the convolution, row by row: the tails matter, so it is not done by Fourier transform."""
    total = np.full((len(first), len(first) + len(second) - 1), -inf)
    for row, value in enumerate(first):
        total[row, row : row + len(second)] = value + second
    return np.asarray(logsumexp(total, axis=0))
