"""The decision of a planned trial: from the counts of its patients to the chance that stem cells are spared.

It is the study's own analysis, pair_posterior of each patient and random_effect.pool of all of them, on
coarser quadratures that a trial simulated a thousand times can afford; a test holds the two against each
other. Another analysis takes its place by giving a `Decision`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt
from numpy.polynomial.legendre import leggauss

from remnant.stats.fractions.count import Count
from remnant.stats.fractions.error_rates import Rate, error_nodes
from remnant.stats.fractions.misclassification import abnormal_probability, impure
from remnant.stats.numerics.arrays import FloatArray

MEAN_SCALE, SPREAD_SCALE = 2.5, 1.0  # of the priors of random_effect.pool, log odds
_STEP, _REACH = 0.1, 12.0  # log odds
_SPREADS, _ANGLES, _ERRORS = 14, 40, (5, 4)
MOST_HELD = 50_000_000  # numbers of stem likelihoods that are kept, 200 MB

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Assay:
    """What the analysis knows of slides and sort.

    Parameters
    ----------
    stem_nuclei, progenitor_nuclei : int
        Nuclei of a patient, over all visits.
    fp, fn : Beta, float or None
        Errors of the probe.
    purity : float
        Of the stem sort; the rest are progenitors.
    correlation : float, default 0
        Of two nuclei of a slide.
    slides : int, default 1
        Slides of each compartment, one a visit, that the nuclei lie on in equal parts.
    """

    stem_nuclei: int
    progenitor_nuclei: int
    fp: Rate
    fn: Rate
    purity: float
    correlation: float = 0.0
    slides: int = 1

    def count(self, abnormal: int, nuclei: int) -> Count:
        """Abnormal of all nuclei of a compartment, as one slide that varies as much as these together."""
        each = nuclei / self.slides
        shared = self.correlation * (each - 1) / (nuclei - 1) if nuclei > 1 else 0.0
        return Count(abnormal, nuclei, correlation=shared)


@dataclass(frozen=True)
class Verdicts:
    """What an analysis says of one trial.

    Parameters
    ----------
    spared : tuple of float
        Posterior probability that the mean log-odds is above 0, after each number of patients.
    """

    spared: tuple[float, ...]


class Decision(Protocol):
    """Analyses one trial as its patients come in."""

    def __call__(self, stem: IntArray, progenitor: IntArray, sizes: Sequence[int], assay: Assay) -> Verdicts:
        """Weigh abnormal nuclei, shape (patients,), after the first `size` patients, for each size."""
        ...


def pooled(stem: IntArray, progenitor: IntArray, sizes: Sequence[int], assay: Assay) -> Verdicts:
    """The study's own decision: patients' posteriors, pooled over a normal random effect."""
    grid, spread, weight, _ = _smoothing()
    known = [patient(int(k), int(m), assay) for k, m in zip(stem, progenitor, strict=True)]
    running = np.cumsum(known, axis=0, dtype=float)
    prior = -((grid / MEAN_SCALE) ** 2) / 2 - ((spread / SPREAD_SCALE) ** 2)[:, None] / 2
    spared = []
    for size in sizes:
        log_joint = running[size - 1] + prior
        density = weight @ np.exp(log_joint - log_joint.max())
        centre = density[len(grid) // 2]
        above = density[len(grid) // 2 + 1 :].sum() + centre / 2
        spared.append(float(above / density.sum()))
    return Verdicts(tuple(spared))


@lru_cache(maxsize=8192)  # the same counts come again and again
def patient(stem: int, progenitor: int, assay: Assay) -> npt.NDArray[np.float32]:
    """Weigh one patient's slides.

    Returns
    -------
    ndarray, shape (spreads, grid)
        Log-likelihood of the mean difference at each spread, up to a constant.
    """
    space = _space(assay)
    other = np.exp(_normed(assay.count(progenitor, assay.progenitor_nuclei), space.other))
    weight = other * space.errors[:, None] * space.angles
    likelihood = np.einsum("np,npd->d", weight, _stem(stem, assay))
    smoothed = _smoothing()[3] @ likelihood
    return np.asarray(np.log(np.maximum(smoothed, 1e-30 * smoothed.max())), np.float32)


@dataclass(frozen=True)
class _Space:
    """Chances of an abnormal nucleus, over errors, progenitor angles and differences; and the weights."""

    stem: FloatArray
    other: FloatArray
    errors: FloatArray
    angles: FloatArray


@lru_cache(maxsize=4)
def _space(assay: Assay) -> _Space:
    grid = _smoothing()[0]
    x, w = leggauss(max(_ANGLES, round(3 * np.sqrt(assay.progenitor_nuclei))))
    v = (x + 1) / 2
    # Crowded towards both ends, where the difference changes fastest, as in stats.fractions.pair.
    angle = np.pi / 2 * v**2 * (3 - 2 * v)
    angles = np.pi / 2 * 3 * v * (1 - v) * w
    other = np.sin(angle) ** 2
    stem = np.sin(np.arctan2(np.exp(grid / 2) * np.sin(angle)[:, None], np.cos(angle)[:, None])) ** 2
    errors = error_nodes(assay.fp, assay.fn, nodes=_ERRORS)
    held = impure(stem, other[:, None], assay.purity)
    return _Space(
        abnormal_probability(held, errors.fp[:, None, None], errors.fn[:, None, None]),
        abnormal_probability(other, errors.fp[:, None], errors.fn[:, None]),
        errors.weight,
        angles,
    )


@lru_cache(maxsize=1)
def _stems(assay: Assay) -> dict[int, npt.NDArray[np.float32]]:  # noqa: ARG001 - one store for each assay
    return {}


def _stem(stem: int, assay: Assay) -> npt.NDArray[np.float32]:
    """Likelihood of a stem count: the dearest part, and each stands beside many progenitor counts."""
    held = _stems(assay)
    if (value := held.get(stem)) is None:
        count = assay.count(stem, assay.stem_nuclei)
        value = np.asarray(np.exp(_normed(count, _space(assay).stem)), np.float32)
        if len(held) * value.size > MOST_HELD:
            held.clear()
        held[stem] = value
    return value


def points(assay: Assay) -> int:
    """Return how many numbers the likelihood of one stem count is, by which the work of a plan grows."""
    errors, angles = _ERRORS[0] * _ERRORS[1], max(_ANGLES, round(3 * assay.progenitor_nuclei**0.5))
    return int(errors * angles * (2 * round(_REACH / _STEP) + 1))


def _normed(count: Count, fraction: FloatArray) -> FloatArray:
    value = count.log_likelihood(np.clip(fraction, 1e-15, 1 - 1e-15))
    return np.asarray(
        np.maximum(value - value.max(), -80.0)
    )  # what is less has no weight, and is slow to add


@lru_cache(maxsize=1)
def _smoothing() -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Grid of differences, spreads with their weights, and the kernel of each, flat beyond the grid."""
    half = round(_REACH / _STEP)
    grid = np.arange(-half, half + 1) * _STEP
    x, w = leggauss(_SPREADS)
    spread = 2.5 * SPREAD_SCALE * (x + 1)
    kernels = np.zeros((len(spread), len(grid), len(grid)))
    for row, width in enumerate(spread):
        if width < _STEP:
            # Narrower than the grid: the first term of the expansion in width.
            inner = (width / _STEP) ** 2 / 2
            kernels[row] = np.eye(len(grid))
            for i in range(1, len(grid) - 1):
                kernels[row, i, i - 1 : i + 2] += inner * np.array([1, -2, 1])
            continue
        reach = int(np.ceil(8.5 * width / _STEP))
        shift = np.arange(-reach, reach + 1)
        weight = np.exp(-((shift * _STEP / width) ** 2) / 2)
        weight /= weight.sum()
        places = np.clip(np.arange(len(grid))[:, None] + shift, 0, len(grid) - 1)
        np.add.at(kernels[row], (np.arange(len(grid))[:, None], places), weight)
    return np.asarray(grid, float), spread, w, kernels
