"""Tables of scales: never further from the exact scale than they say, and silent where they do not reach."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry.signal.lookup import LARGEST_ERROR, look_up
from remnant.cytometry.signal.transform import Asinh, Hyperlog, Linear, Log, Logicle

SCALES = (
    Logicle(), Logicle(262144, 1.2, 4.5, 0), Logicle(1e4, 0.3, 5, 1), Logicle(262144, 0, 4.5, 0.5),
    Hyperlog(), Hyperlog(1000, 1, 4), Asinh(), Asinh(1000, 4, 1), Log(), Log(1e4, 4),
)  # fmt: skip


@pytest.mark.parametrize("scale", SCALES, ids=str)
@given(st.lists(st.floats(-1e7, 1e7) | st.floats(-2, 2), min_size=1, max_size=50))
def test_a_table_is_as_near_to_its_scale_as_it_says(scale, values):
    lookup = look_up(scale)
    assert lookup is not None
    assert lookup.error <= LARGEST_ERROR
    found, exact = lookup.forward(np.array(values)), scale.forward(values)
    known = ~np.isnan(found)
    assert np.all(np.abs(found - exact)[known] <= lookup.error)


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_a_table_holds_all_but_extreme_values(scale):
    values = np.concatenate([[0.0], np.geomspace(1e-3, 20 * scale.top, 500)])
    values = values[1:] if isinstance(scale, Log) else np.concatenate([values, -values])
    assert not np.isnan(look_up(scale).forward(values)).any()


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_a_table_is_silent_where_it_does_not_reach(scale):
    """What lies far beyond the scale, and what is not finite, is left to the exact form."""
    values = np.array([np.nan, 1e30, -1e30, np.inf, -np.inf])
    assert np.isnan(look_up(scale).forward(values)).all()


def test_a_straight_scale_needs_no_table():
    assert look_up(Linear(1000, 10)) is None


def test_scales_keep_their_order_across_the_pieces():
    values = np.sort(np.random.default_rng(1).uniform(-5000, 300_000, 200_000))
    for scale in SCALES[:8]:
        places = look_up(scale).forward(values)
        assert np.diff(places[~np.isnan(places)]).min() > -2 * LARGEST_ERROR
