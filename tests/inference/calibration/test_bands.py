"""Simultaneous bands of distribution functions of ranks."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.inference.calibration.bands import simultaneous_band, stays, uniformity
from remnant.inference.calibration.ranks import counted, levels


@given(st.integers(1, 4), st.integers(1, 4), st.data())
@settings(max_examples=60)
def test_the_chance_to_stay_inside_is_that_of_counting_every_outcome(size, draws, data):
    """All (draws + 1)^size sets of ranks are equally likely."""
    lower = np.sort(data.draw(st.lists(st.integers(0, size), min_size=draws, max_size=draws)))
    upper = np.maximum.accumulate(lower + np.array([data.draw(st.integers(0, 2)) for _ in range(draws)]))
    each = [counted(ranks, draws) for ranks in product(range(draws + 1), repeat=size)]
    share = np.mean([np.all((c >= lower) & (c <= upper)) for c in each])
    assert stays(size, levels(draws), lower, upper) == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize(("size", "draws"), [(20, 9), (200, 99), (1200, 63), (2000, 99)])
def test_uniform_ranks_stay_in_their_band_as_often_as_it_says(size, draws):
    """2,000 sets of uniform ranks; the exact chance is .95 or the least above it."""
    band, rng = simultaneous_band(size, draws), np.random.default_rng(size)
    exact = stays(size, band.levels, band.lower, band.upper)
    assert 0.95 <= exact < 0.96
    inside = np.mean([band.holds(counted(rng.integers(0, draws + 1, size), draws)) for _ in range(2000)])
    assert abs(inside - exact) < 4 * np.sqrt(exact * (1 - exact) / 2000)


def test_the_band_is_wider_than_the_pointwise_one_and_holds_its_centre():
    band = simultaneous_band(200, 99)
    assert band.pointwise < 0.05 / 5
    assert np.all((band.lower < 200 * band.levels) & (200 * band.levels < band.upper))


def test_more_confidence_makes_a_wider_band():
    narrow, wide = simultaneous_band(300, 50, 0.8), simultaneous_band(300, 50, 0.99)
    assert np.all((wide.lower <= narrow.lower) & (wide.upper >= narrow.upper))


def test_p_values_of_uniform_ranks_are_uniform_themselves():
    rng = np.random.default_rng(5)
    p = [uniformity(rng.integers(0, 50, 200), 49).p_value for _ in range(300)]
    for level in (0.05, 0.25, 0.5, 0.75):
        assert abs(np.mean(np.array(p) <= level) - level) < 4 * np.sqrt(level * (1 - level) / 300)


@given(st.integers(1, 300), st.integers(0, 2**32))
@settings(max_examples=25)
def test_leaving_the_band_is_a_small_p_value(size, seed):
    ranks = np.random.default_rng(seed).binomial(19, 0.5, size) if seed % 2 else (
        np.random.default_rng(seed).integers(0, 20, size)
    )  # fmt: skip
    found = uniformity(ranks, 19)
    assert 0 <= found.p_value <= 1
    if not found.inside:
        assert found.p_value <= 0.05 + 1e-9
    if found.p_value > 0.06:
        assert found.inside


POSTERIORS = {  # mean and standard deviation of the draws when the truth is standard normal
    "too high": (0.5, 1.0),
    "too narrow": (0.0, 0.6),
    "too wide": (0.0, 1.7),
}


@pytest.mark.parametrize("what", POSTERIORS)
def test_a_posterior_that_is_wrong_leaves_the_band_in_its_own_way(what):
    """200 cohorts find a bias of half a standard deviation and a spread wrong by two thirds."""
    mean, spread = POSTERIORS[what]
    rng = np.random.default_rng(8)
    truth, draws = rng.standard_normal(200), mean + spread * rng.standard_normal((99, 200))
    found = uniformity((draws < truth).sum(axis=0), 99)
    assert not found.inside
    assert found.p_value < 1e-4
    assert (found.shift < -3) == (what == "too high")
    assert (found.spread > 1.3) == (what == "too narrow")
    assert (found.spread < 0.7) == (what == "too wide")
