r"""One kind of cell, dividing at rate b and lost at rate d: the fate of a founder's family in closed form.

Rates change in steps. With rho(s) the integral of d - b from the founder to s, T the end::

    D = int d(s) exp(rho(s)) ds             P(family extinct at T) = D / (1 + D)
    m = exp(-rho(T))                        mean size of the family
    B = int b(s) exp(rho(s) - rho(T)) ds    given survival, P(n) = (1 - h) h^(n - 1) with h = B / (1 + B)

All is kept as logarithms: neither a survival of 1e-300 nor an extinction of 1e-300 is lost to rounding.

References
----------
Kendall (1948) Ann Math Stat 19:1-15, doi:10.1214/aoms/1177730285 (equations 9 to 12).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from remnant.errors import Fault, SettingError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Family:
    """Descendants of one founder at the end, itself among them; fields of shape (...).

    Parameters
    ----------
    log_extinction, log_survival : ndarray
        Logarithms of the chance that none is left, and that some are.
    log_mean : ndarray
        Logarithm of the expected number.
    log_others : ndarray
        log B: logarithm of the expected number beside one, given that some are left.
    """

    log_extinction: Array
    log_survival: Array
    log_mean: Array
    log_others: Array

    @property
    def extinction(self) -> Array:
        """Chance that none is left."""
        return np.exp(self.log_extinction)

    @property
    def survival(self) -> Array:
        """Chance that some are left."""
        return np.exp(self.log_survival)

    @property
    def mean(self) -> Array:
        """Expected number, the extinct families among them."""
        return np.exp(self.log_mean)

    @property
    def mean_of_survivors(self) -> Array:
        """Expected number, given that some are left."""
        return np.asarray(1 + np.exp(self.log_others))

    @property
    def variance(self) -> Array:
        """Variance of the number: m (P0 + beta) / (1 - beta), where beta = B / (1 + B)."""
        beta = np.exp(-np.logaddexp(0.0, -self.log_others))
        return np.asarray(
            (self.extinction + beta) * np.exp(self.log_mean + np.logaddexp(0.0, self.log_others))
        )

    def log_probability(self, count: ArrayLike) -> Array:
        """Return the logarithm of the chance of `count` descendants, which broadcasts with the fields."""
        n = np.asarray(count)
        log_beta = -np.logaddexp(0.0, -self.log_others)
        further = np.where(n > 1, (n - 1.0) * np.where(n > 1, log_beta, 0.0), 0.0)
        some = self.log_survival - np.logaddexp(0.0, self.log_others) + further
        return np.asarray(np.where(n == 0, self.log_extinction, some))


def family(births: ArrayLike, deaths: ArrayLike, durations: ArrayLike) -> Family:
    """Follow the family of one cell through stretches of constant rates.

    Parameters
    ----------
    births, deaths, durations : array_like, shape (..., stretches)
        Rates per unit of time, and the length of each stretch, in the order of time; all at least 0. They
        broadcast.

    Returns
    -------
    Family
        Fields of shape (...).

    Raises
    ------
    SettingError
        If a rate or a duration is negative or not finite.

    Examples
    --------
    >>> born = family([1.0], [1.0], [9.0])  # critical: extinct with chance b t / (1 + b t)
    >>> round(float(born.extinction), 3), round(float(born.mean), 3), round(float(born.variance), 3)
    (0.9, 1.0, 18.0)
    """
    b, d, t = _checked(births=births, deaths=deaths, durations=durations)
    grown = (b - d) * t
    before = np.cumsum(grown, axis=-1) - grown
    after = np.sum(grown, axis=-1, keepdims=True) - before - grown
    with np.errstate(divide="ignore"):
        log_d = logsumexp(np.log(d) - before + log_integral(d - b, t), axis=-1)
        log_b = logsumexp(np.log(b) + after + log_integral(b - d, t), axis=-1)
    return Family(
        log_extinction=-np.logaddexp(0.0, -log_d),
        log_survival=-np.logaddexp(0.0, log_d),
        log_mean=np.sum(grown, axis=-1),
        log_others=log_b,
    )


def log_no_immigrant_left(
    births: ArrayLike, deaths: ArrayLike, durations: ArrayLike, immigration: ArrayLike
) -> Array:
    r"""Return the logarithm of the chance that no cell that arrived, nor a descendant, is left at the end.

    Cells arrive one by one at the rate nu(s). With S(s) the chance that the family of one that arrives at s
    is left at the end, the logarithm is -int nu(s) S(s) ds. On a stretch int b S ds has the closed form
    log(1 + b y), where y = S(its end) int exp((b - d) s) ds.

    Parameters
    ----------
    births, deaths, durations, immigration : array_like, shape (..., stretches)
        Rates and lengths in the order of time, at least 0.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    SettingError
        If a rate or a duration is negative or not finite.
    """
    b, d, t, nu = _checked(births=births, deaths=deaths, durations=durations, immigration=immigration)
    log_survival = np.zeros(b.shape[:-1])
    total = np.zeros(b.shape[:-1])
    for k in range(b.shape[-1] - 1, -1, -1):  # the last stretch first
        with np.errstate(divide="ignore"):
            log_y = log_survival + log_integral(b[..., k] - d[..., k], t[..., k])
            log_by = np.log(b[..., k]) + log_y
        few = log_by < -20  # then log(1 + b y) / b is y, to half of b y
        total -= nu[..., k] * np.where(
            few, np.exp(np.where(few, log_y, 0.0)), np.logaddexp(0.0, log_by) / np.where(few, 1.0, b[..., k])
        )
        log_survival = log_survival + (b[..., k] - d[..., k]) * t[..., k] - np.logaddexp(0.0, log_by)
    return total


def ultimate_extinction(births: ArrayLike, deaths: ArrayLike) -> Array:
    """Return the chance that the family of one cell dies out in the end: d / b, or 1 where d >= b > 0.

    A cell that neither divides nor is lost stays for ever.
    """
    b, d = _checked(births=births, deaths=deaths)
    return np.where(d >= b, np.where(d > 0, 1.0, 0.0), d / np.where(b > 0, b, 1.0))


def log_integral(rate: Array, duration: Array) -> Array:
    """Return the logarithm of int_0^t exp(rate s) ds, where t is `duration`; at rate 0 it is log t."""
    x = np.asarray(rate * duration)
    size = np.abs(x)
    small = size < 1e-9  # there the ratio is 1 - |x| / 2, to 1e-19
    safe = np.where(small, 1.0, size)
    ratio = np.where(small, 1.0 - size / 2, -np.expm1(-safe) / safe)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(duration) + np.maximum(x, 0.0) + np.log(ratio))


def _checked(**given: ArrayLike) -> list[Array]:
    """Broadcast rates and durations, or say which of them cannot be."""
    arrays = {name: np.atleast_1d(np.asarray(value, float)) for name, value in given.items()}
    faults = [
        Fault(
            name,
            None,
            "",
            f"{bad.flat[0]:g}",
            "finite numbers from 0",
            "a rate or a duration is never negative",
        )
        for name, value in arrays.items()
        if (bad := value[~((value >= 0) & (value < np.inf))]).size
    ]
    if faults:
        raise SettingError(faults)
    return list(np.broadcast_arrays(*arrays.values()))
