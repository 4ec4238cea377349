"""Whether chains agree, and what their draws are worth: rank-normalised R-hat, effective sizes, E-BFMI.

Vehtari, Gelman, Simpson, Carpenter & Bürkner 2021 (Bayesian Analysis 16:667), equations as numbered there;
Geyer 1992 for the initial monotone sequence; Betancourt 2016 (arXiv:1604.00695) for the energy. Arrays of one
number are (chains, draws).
"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.stats import norm, rankdata

FEWEST = 8  # draws of a chain: each half needs four
TAILS = (0.05, 0.95)


def r_hat(draws: np.ndarray) -> float:
    """Return the worse of the rank-normalised split R-hat and the folded one (equation 14 and section 4).

    1 where all chains tell the same; infinite where each is stuck at a place of its own; NaN where all are
    stuck at the same one.
    """
    halves = split(draws)
    folded = np.abs(halves - np.median(halves))
    plain, wide = (_potential_reduction(normal_scores(chains)) for chains in (halves, folded))
    return float(np.fmax(plain, wide))  # where one cannot be said, the other counts


def ess_bulk(draws: np.ndarray) -> float:
    """Return how many independent draws would place the bulk as well (section 4.1)."""
    return effective_size(normal_scores(split(draws)))


def ess_tail(draws: np.ndarray) -> float:
    """Return how many independent draws would place the 5 % and 95 % quantiles as well, the lesser."""
    beneath = (split(draws <= np.quantile(draws, tail)).astype(float) for tail in TAILS)
    return min(effective_size(chains) for chains in beneath)


def energy_fraction(energy: np.ndarray) -> np.ndarray:
    """Return the estimated Bayesian fraction of missing information of each chain, (chains,).

    How much of the spread of the energy one new momentum covers; NaN for a chain whose energy never changed.
    """
    steps = np.mean(np.diff(energy, axis=-1) ** 2, axis=-1)
    spread = np.var(energy, axis=-1, ddof=1)
    fraction: np.ndarray = np.divide(steps, spread, out=np.full_like(spread, np.nan), where=spread > 0)
    return fraction


def split(draws: np.ndarray) -> np.ndarray:
    """Return the halves of each chain as chains of their own, without the middle draw of an odd number."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def normal_scores(chains: np.ndarray) -> np.ndarray:
    """Return the ranks over all chains as normal quantiles (equation 14)."""
    ranks = rankdata(chains).reshape(chains.shape)
    scores: np.ndarray = norm.ppf((ranks - 3 / 8) / (chains.size + 1 / 4))
    return scores


def _potential_reduction(chains: np.ndarray) -> float:
    """Return R-hat as it stands (equations 1 to 4)."""
    count = chains.shape[1]
    between, within = np.var(chains.mean(1), ddof=1), np.mean(np.var(chains, axis=1, ddof=1))
    if within == 0:
        return np.inf if between > 0 else np.nan
    return float(np.sqrt((count - 1) / count + between / within))


def effective_size(chains: np.ndarray) -> float:
    """Return the effective sample size of the mean (equations 10 to 13), at most n log10(n) of n draws.

    Draws that are all the same count as all of them: their mean is known.
    """
    number, count = chains.shape
    if np.ptp(chains) < np.finfo(float).resolution:
        return float(chains.size)
    covariance = _autocovariance(chains).mean(0)
    within = covariance[0] * count / (count - 1)
    total = covariance[0] + (np.var(chains.mean(1), ddof=1) if number > 1 else 0.0)
    correlation = 1 - (within - covariance) / total
    correlation[0] = 1.0
    return float(chains.size / max(_autocorrelation_time(correlation), 1 / np.log10(chains.size)))


def _autocorrelation_time(correlation: np.ndarray) -> float:
    """Sum correlations by pairs of lags while they are positive, each no more than the one before."""
    last = max(1, (len(correlation) - 1) // 2)  # pairs whose lags are short of the whole chain
    pairs = correlation[: 2 * last].reshape(-1, 2).sum(1)
    ends = np.flatnonzero(pairs <= 0)
    end = ends[0] if len(ends) else last - 1
    even = correlation[2 * end]  # of the pair at which the sum ends
    rest = even if end == 0 or pairs[end] >= 0 else max(even, 0.0)
    return float(2 * np.minimum.accumulate(pairs[:end]).sum() - 1 + rest)


def _autocovariance(chains: np.ndarray) -> np.ndarray:
    """Return the autocovariance of each chain at every lag, divided by the number of draws."""
    count = chains.shape[1]
    size = next_fast_len(2 * count)
    spectrum = rfft(chains - chains.mean(1, keepdims=True), n=size, axis=1)
    covariance: np.ndarray = irfft(np.abs(spectrum) ** 2, n=size, axis=1)[:, :count] / count
    return covariance
