"""Adaptive importance sampling of one patient's posterior, from likelihoods alone.

Rounds of draws teach a law (`adaptation`) until their own weights are good. Draws that taught a law are
biased against it, so the answer rests on fresh draws from the last law and the prior's share, and on nothing
else: its evidence is without bias, and its Pareto k is honest. If those do not do, they teach in turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from remnant.inference.patient.adaptation import fit_law, next_law
from remnant.inference.patient.mixture import Mixture
from remnant.inference.patient.pareto import TRUSTED_K, effective_size, psis
from remnant.inference.patient.rounds import PriorLaw, Rounds

Array = NDArray[np.float64]

LAST = 6  # fresh rounds that the answer rests on, at most


@dataclass(frozen=True)
class ImportanceDraws:
    """Weighted draws of a posterior, and whether they can be trusted.

    Parameters
    ----------
    theta : ndarray, shape (draws, d)
        Of the last rounds.
    log_likelihood : ndarray, shape (draws,)
        Minus infinity where the model gave no number.
    log_weights : ndarray, shape (draws,)
        Normalised, Pareto-smoothed.
    pareto_k, ess : float
        Of the weights: trusted up to 0.7; effective size.
    log_evidence, log_evidence_error : float
        Log of the mean likelihood over the prior, and its Monte Carlo error.
    rounds, refused : int
        Rounds drawn in all; draws of the last ones whose likelihood was not a number.
    proposal : Mixture or None
        Fitted to the posterior, in the frame of the prior; None where no draw has weight.
    """

    theta: Array
    log_likelihood: Array
    log_weights: Array
    pareto_k: float
    ess: float
    log_evidence: float
    log_evidence_error: float
    rounds: int
    refused: int
    proposal: Mixture | None

    @property
    def trusted(self) -> bool:
        """Whether Pareto k is at most 0.7."""
        return self.pareto_k <= TRUSTED_K

    def resample(self, count: int, *, rng: np.random.Generator) -> Array:
        """Return `count` rows of equal weight, shape (count, d), by systematic resampling in random order."""
        places = (np.arange(count) + rng.random()) / count
        cumulated = np.cumsum(np.exp(self.log_weights))
        chosen = np.searchsorted(cumulated, places * cumulated[-1])
        return self.theta[rng.permutation(chosen)]


def sample_importance(
    prior: PriorLaw,
    log_likelihood: Callable[[Array], Array],
    *,
    rng: np.random.Generator,
    start: Mixture | None = None,
    rounds: int = 16,
    size: int = 1000,
    enough: float = 400.0,
) -> ImportanceDraws:
    """Draw from the posterior of one patient.

    Parameters
    ----------
    prior : PriorLaw
        Of the scores.
    log_likelihood : callable
        From rows theta (size, d) to (size,); every call has the same shape, so it is compiled once. What is
        not a number counts as impossible.
    rng : numpy.random.Generator
        All chance comes from it.
    start : Mixture, optional
        A first guess in the frame of the prior, such as the posterior before the last visit.
    rounds : int
        That teach, at most; the last ones come on top.
    size : int
        Draws of a round.
    enough : float
        Effective draws asked for.

    Returns
    -------
    ImportanceDraws
        With k above 0.7, or infinite, where `rounds` did not suffice.
    """
    pool, law = Rounds(prior, log_likelihood, size), start
    while True:
        pool.add(law, rng=rng)
        smoothed, k = psis(pool.log_ratio() + pool.fit)
        spent = len(pool) >= rounds
        if spent or (k <= TRUSTED_K and effective_size(smoothed) >= 0.5 * enough):
            law = fit_law(pool.points, np.exp(smoothed), rng=rng) if np.isfinite(pool.fit).any() else None
            last = _last(pool, law, enough, rng)
            found = _weighed(last, len(pool) + len(last), rng)
            if spent or (found.trusted and found.ess >= enough):
                return found
            pool.join(last)
        law = next_law(pool.points, pool.log_ratio(), pool.fit, rng=rng)


def _last(pool: Rounds, law: Mixture | None, enough: float, rng: np.random.Generator) -> Rounds:
    """Draw rounds from one law until they are worth enough, or show that they will not be soon."""
    last = Rounds(pool.prior, pool.log_likelihood, pool.size)
    while len(last) < LAST:
        last.add(law, rng=rng)
        size = effective_size(last.log_ratio() + last.fit)
        if (size >= enough and len(last) > 1) or size * LAST < enough * len(last):
            break
    return last


def _weighed(last: Rounds, rounds: int, rng: np.random.Generator) -> ImportanceDraws:
    raw = last.log_ratio() + last.fit
    smoothed, k = psis(raw)
    found = bool(np.isfinite(raw).any())
    size = effective_size(raw)
    return ImportanceDraws(
        theta=last.theta,
        log_likelihood=last.fit,
        log_weights=smoothed,
        pareto_k=k,
        ess=effective_size(smoothed) if found else 0.0,
        log_evidence=float(logsumexp(raw) - np.log(raw.size)) if found else -np.inf,
        log_evidence_error=float(np.sqrt(max(1 / size - 1 / raw.size, 0.0))) if found else np.inf,
        rounds=rounds,
        refused=int(np.sum(~np.isfinite(last.fit))),
        proposal=fit_law(last.points, np.exp(smoothed), rng=rng) if found else None,
    )
