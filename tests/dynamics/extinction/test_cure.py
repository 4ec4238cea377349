from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.dynamics.extinction import (
    Signal,
    cure_curve,
    cure_from,
    cure_on_stopping,
    cure_probability,
    survival,
)
from remnant.dynamics.model.packed import pack
from remnant.dynamics.model.parameters import Effect, Parameters
from remnant.errors import SettingError

TYPICAL = Parameters(0.11, 0.2, 0.05, 0.25, 1.0, 6.0, mutation=1e-3)
PACKED = pack(TYPICAL, [Effect(active_kill=0.8, quiescent_kill=0.05, progenitor_kill=8.0)])
EDGES = np.array([0.0, 365.0, 730.0, 1460.0])
THERAPY = (PACKED, EDGES, [[1.0], [0.5], [0.0]], Signal(np.array([0.0, 1460.0]), np.array([1.3, 1.0])))
counts = st.integers(0, 3000)


def clone(quiescent, active, resistant_quiescent=0, resistant_active=0):
    return np.array([[[5.0, 7.0], [quiescent, active], [resistant_quiescent, resistant_active]]], float)


@settings(max_examples=60, deadline=None)
@given(counts, counts, counts, counts, st.sampled_from(["counted", "poisson"]))
def test_cure_is_a_chance_and_falls_with_every_cell(a, b, c, d, founders):
    cells = clone(a, b, c, d)
    chance = cure_probability(*THERAPY, cells, horizons=[730.0, np.inf], founders=founders)
    assert np.all((chance >= 0) & (chance <= 1))
    assert chance[0, 0] <= chance[0, 1] * (1 + 1e-3) + 1e-12
    for place in ((0, 1, 0), (0, 1, 1), (0, 2, 0), (0, 2, 1)):
        more = cells.copy()
        more[place] += 1
        assert np.all(cure_probability(*THERAPY, more, horizons=[730.0, np.inf], founders=founders) <= chance)


@given(counts, counts)
@settings(max_examples=30, deadline=None)
def test_poisson_founders_are_the_average_over_their_counts(a, b):
    """E[(1 - x)^N] = exp(-m x): by summing over counts of a mean small enough to sum."""
    m = np.array([a, b]) / 300.0
    x = survival(*THERAPY, horizons=1460.0).stems[0, 0, 0]
    n = np.arange(120)
    log_weight = [n * np.log(v) - v - np.cumsum(np.log(np.maximum(n, 1))) if v else None for v in m]
    average = np.prod(
        [1.0 if w is None else np.sum(np.exp(w) * (1 - y) ** n) for w, y in zip(log_weight, x, strict=True)]
    )
    found = cure_probability(*THERAPY, clone(*m), horizons=1460.0, founders="poisson")
    assert found[0, 0] == pytest.approx(average, rel=1e-9)


def test_normal_cells_do_not_matter_and_no_clone_is_cured():
    chance = cure_probability(*THERAPY, clone(0, 0), horizons=[0.0, 365.0, np.inf])
    np.testing.assert_array_equal(chance, 1.0)
    assert cure_probability(*THERAPY, clone(0, 1), horizons=0.0)[0, 0] == 0.0


def test_the_curve_falls_with_the_size_of_the_marrow():
    state = np.array([[[0.5, 0.1, 0.8, 0.9], [3e-4, 1e-4, 0.0, 0.0], [0.0, 1e-6, 0.0, 0.0]]])
    sizes = np.geomspace(1.0, 1e7, 30)
    curve = cure_curve(*THERAPY, state, sizes, horizons=[730.0, np.inf])
    assert curve.shape == (1, 2, 30)
    assert np.all(np.diff(curve, axis=-1) <= 0)
    for k in (3, 20):
        one = cure_probability(
            *THERAPY, state[..., :2] * sizes[k], horizons=[730.0, np.inf], founders="poisson"
        )
        np.testing.assert_allclose(curve[:, :, k], one, rtol=1e-12)


def test_stopping_splits_the_chance_in_three():
    cells = clone(6, 3, 0, 1)
    stopping = cure_on_stopping(*THERAPY, cells, stop=730.0)
    chance = cure_probability(*THERAPY, cells, horizons=[730.0, np.inf])[0]
    assert stopping.gone[0] == chance[0]
    assert stopping.fades[0] == pytest.approx(chance[1] - chance[0])
    assert stopping.gone + stopping.fades + stopping.stays == pytest.approx(1.0)
    assert 0.02 < stopping.fades[0] < stopping.stays[0]  # of what is left, little goes by itself


