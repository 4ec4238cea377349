"""What a slide will show: abnormal nuclei of n, beta-binomial around the fraction behind the probe's errors.

The order is that of the bench: a clone of x of the compartment, of which the sort holds `purity`, read by a
probe that errs. Nuclei of one slide agree with correlation rho; rho = 0 is the binomial.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import betainc, betaincc, betaincinv

from remnant.cytogenetics import Cutoff, CutoffMethod
from remnant.stats.fractions.error_rates import Beta, Rate
from remnant.stats.fractions.misclassification import abnormal_probability, impure
from remnant.stats.fractions.next_slide import binomial_quantile, predictive_quantile
from remnant.stats.fractions.predictive import SlideRates, slide_rates
from remnant.stats.numerics import log_mass
from remnant.stats.numerics.arrays import FloatArray

CHUNK = 64  # counts added up at a time


@dataclass(frozen=True)
class SlideLaw:
    """Law of the abnormal nuclei on one slide.

    Parameters
    ----------
    mean : float
        Chance that a nucleus scores abnormal, in [0, 1].
    correlation : float
        Of two nuclei of a slide, rho, in [0, 1).
    """

    mean: float
    correlation: float = 0.0

    @property
    def shape(self) -> tuple[float, float] | None:
        """A and b of the slide's own rate; None where slides do not differ."""
        if self.correlation == 0 or not 0 < self.mean < 1:
            return None
        size = 1 / self.correlation - 1
        return self.mean * size, (1 - self.mean) * size

    def mass(self, count: npt.ArrayLike, nuclei: npt.ArrayLike) -> FloatArray:
        """Chance of exactly `count` of `nuclei`; 0 beyond them; shapes broadcast."""
        count, nuclei = np.asarray(count, float), np.asarray(nuclei, float)
        inside = (count >= 0) & (count <= nuclei)
        k = np.where(inside, count, 0.0)
        shape = self.shape
        if shape is None:
            log = log_mass.binomial(k, nuclei, self.mean)
        else:
            log = log_mass.beta_binomial(k, nuclei, *shape)
        return np.asarray(np.where(inside, np.exp(log), 0.0))

    def at_most(self, count: npt.ArrayLike, nuclei: npt.ArrayLike) -> FloatArray:
        """Chance of at most `count` of `nuclei`; shapes broadcast."""
        k, n = np.broadcast_arrays(np.asarray(count, float), np.asarray(nuclei, float))
        if self.shape is None:
            inside = (k >= 0) & (k < n)
            a, b = np.where(inside, n - k, 1.0), np.where(inside, k + 1, 1.0)
            return np.asarray(np.where(inside, betainc(a, b, 1 - self.mean), np.where(k < 0, 0.0, 1.0)))
        place, below, held = np.clip(k, 0, None).astype(int), np.zeros(k.shape), np.zeros(k.shape)
        for start in range(0, int(place.max(initial=0)) + 1, CHUNK):  # all at once would fill the memory
            grid = np.arange(start, start + CHUNK)
            summed = held[..., None] + np.cumsum(self.mass(grid, n[..., None]), axis=-1)
            here = (place >= start) & (place < start + CHUNK)
            spot = np.where(here, place - start, 0)[..., None]
            below = np.where(here, np.take_along_axis(summed, spot, axis=-1)[..., 0], below)
            held = summed[..., -1]
        return np.asarray(np.where(k < 0, 0.0, np.where(k >= n, 1.0, np.minimum(below, 1.0))))

    def quantile(self, nuclei: int, probability: float) -> int:
        """Smallest count that a slide stays at or below with `probability`."""
        if self.shape is None:
            return binomial_quantile(nuclei, self.mean, probability)
        return predictive_quantile(nuclei, *self.shape, probability)

    def rate_above(self, fraction: float) -> float:
        """Chance that a slide of any number of nuclei lies above `fraction`: what more nuclei approach."""
        if self.shape is None:
            return float(self.mean > fraction)
        return float(betaincc(*self.shape, min(max(fraction, 0.0), 1.0)))


