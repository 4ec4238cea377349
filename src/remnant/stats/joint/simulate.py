"""Studies drawn from the joint model: the simulator beside the likelihood, for calibration and planning."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from remnant.stats.joint.model import Prior, Slides, correlation_matrix, log_odds
from remnant.stats.numerics.arrays import FloatArray


@dataclass(frozen=True)
class Truth:
    """What lies behind a study.

    Parameters
    ----------
    mean, spread : ndarray, shape (3, phases)
        Of level, difference and offset.
    log_odds : ndarray, shape (V, 3)
        Of each compartment at each visit.
    fp, fn, correlation : float
        Error rates, and rho of the slides.
    purity : ndarray, shape (V, 3)
        Of each sort.
    """

    mean: FloatArray
    spread: FloatArray
    log_odds: FloatArray
    fp: float
    fn: float
    correlation: float
    purity: FloatArray


def draw_truth(slides: Slides, prior: Prior, *, rng: np.random.Generator) -> Truth:
    """Draw a truth from the prior for the visits of `slides`; purities from their Jeffreys prior."""
    scales, phases = prior.scales, slides.phases
    mean = rng.standard_normal((3, phases)) * scales[:, :1]
    spread = np.abs(rng.standard_normal((3, phases))) * scales[:, 1:]
    series = np.empty((len(slides.patient), 3))
    for s in range(3):
        length, between = prior.length_days * np.exp(rng.standard_normal()), rng.random()
        for patient in range(slides.patient.max() + 1):
            own = slides.patient == patient
            phase = slides.phase[own]
            matrix = correlation_matrix(slides.day[own], phase, length=length, between=between)
            unit = np.linalg.cholesky(matrix) @ rng.standard_normal(len(phase))
            series[own, s] = mean[s, phase] + spread[s, phase] * unit
    return Truth(
        mean,
        spread,
        log_odds(series),
        float(rng.beta(prior.fp.a, prior.fp.b)),
        float(rng.beta(prior.fn.a, prior.fn.b)),
        float(rng.beta(1, 1 / prior.correlation - 1)) if prior.correlation else 0.0,
        np.where(slides.impure, rng.beta(0.5, 0.5, slides.impure.shape), 1.0),
    )


def simulate(slides: Slides, truth: Truth, *, rng: np.random.Generator) -> Slides:
    """Draw the counts of a study anew: as many nuclei and re-run events as in `slides`."""
    fraction = expit(truth.log_odds)
    rows = np.arange(len(fraction))[:, None]
    held = truth.purity * fraction + (1 - truth.purity) * fraction[rows, slides.contaminant]
    h = np.where(slides.impure, held, fraction)[slides.visit, slides.compartment]
    q = truth.fp + (1 - truth.fp - truth.fn) * h
    if truth.correlation > 0:
        size = 1 / truth.correlation - 1
        q = rng.beta(np.maximum(q * size, 1e-12), np.maximum((1 - q) * size, 1e-12))
    return replace(
        slides,
        abnormal=rng.binomial(slides.scored, q),
        inside=np.where(slides.impure, rng.binomial(slides.events, truth.purity), slides.inside),
    )
