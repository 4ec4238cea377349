"""Negative binomial counts: against scipy's, against their moments, and limits by their coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from remnant.stats.rare import negative_binomial as nb

DEPTH = 5e5
means = st.floats(1e-3, 1e6)
dispersions = st.floats(1e-5, 9.0)


@given(st.integers(0, 10**6), means, dispersions)
def test_the_distribution_is_the_one_of_the_books(count, mean, phi):
    theirs = stats.nbinom.cdf(count, 1 / phi, 1 / (1 + phi * mean))
    assert float(nb.cumulative(count, mean, phi)) == pytest.approx(theirs, abs=1e-9)
    assert float(nb.cumulative(count, mean, 0.0)) == pytest.approx(stats.poisson.cdf(count, mean), abs=1e-12)


@given(st.floats(0, 1e9), st.just(0.0) | dispersions, st.floats(0.5, 0.999))
def test_a_quantile_is_the_smallest_count_that_reaches_its_probability(mean, phi, probability):
    found = int(nb.quantile(probability, mean, phi))
    assert nb.cumulative(found, mean, phi) >= probability - 1e-11
    assert found == 0 or nb.cumulative(found - 1, mean, phi) < probability + 1e-11


def test_without_spread_the_likelihood_is_the_poisson_one():
    count, mean = np.array([0.0, 3.0, 12.0]), np.array([1.0, 2.5, 9.0])
    theirs = stats.poisson.logpmf(count, mean).sum()
    constant = -sum(float(np.sum(np.log(np.arange(1, n + 1)))) for n in (0, 3, 12))
    assert float(nb.log_likelihood(count, mean, 0.0)) + constant == pytest.approx(theirs)
    spread = stats.nbinom.logpmf(count, 1 / 0.7, 1 / (1 + 0.7 * mean)).sum()
    assert float(nb.log_likelihood(count, mean, 0.7)) + constant == pytest.approx(spread)


@pytest.mark.parametrize(("mean", "phi"), [(3.0, 0.5), (200.0, 0.05), (40.0, 0.0)])
def test_a_large_sample_gives_back_what_it_was_drawn_from(mean, phi):
    rng = np.random.default_rng(11)
    depth = rng.uniform(0.5, 2, 4000)
    share = rng.gamma(1 / phi, phi, 4000) if phi else np.ones(4000)
    fitted = nb.fit(rng.poisson(mean * depth * share), depth)
    assert fitted.rate == pytest.approx(mean, rel=0.05)
    assert fitted.dispersion == pytest.approx(phi, abs=max(0.15 * phi, 0.002))
    assert fitted.log_likelihood >= fitted.poisson_log_likelihood


def test_no_other_rate_and_dispersion_are_likelier_than_the_fit():
    count, depth = np.array([0, 1, 7, 2, 0, 19.0]), np.array([1, 2, 1, 1, 3, 2.0])
    fitted = nb.fit(count, depth)
    rates, phis = np.meshgrid(np.geomspace(0.1, 30, 120), np.geomspace(1e-6, 10, 120))
    grid = nb.log_likelihood(count, rates[..., None] * depth, phis[..., None])
    assert fitted.log_likelihood >= grid.max() - 1e-9
    assert fitted.log_likelihood == pytest.approx(grid.max(), abs=0.01)


def test_empty_and_identical_tubes_have_no_spread():
    empty = nb.fit([0] * 20, [DEPTH] * 20)
    assert (empty.rate, empty.dispersion) == (0.0, 0.0)
    same = nb.fit([7] * 20, [DEPTH] * 20)
    assert same.dispersion == 0.0
    assert same.rate == pytest.approx(7 / DEPTH)
    assert nb.fit([4], [DEPTH]).dispersion == 0.0


def test_a_thousand_million_events_are_counted_like_ten():
    rng = np.random.default_rng(3)
    count = rng.poisson(1e9, 20)
    fitted = nb.fit(count, [1e12] * 20)
    assert fitted.rate == pytest.approx(1e-3, rel=1e-4)
    upper = nb.upper_quantile(0.95, count, [1e12] * 20, of_exposure=1e12)
    assert 1e9 + 1.6 * 31623 < upper < 1e9 + 4 * 31623


@settings(max_examples=15)
@given(st.lists(st.integers(0, 40), min_size=3, max_size=25))
def test_the_upper_limit_of_a_quantile_is_never_below_its_estimate(count):
    fitted = nb.fit(count, [DEPTH] * len(count))
    upper = nb.upper_quantile(0.95, count, [DEPTH] * len(count), of_exposure=DEPTH)
    assert upper >= int(nb.quantile(0.95, fitted.rate * DEPTH, fitted.dispersion))


def test_more_of_the_same_tubes_narrow_the_limit():
    count = [0, 1, 2, 0, 5]
    uppers = [nb.upper_quantile(0.95, count * n, [DEPTH] * 5 * n, of_exposure=DEPTH) for n in (1, 4, 16)]
    assert uppers[0] > uppers[1] > uppers[2]


def coverage(mean, phi, tubes, runs, rng):
    truth = int(nb.quantile(0.95, mean, phi))
    covered = 0
    for _ in range(runs):
        share = rng.gamma(1 / phi, phi, tubes) if phi else np.ones(tubes)
        depth = rng.uniform(0.7, 1.4, tubes) * DEPTH
        count = rng.poisson(mean * share * depth / DEPTH)
        covered += nb.upper_quantile(0.95, count, depth, of_exposure=DEPTH) >= truth
    return covered / runs


@pytest.mark.parametrize(("mean", "phi", "tubes"), [(0.3, 0.0, 20), (4.0, 0.4, 20)])
def test_the_upper_limit_covers_the_quantile(mean, phi, tubes):
    runs = 60
    slack = 3 * np.sqrt(0.95 * 0.05 / runs)
    assert coverage(mean, phi, tubes, runs, np.random.default_rng(5)) >= 0.95 - slack


@pytest.mark.slow
@pytest.mark.parametrize("tubes", [10, 20, 60])
@pytest.mark.parametrize(
    ("mean", "phi"), [(0.2, 0.0), (1.0, 0.0), (5.0, 0.3), (2.0, 1.0), (30.0, 0.1), (200.0, 0.05)]
)
def test_the_upper_limit_covers_the_quantile_of_every_kind_of_background(mean, phi, tubes):
    # Likelihood regions are exact in large samples only: two points below nominal are granted to small ones.
    runs = 500
    slack = 3 * np.sqrt(0.95 * 0.05 / runs)
    assert coverage(mean, phi, tubes, runs, np.random.default_rng(17)) >= 0.93 - slack
