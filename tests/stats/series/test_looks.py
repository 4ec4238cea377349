import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from remnant.stats.fractions.count import Count
from remnant.stats.fractions.misclassification import fraction_posterior
from remnant.stats.numerics.posterior import beta_posterior
from remnant.stats.series.looks import Looks


def of(k, n):
    return beta_posterior(k + 0.5, n - k + 0.5)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=2, max_size=6))
@settings(max_examples=20, deadline=None)
def test_looks_pool_as_their_counts_do(pairs):
    """Of an assay without errors, looks together are one look with all the nuclei: Jeffreys, once.

    Within a hundredth even where one look saw all and another none; within 5e-5 where they are alike (below).
    """
    counts = [(min(pair), max(pair)) for pair in pairs]
    looks = Looks.of([of(*each) for each in counts])
    k, n = sum(k for k, _ in counts), sum(n for _, n in counts)
    last = len(counts) - 1
    assert looks.median(0, last) == pytest.approx(beta.median(k + 0.5, n - k + 0.5), abs=1e-2)
    low, high = looks.interval(0, last, confidence=0.9)
    assert (low, high) == pytest.approx(beta.interval(0.9, k + 0.5, n - k + 0.5), abs=1e-2)


@pytest.mark.parametrize("times", [0.5, 1.0, 2.0])
def test_the_chance_that_a_pool_lies_above_another_agrees_with_simulation(times):
    """400,000 draws: within 4 standard errors."""
    rng = np.random.default_rng(5)
    looks = Looks.of([of(2, 50), of(1, 30), of(4, 40), of(9, 60)])
    later, earlier = rng.beta(13.5, 87.5, 400_000), rng.beta(3.5, 77.5, 400_000)
    draws = later > times * earlier
    exact = looks.probability_above((2, 3), (0, 1), times=times)
    assert abs(exact - draws.mean()) < 4 * draws.std() / np.sqrt(draws.size) + 1e-4


@given(st.integers(0, 40), st.integers(0, 40))
@settings(max_examples=30, deadline=None)
def test_one_of_two_fractions_is_higher(first, second):
    looks = Looks.of([of(first, 40), of(second, 40)])
    both = looks.probability_above((0, 0), (1, 1)) + looks.probability_above((1, 1), (0, 0))
    assert both == pytest.approx(1, abs=1e-6)


def test_a_sharp_look_beside_a_blunt_one_keeps_its_width():
    """6,000 nuclei beside 10: the grid of the sharp one is in that of both."""
    sharp = fraction_posterior(Count(30, 6000), fp=None, fn=None)
    looks = Looks.of([of(1, 10), sharp])
    low, high = looks.interval(1, 1, confidence=0.95)
    assert (low, high) == pytest.approx(sharp.interval(0.95), rel=2e-2)


def test_looks_that_contradict_each_other_beyond_rounding_still_pool():
    looks = Looks.of([of(0, 5000), of(5000, 5000)])
    assert 0 < looks.median(0, 1) < 1
    assert looks.probability_above((1, 1), (0, 0)) == pytest.approx(1)


def test_looks_that_agree_pool_exactly():
    looks = Looks.of([of(3, 100), of(5, 100), of(2, 60)])
    low, high = looks.interval(0, 2, confidence=0.95)
    assert (low, high) == pytest.approx(beta.interval(0.95, 10.5, 250.5), abs=5e-5)
