"""A law fitted to weighted draws: Student t in the directions that the data inform, the prior in all others.

Draws stand in a frame in which the prior has mean 0 and covariance 1. Most directions of a patient's
posterior stay so. An estimated covariance shows as many eigenvalues beside 1 as it has directions; those
within the noise are set back to 1, the others are freed of their bias (Donoho, Gavish & Johnstone 2018, Ann
Statist 46:1742-1778, doi:10.1214/17-AOS1601, equations 1.2 to 1.4), so that some hundred draws suffice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

Array = NDArray[np.float64]
Chosen = NDArray[np.bool_]

_LOST = 1e-4  # share of the weight that is not looked at, in the many draws that have next to none
FREEDOM = 8.0  # of the Student t: heavier than any normal posterior, still efficient in ten directions
_LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Component:
    """One bump: `mean` (d,), orthonormal `axes` (d, r) that are informed, and `scales` (r,) along them.

    Along the axes a Student t of `FREEDOM` degrees, whose covariance is the square of `scales`; across them
    a standard normal.
    """

    mean: Array
    axes: Array
    scales: Array

    def draw(self, count: int, *, rng: np.random.Generator) -> Array:
        """Draw `count` points, shape (count, d)."""
        around = rng.standard_normal((count, self.mean.size))
        along = around @ self.axes
        stretch = np.sqrt((FREEDOM - 2) / rng.chisquare(FREEDOM, (count, 1)))
        return np.asarray(self.mean + around + (along * (stretch * self.scales) - along) @ self.axes.T)

    def log_density(self, points: Array) -> Array:
        """Return the log density at `points` (n, d), shape (n,)."""
        away = points - self.mean
        along = away @ self.axes
        rank = self.scales.size
        across = np.maximum(np.sum(away**2, axis=1) - np.sum(along**2, axis=1), 0.0)
        volume = np.sum(np.log(self.scales))
        across_too = _log_normal(across, self.mean.size - rank)
        return np.asarray(log_student(along / self.scales) - volume + across_too)


class Bump(Protocol):
    """A law that can be drawn from, such as a `Component`."""

    def draw(self, count: int, *, rng: np.random.Generator) -> Array:
        """Draw points, shape (count, d)."""

    def log_density(self, points: Array) -> Array:
        """Log density at points (n, d), shape (n,)."""


@dataclass(frozen=True)
class Mixture:
    """Bumps with their `shares`, which sum to 1."""

    components: tuple[Bump, ...]
    shares: Array

    def draw(self, count: int, *, rng: np.random.Generator) -> Array:
        """Draw `count` points, shape (count, d)."""
        counts = rng.multinomial(count, self.shares)
        parts = [part.draw(int(n), rng=rng) for part, n in zip(self.components, counts, strict=True)]
        return np.concatenate(parts)

    def log_density(self, points: Array) -> Array:
        """Return the log density at `points` (n, d), shape (n,)."""
        return np.asarray(logsumexp(self._joint(points), axis=0))

    def memberships(self, points: Array) -> Array:
        """Return the chance that each point is of each component, shape (components, n)."""
        joint = self._joint(points)
        return np.asarray(np.exp(joint - logsumexp(joint, axis=0)))

    def _joint(self, points: Array) -> Array:
        densities = np.array([part.log_density(points) for part in self.components])
        return np.asarray(densities + np.log(self.shares)[:, None])


def log_student(residual: Array) -> Array:
    """Return the log density of a Student t of unit covariance at rows (n, r), shape (n,)."""
    rank = residual.shape[1]
    constant = (
        gammaln((FREEDOM + rank) / 2) - gammaln(FREEDOM / 2) - 0.5 * rank * np.log(np.pi * (FREEDOM - 2))
    )
    square = np.sum(residual**2, axis=1) / (FREEDOM - 2)
    return np.asarray(constant - 0.5 * (FREEDOM + rank) * np.log1p(square))


def log_normal(points: Array) -> Array:
    """Return the log density of a standard normal law at rows (n, d), shape (n,)."""
    return _log_normal(np.sum(points**2, axis=1), points.shape[1])


def _log_normal(square: Array, dimension: int) -> Array:
    return np.asarray(-0.5 * (square + dimension * _LOG_TWO_PI))


def fit_component(points: Array, weights: Array) -> Component:
    """Fit one component to weighted points.

    Parameters
    ----------
    points : ndarray, shape (n, d)
        In the frame of the prior.
    weights : ndarray, shape (n,)
        Not negative, of sum above 0.

    Returns
    -------
    Component
        Its axes are those along which the variance differs from 1 by more than chance.
    """
    share = weights / weights.sum()
    size = 1 / np.sum(share**2)
    mean = share @ points
    away = points - mean
    covariance = (away * share[:, None]).T @ away / max(1 - 1 / size, 0.5)
    values, vectors = np.linalg.eigh(covariance)
    variances = shrink(values, points.shape[1] / size)
    informed = variances != 1
    return Component(mean, vectors[:, informed], np.sqrt(variances[informed]))


def shrink(values: Array, gamma: float) -> Array:
    """Free sample eigenvalues of their bias, where all but some true ones are 1.

    Parameters
    ----------
    values : ndarray, shape (d,)
        Of a sample covariance.
    gamma : float
        Dimensions over sample size.

    Returns
    -------
    ndarray, shape (d,)
        Variance along each sample eigenvector: exactly 1 within the noise.
    """
    noise = np.sqrt(gamma)
    above = values > (1 + noise) ** 2
    below = (values < (1 - noise) ** 2) & (gamma < 1)
    middle = values + 1 - gamma
    root = np.sqrt(np.maximum(middle**2 - 4 * values, 0))
    true = np.where(above, (middle + root) / 2, (middle - root) / 2)
    # A sample eigenvector leans from the true one, towards directions of variance 1.
    gap = np.where(above | below, true - 1, 2.0)
    kept = np.clip((1 - gamma / gap**2) / (1 + gamma / gap), 0, 1)
    return np.where(above | below, np.maximum(kept * true + 1 - kept, 1e-12), 1.0)


def fit_mixture(points: Array, weights: Array, *, most: int = 3, rng: np.random.Generator) -> Mixture:
    """Fit one to `most` components to weighted points; more only if half the points foretell the rest better.

    Parameters
    ----------
    points : ndarray, shape (n, d)
        In the frame of the prior.
    weights : ndarray, shape (n,)
        Not negative, of sum above 0.
    most : int
        Components at most.
    rng : numpy.random.Generator
        For the halves and the first centres.

    Returns
    -------
    Mixture
        The best.
    """
    used = weights >= np.sort(weights)[np.searchsorted(np.cumsum(np.sort(weights)), _LOST * weights.sum())]
    points, weights = points[used], weights[used]
    first = rng.random(weights.size) < 0.5
    if min(_size(weights[first]), _size(weights[~first])) < 2 * points.shape[1]:
        return _expected(points, weights, 1, rng)
    scores = []
    for count in range(1, most + 1):
        halves = [(first, ~first), (~first, first)]
        held = [_foretold(points, weights, fitted, other, count, rng) for fitted, other in halves]
        scores.append(sum(held))
        if count > 1 and scores[-1] < scores[-2]:
            break
    return _expected(points, weights, int(np.argmax(scores)) + 1, rng)


def _foretold(
    points: Array, weights: Array, fitted: Chosen, other: Chosen, count: int, rng: np.random.Generator
) -> float:
    law = _expected(points[fitted], weights[fitted], count, rng)
    return float(np.average(law.log_density(points[other]), weights=weights[other]))


def _expected(points: Array, weights: Array, count: int, rng: np.random.Generator) -> Mixture:
    """Fit `count` components by expectation and maximisation, from centres far from each other."""
    law = Mixture((fit_component(points, weights),), np.ones(1))
    if count == 1:
        return law
    members = _parted(points, weights, count, rng)
    for _ in range(8):
        mass = members * weights
        kept = np.array([_size(row) > 2 * points.shape[1] for row in mass])
        if not kept.any():
            return law
        shares = mass[kept].sum(axis=1)
        law = Mixture(tuple(fit_component(points, row) for row in mass[kept]), shares / shares.sum())
        members = law.memberships(points)
    return law


def _parted(points: Array, weights: Array, count: int, rng: np.random.Generator) -> Array:
    """Give every point to the nearest of `count` centres, drawn in proportion to distance (k-means++)."""
    chance = weights / weights.sum()
    centres = points[rng.choice(chance.size, 1, p=chance)]
    for _ in range(count - 1):
        far = chance * _distance(points, centres).min(axis=1)
        centres = np.concatenate([centres, points[rng.choice(chance.size, 1, p=far / far.sum())]])
    for _ in range(5):
        nearest = _distance(points, centres).argmin(axis=1)
        members = np.equal(nearest, np.arange(count)[:, None]) * weights
        mass = members.sum(axis=1, keepdims=True)
        centres = np.where(mass > 0, members @ points / np.maximum(mass, 1e-300), centres)
    return np.asarray(np.equal(nearest, np.arange(count)[:, None]), float)


def _distance(points: Array, centres: Array) -> Array:
    return np.asarray(np.sum((points[:, None] - centres) ** 2, axis=2))


def _size(weights: Array) -> float:
    total = float(weights.sum())
    return total**2 / float(np.sum(weights**2)) if total > 0 else 0.0
