"""Fit the joint model: chains from scattered starts, and what was drawn."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from remnant.stats.joint.convergence import convergence
from remnant.stats.joint.likelihood import Data, State
from remnant.stats.joint.model import DIFFERENCE, NUGGET, PROGENITOR, STEM, Prior, Slides
from remnant.stats.joint.sampler import sample
from remnant.stats.numerics.arrays import FloatArray


@dataclass(frozen=True)
class Draws:
    """Draws from the joint posterior; the first two axes are chains and draws.

    Parameters
    ----------
    mean, spread : ndarray, shape (chains, draws, 3, phases)
        Of level, difference and offset; log odds.
    between, length : ndarray, shape (chains, draws, 3)
        Correlation over phases, and days over which visits resemble each other.
    fp, fn, correlation : ndarray, shape (chains, draws)
        Error rates, and rho of the slides.
    log_odds : ndarray, shape (chains, draws, V, 3)
        Of stem, progenitor and bulk cells at each visit.
    binomial_gain : ndarray, shape (chains, draws)
        Log-likelihood if nuclei of a slide were independent, less the one used.
    """

    mean: FloatArray
    spread: FloatArray
    between: FloatArray
    length: FloatArray
    fp: FloatArray
    fn: FloatArray
    correlation: FloatArray
    log_odds: FloatArray
    binomial_gain: FloatArray

    @property
    def difference(self) -> FloatArray:
        """Log odds of stem less progenitor cells, shape (chains, draws, V)."""
        return np.asarray(self.log_odds[..., STEM] - self.log_odds[..., PROGENITOR])

    @property
    def headline(self) -> FloatArray:
        """What a study is fitted for, shape (chains, draws, ...): differences and their spreads."""
        parts = self.mean[:, :, DIFFERENCE], np.log(self.spread[:, :, DIFFERENCE]), self.difference
        return np.concatenate(parts, axis=-1)


def fit(
    slides: Slides,
    prior: Prior,
    *,
    rng: np.random.Generator,
    chains: int = 4,
    warm_up: int = 300,
    draws: int = 500,
    rounds: int = 8,
) -> Draws:
    """Draw from the joint posterior of a study.

    Chains go on in rounds until they agree on what they are run for, the differences (`Draws.headline`), or
    until the last round: `convergence(draws.headline)` says which.

    Parameters
    ----------
    slides : Slides
        The counts; a study without a slide gives the prior back.
    prior : Prior
        What was believed before.
    rng : numpy.random.Generator
        Source of chance: the same state, the same draws.
    chains, warm_up, draws, rounds : int
        Chains; sweeps of each before draws are kept, and in each round; most rounds.

    References
    ----------
    Neal (2003) Ann Stat 31:705-767, doi:10.1214/aos/1056562461.
    Yu & Meng (2011) J Comput Graph Stat 20:531-570, doi:10.1198/jcgs.2011.203main.
    """
    data = _data(slides, prior)
    streams = [np.random.Generator(np.random.Philox(key=rng.integers(0, 2**63, 2))) for _ in range(chains)]
    states = [_start(slides, data, stream) for stream in streams]
    parts: list[tuple[FloatArray, FloatArray]] = []
    while True:
        parts.append(_round(data, states, streams, 0 if parts else warm_up, draws))
        kept, theta = (np.concatenate(side, axis=1) for side in zip(*parts, strict=True))
        found = _named(kept, theta, slides.phases)
        if len(parts) == rounds or convergence(found.headline).fit:
            return found


def _round(
    data: Data,
    states: list[State],
    streams: list[np.random.Generator],
    warm_up: int,
    draws: int,
) -> tuple[FloatArray, FloatArray]:
    """Run every chain on, each in a thread: a chain has its own stream, so their order changes nothing."""
    chains, (visits, _) = len(states), states[0].theta.shape
    kept = np.empty((chains, draws, 2 * states[0].mean.size + 10))
    theta = np.empty((chains, draws, visits, 3))

    def run(chain: int) -> None:
        own = states[chain], streams[chain], kept[chain], theta[chain]
        sample(warm_up, draws, NUGGET, data, *own)

    with ThreadPoolExecutor(max_workers=chains) as pool:
        list(pool.map(run, range(chains)))
    return kept, theta


def _named(kept: FloatArray, theta: FloatArray, phases: int) -> Draws:
    """Give the columns of the kernel their names."""
    chains, draws, width = kept.shape
    size = (width - 10) // 2
    shape = (chains, draws, 3, phases)
    tie = kept[..., 2 * size : 2 * size + 6].reshape(chains, draws, 3, 2)
    fp, fn, correlation, gain = np.moveaxis(kept[..., 2 * size + 6 :], -1, 0)
    mean, spread = kept[..., :size].reshape(shape), kept[..., size : 2 * size].reshape(shape)
    return Draws(mean, spread, tie[..., 0], tie[..., 1], fp, fn, correlation, theta, gain)


def _data(slides: Slides, prior: Prior) -> Data:
    """Lay the study out for the kernels."""
    visits = len(slides.patient)
    whole = {name: np.ascontiguousarray(getattr(slides, name), dtype=np.int64) for name in
             ("patient", "phase", "compartment", "abnormal", "scored")}  # fmt: skip
    re_run = np.stack([slides.inside, slides.events - slides.inside], axis=-1) + 0.5
    patients = int(slides.patient.max()) + 1
    return Data(
        slides.series,
        bool(patients < visits),
        np.searchsorted(slides.patient, np.arange(patients + 1)).astype(np.int64),
        whole["patient"],
        np.ascontiguousarray(slides.day, dtype=float),
        whole["phase"],
        np.searchsorted(slides.visit, np.arange(visits + 1)).astype(np.int64),
        whole["compartment"],
        whole["abnormal"],
        whole["scored"],
        np.where(slides.impure, slides.contaminant, -1).astype(np.int64),
        np.ascontiguousarray(re_run, dtype=float),
        prior.scales,
        np.array([[prior.fp.a, prior.fp.b], [prior.fn.a, prior.fn.b]], dtype=float),
        1 / prior.correlation - 1 if prior.correlation else 0.0,
        float(np.log(prior.length_days)),
    )


def _start(slides: Slides, data: Data, rng: np.random.Generator) -> State:
    """Scatter the start of a chain, not far from even odds: far out slides are flat, and it would crawl."""
    visits, phases = len(slides.patient), slides.phases
    scales = np.minimum(data.scales, 2.0)[:, :, None]
    share = data.re_run[..., 0] / data.re_run.sum(axis=-1)
    shapes = data.errors
    return State(
        rng.standard_normal((visits, 3)) / 2,
        np.zeros((visits, 3)),
        rng.standard_normal((3, phases)) * scales[:, 0] / 2,
        scales[:, 1] * np.exp(rng.standard_normal((3, phases)) / 2 - 0.5),
        np.stack([rng.uniform(0.2, 0.8, 3), np.exp(data.length + rng.standard_normal(3) / 2)], axis=-1),
        np.zeros((3, visits, int(np.diff(data.start).max()))),
        np.zeros(3),
        np.array([*(shapes[:, 0] / shapes.sum(axis=1)), data.slide + 1 if data.slide else 0.0]),
        np.clip(share, 0.01, 0.99),
    )
