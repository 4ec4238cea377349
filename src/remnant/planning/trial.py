"""Simulated trials of selective persistence: patients' slides as they would come, and what each test says.

A patient has a level, logit of the progenitor fraction, and a log-odds difference delta of stem against
progenitor cells, both normal over patients. The sort mixes progenitors into the stem slide, the probe errs,
and nuclei are counted. Every trial draws from a stream of its own, so that who does the work, and how many
trials are drawn at once, changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import expit, gammaln, logit, ndtr

from remnant.planning.decision import Assay, Decision, IntArray, pooled
from remnant.planning.slide import draw_slides, expected
from remnant.scale import stream
from remnant.stats.fractions.misclassification import abnormal_probability, impure
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.tables.paired import sign_test

TESTS = ("pooled analysis", "exact stratified", "Mantel-Haenszel", "sign test")


@dataclass(frozen=True)
class Population:
    """The patients that are expected.

    Parameters
    ----------
    progenitor : float
        Median clone fraction of progenitors, in (0, 1).
    effect : float
        Mean of logit(stem) - logit(progenitor) over patients.
    spread : float
        Its standard deviation between patients, log odds.
    level_spread : float
        Standard deviation of logit(progenitor) between patients.
    """

    progenitor: float
    effect: float
    spread: float
    level_spread: float


@dataclass(frozen=True)
class Rule:
    """When a test claims that stem cells are spared.

    Parameters
    ----------
    probability : float
        Posterior probability from which the pooled analysis claims it.
    alpha : float
        Two-sided level of the others.
    """

    probability: float
    alpha: float


@dataclass(frozen=True)
class Block:
    """Trials to simulate together: trials `first` to `first + count - 1` of a scenario."""

    scenario: str
    population: Population
    assay: Assay
    rule: Rule
    sizes: tuple[int, ...]
    first: int
    count: int
    seed: int
    decide: Decision = pooled


@dataclass(frozen=True)
class Claims:
    """What the trials of a block claimed.

    Parameters
    ----------
    claimed : tuple of tuple of tuple of bool
        Of each trial, after each size, by each of `TESTS`.
    above, below : tuple of int
        Patients of each trial whose stem slides show the larger, the smaller part of abnormal nuclei.
    """

    claimed: tuple[tuple[tuple[bool, ...], ...], ...]
    above: tuple[int, ...]
    below: tuple[int, ...]


def run_block(block: Block) -> Claims:
    """Simulate the trials of a block and analyse each by every test."""
    claimed, above, below = [], [], []
    for number in range(block.first, block.first + block.count):
        rng = stream(block.seed, "patients", block.scenario, number)
        stem, progenitor = draw(block.population, block.assay, max(block.sizes), rng=rng)
        verdicts = block.decide(stem, progenitor, block.sizes, block.assay)
        sign = np.sign(stem * block.assay.progenitor_nuclei - progenitor * block.assay.stem_nuclei)
        exact, chi = stratified(stem, progenitor, block.sizes, block.assay)
        claimed.append(
            tuple(
                (
                    spared >= block.rule.probability,
                    p_exact < block.rule.alpha / 2,
                    p_chi < block.rule.alpha / 2,
                    _sign_claims(sign[:size], block.rule.alpha),
                )
                for size, spared, p_exact, p_chi in zip(block.sizes, verdicts.spared, exact, chi, strict=True)
            )
        )
        above.append(int((sign > 0).sum()))
        below.append(int((sign < 0).sum()))
    return Claims(tuple(claimed), tuple(above), tuple(below))


def draw(
    population: Population, assay: Assay, patients: int, *, rng: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Draw the abnormal nuclei of stem and progenitor slides, shape (patients,) each."""
    level = rng.normal(logit(population.progenitor), population.level_spread, patients)
    delta = rng.normal(population.effect, population.spread, patients)
    progenitor = expit(level)
    held = impure(expit(level + delta), progenitor, assay.purity)
    fp, fn = expected(assay.fp), expected(assay.fn)
    stem, other = (
        draw_slides(
            np.tile(abnormal_probability(x, fp, fn), (assay.slides, 1)),
            nuclei // assay.slides,
            assay.correlation,
            rng=rng,
        ).sum(axis=0)
        for x, nuclei in ((held, assay.stem_nuclei), (progenitor, assay.progenitor_nuclei))
    )
    return stem, other


def stratified(
    stem: IntArray, progenitor: IntArray, sizes: Sequence[int], assay: Assay
) -> tuple[list[float], list[float]]:
    """One-sided p of the exact stratified test and of Mantel and Haenszel, after each size.

    Given its margins a patient's stem count is hypergeometric where the odds are equal; the sum over patients
    is the convolution (Gart 1970, Biometrika 57:471-475). Patients are taken to share one odds ratio: where
    they do not, both claim too often, which the false claims show.
    """
    n, m = assay.stem_nuclei, assay.progenitor_nuclei
    exact, chi = [], []
    law, low, seen, mean, variance = np.ones(1), 0, 0, 0.0, 0.0
    done = 0
    for size in sizes:
        for k, other in zip(stem[done:size].tolist(), progenitor[done:size].tolist(), strict=True):
            column = k + other
            law, low, seen = (
                np.convolve(law, _hypergeometric(n, m, column)),
                low + max(0, column - m),
                seen + k,
            )
            mean += n * column / (n + m)
            variance += n * m * column * (n + m - column) / ((n + m) ** 2 * (n + m - 1))
        done = size
        exact.append(float(law[seen - low :].sum()))
        chi.append(float(ndtr((mean - seen) / np.sqrt(variance))) if variance > 0 else 1.0)
    return exact, chi


@lru_cache(maxsize=4096)
def _hypergeometric(n: int, m: int, column: int) -> FloatArray:
    """Chances of the stem count given the abnormal nuclei of both slides, from its smallest value on."""
    x = np.arange(max(0, column - m), min(n, column) + 1, dtype=float)
    y = column - x
    log = -(gammaln(x + 1) + gammaln(n - x + 1) + gammaln(y + 1) + gammaln(m - y + 1))
    mass = np.exp(log - log.max())
    return np.asarray(mass / mass.sum())


def _sign_claims(sign: IntArray, alpha: float) -> bool:
    """Whether a sign test claims it; patients whose slides show the same part have no sign."""
    above, below = int((sign > 0).sum()), int((sign < 0).sum())
    return above > below and sign_test(above, below).p_two_sided < alpha
