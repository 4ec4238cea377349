from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from remnant.stats.tables.firth import firth_logistic, firth_test


def by_patient(k1, n1, k2, n2):
    people, ones = np.eye(len(k1)), np.ones((len(k1), 1))
    return np.block([[people, ones], [people, 0 * ones]]), np.append(k1, k2), np.append(n1, n2)


def test_fixed_patients_agree_with_outside_implementation(paired, counts):
    found = firth_test(*by_patient(*counts), column=len(counts[0]))
    expected = paired["firth_fixed_patient"]
    assert (found.estimate, found.error) == pytest.approx((expected["log_or"], expected["se"]), rel=1e-8)
    assert found.converged


def test_separation_leaves_everything_finite(paired, counts):
    found = firth_test(*by_patient(*counts), column=len(counts[0]))
    assert all(isfinite(x) for x in (found.estimate, found.lower, found.upper, found.p))
    assert found.lower < found.estimate < found.upper


def penalised(theta, x, k, n):
    p = expit(x @ theta)
    _, log_det = np.linalg.slogdet(x.T @ ((n * p * (1 - p))[:, None] * x))
    return k @ np.log(p) + (n - k) @ np.log1p(-p) + log_det / 2


@given(st.integers(0, 2**16))
@settings(max_examples=20, deadline=None)
def test_the_fit_maximises_the_penalised_likelihood(seed):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(14), rng.normal(size=14), rng.integers(0, 2, 14)])
    x[0, 2], x[1, 2] = 0, 1
    n = rng.integers(1, 4, 14).astype(float)
    k = rng.binomial(n.astype(int), 0.3).astype(float)
    fit = firth_logistic(x, k, n)
    best = minimize(lambda b: -penalised(b, x, k, n), fit.coefficients, method="BFGS")
    assert fit.converged
    assert fit.log_likelihood == pytest.approx(penalised(fit.coefficients, x, k, n), rel=1e-12)
    assert fit.coefficients == pytest.approx(best.x, abs=1e-4)


@given(st.integers(0, 2**16))
@settings(max_examples=12, deadline=None)
def test_limits_are_where_the_profile_falls_by_half_of_3_84(seed):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(20), rng.normal(size=20)])
    k = rng.binomial(1, 0.4, 20).astype(float)
    found, whole = firth_test(x, k, column=1), firth_logistic(x, k)

    def profile(value):
        loss = lambda b: -penalised(np.array([b[0], value]), x, k, np.ones(20))  # noqa: E731
        return -minimize(loss, [0.0], method="BFGS").fun

    for limit in (found.lower, found.upper):
        assert 2 * (whole.log_likelihood - profile(limit)) == pytest.approx(3.841458821, rel=1e-5)
    assert found.chi_square == pytest.approx(2 * (whole.log_likelihood - profile(0.0)), abs=1e-6)


def test_rows_may_be_single_nuclei_or_their_counts():
    single = firth_test([[1, 0]] * 5 + [[1, 1]] * 4, [0, 0, 1, 0, 0, 1, 1, 1, 0], column=1)
    counted = firth_test([[1, 0], [1, 1]], [1, 3], [5, 4], column=1)
    assert vars(single) == pytest.approx(vars(counted), rel=1e-8)


def test_a_saturated_design_adds_half_a_nucleus_to_each_cell():
    fit = firth_logistic([[1, 0], [1, 1]], [0, 30], [100, 30])
    logit = np.log([0.5 / 100.5, 30.5 / 0.5])
    assert fit.coefficients == pytest.approx([logit[0], logit[1] - logit[0]], rel=1e-9)


def test_columns_that_depend_on_each_other_are_a_slip_of_the_caller():
    with pytest.raises(AssertionError, match="depend on each other"):
        firth_logistic([[1, 1], [1, 1]], [0, 1], [2, 2])


def test_a_marker_of_many_samples_is_tested_as_a_compartment_is():
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(200), rng.normal(size=(200, 12))])
    k = rng.binomial(1, expit(0.8 * x[:, 3]))
    assert firth_test(x, k, column=3).p < 1e-3
    assert firth_test(x, k, column=3).converged


@pytest.mark.slow
def test_the_penalised_test_holds_its_level_on_small_counts():
    rng = np.random.default_rng(4)
    rejected = []
    for _ in range(1500):
        k1, k2 = rng.binomial(12, 0.25, 5), rng.binomial(40, 0.25, 5)
        found = firth_test(*by_patient(k1, np.full(5, 12), k2, np.full(5, 40)), column=5)
        rejected.append(found.p < 0.05)
    assert 0.035 < np.mean(rejected) < 0.065
