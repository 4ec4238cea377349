"""Whether a plate is single-hit: every test of the slope on log dose, and of the fit as a whole.

With U and I the score and expected information, group intercepts removed:

    Wald               (b - 1) / error(b)
    likelihood ratio   sign(b - 1) sqrt(2 (l(b) - l(1)))
    score on log dose  U / sqrt(I) for adding b log d to the single-hit fit
    score on dose      the same for adding d
    deviance, Pearson  distance of the wells from the fit, chi-square on doses less groups
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, ndtr, xlogy

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.wells.dilution import by_dose, per_hit
from remnant.stats.wells.groups import GroupedWells
from remnant.stats.wells.slope import fit_slope


@dataclass(frozen=True)
class SingleHitTests:
    """Tests of the single-hit model, pooled over groups; a field is None where no such test exists.

    Parameters
    ----------
    slope, slope_error : float or None
        Maximum-likelihood slope of log(hits) on log(dose) and its standard error; single-hit is 1.
    separated : bool
        Whether the slope's estimate is infinite: some dose splits the negative from the positive wells.
    wald_z, likelihood_ratio_z, score_log_dose_z, score_dose_z : float or None
        Signed normal deviates; positive is steeper than single-hit.
    wald_p, likelihood_ratio_p, score_log_dose_p, score_dose_p : float or None
        Two-sided.
    deviance, pearson, deviance_p : float or None
        Distance of the wells from the single-hit fit; p from chi-square on rows less groups. With one row a
        well the deviance is no chi-square: see `pooled_deviance_p`.
    degrees_of_freedom : int
        Rows less groups.
    pearson_p : float or None
    lower, upper : float or None
        Profile limits of the slope; None on the side where it is infinite.
    wald_lower, wald_upper : float or None
        Wald limits of the slope.
    pooled_deviance_p : float or None
        As `deviance_p`, with all wells of a group and dose as one row.
    """

    slope: float | None
    slope_error: float | None
    separated: bool
    wald_z: float | None
    wald_p: float | None
    likelihood_ratio_z: float | None
    likelihood_ratio_p: float | None
    score_log_dose_z: float | None
    score_log_dose_p: float | None
    score_dose_z: float | None
    score_dose_p: float | None
    deviance: float | None
    pearson: float | None
    deviance_p: float | None
    degrees_of_freedom: int
    pearson_p: float | None = None
    lower: float | None = None
    upper: float | None = None
    wald_lower: float | None = None
    wald_upper: float | None = None
    pooled_deviance_p: float | None = None


def single_hit_tests(
    dose: npt.ArrayLike,
    tested: npt.ArrayLike,
    positive: npt.ArrayLike,
    group: npt.ArrayLike | None = None,
    *,
    confidence: float = 0.95,
) -> SingleHitTests:
    """Test whether wells turn positive by one cell alone.

    Parameters
    ----------
    dose, tested, positive : array-like, shape (doses,)
        Cells per well, wells scored, wells with a colony.
    group : array-like, shape (doses,), optional
        Plate of each dose: frequencies differ between groups, the slope is shared.
    confidence : float, default 0.95
        Of the limits of the slope.

    Returns
    -------
    SingleHitTests
        With three or four doses these have little power: read the slope with its limits, not only p.

    References
    ----------
    Gart & Weiss (1967) Biometrika 54:671-672 (score test on dose); Hu & Smyth (2009).
    """
    wells = GroupedWells.fit(dose, tested, positive, group)
    deviance, pearson, freedom = distance(wells)
    pooled = distance(_pooled(wells))
    fitted = fit_slope(wells, confidence=confidence)
    z: dict[str, float | None] = dict.fromkeys(("wald", "likelihood_ratio", "score_log_dose", "score_dose"))
    if fitted is not None:
        z["score_log_dose"] = _score_z(wells, np.log(wells.dose))
        z["score_dose"] = _score_z(wells, wells.dose)
        if fitted.value is not None and fitted.error is not None:
            z["wald"] = (fitted.value - 1) / fitted.error
            z["likelihood_ratio"] = float(np.copysign(np.sqrt(2 * fitted.gain), fitted.value - 1))
    tests = {f"{name}_z": value for name, value in z.items()}
    tests |= {
        f"{name}_p": None if value is None else float(2 * ndtr(-abs(value))) for name, value in z.items()
    }
    return SingleHitTests(
        slope=fitted.value if fitted else None,
        slope_error=fitted.error if fitted else None,
        separated=bool(fitted and fitted.separated),
        **tests,
        deviance=deviance,
        pearson=pearson,
        deviance_p=_tail(freedom, deviance),
        degrees_of_freedom=freedom,
        pearson_p=_tail(freedom, pearson),
        lower=fitted.lower if fitted else None,
        upper=fitted.upper if fitted else None,
        wald_lower=fitted.wald_lower if fitted else None,
        wald_upper=fitted.wald_upper if fitted else None,
        pooled_deviance_p=_tail(pooled[2], pooled[0]),
    )


def distance(wells: GroupedWells) -> tuple[float, float, int]:
    """Deviance and Pearson chi-square of the single-hit fit, with their degrees of freedom."""
    use = wells.informative
    freedom = len(wells.dose) - wells.groups
    n, s = wells.tested[use], wells.positive[use]
    hits = wells.frequency[use] * wells.dose[use]
    chance, stays = -np.expm1(-hits), np.exp(-hits)
    # log(stays) is -hits: written so, a well that could hardly stay negative still has its logarithm.
    deviance = 2 * np.sum(xlogy(s, s / (n * chance)) + xlogy(n - s, (n - s) / n) + (n - s) * hits)
    # A well expected negative with probability below the smallest number cannot be seen to differ.
    spread = np.maximum(n * chance * stays, np.finfo(float).tiny)
    return max(float(deviance), 0.0), float(np.sum((s - n * chance) ** 2 / spread)), freedom


def _tail(freedom: int, value: float) -> float | None:
    return float(chdtrc(freedom, value)) if freedom > 0 else None


def _pooled(wells: GroupedWells) -> GroupedWells:
    """All wells of a group and dose as one row."""
    pairs = np.column_stack([wells.group.astype(float), wells.dose])
    _, first, where = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    _, n, s = by_dose(where.ravel().astype(float), wells.tested, wells.positive)
    return GroupedWells(wells.dose[first], n, s, wells.group[first], wells.frequency[first])


def _score_z(wells: GroupedWells, covariate: FloatArray) -> float:
    """Efficient score for adding `covariate` to the single-hit fit, group intercepts removed."""
    use = wells.select(wells.informative)
    hits = use.frequency * use.dose
    each = per_hit(hits)
    residual = use.positive * each - (use.tested - use.positive) * hits
    weight = use.tested * hits * each
    centred = covariate[wells.informative].copy()
    for label in range(use.groups):
        own = use.group == label
        centred[own] -= np.average(centred[own], weights=weight[own])
    return float(np.sum(centred * residual) / np.sqrt(np.sum(weight * centred**2)))
