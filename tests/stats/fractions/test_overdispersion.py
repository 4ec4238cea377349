import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import betabinom, binom

from remnant.stats.fractions.next_slide import binomial_quantile, predictive_quantile
from remnant.stats.fractions.overdispersion import fit, log_likelihood

REFERENCE = Path(__file__).parents[2] / "reference" / "fish" / "fraction" / "expected.json"
CASES = json.loads(REFERENCE.read_text())["cutoff"]
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
