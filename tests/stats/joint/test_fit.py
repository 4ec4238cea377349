"""The joint posterior against integrals by hand, and against what must hold of it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import betabinom, halfnorm, norm

from remnant.stats.fractions.misclassification import Beta
from remnant.stats.fractions.pair import Count, pair_posterior
from remnant.stats.joint.convergence import convergence
from remnant.stats.joint.fit import fit
from remnant.stats.joint.model import DIFFERENCE, LEVEL, Prior, Scales

PRIOR = Prior(Beta(10, 990), Beta(2, 98))
QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)


def fitted(slides, prior=PRIOR, seed=1, **more):
    return fit(slides, prior, rng=np.random.default_rng(seed), **more)


def counted(slides, *abnormal):
    return replace(slides, abnormal=np.array(abnormal))


def test_without_a_slide_the_prior_comes_back(study):
    empty = study(3, days=(-5, 200, 300), stem=0, progenitor=0)
    found = fitted(empty, draws=3000, rounds=1)
    for series, scales in ((LEVEL, PRIOR.level), (DIFFERENCE, PRIOR.difference)):
        mean = found.mean[:, :, series].reshape(-1, 2)
        spread = found.spread[:, :, series].reshape(-1, 2)
        for phase in (0, 1):
            inner = QUANTILES[1:4]
            assert np.quantile(mean[:, phase], inner) == pytest.approx(
                norm.ppf(inner, scale=scales.mean), abs=0.12 * scales.mean
            )
            assert mean[:, phase].std() == pytest.approx(scales.mean, rel=0.08)
            assert np.quantile(spread[:, phase], inner) == pytest.approx(
                halfnorm.ppf(inner, scale=scales.spread), abs=0.12 * scales.spread
            )
    assert found.fp.mean() == pytest.approx(0.01, rel=0.05)
    assert found.fn.mean() == pytest.approx(0.02, rel=0.08)
    assert found.correlation.mean() == pytest.approx(0.005, rel=0.1)
    assert np.median(found.length[..., 0]) == pytest.approx(365, rel=0.15)
    assert found.between[..., 0].mean() == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("counts", [(8, 20, 3, 100), (0, 10, 0, 100), (10, 10, 60, 100)])
@pytest.mark.parametrize("purity", [None, (85, 100)])
def test_one_visit_agrees_with_an_integral_by_hand(study, counts, purity):
    """Level and difference on a grid; spreads, purity and the errors by their own sums."""
    stem, n_stem, progenitor, n_progenitor = counts
    slides = counted(study(1, days=(5,), stem=n_stem, progenitor=n_progenitor), stem, progenitor)
    if purity:
        inside, events = np.zeros((2, 1, 3), int)
        inside[0, 0], events[0, 0] = purity
        slides = replace(slides, inside=inside, events=events)
    prior = replace(PRIOR, correlation=1e-9, fp=Beta(1e6, 99e6), fn=Beta(2e6, 98e6))
    found = fitted(slides, prior, draws=4000, rounds=1)
    axis = np.linspace(-16, 16, 321)
    spread = (np.arange(60) + 0.5) / 10  # from 0 to 6 scales of 1

    def smeared(scales):
        width = np.sqrt(scales.mean**2 + (spread * scales.spread) ** 2)
        return halfnorm.pdf(spread) @ norm.pdf(axis, scale=width[:, None])

    level, difference = np.meshgrid(axis, axis, indexing="ij")
    s, p = expit(level + difference / 2), expit(level - difference / 2)
    like = 0.0
    shares = (np.arange(40) + 0.5) / 40
    for q in np.quantile(np.random.default_rng(0).beta(85.5, 15.5, 40_000), shares) if purity else [1.0]:
        like = like + np.exp(binomial(stem, n_stem, q * s + (1 - q) * p))
    weight = like * np.exp(binomial(progenitor, n_progenitor, p))
    weight *= smeared(prior.level)[:, None] * smeared(prior.difference)
    cdf = np.cumsum(weight.sum(0)) / weight.sum()
    own = found.difference.ravel()
    for x in (-6, -3, -1, 0, 1, 3, 6):
        exact = np.interp(x - 0.05, axis, cdf)  # a sum reaches the end of its cell
        assert np.mean(own <= x) == pytest.approx(exact, abs=0.025)
    # The mean over patients, of which one was seen, follows from its difference.
    pull = spread * prior.difference.spread
    total = prior.difference.mean**2 + pull**2
    column = weight.sum(0) / smeared(prior.difference)
    mass = column * halfnorm.pdf(spread)[:, None] * norm.pdf(axis, scale=np.sqrt(total)[:, None])
    above = norm.sf(
        0,
        axis * (prior.difference.mean**2 / total)[:, None],
        (prior.difference.mean * pull / np.sqrt(total))[:, None],
    )
    exact = (mass * above).sum() / mass.sum()
    assert np.mean(found.mean[:, :, DIFFERENCE] > 0) == pytest.approx(exact, abs=0.025)


def binomial(k, n, h):
    q = 0.01 + 0.97 * h
    return k * np.log(q) + (n - k) * np.log1p(-q)


def test_a_slide_correlation_that_is_known_is_used(study):
    """One compartment of one visit: its level against a beta-binomial on a grid."""
    slides = counted(study(1, days=(5,), stem=0, progenitor=100), 30)
    prior = replace(PRIOR, correlation=0.1, fp=Beta(1e6, 99e6), fn=Beta(2e6, 98e6))
    found = fitted(slides, prior, draws=4000, rounds=1)
    rho = found.correlation.mean()
    assert rho == pytest.approx(0.1, abs=0.02)  # one slide says little of it
    independent = fitted(slides, replace(prior, correlation=0.0), draws=1000, rounds=1)
    wide, narrow = (np.ptp(np.quantile(x.log_odds[..., 1], [0.1, 0.9])) for x in (found, independent))
    q = np.linspace(0.02, 0.9, 2000)
    size = 1 / 0.1 - 1
    ratio = [
        np.ptp(np.interp([0.1, 0.9], np.cumsum(mass) / mass.sum(), np.log(q / (1 - q))))
        for mass in (betabinom.pmf(30, 100, q * size, (1 - q) * size), q**30 * (1 - q) ** 70)
    ]
    assert wide / narrow == pytest.approx(ratio[0] / ratio[1], rel=0.35)


def test_many_nuclei_agree_with_the_pair_posterior(study):
    """With a vague prior and large slides one patient's difference is the deterministic one."""
    slides = counted(study(1, days=(5,), stem=300, progenitor=400), 120, 60)
    inside, events = np.array([[[180, 0, 0]], [[200, 0, 0]]])
    slides = replace(slides, inside=inside, events=events)
    vague = replace(PRIOR, correlation=0.0, level=Scales(20, 1), difference=Scales(20, 1))
    found = fitted(slides, vague, draws=3000, rounds=1).difference.ravel()
    pair = pair_posterior(Count(120, 300), Count(60, 400), fp=PRIOR.fp, fn=PRIOR.fn, purity=Beta(180.5, 20.5))
    assert np.quantile(found, QUANTILES) == pytest.approx(pair.difference_quantile(QUANTILES), abs=0.04)