def test_cure_from_a_day_on_the_way_reads_only_what_follows():
    state = np.array([[[0.5, 0.1, 0.8, 0.9], [3e-4, 1e-4, 0.0, 0.0], [0.0, 2e-5, 0.0, 0.0]]])
    packed, _, doses, signal = THERAPY
    whole = cure_from(400.0, *THERAPY, state, 1e5, horizons=[730.0, np.inf], founders="counted")
    rest = cure_probability(
        packed,
        [400.0, 730.0, 1460.0],
        doses[1:],
        signal,
        np.round(state[..., :2] * 1e5),
        horizons=[730.0, np.inf],
    )
    np.testing.assert_array_equal(whole, rest)
    start = cure_from(0.0, *THERAPY, state, 1e5)
    np.testing.assert_allclose(
        start[:, 0], cure_curve(*THERAPY, state, 1e5, horizons=np.inf)[:, 0, 0], rtol=1e-12
    )


def test_progenitors_that_count_make_cure_less_likely():
    few = [[0.0, 3.0, 0.0]]
    without = cure_probability(*THERAPY, clone(2, 1), horizons=365.0)
    with_them = cure_probability(
        *THERAPY, clone(2, 1), horizons=365.0, progenitors=few, progenitor_births=0.5
    )
    assert with_them[0, 0] < without[0, 0]


def test_a_clone_of_a_thousand_may_count_a_share_of_a_cell():
    """As equations hand it over; a smaller one is whole, or a mean of Poisson numbers."""
    assert cure_probability(*THERAPY, clone(600.3, 500.7), horizons=730.0).shape == (1, 1)
    with pytest.raises(SettingError, match=r"found 0\.3; expected whole numbers .* founders='poisson'"):
        cure_probability(*THERAPY, clone(0.3, 500), horizons=730.0)


@pytest.mark.parametrize(
    ("cells", "named", "message"),
    [
        (clone(-1, 2), {}, "cells.*-1"),
        (clone(np.nan, 2), {}, "cells.*nan"),
        (clone(1, 2)[0], {}, r"cells, shape: found \(3, 2\); expected \(1, 3, 2\)"),
        (clone(1, 2), {"founders": "many"}, "founders: found many"),
        (clone(1, 2), {"progenitors": [[0.0, 1.0, 0.0]]}, "give progenitor_births"),
        (clone(1, 2), {"progenitors": [[0.0, 1.0]], "progenitor_births": 0.0}, "progenitors, shape"),
        (clone(1, 2), {"progenitors": [[0.0, 0.5, 0.0]], "progenitor_births": 0.0}, "progenitors.*0.5"),
        (clone(1, 2), {"horizons": -1.0}, "horizons: found -1"),
    ],
)
def test_impossible_cells_are_named(cells, named, message):
    with pytest.raises(SettingError, match=message):
        cure_probability(*THERAPY, cells, **({"horizons": 730.0} | named))


def test_impossible_sizes_days_and_states_are_named():
    state = np.zeros((1, 3, 4))
    with pytest.raises(SettingError, match="stem_cells"):
        cure_curve(*THERAPY, state, [0.0], horizons=730.0)
    with pytest.raises(SettingError, match="2; expected 1 or 1"):
        cure_curve(*THERAPY, state, np.ones((2, 3)), horizons=730.0)
    with pytest.raises(SettingError, match=r"(?s)day: found 2000.*stem_cells.*states, shape"):
        cure_from(2000.0, *THERAPY, state[0], 0.0)
    with pytest.raises(SettingError, match="horizon: found 100; expected days from 730"):
        cure_on_stopping(*THERAPY, clone(1, 1), stop=730.0, horizon=100.0)


def test_nothing_that_was_handed_in_is_changed():
    cells = clone(1, 2)
    before = cells.copy()
    many = replace(PACKED, rates=PACKED.rates.copy())
    cure_probability(many, *THERAPY[1:], cells, horizons=[365.0, np.inf])
    np.testing.assert_array_equal(cells, before)
    np.testing.assert_array_equal(many.rates, PACKED.rates)
