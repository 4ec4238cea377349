import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from scipy.special import betaincc, betainccinv, betaln, expit, xlog1py, xlogy

from remnant.stats.fractions.error_rates import beta_nodes
from remnant.stats.fractions.misclassification import (
    Beta,
    abnormal_probability,
    delta_error,
    fraction_posterior,
    impure,
    known_rates_error,
    lang_reiczigel,
    log_evidence,
    purified,
    rogan_gladen,
)
from remnant.stats.numerics.posterior import beta_posterior

PROBABILITIES = [0.025, 0.5, 0.975]

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


@each
def test_closed_forms_agree_with_outside_implementation(case):
    given = case["input"]
    count, rates = (
        (given["k"], given["n"]),
        ((given["k_fp"], given["n_neg"]), (given["k_fn"], given["n_pos"])),
    )
    known = float(known_rates_error(*count, 1 - given["sp"], 1 - given["se"]))
    assert known == pytest.approx(case["se_known_error_rates"], rel=1e-9, abs=1e-15)
    assert float(delta_error(*count, *rates)) == pytest.approx(case["estimated_rates"]["delta_se"], rel=1e-9)
    expected = case["lang_reiczigel_2014"]
    middle, limits = lang_reiczigel(*count, *rates)
    found = {"estimate": float(middle), "lower": float(limits[0]), "upper": float(limits[1])}
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_an_assay_that_shows_nothing_is_not_turned_round():
    assert np.isnan(rogan_gladen(0.5, fp=0.5, fn=0.5))
    assert np.isnan(delta_error(5, 10, (6, 10), (6, 10)))
    shown = fraction_posterior(5, 10, fp=0.5, fn=0.5)
    assert shown.median() == pytest.approx(0.5)  # the prior: such a slide says nothing


@pytest.mark.parametrize(("k", "n"), [(0, 10_000), (10_000, 10_000), (0, 1), (1, 1), (250, 10_000), (3, 40)])
@pytest.mark.parametrize("fp", [0.0, 0.001, 0.03, 0.2])
def test_a_known_rate_leaves_a_truncated_beta(k, n, fp):
    """Without false negatives p = fp + pi (1 - fp), so p is Beta(k + 1, n - k + 1) above fp."""
    if k / n < fp - 10 * np.sqrt(fp / n):
        pytest.skip("so far out the Beta function itself has no digits left")
    found = fraction_posterior(k, n, fp=fp, fn=None, prior=Beta(1, 1))
    above = betaincc(k + 1, n - k + 1, fp)
    exact = (betainccinv(k + 1, n - k + 1, above * np.array([0.975, 0.5, 0.025])) - fp) / (1 - fp)
    assert found.quantile([0.025, 0.5, 0.975]) == pytest.approx(exact, rel=3e-7)
    evidence = np.log(above / ((n + 1) * (1 - fp)))
    assert log_evidence(k, n, fp=fp, fn=None, prior=Beta(1, 1)) == pytest.approx(evidence, abs=1e-8)


def plain_quadrature(k, n, fp, fn, probabilities, ends):
    """The posterior once more, by even steps in log odds of every rate: slow, and without any cleverness."""

    def steps(rate):
        least = min(rate.a, rate.b)
        centre, half = np.log(rate.a / rate.b), 10 / np.sqrt(least) + 20 / least
        x = expit(np.linspace(centre - half, centre + half, 281))
        return x, np.exp(xlogy(rate.a, x) + xlog1py(rate.b, -x) - betaln(rate.a, rate.b))

    (x, u), (y, v) = steps(fp), steps(fn)
    angle = np.linspace(*np.arcsin(np.sqrt(ends)), 141)
    pi = np.sin(angle) ** 2
    value = np.array([abnormal_probability(at, x[:, None], y) for at in pi])
    value = k * np.log(value) + (n - k) * np.log1p(-value)
    density = np.einsum("pij,i,j->p", np.exp(value - value.max()), u, v) * np.sin(2 * angle)
    line = CubicSpline(angle, density).antiderivative()
    wanted = np.array(probabilities) * line(angle[-1])
    return [np.sin(brentq(lambda t, q=q: line(t) - q, *angle[[0, -1]], xtol=1e-14)) ** 2 for q in wanted]


