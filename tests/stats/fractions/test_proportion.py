import json
from functools import partial
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.stats.fractions.mid_p import mid_p
from remnant.stats.fractions.proportion import (
    agresti_coull,
    clopper_pearson,
    jeffreys,
    lower_bound,
    uniform_prior,
    upper_bound,
    wilson,
    wilson_continuity,
)

REFERENCE = Path(__file__).parents[2] / "reference" / "fish" / "fraction" / "expected.json"
CASES = json.loads(REFERENCE.read_text())["proportion"]
assert CASES, "no reference cases found: the tests below would pass by testing nothing"
METHODS = {
    "clopper_pearson": clopper_pearson,
    "wilson": wilson,
    "wilson_continuity": wilson_continuity,
    "jeffreys_equal_tailed": jeffreys,
    "jeffreys_boundary_adjusted": partial(jeffreys, adjusted=True),
    "agresti_coull_unclipped": partial(agresti_coull, clipped=False),
    "posterior_uniform_prior_equal_tailed": uniform_prior,
    "mid_p": mid_p,
}


@st.composite
def counts(draw):
    n = draw(st.integers(1, 2000))
    return draw(st.integers(0, n)), n


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case_id"])
@pytest.mark.parametrize("method", METHODS)
def test_agrees_with_outside_implementation(case, method):
    given = case["input"]
    limits = METHODS[method](given["k"], given["n"], confidence=given["confidence"])
    assert [float(x) for x in limits] == pytest.approx(case[method], rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case_id"])
def test_one_sided_limits_agree_with_outside_implementation(case):
    k, n, confidence = (case["input"][name] for name in ("k", "n", "confidence"))
    upper = float(upper_bound(k, n, confidence=confidence))
    assert upper == pytest.approx(case["upper_one_sided_clopper_pearson"], rel=1e-9)
    lower = float(lower_bound(k, n, confidence=confidence))
    assert lower == pytest.approx(case["lower_one_sided_clopper_pearson"], rel=1e-9, abs=1e-15)


@settings(deadline=None)
@given(counts())
def test_every_interval_holds_the_observed_fraction(count):
    k, n = count
    for method in (clopper_pearson, wilson, mid_p):
        lower, upper = method(k, n)
        assert 0 <= lower <= k / n + 1e-12
        assert k / n - 1e-12 <= upper <= 1


@settings(deadline=None)
@given(counts())
def test_exact_limits_contain_mid_p_limits(count):
    exact, shorter = clopper_pearson(*count), mid_p(*count)
    assert exact[0] <= shorter[0] + 1e-12
    assert shorter[1] <= exact[1] + 1e-12


@settings(deadline=None)
@given(counts())
def test_exchanging_abnormal_and_normal_mirrors_the_interval(count):
    k, n = count
    for method in METHODS.values():
        lower, upper = method(k, n)
        mirrored = method(n - k, n)
        assert float(lower) == pytest.approx(1 - float(mirrored[1]), abs=1e-12)
        assert float(upper) == pytest.approx(1 - float(mirrored[0]), abs=1e-12)


@settings(deadline=None)
@given(counts(), st.floats(0.5, 0.999))
def test_exact_limit_leaves_its_tail_to_high_precision(count, confidence):
    k, n = count
    lower = float(clopper_pearson(k, n, confidence=confidence)[0])
    if k == 0:
        assert lower == 0
        return
    with mpmath.workdps(40):
        tail = mpmath.betainc(k, n - k + 1, 0, mpmath.mpf(lower), regularized=True)
    assert float(tail) == pytest.approx((1 - confidence) / 2, rel=1e-9)


@pytest.mark.parametrize("n", [10, 20, 50])
def test_exact_coverage_never_falls_below_the_stated(n):
    k = np.arange(n + 1)
    lower, upper = clopper_pearson(k, n)
    for fraction in np.linspace(0.005, 0.995, 199):
        with mpmath.workdps(15):
            mass = np.array(
                [float(mpmath.binomial(n, int(i)) * fraction**i * (1 - fraction) ** (n - i)) for i in k]
            )
        assert mass[(lower <= fraction) & (fraction <= upper)].sum() >= 0.95


def test_zero_of_twenty_five_nuclei_excludes_only_more_than_eleven_percent():
    assert float(upper_bound(0, 25)) == pytest.approx(1 - 0.05 ** (1 / 25))
    assert round(float(upper_bound(0, 200)), 3) == 0.015


def test_many_counts_at_once_are_each_as_alone():
    k, n = np.array([0, 3, 20, 7]), np.array([10, 37, 20, 100])
    for method in METHODS.values():
        lower, upper = method(k, n)
        alone = np.array([method(*pair) for pair in zip(k, n, strict=True)])
        assert np.column_stack([lower, upper]) == pytest.approx(alone)


HUGE = 10**9
EXTREMES = [(0, 1), (1, 1), (0, HUGE), (1, HUGE), (40, HUGE), (3, 10**6), (7, 40), (999, 1000), (60, 250_000)]


def exact_tail(k, n, fraction, *, below):
    """Chance of at most k, or of at least k, to 40 digits."""
    if k < 0 or k > n or (k == n if below else k == 0):
        return mpmath.mpf((k >= n) if below else (k <= 0))
    if below:
        return mpmath.betainc(n - k, k + 1, 0, 1 - fraction, regularized=True)
    return mpmath.betainc(k, n - k + 1, 0, fraction, regularized=True)


def fault_of(tail, fraction, left):
    """How far a limit is from leaving its tail, as a relative change of the limit (or of its complement)."""
    with mpmath.workdps(40):
        x = mpmath.mpf(fraction)
        step = min(x, 1 - x) / 10**8
        slope = (tail(x + step) - tail(x - step)) / (2 * step)
        return float(abs((tail(x) - left) / slope / x))


@pytest.mark.parametrize(("k", "n"), EXTREMES)
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.9999])
def test_limits_keep_their_digits_from_one_cell_to_a_thousand_million(k, n, confidence):
    left = (1 - confidence) / 2
    (low, high), (middle_low, middle_high) = (
        (float(x) for x in method(k, n, confidence=confidence)) for method in (clopper_pearson, mid_p)
    )
    for fraction, middle, below in ((low, middle_low, False), (high, middle_high, True)):
        if fraction in (0, 1):
            assert middle == fraction
            continue

        def tail(x, below=below):
            return exact_tail(k, n, x, below=below)

        def halved(x, below=below):
            return (tail(x, below) + exact_tail(k - 1 if below else k + 1, n, x, below=below)) / 2

        assert fault_of(tail, fraction, left) < 1e-9
        assert fault_of(halved, middle, left) < 1e-9


