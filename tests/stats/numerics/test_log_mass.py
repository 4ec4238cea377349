import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from remnant.stats.numerics import log_mass

COUNTS = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
CHANCES = st.floats(0, 1)
SHAPES = st.floats(0.01, 500)


@given(COUNTS, CHANCES)
def test_the_binomial_agrees_with_scipy(count, p):
    k, n = count
    assert float(log_mass.binomial(k, n, p)) == pytest.approx(stats.binom.logpmf(k, n, p), rel=1e-9, abs=1e-9)


@given(COUNTS, SHAPES, SHAPES)
def test_the_beta_binomial_agrees_with_scipy(count, a, b):
    k, n = count
    ours, theirs = float(log_mass.beta_binomial(k, n, a, b)), stats.betabinom.logpmf(k, n, a, b)
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-8)


@given(st.integers(0, 500), st.floats(0, 500))
def test_the_poisson_agrees_with_scipy(k, mean):
    assert float(log_mass.poisson(k, mean)) == pytest.approx(
        stats.poisson.logpmf(k, mean), rel=1e-9, abs=1e-9
    )


@given(st.lists(st.integers(0, 60), min_size=2, max_size=6))
def test_the_multinomial_agrees_with_scipy(counts):
    shares = np.arange(1, len(counts) + 1) / np.arange(1, len(counts) + 1).sum()
    expected = stats.multinomial.logpmf(counts, sum(counts), shares)
    assert float(log_mass.multinomial(counts, shares)) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("n", [0, 1, 25])
def test_the_chances_of_all_counts_sum_to_one(n):
    k = np.arange(n + 1)
    for mass in (log_mass.binomial(k, n, 0.3), log_mass.beta_binomial(k, n, 2.0, 5.0)):
        assert np.exp(mass).sum() == pytest.approx(1, rel=1e-12)


def test_what_cannot_be_has_no_chance():
    assert log_mass.binomial(1, 2, 0.0) == -np.inf
    assert log_mass.binomial(0, 2, 0.0) == 0
    assert log_mass.poisson(1, 0.0) == -np.inf
