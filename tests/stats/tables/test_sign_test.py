import pytest
from scipy.stats import binomtest

from remnant.stats.tables.sign_test import sign_test


@pytest.mark.parametrize(("above", "below"), [(7, 0), (5, 2), (3, 3), (0, 4), (0, 0)])
def test_the_sign_test_is_the_binomial_one(above, below):
    found = sign_test(above, below)
    if above + below:
        assert found.p_two_sided == pytest.approx(binomtest(above, above + below).pvalue)
        assert found.smallest_p == pytest.approx(binomtest(0, above + below).pvalue)
    else:
        assert (found.p_two_sided, found.smallest_p) == (1, 1)


def test_four_patients_cannot_reach_five_percent():
    assert sign_test(4, 0).smallest_p > 0.05
