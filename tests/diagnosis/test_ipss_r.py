"""IPSS-R and IPSS-RA: every limit from both sides, and a second reading of the published tables."""

from decimal import Decimal
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.diagnosis.ipss_r import (
    CATEGORIES,
    OUTLOOKS,
    ipss_r_category,
    ipss_r_points,
    ipss_r_range,
    ipss_ra,
)

# The published table once more, as a table: item -> (lower limit, whether it belongs, points), descending.
TABLE = {
    "blasts": (("10", False, "3"), ("5", True, "2"), ("2", False, "1"), ("0", True, "0")),
    "haemoglobin": (("10", True, "0"), ("8", True, "1"), ("0", True, "1.5")),
    "platelets": (("100", True, "0"), ("50", True, "0.5"), ("0", True, "1")),
    "neutrophils": (("0.8", True, "0"), ("0", True, "0.5")),
}
ITEMS = ("cytogenetics", "blasts", "haemoglobin", "platelets", "neutrophils")


def by_table(item, typed):
    """Read the points of a typed number off the table, in decimals."""
    if item == "cytogenetics":
        return Decimal(typed)
    for limit, included, points in TABLE[item]:
        if Decimal(typed) > Decimal(limit) or (included and Decimal(typed) == Decimal(limit)):
            return Decimal(points)
    raise AssertionError(item, typed)


def ours(*typed):
    return ipss_r_points(*(np.array([float(number)]) for number in typed))


decimals = st.tuples(
    st.integers(0, 4).map(str),
    st.decimals(0, 30, places=3).map(str),
    st.decimals(3, 20, places=2).map(str),
    st.decimals(0, 600, places=1).map(str),
    st.decimals(0, 9, places=3).map(str),
)


@given(decimals, st.decimals(18, 100, places=2))
def test_points_score_and_categories_are_those_of_the_table_in_exact_decimals(typed, age):
    points = [by_table(item, number) for item, number in zip(ITEMS, typed, strict=True)]
    total = sum(points, Decimal(0))
    adjusted = (age - 70) * (Decimal("0.05") - Decimal("0.005") * total) + total
    found = ours(*typed)
    assert found[0].tolist() == [float(point) for point in points]
    assert CATEGORIES[ipss_r_category(found.sum(axis=1))[0]] == category(total)
    score, place = ipss_ra(found.sum(axis=1), np.array([float(age)]))
    assert score[0] == float(adjusted)
    assert CATEGORIES[place[0]] == category(adjusted)


def category(score):
    cuts = [Decimal(cut) for cut in ("1.5", "3", "4.5", "6")]
    return CATEGORIES[sum(score > cut for cut in cuts)]


BOUNDARIES = [
    (item, typed, points)
    for item, cases in {
        "blasts": {"0": 0, "2": 0, "2.0": 0, "2.001": 1, "4.9": 1, "4.99": 1, "4.995": 1, "4.999999": 1,
                   "5": 2, "5.0": 2, "10": 2, "10.0": 2, "10.001": 3, "20": 3, "100": 3},
        "haemoglobin": {"4": 1.5, "7.9": 1.5, "7.999": 1.5, "8": 1, "8.0": 1, "9.9": 1, "9.999": 1, "10": 0,
                        "20": 0},
        "platelets": {"0": 1, "49": 1, "49.9": 1, "50": 0.5, "99": 0.5, "99.9": 0.5, "100": 0, "1451": 0},
        "neutrophils": {"0": 0.5, "0.79": 0.5, "0.799": 0.5, "0.8": 0, "0.80": 0, "11.9": 0},
    }.items()
    for typed, points in cases.items()
]  # fmt: skip


@pytest.mark.parametrize(("item", "typed", "points"), BOUNDARIES)
def test_each_limit_holds_at_it_just_below_and_just_above(item, typed, points):
    """Blasts of 4.995 % are below 5 % (OR50)."""
    rest = {"cytogenetics": "1", "blasts": "1", "haemoglobin": "12", "platelets": "200", "neutrophils": "3"}
    found = ours(*(rest | {item: typed}).values())
    assert found[0, ITEMS.index(item)] == points


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0, "Very Low"), (1.5, "Very Low"), (2, "Low"), (3, "Low"), (3.5, "Int"), (4.5, "Int"), (5, "High"),
     (6, "High"), (6.5, "Very High"), (10, "Very High")],
)  # fmt: skip
def test_a_score_on_a_cut_belongs_to_the_lower_risk(score, expected):
    assert CATEGORIES[ipss_r_category(np.array([float(score)]))[0]] == expected


@pytest.mark.parametrize(
    ("score", "age", "expected"),
    [
        # Exactly on a cut, and a millionth of a year beside it.
        (2.0, "57.5", "Very Low"),
        (2.0, "57.500001", "Low"),
        (2.0, "95", "Low"),
        (2.0, "95.000001", "Int"),
        (5.0, "50", "Int"),
        (5.0, "50.000001", "High"),
        (5.0, "110", "High"),
        (5.0, "110.000001", "Very High"),
        (4.5, "70", "Int"),
        (6.0, "70", "High"),
        (6.0, "70.1", "Very High"),
        (1.5, "70", "Very Low"),
        (1.5, "70.000001", "Low"),
        (3.0, "70", "Low"),
        (10.0, "20", "Very High"),
    ],
)
def test_the_age_adjusted_score_is_placed_as_an_exact_decimal(score, age, expected):
    exact = (Decimal(age) - 70) * (Decimal("0.05") - Decimal("0.005") * Decimal(score)) + Decimal(score)
    assert category(exact) == expected
    found, place = ipss_ra(np.array([score]), np.array([float(age)]))
    assert CATEGORIES[place[0]] == expected
    assert found[0] == pytest.approx(float(exact), abs=1e-9)


def test_every_whole_age_and_score_is_placed_as_an_exact_decimal():
    for half, age in product(range(21), range(18, 101)):
        score = Decimal(half) / 2
        exact = (age - 70) * (Decimal("0.05") - Decimal("0.005") * score) + score
        found, place = ipss_ra(np.array([float(score)]), np.array([float(age)]))
        assert (found[0], CATEGORIES[place[0]]) == (float(exact), category(exact))


@given(decimals, st.sets(st.integers(0, 4), min_size=1))
def test_what_is_missing_leaves_open_exactly_what_some_value_would_give(typed, missing):
    points = ours(*typed)
    points[0, list(missing)] = np.nan
    low, high = ipss_r_range(points)
    most = (4, 3, 1.5, 1, 0.5)
    known = np.nansum(points)
    assert low[0] == known
    assert high[0] == known + sum(most[item] for item in missing)
    whole = ours(*typed).sum()
    assert low[0] <= whole <= high[0]


def test_higher_risk_means_shorter_survival_and_earlier_leukaemia():
    assert tuple(one.category for one in OUTLOOKS) == CATEGORIES
    survival = [one.median_survival_years for one in OUTLOOKS]
    leukaemia = [one.quarter_aml_years for one in OUTLOOKS[1:]]
    assert survival == sorted(survival, reverse=True)
    assert leukaemia == sorted(leukaemia, reverse=True)
    assert OUTLOOKS[0].quarter_aml_years is None
