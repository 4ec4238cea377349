"""How a quantity changed between two independent measurements, from their posteriors and without a draw.

For independent logarithms x before and y after, the density of d = y - x is the integral of f(x) g(x + d):
one sum along the grid of the sharper of the two.
"""

from __future__ import annotations

import numpy as np

from remnant.stats.numerics.posterior import LinePosterior

_POINTS = 513


def log_ratio(before: LinePosterior, after: LinePosterior) -> LinePosterior:
    """Posterior of the logarithm of after / before.

    Parameters
    ----------
    before, after : LinePosterior
        Of the logarithms, on even grids.

    Returns
    -------
    LinePosterior
        Below 0 where there was a fall.

    Examples
    --------
    >>> grid = np.linspace(-8, 8, 201)
    >>> normal = LinePosterior(grid, np.exp(-(grid**2) / 2))
    >>> round(float(log_ratio(normal, normal).quantile(0.975)), 4)  # 1.96 x root of 2
    2.7718
    """
    grid = np.linspace(after.grid[0] - before.grid[-1], after.grid[-1] - before.grid[0], _POINTS)
    if _span(before) <= _span(after):
        density = after.rise(before.grid[:, None] + grid)
        return LinePosterior(grid, np.maximum(before.density @ density, 0.0))
    density = before.rise(after.grid[:, None] - grid)
    return LinePosterior(grid, np.maximum(after.density @ density, 0.0))


def probability_greater(first: LinePosterior, second: LinePosterior) -> float:
    """Probability that the first of two independent quantities exceeds the second."""
    if _span(first) <= _span(second):
        return first.mean(second.cdf)
    return 1 - second.mean(first.cdf)


def _span(line: LinePosterior) -> float:
    return float(line.grid[-1] - line.grid[0])
