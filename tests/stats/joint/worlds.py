"""Studies of fixed truths, read by the joint model and by the usual tests, as a frequentist judges them.

3 to 10 patients, 10 to 50 stem nuclei, purity .85 or .95 as a re-run of 200 events shows it, false positives
of 1 to 3 %, progenitors cleared to 2 % or hardly at all, and a true difference of 0 to 3. No truth is drawn
from the prior. One world more has its mature cells left clonal, and its stem sort holds some of them.

Run as a script it simulates many studies and keeps what each said: `python worlds.py FILE FIRST LAST`.
"""

import sys
from dataclasses import dataclass

import numpy as np
from scipy.special import logit
from scipy.stats import binomtest, norm, wilcoxon

from remnant.stats.fractions.misclassification import Beta
from remnant.stats.joint.fit import fit
from remnant.stats.joint.model import BULK, DIFFERENCE, NOTHING, PROGENITOR, Prior, Slides
from remnant.stats.joint.simulate import Truth, simulate
from remnant.stats.tables.mixed_logistic import mixed_logistic, mixed_separation
from remnant.stats.tables.strata import Separation, strata

DIFFERENCES, SPREADS = (0.0, 0.0, 1.0, 2.0, 3.0), (0.0, 0.5, 1.0)
PATIENTS, STEM, PROGENITORS = (3, 6, 10), (10, 20, 50), (20, 100)
PURITIES, FALSE_POSITIVES = (0.85, 0.95), (0.01, 0.02, 0.03)
CLEARED = (0.02, 0.1, 0.3, 0.6, 0.9)


@dataclass(frozen=True)
class World:
    """One cell of the grid."""

    difference: float
    spread: float
    patients: int
    stem: int
    progenitor: int
    purity: float
    fp: float
    cleared: float
    bulk: float = 0.0  # clone in mature cells, which then contaminate the stem sort; 0: progenitors do


@dataclass(frozen=True)
class Result:
    """What one study said; statistics of tests grow with the evidence for stem cells above progenitors."""

    world: World
    median: float
    lower: float
    upper: float
    covered: bool
    change_covered: bool
    own_covered: float
    called: bool
    joint: float
    sign: float
    ranks: float
    likelihood_ratio: float
    wald: float
    mixed: float  # log odds ratio of the mixed model; NaN where it has none
    mixed_covered: bool
    draws: np.ndarray  # (draws, 4): means and spreads of the difference, before and after


def any_world(rng):
    """Draw a cell of the grid."""
    grid = DIFFERENCES, SPREADS, PATIENTS, STEM, PROGENITORS, PURITIES, FALSE_POSITIVES, CLEARED
    return World(*(rng.choice(values).item() for values in grid))


def one_study(world, rng, *, draws=400):
    """Simulate a study, two visits of each patient, and read it."""
    slides, own, bulk = _counted(world, rng)
    prior = Prior(Beta(1, 99).updated(int(rng.binomial(1000, world.fp)), 1000), Beta(2, 98))
    found = fit(slides, prior, rng=rng, chains=2, warm_up=200, draws=draws, rounds=1)
    after = slides.phase == 1
    mean = found.mean[:, :, DIFFERENCE].reshape(-1, 2)
    low, middle, high = np.quantile(mean[:, 1], [0.025, 0.5, 0.975])
    change = np.quantile(mean[:, 1] - mean[:, 0], [0.025, 0.975])
    limits = np.quantile(found.difference.reshape(-1, len(after))[:, after], [0.025, 0.975], axis=0)
    chance = np.mean(mean[:, 1] > 0)
    spread = found.spread[:, :, DIFFERENCE].reshape(-1, 2)
    return Result(
        world, middle, low, high,
        low <= world.difference <= high,
        change[0] <= world.difference <= change[1],
        np.mean((limits[0] <= own[after]) & (own[after] <= limits[1])),
        chance >= 0.95, chance,
        *_tests(slides, np.flatnonzero(after), bulk, world.difference),
        np.concatenate([mean, spread], axis=1),
    )  # fmt: skip


