"""Ratio of the frequencies of two limiting dilutions: a change between visits, a difference of compartments.

With f_2 = rho f_1 the two plates are one plate whose second part was plated at rho times its doses. So the
profile log-likelihood at log rho is the maximum of that joint plate, and its slope is the score of the second
part there. It is concave in log rho, since each plate's is in its log frequency.

Where the wells of a plate all agree the ratio is 0 or infinite, with one bound, one-sided: the ratio at which
such wells become as unlikely as 1 - confidence, the other frequency at its best.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri, xlogy

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.roots import falling_root
from remnant.stats.wells.dilution import maximum_likelihood, per_hit, plate

ROUNDING = 1e-13  # of a log-likelihood


@dataclass(frozen=True)
class Wells:
    """One plate; arrays of shape (doses,), doses above 0."""

    dose: FloatArray
    tested: FloatArray
    positive: FloatArray

    @classmethod
    def of(cls, dose: npt.ArrayLike, tested: npt.ArrayLike, positive: npt.ArrayLike) -> Wells:
        """Check and keep the doses that have wells and cells."""
        d, n, s = plate(dose, tested, positive)
        kept = (n > 0) & (d > 0)
        return cls(d[kept], n[kept], s[kept])

    @property
    def frequency(self) -> float:
        """Most likely rate per cell, from 0 to infinity."""
        return float(maximum_likelihood(self.dose, self.tested, self.positive))


@dataclass(frozen=True)
class Ratio:
    """Frequency of the second plate over that of the first.

    Parameters
    ----------
    value, lower, upper : float
        From 0 to infinity; where `value` is 0 or infinite the other limit is one-sided.
    one_sided : bool
    """

    value: float
    lower: float
    upper: float
    one_sided: bool


def ratio_profile(log_ratio: npt.ArrayLike, first: Wells, second: Wells) -> tuple[FloatArray, FloatArray]:
    """Log-likelihood at the best common frequency for each ratio, and its slope in the log ratio."""
    x = np.asarray(log_ratio, float)
    d = np.concatenate(
        [np.broadcast_to(first.dose, (*x.shape, len(first.dose))), np.exp(x)[..., None] * second.dose],
        axis=-1,
    )
    n = np.concatenate([first.tested, second.tested])
    s = np.concatenate([first.positive, second.positive])
    hits = maximum_likelihood(d, n, s)[..., None] * d
    with np.errstate(divide="ignore"):
        value = np.sum(xlogy(s, -np.expm1(-hits)) - (n - s) * hits, axis=-1)
    own = (s * per_hit(hits) - (n - s) * hits)[..., len(first.dose) :]
    return value, own.sum(-1)


def frequency_ratio(first: Wells, second: Wells, *, confidence: float = 0.95) -> Ratio | None:
    """Ratio of two frequencies with profile-likelihood limits; None where both are 0 or both infinite.

    Examples
    --------
    >>> before = Wells.of([50, 100, 200], [24, 24, 24], [12, 18, 23])
    >>> after = Wells.of([50, 100, 200], [24, 24, 24], [0, 0, 0])
    >>> found = frequency_ratio(before, after)
    >>> found.value, found.one_sided, round(found.upper, 3)
    (0.0, True, 0.026)
    """
    assert min(len(first.dose), len(second.dose)) > 0, "both plates have wells"
    one, two = first.frequency, second.frequency
    if one == two and one in (0.0, np.inf):
        return None
    end = -1 if two == 0 or one == np.inf else 1 if one == 0 or two == np.inf else 0
    # Where an end is the best, the walk starts from a ratio of rates that the plates could just tell.
    at = [x if 0 < x < np.inf else _middle(part) for x, part in ((one, first), (two, second))]
    start = float(np.log(at[1] / at[0]))
    if end == 0:
        top = float(ratio_profile(start, first, second)[0])
        floor = top - float(chdtri(1, 1 - confidence)) / 2
        lower, upper = (_crossing(first, second, start, floor, side) for side in (-1, 1))
        return Ratio(two / one, float(np.exp(lower)), float(np.exp(upper)), False)
    floor = _alone(first, one) + _alone(second, two) + float(np.log1p(-confidence))
    bound = float(np.exp(_crossing(first, second, start, floor, -end)))
    return Ratio(0.0, 0.0, bound, True) if end < 0 else Ratio(np.inf, bound, np.inf, True)


def _middle(wells: Wells) -> float:
    return float(wells.tested.sum() / (wells.tested * wells.dose).sum())


def _alone(wells: Wells, frequency: float) -> float:
    """Greatest log-likelihood of one plate: 0 where its wells agree."""
    if frequency in (0.0, np.inf):
        return 0.0
    hits = frequency * wells.dose
    missed = wells.tested - wells.positive
    return float(np.sum(xlogy(wells.positive, -np.expm1(-hits)) - missed * hits))


def _crossing(first: Wells, second: Wells, start: float, floor: float, side: int) -> float:
    """Log ratio at which the profile falls to `floor`, going to one side."""
    low, high, step = 0.0, 1.0, 1.0
    while ratio_profile(start + side * high, first, second)[0] > floor:
        low, high, step = high, high + 2 * step, 2 * step
    step = 1.0
    while ratio_profile(start + side * low, first, second)[0] < floor:
        low, step = low - step, 2 * step

    def above(distance: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, slope = ratio_profile(start + side * distance, first, second)
        return value - floor, side * slope

    found = falling_root(above, np.array([low]), np.array([high]), tolerance=ROUNDING)
    return start + side * float(found[0])
