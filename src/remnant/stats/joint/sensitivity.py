"""How far the pooled difference rests on the prior: the same counts under stated other ones.

A change of prior asks for no new fit: its ratio weights the draws. Where the weights are unreliable (Pareto k
above 0.7) the study is fitted again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import xlog1py, xlogy

from remnant.stats.fractions.misclassification import Beta
from remnant.stats.joint.fit import Draws, fit
from remnant.stats.joint.importance import Weights, smoothed_weights
from remnant.stats.joint.model import DIFFERENCE, Prior, Slides
from remnant.stats.numerics.arrays import FloatArray

REFIT_ROUNDS = 1  # 2,000 draws: enough for a median and its interval


@dataclass(frozen=True)
class Alternative:
    """The pooled differences under another prior.

    Parameters
    ----------
    name : str
        What differs.
    mean : ndarray, shape (draws, phases)
        Draws of the means of the difference.
    weights : Weights
        Of these draws.
    refitted : bool
        Whether the study was fitted anew.
    """

    name: str
    mean: FloatArray
    weights: Weights
    refitted: bool


def other_priors(prior: Prior) -> dict[str, Prior]:
    """Name the priors that every study is also read under."""

    def weaker(rate: Beta) -> Beta:
        return Beta(rate.a / 4, rate.b / 4)

    difference = prior.difference
    found = {
        "narrower mean, Normal(0, 1)": replace(prior, difference=replace(difference, mean=1.0)),
        "wider mean, Normal(0, 5)": replace(prior, difference=replace(difference, mean=5.0)),
        "narrower spread, half-Normal(0.5)": replace(prior, difference=replace(difference, spread=0.5)),
        "wider spread, half-Normal(2)": replace(prior, difference=replace(difference, spread=2.0)),
        "false positives known a quarter as well": replace(prior, fp=weaker(prior.fp)),
        "false negatives known a quarter as well": replace(prior, fn=weaker(prior.fn)),
        "twice the false negatives": replace(prior, fn=Beta(2 * prior.fn.a, prior.fn.b)),
    }
    if prior.correlation:
        found["nuclei of a slide independent"] = replace(prior, correlation=0.0)
        found["twice the correlation within a slide"] = replace(prior, correlation=2 * prior.correlation)
    return found


def sensitivity(
    slides: Slides,
    prior: Prior,
    draws: Draws,
    others: Mapping[str, Prior],
    *,
    rng: np.random.Generator,
) -> tuple[Alternative, ...]:
    """Read a study under other priors.

    Parameters
    ----------
    slides, prior, draws
        A study, its prior, and `fit` of them.
    others : Mapping of str to Prior
        By name; they may differ in the scales of series, the error rates and the slides' correlation.
    rng : numpy.random.Generator
        For the studies that must be fitted anew.
    """
    found = []
    for name, other in others.items():
        weights = smoothed_weights(log_ratio(draws, prior, other).ravel())
        if weights.reliable:
            found.append(Alternative(name, _means(draws), weights, False))
            continue
        again = _means(fit(slides, other, rng=rng, rounds=REFIT_ROUNDS))
        found.append(Alternative(name, again, smoothed_weights(np.zeros(len(again))), True))
    return tuple(found)


def log_ratio(draws: Draws, prior: Prior, other: Prior) -> FloatArray:
    """Log of the density of each draw under `other` over that under `prior`, up to a constant."""
    total = np.zeros(draws.fp.shape)
    for s, ((m, w), (m_other, w_other)) in enumerate(zip(prior.scales, other.scales, strict=True)):
        total += (draws.mean[:, :, s] ** 2).sum(axis=-1) * (m**-2 - m_other**-2) / 2
        total += (draws.spread[:, :, s] ** 2).sum(axis=-1) * (w**-2 - w_other**-2) / 2
    for rate, before, after in ((draws.fp, prior.fp, other.fp), (draws.fn, prior.fn, other.fn)):
        total += xlogy(after.a - before.a, rate) + xlog1py(after.b - before.b, -rate)
    if prior.correlation and not other.correlation:
        # Independent nuclei know no rho: it may keep its prior, and only the likelihood changes.
        total += draws.binomial_gain
    elif prior.correlation != other.correlation:
        total += xlog1py(1 / other.correlation - 1 / prior.correlation, -draws.correlation)
    return np.asarray(total)


def _means(draws: Draws) -> FloatArray:
    return np.asarray(draws.mean[:, :, DIFFERENCE].reshape(-1, draws.mean.shape[-1]))
