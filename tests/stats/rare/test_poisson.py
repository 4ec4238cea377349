import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.stats.rare.poisson import garwood, ratio, upper_bound


def test_printed_limits_of_ten_and_twenty_five_events():
    assert [round(float(x), 2) for x in garwood(10)] == [4.80, 18.39]
    assert [round(float(x), 1) for x in garwood(25)] == [16.2, 36.9]


def test_nothing_seen_excludes_three_events():
    assert float(upper_bound(0)) == pytest.approx(-np.log(0.05))
    assert float(garwood(0)[0]) == 0


@settings(deadline=None)
@given(st.integers(1, 500))
def test_each_limit_leaves_its_tail_to_high_precision(count):
    lower, upper = (float(x) for x in garwood(count))
    with mpmath.workdps(40):
        at_least = mpmath.gammainc(count, 0, mpmath.mpf(lower), regularized=True)
        at_most = mpmath.gammainc(count + 1, mpmath.mpf(upper), mpmath.inf, regularized=True)
    assert float(at_least) == pytest.approx(0.025, rel=1e-9)
    assert float(at_most) == pytest.approx(0.025, rel=1e-9)


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200), st.floats(0.1, 1e6), st.floats(0.1, 1e6))
def test_exchanging_two_rates_turns_their_ratio_over(x, y, a, b):
    if x == 0 or y == 0:
        return
    there, back = ratio(x, a, y, b), ratio(y, b, x, a)
    assert float(there[0]) == pytest.approx(1 / float(back[0]))
    assert float(there[1]) == pytest.approx(1 / float(back[2]), rel=1e-9)


def test_a_ratio_without_events_has_no_value_and_no_limits():
    value, lower, upper = ratio(0, 1, 0, 1)
    assert np.isnan(value)
    assert (float(lower), float(upper)) == (0, np.inf)


@pytest.mark.parametrize("count", [-1, [3, -2]])
def test_a_negative_count_is_a_bug(count):
    with pytest.raises(AssertionError):
        garwood(count)