def test_many_patients_agree_with_pooled_likelihoods(study):
    """A vague level makes patients independent but for the mean and spread of their differences."""
    counts = [(90, 40), (120, 60), (60, 50), (150, 44), (100, 90)]
    slides = counted(study(5, days=(5,), stem=300, progenitor=400), *np.ravel(counts))
    vague = replace(
        PRIOR,
        correlation=0.0,
        fp=Beta(1e6, 99e6),
        fn=Beta(2e6, 98e6),
        level=Scales(20, 20),
        difference=Scales(2.5, 1),
    )
    found = fitted(slides, vague, draws=2000, rounds=1)
    grid = np.linspace(-4, 6, 201)
    errors = {"fp": Beta(1e6, 99e6), "fn": Beta(2e6, 98e6)}
    likely = np.array(
        [
            pair_posterior(Count(a, 300), Count(b, 400), **errors).difference_likelihood(grid)
            for a, b in counts
        ]
    )
    spread = (np.arange(40) + 0.5) / 10
    kernel = norm.pdf(grid[:, None] - grid, scale=spread[:, None, None])
    joint = np.prod(np.einsum("smg,ig->ism", kernel, likely), axis=0)
    joint *= norm.pdf(grid, scale=2.5) * halfnorm.pdf(spread)[:, None]
    cdf = np.cumsum(joint.sum(0)) / joint.sum()
    exact = np.interp(QUANTILES, cdf, grid)
    assert np.quantile(found.mean[:, :, DIFFERENCE], QUANTILES) == pytest.approx(exact, abs=0.09)
    tau = np.interp(0.5, np.cumsum(joint.sum(1)) / joint.sum(), spread)
    assert np.median(found.spread[:, :, DIFFERENCE]) == pytest.approx(tau, abs=0.06)


def test_equal_counts_favour_neither_compartment(study):
    slides = counted(study(3, days=(5,), stem=20, progenitor=20), 0, 0, 3, 3, 20, 20)
    found = fitted(slides, draws=2000)
    assert np.mean(found.mean[:, :, DIFFERENCE] > 0) == pytest.approx(0.5, abs=0.04)


def test_purity_is_carried(study):
    """Progenitors nearly all clonal, stem slide at a fifth: at 85 % purity most of it can be progenitors."""
    base = study(3, days=(5,), stem=50, progenitor=100, re_run=200)
    base = counted(base, *[10, 95] * 3)
    pure, impure = (
        fitted(replace(base, inside=base.events * percent // 100)).mean[:, :, DIFFERENCE]
        for percent in (100, 85)
    )
    assert np.median(impure) < np.median(pure) - 0.3
    # Cleared progenitors in the stem sort hide sparing: the same counts then mean more.
    base = counted(base, *[10, 1] * 3)
    pure, impure = (
        fitted(replace(base, inside=base.events * percent // 100)).mean[:, :, DIFFERENCE]
        for percent in (100, 85)
    )
    assert np.median(impure) > np.median(pure)


def test_three_patients_of_ten_nuclei_run_and_converge(study):
    slides = counted(study(3, stem=10), *[10, 98, 4, 2] * 3)
    found = fitted(slides)
    assert convergence(found.headline).fit
    assert np.mean(found.mean[:, :, DIFFERENCE, 1] > 0) > 0.95


def test_chains_stopped_early_are_told(study):
    slides = counted(study(3, stem=10), *[10, 98, 4, 2] * 3)
    assert not convergence(fitted(slides, warm_up=0, draws=20, rounds=1).headline).fit


def test_a_visit_near_in_time_tells_more_of_its_neighbour(study):
    """A patient seen a month before another visit without stem slide, or ten years before it."""
    found = []
    for gap in (30, 3650):
        slides = study(6, days=(100, 100 + gap), stem=40, progenitor=200)
        slides = counted(slides, *[30, 20, 30, 20, 4, 20, 4, 20] * 3)
        kept = np.ones(24, bool)
        kept[2] = False  # the stem slide of the first patient's second visit
        slides = replace(
            slides, **{n: getattr(slides, n)[kept] for n in ("visit", "compartment", "abnormal", "scored")}
        )
        found.append(np.median(fitted(slides).difference[..., 1]))
    assert found[0] > found[1]
