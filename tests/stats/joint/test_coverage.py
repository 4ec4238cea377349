"""The joint model over simulated studies of fixed truths, as a frequentist would judge it.

3 to 10 patients, 10 to 50 stem nuclei, purity .85 or .95 as a re-run of 200 events shows it, false positives
of 1 to 3 %, progenitors cleared to 2 % or hardly at all, and a true difference of 0 to 3. No truth is drawn
from the prior.
"""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import binomtest, wilcoxon

from remnant.stats.fractions.misclassification import Beta
from remnant.stats.joint.fit import fit
from remnant.stats.joint.model import DIFFERENCE, NOTHING, PROGENITOR, Prior
from remnant.stats.joint.simulate import Truth, simulate

DIFFERENCES, SPREADS = (0.0, 0.0, 1.0, 2.0, 3.0), (0.0, 0.5, 1.0)
PATIENTS, STEM, PROGENITORS = (3, 6, 10), (10, 20, 50), (20, 100)
PURITIES, FALSE_POSITIVES = (0.85, 0.95), (0.01, 0.02, 0.03)
CLEARED = (0.02, 0.1, 0.3, 0.6, 0.9)


@dataclass(frozen=True)
class Result:
    """What one study said, beside its truth."""

    difference: float
    spread: float
    patients: int
    stem: int
    purity: float
    cleared: float
    median: float
    covered: bool
    change_covered: bool
    own_covered: float
    own_called: float
    called: bool
    sign: bool
    ranks: bool


def one_study(study, seed):
    """Simulate and fit one study; the seed chooses its cell of the grid as well."""
    rng = np.random.default_rng([2010, seed])
    true, spread = rng.choice(DIFFERENCES), rng.choice(SPREADS)
    patients, stem, progenitor = rng.choice(PATIENTS), rng.choice(STEM), rng.choice(PROGENITORS)
    purity, fp, cleared = rng.choice(PURITIES), rng.choice(FALSE_POSITIVES), rng.choice(CLEARED)
    slides = study(patients, stem=stem, progenitor=progenitor)
    visits, after = len(slides.patient), slides.phase == 1
    events = np.zeros((visits, 3), int)
    events[:, 0] = 200
    contaminant = np.tile([PROGENITOR, NOTHING, NOTHING], (visits, 1))
    slides = replace(slides, events=events, contaminant=contaminant)
    own = np.where(after, true + spread * rng.standard_normal(visits), 0.0)
    level = np.where(after, logit(cleared), logit(0.97)) + 0.7 * rng.standard_normal(visits)
    odds = np.stack([level + own, level, level], axis=-1)
    empty = np.zeros((3, 2))
    truth = Truth(empty, empty, odds, fp, 0.02, 0.005, np.where(slides.impure, purity, 1.0))
    slides = simulate(slides, truth, rng=rng)
    prior = Prior(Beta(1, 99).updated(int(rng.binomial(1000, fp)), 1000), Beta(2, 98))
    found = fit(slides, prior, rng=rng, chains=2, warm_up=200, draws=400, rounds=1)
    mean = found.mean[:, :, DIFFERENCE].reshape(-1, 2)
    low, middle, high = np.quantile(mean[:, 1], [0.025, 0.5, 0.975])
    change = np.quantile(mean[:, 1] - mean[:, 0], [0.025, 0.975])
    each = found.difference.reshape(-1, visits)[:, after]
    limits = np.quantile(each, [0.025, 0.975], axis=0)
    observed = np.log(slides.abnormal + 0.5) - np.log(slides.scored - slides.abnormal + 0.5)
    gaps = observed.reshape(-1, 2)[after] @ [1, -1]
    up, down = (gaps > 0).sum(), (gaps < 0).sum()
    return Result(
        true, spread, patients, stem, purity, cleared, middle,
        low <= true <= high,
        change[0] <= true <= change[1],
        np.mean((limits[0] <= own[after]) & (own[after] <= limits[1])),
        np.mean((each > 0).mean(axis=0) >= 0.95),
        np.mean(mean[:, 1] > 0) >= 0.95,
        up + down > 0 and binomtest(int(up), int(up + down), alternative="greater").pvalue <= 0.05,
        _signed_ranks(gaps) <= 0.05,
    )  # fmt: skip


def _signed_ranks(gaps):
    """One-sided p of Wilcoxon's test: exact without ties, as `wilcoxon` chooses by itself."""
    return wilcoxon(gaps, alternative="greater").pvalue if gaps.any() else 1.0


@pytest.mark.parametrize("studies", [50, pytest.param(1000, marks=pytest.mark.slow)])
def test_intervals_cover_and_calls_are_right(study, studies):
    found = [one_study(study, seed) for seed in range(studies)]

    def near(values, wanted, tolerance):
        error = (
            np.std(values) / np.sqrt(len(values)) if np.std(values) else np.sqrt(0.05 * 0.95 / len(values))
        )
        return abs(np.mean(values) - wanted) < tolerance + 2.5 * error

    # Where patients do not differ the interval is wider than it need be, since the prior allows that they do;
    # the change carries the spread of two phases.
    assert near([x.covered for x in found], 0.95, 0.03)
    assert near([x.change_covered for x in found], 0.95, 0.045)
    assert near([x.own_covered for x in found], 0.95, 0.03)
    assert near([x.median - x.difference for x in found], 0.0, 0.05)
    # Without an effect at most 5 % are called: by the mean, and by the patients' own.
    no_effect = [x for x in found if x.difference == 0]
    wrong = sum(x.called for x in no_effect)
    assert binomtest(wrong, len(no_effect), 0.05, alternative="greater").pvalue > 0.01
    effect = [x for x in found if x.difference > 0]
    assert sum(x.called for x in effect) >= max(sum(x.sign for x in effect), sum(x.ranks for x in effect))