@dataclass(frozen=True)
class Bench:
    """What stands between a clone and its slide.

    Parameters
    ----------
    false_positive, false_negative : float
        Normal nuclei that look abnormal; nuclei of the clone that look normal. Their sum is below 1.
    correlation : float
        Of two nuclei of one slide.
    purity : float
        Part of the sort that is the compartment, in (0, 1].
    contaminant : float
        Clone fraction of the rest.
    normal : SlideLaw
        Slides of people without the clone, as the lab's controls show them.
    cutoff : Cutoff or None
        Made from the lab's controls; None where only rates are known.
    alpha : float
        False calls that the cut-off allows.
    """

    false_positive: float
    false_negative: float
    correlation: float
    purity: float
    contaminant: float
    normal: SlideLaw
    cutoff: Cutoff | None
    alpha: float

    def law(self, clone: float) -> SlideLaw:
        """Slides of a compartment of which `clone` is clonal, in [0, 1]."""
        held = impure(clone, self.contaminant, self.purity)
        mean = abnormal_probability(held, self.false_positive, self.false_negative)
        return SlideLaw(float(mean), self.correlation)

    @property
    def without_clone(self) -> SlideLaw:
        """Slides of a compartment without the clone, its contaminants as they are."""
        if self.purity == 1 or self.contaminant == 0:
            return self.normal
        return self.law(0.0)

    def counted_alone(self, clone: float) -> SlideLaw:
        """Slides on which nothing but the clone looks abnormal: no background is taken off a bound."""
        return SlideLaw(clone * self.purity * (1 - self.false_negative), self.correlation)

    def count_for(self, nuclei: int) -> int:
        """Fewest abnormal nuclei that are more than probe and contaminants explain; at least 1."""
        own = self.without_clone
        explained = own.quantile(nuclei, 1 - self.alpha) + 1
        if self.cutoff is None:
            return explained
        lab = self.cutoff.count_for(nuclei)
        return lab if own is self.normal else max(lab, explained)

    def counts_up_to(self, nuclei: int) -> npt.NDArray[np.int64] | None:
        """Return `count_for` 1, 2, ..., `nuclei` at once; None where one by one is as quick."""
        own, lab = self.without_clone, None if self.cutoff is None else self.cutoff.counts_up_to(nuclei)
        if self.cutoff is not None and (lab is None or own is self.normal):
            return lab
        if own.shape is None:
            return None
        a, b = own.shape
        rates = SlideRates(np.array([a]), np.array([b]), np.ones(1))
        explained = rates.quantiles(nuclei, 1 - self.alpha) + 1
        return explained if lab is None else np.maximum(lab, explained)

    @property
    def fraction_limit(self) -> float:
        """Fraction of abnormal nuclei that the cut-off approaches on slides of any number of nuclei."""
        own = self.without_clone
        explained = own.mean if own.shape is None else float(betaincinv(*own.shape, 1 - self.alpha))
        if self.cutoff is None:
            return explained
        lab = _lab_limit(self.cutoff)
        return lab if own is self.normal else max(lab, explained)


def expected(rate: Rate) -> float:
    """Mean of what is known of an error rate."""
    return rate.mean if isinstance(rate, Beta) else rate or 0.0


def draw_slides(
    rate: FloatArray, nuclei: int, correlation: float, *, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Draw the abnormal nuclei of a slide of `nuclei` for each rate, beta-binomial where slides vary."""
    if correlation > 0:
        size = 1 / correlation - 1
        # A rate of 0 or 1 has no Beta; a little way inside, it is its limit.
        inner = np.clip(rate, 1e-12, 1 - 1e-12)
        rate = rng.beta(inner * size, (1 - inner) * size)
    return rng.binomial(nuclei, rate)


@lru_cache(maxsize=16)
def _lab_limit(cutoff: Cutoff) -> float:
    """Fraction that a lab's cut-off approaches on slides of any number of nuclei."""
    if cutoff.method is CutoffMethod.BETA_BINOMIAL:
        k, n = zip(*cutoff.controls, strict=True)
        rates = slide_rates(k, n)

        def short(fraction: float) -> float:
            return float(rates.weight @ betainc(rates.a, rates.b, fraction)) - (1 - cutoff.alpha)

        return float(brentq(short, 0.0, 1.0, xtol=1e-12))
    if cutoff.rate_a is not None and cutoff.rate_b is not None:
        return float(betaincinv(cutoff.rate_a, cutoff.rate_b, 1 - cutoff.alpha))
    return cutoff.fraction_limit(1_000_000)
