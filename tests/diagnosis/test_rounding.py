"""Two decimals as R gives them, on which the category of an IPSS-M hangs."""

import csv
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from remnant.diagnosis.rounding import to_hundredths

REFERENCE = Path(__file__).parents[1] / "reference/risk/rounded_by_r.csv"


def test_agrees_with_r_in_every_bit_where_a_score_lies_between_two_hundredths():
    with REFERENCE.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1104
    number, rounded = (np.array([float(row[name]) for row in rows]) for name in ("number", "rounded"))
    assert np.array_equal(to_hundredths(number), rounded)
    # The usual ways are not the same, so this test can fail.
    assert not np.array_equal(np.round(number, 2), rounded)
    assert [round(x, 2) for x in number.tolist()] != rounded.tolist()


@given(st.floats(-1000, 1000))
def test_a_score_moves_by_no_more_than_half_a_hundredth_and_stays_where_it_is_once_rounded(number):
    once = to_hundredths(np.array([number]))
    assert abs(once[0] - number) <= 0.005 * (1 + 1e-9)
    assert np.array_equal(to_hundredths(once), once)
    assert to_hundredths(np.array([-number]))[0] == -once[0]


def test_a_score_just_beneath_zero_is_zero_without_a_sign_and_no_score_is_none():
    assert str(to_hundredths(np.array([-0.004]))[0]) == "0.0"
    assert np.isnan(to_hundredths(np.array([np.nan]))[0])
