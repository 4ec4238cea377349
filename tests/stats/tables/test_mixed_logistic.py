from math import inf

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import binom, norm

from remnant.stats.tables.mixed_likelihood import PairedCounts, marginal
from remnant.stats.tables.mixed_logistic import mixed_logistic, mixed_separation
from remnant.stats.tables.strata import Separation, strata

PATIENTS = st.lists(
    st.tuples(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1), st.floats(0, 1)),
    min_size=2,
    max_size=7,
).map(lambda rows: strata(*np.array([(round(a * n), n, round(b * m), m) for n, m, a, b in rows]).T))
PARAMETERS = st.tuples(st.floats(-4, 4), st.floats(-3, 3), st.floats(0.05, 2.5)).map(np.array)


def test_the_fit_agrees_with_an_independent_quadrature(paired, counts):
    found = mixed_logistic(strata(*counts))
    if paired["separated"]:
        assert found is None
        assert mixed_separation(strata(*counts)) is Separation.TO_INFINITY
        return
    expected = paired["oracle_agq25"]
    ours = found.intercept, found.log_odds, found.sd_patient, found.log_likelihood
    names = ("intercept", "log_or", "sd_patient", "loglik")
    assert ours == pytest.approx(tuple(expected[name] for name in names), abs=2e-7)
    assert found.boundary == expected["boundary"]
    assert found.converged


def test_the_standard_error_agrees_with_outside_implementation(paired, counts):
    found = mixed_logistic(strata(*counts))
    if found is not None:
        assert found.error == pytest.approx(paired["glmer_agq25"]["se"], rel=1e-6)


@given(PATIENTS, PARAMETERS)
@settings(max_examples=25, deadline=None)
def test_the_likelihood_is_the_integral_over_patients(tables, theta):
    """Twenty-five nodes err a little where patients differ widely and one is all abnormal; so do lme4's."""
    mu, beta, sigma = theta
    u = np.linspace(-12, 12, 4001)
    p1, p2 = (1 / (1 + np.exp(-(mu + x * beta + sigma * u))) for x in (1, 0))
    chance = np.array([
        binom.pmf(k1, n1, p1) * binom.pmf(k2, n2, p2) @ norm.pdf(u) * (u[1] - u[0])
        for k1, n1, k2, n2 in zip(tables.k1, tables.n1, tables.k2, tables.n2, strict=True)
    ])  # fmt: skip
    found = float(marginal(PairedCounts.of(tables), theta).value)
    assert found == pytest.approx(np.log(chance).sum(), abs=1e-6 if sigma < 0.7 else 5e-4)


@given(PATIENTS, PARAMETERS)
@settings(max_examples=20, deadline=None)
def test_slopes_and_curvature_are_those_of_the_value(tables, theta):
    counts, step = PairedCounts.of(tables), 1e-5 * np.eye(3)
    here = marginal(counts, theta)
    ahead, behind = (marginal(counts, theta + way * step) for way in (1, -1))
    assert here.gradient == pytest.approx((ahead.value - behind.value) / 2e-5, abs=1e-4)
    assert here.hessian == pytest.approx((ahead.gradient - behind.gradient) / 2e-5, abs=2e-2, rel=1e-3)


@given(PATIENTS)
@settings.get_profile("costly")
def test_no_point_nearby_or_far_is_better(tables):
    found = mixed_logistic(tables)
    assume(found is not None)
    counts, rng = PairedCounts.of(tables), np.random.default_rng(6)
    best = np.array([found.intercept, found.log_odds, found.sd_patient])
    for width in (0.01, 0.3, 2.0):
        others = best + rng.normal(scale=width, size=(40, 3))
        others[:, 2] = np.abs(others[:, 2])
        assert marginal(counts, others).value.max() <= found.log_likelihood + 1e-9
    assert found.converged


@given(PATIENTS)
@settings.get_profile("costly")
def test_exchanging_compartments_turns_the_ratio_over(tables):
    there, back = (
        mixed_logistic(each) for each in (tables, strata(tables.k2, tables.n2, tables.k1, tables.n1))
    )
    assume(there is not None)
    assert back.log_odds == pytest.approx(-there.log_odds, abs=1e-6)
    assert back.sd_patient == pytest.approx(there.sd_patient, abs=1e-5)
    assert back.upper == pytest.approx(-there.lower, abs=1e-5)
    assert back.p == pytest.approx(there.p, rel=1e-5)


def test_limits_are_where_the_profile_falls_by_half_of_3_84(paired, counts):
    found = mixed_logistic(strata(*counts))
    if found is None:
        return
    data = PairedCounts.of(strata(*counts))

    def loss(rest, log_odds):
        return -float(marginal(data, np.array([rest[0], log_odds, abs(rest[1])])).value)

    for limit in (found.lower, found.upper):
        best = min(
            minimize(loss, (found.intercept, sd), args=(limit,), method="Nelder-Mead", tol=1e-8).fun
            for sd in (0.01, found.sd_patient)
        )
        assert 2 * (found.log_likelihood + best) == pytest.approx(3.841458821, abs=1e-5)


