import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import beta, betabinom, binom

from remnant.cytogenetics.fish.cutoff import CutoffMethod, make_cutoff, worst_slide
from remnant.cytogenetics.fish.cutoff_values import every_cutoff

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
    alike = make_cutoff([(round(float(k.mean())), 200)] * 40)
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


CELLS = list(product((0.004, 0.02, 0.05), (0.0, 0.005, 0.02), (10, 20, 40)))
NUCLEI = (10, 20, 50, 100, 200, 500)


def false_calls(rate, rho, slides, *, alpha, sets, method=CutoffMethod.BETA_BINOMIAL):
    """Chance of a false call at each number of nuclei, averaged over sets of controls, and its error."""
    rng, size, calls = np.random.default_rng(11), (1 / rho - 1 if rho else None), []
    for _ in range(sets):
        own = rng.beta(rate * size, (1 - rate) * size, slides) if rho else np.full(slides, rate)
        made = make_cutoff([(int(k), 200) for k in rng.binomial(200, own)], method=method, alpha=alpha)
        law = [(n, rate * size, (1 - rate) * size) if rho else (n, rate) for n in NUCLEI]
        calls.append([(betabinom if rho else binom).sf(made.count_for(x[0]) - 1, *x) for x in law])
    return np.mean(calls, axis=0), np.std(calls, axis=0) / np.sqrt(sets)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.001])
@pytest.mark.parametrize(("rate", "rho", "slides"), CELLS)
def test_false_calls_keep_to_their_level_whatever_the_controls(rate, rho, slides, alpha):
    """On average over controls, at the patient's own nuclei, for rho up to 0.02."""
    found, error = false_calls(rate, rho, slides, alpha=alpha, sets=200)
    assert np.all(found <= alpha + 3 * error)


def test_few_spread_controls_mislead_the_most_likely_fit_and_not_the_default():
    usual, error = false_calls(0.05, 0.02, 10, alpha=0.05, sets=40)
    fitted, _ = false_calls(0.05, 0.02, 10, alpha=0.05, sets=40, method=CutoffMethod.BETA_BINOMIAL_ML)
    assert np.all(usual <= 0.05 + 3 * error)
    assert fitted[-1] > 0.06
    assert np.all(usual <= fitted)


def test_one_control_slide_is_enough_to_ask_and_says_little():
    one, twenty = make_cutoff([(2, 200)]), make_cutoff([(2, 200)] * 20)
    assert one.count_for(200) > 2 * twenty.count_for(200)


@pytest.mark.parametrize(("slides", "most"), [(1, 32), (3, 14), (5, 11), (10, 10)])
def test_few_usual_controls_give_a_cutoff_that_can_be_met(slides, most):
    """Of 200 nuclei, with controls around 2 %; a known rate alone would call from 8."""
    usual = [(k, 200) for k in (4, 3, 5, 4, 2, 6, 4, 3, 5, 4)]
    assert 8 <= make_cutoff(usual[:slides]).count_for(200) <= most


def test_the_worst_control_is_that_of_the_largest_fraction():
    controls = [(3, 200), (5, 500), (2, 100), (6, 1000), (4, 300)]
    assert worst_slide(controls) == (2, 100)
    found = make_cutoff(controls, method=CutoffMethod.BETAINV).fraction_limit(50)
    assert found == pytest.approx(beta.ppf(0.95, 3, 100))


def test_all_or_nothing_controls_have_a_cutoff():
    made = make_cutoff([(0, 200)] * 3 + [(200, 200)], method=CutoffMethod.BETA_BINOMIAL_ML)
    assert made.count_for(50) == 51


@each
def test_every_value_agrees_with_outside_implementation(case):
    given = case["input"]
    controls = list(zip(given["controls_k"], given["controls_n"], strict=True))
    values = every_cutoff(controls, [given["patient_n"]])
    values |= values["nuclei"][0]
    for name, expected in case.items():
        if name in ("input", "case_id", "betabinomial_ml"):
            continue
        if expected is None:
            assert values[name] is None
        else:
            assert values[name] == pytest.approx(expected, rel=1e-9), name
    fitted = case["betabinomial_ml"]
    if fitted is None:
        assert values["betabinomial_ml"] is None
        assert "no rate and no spread" in values["reasons"]["betabinomial_ml"]
    else:
        assert values["betabinomial_ml"] == pytest.approx(fitted, rel=1e-5)


def test_values_without_a_level_are_at_the_level_that_was_asked():
    controls = [(3, 200), (5, 500), (2, 100)]
    values = every_cutoff(controls, [20, 100], alpha=0.01)
    assert values["betainv_pooled_upper"] == values["betainv_pooled_upper_0.99"]
    for item in values["nuclei"]:
        for name in ("critbinom_pooled", "predictive_jeffreys", "betabinomial_predictive"):
            assert item[name] == item[f"{name}_0.99"] >= item[f"{name}_0.95"]
    assert values["betainv_lab_0.95_maxk_n"] != values["betainv_lab_0.95_maxk_n_by_fraction"]


def test_one_control_has_no_spread_and_says_so():
    values = every_cutoff([(3, 200)], [20])
    assert values["gaussian_sd"] is values["gaussian_mean_plus_3sd"] is None
    assert "one control slide" in values["reasons"]["gaussian_sd"]
    assert values["heterogeneity_df"] == 0


def test_controls_of_very_unequal_nuclei_are_weighed_by_what_they_hold():
    small = make_cutoff([(4, 200)] * 20 + [(1, 5)])
    assert small.count_for(200) <= make_cutoff([(4, 200)] * 20 + [(40, 200)]).count_for(200)
    assert make_cutoff([(4, 200)] * 20).count_for(200) <= small.count_for(200)


@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.001])
def test_a_stricter_level_never_lowers_the_count(alpha):
    controls = [(k, 200) for k in (3, 5, 2, 6, 4, 3, 7, 1, 4, 5)]
    strict, usual = (make_cutoff(controls, alpha=level) for level in (alpha, 0.05))
    assert all(strict.count_for(n) >= usual.count_for(n) for n in NUCLEI)
    assert make_cutoff([(0, 200)] * 20, alpha=alpha).count_for(10) >= 1
