"""A fraction looked at several times: what looks say together, and whether later ones lie above earlier ones.

Looks are independent, so the log-likelihood of a pool of them is the sum of theirs. On the angle of a
fraction, pi = sin^2(angle), the Jeffreys prior is flat, so a posterior under it is the likelihood itself and
pools by multiplication, one prior for all. Of two pools

    P(later > times earlier) = integral of F_earlier(pi / times) dP_later(pi),

by the trapezoidal rule on the grid that all looks share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.posterior import GridPosterior, angle_to_fraction, fraction_to_angle

TRUSTED = -28.0  # log of a likelihood over its largest down to which a grid holds it: rounding lies beneath
REACH = 16  # points over which its slope and its bend are taken there
THINNED = 2  # of the points of a posterior, every so many-th is kept


@dataclass(frozen=True)
class Looks:
    """Log-likelihoods of one fraction at several looks.

    Parameters
    ----------
    angle : ndarray, shape (points,)
        Increasing, in [0, pi / 2].
    summed : ndarray, shape (looks + 1, points)
        Sums of the log-likelihoods of the first 0, 1, 2, ... looks, each up to a constant.
    pools : dict
        Distribution functions of pools asked for before, by first and last look.
    """

    angle: FloatArray
    summed: FloatArray
    pools: dict[tuple[int, int], FloatArray] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, posteriors: Sequence[GridPosterior]) -> Looks:
        """Gather posteriors, each under the Jeffreys prior, in the order of time."""
        assert posteriors, "somebody looked"
        own = [fraction_to_angle(each.grid) for each in posteriors]
        angle = np.unique(np.concatenate([*(grid[::THINNED] for grid in own), np.linspace(0, np.pi / 2, 65)]))
        # Looks that counted alike share one posterior, and its likelihood is made once.
        alike = {id(each): (grid, each) for grid, each in zip(own, posteriors, strict=True)}
        made = {name: log_likelihood(angle, grid, each.density) for name, (grid, each) in alike.items()}
        rows = [made[id(each)] for each in posteriors]
        return cls(angle, np.concatenate([np.zeros((1, len(angle))), np.cumsum(rows, axis=0)]))

    def likelihood(self, first: int, last: int) -> FloatArray:
        """Likelihood of looks `first` to `last`, both included, over its largest; shape (points,)."""
        assert 0 <= first <= last < len(self.summed) - 1, "a pool holds a look"
        value = self.summed[last + 1] - self.summed[first]
        return np.asarray(np.exp(value - value.max()))

    def median(self, first: int, last: int) -> float:
        """Posterior median of the fraction by looks `first` to `last`, taken to be one."""
        return float(angle_to_fraction(np.interp(0.5, self._cdf(first, last), self.angle)))

    def fit(self, first: int, at: int, last: int) -> float:
        """Log-likelihood, at its best, of one fraction before look `at` and another from it on."""
        before, after = self.summed[at] - self.summed[first], self.summed[last + 1] - self.summed[at]
        return float(before.max() + after.max())

    def interval(self, first: int, last: int, *, confidence: float) -> tuple[float, float]:
        """Equal-tailed interval of the fraction by looks `first` to `last`."""
        tails = [(1 - confidence) / 2, (1 + confidence) / 2]
        low, high = angle_to_fraction(np.interp(tails, self._cdf(first, last), self.angle))
        return float(low), float(high)

    def probability_above(
        self, later: tuple[int, int], earlier: tuple[int, int], *, times: float = 1.0
    ) -> float:
        """Probability that the fraction of one pool is above `times` that of another.

        Parameters
        ----------
        later, earlier : (int, int)
            First and last look of each pool, both included; the two share none.
        times : float, default 1
            Above 0.
        """
        below = self._cdf(*earlier)
        if times != 1.0:
            scaled = np.minimum(angle_to_fraction(self.angle) / times, 1.0)
            below = np.interp(fraction_to_angle(scaled), self.angle, below)
        rise = np.diff(self._cdf(*later))
        return float(np.clip(rise @ (below[1:] + below[:-1]) / 2, 0.0, 1.0))

    def _cdf(self, first: int, last: int) -> FloatArray:
        found = self.pools.get((first, last))
        if found is None:
            value = self.likelihood(first, last)
            area = np.cumsum((value[1:] + value[:-1]) / 2 * np.diff(self.angle))
            found = self.pools[first, last] = np.concatenate([[0.0], area / area[-1]])
        return found


def log_likelihood(angle: FloatArray, grid: FloatArray, density: FloatArray) -> FloatArray:
    """Log of a likelihood over its largest, at any angles.

    Where it is too small for its grid it goes on as a parabola: looks that contradict each other meet in
    the tails of both, and a floor there would put the fraction of two such looks at an end.

    Parameters
    ----------
    angle : ndarray
        Where it is asked for, in [0, pi / 2].
    grid, density : ndarray, shape (points,)
        Of the posterior under the Jeffreys prior.
    """
    value = np.log(np.maximum(density / density.max(), 1e-300))
    held = np.flatnonzero(value >= TRUSTED)
    first, last = held[0], held[-1]
    found = np.interp(angle, grid[first : last + 1], value[first : last + 1])
    for end, step in ((first, 1), (last, -1)):
        places = end + step * REACH * np.arange(3)
        if first <= places[-1] <= last:
            x, y = grid[places], value[places]
            near, far = np.diff(y) / np.diff(x)
            bend = min((far - near) / (x[2] - x[0]), 0.0)  # a likelihood bends down in its tails
            slope = near - bend * (x[1] - x[0])
            beyond = (angle - x[0]) * step < 0
            more = angle - x[0]
            found = np.where(beyond, y[0] + slope * more + bend * more**2, found)
    return np.asarray(found)