def test_one_patient_tells_nothing_of_a_spread():
    assert mixed_logistic(strata(3, 10, 5, 80)) is None


@pytest.mark.parametrize(
    ("k1", "k2", "expected"),
    [
        ([5, 3], [0, 0], Separation.TO_INFINITY),
        ([10, 10], [3, 4], Separation.TO_INFINITY),
        ([0, 0], [3, 4], Separation.TO_MINUS_INFINITY),
        ([0, 0], [0, 0], Separation.NOTHING_TO_COMPARE),
        ([10, 0], [0, 0], Separation.TO_INFINITY),
        ([10, 0], [10, 0], Separation.NOTHING_TO_COMPARE),
        ([10, 0], [0, 10], Separation.NONE),
        ([10, 3], [4, 0], Separation.NONE),
    ],
)
def test_separation_is_known_before_any_climb(k1, k2, expected):
    tables = strata(k1, [10, 10], k2, [10, 10])
    assert mixed_separation(tables) is expected
    found = mixed_logistic(tables)
    assert (found is None) == (expected is not Separation.NONE)
    if found is not None:
        assert found.converged
        assert abs(found.log_odds) < 20


def test_free_intercepts_may_be_separated_where_random_ones_are_not():
    """Each patient alone allows an infinite ratio; patients held together by their spread do not."""
    tables = strata([10, 3], [10, 10], [4, 0], [10, 10])
    assert tables.separation is Separation.TO_INFINITY
    assert mixed_logistic(tables).upper < inf


def test_patients_alike_have_no_spread():
    found = mixed_logistic(strata([4] * 6, [20] * 6, [10] * 6, [100] * 6))
    assert found.boundary
    assert found.sd_patient == 0
    assert found.log_odds == pytest.approx(np.log(4 / 16) - np.log(10 / 90))


@pytest.mark.parametrize(
    "counts",
    [
        ([9, 0], [9, 12], [1, 0], [57, 34]),
        ([9, 11, 2, 1], [9, 11, 6, 1], [3, 5, 0, 0], [5, 5, 8, 5]),
        ([108, 890, 112], [108, 926, 112], [1811, 21, 1828], [1811, 1030, 1828]),
        ([0, 10, 5, 5, 8, 8], [5, 10, 5, 5, 8, 8], [0, 0, 0, 0, 0, 2], [2, 5, 11, 2, 1, 6]),
    ],
)
def test_patients_almost_separated_are_climbed_to_the_top(counts):
    found = mixed_logistic(strata(*counts))
    top = np.array([found.intercept, found.log_odds, found.sd_patient])
    slopes = marginal(PairedCounts.of(strata(*counts)), top).gradient
    assert found.converged
    assert np.abs(slopes).max() < 1e-6


def test_quadrature_says_where_it_misses_the_integral():
    """All nuclei abnormal in some patients and hardly any in others: the integrand is a step, not a bell."""
    wide = mixed_logistic(strata([108, 890, 112], [108, 926, 112], [1811, 21, 1828], [1811, 1030, 1828]))
    usual = mixed_logistic(strata([8, 15, 3], [20, 40, 12], [4, 10, 2], [200, 150, 100]))
    assert abs(wide.quadrature_error) > 1e-3
    assert abs(usual.quadrature_error) < 1e-8


def test_a_hundred_thousand_nuclei_with_a_small_spread_are_climbed():
    rng = np.random.default_rng(2)
    u = rng.normal(scale=0.02, size=8)
    n = np.full(8, 100_000)
    k1, k2 = (rng.binomial(n, 1 / (1 + np.exp(-(x + u)))) for x in (0.3, -0.2))
    found = mixed_logistic(strata(k1, n, k2, n))
    assert found.converged
    assert found.sd_patient == pytest.approx(np.std(u), rel=0.5)
    assert found.log_odds == pytest.approx(0.5, abs=0.02)


@pytest.mark.slow
def test_profile_limits_cover_with_twelve_patients():
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(400):
        u = rng.normal(scale=0.8, size=12)
        k1 = rng.binomial(25, 1 / (1 + np.exp(-(-0.5 + u))))
        k2 = rng.binomial(150, 1 / (1 + np.exp(-(-2.0 + u))))
        found = mixed_logistic(strata(k1, np.full(12, 25), k2, np.full(12, 150)))
        covered.append(found.lower <= 1.5 <= found.upper)
    assert 0.92 < np.mean(covered) < 0.98
