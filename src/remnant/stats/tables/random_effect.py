"""Pool patients: each has a log-odds difference delta_i ~ Normal(mu, tau), known only through its likelihood.

mu ~ Normal(0, 2.5) and tau ~ half-Normal(1) by default: with few patients tau is mostly its prior, which
is why it has one and why both are printed beside every result. Deterministic: the likelihood of each
patient, smoothed by a Gaussian of width tau, is multiplied over patients and summed over tau.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.polynomial.legendre import leggauss
from scipy.fft import next_fast_len
from scipy.special import logsumexp

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.posterior import LinePosterior

STEP, REACH = 0.025, 15.0  # log odds; beyond 15 a likelihood from any slide is flat
TAU_NODES = 48


def difference_grid() -> FloatArray:
    """Even grid of log-odds differences on which patients give their likelihoods."""
    half = round(REACH / STEP)
    return np.arange(-half, half + 1, dtype=float) * STEP


@dataclass(frozen=True)
class PooledEffect:
    """Posterior of a pooled log-odds difference.

    Parameters
    ----------
    mean, spread : LinePosterior
        Of mu, and of tau.
    patients : int
        Patients pooled.
    mean_scale, spread_scale : float
        Scales of the priors of mu and tau.
    """

    mean: LinePosterior
    spread: LinePosterior
    patients: int
    mean_scale: float
    spread_scale: float


def pool(likelihoods: npt.ArrayLike, *, mean_scale: float = 2.5, spread_scale: float = 1.0) -> PooledEffect:
    """Pool the patients' likelihoods of their own differences.

    Parameters
    ----------
    likelihoods : array-like, shape (patients, len(difference_grid()))
        Of each patient, on `difference_grid()`, up to a constant each; flat where nothing was learnt.
    mean_scale, spread_scale : float
        Prior standard deviation of mu, and scale of tau's half-Normal prior; log odds, above 0.

    Returns
    -------
    PooledEffect
        With no patient, or none informative, the priors come back.

    References
    ----------
    Higgins, Thompson & Spiegelhalter (2009) J R Stat Soc A 172:137-159 (the model).
    """
    grid = difference_grid()
    table = np.asarray(likelihoods, float).reshape(-1, len(grid))
    table = table / table.max(axis=1, keepdims=True, initial=1e-300)
    x, weight = leggauss(TAU_NODES)
    # The ends carry no weight in the sum over tau; its own posterior needs them.
    tau = 2.5 * spread_scale * (np.concatenate([[-1.0], x, [1.0]]) + 1)
    tau_weight = 2.5 * spread_scale * np.concatenate([[0.0], weight, [0.0]])
    log_joint = np.empty((len(tau), len(grid)))
    for row, width in enumerate(tau):
        with np.errstate(divide="ignore"):
            log_joint[row] = np.log(np.maximum(_smooth(table, width), 0.0)).sum(axis=0)
    log_joint += -((grid / mean_scale) ** 2) / 2
    log_joint += -((tau / spread_scale) ** 2)[:, None] / 2
    log_mean = logsumexp(log_joint, axis=0, b=tau_weight[:, None])
    log_spread = logsumexp(log_joint, axis=1)
    return PooledEffect(
        LinePosterior(grid, np.exp(log_mean - log_mean.max())),
        LinePosterior(tau, np.exp(log_spread - log_spread.max())),
        len(table),
        mean_scale,
        spread_scale,
    )


def _smooth(table: FloatArray, width: float) -> FloatArray:
    """Average each likelihood over Normal(., width); flat continuations beyond the grid."""
    if width < STEP:
        # Narrower than the grid: the first term of the expansion in width.
        inner = np.diff(table, n=2, axis=1) / STEP**2
        return np.asarray(table + width**2 / 2 * np.pad(inner, ((0, 0), (1, 1))))
    reach = int(np.ceil(8.5 * width / STEP))
    kernel = np.exp(-((np.arange(-reach, reach + 1) * STEP / width) ** 2) / 2)
    kernel /= kernel.sum()
    padded = np.pad(table, ((0, 0), (reach, reach)), mode="edge")
    size = next_fast_len(padded.shape[1] + 2 * reach, real=True)
    spectrum = np.fft.rfft(padded, size, axis=1) * np.fft.rfft(kernel, size)
    return np.asarray(np.fft.irfft(spectrum, size, axis=1)[:, 2 * reach : 2 * reach + table.shape[1]])
