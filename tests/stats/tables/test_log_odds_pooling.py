import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.stats.tables.large_sample import haldane_log_odds
from remnant.stats.tables.log_odds_pooling import pool_log_odds

PATIENTS = st.lists(st.tuples(st.floats(-4, 4), st.floats(0.1, 2)), min_size=2, max_size=8)


def test_reml_agrees_with_outside_implementation(paired, counts):
    found = pool_log_odds(*haldane_log_odds(*counts))
    expected = paired["random_effects_meta_reml_haldane"]
    assert (found.log_odds, found.error, found.p) == pytest.approx(
        tuple(expected[name] for name in ("log_or", "se", "p")), rel=1e-9
    )
    assert found.tau2 == pytest.approx(expected["tau2"], abs=1e-9)


@given(PATIENTS)
@settings(max_examples=40, deadline=None)
def test_no_other_spread_is_more_likely(patients):
    y, error = np.array(patients).T
    found = pool_log_odds(y, error)

    def log_likelihood(tau2):
        weight = 1 / (error**2 + tau2)
        mean = weight @ y / weight.sum()
        return (np.log(weight).sum() - np.log(weight.sum()) - weight @ (y - mean) ** 2) / 2

    others = np.concatenate([[0.0], np.geomspace(1e-4, 100, 400)])
    assert max(log_likelihood(x) for x in others) <= log_likelihood(found.tau2) + 1e-9


def test_equal_errors_give_the_variance_less_the_error():
    y = np.array([0.0, 1.0, 3.0, 4.0])
    found = pool_log_odds(y, np.full(4, 0.5))
    assert found.tau2 == pytest.approx(np.var(y, ddof=1) - 0.25)
    assert found.error == pytest.approx(np.std(y, ddof=1) / 2)


def test_one_patient_is_its_own_mean():
    found = pool_log_odds([1.5], [0.5])
    assert (found.log_odds, found.error, found.tau2) == (1.5, 0.5, 0.0)


def test_nobody_gives_no_mean():
    assert pool_log_odds([], []) is None
