import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import betabinom, binom

from remnant.cytogenetics.cutoff import CutoffMethod, make_cutoff

REFERENCE = Path(__file__).parents[1] / "reference" / "fish" / "fraction" / "expected.json"
CASES = json.loads(REFERENCE.read_text())["cutoff"]
assert CASES, "no reference cases found: the tests below would pass by testing nothing"
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case["case_id"])


def cutoff(case, method, alpha=0.05):
    controls = list(zip(case["input"]["controls_k"], case["input"]["controls_n"], strict=True))
    return make_cutoff(controls, method=method, alpha=alpha)


@each
@pytest.mark.parametrize("level", [0.95, 0.99])
def test_counts_agree_with_outside_implementation(case, level):
    n, alpha = case["input"]["patient_n"], 1 - level
    found = cutoff(case, CutoffMethod.BINOMIAL, alpha).count_for(n)
    assert found == case[f"critbinom_pooled_{level}"] + 1
    expected = case[f"betabinomial_predictive_{level}"]
    # Where no control nucleus was abnormal there is no fit; the uncertainty of the rate is kept.
    expected = case[f"predictive_jeffreys_{level}"] if expected is None else expected
    assert cutoff(case, CutoffMethod.BETA_BINOMIAL_ML, alpha).count_for(n) == expected + 1
    assert cutoff(case, CutoffMethod.BETA_BINOMIAL, alpha).count_for(n) >= expected + 1


@each
def test_fractions_agree_with_outside_implementation(case):
    n = case["input"]["patient_n"]
    found = cutoff(case, CutoffMethod.MEAN_PLUS_SD).fraction_limit(n)
    assert found == pytest.approx(case["gaussian_mean_plus_3sd"], rel=1e-9)
    for level in (0.95, 0.99):
        found = cutoff(case, CutoffMethod.POOLED_UPPER, 1 - level).fraction_limit(n)
        assert found == pytest.approx(case[f"betainv_pooled_upper_{level}"], rel=1e-9)
    found = cutoff(case, CutoffMethod.BETAINV).fraction_limit(n)
    assert found == pytest.approx(case["betainv_lab_0.95_maxk_n"], rel=1e-9)


@pytest.mark.parametrize(
    ("rate", "counts"),
    [
        (0.004, {10: (1, 2), 20: (2, 2), 50: (2, 3), 200: (3, 4), 500: (6, 7)}),
        (0.01, {10: (2, 2), 20: (2, 3), 50: (3, 4), 200: (6, 7), 500: (10, 12)}),
        (0.03, {10: (2, 3), 20: (3, 4), 50: (5, 6), 200: (11, 13), 500: (23, 26)}),
    ],
)
def test_smallest_positive_counts_of_a_known_rate(rate, counts):
    controls = [(round(rate * 1_000_000), 1_000_000)]
    for n, expected in counts.items():
        found = [
            make_cutoff(controls, method=CutoffMethod.BINOMIAL, alpha=alpha).count_for(n)
            for alpha in (0.05, 0.01)
        ]
        assert tuple(found) == expected, n


@pytest.mark.parametrize("n", [10, 25, 50, 100, 200])
def test_the_default_holds_its_error_rate_at_every_number_of_nuclei(n):
    """A percentage from 200-nucleus controls gives up to 18 % false calls at 10 nuclei."""
    controls = [(4, 200)] * 20
    count = make_cutoff(controls).count_for(n)
    assert binom.sf(count - 1, n, 0.02) <= 0.05
    percent = make_cutoff(
        [(k, 200) for k in (3, 5, 2, 6, 4, 3, 7, 1, 4, 5)], method=CutoffMethod.MEAN_PLUS_SD
    )
    if n == 10:
        assert binom.sf(percent.count_for(n) - 1, n, 0.02) > 0.15


def test_controls_that_differ_raise_the_count():
    rng = np.random.default_rng(2)
    k = betabinom.rvs(200, 1, 49, size=40, random_state=rng)
    spread = make_cutoff([(int(x), 200) for x in k])
    alike = make_cutoff([(int(k.sum()), 8000)])
    assert spread.count_for(200) > alike.count_for(200)


def test_a_count_that_just_equals_a_percentage_is_not_above_it():
    six = make_cutoff([(6, 100), (6, 100)], method=CutoffMethod.MEAN_PLUS_SD)
    assert six.count_for(200) == 13


@each
@pytest.mark.parametrize("method", list(CutoffMethod))
def test_a_cutoff_grows_with_the_nuclei_and_never_calls_nothing(case, method):
    counts = [cutoff(case, method).count_for(n) for n in (1, 10, 50, 200, 1000)]
    assert counts == sorted(counts)
    assert counts[0] >= 1


def test_a_cutoff_without_controls_is_a_bug():
    with pytest.raises(AssertionError):
        make_cutoff([])
