import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from remnant.stats.tables.fixed_patient import fitted_cells, fixed_patient_logistic
from remnant.stats.tables.separation import infinite_coefficients
from remnant.stats.tables.strata import Separation, strata

PATIENTS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=5,
).map(lambda rows: np.array([(min(a, n), n, min(c, m), m) for n, m, a, c in rows]).T)


def test_the_fit_agrees_with_outside_implementation(paired, counts):
    found = fixed_patient_logistic(strata(*counts))
    if paired["separated"]:
        assert found is None
        return
    expected = paired["glm_fixed_patient"]
    assert (found.log_odds, found.error, found.deviance) == pytest.approx(
        (expected["log_or"], expected["se"], expected["deviance"]), rel=1e-8
    )


@given(PATIENTS)
@settings(max_examples=80, deadline=None)
def test_separation_is_what_linear_programmes_find(patients):
    """The margins say it in one line; the programmes know nothing of patients."""
    tables = strata(*patients)
    assume(tables.informative.any())
    free = tables.only(tables.informative)
    size = len(free.k1)
    ones, people = np.ones((size, 1)), np.eye(size)
    found = infinite_coefficients(
        np.block([[people, ones], [people, 0 * ones]]),
        np.append(free.k1, free.k2),
        np.append(free.n1, free.n2),
    )
    last = found.upward[-1], found.downward[-1]
    expected = {Separation.TO_INFINITY: (True, False), Separation.TO_MINUS_INFINITY: (False, True)}
    assert last == expected.get(tables.separation, (False, False))


@given(PATIENTS)
@settings(max_examples=30, deadline=None)
def test_the_fit_is_the_maximum_of_the_likelihood(patients):
    tables = strata(*patients)
    found = fixed_patient_logistic(tables)
    assume(found is not None)
    free = tables.only(tables.informative)

    def loss(theta):
        p = expit(np.stack([theta[1:] + theta[0], theta[1:]]))
        k, n = np.stack([free.k1, free.k2]), np.stack([free.n1, free.n2])
        return -(k * np.log(p) + (n - k) * np.log1p(-p)).sum()

    start = np.append(found.log_odds, np.zeros(len(free.k1)))
    best = minimize(loss, start, method="BFGS", options={"gtol": 1e-8})
    assert found.log_odds == pytest.approx(best.x[0], abs=2e-4)


@given(st.floats(-18, 18), PATIENTS)
@settings(max_examples=80, deadline=None)
def test_fitted_cells_have_the_margins_and_the_ratio(log_psi, patients):
    tables = strata(*patients)
    free = tables.only(tables.informative)
    a, b, c, d = fitted_cells(float(np.exp(log_psi)), free)
    assert a + b == pytest.approx(free.n1)
    assert a + c == pytest.approx(free.column)
    assert np.log(a * d / (b * c)) == pytest.approx(log_psi, abs=1e-9)


def test_one_nucleus_of_each_kind_doubles_the_log_odds():
    """The known bias of fixed intercepts: 6 pairs one way and 2 the other give log 9, not log 3."""
    ones = np.ones(8)
    found = fixed_patient_logistic(strata([1] * 6 + [0] * 2, ones, [0] * 6 + [1] * 2, ones))
    assert found.log_odds == pytest.approx(2 * np.log(3))
