"""One burden by every method, side by side: the posterior, the delta method, the product of limits.

- posterior: equal-tailed interval of frequency x clone fraction (`remnant.persistence.burden`);
- counts alone: the same of the raw counts, Gamma(a + 1/2) / A x Beta(k + 1/2, n - k + 1/2);
- log-delta: log(f pi) +- z (1/a - 1/A + 1/k - 1/n)^(1/2), of the raw counts; undefined where a count is 0;
- worst case: exact limits of the events times exact limits of the nuclei, each at the given coverage: wider
  than its name, and the lower one less what impurity alone could explain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from remnant.cytogenetics import ScoredClone
from remnant.persistence.burden import MILLION, burden_posterior, clone_per_million
from remnant.persistence.compartment_count import CompartmentCount, compartment_frequency
from remnant.stats.fractions.proportion import clopper_pearson
from remnant.stats.numerics.posterior import beta_posterior
from remnant.stats.rare.product import ProductPosterior
from remnant.study.estimate import Estimate

UNKNOWN = "no nuclei, or no count"


@dataclass(frozen=True)
class MethodLimits:
    """Malignant cells per million by one method.

    Parameters
    ----------
    method : str
        `posterior`, `counts alone`, `log-delta` or `worst case`.
    value, lower, upper : float or None
        Per million nucleated cells; None where the method has no answer.
    remark : str
        What is and what is not in the limits.
    """

    method: str
    value: float | None
    lower: float | None
    upper: float | None
    remark: str


@dataclass(frozen=True)
class BurdenAnswer:
    """A burden, its factors, and what other methods say.

    Parameters
    ----------
    frequency : Estimate
        Cells of the compartment per nucleated cell.
    clone_fraction : Estimate
        Cells of the clone per cell of the compartment.
    per_million : Estimate
        Cells of the clone in the compartment per million nucleated cells.
    background_events : float
        Events in the gate expected to have leaked in.
    prior : str
        What was believed of the probe and the fraction.
    confidence : float
        Coverage of all limits.
    methods : tuple of MethodLimits
        The same quantity by each method.
    """

    frequency: Estimate
    clone_fraction: Estimate
    per_million: Estimate
    background_events: float
    prior: str
    confidence: float
    methods: tuple[MethodLimits, ...]


def burden_by_every_method(count: CompartmentCount, clone: ScoredClone, *, confidence: float) -> BurdenAnswer:
    """Multiply a compartment's frequency by its clone fraction, by every method.

    Parameters
    ----------
    count : CompartmentCount
        The gate.
    clone : ScoredClone
        The slide.
    confidence : float
        Coverage, in (0, 1).
    """
    fraction = clone.estimate.fraction
    return BurdenAnswer(
        compartment_frequency(count, confidence=confidence),
        fraction,
        clone_per_million(count, fraction, clone.posterior, confidence=confidence),
        count.leaked.mean,
        clone.estimate.prior,
        confidence,
        (
            _posterior(count, clone, confidence),
            _counts_alone(count, clone, confidence),
            _log_delta(count, clone, confidence),
            _worst_case(count, clone, confidence),
        ),
    )


def _posterior(count: CompartmentCount, clone: ScoredClone, confidence: float) -> MethodLimits:
    product = burden_posterior(count, clone.posterior)
    return _of(product, "posterior", "median; counting, background, cuts, probe, purity", confidence)


def _counts_alone(count: CompartmentCount, clone: ScoredClone, confidence: float) -> MethodLimits:
    k, n = clone.estimate.nuclei_abnormal, clone.estimate.nuclei_scored
    fraction = beta_posterior(k + 0.5, n - k + 0.5) if n else None
    product = burden_posterior(CompartmentCount(count.events, count.cells), fraction)
    return _of(product, "counts alone", "median; raw counts, as if nothing else erred", confidence)


def _of(product: ProductPosterior | None, method: str, remark: str, confidence: float) -> MethodLimits:
    if product is None:
        return MethodLimits(method, None, None, None, UNKNOWN)
    lower, middle, upper = product.quantile([(1 - confidence) / 2, 0.5, (1 + confidence) / 2])
    value, low, high = (MILLION * float(x) for x in (middle, lower, upper))
    return MethodLimits(method, value, low, high, remark)


def _log_delta(count: CompartmentCount, clone: ScoredClone, confidence: float) -> MethodLimits:
    a, cells, k, n = count.events, count.cells, clone.estimate.nuclei_abnormal, clone.estimate.nuclei_scored
    if not a or not k:
        none = "undefined: a count is 0"
        return MethodLimits("log-delta", None, None, None, none)
    value = a / cells * k / n
    spread = float(ndtri((1 + confidence) / 2) * np.sqrt(1 / a - 1 / cells + 1 / k - 1 / n))
    low, high = (MILLION * value * float(np.exp(x)) for x in (-spread, spread))
    return MethodLimits("log-delta", MILLION * value, low, high, "raw counts; counting alone")


def _worst_case(count: CompartmentCount, clone: ScoredClone, confidence: float) -> MethodLimits:
    estimate = clone.estimate
    if count.events is None or not estimate.nuclei_scored:
        return MethodLimits("worst case", None, None, None, UNKNOWN)
    few, many = (float(x) for x in clopper_pearson(count.events, count.cells, confidence=confidence))
    if count.fewest is not None:
        few = float(clopper_pearson(int(count.fewest), count.cells, confidence=confidence)[0])
    if count.most is not None:
        many = float(clopper_pearson(int(np.ceil(count.most)), count.cells, confidence=confidence)[1])
    few = max(few - count.leaked.high_mean / count.cells, 0.0)
    low, high = (
        float(x)
        for x in clopper_pearson(estimate.nuclei_abnormal, estimate.nuclei_scored, confidence=confidence)
    )
    low = low if estimate.worst_case_lower is None else estimate.worst_case_lower
    remark = (
        "product of exact limits, cuts at their ends, less all that background and impurity could explain"
    )
    return MethodLimits("worst case", None, MILLION * few * low, MILLION * many * high, remark)
