"""A bump along a curved ridge: each narrow direction follows a quadratic of the wider ones.

With b the coordinates across the axes of a component, and a_1, a_2, ... those along them in units of their
scales, from the widest to the narrowest,

    a_j = q_j(b, a_1, ..., a_(j-1)) + s_j e_j,    q_j a quadratic, e Student t, b standard normal.

The map from (b, e) to a point is triangular, so its density is known exactly. Strong slides leave thin
ridges, on which such a bump wastes half as many draws as an elliptic one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.inference.patient.mixture import FREEDOM, Component, log_normal, log_student

Array = NDArray[np.float64]

_STIFFNESS = 30.0  # draws that a coefficient of 0 is worth: a curve must be seen to be followed


@dataclass(frozen=True)
class Curved:
    """One curved bump.

    Parameters
    ----------
    mean : ndarray, shape (d,)
        Where the coordinates are 0.
    across, axes : ndarray, shapes (d, d - r) and (d, r)
        Orthonormal together.
    scales, widths : ndarray, shape (r,)
        Of the axes, and s_j.
    bends : tuple of ndarray
        Coefficients of each q_j, as `_features` orders them.
    """

    mean: Array
    across: Array
    axes: Array
    scales: Array
    widths: Array
    bends: tuple[Array, ...]

    def draw(self, count: int, *, rng: np.random.Generator) -> Array:
        """Draw `count` points, shape (count, d)."""
        known = rng.standard_normal((count, self.across.shape[1]))
        stretch = np.sqrt((FREEDOM - 2) / rng.chisquare(FREEDOM, (count, 1)))
        noise = stretch * self.widths * rng.standard_normal((count, self.widths.size))
        for bend, more in zip(self.bends, noise.T, strict=True):
            known = np.column_stack([known, _features(known) @ bend + more])
        rank = self.across.shape[1]
        return np.asarray(
            self.mean + known[:, :rank] @ self.across.T + (known[:, rank:] * self.scales) @ self.axes.T
        )

    def log_density(self, points: Array) -> Array:
        """Return the log density at `points` (n, d), shape (n,)."""
        known = _coordinates(points, self)
        rank = self.across.shape[1]
        bent = _bent(known, rank, self.bends)
        residual = (known[:, rank:] - bent) / self.widths
        volume = np.sum(np.log(self.scales * self.widths))
        return np.asarray(log_normal(known[:, :rank]) + log_student(residual) - volume)


def fit_curved(points: Array, weights: Array, straight: Component) -> Curved:
    """Bend a component along weighted points.

    Parameters
    ----------
    points : ndarray, shape (n, d)
        In the frame of the prior.
    weights : ndarray, shape (n,)
        Not negative, of sum above 0.
    straight : Component
        Fitted to the same.
    """
    order = np.argsort(-straight.scales, kind="stable")
    axes, dimension = straight.axes[:, order], straight.mean.size
    whole = np.linalg.qr(np.column_stack([axes, np.eye(dimension)]))[0][:, :dimension]
    rank = dimension - order.size
    bare = Curved(
        straight.mean, whole[:, order.size :], axes, straight.scales[order], np.ones(order.size), ()
    )
    share = weights / weights.sum()
    size = 1 / np.sum(share**2)
    known = _coordinates(points, bare)
    features = _features(known)
    gram = (features * share[:, None]).T @ features
    moments = features.T @ (share[:, None] * known[:, rank:])
    places = _places(dimension)
    bends, widths = [], []
    for j in range(order.size):
        used = np.flatnonzero(places < rank + j)
        stiff = np.full(used.size, _STIFFNESS / size)
        stiff[0] = 1e-9
        own = gram[np.ix_(used, used)]
        bend = np.linalg.solve(own + np.diag(stiff), moments[used, j])
        left = known[:, rank + j] - features[:, used] @ bend
        spent = np.trace(np.linalg.solve(own + np.diag(stiff), own)) / size
        widths.append(np.sqrt(share @ left**2) / max(1 - spent, 0.2))
        bends.append(bend)
    return Curved(bare.mean, bare.across, axes, bare.scales, np.maximum(widths, 1e-6), tuple(bends))


def _coordinates(points: Array, bump: Curved) -> Array:
    away = points - bump.mean
    return np.hstack([away @ bump.across, away @ bump.axes / bump.scales])


def _bent(known: Array, rank: int, bends: tuple[Array, ...]) -> Array:
    places, features = _places(known.shape[1]), _features(known)
    return np.column_stack(
        [np.zeros((len(known), 0)), *(features[:, places < rank + j] @ bend for j, bend in enumerate(bends))]
    )


def _features(known: Array) -> Array:
    """Return 1, the coordinates, their squares less 1, and products: orthonormal for a standard normal."""
    rows, columns = _pairs(known.shape[1])
    products = known[:, rows] * known[:, columns]
    same = rows == columns
    products[:, same] = (products[:, same] - 1) / np.sqrt(2)
    return np.column_stack([np.ones(len(known)), known, products])


def _places(dimension: int) -> NDArray[np.int64]:
    """Return the last coordinate that each feature needs, -1 for the constant."""
    _, columns = _pairs(dimension)
    return np.concatenate([[-1], np.arange(dimension), columns])


def _pairs(dimension: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all pairs of coordinates, ordered by the later one."""
    columns, rows = np.tril_indices(dimension)
    return rows, columns
