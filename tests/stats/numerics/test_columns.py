import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from remnant.stats.numerics.columns import Columns

ANGLES = np.linspace(0.1, 1.3, 33)
VALUES = np.sin(3 * ANGLES)[:, None] ** np.array([1, 2, 3, 4, 5])
SOMEWHERE = np.random.default_rng(2).uniform(0.1, 1.3, (7, 5))


def test_each_column_is_its_own_spline_read_at_its_own_places():
    expected = [CubicSpline(ANGLES, VALUES[:, i])(SOMEWHERE[:, i]) for i in range(5)]
    assert Columns.through(ANGLES, VALUES)(SOMEWHERE) == pytest.approx(np.array(expected).T, abs=1e-14)


def test_the_integral_is_that_of_the_spline():
    expected = [CubicSpline(ANGLES, VALUES[:, i]).antiderivative()(SOMEWHERE[:, i]) for i in range(5)]
    found = Columns.through(ANGLES, VALUES).integral()(SOMEWHERE)
    assert found == pytest.approx(np.array(expected).T, abs=1e-14)


def test_beyond_the_ends_a_column_keeps_its_last_value():
    table = Columns.through(ANGLES, VALUES)
    assert table(np.full(5, 9.0)) == pytest.approx(VALUES[-1])
    assert table(np.full(5, -9.0)) == pytest.approx(VALUES[0])


def test_every_second_column_is_read_as_before():
    table = Columns.through(ANGLES, VALUES)
    assert np.array_equal(table.every(2)(SOMEWHERE[:, ::2]), table(SOMEWHERE)[:, ::2])
