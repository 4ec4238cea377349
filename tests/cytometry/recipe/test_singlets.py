"""The line of singlets: found in the order of both keys, whatever the order of events."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry.recipe.singlets import SCATTER_BINS, _order, fit_line


@given(st.integers(0, 2**31), st.integers(20, 600), st.sampled_from([0, 1, 10]))
def test_every_group_holds_what_sorting_by_both_keys_gives_it(seed, n, grain):
    """Old cytometers store 1,024 levels: whole groups tie."""
    x, y = np.random.default_rng(seed).normal(size=(2, n))
    if grain:
        x, y = np.round(x * grain), np.round(y * grain)
    slow, quick = np.lexsort((y, x)), _order(x, y)
    groups = zip(np.array_split(slow, SCATTER_BINS), np.array_split(quick, SCATTER_BINS), strict=True)
    for expected, found in groups:
        assert np.array_equal(np.sort(x[expected]), np.sort(x[found]))
        assert np.array_equal(np.sort(y[expected]), np.sort(y[found]))


def test_the_order_of_events_does_not_move_the_line():
    rng = np.random.default_rng(3)
    x = np.round(rng.normal(0, 5, 3000))
    y = np.round(0.9 * x + rng.normal(0, 2, 3000))
    mixed = rng.permutation(3000)
    assert fit_line(x, y) == fit_line(x[mixed], y[mixed])
