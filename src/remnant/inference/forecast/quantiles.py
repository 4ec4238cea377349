"""Quantiles of draws, as every record shows them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.inference.records import Quantiles

SHARES = np.array([0.05, 0.25, 0.50, 0.75, 0.95])


def quantiles(draws: ArrayLike) -> Quantiles:
    """Summarise draws of equal weight, shape (draws,); what is not a number is left out.

    Examples
    --------
    >>> quantiles([0.0, 1.0, 2.0, 3.0, 4.0]).q25
    1.0
    """
    known = np.asarray(draws, float)
    known = known[~np.isnan(known)]
    assert known.size, "no draw is a number"
    return Quantiles(*(float(x) for x in (known.mean(), *np.quantile(known, SHARES))))


def quantiles_by_column(draws: ArrayLike) -> tuple[Quantiles | None, ...]:
    """Summarise each column of draws, shape (draws, columns); None where none is a number."""
    values = np.asarray(draws, float)
    if np.isnan(values).any():
        return tuple(None if np.isnan(column).all() else quantiles(column) for column in values.T)
    rows = zip(values.mean(axis=0), *np.quantile(values, SHARES, axis=0), strict=True)
    return tuple(Quantiles(*(float(x) for x in row)) for row in rows)


def weighted(draws: ArrayLike, weights: ArrayLike) -> Quantiles:
    """Summarise draws with weights, shape (draws,): the least draw that a share of the weight reaches.

    Examples
    --------
    >>> weighted([3.0, 1.0, 2.0], [1.0, 1.0, 2.0]).q50
    2.0
    """
    values, weight = np.asarray(draws, float), np.asarray(weights, float)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    at: NDArray[np.int64] = np.minimum(np.searchsorted(reached, SHARES - 1e-12), len(values) - 1)
    mean = float(np.average(values, weights=weight))
    return Quantiles(mean, *(float(x) for x in values[order][at]))
