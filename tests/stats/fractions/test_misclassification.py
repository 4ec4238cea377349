import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.stats.fractions.error_rates import beta_nodes
from remnant.stats.fractions.misclassification import (
    Beta,
    abnormal_probability,
    fraction_posterior,
    impure,
    log_evidence,
    purified,
    rogan_gladen,
)
from remnant.stats.numerics.posterior import beta_posterior

REFERENCE = Path(__file__).parents[2] / "reference" / "fish" / "fraction" / "expected.json"
CASES = json.loads(REFERENCE.read_text())["misclassification"]
assert CASES, "no reference cases found: the tests below would pass by testing nothing"
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case["case_id"])
fractions = st.floats(0, 1)


@each
def test_the_raw_correction_agrees_with_outside_implementation(case):
    given = case["input"]
    raw = float(rogan_gladen(given["k"] / given["n"], fp=1 - given["sp"], fn=1 - given["se"]))
    assert raw == pytest.approx(case["rogan_gladen_raw"], rel=1e-9)
    assert min(max(raw, 0), 1) == pytest.approx(case["rogan_gladen_clipped"], rel=1e-9, abs=1e-15)


@each
def test_the_posterior_agrees_with_high_precision(case):
    given = case["input"]
    rates = {
        name: Beta(1 + given[k], 1 + given[n] - given[k])
        for name, k, n in (("fp", "k_fp", "n_neg"), ("fn", "k_fn", "n_pos"))
    }
    posterior = fraction_posterior(given["k"], given["n"], prior=Beta(1, 1), **rates)
    expected = case["bayes_uniform_prior"]
    lower, upper = posterior.interval()
    assert posterior.mean() == pytest.approx(expected["mean"], rel=1e-7)
    assert posterior.median() == pytest.approx(expected["median"], rel=1e-7)
    assert (lower, upper) == pytest.approx((expected["lower"], expected["upper"]), rel=1e-7)
    assert posterior.probability_above(0.05) == pytest.approx(expected["prob_gt_0.05"], rel=1e-7)
    evidence = log_evidence(given["k"], given["n"], prior=Beta(1, 1), **rates)
    assert evidence == pytest.approx(expected["log_marginal_likelihood"], abs=1e-9)


@given(st.integers(0, 300), st.integers(0, 300))
@settings(max_examples=25, deadline=None)
def test_a_perfect_probe_leaves_the_jeffreys_posterior(abnormal, normal):
    posterior = fraction_posterior(abnormal, abnormal + normal, fp=None, fn=None)
    exact = beta_posterior(abnormal + 0.5, normal + 0.5)
    probabilities = [0.025, 0.5, 0.975]
    assert posterior.quantile(probabilities) == pytest.approx(exact.quantile(probabilities), rel=1e-7)


@settings(deadline=None)
@given(fractions, st.floats(0, 0.3), st.floats(0, 0.3))
def test_correcting_undoes_misreading(fraction, fp, fn):
    assert float(rogan_gladen(abnormal_probability(fraction, fp, fn), fp, fn)) == pytest.approx(
        fraction, abs=1e-12
    )


@settings(deadline=None)
@given(fractions, fractions, st.floats(0.05, 1))
def test_purifying_undoes_impurity(fraction, contaminant, purity):
    back = float(purified(impure(fraction, contaminant, purity), contaminant, purity))
    assert back == pytest.approx(fraction, abs=1e-12)


def test_a_contaminant_can_explain_a_small_signal_away():
    found = [round(100 * float(purified(0.05, 0.30, purity)), 1) for purity in (0.99, 0.95, 0.90)]
    assert found == [4.7, 3.7, 2.2]
    assert float(purified(0.05, 0.30, 0.80)) < 0


@settings(deadline=None)
@given(st.floats(0.3, 2000), st.floats(0.3, 2000))
def test_gauss_nodes_have_the_moments_of_their_beta(a, b):
    x, weight = beta_nodes(Beta(a, b), 24)
    mean = a / (a + b)
    assert weight.sum() == pytest.approx(1)
    assert (weight * x).sum() == pytest.approx(mean)
    assert (weight * (x - mean) ** 2).sum() == pytest.approx(mean * (1 - mean) / (a + b + 1), rel=1e-8)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (12, 200), (40, 5000), (3000, 6000)])
def test_more_nodes_change_nothing(k, n):
    fp, fn = Beta(3, 400), Beta(5, 95)
    usual, many = (fraction_posterior(k, n, fp=fp, fn=fn, nodes=nodes) for nodes in (None, (128, 96)))
    probabilities = [0.025, 0.5, 0.975]
    assert usual.quantile(probabilities) == pytest.approx(many.quantile(probabilities), rel=1e-6, abs=1e-7)


def test_more_abnormal_nuclei_never_lower_the_fraction():
    fp, fn = Beta(3, 400), Beta(5, 95)
    medians = [fraction_posterior(k, 40, fp=fp, fn=fn).median() for k in range(41)]
    assert np.all(np.diff(medians) > 0)
