"""Expected information about a yes or no: exact cases, bounds, and what more data cannot undo."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln, entr
from scipy.stats import binom

from remnant.inference.forecast.information import entropy, expected_gain, information


def beta_binomial(n, a, b):
    k = np.arange(n + 1)
    ways = -np.log(n + 1) - betaln(n - k + 1, k + 1)
    return np.exp(ways + betaln(k + a, n - k + b) - betaln(a, b))


@pytest.mark.parametrize("n", [1, 5, 20])
def test_the_gain_of_a_conjugate_case_is_found_from_draws(n):
    """A fraction is Beta(2, 2); Z comes true with that chance; k of n cells are seen.

    p(k) is beta-binomial (2, 2) and P(Z | k) = (k + 2) / (n + 4).
    """
    k = np.arange(n + 1)
    seen = beta_binomial(n, 2, 2)
    later = (k + 2) / (n + 4)
    exact = entropy(0.5) - seen @ [entropy(p) for p in later]
    fraction = np.random.default_rng(3).beta(2, 2, 4000)
    found = expected_gain(fraction, binom.pmf(k, n, fraction[:, None]))
    assert found.bits == pytest.approx(exact, abs=4 * found.standard_error + 1e-3)
    assert found.standard_error < 0.02


def test_the_jackknife_takes_off_what_few_draws_put_on():
    """The plain estimate of few draws is too large by about 1 / n; the corrected one is not."""
    rng, n, k = np.random.default_rng(5), 20, np.arange(21)
    exact = entropy(0.5) - beta_binomial(n, 2, 2) @ [entropy(p) for p in (k + 2) / (n + 4)]
    plain, corrected = [], []
    for _ in range(200):
        fraction = rng.beta(2, 2, 60)
        chances = binom.pmf(k, n, fraction[:, None])
        truth = (rng.random(60) < fraction).astype(float)
        plain.append(information(truth @ chances, (1 - truth) @ chances))
        corrected.append(expected_gain(truth, chances).bits)
    assert np.mean(plain) - exact > 0.015
    assert abs(np.mean(corrected) - exact) < 0.4 * (np.mean(plain) - exact)


def test_a_target_that_has_nothing_to_do_with_the_measurement_gives_nothing():
    rng = np.random.default_rng(6)
    fraction, z = rng.beta(2, 2, 2000), (rng.random(2000) < 0.4).astype(float)
    found = expected_gain(z, binom.pmf(np.arange(201), 200, fraction[:, None]))
    assert found.bits <= 3 * found.standard_error + 1e-3


def test_a_measurement_that_shows_the_target_gives_its_entropy():
    z = np.repeat([1.0, 0.0], [30, 70])
    found = expected_gain(z, np.column_stack([z, 1 - z]))
    assert found.bits == pytest.approx(entropy(0.3), rel=1e-9)
    assert found.entropy == pytest.approx(entropy(0.3))


def test_what_is_known_already_leaves_nothing_to_learn():
    found = expected_gain(np.ones(50), binom.pmf(np.arange(11), 10, np.linspace(0, 1, 50)[:, None]))
    assert found.bits == found.entropy == found.standard_error == 0.0


joints = st.lists(
    st.tuples(st.floats(0, 1), st.floats(1e-6, 1), st.floats(1e-6, 1)), min_size=2, max_size=30
).map(lambda rows: np.array(rows))


@given(joints)
def test_the_gain_is_never_below_zero_nor_above_the_entropy(rows):
    z, outcomes = rows[:, 0], rows[:, 1:] / rows[:, 1:].sum(axis=1, keepdims=True)
    found = expected_gain(z, outcomes)
    assert 0 <= found.bits <= found.entropy + 1e-12
    assert found.entropy <= 1


@given(joints, st.integers(0, 40), st.integers(1, 40))
@settings(max_examples=40)
def test_more_nuclei_never_tell_less(rows, fewer, more):
    """Fewer nuclei are more of which some were not looked at."""
    z, fraction = rows[:, 0], rows[:, 1]

    def bits(n):
        chances = binom.pmf(np.arange(n + 1), n, fraction[:, None])
        return information(z @ chances, (1 - z) @ chances)

    assert bits(fewer) <= bits(fewer + more) + 1e-10


def test_entropy_is_that_of_a_coin():
    p = 0.3
    assert entropy(p) == pytest.approx(float(entr(p) + entr(1 - p)) / np.log(2))
    assert entropy(1.0) == 0.0
