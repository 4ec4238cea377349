import numpy as np
import pytest
from scipy.stats import chi2_contingency

from remnant.stats.tables.large_sample import chi_square, haldane_log_odds, newcombe_difference


def test_the_difference_agrees_with_outside_implementation(one_table):
    found = newcombe_difference(**one_table["input"])
    assert found == pytest.approx((one_table["diff"], *one_table["newcombe10"]), rel=1e-9, abs=1e-15)


def test_chi_square_agrees_with_outside_implementation(one_table):
    found, expected = chi_square(**one_table["input"]), one_table["chisq"]
    names = ("chisq", "p", "chisq_yates", "p_yates")
    if expected["chisq"] is None:
        assert found is None
        return
    assert (found.value, found.p, found.yates, found.yates_p) == pytest.approx(
        tuple(expected[name] for name in names), rel=1e-9
    )


def test_haldane_agrees_with_outside_implementation(one_table):
    (value,), (error,) = haldane_log_odds(**one_table["input"])
    assert value == pytest.approx(one_table["log_or_haldane"], rel=1e-12)
    assert error == pytest.approx(one_table["se_log_or_haldane"], rel=1e-12)


def test_yates_takes_no_more_than_the_distance():
    found = chi_square(5, 10, 11, 20)  # 0.33 from what is expected
    assert found.yates == 0
    assert found.yates_p == 1
    assert found.value == pytest.approx(chi2_contingency([[5, 5], [11, 9]], correction=False).statistic)


def test_haldane_leans_where_numbers_of_nuclei_differ():
    """Nothing abnormal in either compartment, and yet a log odds ratio of almost 2."""
    assert float(haldane_log_odds(0, 15, 0, 100)[0][0]) == pytest.approx(np.log(201 / 31))
