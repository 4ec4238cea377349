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

from remnant.stats.fractions.misclassification import Beta, abnormal_probability, error_nodes, impure
from remnant.stats.numerics.arrays import FloatArray

MEAN_SCALE, SPREAD_SCALE = 2.5, 1.0  # of the priors of random_effect.pool, log odds
_STEP, _REACH = 0.1, 12.0  # log odds
_SPREADS, _ANGLES, _ERRORS = 14, 40, (5, 4)

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Assay:
    """What the analysis knows of slides and sort.

    Parameters
    ----------
    stem_nuclei, progenitor_nuclei : int
        Nuclei of a patient, over all visits.
    fp, fn : Beta
        Errors of the probe.
    purity : float
        Of the stem sort; the rest are progenitors.
    """

    stem_nuclei: int
    progenitor_nuclei: int
    fp: Beta
    fn: Beta
    purity: float


@dataclass(frozen=True)
class Verdicts:
    """What an analysis says of one trial.

    Parameters
    ----------
    spared : tuple of float
        Posterior probability that the mean log-odds is above 0, after each number of patients.
    above : tuple of bool
        For each patient, whether the own posterior median is above 0.
    """

    spared: tuple[float, ...]
    above: tuple[bool, ...]


class Decision(Protocol):
    """Analyses one trial as its patients come in."""

    def __call__(self, stem: IntArray, progenitor: IntArray, sizes: Sequence[int], assay: Assay) -> Verdicts:
        """Weigh abnormal nuclei, shape (patients,), after the first `size` patients, for each size."""
        ...


def pooled(stem: IntArray, progenitor: IntArray, sizes: Sequence[int], assay: Assay) -> Verdicts:
    """The study's own decision: patients' posteriors, pooled over a normal random effect."""
    grid, spread, weight, _ = _smoothing()
    known = [patient(int(k), int(m), assay) for k, m in zip(stem, progenitor, strict=True)]
    running = np.cumsum([item.smoothed for item in known], axis=0, dtype=float)
    prior = -((grid / MEAN_SCALE) ** 2) / 2 - ((spread / SPREAD_SCALE) ** 2)[:, None] / 2
    spared = []
    for size in sizes:
        log_joint = running[size - 1] + prior
        density = weight @ np.exp(log_joint - log_joint.max())
        centre = density[len(grid) // 2]
        above = density[len(grid) // 2 + 1 :].sum() + centre / 2
        spared.append(float(above / density.sum()))
    return Verdicts(tuple(spared), tuple(item.above for item in known))


@dataclass(frozen=True)
class Patient:
    """One patient's likelihood, smoothed by each spread, and whether the posterior median is above 0."""

    smoothed: npt.NDArray[np.float32]
    above: bool


@lru_cache(maxsize=8192)  # the same counts come again and again
def patient(stem: int, progenitor: int, assay: Assay) -> Patient:
    """Weigh one patient's slides.

    Returns
    -------
    Patient
        `smoothed` is the log-likelihood of the mean, shape (spreads, grid), up to a constant.
    """
    tables = _tables(assay)
    log = stem * tables.stem + (assay.stem_nuclei - stem) * tables.stem_clear
    log += (progenitor * tables.other + (assay.progenitor_nuclei - progenitor) * tables.other_clear)[
        ..., None
    ]
    likely = np.exp(log - log.max())
    joint = np.einsum("npd,n->pd", likely, tables.errors)
    likelihood = tables.angles @ joint
    posterior = np.einsum("pd,pd,p->d", joint, tables.rise, tables.angles)
    half = len(posterior) // 2
    above = posterior[half + 1 :].sum() > posterior[:half].sum()
    _, _, _, kernels = _smoothing()
    smoothed = kernels @ likelihood
    return Patient(np.log(np.maximum(smoothed, 1e-30 * smoothed.max())).astype(np.float32), bool(above))


@dataclass(frozen=True)
class _Tables:
    """Log chances of an abnormal and of a normal nucleus, over errors, progenitor angles and differences."""

    stem: FloatArray
    stem_clear: FloatArray
    other: FloatArray
    other_clear: FloatArray
    errors: FloatArray
    angles: FloatArray
    rise: FloatArray


@lru_cache(maxsize=8)
def _tables(assay: Assay) -> _Tables:
    grid = _smoothing()[0]
    x, w = leggauss(max(_ANGLES, round(3 * np.sqrt(assay.progenitor_nuclei))))
    v = (x + 1) / 2
    # Crowded towards both ends, where the difference changes fastest, as in stats.fractions.pair.
    angle = np.pi / 2 * v**2 * (3 - 2 * v)
    angles = np.pi / 2 * 3 * v * (1 - v) * w
    other = np.sin(angle) ** 2
    stem_angle = np.arctan2(np.exp(grid / 2) * np.sin(angle)[:, None], np.cos(angle)[:, None])
    errors = error_nodes(assay.fp, assay.fn, _ERRORS)
    held = impure(np.sin(stem_angle) ** 2, other[:, None], assay.purity)
    seen_stem = abnormal_probability(held, errors.fp[:, None, None], errors.fn[:, None, None])
    seen_other = abnormal_probability(other, errors.fp[:, None], errors.fn[:, None])
    logs = [np.log(np.clip(p, 1e-300, 1)) for p in (seen_stem, 1 - seen_stem, seen_other, 1 - seen_other)]
    return _Tables(logs[0], logs[1], logs[2], logs[3], errors.weight, angles, np.sin(2 * stem_angle))


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
