"""Marginal likelihood of a logistic model with a normal intercept for each patient, by adaptive quadrature.

Patient i has u_i ~ Normal(0, 1) and abnormal nuclei k_ic ~ Binomial(n_ic, expit(mu + beta x_c + sigma u_i)),
with x = 1 in the first compartment and 0 in the second. Its integral over u is taken on 25 Gauss-Hermite
nodes about the mode, as wide as the curvature there: u = mode + sqrt(2) z / sqrt(curvature). The gradient
follows the nodes as they move, so that it vanishes where the quadrature, and not something near it, is
largest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.polynomial.hermite import hermgauss
from scipy.special import expit

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.log_mass import log_choose
from remnant.stats.tables.strata import Strata

NODES = 25
X = np.array([1.0, 0.0])  # compartments along the axis before last: (..., patients, compartments, nodes)
NEWTON, CLOSE, LONGEST = 200, 1e-11, 1.5


@dataclass(frozen=True)
class PairedCounts:
    """Counts of all patients, shape (patients, 2): first and second compartment.

    Parameters
    ----------
    k, n : ndarray
        Abnormal and scored nuclei.
    constant : float
        Log of all binomial coefficients.
    """

    k: FloatArray
    n: FloatArray
    constant: float

    @classmethod
    def of(cls, tables: Strata) -> PairedCounts:
        """Take the counts of every patient; one compartment alone still tells of the patient."""
        k, n = np.stack([tables.k1, tables.k2], axis=1), np.stack([tables.n1, tables.n2], axis=1)
        return cls(k, n, float(log_choose(n, k).sum()))


@dataclass(frozen=True)
class Marginal:
    """Marginal log-likelihood at parameters of shape (..., 3): mu, beta, sigma.

    Parameters
    ----------
    value : ndarray, shape (...)
        With all constants.
    gradient : ndarray, shape (..., 3)
        Of the quadrature as it stands.
    hessian : ndarray, shape (..., 3, 3)
        Of the integral: mean curvature plus variance of the score over each patient's u (Louis).
    mode : ndarray, shape (..., patients)
        Each patient's most likely u: where to look first at the next parameters.
    """

    value: FloatArray
    gradient: FloatArray
    hessian: FloatArray
    mode: FloatArray


@cache
def _rule(nodes: int) -> tuple[FloatArray, FloatArray]:
    """Nodes, and log weights without the normal density."""
    z, weight = hermgauss(nodes)
    return z, np.log(weight) + z**2


def marginal(
    counts: PairedCounts, theta: FloatArray, mode: FloatArray | None = None, *, nodes: int = NODES
) -> Marginal:
    """Integrate the patients out.

    Parameters
    ----------
    counts : PairedCounts
        Of all patients.
    theta : ndarray, shape (..., 3)
        mu, beta, and sigma at least 0.
    mode : ndarray, optional, shape (..., patients)
        First guesses of the modes.
    nodes : int, default 25
        Of the quadrature.

    References
    ----------
    Pinheiro & Bates (1995) J Comput Graph Stat 4:12-35; Louis (1982) J R Stat Soc B 44:226-233.
    """
    mu, beta, sigma = (theta[..., j, None] for j in range(3))
    fixed = mu[..., None] + beta[..., None] * X  # (..., 1, compartments)
    mode = _modes(counts, fixed, sigma, mode)
    curvature, mode_slope, log_width_slope = _node_motion(counts, fixed, sigma, mode)
    width = curvature**-0.5
    z, log_weight = _rule(nodes)
    u = mode[..., None] + np.sqrt(2) * width[..., None] * z
    eta = fixed[..., None] + (sigma[..., None] * u)[..., None, :]  # (..., patients, compartments, nodes)
    k, n = counts.k[..., None], counts.n[..., None]
    p = expit(eta)
    log_joint = (k * eta - n * np.logaddexp(0.0, eta)).sum(axis=-2) - u**2 / 2
    log_terms = log_joint + log_weight
    top = log_terms.max(axis=-1)
    share = np.exp(log_terms - top[..., None])
    total = share.sum(axis=-1)
    share /= total[..., None]
    value = (top + np.log(total * width) - np.log(np.pi) / 2).sum(axis=-1) + counts.constant
    residual, weight = k - n * p, n * p * (1 - p)
    both, own = residual.sum(axis=-2), residual[..., 0, :]
    s = sigma[..., None]
    score = np.stack([both, own, u * both], axis=-2)  # (..., patients, 3, nodes)
    along_u = s * both - u
    moved = mode_slope[..., None] + np.sqrt(2) * (log_width_slope * width[..., None])[..., None] * z
    whole = score + along_u[..., None, :] * moved
    gradient = ((whole * share[..., None, :]).sum(axis=-1) + log_width_slope).sum(axis=-2)
    return Marginal(value, gradient, _louis(score, share, weight, u), mode)


def _louis(score: FloatArray, share: FloatArray, weight: FloatArray, u: FloatArray) -> FloatArray:
    """Mean curvature and variance of the score."""
    both, own = weight.sum(axis=-2), weight[..., 0, :]
    curve = np.stack([both, own, u * both, own, own, u * own, u * both, u * own, u**2 * both], axis=-2)
    mean_curve = (curve * share[..., None, :]).sum(axis=-1).sum(axis=-2)
    mean = (score * share[..., None, :]).sum(axis=-1)
    centred = score - mean[..., None]
    spread = ((centred * share[..., None, :]) @ np.swapaxes(centred, -1, -2)).sum(axis=-3)
    return np.asarray(spread - mean_curve.reshape(*mean_curve.shape[:-1], 3, 3))


def _modes(
    counts: PairedCounts, fixed: FloatArray, sigma: FloatArray, start: FloatArray | None
) -> FloatArray:
    """Each patient's most likely u, shape (..., patients): the log joint is concave."""
    u = np.zeros((*sigma.shape[:-1], len(counts.k))) if start is None else start.copy()
    for _ in range(NEWTON):
        p = expit(fixed + (sigma * u)[..., None])
        slope = sigma * (counts.k - counts.n * p).sum(axis=-1) - u
        curvature = 1 + sigma**2 * (counts.n * p * (1 - p)).sum(axis=-1)
        # A step is held to the range over which a logistic curve keeps its shape.
        longest = LONGEST / np.maximum(sigma, 1e-3)
        step = np.clip(slope / curvature, -longest, longest)
        u += step
        if np.all(np.abs(step) < CLOSE * np.maximum(1.0, np.abs(u))):
            break
    return u


def _node_motion(
    counts: PairedCounts, fixed: FloatArray, sigma: FloatArray, mode: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Curvature at the mode; how mode and log width move with mu, beta, sigma, shape (..., patients, 3)."""
    p = expit(fixed + (sigma * mode)[..., None])
    weight = counts.n * p * (1 - p)
    both, own = weight.sum(axis=-1), weight[..., 0]
    residual = (counts.k - counts.n * p).sum(axis=-1)
    curvature = 1 + sigma**2 * both
    pull = np.stack([-sigma * both, -sigma * own, residual - sigma * mode * both], axis=-1)
    mode_slope = pull / curvature[..., None]
    one, first = np.ones_like(p), np.broadcast_to(X, p.shape)
    eta_slope = (
        np.stack([one, first, mode[..., None] * one], axis=-2) + (sigma[..., None] * mode_slope)[..., None]
    )
    skew = (weight * (1 - 2 * p))[..., None, :]
    curvature_slope = sigma[..., None] ** 2 * (skew * eta_slope).sum(axis=-1)
    curvature_slope[..., 2] += 2 * sigma * both
    return curvature, mode_slope, -curvature_slope / (2 * curvature[..., None])
