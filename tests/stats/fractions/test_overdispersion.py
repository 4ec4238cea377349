import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import betabinom, binom, chi2_contingency

from remnant.stats.fractions.next_slide import at_most, binomial_quantile, predictive_quantile
from remnant.stats.fractions.overdispersion import fit, heterogeneity, log_likelihood

REFERENCE = Path(__file__).parents[2] / "reference" / "fish" / "fraction" / "expected.json"
CASES = json.loads(REFERENCE.read_text())["cutoff"]
SLIDES = np.array([1.0, 2, 1, 1, 2, 6, 3, 2, 4, 1]), np.full(10, 200.0)
RHO = 2.389925741812601e-4
assert CASES, "no reference cases found: the tests below would pass by testing nothing"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case_id"])
def test_the_fit_agrees_with_outside_implementation(case):
    found = fit(case["input"]["controls_k"], case["input"]["controls_n"])
    expected = case["betabinomial_ml"]
    if expected is None or expected["boundary"]:
        assert found.correlation == 0
        assert found.shape is None
        assert found.mean == pytest.approx(case["pooled_p"], abs=1e-15)
    else:
        assert found.mean == pytest.approx(expected["mu"], rel=1e-5)
        assert found.correlation == pytest.approx(expected["rho"], rel=1e-5)
        assert found.log_likelihood == pytest.approx(expected["loglik"], rel=1e-9)
        assert found.binomial_log_likelihood == pytest.approx(expected["binomial_loglik"], rel=1e-9)


@pytest.mark.parametrize(("n", "a", "b"), [(10, 0.5, 20.0), (200, 40.5, 1960.5), (37, 2.0, 3.0)])
def test_quantiles_are_those_of_theory(n, a, b):
    for probability in (0.5, 0.95, 0.99):
        assert predictive_quantile(n, a, b, probability) == betabinom.ppf(probability, n, a, b)
        assert binomial_quantile(n, a / (a + b), probability) == binom.ppf(probability, n, a / (a + b))


def test_the_likelihood_is_that_of_theory():
    k, n = np.array([2.0, 0, 7]), np.array([50.0, 20, 60])
    size = 1 / 0.03 - 1
    direct = betabinom.logpmf(k, n, 0.05 * size, 0.95 * size).sum()
    assert log_likelihood(k, n, 0.05, 0.03) == pytest.approx(direct)


def test_the_spread_of_simulated_slides_is_found():
    rng = np.random.default_rng(3)
    n = np.full(400, 200)
    rate = rng.beta(2, 98, 400)
    found = fit(rng.binomial(n, rate), n)
    assert found.mean == pytest.approx(0.02, abs=0.003)
    assert found.correlation == pytest.approx(1 / 101, rel=0.35)


def test_the_most_likely_spread_is_found_to_the_last_digits():
    """Solved apart in 60 digits; a search of the flat top alone stops after five."""
    found = fit([1, 2, 1, 1, 2, 6, 3, 2, 4, 1], [200] * 10)
    assert found.correlation == pytest.approx(RHO, rel=1e-8)
    step = 1e-6
    values = [log_likelihood(*SLIDES, found.mean, found.correlation * (1 + x)) for x in (-step, 0, step)]
    assert abs(values[2] - values[0]) < 1e-12


@pytest.mark.parametrize(
    ("k", "n", "share"),
    [([0, 0, 0, 200], [200] * 4, 0.25), ([0, 30, 1], [500, 30, 1], 2 / 3), ([7, 0], [7, 1], 0.5)],
)
def test_slides_of_all_or_nothing_have_the_correlation_one(k, n, share):
    found = fit(k, n)
    assert (found.mean, found.correlation) == (pytest.approx(share), 1.0)
    direct = sum(np.log(share if a else 1 - share) for a in k)
    assert found.log_likelihood == pytest.approx(direct, rel=1e-6)
    assert found.log_likelihood > found.binomial_log_likelihood
    assert found.quantile(100, 0.99) == 100
    assert found.quantile(100, 0.9 * (1 - share)) == 0


def test_single_nuclei_and_one_slide_tell_nothing_of_the_spread():
    assert fit([0, 1, 1, 0], [1] * 4).correlation == 0
    assert fit([3], [200]).correlation == 0


@pytest.mark.parametrize("scale", [1, 100])
def test_many_nuclei_are_fitted_as_exactly_as_few(scale):
    """Late factors are integrated: the slope of the likelihood is gone all the same."""
    k, n = scale * np.array([30.0, 90, 20, 55]), scale * np.array([1000.0, 900, 2500, 700])
    found = fit(k, n)
    size = 1 / found.correlation - 1

    def slope(f, x, h):
        return (f(x + h) - f(x - h)) / (2 * h)

    for at in (
        lambda x: log_likelihood(k, n, x, found.correlation),
        lambda x: log_likelihood(k, n, found.mean, x),
    ):
        x = (
            found.mean
            if at(found.mean) == pytest.approx(found.log_likelihood, abs=1e-9)
            else found.correlation
        )
        assert abs(slope(at, x, 1e-5 * x)) * x < 1e-4
    direct = betabinom.logpmf(k, n, found.mean * size, (1 - found.mean) * size).sum()
    assert found.log_likelihood == pytest.approx(direct, rel=1e-8)


def test_heterogeneity_is_the_chi_square_of_a_table():
    k, n = np.array([3, 5, 500]), np.array([200, 180, 9000])
    expected = chi2_contingency(np.array([k, n - k]), correction=False)
    assert heterogeneity(k, n) == (pytest.approx(expected.statistic), expected.dof)
    assert heterogeneity([0, 0], [5, 6]) == (None, 1)


@pytest.mark.parametrize(("a", "b"), [(0.5, 20.0), (40.5, 1960.5), (3e5, 9e6)])
def test_quantiles_of_very_many_nuclei_are_those_of_theory(a, b):
    n = 30_000
    expected = betabinom.ppf(0.95, n, a, b)
    assert predictive_quantile(n, a, b, 0.95) == expected
    for k in (int(expected) - 1, int(expected)):
        found = at_most(k, n, np.array([a]), np.array([b]))
        # Its own sum of log gammas of 1e7 keeps seven digits.
        assert found == pytest.approx(betabinom.cdf(k, n, a, b), rel=1e-7)
    assert binomial_quantile(10**7, 0.02, 0.95) == binom.ppf(0.95, 10**7, 0.02)
