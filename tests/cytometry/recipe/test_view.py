"""Views count every event where `histogram2d` would."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry.recipe.view import BINS, DisplayAxis, draw_view
from remnant.cytometry.signal.transform import Logicle


@given(st.integers(0, 2**31), st.integers(1, 400), st.sampled_from([0, 1, 8]))
def test_the_bins_are_those_of_histogram2d(seed, n, grain):
    """Rounded values fall on edges, where a quick bin could be one off."""
    x, y = np.random.default_rng(seed).normal(size=(2, n))
    if grain:
        x, y = np.round(x * grain) / grain, np.round(y * grain) / grain
    view = draw_view("t", DisplayAxis("x", x, None), DisplayAxis("y", y, None), np.ones(n, dtype=bool))
    counts, _, _ = np.histogram2d(x, y, bins=BINS, range=(view.x_range, view.y_range))
    assert view.counts == tuple((int(i), int(j), int(counts[i, j])) for i, j in np.argwhere(counts))


def test_an_event_that_is_hidden_or_no_number_is_neither_counted_nor_drawn():
    x, y = np.arange(6.0), np.array([0, 1, np.nan, 3, 4, 5.0])
    shown = np.array([True, True, True, True, True, False])
    axes = DisplayAxis("x", x, Logicle()), DisplayAxis("y", y, None)
    view = draw_view("t", *axes, shown, points=np.ones(6, dtype=bool), points_label="all")
    assert [b for _, b in view.points] == [0, 1, 3, 4]
    assert [a for a, _ in view.points] == pytest.approx(Logicle().forward(x[[0, 1, 3, 4]]))
    assert sum(number for _, _, number in view.counts) >= 3
