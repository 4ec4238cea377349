from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.response.rules.decimals import meets, scaled, whole_of
from remnant.response.rules.thresholds import Threshold, exact

typed = st.one_of(
    st.integers(0, 10**7).map(lambda x: x / 100),
    st.decimals(0, 5000, places=6, allow_nan=False).map(float),
    st.floats(0, 5000, allow_nan=False),
)
operators = st.sampled_from([">=", ">", "<=", "<"])


@given(st.lists(typed, max_size=8))
def test_whole_numbers_are_exactly_what_was_typed(values):
    whole, scale = scaled(np.array(values, float))
    assert [Fraction(int(one), scale) for one in whole] == [exact(one) for one in values]


def test_a_value_that_was_typed_between_two_tenths_is_not_rounded():
    whole, scale = scaled(np.array([9.95, 9.949]))
    assert (whole.tolist(), scale) == ([9950, 9949], 1000)


def test_more_digits_than_64_bits_hold_are_kept_as_integers_of_any_size():
    whole, scale = scaled(np.array([8.538300000000001, 5000.0]))
    assert whole.dtype == object
    assert Fraction(whole[0], scale) == exact(8.538300000000001)


@given(
    st.lists(st.fractions(0, 1000, max_denominator=10**6), min_size=1, max_size=5),
    operators,
    st.sampled_from(["0", "1.0", "1.5", "9.0", "20", "100"]),
)
def test_whole_numbers_meet_a_limit_exactly_when_the_fractions_do(numbers, operator, value):
    limit = Threshold("x", operator, value, "", "")
    whole, scale = whole_of(numbers)
    assert meets(limit, whole, scale).tolist() == [limit.met(number) for number in numbers]


@given(st.lists(st.integers(0, 300), min_size=1), operators, st.integers(1, 1000))
def test_units_ten_times_smaller_change_no_answer(tenths, operator, factor):
    """Haemoglobin in g/L against the limit in g/L is haemoglobin in g/dL against the limit in g/dL."""
    limit = Threshold("haemoglobin", operator, "11", "g/dL", "")
    values = np.array(tenths)
    assert np.array_equal(meets(limit, values, 10), meets(limit, values * factor, 10 * factor))


@pytest.mark.parametrize(("high", "low", "meets_it"), [(8.2, 6.7, True), (8.19, 6.7, False)])
def test_differences_are_exact_where_floats_are_not(high, low, meets_it):
    rise = Threshold("rise", ">=", "1.5", "g/dL", "")
    whole, scale = scaled(np.array([high, low]))
    assert meets(rise, whole[:1] - whole[1:], scale).tolist() == [meets_it]
