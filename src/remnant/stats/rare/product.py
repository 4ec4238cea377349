"""A rare population times the part of it that is clonal: malignant stem cells per cell of marrow.

The compartment has mean events s among A cells (`remnant.stats.rare.signal`); the clone's part of it is a
fraction with a posterior of its own. For independent s and pi,

    P(s pi / A <= x) = E over pi of P(s <= x A / pi),

one integral along the grid of pi, without a draw. The delta method has no answer where no abnormal cell was
seen. Nothing is counted twice: the frequency is of cells as the cytometer saw them, and purity, errors of the
probe and correlation of slides concern nuclei on slides alone, where they are in the posterior of pi.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.posterior import GridPosterior, LinePosterior
from remnant.stats.numerics.roots import falling_root
from remnant.stats.rare.cuts import CutCount
from remnant.stats.rare.signal import Signal, signal_posterior

_DEPTH = 120.0  # in log: below it lies nothing that a quantile could ask for
_LINE = 385
_NODES = 12  # of a panel
_TURNS = np.array([1e-6, 0.02, 0.5, 0.98, 1 - 1e-6])


@dataclass(frozen=True)
class ProductPosterior:
    """Posterior of frequency times fraction.

    Parameters
    ----------
    signal : Signal
        Mean events of the compartment.
    total : float
        All cells counted, above 0.
    fraction : GridPosterior
        Part of the compartment that is clonal.
    """

    signal: Signal
    total: float
    fraction: GridPosterior

    def cdf(self, value: npt.ArrayLike) -> FloatArray:
        """Probability that the clone's cells are at most `value` per cell counted."""
        return self._integrals(np.asarray(value, float) * self.total)[0]

    def _integrals(self, clonal: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Probability of at most so many clonal events, and its slope in their logarithm.

        P(s pi <= y) = P(pi <= y / most s) + integral over the angle of the rest, in panels inside which
        neither distribution turns: a sharp one beside a wide one is still resolved.
        """
        line, signal = self.fraction.line, self._signal_edges
        low, high = line.grid[0], line.grid[-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.nan_to_num(clonal[..., None] / signal, nan=0.0)
        theirs = np.arcsin(np.sqrt(np.minimum(share, 1.0)))
        first, last = (np.clip(theirs[..., end], low, high)[..., None] for end in (-1, 0))
        mine = np.broadcast_to(self._fraction_edges, (*clonal.shape, len(self._fraction_edges)))
        edges = np.sort(np.clip(np.concatenate([theirs, mine], axis=-1), first, last), axis=-1)
        points, weights = _legendre()
        width = np.diff(edges, axis=-1)[..., None]
        angle = (edges[..., :-1, None] + width * points).reshape(*clonal.shape, -1)
        weight = (width * weights).reshape(angle.shape) * line.rise(angle)
        with np.errstate(divide="ignore", invalid="ignore"):
            events = np.nan_to_num(clonal[..., None] / np.sin(angle) ** 2, nan=0.0, posinf=np.inf)
        total = line.cdf(first[..., 0]) + np.sum(weight * self.signal.cdf(events), axis=-1)
        return np.clip(total, 0.0, 1.0), np.sum(weight * self.signal.rise(events), axis=-1)

    @cached_property
    def _signal_edges(self) -> FloatArray:
        return self.signal.edges()

    @cached_property
    def _fraction_edges(self) -> FloatArray:
        line = self.fraction.line
        return np.concatenate([line.grid[:1], line.quantile(_TURNS), line.grid[-1:]])

    def quantile(self, probability: npt.ArrayLike) -> FloatArray:
        """Clonal cells per cell counted that the truth stays below with `probability`, in (0, 1)."""
        wanted = np.asarray(probability, float)

        def short(log_clonal: FloatArray) -> tuple[FloatArray, FloatArray]:
            below, rise = self._integrals(np.exp(log_clonal))
            return wanted - below, -rise

        top = np.log(self._signal_edges[-1])
        low, high = np.full(wanted.shape, top - _DEPTH), np.full(wanted.shape, top)
        near = np.full(wanted.shape, np.log(self.mean() * self.total))
        root = falling_root(short, low, high, start=near, tolerance=1e-12)
        return np.asarray(np.exp(root) / self.total)

    def mean(self) -> float:
        """Posterior mean: the factors are independent."""
        return self.signal.mean() / self.total * self.fraction.mean()

    @cached_property
    def line(self) -> LinePosterior:
        """The same posterior, of the logarithm."""
        low, high = np.log(self.quantile([1e-9, 1 - 1e-9]))
        grid = np.linspace(low, high, _LINE)
        return LinePosterior(grid, self._integrals(np.exp(grid) * self.total)[1])


@cache
def _legendre() -> tuple[FloatArray, FloatArray]:
    """Points and weights of Gauss and Legendre on (0, 1)."""
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    return (points + 1) / 2, weights / 2


def product_posterior(events: int | Signal, total: float, fraction: GridPosterior) -> ProductPosterior:
    """Multiply a compartment, `events` of `total`, by a clone fraction.

    Parameters
    ----------
    events : int or Signal
        Of the compartment, as counted; or what is known of their mean.
    total : float
        All cells counted, above 0.
    fraction : GridPosterior
        Part of the compartment that is clonal.

    Examples
    --------
    >>> from remnant.stats.numerics.posterior import beta_posterior
    >>> low, high = product_posterior(45, 1_000_000, beta_posterior(12.5, 28.5)).quantile([0.025, 0.975])
    >>> round(float(low) * 1e5, 2), round(float(high) * 1e5, 2)
    (0.73, 2.24)
    """
    assert total > 0, "nothing was counted"
    if isinstance(events, int | np.integer):
        assert 0 <= events <= total, "the compartment is a part of the cells counted"
        return ProductPosterior(signal_posterior(CutCount(events, events, events)), float(total), fraction)
    return ProductPosterior(events, float(total), fraction)
