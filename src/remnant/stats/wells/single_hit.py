"""Is a limiting-dilution plate single-hit? Fit log h = a_group + b log d and ask whether b = 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, ndtr, xlogy

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.wells.dilution import maximum_likelihood


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
        Distance of the wells from the single-hit fit; p from chi-square on doses less groups.
    degrees_of_freedom : int
        Doses less groups.
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


@dataclass(frozen=True)
class _Wells:
    """Doses with wells, and the fitted single-hit chance of a positive one."""

    dose: FloatArray
    tested: FloatArray
    positive: FloatArray
    group: npt.NDArray[np.intp]
    frequency: FloatArray  # of each dose's group

    @property
    def informative(self) -> npt.NDArray[np.bool_]:
        """Doses in groups whose wells disagree: the rest fit perfectly and carry no information."""
        return np.asarray((self.frequency > 0) & np.isfinite(self.frequency))


def single_hit_tests(
    dose: npt.ArrayLike,
    tested: npt.ArrayLike,
    positive: npt.ArrayLike,
    group: npt.ArrayLike | None = None,
) -> SingleHitTests:
    """Test whether wells turn positive by one cell alone.

    Parameters
    ----------
    dose, tested, positive : array-like, shape (doses,)
        Cells per well, wells scored, wells with a colony.
    group : array-like, shape (doses,), optional
        Plate of each dose: frequencies differ between groups, the slope is shared.

    Returns
    -------
    SingleHitTests
        With three or four doses these have little power: read the slope with its error, not only p.

    References
    ----------
    Gart & Weiss (1967) Biometrika 54:671-672 (score test on dose); Hu & Smyth (2009).
    """
    wells = _fit(dose, tested, positive, group)
    deviance, pearson, freedom = _distance(wells)
    separated, identified = _slope_exists(wells)
    z: dict[str, float | None] = dict.fromkeys(("wald", "lr", "log_dose", "dose"))
    slope = error = None
    if identified:
        z["log_dose"] = _score_z(wells, np.log(wells.dose))
        z["dose"] = _score_z(wells, wells.dose)
        if not separated:
            slope, error, gain = _slope(wells)
            z["wald"] = (slope - 1) / error
            z["lr"] = float(np.copysign(np.sqrt(max(2 * gain, 0.0)), slope - 1))
    p = {name: None if value is None else float(2 * ndtr(-abs(value))) for name, value in z.items()}
    return SingleHitTests(
        slope,
        error,
        separated,
        z["wald"],
        p["wald"],
        z["lr"],
        p["lr"],
        z["log_dose"],
        p["log_dose"],
        z["dose"],
        p["dose"],
        deviance,
        pearson,
        float(chdtrc(freedom, deviance)) if freedom > 0 else None,
        freedom,
    )


def group_difference(
    dose: npt.ArrayLike, tested: npt.ArrayLike, positive: npt.ArrayLike, group: npt.ArrayLike
) -> tuple[float, int, float]:
    """Likelihood-ratio test that all groups share one frequency.

    Returns
    -------
    chi_square : float
    degrees_of_freedom : int
    p : float
    """
    apart = _fit(dose, tested, positive, group)
    together = _fit(dose, tested, positive, None)
    freedom = len(np.unique(apart.group)) - 1
    chi_square = max(_distance(together)[0] - _distance(apart)[0], 0.0)
    return chi_square, freedom, float(chdtrc(freedom, chi_square)) if freedom else 1.0


def _fit(
    dose: npt.ArrayLike, tested: npt.ArrayLike, positive: npt.ArrayLike, group: npt.ArrayLike | None
) -> _Wells:
    d, n, s = (np.atleast_1d(np.asarray(x, float)) for x in (dose, tested, positive))
    labels = np.zeros(d.shape, int) if group is None else np.unique(np.asarray(group), return_inverse=True)[1]
    kept = (n > 0) & (d > 0)  # a dose without wells, or without cells, says nothing
    d, n, s, labels = d[kept], n[kept], s[kept], labels[kept]
    frequency = np.zeros_like(d)
    for label in np.unique(labels):
        own = labels == label
        frequency[own] = maximum_likelihood(d[own], n[own], s[own])
    return _Wells(d, n, s, labels, frequency)


def _log_likelihood(wells: _Wells, hits: FloatArray) -> float:
    negative = wells.tested - wells.positive
    return float(np.sum(xlogy(wells.positive, -np.expm1(-hits)) - negative * hits))


def _distance(wells: _Wells) -> tuple[float, float, int]:
    """Deviance and Pearson chi-square of the single-hit fit, with their degrees of freedom."""
    use = wells.informative
    freedom = len(wells.dose) - len(np.unique(wells.group))
    n, s = wells.tested[use], wells.positive[use]
    hits = wells.frequency[use] * wells.dose[use]
    chance, stays = -np.expm1(-hits), np.exp(-hits)
    # log(stays) is -hits: written so, a well that could hardly stay negative still has its logarithm.
    deviance = 2 * np.sum(xlogy(s, s / (n * chance)) + xlogy(n - s, (n - s) / n) + (n - s) * hits)
    # A well expected negative with probability below the smallest number cannot be seen to differ.
    spread = np.maximum(n * chance * stays, np.finfo(float).tiny)
    return max(float(deviance), 0.0), float(np.sum((s - n * chance) ** 2 / spread)), freedom


def _slope_exists(wells: _Wells) -> tuple[bool, bool]:
    """Whether the slope runs to infinity, and whether the doses say anything of it at all."""
    identified = False
    splits = {+1: True, -1: True}
    for label in np.unique(wells.group):
        own = (wells.group == label) & wells.informative
        if len(np.unique(wells.dose[own])) > 1:
            identified = True
        lonely = wells.dose[own & (wells.positive > 0)], wells.dose[own & (wells.positive < wells.tested)]
        if not own.any():
            continue
        positive, negative = lonely
        splits[+1] &= negative.max() <= positive.min()
        splits[-1] &= positive.max() <= negative.min()
    return bool(identified and (splits[+1] or splits[-1])), identified


def _score_z(wells: _Wells, covariate: FloatArray) -> float:
    """Efficient score for adding `covariate` to the single-hit fit, group intercepts removed."""
    use = wells.informative
    hits = wells.frequency[use] * wells.dose[use]
    covariate, group = covariate[use], wells.group[use]
    per_hit = hits / np.expm1(np.minimum(hits, 700.0))
    residual = wells.positive[use] * per_hit - (wells.tested[use] - wells.positive[use]) * hits
    weight = wells.tested[use] * hits * per_hit
    centred = covariate.copy()
    for label in np.unique(group):
        own = group == label
        centred[own] -= np.average(covariate[own], weights=weight[own])
    return float(np.sum(centred * residual) / np.sqrt(np.sum(weight * centred**2)))


def _slope(wells: _Wells) -> tuple[float, float, float]:
    """Maximum-likelihood slope, its standard error, and the gain of log-likelihood over slope 1."""
    use = wells.informative
    wells = _Wells(
        wells.dose[use], wells.tested[use], wells.positive[use], wells.group[use], wells.frequency[use]
    )
    labels = np.unique(wells.group)
    design = np.column_stack([(wells.group == label).astype(float) for label in labels])
    centre = np.log(wells.dose) @ wells.tested / wells.tested.sum()
    design = np.column_stack([design, np.log(wells.dose) - centre])
    base = _log_likelihood(wells, wells.frequency * wells.dose)
    # From the wells themselves: the single-hit fit can be too far away for scoring to find its way.
    share = (wells.positive + 0.5) / (wells.tested + 1)
    root = np.sqrt(wells.tested)
    value = np.linalg.lstsq(root[:, None] * design, root * np.log(-np.log1p(-share)), rcond=None)[0]
    best = _log_likelihood(wells, np.exp(design @ value))
    for _ in range(200):
        hits = np.exp(design @ value)
        per_hit = hits / np.expm1(np.minimum(hits, 700.0))
        residual = wells.positive * per_hit - (wells.tested - wells.positive) * hits
        curvature = design.T @ ((wells.tested * hits * per_hit)[:, None] * design)
        step = np.linalg.lstsq(curvature, design.T @ residual, rcond=None)[0]
        step *= min(1.0, 3.0 / max(float(np.abs(design @ step).max()), 1e-300))
        reached = _log_likelihood(wells, np.exp(design @ (value + step)))
        while reached < best - 1e-9 and np.abs(step).max() > 1e-12:  # scoring can overshoot: halve
            step = step / 2
            reached = _log_likelihood(wells, np.exp(design @ (value + step)))
        value, best = value + step, reached
        if np.abs(step).max() < 1e-13:
            break
    hits = np.exp(design @ value)
    weight = wells.tested * hits * (hits / np.expm1(np.minimum(hits, 700.0)))
    covariance = np.linalg.inv(design.T @ (weight[:, None] * design))
    return float(value[-1]), float(np.sqrt(covariance[-1, -1])), best - base
