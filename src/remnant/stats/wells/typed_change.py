"""Change of the functional clone fraction between two plates of typed colonies, as an odds ratio.

With x the log odds of the first plate and delta the change, the profile log-likelihood is

    l(delta) = max over x of  P_1(x) + P_2(x + delta),

P being the profile of each plate over the sum of its frequencies. Each P has one maximum, so the best x lies
between those of the two plates; by the envelope theorem the slope of l is P_2'(x + delta).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri, logit

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.roots import falling_root
from remnant.stats.wells.change import Ratio
from remnant.stats.wells.typed_dilution import TypedPlate
from remnant.stats.wells.typed_profile import LOG_ODDS, clone_fraction, fraction_profile

ROUNDING = 1e-10


@dataclass(frozen=True)
class TypedPair:
    """Two plates of typed colonies, and the log odds of the clone that is most likely in each."""

    first: TypedPlate
    second: TypedPlate
    before: float
    after: float

    @classmethod
    def of(cls, first: TypedPlate, second: TypedPlate) -> TypedPair:
        """Estimate both; each plate needs a well known to hold a unit."""
        odds = (float(logit(clone_fraction(plate).value)) for plate in (first, second))
        before, after = (float(np.clip(x, -LOG_ODDS, LOG_ODDS)) for x in odds)
        return cls(first, second, before, after)

    def profile(self, log_ratio: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Log-likelihood at the best fractions for each log odds ratio, and its slope; shape (points,)."""
        delta = np.atleast_1d(np.asarray(log_ratio, float))
        own, other = np.full(delta.shape, self.before), self.after - delta

        def slope(x: FloatArray) -> tuple[FloatArray, FloatArray]:
            _, one, bend = fraction_profile(self.first, x)
            _, two, fall = fraction_profile(self.second, x + delta)
            return one + two, np.minimum(bend + fall, -1e-12)

        low, high = np.minimum(own, other), np.maximum(own, other)
        best = falling_root(slope, low, high, tolerance=ROUNDING)
        value, two, _ = fraction_profile(self.second, best + delta)
        return fraction_profile(self.first, best)[0] + value, two


def odds_ratio(pair: TypedPair, *, confidence: float = 0.95) -> Ratio | None:
    """Odds of the clone in the second plate over those in the first, with profile-likelihood limits.

    None where both fractions are 0 or both 1.
    """
    one, two = pair.before, pair.after
    if one == two and abs(one) == LOG_ODDS:
        return None
    end = int(np.sign(two - one)) if LOG_ODDS in (abs(one), abs(two)) else 0
    top = float(pair.profile(two - one)[0][0])
    if end == 0:
        floor = top - float(chdtri(1, 1 - confidence)) / 2
        lower, upper = (_crossing(pair, floor, side) for side in (-1, 1))
        return Ratio(float(np.exp(two - one)), float(np.exp(lower)), float(np.exp(upper)), False)
    floor = top + float(np.log1p(-confidence))
    bound = float(np.exp(_crossing(pair, floor, -end)))
    return Ratio(0.0, 0.0, bound, True) if end < 0 else Ratio(np.inf, bound, np.inf, True)


def _crossing(pair: TypedPair, floor: float, side: int) -> float:
    """Log odds ratio at which the profile falls to `floor`, going from the best one to one side."""
    start, low, high = pair.after - pair.before, 0.0, 1.0
    while pair.profile(start + side * high)[0][0] > floor:
        low, high = high, 2 * high

    def above(distance: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, slope = pair.profile(start + side * distance)
        return value - floor, side * slope

    found = falling_root(above, np.array([low]), np.array([high]), tolerance=1e-9)
    return start + side * float(found[0])
