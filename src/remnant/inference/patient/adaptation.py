"""From the draws so far to the law of the next round.

While the weights are degenerate the law is fitted to a tempered posterior, prior times likelihood^beta, with
beta as large as the draws bear. Two bumps look further: one around the draw of greatest weight (Raftery & Bao
2010, Biometrics 66:1162-1173, doi:10.1111/j.1541-0420.2010.01399.x), and one where a quadratic surface
through the log likelihoods puts the posterior at ten times that beta.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from remnant.inference.patient.curved import fit_curved
from remnant.inference.patient.mixture import Bump, Component, Mixture, fit_component, fit_mixture
from remnant.inference.patient.pareto import effective_size, psis
from remnant.inference.patient.surface import coefficients, fit_surface, tempered

Array = NDArray[np.float64]

BUMP = 0.2  # share of a round in each bump
CURVED = 0.6  # share of a law in its curved bump, the rest being straight, should the curve mislead
LEAP = 10.0  # how much colder than the draws the surface may look


def next_law(points: Array, log_ratio: Array, fit: Array, *, rng: np.random.Generator) -> Mixture | None:
    """Fit the law of the next round.

    Parameters
    ----------
    points : ndarray, shape (n, d)
        All draws, in the frame of the prior.
    log_ratio : ndarray, shape (n,)
        Log of prior over proposal.
    fit : ndarray, shape (n,)
        Log likelihoods; minus infinity where the model refused.
    rng : numpy.random.Generator
        For `fit_mixture`.

    Returns
    -------
    Mixture or None
        None where no draw has a likelihood.
    """
    alive = np.isfinite(fit)
    if not alive.any():
        return None
    points, log_ratio, fit = points[alive], log_ratio[alive], fit[alive]
    beta = power(log_ratio, fit, min(5.0 * points.shape[1] + 20, 0.5 * fit.size))
    weights = np.exp(psis(log_ratio + beta * fit)[0])
    law = fit_law(points, weights, rng=rng)
    straight = fit_component(points, weights)
    bumps: list[Bump] = [replace(straight, mean=points[np.argmax(log_ratio + fit)])]
    if beta < 1:
        bumps.extend(_ahead(points, fit, min(1.0, LEAP * beta)))
    shares = np.full(len(bumps), BUMP)
    return Mixture((*law.components, *bumps), np.append(law.shares * (1 - shares.sum()), shares))


def fit_law(points: Array, weights: Array, *, rng: np.random.Generator) -> Mixture:
    """Fit a mixture to weighted points, and a curved bump where these are enough to see a curve.

    Parameters
    ----------
    points : ndarray, shape (n, d)
        In the frame of the prior.
    weights : ndarray, shape (n,)
        Not negative, of sum above 0.
    rng : numpy.random.Generator
        For `fit_mixture`.
    """
    heavy = weights > np.max(weights) * 1e-6
    points, weights = points[heavy], weights[heavy]
    law = fit_mixture(points, weights, rng=rng)
    straight = fit_component(points, weights)
    if straight.scales.size == 0 or effective_size(np.log(weights)) < 10 * points.shape[1]:
        return law
    bent = fit_curved(points, weights, straight)
    return Mixture((*law.components, bent), np.append(law.shares * (1 - CURVED), CURVED))


def power(log_ratio: Array, fit: Array, needed: float) -> float:
    """Return the largest power of the likelihood, at most 1, at which the draws are still worth `needed`."""

    def lacking(log_beta: float) -> float:
        return effective_size(log_ratio + np.exp(log_beta) * fit) - needed

    lowest = -40.0
    if lacking(0.0) >= 0:
        return 1.0
    if lacking(lowest) <= 0:
        return float(np.exp(lowest))
    return float(np.exp(brentq(lacking, lowest, 0.0, xtol=1e-3)))


def _ahead(points: Array, fit: Array, beta: float) -> list[Component]:
    """Where the posterior lies at power `beta`, by a surface through the best draws; none if few."""
    needed = 1.5 * coefficients(points.shape[1])
    if fit.size < needed:
        return []
    focus = np.exp(power(np.zeros_like(fit), fit, needed) * (fit - fit.max()))
    used = focus > 1e-6
    return [tempered(*fit_surface(points[used], fit[used], focus[used]), beta)]
