"""Limits of blank and of detection from replicates on a continuous scale, in the manner of CLSI EP17.

Parametric: LoB = mean + c SD of B blanks, LoD = LoB + c SD pooled over low results, with
c = z / (1 - 1 / (4 f)) for f degrees of freedom, z the normal quantile: the SD of few results is too small
on average. By rank: LoB is a percentile of the blanks (`remnant.stats.rare.detection.ranked`), and LoD the
median of the low samples that exceed it with the wanted probability.

The sample sizes are from the literature, not from a validation of any assay; a laboratory puts its own there.

References
----------
CLSI EP17-A2 (2012), section 5 (citation of the sizes to complete). Tholen et al. (2004) EP17-A.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from remnant.stats.rare.detection import ranked


@dataclass(frozen=True)
class SampleSize:
    """What a validation must hold before its limits are more than provisional; defaults from the literature.

    Parameters
    ----------
    blanks, low : int
        Results of blank and of low samples.
    lots, days : int
        Of reagents, and of measurement.
    """

    blanks: int = 60
    low: int = 60
    lots: int = 2
    days: int = 3

    def shortfalls(self, blanks: int, low: int, lots: int, days: int) -> tuple[str, ...]:
        """Say what a validation falls short of; empty where it is enough.

        Examples
        --------
        >>> SampleSize().shortfalls(60, 40, 2, 1)
        ('40 low results of 60', '1 days of 3')
        """
        held = ("blanks", blanks), ("low results", low), ("lots", lots), ("days", days)
        asked = (self.blanks, self.low, self.lots, self.days)
        return tuple(
            f"{found} {name} of {least}"
            for (name, found), least in zip(held, asked, strict=True)
            if found < least
        )


def parametric_blank(blanks: npt.ArrayLike, *, probability: float = 0.95) -> float:
    """Limit of blank of normal results: mean + c SD.

    Examples
    --------
    >>> round(parametric_blank([-1.0, 0.0, 1.0, 2.0]), 3)
    2.817
    """
    values = np.asarray(blanks, float)
    assert len(values) >= 2, "a spread needs two results"
    return float(values.mean() + _factor(len(values), probability) * values.std(ddof=1))


def parametric_detection(
    limit_of_blank: float, low: Sequence[npt.ArrayLike], *, probability: float = 0.95
) -> float:
    """Limit of detection of normal results: LoB + c SD, pooled over low samples.

    Parameters
    ----------
    limit_of_blank : float
        From the blanks.
    low : sequence of array-like
        Replicates of each low sample, two or more.
    probability : float, default 0.95
        That a sample at the limit exceeds the limit of blank.
    """
    groups = [np.asarray(sample, float) for sample in low]
    assert groups, "a limit of detection needs low samples"
    assert all(len(group) >= 2 for group in groups), "a spread needs two results"
    results, freedom = sum(len(group) for group in groups), sum(len(group) - 1 for group in groups)
    pooled = np.sqrt(sum(((group - group.mean()) ** 2).sum() for group in groups) / freedom)
    return float(limit_of_blank + _factor(results - len(groups) + 1, probability) * pooled)


def ranked_detection(
    limit_of_blank: float, low: Sequence[npt.ArrayLike], *, probability: float = 0.95
) -> float | None:
    """Limit of detection without a distribution: the lowest median of samples that exceed LoB often enough.

    Returns
    -------
    float or None
        None where no sample does.
    """
    groups = [np.asarray(sample, float) for sample in low]
    enough = [group for group in groups if ranked(-group, probability=probability) < -limit_of_blank]
    return min((float(np.median(group)) for group in enough), default=None)


def _factor(results: int, probability: float) -> float:
    return float(ndtri(probability) / (1 - 1 / (4 * (results - 1))))
