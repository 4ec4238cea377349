"""How far an FMO lies from its stained tube, against the two cumulative distributions written out."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from remnant.cytometry.recipe.fitness import SHIFTED, ks_distance, surely_near
from remnant.cytometry.recipe.sheet import CELLS, cells_of

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


def spread(values):
    return np.bincount(cells_of(values), minlength=CELLS + 1)[:CELLS]


@given(samples)
def test_the_distance_is_that_of_kolmogorov_and_smirnov_ties_included(drawn):
    first, second = draw(*drawn)
    expected = ks_2samp(first, second, method="asymp").statistic
    assert abs(ks_distance(first, second) - expected) < 1e-12


@given(samples)
def test_the_first_look_never_lets_a_shifted_control_pass(drawn):
    first, second = draw(*drawn)
    if surely_near(spread(first), spread(second)):
        assert ks_distance(first, second) <= SHIFTED


def test_the_first_look_settles_two_large_samples_of_one_population():
    first, second = draw(1, 20_000, 20_000, 0.0, False)
    assert surely_near(spread(first), spread(second))


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=2))
def test_the_cells_of_a_first_look_keep_the_order_of_values_and_leave_out_what_was_not_measured(drawn):
    values = np.sort(np.array(drawn))
    cells = cells_of(values)
    assert np.array_equal(cells == CELLS, ~np.isfinite(values))
    assert np.all(np.diff(cells[np.isfinite(values)].astype(int)) >= 0)
