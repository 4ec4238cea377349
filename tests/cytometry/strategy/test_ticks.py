"""Ticks stand where a person looks for them: at decades where the scale bends, else at round numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry import Asinh, Linear, Log, Logicle
from remnant.cytometry.strategy.ticks import choose_ticks


def labelled(ticks):
    return {tick.label: tick.place for tick in ticks if tick.label}


def test_decades_of_a_logicle_axis_stand_at_their_values():
    scale = Logicle(262144, 0.5, 4.5, 0)
    ticks = labelled(choose_ticks(scale, 0.0, 1.0))
    assert {"0", "10³", "10⁴", "10⁵"} <= set(ticks)
    assert ticks["10⁴"] == pytest.approx(float(scale.forward(1e4)))
    assert ticks["0"] == pytest.approx(float(scale.forward(0)))


def test_a_logarithmic_axis_has_no_zero():
    assert set(labelled(choose_ticks(Log(1e4, 4), 0.0, 1.0))) == {"10⁰", "10¹", "10²", "10³", "10⁴"}


def test_a_linear_axis_has_round_numbers_on_the_scale_of_the_file():
    assert labelled(choose_ticks(None, 0.0, 250_000.0)) == pytest.approx(
        {"0": 0, "50k": 0.2, "100k": 0.4, "150k": 0.6, "200k": 0.8, "250k": 1}
    )
    assert labelled(choose_ticks(Linear(1000, 0), 0.0, 1.0))["200"] == pytest.approx(0.2)


def test_less_than_a_decade_has_round_numbers():
    scale = Asinh(1e5, 4, 0)
    low, high = scale.forward([2100, 8000])
    assert len(labelled(choose_ticks(scale, float(low), float(high)))) >= 2


@given(
    st.floats(-0.5, 0.6), st.floats(1e-3, 2), st.sampled_from([None, Logicle(1e5, 1, 4.5), Asinh(1e5, 4, 1)])
)
def test_no_two_labels_run_into_each_other(low, span, scale):
    ticks = choose_ticks(scale, low, low + span)
    places = [tick.place for tick in ticks]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)
    assert np.all(np.diff([tick.place for tick in ticks if tick.label]) > 0.08)