@pytest.mark.parametrize(
    ("k", "n", "fp", "fn"),
    [
        (300, 10_000, Beta(1001, 99_001), Beta(2001, 98_001)),  # rates counted in 100,000 nuclei
        (0, 10_000, Beta(16, 486), Beta(6, 96)),  # nothing seen where 3 % were expected
        (12, 200, Beta(1, 99), Beta(2, 98)),
        (1500, 10_000, Beta(16, 486), Beta(6, 96)),
        (38, 40, Beta(3.7, 210), Beta(2.2, 60)),
    ],
)
def test_the_posterior_agrees_with_a_second_quadrature_at_extremes(k, n, fp, fn):
    probabilities = [0.025, 0.5, 0.975]
    found = fraction_posterior(k, n, fp=fp, fn=fn, prior=Beta(1, 1))
    low, high = (float(x) for x in found.quantile([1e-11, 1 - 1e-11]))
    exact = plain_quadrature(
        k, n, fp, fn, probabilities, [low / 2, (1 + high) / 2 if high > 0.9 else high * 1.05]
    )
    assert found.quantile(probabilities) == pytest.approx(exact, rel=3e-6)


def test_a_prior_of_a_rate_below_a_half_is_weighed_too():
    fp, fn = Beta(0.3, 30), Beta(0.2, 20)
    usual, many = (fraction_posterior(3, 60, fp=fp, fn=fn, nodes=nodes) for nodes in (None, (200, 200)))
    assert usual.quantile([0.025, 0.5, 0.975]) == pytest.approx(many.quantile([0.025, 0.5, 0.975]), rel=1e-6)


def test_vague_rates_keep_the_cases_in_which_the_assay_says_the_opposite():
    """5 of 10, each rate known from one nucleus: the integrand is a polynomial, so Gauss nodes are exact."""
    x, w = np.polynomial.legendre.leggauss(30)
    x, w = (x + 1) / 2, w / 2
    pi, fp, fn = x[:, None, None], x[:, None], x
    p = pi * (1 - fn) + (1 - pi) * fp
    each = 252 * p**5 * (1 - p) ** 5 * 4 * (1 - fp) * (1 - fn)
    exact = np.log(np.einsum("i,j,k,ijk->", w, w, w, each))
    once = {"fp": Beta(1, 2), "fn": Beta(1, 2), "prior": Beta(1, 1)}
    assert log_evidence(5, 10, **once) == pytest.approx(exact, rel=1e-10)
    assert fraction_posterior(5, 10, **once).interval()[0] == pytest.approx(0.0352079641096, rel=1e-9)


def test_only_abnormal_nuclei_are_weighed_at_a_million_as_theory_says():
    """Of n all abnormal, pi and 1 - fn are both near 1; with no false positives the moments are Beta's."""
    fp, fn, prior = 0.0, Beta(6, 96), Beta(1, 1)
    found = [log_evidence(n, n, fp=fp, fn=fn, prior=prior) for n in (10**4, 10**6)]
    exact = [betaln(n + 1, 1) + betaln(6, 96 + n) - betaln(6, 96) for n in (10**4, 10**6)]
    assert found == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(
    "rates", [((10, 22), (3, 49)), ((0.5, 400), (1.5, 30)), ((4, 4), (40, 2)), ((1, 2), (1, 2))]
)
@pytest.mark.parametrize("count", [(1, 10), (10, 10), (0, 20), (11, 20)])
def test_placed_nodes_are_as_exact_as_gauss_nodes_of_the_whole_prior(rates, count):
    """Of few nuclei the likelihood is a polynomial in the rates, for which Gauss nodes are exact."""
    fp, fn = (Beta(*rate) for rate in rates)
    placed = fraction_posterior(*count, fp=fp, fn=fn)
    exact = fraction_posterior(*count, fp=fp, fn=fn, nodes=(16, 16))
    assert placed.quantile(PROBABILITIES) == pytest.approx(exact.quantile(PROBABILITIES), rel=1e-8)
