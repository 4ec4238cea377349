"""Bins of a plot: exact on every scale, whatever the guess that they start from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.cytometry import Asinh, Hyperlog, Linear, Log, Logicle
from remnant.cytometry.strategy.binning import (
    ABOVE,
    BELOW,
    FINE,
    NOWHERE,
    assign_bins,
    bin_edges,
    count_bins,
    search_bins,
)

SCALES = (
    None,
    Linear(1e5, 10),
    Log(1e5, 5),
    Asinh(1e5, 4, 1),
    Logicle(1e5, 0.7, 4.5, 0.2),
    Hyperlog(1e5, 1, 4.5),
)
numbers = arrays(float, 60, elements=st.floats(-1e7, 1e7, allow_subnormal=False) | st.just(np.nan))
codes = arrays(np.uint8, 50, elements=st.integers(0, FINE + 1) | st.just(NOWHERE))


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: type(scale).__name__)
@given(values=numbers, low=st.floats(-0.3, 0.4), span=st.floats(1e-4, 1.2))
def test_a_guessed_bin_is_the_bin_that_a_search_finds(scale, values, low, span):
    edges = bin_edges(scale, low, low + span)
    values = np.concatenate([values, edges, np.nextafter(edges, -np.inf), [1e300, -1e300]])
    assert np.array_equal(assign_bins(values, edges), search_bins(values, edges))


@pytest.mark.parametrize("scale", SCALES[1:], ids=lambda scale: type(scale).__name__)
@given(values=numbers)
def test_bins_on_the_scale_of_the_file_are_those_of_transformed_events(scale, values):
    """No event is transformed, and still each lies where its transform puts it, edges apart."""
    low, high = 0.1, 0.95
    found = assign_bins(values, bin_edges(scale, low, high)).astype(int)
    places = (scale.forward(values) - low) / (high - low) * FINE + 1
    clear = np.isfinite(places) & (np.abs(places - np.rint(places)) > 1e-6)
    expected = np.clip(np.floor(places[clear]), BELOW, ABOVE)
    assert np.array_equal(found[clear], expected)
    assert np.array_equal(found == NOWHERE, np.isnan(values))


def test_a_value_on_an_edge_belongs_to_the_bin_above():
    edges = bin_edges(None, 0, FINE)
    assert assign_bins(edges, edges).tolist() == [*range(1, FINE + 1), ABOVE]
    assert assign_bins(np.array([-1e-9, np.nan, np.inf, -np.inf]), edges).tolist() == [
        BELOW,
        NOWHERE,
        ABOVE,
        BELOW,
    ]


def test_an_axis_without_width_still_has_bins():
    edges = np.full(FINE + 1, 3.0)
    assert assign_bins(np.array([2.9, 3.0, 3.1, np.nan]), edges).tolist() == [BELOW, ABOVE, ABOVE, NOWHERE]


@given(codes, codes, st.sampled_from([240, 120, 80, 60]))
def test_every_event_is_binned_off_the_axes_or_without_a_value(x, y, bins):
    binned, nowhere = count_bins(x, y, bins)
    unknown = (x == NOWHERE) | (y == NOWHERE)
    inside = ~unknown & (x > 0) & (x <= FINE) & (y > 0) & (y <= FINE)
    assert binned.shape == (bins, bins)
    assert (nowhere, binned.sum()) == (unknown.sum(), inside.sum())
    width = FINE // bins
    for i, j in zip(x[inside].astype(int), y[inside].astype(int), strict=True):
        assert binned[(j - 1) // width, (i - 1) // width] > 0
    single, missing = count_bins(x, None, bins)
    assert (missing, single.sum()) == ((x == NOWHERE).sum(), ((x > 0) & (x <= FINE)).sum())


@given(codes, codes)
def test_a_coarse_plot_joins_the_bins_of_a_fine_one(x, y):
    fine, coarse = count_bins(x, y, 240)[0], count_bins(x, y, 80)[0]
    assert np.array_equal(fine.reshape(80, 3, 80, 3).sum(axis=(1, 3)), coarse)
