"""How far an FMO lies from its stained tube, against the two cumulative distributions written out."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from remnant.cytometry.recipe.fitness import SHIFTED, ks_distance, surely_near

SPREAD = 300.0  # a fluorescence scale

samples = st.tuples(
    st.integers(0, 2**31),
    st.integers(100, 2000),
    st.integers(100, 2000),
    st.sampled_from([0.0, 0.3, 0.6, 0.7, 3.0]),
    st.booleans(),
)


def draw(seed, first, second, shift, rounded):
    rng = np.random.default_rng(seed)
    pair = rng.normal(size=first), rng.normal(shift, 1, second)
    return [np.sort(SPREAD * (np.round(values) if rounded else values)) for values in pair]


@given(samples)
def test_the_distance_is_that_of_kolmogorov_and_smirnov_ties_included(drawn):
    first, second = draw(*drawn)
    expected = ks_2samp(first, second, method="asymp").statistic
    assert abs(ks_distance(first, second) - expected) < 1e-12


@given(samples)
def test_the_first_look_never_lets_a_shifted_control_pass(drawn):
    first, second = draw(*drawn)
    if surely_near(first, second):
        assert ks_distance(first, second) <= SHIFTED


def test_the_first_look_settles_two_large_samples_of_one_population():
    first, second = draw(1, 20_000, 20_000, 0.0, False)
    assert surely_near(first, second)
