"""Law of the first cell given all margins: P(x) proportional to w(x) psi^x, psi the common odds ratio.

In one stratum w(x) = C(n1, x) C(n2, m - x); over strata x is the sum of first cells and w the convolution.
Weights span thousands of powers of ten, so they are convolved as chances, under two odds ratios: 1, where the
tests look, and the one whose mean is the count seen, near which all limits lie. Log chances are sums of log
w(x + 1) / w(x) away from the peak, for gamma functions of large counts lose digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.roots import falling_root
from remnant.stats.tables.strata import Strata

Function = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
FAINT = 1e-290  # chances below lose digits to underflow and are left out
TOLERANCE = 1e-14


@dataclass(frozen=True)
class SumLaw:
    """Chances of the sum of first cells under one odds ratio.

    Parameters
    ----------
    first : int
        The smallest sum that is not faint, counted from the smallest that the margins allow.
    mass : ndarray, shape (sums,)
        Chance of each sum from there on.
    """

    first: int
    mass: FloatArray

    @property
    def sums(self) -> npt.NDArray[np.intp]:
        """The sums that are not faint."""
        return np.arange(self.first, self.first + len(self.mass))


@dataclass(frozen=True)
class ConditionalLaw:
    """Law of the sum of first cells, where tests and limits need it.

    Parameters
    ----------
    seen, last : int
        The sum seen and the largest, counted from the smallest that the margins allow.
    log_best : float
        Log odds ratio whose mean is the sum seen: the conditional maximum likelihood estimate; half a cell
        inside where the sum seen is the smallest or the largest.
    null, best : SumLaw
        Chances under an odds ratio of 1 and under the best.
    """

    seen: int
    last: int
    log_best: float
    null: SumLaw
    best: SumLaw

    def limits(self, kept: FloatArray, chance: FloatArray) -> FloatArray:
        """Log odds ratios under which sums have a given chance.

        Parameters
        ----------
        kept : ndarray, shape (limits, len(best.mass))
            Share of each sum that counts, in [0, 1]: either rising or falling with the sum.
        chance : ndarray, shape (limits,)
            The chance wanted, in (0, 1).
        """
        sums = np.asarray(self.best.sums - self.seen, float)
        sign = np.where(kept[:, 0] > kept[:, -1], 1.0, -1.0)  # +1: the chance falls with the odds ratio
        log_mass = np.log(self.best.mass)
        with np.errstate(divide="ignore"):
            log_kept = log_mass + np.log(kept)

        def gap(shift: FloatArray) -> tuple[FloatArray, FloatArray]:
            tilt = shift[:, None] * sums
            (some, some_mean), (every, mean) = (_moments(w + tilt, sums) for w in (log_kept, log_mass))
            return sign * (some - every - np.log(chance)), sign * (some_mean - mean)

        low, high = _bracket(gap, np.zeros(len(chance)))
        return self.log_best + falling_root(gap, low, high, tolerance=TOLERANCE)


def conditional_law(tables: Strata) -> ConditionalLaw:
    """Find the law of the sum of first cells; strata without a choice shift it and no more."""
    free = tables.only(tables.informative)
    seen, last = int((free.k1 - free.lowest).sum()), int((free.highest - free.lowest).sum())
    steps = [
        _log_ratios(*stratum) for stratum in zip(free.n1, free.n2, free.column, free.lowest, strict=True)
    ]
    wanted = min(max(float(seen), 0.5), last - 0.5)
    log_best = _tilt(steps, wanted) if steps else 0.0
    best = _convolved(steps, log_best)
    # The last digits, from the law that does not lose them.
    away = best.sums - wanted
    log_best -= float(best.mass @ away) / max(float(best.mass @ away**2), FAINT)
    return ConditionalLaw(seen, last, log_best, _convolved(steps, 0.0), _convolved(steps, log_best))


def _log_ratios(n: float, m: float, column: float, lowest: float) -> FloatArray:
    """Log of w(x + 1) / w(x), falling, where w(x) = C(n, x) C(m, column - x)."""
    x = np.arange(lowest, min(n, column))
    return np.log((n - x) * (column - x)) - np.log((x + 1) * (m - column + x + 1))


def _chances(log_ratios: FloatArray) -> FloatArray:
    """Chances whose log ratios these are."""
    peak = int(np.searchsorted(-log_ratios, 0.0))
    left = -np.cumsum(log_ratios[:peak][::-1])[::-1]
    mass = np.exp(np.concatenate([left, [0.0], np.cumsum(log_ratios[peak:])]))
    return np.asarray(mass / mass.sum())


def _convolved(steps: list[FloatArray], log_psi: float) -> SumLaw:
    first, mass = 0, np.ones(1)
    for log_ratios in steps:
        skipped, own = _not_faint(_chances(log_ratios + log_psi))
        more, mass = _not_faint(np.convolve(mass, own))
        first += skipped + more
    return SumLaw(first, mass)


def _not_faint(mass: FloatArray) -> tuple[int, FloatArray]:
    kept = np.flatnonzero(mass > FAINT)
    return int(kept[0]), mass[kept[0] : kept[-1] + 1]


def _tilt(steps: list[FloatArray], wanted: float) -> float:
    """Log odds ratio under which the sum has this mean."""
    weights = np.full((len(steps), max(map(len, steps)) + 1), -np.inf)
    weights[:, 0] = 0.0
    for row, log_ratios in zip(weights, steps, strict=True):
        np.cumsum(log_ratios, out=row[1 : len(log_ratios) + 1])
    x = np.arange(weights.shape[1], dtype=float)

    def short(log_psi: FloatArray) -> tuple[FloatArray, FloatArray]:
        log_mass = weights + log_psi * x
        mass = np.exp(log_mass - log_mass.max(axis=1, keepdims=True))
        mass /= mass.sum(axis=1, keepdims=True)
        mean = mass @ x
        spread = (mass * (x - mean[:, None]) ** 2).sum()
        return np.array([wanted - mean.sum()]), np.array([-spread])

    low, high = _bracket(short, np.zeros(1))
    return float(falling_root(short, low, high, tolerance=1e-6)[0])


def _moments(log_mass: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log total and mean of each row."""
    top = log_mass.max(axis=1, keepdims=True)
    mass = np.exp(log_mass - top)
    total = mass.sum(axis=1)
    return top[:, 0] + np.log(total), (mass @ x) / total


def _bracket(function: Function, start: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Widen from the start until a falling function changes sign between."""
    low, high, reach = start - 1, start + 1, 1.0
    while np.any(short := function(low)[0] < 0) or np.any(function(high)[0] > 0):
        reach *= 2
        low = np.where(short, start - reach, low)
        high = np.where(function(high)[0] > 0, start + reach, high)
    return low, high