def test_the_score_limit_of_one_in_a_thousand_million_keeps_its_digits():
    with mpmath.workdps(40):
        z, n = mpmath.sqrt(2) * mpmath.erfinv(mpmath.mpf("0.95")), mpmath.mpf(10) ** 9
        root = z * mpmath.sqrt((n - 1) / n + z**2 / 4)
        exact = [float((1 + z**2 / 2 + sign * root) / (n + z**2)) for sign in (-1, 1)]
    assert [float(x) for x in wilson(1, 10**9)] == pytest.approx(exact, rel=1e-12)


def test_clipping_only_moves_what_left_the_unit_interval():
    k, n = np.array([0, 1, 19, 20]), 20
    clipped, raw = agresti_coull(k, n), agresti_coull(k, n, clipped=False)
    assert np.array_equal(clipped[0], np.maximum(raw[0], 0))
    assert np.array_equal(clipped[1], np.minimum(raw[1], 1))
    assert raw[0][0] < 0


def test_thousands_of_repeated_counts_are_each_as_alone():
    rng = np.random.default_rng(1)
    n = rng.integers(1, 30, 3000)
    k = rng.integers(0, n + 1)
    for method in METHODS.values():
        whole = np.array(method(k, n))
        alone = np.array([method(a, b) for a, b in zip(k[:50], n[:50], strict=True)]).T
        assert whole[:, :50] == pytest.approx(alone, rel=1e-14)
