"""Means of the same patients under several treatments, and how sure their differences are.

Of each patient all values are kept side by side just long enough to add them: n, means and the matrix of
centred products (Chan, Golub & LeVeque 1983), which give the error of every paired difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Moments of k values a patient; a patient without one of them counts in none.

    Parameters
    ----------
    count : int
        Patients with all values.
    mean : ndarray, shape (k,)
        Of the values.
    products : ndarray, shape (k, k)
        Sums of products of deviations from the means.
    """

    count: int
    mean: Array
    products: Array

    @classmethod
    def of(cls, values: Array) -> Moments:
        """Take the moments of values, shape (k, patients); NaN where there is none."""
        whole = values[:, ~np.isnan(values).any(axis=0)]
        if not whole.shape[1]:
            return cls(0, np.zeros(len(values)), np.zeros((len(values), len(values))))
        mean = whole.mean(axis=1)
        apart = whole - mean[:, None]
        return cls(whole.shape[1], mean, apart @ apart.T)

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of both groups of patients together."""
        n = self.count + other.count
        if not self.count or not other.count:
            return other if other.count else self
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.count / n)
        share = self.count * other.count / n
        return Moments(n, mean, self.products + other.products + share * np.outer(apart, apart))

    @property
    def errors(self) -> Array:
        """Monte Carlo standard error of each mean, shape (k,); NaN of fewer than two patients."""
        return np.sqrt(self._of_a_mean(np.diag(self.products)))

    def paired_error(self, one: int, other: int) -> float:
        """Standard error of the difference of two means in the same patients."""
        p = self.products
        # Rounding may leave a difference that is the same in all patients a hair below zero.
        spread = max(p[one, one] + p[other, other] - 2 * p[one, other], 0.0)
        return float(np.sqrt(self._of_a_mean(np.array(spread))))

    def discordant(self, one: int, other: int) -> tuple[int, int]:
        """Count patients who have the other of two flags alone, and the one alone; values are 0 and 1."""
        both = self.products[one, other] + self.count * self.mean[one] * self.mean[other]
        return round(self.count * self.mean[other] - both), round(self.count * self.mean[one] - both)

    def unpaired_error(self, one: int, other: int) -> float:
        """Standard error that the difference would have had in as many patients for each treatment."""
        return float(np.hypot(self.errors[one], self.errors[other]))

    def _of_a_mean(self, squares: Array) -> Array:
        n = self.count
        return squares / (n * (n - 1)) if n > 1 else np.full_like(squares, np.nan)
