"""How many abnormal nuclei are more than the probe's own errors: a cut-off for the patient's own n.

A percentage does not carry from slides of 200 nuclei to one of 20: 6 % of 20 is 1.2 nuclei. So a cut-off here
is a function of n, and six ways to make it are offered; the choice is in the plan, and the result names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import floor

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from remnant.stats.fractions.next_slide import binomial_quantile, predictive_quantile
from remnant.stats.fractions.overdispersion import fit
from remnant.stats.fractions.predictive import SlideRates, slide_rates

STANDARD_DEVIATIONS = 3.0
Slide = tuple[int, int]  # abnormal and scored nuclei


class CutoffMethod(StrEnum):
    """Ways to turn control slides into a cut-off.

    BETA_BINOMIAL, the default, is the quantile of the patient's own count, rate and spread of the controls
    both averaged over what the controls leave open: few controls make it larger. BETA_BINOMIAL_ML is the same
    at their most likely values, as if these were known; where no control nucleus was abnormal it keeps the
    uncertainty of the rate. BINOMIAL takes the pooled rate as known. POOLED_UPPER bounds the mean rate, not
    one slide. MEAN_PLUS_SD is mean + 3 SD of the controls' fractions, whatever their n. BETAINV is the
    spreadsheet's BETAINV(1 - alpha, k + 1, n) of the control with the largest fraction k / n, which grows
    with the number of controls.
    """

    BETA_BINOMIAL = "beta-binomial"
    BETA_BINOMIAL_ML = "beta-binomial-ml"
    BINOMIAL = "binomial"
    POOLED_UPPER = "pooled-upper-limit"
    MEAN_PLUS_SD = "mean-plus-sd"
    BETAINV = "betainv"


PREDICTIVE = (CutoffMethod.BETA_BINOMIAL, CutoffMethod.BETA_BINOMIAL_ML, CutoffMethod.BINOMIAL)


@dataclass(frozen=True)
class Cutoff:
    """A cut-off made from control slides.

    Parameters
    ----------
    method : CutoffMethod
        How it was made.
    alpha : float
        False calls allowed, in (0, 1).
    controls : tuple of (int, int)
        Abnormal and scored nuclei of each control slide.
    rate_a, rate_b : float or None
        Of a Beta distribution of the false-positive rate, where the method fits one.
    """

    method: CutoffMethod
    alpha: float
    controls: tuple[tuple[int, int], ...]
    rate_a: float | None = None
    rate_b: float | None = None

    @property
    def abnormal(self) -> int:
        """Abnormal nuclei over all control slides."""
        return sum(k for k, _ in self.controls)

    @property
    def scored(self) -> int:
        """Nuclei over all control slides."""
        return sum(n for _, n in self.controls)

    def count_for(self, nuclei: int) -> int:
        """Fewest abnormal nuclei of `nuclei` scored that are called abnormal; at least 1.

        Examples
        --------
        >>> controls = [(3, 200), (5, 200), (2, 200), (6, 200), (4, 200)]
        >>> binomial = make_cutoff(controls, method=CutoffMethod.BINOMIAL)
        >>> binomial.count_for(200), binomial.count_for(20)
        (8, 3)
        """
        assert nuclei > 0, "a cut-off needs nuclei"
        if self.method in PREDICTIVE:
            return self._quantile(nuclei) + 1
        # A fraction that just equals the limit is not above it; the small term forgives 12/200 > 0.06.
        return floor(self.fraction_limit(nuclei) * nuclei + 1e-9) + 1

    def counts_up_to(self, nuclei: int) -> npt.NDArray[np.int64] | None:
        """Return `count_for` 1, 2, ..., `nuclei` at once; None where one by one is as quick."""
        if self.method is not CutoffMethod.BETA_BINOMIAL:
            return None
        return _rates(self.controls).quantiles(nuclei, 1 - self.alpha) + 1

    def fraction_limit(self, nuclei: int) -> float:
        """Fraction that must be exceeded, in [0, 1]; three of the methods ignore `nuclei`."""
        level = 1 - self.alpha
        if self.method is CutoffMethod.MEAN_PLUS_SD:
            fractions = [k / n for k, n in self.controls]
            spread = float(np.std(fractions, ddof=1)) if len(fractions) > 1 else 0.0
            return min(float(np.mean(fractions)) + STANDARD_DEVIATIONS * spread, 1.0)
        if self.method is CutoffMethod.BETAINV:
            worst, n = worst_slide(self.controls)
            return float(betaincinv(worst + 1, n, level))
        if self.method is CutoffMethod.POOLED_UPPER:
            clear = self.scored - self.abnormal
            return float(betaincinv(self.abnormal + 1, clear, level)) if clear else 1.0
        return self._quantile(nuclei) / nuclei

    def _quantile(self, nuclei: int) -> int:
        if self.method is CutoffMethod.BETA_BINOMIAL:
            return _rates(self.controls).quantile(nuclei, 1 - self.alpha)
        if self.rate_a is None or self.rate_b is None:
            return binomial_quantile(nuclei, self.abnormal / self.scored, 1 - self.alpha)
        return predictive_quantile(nuclei, self.rate_a, self.rate_b, 1 - self.alpha)


def make_cutoff(
    controls: Sequence[tuple[int, int]],
    *,
    method: CutoffMethod = CutoffMethod.BETA_BINOMIAL,
    alpha: float = 0.05,
) -> Cutoff:
    """Make a cut-off from control slides.

    Parameters
    ----------
    controls : sequence of (int, int)
        Abnormal and scored nuclei of each slide of people without the clone; at least one slide.
    method : CutoffMethod
        How.
    alpha : float, default 0.05
        False calls allowed at the patient's own number of nuclei; MEAN_PLUS_SD does not use it.

    References
    ----------
    Ciolino et al. (2009) J Mol Diagn 11:330-333 compares the forms in use.
    """
    slides = tuple((int(k), int(n)) for k, n in controls)
    assert slides, "a cut-off needs control slides"
    assert all(0 <= k <= n and n > 0 for k, n in slides), "a control slide is k of n nuclei, n above 0"
    a = b = None
    if method is CutoffMethod.BETA_BINOMIAL_ML:
        k, n = np.array(slides).T
        shape = fit(k, n).shape
        if k.sum() == 0:
            shape = (0.5, float(n.sum()) + 0.5)
        a, b = shape or (None, None)
    return Cutoff(method, alpha, slides, a, b)


def worst_slide(controls: Sequence[Slide]) -> Slide:
    """Return the control with the largest fraction of abnormal nuclei; of equal ones the smallest.

    Where slides differ in nuclei it need not hold the most abnormal ones: 2 of 100 is worse than 6 of 1000.
    """
    return max(controls, key=lambda slide: (slide[0] / slide[1], -slide[1]))


@lru_cache(maxsize=64)  # one set of controls serves every number of nuclei
def _rates(controls: tuple[tuple[int, int], ...]) -> SlideRates:
    k, n = zip(*controls, strict=True)
    return slide_rates(k, n)