def _counted(world, rng):
    each = (0, 1, 2) if world.bulk else (0, 1)
    nuclei = (world.stem, world.progenitor, 200)[: len(each)]
    visits = 2 * world.patients
    after = np.tile([False, True], world.patients)
    scored = np.tile(nuclei, visits)
    events = np.zeros((visits, 3), int)
    events[:, 0] = 200
    slides = Slides(
        np.repeat(np.arange(world.patients), 2),
        np.where(after, 200.0, -5.0),
        after.astype(int),
        np.repeat(np.arange(visits), len(each)),
        np.tile(each, visits),
        np.zeros_like(scored),
        scored,
        np.zeros_like(events),
        events,
        np.tile([BULK if world.bulk else PROGENITOR, NOTHING, NOTHING], (visits, 1)),
    )
    own = np.where(after, world.difference + world.spread * rng.standard_normal(visits), 0.0)
    level = np.where(after, logit(world.cleared), logit(0.97)) + 0.7 * rng.standard_normal(visits)
    mature = np.where(after, logit(world.bulk), logit(0.97)) if world.bulk else level
    empty = np.zeros((3, 2))
    odds = np.stack([level + own, level, mature], axis=-1)
    purity = np.where(slides.impure, world.purity, 1.0)
    truth = Truth(empty, empty, odds, world.fp, 0.02, 0.005, purity)
    return simulate(slides, truth, rng=rng), own, len(each) == 3


def _tests(slides, visits, bulk, difference):
    """Statistics of sign test, signed ranks and mixed model at the later visits."""
    per = 3 if bulk else 2
    k, n = (x.reshape(-1, per)[visits, :2].T for x in (slides.abnormal, slides.scored))
    gaps = (np.log(k + 0.5) - np.log(n - k + 0.5)).T @ [1, -1]
    up, down = int((gaps > 0).sum()), int((gaps < 0).sum())
    sign = binomtest(up, up + down, alternative="greater").pvalue if up + down else 1.0
    ranks = wilcoxon(gaps, alternative="greater").pvalue if gaps.any() else 1.0
    table = strata(k[0], n[0], k[1], n[1])
    mixed = mixed_logistic(table)
    if mixed is None:
        # As usual programs do: the estimate runs off, its error with it, so that Wald's test calls nothing;
        # the ratio of likelihoods is that of the table with a nucleus of either kind in each compartment.
        apart = mixed_separation(table)
        ratio = 0.0
        if apart in (Separation.TO_INFINITY, Separation.TO_MINUS_INFINITY):
            patched = strata([*k[0], 1], [*n[0], 2], [*k[1], 1], [*n[1], 2])
            again = mixed_logistic(patched)
            ratio = 0.0 if again is None else np.sign(again.log_odds) * np.sqrt(again.chi_square)
        return 1 - sign, 1 - ranks, ratio, 0.0, np.nan, False
    root = np.sign(mixed.log_odds) * np.sqrt(mixed.chi_square)
    covered = bool(mixed.lower <= difference <= mixed.upper)
    return 1 - sign, 1 - ranks, root, mixed.log_odds / mixed.error, mixed.log_odds, covered


def randomised_power(null, values, error=0.05):
    """Share of `values` called when the threshold calls `error` of `null`, a tie at it by lot.

    The lot gives tests of few outcomes the error of the others; none is used in practice.
    """
    null, values = np.asarray(null), np.asarray(values)
    threshold = np.quantile(null, 1 - error, method="higher")
    above, at = np.mean(null > threshold), np.mean(null == threshold)
    lot = (error - above) / at
    return float(np.mean(values > threshold) + lot * np.mean(values == threshold))


def nominal(result, name):
    """Whether a method calls at its own level of 5 %, one-sided."""
    value = getattr(result, name)
    limit = float(norm.ppf(0.95)) if name in ("likelihood_ratio", "wald") else 0.95
    return value >= limit


def main(path, first, last):
    """Simulate studies `first` to `last` and keep them."""
    import pickle
    from pathlib import Path

    found = []
    for seed in range(int(first), int(last)):
        rng = np.random.default_rng([2010, seed])
        found.append(one_study(any_world(rng), rng))
        if seed % 100 == 99:
            Path(path).write_bytes(pickle.dumps(found))
    Path(path).write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
