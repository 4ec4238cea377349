"""Whether chains agree, and how many independent draws they are worth.

Split, rank-normalised R-hat, and effective sample sizes of the bulk and of both tails, by Geyer's initial
monotone sequence: Vehtari, Gelman, Simpson, Carpenter & Buerkner (2021) Bayesian Anal 16:667-718,
doi:10.1214/20-BA1221.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri
from scipy.stats import rankdata

from remnant.stats.numerics.arrays import FloatArray

MOST_R_HAT, LEAST_EFFECTIVE = 1.01, 400  # the authors' limits, for four chains


@dataclass(frozen=True)
class Convergence:
    """The worst over all quantities that were looked at.

    Parameters
    ----------
    r_hat : float
        Largest; 1 where chains agree.
    bulk, tail : float
        Smallest effective sample sizes.
    """

    r_hat: float
    bulk: float
    tail: float

    @property
    def fit(self) -> bool:
        """Whether the draws may be used: R-hat at most 1.01, both effective sizes at least 400."""
        return self.r_hat <= MOST_R_HAT and min(self.bulk, self.tail) >= LEAST_EFFECTIVE


def convergence(draws: FloatArray) -> Convergence:
    """Judge draws of several quantities.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, quantities)
        At least 4 draws of each chain; a quantity that some chain never moves is left out.
    """
    split = _split(np.asarray(draws, float))
    split = split[:, :, (np.ptp(split, axis=1) > 0).all(axis=0)]
    folded = np.abs(split - np.median(split, axis=(0, 1)))
    r_hat = np.maximum(_r_hat(_normalised(split)), _r_hat(_normalised(folded)))
    low, high = np.quantile(split, [0.05, 0.95], axis=(0, 1))
    tails = np.minimum(effective(1.0 * (split <= low)), effective(1.0 * (split <= high)))
    return Convergence(
        float(r_hat.max(initial=1.0)),
        float(effective(_normalised(split)).min(initial=np.inf)),
        float(tails.min(initial=np.inf)),
    )


def _split(draws: FloatArray) -> FloatArray:
    """Cut each chain in two halves, so that a drift shows as well."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _normalised(draws: FloatArray) -> FloatArray:
    """Replace draws by the normal scores of their ranks over all chains."""
    chains, length, quantities = draws.shape
    rank = rankdata(draws.reshape(-1, quantities), axis=0)
    return np.asarray(ndtri((rank - 0.375) / (chains * length + 0.25)).reshape(draws.shape))


def _variances(draws: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean variance within chains, and the estimate that has their means' variance in it."""
    length = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean(axis=0)
    return within, within * (length - 1) / length + draws.mean(axis=1).var(axis=0, ddof=1)


def _r_hat(draws: FloatArray) -> FloatArray:
    within, total = _variances(draws)
    return np.asarray(np.sqrt(total / within))


def effective(draws: FloatArray) -> FloatArray:
    """Effective sample size of the mean of each quantity, shape (quantities,); chains as they are given.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> bool(3500 < effective(rng.standard_normal((4, 1000, 1)))[0] < 4500)
    True
    """
    chains, length, _ = draws.shape
    within, total = _variances(draws)
    total = np.maximum(total, 1e-300)  # all equal: the covariances are 0 as well
    centred = draws - draws.mean(axis=1, keepdims=True)
    size = next_fast_len(2 * length, real=True)
    power = np.abs(rfft(centred, size, axis=1)) ** 2
    # Autocovariances with divisor n, as in Geyer (1992): the noise of long lags stays small.
    covariance = irfft(power, size, axis=1)[:, :length].mean(axis=0) / length
    correlation = 1 - (within - covariance * length / (length - 1)) / total
    pairs = correlation[: length // 2 * 2].reshape(-1, 2, correlation.shape[1]).sum(axis=1)
    positive = np.minimum.accumulate(np.where(np.cumprod(pairs > 0, axis=0) > 0, pairs, 0.0), axis=0)
    time = np.maximum(2 * positive.sum(axis=0) - 1, 1 / np.log10(chains * length))
    return np.asarray(chains * length / time)
