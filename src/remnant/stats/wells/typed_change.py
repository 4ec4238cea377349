"""Change of the functional clone fraction between two plates of typed colonies, as an odds ratio.

With x the log odds of the first plate and delta the change, the profile log-likelihood is

    l(delta) = max over x of  P_1(x) + P_2(x + delta),

P being the profile of each plate over the sum of its frequencies. Each P has one maximum, so the best x lies
between those of the two plates; by the envelope theorem the slope of l is P_2'(x + delta).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri, logit

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.roots import falling_root
from remnant.stats.wells.change import Ratio
from remnant.stats.wells.typed_dilution import TypedPlate
from remnant.stats.wells.typed_profile import LOG_ODDS, clone_fraction, fraction_profile

ROUNDING = 1e-10


def odds_profile(
    log_ratio: npt.ArrayLike, first: TypedPlate, second: TypedPlate
) -> tuple[FloatArray, FloatArray]:
    """Log-likelihood at the best fractions for each log odds ratio, and its slope; shape (points,)."""
    delta = np.atleast_1d(np.asarray(log_ratio, float))
    own, other = _log_odds(first), _log_odds(second) - delta
    low, high = np.minimum(own, other), np.maximum(own, other)

    def slope(x: FloatArray) -> tuple[FloatArray, FloatArray]:
        _, one, bend = fraction_profile(first, x)
        _, two, fall = fraction_profile(second, x + delta)
        return one + two, np.minimum(bend + fall, -1e-12)

    best = falling_root(slope, low, high, tolerance=ROUNDING)
    value, two, _ = fraction_profile(second, best + delta)
    return fraction_profile(first, best)[0] + value, two


def odds_ratio(first: TypedPlate, second: TypedPlate, *, confidence: float = 0.95) -> Ratio | None:
    """Odds of the clone in the second plate over those in the first, with profile-likelihood limits.

    None where both fractions are 0 or both 1. Each plate needs a well known to hold a unit.
    """
    one, two = _log_odds(first), _log_odds(second)
    if one == two and abs(one) == LOG_ODDS:
        return None
    end = int(np.sign(two - one)) if LOG_ODDS in (abs(one), abs(two)) else 0
    top = sum(float(fraction_profile(p, np.array([x]))[0][0]) for p, x in ((first, one), (second, two)))
    if end == 0:
        floor = top - float(chdtri(1, 1 - confidence)) / 2
        lower, upper = (_crossing(first, second, two - one, floor, side) for side in (-1, 1))
        return Ratio(float(np.exp(two - one)), float(np.exp(lower)), float(np.exp(upper)), False)
    floor = top + float(np.log1p(-confidence))
    bound = float(np.exp(_crossing(first, second, two - one, floor, -end)))
    return Ratio(0.0, 0.0, bound, True) if end < 0 else Ratio(np.inf, bound, np.inf, True)


def _log_odds(plate: TypedPlate) -> float:
    fraction = clone_fraction(plate).value
    return float(np.clip(logit(fraction), -LOG_ODDS, LOG_ODDS))


def _crossing(first: TypedPlate, second: TypedPlate, start: float, floor: float, side: int) -> float:
    """Log odds ratio at which the profile falls to `floor`, going from `start` to one side."""
    low, high = 0.0, 1.0
    while odds_profile(start + side * high, first, second)[0][0] > floor:
        low, high = high, 2 * high

    def above(distance: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, slope = odds_profile(start + side * distance, first, second)
        return value - floor, side * slope

    found = falling_root(above, np.array([low]), np.array([high]), tolerance=1e-9)
    return start + side * float(found[0])
