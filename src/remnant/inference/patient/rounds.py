"""Rounds of draws from different laws, weighed as if all came from their mixture (deterministic mixture).

Owen & Zhou (2000) JASA 95:135-143, doi:10.1080/01621459.2000.10473909; Cornuet, Marin, Mira & Robert (2012)
Scand J Stat 39:798-812, doi:10.1111/j.1467-9469.2011.00756.x.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from remnant.inference.patient.mixture import Mixture

Array = NDArray[np.float64]

DEFENCE = 0.1  # share of each round that stays with the prior, so that no weight is without bound


class PriorLaw(Protocol):
    """A law of scores theta that can be drawn from."""

    def log_density(self, theta: Array) -> Array:
        """Log density of rows (n, d), shape (n,)."""

    def draw(self, count: int, *, rng: np.random.Generator) -> Array:
        """Draw rows, shape (count, d)."""

    def frame(self) -> tuple[Array, Array]:
        """Mean (d,) and a square root (d, d) of the covariance."""


@dataclass
class Rounds:
    """Draws of some rounds of `size` each: theta, and `points`, which are theta in the frame of the prior."""

    prior: PriorLaw
    log_likelihood: Callable[[Array], Array]
    size: int
    _points: list[Array] = field(default_factory=list)
    _log_prior: list[Array] = field(default_factory=list)
    _fit: list[Array] = field(default_factory=list)
    _laws: list[Mixture | None] = field(default_factory=list)
    _densities: list[list[Array]] = field(default_factory=list)  # of each law at each round's draws

    def __len__(self) -> int:
        return len(self._laws)

    def add(self, law: Mixture | None, *, rng: np.random.Generator) -> None:
        """Draw a round from the prior (a share, or all where there is no law) and from `law`."""
        mean, root = self.prior.frame()
        defence = self._defence(law)
        theta = self.prior.draw(defence, rng=rng)
        points = np.asarray(np.linalg.solve(root, (theta - mean).T).T, float)
        if law is not None:
            points = np.concatenate([points, law.draw(self.size - defence, rng=rng)])
            theta = mean + points @ root.T
        found = np.asarray(self.log_likelihood(theta), float)
        assert found.shape == (self.size,), "one log likelihood for each row"
        self._points.append(points)
        self._log_prior.append(self.prior.log_density(theta) + float(np.linalg.slogdet(root)[1]))
        self._fit.append(np.where(np.isfinite(found), found, -np.inf))
        self._laws.append(law)
        self._densities.append([])

    def join(self, other: Rounds) -> None:
        """Take the rounds of another, of the same prior, likelihood and size."""
        for name in ("_points", "_log_prior", "_fit", "_laws"):
            getattr(self, name).extend(getattr(other, name))
        self._densities.extend([] for _ in other._laws)

    @property
    def points(self) -> Array:
        """All draws in the frame of the prior, shape (n, d)."""
        return np.concatenate(self._points)

    @property
    def theta(self) -> Array:
        """All draws, shape (n, d)."""
        mean, root = self.prior.frame()
        return np.asarray(mean + self.points @ root.T)

    @property
    def fit(self) -> Array:
        """Log likelihood of all draws, minus infinity where it is not a number, shape (n,)."""
        return np.concatenate(self._fit)

    def log_ratio(self) -> Array:
        """Log of prior over proposal, the mixture of all rounds, at all draws, shape (n,)."""
        log_prior = np.concatenate(self._log_prior)
        shares = [self._defence(law) / self.size for law in self._laws]
        parts = [log_prior + np.log(np.mean(shares))]
        for share, law, known in zip(shares, self._laws, self._densities, strict=True):
            if law is not None:
                known.extend(law.log_density(points) for points in self._points[len(known) :])
                parts.append(np.concatenate(known) + np.log((1 - share) / len(self)))
        return np.asarray(log_prior - logsumexp(parts, axis=0))

    def _defence(self, law: Mixture | None) -> int:
        return self.size if law is None else round(DEFENCE * self.size)
